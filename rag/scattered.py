"""Prove: do several quotes say together what a statement says, or has each only a part of it?"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set
from itertools import dropwhile, takewhile

from rag.negation import CLAUSE
from rag.roots import nation_of, root_of
from rag.said import Said
from rag.words import AS_WRITTEN, STOP_WORDS, content_words, full_names_of, is_capital, names_of, words_of

TOGETHER = 0.5  # of a clause's content words that one quote has
POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they)\b|^\W*(?:the|this|these|those|his|her|its|their|such|both)\b", re.IGNORECASE
)
"""A sentence about somebody whom one before it names."""


def find_scattered(said: Said, quotes: Sequence[Said]) -> str:
    """The names and figures of a clause stand in one sentence, or in one that points back to those before it."""
    if len(quotes) < 2:
        return ""
    held = [_facts_at(quotes, at) for at in range(len(quotes))]
    for clause in map(Said, _clauses(said.text)):
        facts = (clause.names | clause.openers | clause.figures) & frozenset().union(*held)
        if len(facts) > 1 and not any(facts <= its for its in held):
            best = max(held, key=lambda its: len(facts & its))
            one, other = (said.written(min(some)) for some in (facts & best, facts - best))
            return f"no one of the quoted sentences has both “{one}” and “{other}”"
    return ""


def find_apart(said: Said, quotes: Sequence[Said], quoted: Said) -> str:
    """Most of what a clause says stands in one sentence: two that each have some of it do not say it."""
    for clause in map(Said, _clauses(said.text)) if len(quotes) > 1 else ():
        words = {root_of(word) for word in content_words(clause.text)} & quoted.roots
        if words and max(len(words & quote.roots) for quote in quotes) < TOGETHER * len(words):
            return "no one of the quoted sentences says most of it"
    return ""


def _facts_at(quotes: Sequence[Said], at: int) -> frozenset[str]:
    quote = quotes[at]
    own = quote.held | quote.figures | _full_names(quotes, quote.held)
    pointer = POINTS_BACK.search(quote.text)
    if not pointer or names_of(quote.text[: pointer.start()]):
        return own
    if pointer.group().casefold() not in ("he", "she", "it", "they"):
        return own.union(*(before.held for before in quotes[:at]))
    return own.union(*(_subject(before) for before in quotes[:at]))


def _full_names(quotes: Sequence[Said], held: frozenset[str]) -> frozenset[str]:
    """All words of the names whose last word is held: "Sergeev" is the "Igor Sergeev" of another quote.

    Not where two names of the quotes end in it.
    """
    names: dict[str, set[frozenset[str]]] = {}
    for name in (name for quote in quotes for name in full_names_of(quote.text)):
        *_, last = words = [nation_of(word) for word in name]
        names.setdefault(last, set()).add(frozenset(words))
    return frozenset().union(*(max(names[last], key=len) for last in held & names.keys() if _is_one(names[last])))


def _is_one(names: Set[frozenset[str]]) -> bool:
    longest = max(names, key=len)
    return all(name <= longest for name in names)


def _subject(before: Said) -> frozenset[str]:
    """The first name of a sentence, all words of it, and the figures: whom "he" after it means."""
    name = takewhile(is_capital, dropwhile(lambda word: not is_capital(word), AS_WRITTEN.findall(before.text)))
    return frozenset(nation_of(bare) for word in name for bare in words_of(word)) | before.figures


def _clauses(text: str) -> Iterator[str]:
    """The clauses; one that says little is part of the next, and at the end of the one before."""
    clauses, waiting = [], ""
    for part in CLAUSE.split(text):
        waiting = f"{waiting} {part}".strip()
        if len(set(words_of(waiting)) - STOP_WORDS) > 2:
            clauses.append(waiting)
            waiting = ""
    if waiting and clauses:
        clauses[-1] += f" {waiting}"
    yield from clauses or [text]
