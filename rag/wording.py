"""Compare: the wording of a statement with that of its quotes, where it follows them word by word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import pairwise, product, takewhile

from rag.lexicon import (
    ADDITIONS,
    BARE,
    BE,
    CONDITIONS,
    CONNECTIVES,
    CURRENCIES,
    GO_ON,
    HEDGES,
    JOINTS,
    LIGHT,
    LINKS,
    MONTHS,
    OPERATORS,
    POINTERS,
    PREPOSITIONS,
    PRONOUNS,
    SIGNS,
)
from rag.negation import NOT
from rag.roots import root_of
from rag.words import AS_WRITTEN, FIGURE, figures_of, fold, words_of

FOLLOWS = 0.5  # of a statement's words, in the order of the quote
COPY = 0.75  # from there on every other word counts
SHORT = 3  # words: as much may be left out, or stand in the place of others
MOST = 1_000  # words that are compared: a sentence has fewer, and a table of more is none
RUN = 4  # words: from there on a run is copied, and not a phrase that any text has
TOKEN = re.compile(rf"{AS_WRITTEN.pattern}|[,;:()–—%{''.join(CURRENCIES)}]")
PROVIDED = re.compile(r"\bprovid(?:ed|ing) that\b|(?<=, )provided\b")
"""Not "the talks provided a boost"."""
DATE = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)?(?: of)? ({'|'.join(MONTHS)})\b", re.IGNORECASE)


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
    """Words of the statement, and those that the quote has in their place."""
    dropped: tuple[tuple[Token, Token | None, bool], ...]
    """Words that only the quote has, each with the shared word that it bends, if there is one.

    And whether it stands in a part of the quote's end that is left out as a whole, from ", and" on.
    """
    added: tuple[Token, ...]
    """Words that only the statement has there."""

    @property
    def is_copy(self) -> bool:
        return self.share >= COPY


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
        _find_misplaced(ours, theirs)
        or _find_turned_voice(ours, theirs)
        or _find_other_subject(ours, theirs, roots)
        or _find_inverted(ours, theirs, roots)
        or _find_changed(ours, theirs, roots)
        or _find_joint(ours, theirs)
    )


def _tokens(text: str) -> list[Token]:
    """Dates have the month first."""
    found: list[Token] = []
    plain = PROVIDED.sub("if", NOT.sub(" not", " ".join(fold(text).split())))
    for match in TOKEN.finditer(DATE.sub(r"\2 \1", plain)):
        token = match.group()
        if FIGURE.fullmatch(token):
            found += [Token(token, figure) for figure in figures_of(token)]
        else:
            found += [Token(token, root_of(word)) for word in words_of(SIGNS.get(token, token))] or [
                Token(token, token)
            ]
    return found[:MOST]


def _find_misplaced(ours: Sequence[Token], theirs: Sequence[Sequence[Token]]) -> str:
    """A word has the neighbours that another one has in the quote, and not its own."""
    here = {token.root: (token, _neighbours(ours, at)) for at, token in _once(ours)}
    for quote in theirs:
        there = {token.root: (token, _neighbours(quote, at)) for at, token in _once(quote)}
        for root, other in product([root for root in here if root in there], there):
            token, beside = here[root]
            instead, around = there[other]
            is_list = JOINTS.issuperset(beside)  # "China", of "Iran, China and India": any order says the same
            if not is_list and _agreement(beside, there[root][1]) < _agreement(beside, around) == 2:
                return f"where the quoted sentence has “{instead.text}”, it has “{token.text}”"
    return ""


def _find_turned_voice(ours: Sequence[Token], theirs: Sequence[Sequence[Token]]) -> str:
    """ "Germany was invaded by Poland", of "Germany invaded Poland"."""
    said = _deeds(ours)
    for held in map(_deeds, theirs):
        for (who, did, whom), is_passive in held.items():
            turned = (whom, did, who)
            if turned not in held and said.get(turned, is_passive) != is_passive:
                return f"who did what to whom is turned round at “{did}”"
    return ""


def _find_other_subject(ours: Sequence[Token], theirs: Sequence[Sequence[Token]], roots: Set[str]) -> str:
    """The name that the statement begins with stands behind what it says of it, and another name before that."""
    telling = _telling(ours)
    names = list(takewhile(lambda token: token.root in roots and token.text[0].isupper(), telling))
    if not names or len(names) == len(telling):
        return ""
    said, verb = {token.root for token in ours}, telling[len(names)]
    for quote in theirs:
        held = _telling(quote)
        places = [token.root for token in held]
        if places.count(verb.root) != 1 or names[-1].root not in places or not (at := places.index(verb.root)):
            continue
        before = held[at - 1]
        if before.text[0].isupper() and before.root not in said and places.index(names[-1].root) > at:
            return f"the quoted sentence says it of “{before.text}”, not of “{names[-1].text}”"
    return ""


def _deeds(tokens: Sequence[Token]) -> dict[tuple[str, str, str], bool]:
    """Who did what to whom, and whether it is said in the passive: the words on each side of each word."""
    telling = [(at, token) for at, token in enumerate(tokens) if _tells(token)]
    deeds = {}
    for (_, before), (at, verb), (_, after) in zip(telling, telling[1:], telling[2:], strict=False):
        is_passive = [token.root for token in tokens[at + 1 : at + 2]] == ["by"]
        one, other = (after, before) if is_passive else (before, after)
        deeds[one.root, verb.root, other.root] = is_passive
    return deeds


def _telling(tokens: Sequence[Token]) -> list[Token]:
    return [token for token in tokens if _tells(token)]


def _tells(token: Token) -> bool:
    return token.text[0].isalnum() and token.text.casefold() not in LINKS


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
    return ((at, token) for at, token in enumerate(tokens) if _tells(token) and counts[token.root] == 1)


def _neighbours(tokens: Sequence[Token], at: int) -> tuple[str, str]:
    return (tokens[at - 1].root if at else "", tokens[at + 1].root if at + 1 < len(tokens) else "")


def _agreement(one: tuple[str, str], other: tuple[str, str]) -> int:
    return sum(left == right for left, right in zip(one, other, strict=True))


def _find_changed(ours: Sequence[Token], theirs: Sequence[Sequence[Token]], roots: Set[str]) -> str:
    """What the statement puts in place of words of the quote that it follows, adds to them or leaves out."""
    best = max((_align(_words(ours), _words(quote)) for quote in theirs), key=lambda it: it.share, default=None)
    if best is None or best.share < FOLLOWS:
        return ""
    known = {token.root for quote in theirs for token in quote}
    return (
        _find_replaced(best, roots)
        or _find_dropped(best, {token.text.casefold() for token in ours})
        or _find_added(best, known)
    )


def _find_replaced(aligned: Alignment, roots: Set[str]) -> str:
    """A name or figure stands where the quote has another; in a copy, any word."""
    for here, there in aligned.replaced:
        if max(len(here), len(there)) > SHORT or any(token.text.casefold() in PRONOUNS for token in there):
            continue
        said = [each for each in _telling(here) if aligned.is_copy or each.root in roots]
        held = [
            each for each in _telling(there) if aligned.is_copy or each.text[0].isupper() or each.text[0].isdecimal()
        ]
        if said and held and {each.root for each in said}.isdisjoint(each.root for each in there):
            return f"where the quoted sentence has “{held[0].text}”, it has “{said[0].text}”"
    return ""


def _find_dropped(aligned: Alignment, said: Set[str]) -> str:
    """A word of the quote that bends the next one ("may", "failed to", "former") is left out, and none like it said."""
    kinds = {OPERATORS[word] for word in said if word in OPERATORS}
    for token, after, is_apart in aligned.dropped:
        word = token.text if token.text in ("May", "Will") else token.text.casefold()
        is_condition = word in CONDITIONS and aligned.is_copy and not is_apart and not said & CONDITIONS
        if is_condition or (after and word in OPERATORS and OPERATORS[word] not in kinds):
            return f"the quoted sentence says “{token.text}{f' {after.text}' if after else ' …'}”"
    return ""


def _find_added(aligned: Alignment, known: Set[str]) -> str:
    """A copy has no word of its own."""
    for token in aligned.added if aligned.is_copy else ():
        word = token.text.casefold()
        says_little = token.root in LIGHT or word in LINKS | CONNECTIVES | HEDGES
        if token.root not in known and not says_little and word.isalpha():
            return f"the quoted sentences do not say “{token.text}”"
    return ""


def _words(tokens: Sequence[Token]) -> list[Token]:
    """Those that count, without marks; an "and" behind a comma shows it."""
    words = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.text[0].isalnum() and token.text.casefold() not in BARE:
            joins = before and before.text in ",;" and token.text.casefold() in ("and", "but")
            words.append(Token(f", {token.text}", token.root) if joins else token)
    return words


def _align(ours: Sequence[Token], theirs: Sequence[Token]) -> Alignment:
    matcher = SequenceMatcher(None, [token.root for token in ours], [token.root for token in theirs], autojunk=False)
    changes = [change for change in matcher.get_opcodes() if change[0] != "equal"]
    shared = sum(block.size for block in matcher.get_matching_blocks())
    own = {at for _, _, _, start, end in changes for at in range(start, end)}
    return Alignment(
        share=shared / max(1, len(ours)),
        replaced=tuple((tuple(ours[a:b]), tuple(theirs[c:d])) for kind, a, b, c, d in changes if kind == "replace"),
        dropped=tuple((theirs[at], _governed(theirs, at, own), _is_apart(theirs, at, own)) for at in sorted(own)),
        added=tuple(token for _, start, end, _, _ in changes for token in ours[start:end]),
    )


def _is_apart(tokens: Sequence[Token], at: int, own: Set[int]) -> bool:
    start = next((at for at in range(at, -1, -1) if tokens[at].text[0] == "," or at not in own), 0)
    return tokens[start].text[0] == "," and own >= set(range(start, len(tokens)))


def _governed(tokens: Sequence[Token], at: int, own: Set[int]) -> Token | None:
    """The word that the one there bends, if both have it: the next but for "to", "be" and the like."""
    place = next((at for at in range(at + 1, len(tokens)) if tokens[at].text.casefold() not in LINKS), None)
    return None if place is None or place in own else tokens[place]


def _find_joint(ours: Sequence[Token], theirs: Sequence[Sequence[Token]]) -> str:
    """Two copied parts follow on each other that cannot, or the first begins within a part of its sentence."""
    runs = list(_runs(ours, theirs))
    if runs and (fault := _find_beheaded(runs[0], ours, theirs[runs[0].quote])):
        return fault
    for one, then in pairwise(runs):
        if one.quote == then.quote and 0 < then.at < one.at and then.start - one.end <= SHORT:
            return f"it says “{ours[then.start].text} {ours[then.start + 1].text} …” of what comes after it"
        if one.end == then.start and (fault := _find_gap(one, then, ours, theirs)):
            return fault
    return ""


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
