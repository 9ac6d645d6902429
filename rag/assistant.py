"""Answer: the whole pipeline, from sources to a library, and from a question to an answer that is proved."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Self

import numpy as np

from rag.ahead import map_ahead
from rag.catalog import Entry
from rag.citations import Prover, parse_drafts
from rag.documents import LOADED_AHEAD, READERS_AT_ONCE, find_sources, load_source
from rag.errors import ModelError, PromptTooLong, QuestionError
from rag.followups import plain_turns, restated, stand_alone
from rag.ingestion import Ingestion, Step
from rag.library import Library
from rag.markdown import render_statements
from rag.matching import Match, match
from rag.pace import Pace
from rag.passages import split_document, split_sentences, split_text
from rag.prompts import Prompt, abstention, is_no_answer, write_prompt, write_retry, write_stand_alone
from rag.reader import judge, missing_words, read
from rag.replies import Reply
from rag.retrieval import fuse, rerank
from rag.support import find_fault
from rag.types import (
    EVERYTHING,
    Answer,
    AnswerEvent,
    CountTokens,
    Document,
    Draft,
    Embed,
    EmbedTokens,
    Event,
    Found,
    Generate,
    Hit,
    HitsEvent,
    Holding,
    IngestReport,
    Message,
    OnIngest,
    Passage,
    Progress,
    ReadFile,
    Scope,
    Sentence,
    Statement,
    StatementEvent,
    TextEvent,
)
from rag.verification import Verification, find_among, verify_answer
from rag.words import content_words

Sources = str | Path | Document | Iterable[str | Path | Document]

MAX_QUESTION = 4_000  # characters
UNREAD = "unread"  # no file's content: the next ingest reads it
CANDIDATES = 100  # of each ranking
RERANKED = 10  # measured: 20 find little more and take twice as long
EMBED_AT_ONCE = 256  # passages: a second or two, so that progress is seen
KEEP_AT_ONCE = 100_000  # characters: some seconds of embedding, so that little is lost


@dataclass(frozen=True, slots=True)
class Planned:
    """A step of an ingest with the passages of each of its documents, and its span, see `Pace.plan`."""

    step: Step
    split: Sequence[Sequence[Passage]]
    span: tuple[int, int]


@dataclass(kw_only=True)
class Assistant:
    """The pipeline with its parts; `connect` makes one. Close it, or use it in a `with`, to let the library go."""

    library: Library
    embed: Embed
    fingerprint: str
    """The embedder's, see `Embedder`."""
    reads: Callable[[str], bool]
    """The embedder's: where it does not read the question, words alone rank."""
    embed_tokens: EmbedTokens
    count_tokens: CountTokens
    generate: Generate | None
    """None: the embedded answerer picks the sentences."""
    restate: Generate | None = None
    """The model for a line of text: it makes follow-ups stand alone; None: a rule does."""
    retry: bool = False
    """Ask the model once more, told what was wrong, if nothing that it said is supported."""
    model: str
    passages: int
    """How many are read for an answer."""
    passage_tokens: int
    prompt_tokens: int
    max_quotes: int
    threshold: float
    """The confidence below which the embedded answerer abstains."""
    read_file: ReadFile
    """Reads a file for an ingest."""
    release: Callable[[], None] = lambda: None
    """Called last on closing: lets another process have the library."""
    ingesting: Lock = field(default_factory=Lock, repr=False)
    """One ingest at a time: each compares with what the library held when it began."""

    def ingest(self, sources: Sources, *, owner: str = "", on_progress: OnIngest | None = None) -> IngestReport:
        """Add documents, files, and the files of folders; what changed is replaced, what left its folder is removed.

        What is read from files is the owner's, see `Document.owner`.

        A source that cannot be read is reported with the reason and stops no other. A document is kept wholly or not at
        all; what the report names is on disk. What did not change costs no embedding and writes nothing.
        """
        with self.ingesting:
            found = find_sources([sources] if isinstance(sources, str | Path | Document) else sources)
            catalog = self.library.catalog
            ingestion = Ingestion(
                found, digests=catalog.digests(), sources=catalog.sources(), records=catalog.records()
            )
            pace = Pace(found.sources, on_progress)
            steps = self._steps(found, ingestion, pace, owner)
            try:
                for planned, entries in map_ahead(partial(self._embed, pace=pace), steps, workers=1, ahead=1):
                    step = planned.step
                    self.library.replace(entries, remove=step.remove, records=step.records, forget=step.forget)
                    pace.keep(planned.span)
            finally:
                pace.stop()
            return ingestion.report()

    def _steps(self, found: Found, ingestion: Ingestion, pace: Pace, owner: str) -> Iterator[Planned]:
        """What there is to do, step by step, with the passages of the documents that are to be kept."""
        load = partial(load_source, read=self.read_file, owner=owner)
        split = partial(split_document, max_tokens=self.passage_tokens, count_tokens=self.count_tokens)
        known = partial(load, records=ingestion.files)
        for loaded in map_ahead(known, found.sources, workers=READERS_AT_ONCE, ahead=LOADED_AHEAD):
            ingestion.note(loaded)
            pace.note(waits=ingestion.waiting > 0)
            if ingestion.waiting >= KEEP_AT_ONCE:
                step = ingestion.take()
                yield Planned(step, [tuple(split(document)) for document in step.documents], pace.plan())
        step = ingestion.take_last(partial(load, records={}))
        yield Planned(step, [tuple(split(document)) for document in step.documents], pace.plan())

    def _embed(self, planned: Planned, *, pace: Pace) -> tuple[Planned, list[Entry]]:
        """The documents of the step with the vectors of their passages; those that are known are not embedded again."""
        step, split = planned.step, planned.split
        texts = list(dict.fromkeys(passage.titled for passages in split for passage in passages))
        known = self.library.catalog.vectors_by_text([*step.remove, *(document.id for document in step.documents)])
        new = [text for text in texts if text not in known]
        for at in range(0, len(new), EMBED_AT_ONCE):
            part = new[at : at + EMBED_AT_ONCE]
            known |= zip(part, self.embed(part), strict=True)
            pace.embed(planned.span, len(part), (at + len(part)) / len(new))
        vectors = (np.stack([known[passage.titled] for passage in passages]) for passages in split)
        return planned, list(map(Entry, step.documents, split, vectors))

    def search(
        self, question: str, k: int = 5, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING
    ) -> list[Hit]:
        """The `k` passages nearest to the question, best first; fewer if the library is smaller.

        Raises `QuestionError` for a question that is blank or too long, and for a scope that no date can be in.
        """
        _require_question(question, scope)
        return self._find(question, [stand_alone(question, plain_turns(history))], k, scope)[0]

    def _find(self, question: str, asked: Sequence[str], k: int, scope: Scope) -> tuple[list[Hit], list[Match]]:
        """The hits, and the question as it was `asked` last beside each of the first.

        `asked` are the question's forms that stand alone.
        """
        alone = stand_alone(question, ())
        texts = [alone, alone, *asked]  # twice: what it leans on steers, and does not drown it
        once = list(dict.fromkeys(texts))
        steered = self.embed(once)[[once.index(text) for text in texts]].sum(axis=0, keepdims=True)
        vector = steered / np.linalg.norm(steered)
        words = [word for text in texts for word in content_words(text)]
        found = self.library.find(vector, words, limit=max(k, CANDIDATES), scope=scope)
        if not found.passages and replace(scope, user=None) != EVERYTHING:
            raise QuestionError(f"the library holds nothing of what is asked: {scope.describe()}; ask of more")

        by_meaning = found.by_meaning if self.reads(asked[-1]) else dict.fromkeys(found.by_meaning, 0.0)
        scores = fuse(by_meaning, found.by_words)
        first = list(scores)[: max(RERANKED, self.passages)]
        passages = [found.passages[number] for number in first]
        read = match(asked[-1], passages, embed_tokens=self.embed_tokens, rarity=self.library.catalog.rarity)
        matches = dict(zip(first, read, strict=True))
        best = rerank(scores, {number: each.words(each.everywhere) for number, each in matches.items()})

        ranked = list(best.items())[: max(0, k)]
        hits = [Hit(found.passages[number], score, rank) for rank, (number, score) in enumerate(ranked, 1)]
        return hits, [matches[number] for number, _ in ranked if number in matches]

    def answer(self, question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING) -> Answer:
        """The answer to the question, which may lean on the turns before. Raises as `stream` does."""
        *_, last = self.stream(question, history, scope=scope)
        assert isinstance(last, AnswerEvent)
        return last.answer

    def stream(self, question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING) -> Iterator[Event]:
        """The hits, then text and statements as they come, and the whole `Answer` last.

        Raises `QuestionError` as `search` does, and `ModelError` if the model's server sends nothing; what it did send
        is kept, in an incomplete answer.
        """
        _require_question(question, scope)
        turns = plain_turns(history)
        forms = self._forms(question, turns)
        asked = forms[-1]
        hits, matches = self._find(question, forms, self.passages, scope)
        yield HitsEvent(tuple(hits), asked)

        sentences: Sequence[Sentence] = split_sentences(hits)
        reading = read(asked, sentences, matches, max_quotes=self.max_quotes)
        nearest = [sentences[number - 1] for number in reading.numbers]
        drafts: Iterable[str | Draft] = ()
        prompt, reply, notes = None, Reply(()), list[str]()
        if self.generate and hits:
            prompt, reply = self._ask(self.generate, question, sentences, nearest, turns)
            sentences, drafts = prompt.sentences, parse_drafts(reply, split=split_text)
        elif reading.confidence >= self.threshold:
            drafts = map(Draft, (sentence.text for sentence in nearest), ((number,) for number in reading.numbers))

        asked_of = partial(find_fault, question=asked) if self.generate else find_fault
        prover = Prover(sentences, asked_of, partial(self.library.find_passages, scope=scope))
        statements = yield from _prove(prover, drafts)
        if prompt:
            notes += filter(None, [reply.find_truncation(prompt.tokens)])
        worth_a_retry = (
            bool(statements) and not prover.quotes and not reply.incomplete and reading.confidence >= self.threshold
        )
        if self.generate and prompt and self.retry and worth_a_retry:
            prompt = write_retry(
                prompt, question=asked, said=reply.text, refused=statements, count_tokens=self.count_tokens
            )
            reply = Reply(self.generate(prompt.messages), spent=reply.usage)
            notes.append("nothing that the model said at first was supported; it was told so and asked once more")
            try:
                statements += yield from _prove(prover, parse_drafts(reply, split=split_text))
            except ModelError as error:
                notes.append(str(error))
            notes += filter(None, [reply.find_truncation(prompt.tokens)])

        abstained, missing = not prover.quotes, missing_words(asked, hits)
        judged = judge(asked, [sentences[at] for at in prover.places], matches)
        yield AnswerEvent(
            Answer(
                question=question,
                searched_for=asked,
                text=abstention(missing) if abstained else render_statements(statements),
                statements=tuple(statements),
                quotes=tuple(prover.quotes),
                abstained=abstained,
                confidence=judged if self.generate else reading.confidence,
                hits=tuple(hits),
                model=self.model,
                usage=reply.usage,
                incomplete=reply.incomplete,
                notes=(*prover.notes, *notes),
                prompt_digest=prompt.digest if prompt else "",
                missing=tuple(missing),
                scope=replace(scope, user=None),
            )
        )

    def _forms(self, question: str, turns: Sequence[Message]) -> list[str]:
        """The question as it stands alone: by the rule, and then, if it leans on the turns, as the model words it."""
        ruled = stand_alone(question, turns)
        if self.restate is None or ruled == stand_alone(question, ()) or self.library.catalog.is_empty():
            return [ruled]
        try:
            said = "".join(Reply(self.restate(write_stand_alone(question, turns))))
        except ModelError:  # it can do without; the answer's own call will tell what is wrong
            return [ruled]
        return [ruled, *filter(None, [restated(said, question, turns)])]

    def _ask(
        self,
        generate: Generate,
        question: str,
        sentences: Sequence[Sentence],
        nearest: Sequence[Sentence],
        turns: Sequence[Message],
    ) -> tuple[Prompt, Reply]:
        """The prompt, or half of it if the model's window turns out to be smaller, and the reply that has begun."""

        def write(max_tokens: int) -> Prompt:
            count = self.count_tokens
            return write_prompt(
                question, sentences, nearest=nearest, history=turns, max_tokens=max_tokens, count_tokens=count
            )

        prompt = write(self.prompt_tokens)
        try:
            return prompt, Reply(generate(prompt.messages)).begin()
        except PromptTooLong:
            shorter = write(prompt.tokens // 2)
            return shorter, Reply(generate(shorter.messages)).begin()

    def verify(self, answer: Answer) -> Verification:
        """Hold a saved answer against the documents as the library has them now."""
        return verify_answer(answer, find_document=find_among(self.documents(), read=self.document))

    def documents(self) -> list[Document]:
        """Every document of the library, in the order they came, without its text: `text` is ""."""
        return self.library.catalog.documents()

    def holdings(self) -> list[Holding]:
        """The same, with how many passages each has, and when it was added."""
        return self.library.catalog.holdings()

    def failures(self) -> list[tuple[str, str]]:
        """The files that could not be read when they were ingested last, and why, in the order of their paths."""
        return sorted((each.source, each.reason) for each in self.library.catalog.records() if each.reason)

    def sources(self, document_id: str) -> list[str]:
        """All that hold the document, of which one is shown."""
        return self.library.catalog.sources_of(document_id)

    def forget_failure(self, source: str) -> bool:
        """Take the file out of the failures; False if it is not among them."""
        failed = [each for each in self.library.catalog.records() if each.source == source and each.reason]
        if failed:
            held = [replace(each, content=UNREAD, reason="") for each in failed if each.document_id]
            self.library.replace([], records=held, forget=[source])
        return bool(failed)

    def document(self, document_id: str) -> Document | None:
        """The whole document, or None if the library has none of that id."""
        return self.library.catalog.document(document_id)

    def remove(self, document_id: str) -> bool:
        """Remove the document with all that was made of it; False if the library has none of that id."""
        known = self.library.catalog.digest(document_id) is not None
        if known:
            self.library.replace([], remove=[document_id])
        return known

    def rebuild(self, *, on_progress: Progress | None = None) -> None:
        """Make the collection from nothing, with the vectors that the catalog holds.

        With another embedder than theirs every passage is embedded anew.
        """
        if self.library.catalog.fact("embedder") == self.fingerprint:
            self.library.rebuild(on_progress)
        else:
            self.library.embed_anew(self.embed, fingerprint=self.fingerprint, on_progress=on_progress)

    def close(self) -> None:
        """Let the library go; a second call does nothing."""
        try:
            self.library.close()
        finally:
            self.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _prove(prover: Prover, drafts: Iterable[str | Draft]) -> Generator[Event, None, list[Statement]]:
    statements: list[Statement] = []
    for draft in drafts:
        if isinstance(draft, str):
            yield TextEvent(draft)
        elif not is_no_answer(draft.text):
            statements.append(prover.prove(draft))
            yield StatementEvent(statements[-1])
    return statements


def _require_question(question: str, scope: Scope) -> None:
    if not question.strip():
        raise QuestionError("the question is empty; ask in words")
    if len(question) > MAX_QUESTION:
        raise QuestionError(f"the question has more than {MAX_QUESTION:,} characters; ask a shorter one")
    if scope.fault:
        raise QuestionError(scope.fault)
