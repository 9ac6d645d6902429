"""Prove: does a quote support a statement? Deterministic, with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.words import STOP_WORDS, capitalised_of, content_words, figures_of, names_of, stem, words_of

ENOUGH_WORDS = 0.6  # of a statement's content words
NEGATIONS = frozenset(
    "no not never none neither nor nobody cannot without unable denied denies deny refused refuses".split()
)
CLAUSE = re.compile(r"[,;:–—()]|\bbut\b|\band\b|\bthat\b|(?=\bnor\b)", re.IGNORECASE)
CONNECTIVES = frozenset(
    """
    according additionally albeit although another consequently despite finally following furthermore hence however
    indeed instead like likewise many meanwhile moreover nevertheless nonetheless one others otherwise overall rather
    regarding several similarly since specifically still though thus unlike whereas yes yet
    """.split()
)
"""Words that open a sentence with a capital and add nothing that a quote would have to hold."""
CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth"
SCALES = "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half"
NUMBER_WORDS = {
    **{word: word for word in SCALES.split()},
    **{word: str(number) for number, word in enumerate(CARDINALS.split())},
    **{word: str(number) for number, word in enumerate(ORDINALS.split(), 1)},
}
NUMBER_WORDS.pop("one")  # mostly a pronoun


def find_fault(statement: str, quotes: Sequence[str]) -> str:
    """What keeps the quotes from supporting the statement, in words for the reader; "" if nothing does.

    Figures and names of the statement must stand in a quote; so must most of its content words; and what one of them
    negates, the other must not affirm.
    """
    quoted = " \n".join(quotes)
    if missing := sorted(_figures(statement) - _figures(quoted)):
        return f"the figure {missing[0]} is in no quoted sentence"
    quoted_words = {stem(word) for word in words_of(quoted)}
    if missing := sorted(name for name in names_of(statement) if stem(name) not in quoted_words):
        return f"the name “{missing[0]}” is in no quoted sentence"
    openers = capitalised_of(statement) - CONNECTIVES  # may be names: "Putin visited Tehran"
    if missing := sorted(word for word in openers if stem(word) not in quoted_words):
        return f"the word “{missing[0]}” is in no quoted sentence"
    words = {stem(word) for word in content_words(statement)}
    if len(words & quoted_words) < ENOUGH_WORDS * len(words):
        return f"the quoted sentences do not say “{', '.join(sorted(words - quoted_words)[:3])}”"
    return _find_negation(statement, quoted)


def _figures(text: str) -> set[str]:
    return figures_of(text) | {NUMBER_WORDS[word] for word in words_of(text) if word in NUMBER_WORDS}


def _find_negation(statement: str, quoted: str) -> str:
    said, stands = set(_negated(statement)), set(_negated(quoted))
    if turned := sorted(stem(word) for word in content_words(statement) if stem(word) in stands - said):
        return f"the quoted sentences negate “{turned[0]}”"
    if invented := sorted(said - stands):
        return f"the quoted sentences do not negate “{invented[0]}”"
    return ""


def _negated(text: str) -> Iterator[str]:
    """The stems of the content words after an odd number of negations in their clause; before it, if none is after."""
    for clause in CLAUSE.split(re.sub(r"n['’]t\b", " not", text)):
        negated = False
        before: list[str] = []
        since: list[str] = []
        for word in words_of(clause):
            if word in NEGATIONS:
                negated, before, since = not negated, since, []
            elif word not in STOP_WORDS:
                since.append(stem(word))
                if negated:
                    yield since[-1]
        if not since:
            yield from before
