"""Amounts: the numbers of a text, in figures or words, each with what stands before and behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rag.lexicon import CURRENCIES, MONTHS
from rag.words import FIGURE, STOP_WORDS, figures_of, stem, words_of

CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
).split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
VALUES = {
    **{word: value for value, word in enumerate(CARDINALS)},
    **{word: value for value, word in enumerate(ORDINALS, 1)},
    **{word: 10 * value for value, word in enumerate(TENS, 2)},
    **{word[:-1] + "ieth": 10 * value for value, word in enumerate(TENS, 2)},
}
MULTIPLES = {"hundred": 100, "thousand": 1000}
SCALES = frozenset("million billion trillion dozen half hundreds thousands millions billions dozens".split())
"""They stand beside a figure, and stay as they are."""
NUMBER_WORDS = frozenset({*VALUES, *MULTIPLES, *SCALES})
_MONTHS = frozenset(map(str.casefold, MONTHS))
NEAR = 3
"""Words behind a number that may be what it counts."""
TOKEN = re.compile(rf"[{''.join(CURRENCIES)}]|%|(?<![\w)])[-−](?=\d)|{FIGURE.pattern}|[^\W\d_]+(?:['’][^\W\d_]+)*")


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as `figures_of` gives it, or a scale: "million"."""

    value: str
    sign: str
    """A currency's, "-", or empty."""
    near: tuple[str, ...]
    """The stems of the words behind it, up to the next number."""


def amounts_of(text: str) -> list[Amount]:
    """The numbers in order. "One" is mostly a pronoun: it counts only within a number."""
    tokens = [match.group() for match in TOKEN.finditer(text)]
    amounts, at = [], 0
    while at < len(tokens):
        values, end = _number(tokens, at)
        if values:
            sign = tokens[at - 1] if at and tokens[at - 1] in {*CURRENCIES, "-", "−"} else ""
            near = tuple(_near(tokens, end))
            amounts += [Amount(value, sign.replace("−", "-"), near) for value in values]
        at = max(end, at + 1)
    return amounts


def _number(tokens: list[str], at: int) -> tuple[list[str], int]:
    """The values of the number that begins there, and where it ends."""
    if FIGURE.fullmatch(tokens[at]):
        return list(figures_of(tokens[at])), at + 1
    if tokens[at].casefold() in SCALES:
        return [tokens[at].casefold()], at + 1
    total, part, end = 0, 0, at
    while end < len(tokens):
        word = tokens[end].casefold()
        if word in VALUES and (end == at or _goes_on(part, VALUES[word], tokens[end - 1].casefold())):
            part += VALUES[word]
        elif word in MULTIPLES and end > at:
            total, part = (total, part * 100) if word == "hundred" else (total + (part or 1) * 1000, 0)
        elif word in MULTIPLES:
            part = MULTIPLES[word]
        elif word == "and" and end > at and tokens[end - 1].casefold() in MULTIPLES and _is_value(tokens, end + 1):
            pass
        else:
            break
        end += 1
    is_pronoun = end == at + 1 and tokens[at].casefold() == "one" and not _is_scale(tokens, end)
    return ([] if end == at or is_pronoun else [str(total + part)]), end


def _goes_on(part: int, value: int, before: str) -> bool:
    """ "Thirty-one", "two hundred (and) five"; not "two three"."""
    return (before in TENS and 0 < value < 10) or (before in {*MULTIPLES, "and"} and value < 100) or not part


def _is_value(tokens: list[str], at: int) -> bool:
    return at < len(tokens) and tokens[at].casefold() in VALUES


def _is_scale(tokens: list[str], at: int) -> bool:
    return at < len(tokens) and tokens[at].casefold() in SCALES


def _near(tokens: list[str], at: int) -> Iterator[str]:
    found = 0
    while at < len(tokens) and found < NEAR:
        if tokens[at] == "%" or " ".join(tokens[at : at + 2]).casefold() == "per cent":
            yield "percent"
            return
        if _number(tokens, at)[0] and tokens[at].casefold() not in SCALES:
            return
        for word in words_of(tokens[at]):
            if word not in STOP_WORDS and word not in SCALES and word not in _MONTHS:
                yield stem(word)
                found += 1
        at += 1
