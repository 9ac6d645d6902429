"""Amounts: the numbers of a text, in figures or words, with scale, currency and unit, so that notations compare."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from rag.words import STOP_WORDS, stem, words_of

_CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth "
    "sixteenth seventeenth eighteenth nineteenth"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ORDINAL_VALUES = {
    **{word: value for value, word in enumerate(_ORDINALS, 1)},
    **{word[:-1] + "ieth": 10 * value for value, word in enumerate(_TENS, 2)},
}
_VALUES = {
    **{word: value for value, word in enumerate(_CARDINALS)},
    **{word: 10 * value for value, word in enumerate(_TENS, 2)},
    **_ORDINAL_VALUES,
}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_SHORT_SCALES = {"k": 1_000, "m": 10**6, "mn": 10**6, "mio": 10**6, "bn": 10**9, "b": 10**9, "tn": 10**12}
_SURE_SCALES = {"mn", "mio", "bn", "tn"}
"""Short scales that are no unit: "5 m" are five metres, "£5m" five million pounds."""
_VAGUE = frozenset("dozens hundreds thousands millions billions trillions".split())
NUMBER_WORDS = frozenset({*_VALUES, *_SCALES, *_VAGUE, "dozen", "half"})
_CURRENCIES = {
    name: line.split()[0]
    for line in """
    dollar dollars usd $ us$ a$ c$ nz$ hk$
    pound pounds gbp £
    euro euros eur €
    yen jpy ¥
    rouble roubles ruble rubles rub ₽
    rupee rupees inr ₹
    franc francs chf
    yuan renminbi cny
    krone kroner nok
    krona kronor sek
    zloty zlotys pln
    """.strip().splitlines()
    for name in line.split()
}
_UNITS = {
    name: line.split()[0]
    for line in """
    % percent pct
    point points
    second seconds sec
    minute minutes min
    hour hours hr hrs
    day days
    week weeks
    month months
    year years
    decade decades
    century centuries
    km kilometre kilometres kilometer kilometers
    m metre metres meter meters
    cm centimetre centimetres centimeter centimeters
    mm millimetre millimetres millimeter millimeters
    mile miles
    foot feet ft
    inch inches
    yard yards
    acre acres
    hectare hectares ha
    kg kilogram kilograms kilo kilos
    g gram grams
    mg milligram milligrams
    mcg microgram micrograms µg
    lb lbs
    ounce ounces oz
    ton tons tonne tonnes
    l litre litres liter liters
    ml millilitre millilitres milliliter milliliters
    gallon gallons
    barrel barrels
    kw kilowatt kilowatts
    mw megawatt megawatts
    gw gigawatt gigawatts
    kwh
    mph
    km/h kmh
    """.strip().splitlines()
    for name in line.split()
}
_SIGN = r"(?:US|A|C|NZ|HK)?\$|[£€¥₽₹]|\b(?:USD|GBP|EUR|JPY|RUB|INR|CHF|CNY|NOK|SEK|PLN)(?= ?\d)"
_TOKEN = re.compile(
    rf"(?P<sign>{_SIGN})|(?P<minus>(?<![\w)\]])[-−](?=[\d$£€]))|(?P<figure>\d+(?:[.,:/–-]\d+)*)(?P<tail>[^\W\d_]*)"
    r"|(?P<percent>%)|(?P<word>[^\W\d_]+(?:['’/][^\W\d_]+)*)|(?P<break>[.;:!?()]|,)"
)
IDENTIFIER = re.compile(r"\b(?=[\w/_.-]*\d)(?=[\w/_.-]*[A-Za-z])\w+(?:[-_/.]\w+)*\b")
_ENDINGS = "s st nd rd th x d am pm c f kwh gb mb kb tb hz khz mhz ghz".split()
_TAILS = "|".join(sorted({*_UNITS, *_SHORT_SCALES, *_ENDINGS} - {"%"}, key=len, reverse=True))
_NO_IDENTIFIER = re.compile(
    rf"\d+(?:[.,]\d+)*(?:[-/][\d.,]+)*(?:{_TAILS})|(?:[\d.,]+[-/])+[a-z-]+|[a-z]+-\d{{1,2}}s?|\w+\.\d+",
    re.ASCII | re.IGNORECASE,
)
"""A figure with a unit or an ending ("1990s", "48km"), "12-month", "COVID-19", and what a missing blank joined."""
_NEAR = 3
"""Words behind a number that may be what it counts."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number as a text has it."""

    written: str
    values: tuple[Decimal, ...]
    """One, or both ends of a range, with their scale; empty for a figure that is no number ("12.5.1") or is vague."""
    currency: str = ""
    unit: str = ""
    counted: tuple[str, ...] = ()
    """The stems of the words behind it, up to the next number."""
    is_word: bool = False
    is_ordinal: bool = False

    @property
    def is_range(self) -> bool:
        return len(self.values) > 1

    def counts(self, value: Decimal) -> bool:
        return value in self.values


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    tail: str = ""

    @property
    def low(self) -> str:
        return self.text.casefold()


def amounts_of(text: str) -> list[Amount]:
    """The numbers in order. "One" is mostly a pronoun: it counts only within a number."""
    tokens = [
        _Token(match.lastgroup or "", match[match.lastgroup or 0])
        if match["figure"] is None
        else _Token("figure", match["figure"], match["tail"])
        for match in _TOKEN.finditer(_without_identifiers(_plain(text)))
    ]
    found, at = [], 0
    while at < len(tokens):
        amount, end = _read(tokens, at)
        if amount:
            found.append(amount)
            if _is_span(tokens, at, found):
                found[-2] = replace(found[-2], values=(found[-2].values[0] * _scale_of(amount),))
        at = max(end, at + 1)
    return found


def _is_span(tokens: list[_Token], at: int, found: list[Amount]) -> bool:
    """Do the last two numbers stand as in "between 7 and 8 billion"?"""
    words = [token.low for token in tokens[max(0, at - 3) : at]]
    is_named = len(words) == 3 and (words[0], words[2]) in (("between", "and"), ("from", "to"))
    return is_named and len(found) > 1 and len(found[-2].values) == 1 and found[-2].values[0] < 1_000


def _scale_of(amount: Amount) -> int:
    """The scale that the number is written with, 1 if with none."""
    words = amount.written.casefold().split()
    return _SCALES.get(words[-1], 1) if len(words) > 1 else 1


def identifiers_of(text: str) -> set[str]:
    """What letters and figures make together, lower case: "INV-2024-0113", "N078"; not "1990s", "6m" or "19th"."""
    found = [match for match in IDENTIFIER.findall(text) if not _NO_IDENTIFIER.fullmatch(match)]
    return {match.casefold() for match in found}


def _without_identifiers(text: str) -> str:
    return IDENTIFIER.sub(lambda match: match[0] if _NO_IDENTIFIER.fullmatch(match[0]) else " it ", text)


def _plain(text: str) -> str:
    """With the digits of all scripts and widths as plain ones."""
    return text if text.isascii() else "".join(str(int(letter)) if letter.isdecimal() else letter for letter in text)


def _read(tokens: list[_Token], at: int) -> tuple[Amount | None, int]:
    """The number that begins there, if one does, and where it ends."""
    start, currency, negative = at, "", False
    while at < len(tokens) and tokens[at].kind in ("sign", "minus"):
        if tokens[at].kind == "sign":
            currency = _CURRENCIES[tokens[at].low]
        negative = negative or tokens[at].kind == "minus"
        at += 1
    if at >= len(tokens):
        return None, at
    values, end, is_word, is_ordinal = _value(tokens, at, has_currency=bool(currency))
    if end == at:
        return None, start + 1
    if negative:
        values = tuple(-value for value in values)
    unit, named, counted = _behind(tokens, end)
    tail = tokens[at].tail.casefold()
    if tail in _UNITS and not (currency and tail in _SHORT_SCALES):
        unit = _UNITS[tail]
    written = " ".join(f"{token.text}{token.tail}" for token in tokens[start:end])
    written = re.sub(r"(?<=[$£€¥₽₹−-]) ", "", written)
    return Amount(written, values, currency or named, unit, counted, is_word, is_ordinal), end


def _value(tokens: list[_Token], at: int, *, has_currency: bool) -> tuple[tuple[Decimal, ...], int, bool, bool]:
    token = tokens[at]
    if token.kind == "figure":
        tail = token.tail.casefold()
        scale, end = 1, at + 1
        if tail in _SHORT_SCALES and (has_currency or tail in _SURE_SCALES):
            scale = _SHORT_SCALES[tail]
        elif end < len(tokens) and tokens[end].kind == "word":
            word = tokens[end].low
            if word in _SCALES or word in _SURE_SCALES or (has_currency and word in _SHORT_SCALES):
                scale, end = _SCALES.get(word) or _SHORT_SCALES[word], end + 1
        return tuple(number * scale for number in _numbers(token.text)), end, False, tail in ("st", "nd", "rd", "th")
    return _spelled(tokens, at)


def _spelled(tokens: list[_Token], at: int) -> tuple[tuple[Decimal, ...], int, bool, bool]:
    if tokens[at].kind != "word":
        return (), at, True, False
    if tokens[at].low in _VAGUE:
        return (), at + 1, True, False
    total, part, end, is_ordinal = 0, 0, at, False
    while end < len(tokens) and tokens[end].kind == "word":
        word = tokens[end].low
        if word in _VALUES and (end == at or _goes_on(part, _VALUES[word], tokens[end - 1].low)):
            part += _VALUES[word]
            is_ordinal = word in _ORDINAL_VALUES
        elif word == "hundred" and end > at:
            part = (part or 1) * 100
        elif word in _SCALES and (end > at or word != "hundred"):
            total, part = total + (part or 1) * _SCALES[word], 0
        elif not (word == "and" and end > at and tokens[end - 1].low in _SCALES and _is_value(tokens, end + 1)):
            break
        end += 1
    is_pronoun = end == at + 1 and tokens[at].low == "one"
    if is_pronoun or end == at:
        return (), at, True, False
    return (Decimal(total + part),), end, True, is_ordinal


def _numbers(figure: str) -> Iterator[Decimal]:
    """The values of "1,216", "7-8", "1939–45"; of what is no number none."""
    parts = re.split(r"[–-]", figure)
    if len(parts) == 2 and all(re.fullmatch(r"\d{4}|\d{2}", part) for part in parts) and len(parts[0]) > len(parts[1]):
        parts[1] = parts[0][:2] + parts[1]
    plain = [re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", part) for part in parts]
    if len(parts) <= 2 and all(re.fullmatch(r"\d+(?:\.\d+)?", part) for part in plain):
        yield from map(Decimal, plain)


def _goes_on(part: int, value: int, before: str) -> bool:
    """ "Thirty-one", "two hundred (and) five"; not "two three"."""
    return (before in _TENS and 0 < value < 10) or (before in {*_SCALES, "and"} and value < 100) or not part


def _is_value(tokens: list[_Token], at: int) -> bool:
    return at < len(tokens) and tokens[at].kind == "word" and tokens[at].low in _VALUES


def _behind(tokens: list[_Token], at: int) -> tuple[str, str, tuple[str, ...]]:
    """The unit, the currency and the stems of the words behind a number."""
    unit, currency, counted = "", "", list[str]()
    for place in range(at, len(tokens)):
        token = tokens[place]
        if token.kind == "percent" or (
            token.low == "per" and place + 1 < len(tokens) and tokens[place + 1].low == "cent"
        ):
            return (unit or "%") if not counted else unit, currency, tuple(counted)
        if (
            token.kind != "word"
            or (token.low in _VALUES and token.low not in ("second", "one"))
            or len(counted) == _NEAR
        ):
            break
        if not counted and token.low in _UNITS:
            unit = "point" if token.low.startswith("percentage") else unit or _UNITS[token.low]
        if len(counted) < 2 and token.low in _CURRENCIES:
            currency = currency or _CURRENCIES[token.low]
        words = words_of(token.text)
        if not STOP_WORDS.isdisjoint(words):
            break
        counted += map(stem, words)
    if counted[:2] == [stem("percentage"), stem("points")]:
        unit = "point"
    return unit, currency, tuple(counted)
