"""Roots: a word to what it is compared by, for the support check."""

from __future__ import annotations

import re

from rag.amounts import VALUES
from rag.lexicon import NATIONS, SAME
from rag.words import stem

ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th)$")


def root_of(word: str) -> str:
    """Of a word as `words_of` gives it: "sold" has that of "sell", "Iranian" that of "Iran", "twelve" is "12"."""
    if word in VALUES:
        return str(VALUES[word])
    if word[:1].isdecimal():
        return ORDINAL.sub("", word)
    return stem(SAME.get(nation_of(word), nation_of(word)))


def nation_of(word: str) -> str:
    """What the word belongs to, if it is a people's or a country's; else the word."""
    return NATIONS.get(word, word)
