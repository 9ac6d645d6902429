"""Prove: does a quote support a statement? Deterministic, with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rag.words import STOP_WORDS, content_words, figures_of, names_of, stem, words_of

ENOUGH_WORDS = 0.6  # of a statement's content words
NEGATIONS = frozenset("no not never none neither nor cannot without denied denies deny refused refuses".split())
CLAUSE = re.compile(r"[,;:–—()“”\"]|\bbut\b|\band\b|\bthat\b", re.IGNORECASE)
NUMBER_WORDS = {
    word: str(number)
    for number, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}


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
    words = {stem(word) for word in content_words(statement)}
    if len(words & quoted_words) < ENOUGH_WORDS * len(words):
        return f"the quoted sentences do not say “{', '.join(sorted(words - quoted_words)[:3])}”"
    return _find_negation(statement, quoted)


def _figures(text: str) -> set[str]:
    return figures_of(text) | {NUMBER_WORDS[word] for word in words_of(text) if word in NUMBER_WORDS and word != "one"}


def _find_negation(statement: str, quoted: str) -> str:
    said, stands = set(_negated(statement)), set(_negated(quoted))
    if turned := sorted(stem(word) for word in content_words(statement) if stem(word) in stands - said):
        return f"the quoted sentences negate “{turned[0]}”"
    if invented := sorted(said - stands):
        return f"the quoted sentences do not negate “{invented[0]}”"
    return ""


def _negated(text: str) -> Iterator[str]:
    """The stem of the first content word after each negation, in its clause."""
    for clause in CLAUSE.split(re.sub(r"n['’]t\b", " not", text)):
        words = words_of(clause)
        for at, word in enumerate(words):
            if word in NEGATIONS:
                yield from (stem(following) for following in words[at + 1 :] if following not in STOP_WORDS)
                break
