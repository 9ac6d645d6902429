"""Compare: the wording of a statement with that of its quotes, where it follows them word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise, takewhile

from rag.amounts import VALUES
from rag.lexicon import (
    ADDITIONS,
    BARE,
    BE,
    GO_ON,
    JOINTS,
    LINKS,
    MONTHS,
    NATIONS,
    POINTERS,
    PREPOSITIONS,
    PRONOUNS,
    SAME,
)
from rag.words import AS_WRITTEN, FIGURE, figures_of, fold, stem, words_of

FOLLOWS = 0.5  # of a statement's words, in the order of the quote
COPY = 0.75  # from there on every other word counts
SHORT = 3  # words: as much may be left out, or stand in the place of others
MOST = 1_000  # words that are compared: a sentence has fewer, and a table of more is none
RUN = 4  # words: from there on a run is copied, and not a phrase that any text has
TOKEN = re.compile(rf"{AS_WRITTEN.pattern}|[,;:()–—]")
DATE = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(MONTHS)})\b", re.IGNORECASE)
NOT = re.compile(r"\b([^\W\d_]+)n['’]t\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A word, figure or mark, and what it is compared by."""

    text: str
    root: str


@dataclass(frozen=True, slots=True)
class Alignment:
    """A statement's words beside those of a quote, in the same order."""

    share: float
    """Of the statement's words, those that the quote has."""
    replaced: tuple[tuple[tuple[Token, ...], tuple[Token, ...]], ...]
    """Words of the statement, and those that the quote has in their place; a few each."""


@dataclass(frozen=True, slots=True)
class Run:
    """A part of the statement that stands in a quote word by word."""

    start: int
    end: int
    quote: int
    at: int
    """Where it begins there."""


def find_rewording(statement: str, quotes: Sequence[str], facts: Set[str]) -> str:
    """How the statement turns the wording of the quotes, in words for the reader; "" if it does not.

    `facts` are its names and figures. None may stand in the place of another; in a copy no other word may either; and
    what is copied in parts may only be joined where its sentence can do without what is between.
    """
    ours, theirs = _tokens(statement), [_tokens(quote) for quote in quotes]
    roots = {root_of(fact) for fact in facts}
    return (
        _find_misplaced(ours, theirs, roots)
        or _find_inverted(ours, theirs, roots)
        or _find_replaced(ours, theirs, roots)
        or _find_joint(ours, theirs)
    )


def root_of(word: str) -> str:
    """What the word is compared by: "sold" by "sell", "Iranian" by "Iran", "visited" by "visit"."""
    if word in VALUES:
        return str(VALUES[word])
    word = NATIONS.get(word, word)
    return stem(SAME.get(word, word))


def nation_of(word: str) -> str:
    return NATIONS.get(word, word)


def _tokens(text: str) -> list[Token]:
    """Dates have the month first."""
    found: list[Token] = []
    for match in TOKEN.finditer(DATE.sub(r"\2 \1", NOT.sub(r"\1 not", " ".join(fold(text).split())))):
        token = match.group()
        if FIGURE.fullmatch(token):
            found += [Token(token, figure) for figure in figures_of(token)]
        else:
            found += [Token(token, root_of(word)) for word in words_of(token)] or [Token(token, token)]
    return found[:MOST]


def _find_misplaced(ours: Sequence[Token], theirs: Sequence[Sequence[Token]], roots: Set[str]) -> str:
    """A name or figure has the neighbours that another one has in the quote, and not its own."""
    for quote in theirs:
        places = {token.root: _neighbours(quote, at) for at, token in _once(quote) if token.root in roots}
        if len(places) < 2:
            continue
        for at, token in _once(ours):
            if token.root not in places:
                continue
            here = _neighbours(ours, at)
            own = _agreement(here, places[token.root])
            for other, there in places.items():
                if other != token.root and own < _agreement(here, there) == 2:
                    name = next(each.text for each in quote if each.root == other)
                    return f"where the quoted sentence has “{name}”, it has “{token.text}”"
    return ""


def _find_inverted(ours: Sequence[Token], theirs: Sequence[Sequence[Token]], roots: Set[str]) -> str:
    """Of two names or figures side by side the second stands first: "Kingdom United"."""
    pairs = {(one.root, then.root): f"{one.text} {then.text}" for quote in theirs for one, then in pairwise(quote)}
    for one, then in pairwise(ours):
        quoted = pairs.get((then.root, one.root))
        if quoted and {one.root, then.root} <= roots and (one.root, then.root) not in pairs:
            return f"where the quoted sentence has “{quoted}”, it has “{one.text} {then.text}”"
    return ""


def _once(tokens: Sequence[Token]) -> Iterator[tuple[int, Token]]:
    counts = Counter(token.root for token in tokens)
    return ((at, token) for at, token in enumerate(tokens) if counts[token.root] == 1)


def _neighbours(tokens: Sequence[Token], at: int) -> tuple[str, str]:
    return (tokens[at - 1].root if at else "", tokens[at + 1].root if at + 1 < len(tokens) else "")


def _agreement(one: tuple[str, str], other: tuple[str, str]) -> int:
    return sum(left == right for left, right in zip(one, other, strict=True))


def _find_replaced(ours: Sequence[Token], theirs: Sequence[Sequence[Token]], roots: Set[str]) -> str:
    """A name or figure stands where the quote that the statement follows has another; in a copy, any word."""
    best = max((_align(_words(ours), _words(quote)) for quote in theirs), key=lambda it: it.share, default=None)
    if best is None or best.share < FOLLOWS:
        return ""
    is_copy = best.share >= COPY
    for here, there in best.replaced:
        if any(token.text.casefold() in PRONOUNS for token in there):
            continue
        said = [each for each in _telling(here) if is_copy or each.root in roots]
        held = [each for each in _telling(there) if is_copy or each.text[0].isupper() or each.text[0].isdecimal()]
        if said and held and {each.root for each in said}.isdisjoint(each.root for each in there):
            return f"where the quoted sentence has “{held[0].text}”, it has “{said[0].text}”"
    return ""


def _telling(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.text.casefold() not in LINKS]


def _words(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if token.text[0].isalnum() and token.text.casefold() not in BARE]


def _align(ours: Sequence[Token], theirs: Sequence[Token]) -> Alignment:
    matcher = SequenceMatcher(None, [token.root for token in ours], [token.root for token in theirs], autojunk=False)
    replaced = tuple(
        (tuple(ours[start:end]), tuple(theirs[at:to]))
        for kind, start, end, at, to in matcher.get_opcodes()
        if kind == "replace" and max(end - start, to - at) <= SHORT
    )
    return Alignment(sum(block.size for block in matcher.get_matching_blocks()) / max(1, len(ours)), replaced)


def _find_joint(ours: Sequence[Token], theirs: Sequence[Sequence[Token]]) -> str:
    """Two copied parts follow on each other that cannot, or the first begins within a part of its sentence."""
    runs = list(_runs(ours, theirs))
    if runs and (fault := _find_beheaded(runs[0], ours, theirs[runs[0].quote])):
        return fault
    neighbours = ((one, then) for one, then in pairwise(runs) if one.end == then.start)
    return next((fault for one, then in neighbours if (fault := _find_gap(one, then, ours, theirs))), "")


def _find_beheaded(run: Run, ours: Sequence[Token], quote: Sequence[Token]) -> str:
    """ "The minister was short", of "The visit of the minister was short"."""
    if any(token.root not in BARE for token in ours[: run.start]):
        return ""
    before = [token for token in quote[: run.at] if token.root not in BARE][-1:]
    if before and before[0].root in PREPOSITIONS and any(token.root in BE for token in ours[run.start : run.end]):
        return f"before “{ours[run.start].text}” it leaves out “… {before[0].text}”"
    return ""


def _find_gap(one: Run, then: Run, ours: Sequence[Token], theirs: Sequence[Sequence[Token]]) -> str:
    last, first, quote = ours[one.end - 1], ours[then.start], theirs[one.quote]
    end = one.at + one.end - one.start
    if one.quote == then.quote and then.at >= end:
        gap = quote[end : then.at]
        if len(gap) > SHORT and not _can_go(gap, first):
            return f"between “{last.text}” and “{first.text}” it leaves out “{gap[0].text} {gap[1].text} …”"
        return ""
    other = theirs[then.quote]
    is_whole = _parts(other[then.at - 1 : then.at]) and _parts(quote[end : end + 1])
    is_named = other[0].text.casefold() in POINTERS and len(quote) - end <= SHORT  # "various countries. These include"
    if is_whole or is_named:
        return ""
    return f"“{last.text}” and “{first.text}” are of two places, and joined to one sentence"


def _parts(beside: Sequence[Token]) -> bool:
    """Does the sentence, or a part of it, end there? True if there is no more."""
    return all(token.root in JOINTS for token in beside)


def _can_go(gap: Sequence[Token], after: Token) -> bool:
    """Is what is left out a part that begins as additions do, and does the sentence go on as after one?"""
    goes_on = after.text.casefold() in GO_ON or not after.text[0].isalnum() or not gap[-1].text[0].isalnum()
    return (gap[0].text.casefold() in ADDITIONS or not gap[0].text[0].isalnum()) and goes_on


def _runs(ours: Sequence[Token], theirs: Sequence[Sequence[Token]]) -> Iterator[Run]:
    """The longest part of a quote at each place, from the first on; at least `RUN` words."""
    places: dict[str, list[tuple[int, int]]] = {}
    for number, quote in enumerate(theirs):
        for place, token in enumerate(quote):
            places.setdefault(token.root, []).append((number, place))
    at = 0
    while at < len(ours):
        found = (
            Run(at, at + _shared(ours[at:], theirs[number][place:]), number, place)
            for number, place in places.get(ours[at].root, ())
        )
        run = max(found, key=lambda run: run.end, default=None)
        if run and run.end - at >= RUN:
            yield run
            at = run.end
        else:
            at += 1


def _shared(ours: Sequence[Token], theirs: Sequence[Token]) -> int:
    """How many words from the first on are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0].root == pair[1].root, zip(ours, theirs, strict=False)))
