"""Prove: words that a model put in quotation marks to where the documents have them, as they are but for typography."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from rag.types import Passage, Quotation, Quote, Standing

OPENING = re.compile(r"[“„«「『]|(?<![\w.,;:!?…)])\"(?=\S)")
MARK = re.compile(r"[“”„«»「」『』\"]")
CLOSED_BY = {"“": "”", "„": "“”", "«": "»", "「": "」", "『": "』", '"': '"'}
SINGLE = re.compile(r"‘([^‘’]*(?:’\w[^‘’]*)*)’(?!\w)|(?<!\w)'(?=\w)([^']*(?:(?<=\w)'(?=\w)[^']*)*)'(?!\w)")
OMITTED = re.compile(r"\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.\.\.")
MOST_OMITTED = 300  # characters between two parts of a quotation: more is another place
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\s*\n\s*(?=[^\W\d_])")
DASH = re.compile(r"\s*(?:[—―]|--+)\s*|\s+[-‐‑‒–−]\s+")
OTHER_SIGNS = re.compile(r"(super|sub|fraction|circle|square)>")
"""Kinds of letters that are not the plain letter in another form: "10²" is not "102"."""
SIGNS = str.maketrans(
    {
        **dict.fromkeys('“”„‟«»"‘’‚‛‹›`´′″「」『』', "'"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    }
)
CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
END_MARKS = " .,;:'"
NEAR = 0.5  # of a quotation's words: what shares fewer is not near to it
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without its typography: `text[at]` stands for what begins at `offsets[at]` of the text as it was."""

    text: str
    offsets: tuple[int, ...]
    """One more than `text` has characters: the last is the end."""

    def span(self, start: int, end: int) -> tuple[int, int]:
        return self.offsets[start], self.offsets[end - 1] + 1 if end > start else self.offsets[start]


def find_spoken(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand between quotation marks, without the marks; of marks within marks, between the outer ones.

    A mark that nothing closes is passed over.
    """
    at = 0
    while opening := OPENING.search(text, at):
        yield from _single(text, at, opening.start())
        end = _closing(text, opening)
        if end is not None and WORD.search(text, opening.end(), end):
            yield opening.end(), end
        at = opening.end() if end is None else end + 1
    yield from _single(text, at, len(text))


def _closing(text: str, opening: re.Match[str]) -> int | None:
    waiting = [opening.group()]
    for mark in MARK.finditer(text, opening.end()):
        if mark.group() in CLOSED_BY[waiting[-1]] and not (mark.group() == '"' and OPENING.match(text, mark.start())):
            waiting.pop()
        elif OPENING.match(text, mark.start()):
            waiting.append(mark.group())
        if not waiting:
            return mark.start()
    return None


def _single(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in SINGLE.finditer(text, start, end):
        if WORD.search(text, *(span := found.span(found.lastindex or 0))):
            yield span


def check_quotation(
    text: str, span: tuple[int, int], *, cited: Sequence[Passage], others: Sequence[Passage]
) -> Quotation:
    """What documents have for the words at a span of the text: those that are cited first, then others."""
    words = text[slice(*span)]
    where: Mapping[Standing, Sequence[Passage]] = {"verified": cited, "misattributed": others}
    for standing, passages in where.items():
        for passage in passages:
            if found := find_words(words, passage.text):
                return Quotation(*span, standing, _quote(passage, found))
    nearest = [(*find_nearest(words, passage.text), passage) for passage in (*cited, *others)]
    share, place, best = max(nearest, key=itemgetter(0), default=(0.0, (0, 0), None))
    return Quotation(*span, "not found", _quote(best, place) if best and share else None)


def _quote(passage: Passage, span: tuple[int, int]) -> Quote:
    return passage.quote(passage.start + span[0], passage.start + span[1])


def find_words(words: str, text: str) -> tuple[int, int] | None:
    """Where the text has the words, whole and in their order; None if it has not.

    Only typography is folded: forms of letters, quotation marks, dashes, white space, a word broken at a line's end,
    the case of the first letter, marks at the end. Words may be left out where the quotation shows it with "…".
    """
    for keeps_hyphen in (False, True):
        folded = fold_typography(text, keeps_hyphen=keeps_hyphen)
        sought = fold_typography(words, keeps_hyphen=keeps_hyphen).text
        for parts in ([sought], [part for part in OMITTED.split(sought) if WORD.search(part)]):
            if found := _find_parts(parts, folded.text):
                return folded.span(*found)
    return None


def find_nearest(words: str, text: str) -> tuple[float, tuple[int, int]]:
    """The share of the words that some place in the text has, and that place; nothing if none has half of them."""
    sought = Counter(WORD.findall(words.casefold()))
    size = sought.total()
    width = size + size // 3 + 1  # some words may have been left out
    there = list(WORD.finditer(text))
    names = [found.group().casefold() for found in there]
    best, shared = 0, 0
    window: Counter[str] = Counter()
    for end, name in enumerate(names, 1):
        window[name] += 1
        if end > width:
            window[names[end - 1 - width]] -= 1
        if name in sought and (common := (window & sought).total()) > shared:
            best, shared = end, common
    if shared < max(1, NEAR * size):
        return 0.0, (0, 0)
    first = next(at for at in range(max(0, best - width), best) if names[at] in sought)
    return shared / size, (there[first].start(), there[best - 1].end())


def fold_typography(text: str, *, keeps_hyphen: bool = False) -> Folded:
    """One form for each letter and sign; a hyphen at a line's end goes with the break, or is kept."""
    folded: list[str] = []
    offsets: list[int] = []
    for start, piece in _pieces(text, "-" if keeps_hyphen else ""):
        if piece == " " and (not folded or folded[-1] == " "):
            continue
        folded += piece
        offsets += [start] * len(piece)
    return Folded("".join(folded), (*offsets, len(text)))


def _pieces(text: str, broken: str) -> Iterator[tuple[int, str]]:
    """Each cluster of characters, in its plain form, with its place."""
    gaps = {found.start(): (found.end(), "-") for found in DASH.finditer(text)}
    gaps |= {found.start(): (found.end(), broken) for found in BROKEN_WORD.finditer(text)}
    at = 0
    while at < len(text):
        if at in gaps:
            end, piece = gaps[at]
        else:
            found = CLUSTER.match(text, at)
            assert found
            end, piece = found.end(), _plain(found.group())
            if piece and piece in "*_" and _is_mark(text, at):
                piece = ""  # Markdown's emphasis
        if piece:
            yield at, piece
        at = end


def _plain(cluster: str) -> str:
    if cluster.isascii() and cluster.isalnum():
        return cluster
    if cluster.isspace():
        return " "
    if UNSEEN.match(cluster):
        return ""
    if cluster == "…" or OTHER_SIGNS.search(unicodedata.decomposition(cluster[0])):
        return cluster
    return unicodedata.normalize("NFKC", cluster).translate(SIGNS)


def _is_mark(text: str, at: int) -> bool:
    """Does the sign stand at the edge of a word, and not within one as in "snake_case" and "2*3"?"""
    around = text[:at].rstrip("*_")[-1:], text[at:].lstrip("*_")[:1]
    return not all(side.isalnum() for side in around) and any(not side.isspace() and side for side in around)


def _find_parts(parts: Sequence[str], text: str) -> tuple[int, int] | None:
    """Where the first part begins and the last ends, each behind the one before it and not far from it."""
    if not parts:
        return None
    for first in _places(parts[0], text):
        spans = [first]
        for part in parts[1:]:
            near = text[: spans[-1][1] + MOST_OMITTED + len(part)]
            found = next((span for span in _places(part, near) if span[0] >= spans[-1][1]), None)
            if not found:
                break
            spans.append(found)
        if len(spans) == len(parts):
            return first[0], spans[-1][1]
    return None


def _places(part: str, text: str) -> Iterator[tuple[int, int]]:
    """Where the part stands as whole words, its first letter in either case."""
    bare = part.strip(END_MARKS)
    if not bare:
        return
    first, rest = bare[0], bare[1:]
    either = re.escape(first) if first.lower() == first.upper() else f"[{re.escape(first.lower() + first.upper())}]"
    edges = [r"(?<!\w)" if first.isalnum() else "", r"(?!\w)" if bare[-1].isalnum() else ""]
    for found in re.finditer(f"{edges[0]}{either}{re.escape(rest)}{edges[1]}", text):
        yield found.span()
