"""Prove: a model's text with sentence numbers to statements with quotes that the program slices and checks."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from rag.types import Draft, FindFault, Quote, Sentence, SplitText, Statement

NUMBERS = r"[\[【]\s*(?:[Ss]entences?\s*|[#^])?(\d{1,4}(?:\s*[,;–-]\s*\d{1,4})*)\s*[\]】]"
CITATION = re.compile(rf"(?:\s*{NUMBERS})+")
OPEN_CITATION = re.compile(r"\s*[\[【][^\]】\n]{0,40}\Z|\s+\Z")
UNFINISHED = re.compile(r"\s*[\[【][\d\s,;–-]*\Z")
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)*_]*\Z")
NEXT_SENTENCE = re.compile(r"\s*(?:[\"'“‘«(*_-]*[^\W_a-z]|\n)")
WORD = re.compile(r"\w")
LIST_MARK = re.compile(r"\s*(?:[-*•]|\d{1,2}[.)])\s+")
MOST_REPOINTED = 12  # sentences tried, nearest first: a statement's proof stands out, or is not there


def parse_drafts(pieces: Iterable[str], *, split: SplitText) -> Iterator[str | Draft]:
    """Yield text that may be shown at once, and each sentence as a `Draft` when it closes.

    Numbers stand behind the sentence they belong to, before or after its full stop. What may still become a number
    (`[1`) is held back; numbers never come out in the text.
    """
    text, shown = "", 0
    for piece in pieces:
        text += piece
        while (closed := _first_closed(text, split)) is not None:
            drafts, text = closed
            yield from drafts
            shown = 0
        visible = CITATION.sub("", text[: _held_back(text)])
        if len(visible) > shown:
            yield visible[shown:]
            shown = len(visible)
    yield from _drafts(UNFINISHED.sub("", text), split)


@dataclass
class Prover:
    """Turns drafts into statements and numbers their quotes through the whole answer."""

    sentences: Sequence[Sentence]
    find_fault: FindFault
    quotes: list[Quote] = field(default_factory=list)
    """Every quote so far, by number."""
    places: list[int] = field(default_factory=list)
    """Where in `sentences` each quote is from."""
    notes: list[str] = field(default_factory=list)
    """What had to be corrected, a line each."""

    def prove(self, draft: Draft) -> Statement:
        """Check the draft against the sentences it points to, then against others; quote those that support it."""
        cited = self._known(draft.numbers)
        fault = self.find_fault(draft.text, [sentence.text for sentence in cited]) if cited else "it cites no sentence"
        if not fault:
            return Statement(draft.text, self._quote(cited), "supported")
        if cited and (introduced := self._introduced(draft.text, cited)):
            return Statement(draft.text, self._quote(introduced), "supported")
        if found := next((s for s in self._nearest(draft.text) if not self.find_fault(draft.text, [s.text])), None):
            reason = "the model cited another sentence" if cited else "the model cited no sentence"
            return Statement(
                draft.text, self._quote([found]), "re-pointed", f"{reason}; this one supports the statement"
            )
        return Statement(draft.text, (), "unsupported", fault)

    def _known(self, numbers: Sequence[int]) -> list[Sentence]:
        for number in numbers:
            if not 1 <= number <= len(self.sentences):
                self.notes.append(f"the model cited sentence {number}, which does not exist; the number was removed")
        known = dict.fromkeys(number for number in numbers if 1 <= number <= len(self.sentences))
        return [self.sentences[number - 1] for number in known]

    def _introduced(self, statement: str, cited: Sequence[Sentence]) -> list[Sentence]:
        """The cited sentences with one before them that says who "he" is, if together they support the statement."""
        first = min(self.sentences.index(sentence) for sentence in cited)
        passage = cited[0].hit.passage
        for before in reversed(self.sentences[max(0, first - 3) : first]):
            both = [before, *cited]
            if before.hit.passage is passage and not self.find_fault(statement, [sentence.text for sentence in both]):
                return both
        return []

    def _nearest(self, statement: str) -> Iterator[Sentence]:
        words = set(re.findall(r"\w+", statement.casefold()))
        shared = {s: len(words & set(re.findall(r"\w+", s.text.casefold()))) for s in self.sentences}
        return islice(sorted(self.sentences, key=lambda sentence: -shared[sentence]), MOST_REPOINTED)

    def _quote(self, sentences: Iterable[Sentence]) -> tuple[Quote, ...]:
        return tuple(map(self._numbered, sentences))

    def _numbered(self, sentence: Sentence) -> Quote:
        passage = sentence.hit.passage
        for quote in self.quotes:
            if (quote.document_id, quote.start, quote.end) == (passage.document_id, sentence.start, sentence.end):
                return quote
        offset = passage.start
        quote = Quote(
            number=len(self.quotes) + 1,
            document_id=passage.document_id,
            start=sentence.start,
            end=sentence.end,
            text=passage.text[sentence.start - offset : sentence.end - offset],
            title=passage.title,
            source=passage.source,
            date=passage.date,
            publisher=passage.publisher,
            page=passage.page_at(sentence.start),
        )
        self.quotes.append(quote)
        self.places.append(self.sentences.index(sentence))
        return quote


def _first_closed(text: str, split: SplitText) -> tuple[list[Draft], str] | None:
    """The drafts of the first closed part and the text after it; None while the first part is open."""
    for citation in CITATION.finditer(text):
        rest = text[citation.end() :]
        stop = re.match(r"[.!?…。！？]+[\"'”’)]*", rest)
        after = rest[stop.end() :] if stop else rest
        if not after.strip(" ") or re.match(r"\s*[\[【]", after):
            return None  # more numbers may follow
        if stop or (SENTENCE_END.search(text[: citation.start()]) and NEXT_SENTENCE.match(after)) or after[0] == "\n":
            end = len(text) - len(after)
            return list(_drafts(text[:end], split)), text[end:].lstrip()
    head = CITATION.split(text[: _held_back(text)], maxsplit=1)[0]
    first, *others = _sentences(head, split) or [""]
    return (list(_drafts(first, split)), text[len(first) :]) if WORD.search("".join(others)) else None


def _drafts(text: str, split: SplitText) -> Iterator[Draft]:
    """Every sentence of a closed text; numbers belong to the sentence they follow."""
    numbers: list[int] = []
    for citation in re.finditer(NUMBERS, text):
        numbers += _numbers(citation.group(1))
    sentences = [part for part in _sentences(CITATION.sub("", text), split) if WORD.search(part)]
    for at, sentence in enumerate(sentences, 1):
        bare = (LIST_MARK.sub("", sentence, count=1) if at == 1 else sentence).replace("**", "").strip()
        yield Draft(bare, tuple(numbers) if at == len(sentences) else ())


def _sentences(text: str, split: SplitText) -> list[str]:
    """Parts that joined are the text; a model ends a sentence at a line's end too."""
    return [part for line in text.splitlines(keepends=True) for part in split(line)]


def _numbers(group: str) -> Iterator[int]:
    """The numbers of "3, 5-7"; a range of more than ten is its two ends."""
    for part in re.split(r"[,;]", group):
        first, *rest = [int(number) for number in re.split(r"[–-]", part)]
        last = rest[-1] if rest else first
        yield from range(first, last + 1) if first <= last <= first + 10 else dict.fromkeys((first, last))


def _held_back(text: str) -> int:
    """How much of an open text may be shown."""
    held = OPEN_CITATION.search(text)
    return held.start() if held else len(text)
