"""Prove: a model's text with sentence numbers to statements with quotes that the program slices and checks."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from operator import itemgetter

from rag.quotations import check_quotation, find_spoken
from rag.types import Draft, FindFault, FindPassages, Quotation, Quote, Sentence, SplitText, Statement, Verdict
from rag.words import capitalised_of, full_names_of, words_of

NUMBERS = r"[\[【]{1,2}\s*(?:[Ss]entences?\s*|[#^])?\d{1,4}(?:[\s,;–-]+\d{1,4})*\s*[\]】]{1,2}"
CITATION = re.compile(rf"(?<!\s)(?:\s*(?:\({NUMBERS}(?:\s*{NUMBERS})*\)|{NUMBERS}))+")
OPEN_CITATION = re.compile(rf"(?<!\s)\s*\(?(?:{NUMBERS}\s*)*(?:[\[【][^\]】\n]{{0,40}}|[\[【]{{1,2}}[\d\s,;–-]*)?\Z")
LONGEST_OPEN = 300  # characters that may still become numbers
UNFINISHED = re.compile(r"(?<!\s)\s*\(?[\[【]{1,2}[\d\s,;–-]*\Z")
SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)*_]*\Z")
NEXT_SENTENCE = re.compile(r"\s*(?:[\"'“‘«(*_-]*[^\W_a-z]|\n)")
WORD = re.compile(r"\w")
LIST_MARK = re.compile(r"\A\s*(?:[-*•]|\d{1,2}[.)])\s+")
MOST_REPOINTED = 12  # sentences tried, nearest first: a statement's proof stands out, or is not there
MOST_PAIRED = 4  # of them two by two


def parse_drafts(pieces: Iterable[str], *, split: SplitText) -> Iterator[str | Draft]:
    """Yield text that may be shown at once, and each sentence as a `Draft` when the numbers behind it close it.

    Numbers stand in or behind the sentence they belong to, before or after its full stop. What may still become a
    number (`[1`) is held back; numbers never come out in the text. How the text is cut into pieces changes no draft.
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
    find_passages: FindPassages = lambda _: ()
    """Where else in the library words in quotation marks may stand."""
    quotes: list[Quote] = field(default_factory=list)
    """Every quote so far, by number."""
    places: list[int] = field(default_factory=list)
    """Where in `sentences` each quote is from."""
    notes: list[str] = field(default_factory=list)
    """What had to be corrected, a line each."""

    def prove(self, draft: Draft) -> Statement:
        """Check the draft against the sentences it points to, then against others; quote the fewest that support it."""
        text, cited = draft.text, self._known(draft.numbers)
        for verdict, proof in self._proofs(text, cited):
            is_found = verdict == "re-pointed"
            if self._find_fault(text, proof, is_found=is_found):
                continue
            needed = self._needed(text, proof, is_found=is_found)
            if cited and not is_found and not any(sentence in cited for sentence in needed):
                continue  # nothing that was cited is part of the proof: it comes again, as one that was found
            quotations = self._check_quotations(text, needed)
            if all(quotation.standing == "verified" for quotation in quotations):
                pointed = f"the model cited {'another' if cited else 'no'} sentence; this one supports the statement"
                quotes = tuple(map(self._quote, needed))
                return Statement(text, quotes, verdict, "" if verdict == "supported" else pointed, quotations)
        fault = self._find_fault(text, cited) or "the words in quotation marks do not stand so in the document"
        return Statement(text, (), "unsupported", fault, self._check_quotations(text, cited))

    def _check_quotations(self, statement: str, cited: Sequence[Sentence]) -> tuple[Quotation, ...]:
        """What documents have for the words in quotation marks; with nothing cited, any may have them."""
        spans = list(find_spoken(statement))
        if not spans or statement.split() in (sentence.text.split() for sentence in cited):
            return ()
        ids = {sentence.hit.passage.document_id for sentence in cited}
        checked = []
        for start, end in spans:
            read = [sentence.hit.passage for sentence in self.sentences]
            passages = list(dict.fromkeys([*self.find_passages(statement[start:end]), *read]))
            there = [passage for passage in passages if not ids or passage.document_id in ids]
            others = [passage for passage in passages if ids and passage.document_id not in ids]
            checked.append(check_quotation(statement, (start, end), cited=there, others=others))
        return tuple(checked)

    def _find_fault(self, statement: str, proof: Sequence[Sentence], *, is_found: bool = False) -> str:
        if not proof:
            return "it cites no sentence"
        return self.find_fault(statement, [sentence.text for sentence in proof], is_found=is_found)

    def _proofs(self, statement: str, cited: Sequence[Sentence]) -> Iterator[tuple[Verdict, Sequence[Sentence]]]:
        """What may support the statement, in the order to try.

        The cited ones; one of them; these with one before, which says who "he" is; any other one; any other with the
        one before; the cited with another, and two others, of which one has a whole name.
        """
        if cited:
            yield "supported", cited
            for sentence in cited if len(cited) > 1 else ():
                yield "supported", [sentence]
            for before in self._before(cited[0]):
                yield "supported", [before, *cited]
        nearest = [sentence for sentence in self._nearest(statement) if sentence not in cited]
        for sentence in nearest:
            yield "re-pointed", [sentence]
        for sentence in nearest:
            for before in self._before(sentence, reach=1):
                yield "re-pointed", [before, sentence]
        yield from (("supported", pair) for pair in self._pairs(statement, cited, nearest))
        for first in nearest[:MOST_PAIRED]:
            yield from (("re-pointed", pair) for pair in self._pairs(statement, [first], nearest))

    def _pairs(
        self, statement: str, proof: Sequence[Sentence], others: Sequence[Sentence]
    ) -> Iterator[Sequence[Sentence]]:
        """The proof with each other sentence that has the whole of a name which it shortens: "Igor Sergeev"."""
        held = {word for sentence in proof for word in words_of(sentence.text)}
        lacking = capitalised_of(statement) - held
        for other in others if proof else ():
            names = (name for name in full_names_of(other.text) if name[-1] in held)
            if other not in proof and any(not lacking.isdisjoint(name) for name in names):
                yield sorted([*proof, other], key=self.sentences.index)

    def _before(self, sentence: Sentence, *, reach: int = 3) -> list[Sentence]:
        """The sentences before it in its passage, the nearest first."""
        place = self.sentences.index(sentence)
        before = reversed(self.sentences[max(0, place - reach) : place])
        return [other for other in before if other.hit.passage is sentence.hit.passage]

    def _nearest(self, statement: str) -> list[Sentence]:
        words = set(re.findall(r"\w+", statement.casefold()))
        shared = {s: len(words & set(re.findall(r"\w+", s.text.casefold()))) for s in self.sentences}
        return sorted(self.sentences, key=lambda sentence: -shared[sentence])[:MOST_REPOINTED]

    def _needed(self, statement: str, proof: Sequence[Sentence], *, is_found: bool) -> Sequence[Sentence]:
        """The proof without the sentences that it can do without."""
        for sentence in proof:
            rest = [other for other in proof if other is not sentence]
            if not self._find_fault(statement, rest, is_found=is_found):
                return self._needed(statement, rest, is_found=is_found)
        return proof

    def _known(self, numbers: Sequence[int]) -> list[Sentence]:
        for number in numbers:
            if not 1 <= number <= len(self.sentences):
                self.notes.append(f"the model cited sentence {number}, which does not exist; the number was removed")
        known = dict.fromkeys(number for number in numbers if 1 <= number <= len(self.sentences))
        return [self.sentences[number - 1] for number in known]

    def _quote(self, sentence: Sentence) -> Quote:
        """The quote of the sentence, numbered at its first use."""
        passage = sentence.hit.passage
        for quote in self.quotes:
            if (quote.document_id, quote.start, quote.end) == (passage.document_id, sentence.start, sentence.end):
                return quote
        quote = passage.quote(sentence.start, sentence.end, number=len(self.quotes) + 1)
        self.quotes.append(quote)
        self.places.append(self.sentences.index(sentence))
        return quote


def _first_closed(text: str, split: SplitText) -> tuple[list[Draft], str] | None:
    """The drafts up to the first numbers that end a sentence and the text after them; None while there are none."""
    begun = WORD.search(CITATION.sub("", text))
    for citation in CITATION.finditer(text) if begun else ():
        rest = text[citation.end() :]
        stop = re.match(r"[.!?…。！？]+[\"'”’)]*", rest)
        after = rest[stop.end() :] if stop else rest
        if not WORD.search(CITATION.sub("", text[: citation.start()])):
            continue  # there is no sentence yet
        if not after.strip(" \n(") or re.match(r"\s*\(?[\[【]", after):
            return None  # more numbers may follow
        if stop or (SENTENCE_END.search(text[: citation.start()]) and NEXT_SENTENCE.match(after)) or after[0] == "\n":
            end = len(text) - len(after)
            return list(_drafts(text[:end], split)), text[end:].lstrip()
    return None


def _drafts(text: str, split: SplitText) -> Iterator[Draft]:
    """Every sentence of a closed text; numbers belong to the sentence they stand in or behind."""
    parts = _sentences(CITATION.sub("", text), split)
    starts = accumulate(map(len, parts), initial=0)
    sentences = [(start, part) for start, part in zip(starts, parts, strict=False) if WORD.search(part)]
    numbers: list[list[int]] = [[] for _ in range(len(sentences) or 1)]
    removed = 0
    for citation in CITATION.finditer(text):
        place = citation.start() - removed
        removed += len(citation.group())
        owner = max(0, bisect_left(sentences, place, key=itemgetter(0)) - 1)
        numbers[owner] += _numbers(citation.group())
    for (_, sentence), pointed in zip(sentences, numbers, strict=False):
        yield Draft(LIST_MARK.sub("", sentence).replace("**", "").strip(), tuple(pointed))


def _sentences(text: str, split: SplitText) -> list[str]:
    """Parts that joined are the text; a model ends a sentence at a line's end too."""
    return [part for line in text.splitlines(keepends=True) for part in split(line)]


def _numbers(citation: str) -> Iterator[int]:
    """The numbers of "[3, 5-7]"; a range of more than ten is its two ends."""
    for found in re.finditer(r"(\d+)(?:\s*[–-]\s*(\d+))?", citation):
        first, last = int(found[1]), int(found[2] or found[1])
        yield from range(first, last + 1) if first <= last <= first + 10 else dict.fromkeys((first, last))


def _held_back(text: str) -> int:
    """How much of an open text may be shown."""
    tail = max(0, len(text) - LONGEST_OPEN)
    held = OPEN_CITATION.search(text, tail)
    return held.start() if held else len(text)
