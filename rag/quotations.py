"""Prove: words that a model put in quotation marks to where the documents have them, as they are but for typography."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

from rag.types import Passage, Quotation, Quote, Standing

MARK = re.compile(r"``|''|[“”„‟«»‹›「」『』\"＂]")
OPENS, CLOSES = "“„「『``", "”」』''"
AFTER_OPENING = re.compile(r"\S")
BEFORE_OPENING = re.compile(r"[^\w.!?;…)\]%]\Z|\A\Z")
SINGLE = re.compile(r"[‘‚]([^‘’]*(?:’\w[^‘’]*)*)[’‘](?!\w)|(?<!\w)'(?=\w)([^']*(?:(?<=\w)'(?=\w)[^']*)*)'(?!\w)")
OMITTED = re.compile(r"\[(?:…|\.\.\.)\]|\((?:…|\.\.\.)\)|…|\.\.\.")
MOST_MARKS = 9  # in a row
MOST_PARTS = 20
MOST_OMITTED = 300  # characters between two parts of a quotation: more is another place
UNSEEN = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff\u200e\u200f\u202a-\u202e\u2066-\u2069]")
BROKEN_WORD = re.compile(r"(?<=[^\W\d_])-\s*\n\s*(?=[^\W\d_])")
DASH = re.compile(r"(?<!\s)\s*(?:[—―]|--+)\s*|(?<!\s)[^\S\n]+[-‐‑‒–−]\s+")
OTHER_SIGNS = re.compile(r"(super|sub|fraction|circle|square)>")
"""Kinds of letters that are not the plain letter in another form: "10²" is not "102"."""
SIGNS = str.maketrans(
    {
        **dict.fromkeys('“”„‟«»"‘’‚‛‹›`´′″「」『』', "'"),
        **dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"),
    }
)
CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
PREFIXES = "non un anti ex pre mis dis in semi quasi pseudo vice".split()
END_MARKS = " .,;:'"
NEAR = 0.5  # of a quotation's words: what shares fewer is not near to it
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Folded:
    """A text without its typography: `text[at]` stands for the characters at `places[at]` of the text as it was."""

    text: str
    places: tuple[tuple[int, int], ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Where a part of `text`, which is not empty, was."""
        return self.places[start][0], self.places[end - 1][1]


def find_spoken(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand between quotation marks, without the marks; of marks within marks, between the outer ones.

    Marks of two kinds may go together, as careless writers put them. What a mark opens and none closes goes on to the
    last mark, or to the end: a sentence may be a part of what is quoted.
    """
    at, start, depth, last = 0, 0, 0, None
    for mark in MARK.finditer(text):
        opens = _opens(text, mark, depth)
        if opens and not depth:
            yield from _single(text, at, mark.start())
            start, last = mark.end(), None
        elif not opens and depth:
            last = mark.start()
        depth += 1 if opens else -1 if depth else 0
        if not depth and not opens and last == mark.start():
            yield from _with_words(text, start, last)
            at = mark.end()
    if depth:
        yield from _with_words(text, start, len(text) if last is None else last)
    else:
        yield from _single(text, at, len(text))


def _opens(text: str, mark: re.Match[str], depth: int) -> bool:
    """By what stands beside the mark; where that does not tell, by its form, and a plain one closes what is open."""
    before, after = text[max(0, mark.start() - 1) : mark.start()], text[mark.end() : mark.end() + 1]
    may_open = bool(AFTER_OPENING.match(after) and BEFORE_OPENING.search(before))
    may_close = bool(before.strip()) and not after.isalnum()
    if may_open != may_close:
        return may_open
    if mark.group() in OPENS or mark.group() in CLOSES:
        return mark.group() in OPENS
    return not depth


def _single(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    for found in SINGLE.finditer(text, start, end):
        yield from _with_words(text, *found.span(found.lastindex or 0))


def _with_words(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if WORD.search(text, start, end):
        yield start, end


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
    return shared / size, _widen(text, there[first].start(), there[best - 1].end())


def _widen(text: str, start: int, end: int) -> tuple[int, int]:
    """From space to space, without the marks at the ends: "5 percent" would hide the "2.5 percent" that is there."""
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    while text[start].translate(SIGNS) == "'":
        start += 1
    while text[end - 1].translate(SIGNS) in END_MARKS:
        end -= 1
    return start, end


def fold_typography(text: str, *, keeps_hyphen: bool = False) -> Folded:
    """One form for each letter and sign; a hyphen at a line's end goes with the break, or is kept."""
    folded: list[str] = []
    places: list[tuple[int, int]] = []
    for place, piece in _pieces(text, "-" if keeps_hyphen else ""):
        if piece == " " and (not folded or folded[-1] == " "):
            continue
        folded += piece
        places += [place] * len(piece)
    return Folded("".join(folded), tuple(places))


def _pieces(text: str, broken: str) -> Iterator[tuple[tuple[int, int], str]]:
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
            yield (at, end), piece
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
    before, after = text[max(0, at - MOST_MARKS) : at], text[at : at + MOST_MARKS]
    around = before.rstrip("*_")[-1:], after.lstrip("*_")[:1]
    return not all(side.isalnum() for side in around) and any(not side.isspace() and side for side in around)


def _find_parts(parts: Sequence[str], text: str) -> tuple[int, int] | None:
    """Where the first part begins and the last ends, each behind the one before it and not far from it."""
    if not parts or len(parts) > MOST_PARTS:
        return None
    bare = [part.strip(END_MARKS) for part in parts]
    if not all(bare):
        return None
    patterns = [(_whole(part), len(part)) for part in bare]
    for first in patterns[0][0].finditer(text):
        last: re.Match[str] | None = first
        for pattern, size in patterns[1:]:
            found = pattern.search(text, last.end(), last.end() + MOST_OMITTED + size) if last else None
            last = pattern.match(text, found.start()) if found else None  # the edge at its end, seen with what follows
        if last:
            return first.start(), last.end()
    return None


def _whole(words: str) -> re.Pattern[str]:
    """The words as they are, in either case of the first letter, and no part of another word, number or question."""
    first, rest = words[0], words[1:]
    either = re.escape(first) if first.lower() == first.upper() else f"[{re.escape(first.lower() + first.upper())}]"
    return re.compile(f"{_edge_before(first)}{either}{re.escape(rest)}{_edge_after(words)}")


def _edge_before(first: str) -> str:
    if first.isdecimal():
        return r"(?<![\w-])(?<!\d[.,:])(?<![^\w\s]\.)(?<!\s\.)"
    return r"(?<!\w)" + "".join(rf"(?<!\b{prefix}-)" for prefix in PREFIXES) if first.isalnum() else ""


def _edge_after(words: str) -> str:
    asks = "" if words.endswith("?") else r"(?!'?\?)"
    if words[-1].isdecimal():
        return r"(?!\w)(?![.,:]\d)" + asks
    return r"(?!\w)(?!'t\b)(?!-(?:free|less|like|pending)\b)" + asks if words[-1].isalnum() else asks
