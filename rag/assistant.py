"""Answer: the whole pipeline, from sources to a library, and from a question to an answer that is proved."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Self

from rag.catalog import Catalog, Entry
from rag.citations import Prover, parse_drafts
from rag.collection import Collection
from rag.documents import find_sources, load_source
from rag.errors import DocumentError, QuestionError
from rag.followups import plain_turns, stand_alone
from rag.ingestion import Ingestion
from rag.markdown import render_statements
from rag.passages import split_document, split_sentences, split_text
from rag.prompts import abstention, is_no_answer, write_prompt
from rag.reader import judge, missing_words, read
from rag.replies import Reply
from rag.retrieval import fuse
from rag.support import find_fault
from rag.types import (
    Answer,
    AnswerEvent,
    CountTokens,
    Document,
    Draft,
    Embed,
    Event,
    Generate,
    Hit,
    HitsEvent,
    IngestReport,
    Message,
    Passage,
    Progress,
    Sentence,
    Statement,
    StatementEvent,
    TextEvent,
)
from rag.words import content_words

if TYPE_CHECKING:
    from rag.types import Vectors

Sources = str | Path | Document | Iterable[str | Path | Document]

MAX_QUESTION = 4_000  # characters
CANDIDATES = 100  # of each ranking
PASSAGES_AT_ONCE = 1_000
KEEP_AT_ONCE = 100_000  # characters: some seconds of embedding, so that progress is seen and little is lost


@dataclass(kw_only=True)
class Assistant:
    """The pipeline with its parts; `connect` makes one. Close it, or use it in a `with`, to let the library go."""

    catalog: Catalog
    collection: Collection
    embed: Embed
    fingerprint: str
    """The embedder's, see `Embedder`."""
    count_tokens: CountTokens
    generate: Generate | None
    """None: the embedded answerer picks the sentences."""
    model: str
    passages: int
    """How many are read for an answer."""
    passage_tokens: int
    prompt_tokens: int
    max_quotes: int
    threshold: float
    """The confidence below which the embedded answerer abstains."""
    release: Callable[[], None] = lambda: None
    """Called last on closing: lets another process have the library."""
    is_level: bool = True
    """False once the collection may lack what the catalog holds; the next search mends it, see `level`."""

    def ingest(self, sources: Sources, *, on_progress: Progress | None = None) -> IngestReport:
        """Add documents, files, and the files of folders; what changed is replaced, what left its folder is removed.

        A source that cannot be read is reported with the reason and stops no other. A document is kept wholly or not at
        all; what the report names is on disk.
        """
        found = find_sources([sources] if isinstance(sources, str | Path | Document) else sources)
        ingestion = Ingestion(self.catalog.digests(), self.catalog.ids_by_source(), failed=list(found.failed))
        waiting: list[Document] = []
        if on_progress:
            on_progress(0, len(found.sources))
        for done, source in enumerate(found.sources, 1):
            try:
                document = load_source(source)
            except DocumentError as error:
                ingestion.note_failure(source, error)
            else:
                waiting += [document] if ingestion.note(document) else []
            if sum(len(document.text) for document in waiting) >= KEEP_AT_ONCE or done == len(found.sources):
                self._keep(waiting, remove=ingestion.take_replaced())
                waiting = []
                if on_progress:
                    on_progress(done, len(found.sources))
        self._keep([], remove=ingestion.take_vanished(found.folders))
        return ingestion.report()

    def _keep(self, documents: Sequence[Document], *, remove: Sequence[str]) -> None:
        split = [
            tuple(split_document(document, max_tokens=self.passage_tokens, count_tokens=self.count_tokens))
            for document in documents
        ]
        vectors = self.embed([_embedded(passage) for passages in split for passage in passages])
        ends = accumulate(map(len, split))
        entries = [
            Entry(document, passages, vectors[end - len(passages) : end])
            for document, passages, end in zip(documents, split, ends, strict=True)
        ]
        change = self.catalog.replace(entries, remove=remove)
        try:
            self.collection.remove(change.removed)
            self.collection.add(change.added, vectors)
        except BaseException:  # an interrupt too; the catalog is ahead now
            self.is_level = False
            raise

    def search(self, question: str, k: int = 5, history: Sequence[Message] = ()) -> list[Hit]:
        """The `k` passages nearest to the question, best first; fewer if the library is smaller.

        Raises `QuestionError` for a question that is blank or too long.
        """
        if not self.is_level:
            self.level()
        asked = self._stand_alone(question, history)
        vector, candidates = self.embed([asked]), max(k, CANDIDATES)
        by_words = self.catalog.search_words(content_words(asked), candidates)
        passages = self.catalog.passages([*self.collection.nearest(vector, candidates), *by_words])
        cosines = self.catalog.vectors([*passages]) @ vector[0] if passages else ()
        ranking = fuse(dict(zip(passages, map(float, cosines), strict=True)), by_words)
        best = list(ranking.items())[: max(0, k)]
        return [Hit(passages[number], score, rank) for rank, (number, score) in enumerate(best, 1)]

    def answer(self, question: str, history: Sequence[Message] = ()) -> Answer:
        """The answer to the question, which may lean on the turns before. Raises as `stream` does."""
        *_, last = self.stream(question, history)
        assert isinstance(last, AnswerEvent)
        return last.answer

    def stream(self, question: str, history: Sequence[Message] = ()) -> Iterator[Event]:
        """The hits, then text and statements as they come, and the whole `Answer` last.

        Raises `QuestionError` for a question that is blank or too long, and `ModelError` if the model's server sends
        nothing; what it did send is kept, in an incomplete answer.
        """
        asked = self._stand_alone(question, history)
        hits = self.search(asked, self.passages)
        yield HitsEvent(tuple(hits), asked)

        sentences: Sequence[Sentence] = split_sentences(hits)
        drafts: Iterable[str | Draft] = ()
        reply, confidence = Reply(()), 0.0
        if self.generate and hits:
            prompt = write_prompt(
                question,
                sentences,
                history=plain_turns(history),
                max_tokens=self.prompt_tokens,
                count_tokens=self.count_tokens,
            )
            sentences, reply = prompt.sentences, Reply(self.generate(prompt.messages))
            drafts = parse_drafts(reply, split=split_text)
        elif hits:
            reading = read(asked, sentences, embed=self.embed, rarity=self.catalog.rarity, max_quotes=self.max_quotes)
            confidence = reading.confidence
            if confidence >= self.threshold:
                drafts = (Draft(sentences[number - 1].text, (number,)) for number in reading.numbers)

        prover = Prover(sentences, find_fault)
        statements: list[Statement] = []
        for draft in drafts:
            if isinstance(draft, str):
                yield TextEvent(draft)
            elif not is_no_answer(draft.text):
                statements.append(prover.prove(draft))
                yield StatementEvent(statements[-1])

        abstained, missing = not prover.quotes, missing_words(asked, hits)
        if self.generate and not abstained:
            confidence = judge(asked, sentences, prover.places, embed=self.embed, rarity=self.catalog.rarity)
        yield AnswerEvent(
            Answer(
                question=question,
                searched_for=asked,
                text=abstention(missing) if abstained else render_statements(statements),
                statements=tuple(statements),
                quotes=tuple(prover.quotes),
                abstained=abstained,
                confidence=confidence,
                hits=tuple(hits),
                model=self.model,
                usage=reply.usage,
                incomplete=reply.incomplete,
                notes=tuple(prover.notes),
                missing=tuple(missing),
            )
        )

    def documents(self) -> list[Document]:
        """Every document of the library, in the order they came, without its text: `text` is ""."""
        return self.catalog.documents()

    def document(self, document_id: str) -> Document | None:
        """The whole document, or None if the library has none of that id."""
        return self.catalog.document(document_id)

    def remove(self, document_id: str) -> bool:
        """Remove the document with all that was made of it; False if the library has none of that id."""
        known = document_id in self.catalog.digests()
        self._keep([], remove=[document_id] if known else [])
        return known

    def level(self) -> None:
        """Make the collection hold what the catalog holds, after a crash or a loss between the two; embeds nothing."""
        self.is_level = True
        numbers = self.catalog.numbers()
        if not numbers:
            self.collection.clear()  # Chroma holds on to the width of its first vectors
        held = self.collection.numbers()
        self.collection.remove(sorted(held.difference(numbers)))
        missing = sorted(set(numbers) - held)
        for at in range(0, len(missing), PASSAGES_AT_ONCE):
            part = missing[at : at + PASSAGES_AT_ONCE]
            self.collection.add(part, self.catalog.vectors(part))

    def rebuild(self, *, on_progress: Progress | None = None) -> None:
        """Embed every passage anew with the present embedder and make the collection from nothing."""
        numbers = self.catalog.numbers()

        def batches() -> Iterator[tuple[Sequence[int], Vectors]]:
            for at in range(0, len(numbers), PASSAGES_AT_ONCE):
                part = numbers[at : at + PASSAGES_AT_ONCE]
                passages = self.catalog.passages(part)
                yield part, self.embed([_embedded(passages[number]) for number in part])
                if on_progress:
                    on_progress(at + len(part), len(numbers))

        self.catalog.replace_vectors(batches(), embedder=self.fingerprint)
        self.collection.clear()
        self.level()

    @staticmethod
    def _stand_alone(question: str, history: Sequence[Message]) -> str:
        if not question.strip():
            raise QuestionError("the question is empty; ask in words")
        if len(question) > MAX_QUESTION:
            raise QuestionError(f"the question has more than {MAX_QUESTION:,} characters; ask a shorter one")
        return stand_alone(question, plain_turns(history))

    def close(self) -> None:
        """Let the library go; a second call does nothing."""
        self.collection.close()
        self.catalog.close()
        self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _embedded(passage: Passage) -> str:
    """What is embedded of a passage: its title says what "it" and "the visit" are about."""
    return f"{passage.title}\n{passage.text}" if passage.title else passage.text
