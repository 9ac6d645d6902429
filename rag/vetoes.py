"""Veto: what keeps quotes from supporting a statement whatever the rest says, with the reason in words.

Only what needs no judgement: figures, dates, names, words in quotation marks, identifiers, and orders to the reader.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from rag.amounts import Amount, amounts_of, identifiers_of
from rag.lexicon import CONNECTIVES, DAYS, MONTHS, NATIONS, TITLES
from rag.orders import find_order
from rag.quotations import find_spoken, find_words
from rag.words import (
    AS_WRITTEN,
    INVISIBLE,
    capitalised_of,
    figures_of,
    full_names_of,
    is_capital,
    names_of,
    stem,
    words_of,
)

FRAME = re.compile(
    r"^\s*(?:(?:yes|no|in short|indeed),\s+)?"
    r"(?:(?:according to|based on) the (?:\w+ )?(?:document|passage|text|article|source|report)s?,\s+)?",
    re.IGNORECASE,
)
"""What a model begins with, and that says nothing."""
QUESTION = re.compile(r"\A[^.;:]*[?？؟][\"'”’»)\]]*\s*\Z")
WHOLE = 8  # letters of a name that is sure to be meant where a longer word holds it: "pyNotImplementedError"
SMALL = 12  # up to which a number in words may be a count of what the quotes list
_MONTH = {name: number for number, month in enumerate(MONTHS, 1) for name in (month.casefold(), month[:3].casefold())}
_MONTH["sept"] = 9
_SHORT_MONTHS = [month[:3] for month in MONTHS if len(month) > 3] + ["Sept"]
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH_WORD = "|".join([*MONTHS, *(rf"{month}\b\.?" for month in _SHORT_MONTHS)])
SELF = frozenset({"i", "ive", "im", "id", "ill"})
ALIASES = {"america": "us", "britain": "uk"}
"""Countries to what they are called in capitals."""
DATE = re.compile(
    rf"\b(?P<month>{_MONTH_WORD})(?: {_DAY}(?:\s?[-–]\s?(?P<until>\d{{1,2}}))?(?![\d:.%]))?(?!\w)"
    rf"|\b{_DAY.replace('day', 'day2')}(?:\s?[-–]\s?(?P<until2>\d{{1,2}}))?(?: of)? (?P<month2>{_MONTH_WORD})(?!\w)"
    r"|\b(?P<year>\d{4})-(?P<month3>\d{2})-(?P<day3>\d{2})\b"
)
CAPITALS = re.compile(r"\b[^\W\d_a-z][^\W\d_]*(?:[ -](?:(?:of|the|and|for) ){0,2}[^\W\d_a-z][^\W\d_]*)+")
PLACED_NAME = re.compile(
    r"(?:\b(of|in|on|at|to|from|by|for|with|against|between|into|over|under|through|towards?) (?:the )?)?"
    r"\b([^\W\d_a-z][\w’'.-]*\w)(?: (?=[^\W\d_a-z]))?"
)
LISTED = re.compile(r"(?:[\s,;&]|\band\b|\bor\b|\bthe\b|[^\W\d_a-z][\w’'.-]*)*")
"""What stands between two members of a list."""
WEEKDAY = re.compile(rf"\b({'|'.join(DAYS)})s?\b")


@dataclass(frozen=True)
class Said:
    """What a text says, as the vetoes need it."""

    text: str

    @cached_property
    def held(self) -> frozenset[str]:
        """The words as they are, a people's as its country's."""
        return frozenset(map(nation_of, words_of(self.text)))

    @cached_property
    def stems(self) -> frozenset[str]:
        return frozenset(map(stem, words_of(self.text)))

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts_of(WEEKDAY.sub(" ", DATE.sub(lambda date: date["year"] or " ", self.text)))

    @cached_property
    def figures(self) -> set[str]:
        return figures_of(self.text)

    @cached_property
    def dates(self) -> list[tuple[int, tuple[int, ...], str]]:
        """Month, day or days, and the words, of every date that names a month."""
        return [_date(match) for match in DATE.finditer(self.text) if match[0][0].isdigit() or match[0][0].isupper()]

    @cached_property
    def acronyms(self) -> str:
        """The first letters of the words of every name, with its small words and without: " eu dot dt "."""
        runs = [re.findall(r"[^\W\d_]+", run) for run in CAPITALS.findall(self.text)]
        letters = (
            "".join(word[0] for word in run if all_words or word[0].isupper()) for run in runs for all_words in (0, 1)
        )
        return f" {' '.join(letters).casefold()} "

    @cached_property
    def initials(self) -> frozenset[str]:
        return frozenset(word[0] for word in capitalised_of(self.text))

    def written(self, word: str) -> str:
        """A word, or what it stands for, as the text has it."""
        return next((each for each in AS_WRITTEN.findall(self.text) if word in map(nation_of, words_of(each))), word)


Check = Callable[[Said, Said, Sequence[Said]], str]
"""The statement, the quotes as one text with what is known of them, and one by one; what is wrong, or ""."""


def find_veto(statement: str, quotes: Sequence[str], *, known: str = "", shown: str = "") -> str:
    """What keeps the quotes from supporting the statement, in words for the reader; "" if nothing does.

    `known` is the title of the quotes' document with its date, author and publisher, which need not be quoted; `shown`
    all that was read for the answer: it tells which words are names.
    """
    if not any(map(str.strip, quotes)):
        return "it has no quote"
    said, each = Said(_plain(FRAME.sub("", statement))), [Said(_plain(quote)) for quote in quotes]
    if not said.held:
        return "it has no words"
    together = Said("\n".join([*(quote.text for quote in each), known]))
    faults = (check(said, together, each) for check in CHECKS)
    fault = next(filter(None, faults), "") or _ordered(statement, [*quotes, known])
    return fault or _missing_opener(said, together, Said(shown))


def _plain(text: str) -> str:
    """With one blank for all white space, letters in one piece with their accents, and nothing that is not seen."""
    return " ".join(unicodedata.normalize("NFC", INVISIBLE.sub("", text)).split())


def nation_of(word: str) -> str:
    """What the word belongs to, if it is a people's or a country's; else the word."""
    return NATIONS.get(word, word)


def _missing_identifier(said: Said, quoted: Said, _: Sequence[Said]) -> str:
    missing = sorted(identifiers_of(said.text) - identifiers_of(quoted.text))
    text = "".join(quoted.text.casefold().split())
    missing = [each for each in missing if each not in text]
    return f"“{said.written(missing[0])}” is in no quoted sentence" if missing else ""


def _missing_date(said: Said, quoted: Said, _: Sequence[Said]) -> str:
    held = [(month, day) for month, days, _ in quoted.dates for day in (days or (0,))]
    months = {month for month, _ in held}
    for month, days, written in said.dates:
        if month not in months or any((month, day) not in held for day in days):
            return f"the date “{written}” is in no quoted sentence"
    days_held = {day.casefold() for day in WEEKDAY.findall(quoted.text)}
    missing = [day for day in WEEKDAY.findall(said.text) if day.casefold() not in days_held]
    return f"the day “{missing[0]}” is in no quoted sentence" if missing else ""


def _date(match: re.Match[str]) -> tuple[int, tuple[int, ...], str]:
    if match["month3"]:
        return int(match["month3"]), (int(match["day3"]),), match[0]
    month = (match["month"] or match["month2"]).rstrip(".").casefold()
    days = [match[name] for name in ("day", "until", "day2", "until2") if match[name]]
    return _MONTH[month[:3] if month not in _MONTH else month], tuple(map(int, days)), match[0]


def _missing_figure(said: Said, quoted: Said, _: Sequence[Said]) -> str:
    known = [value for amount in said.amounts for value in amount.values]
    for amount in said.amounts:
        same = [other for other in quoted.amounts if _is_same(amount, other, known)]
        if not same and not _may_be_left(amount, quoted):
            return f"the figure {amount.written} is in no quoted sentence"
        if same and not any(_is_measured_alike(amount, other) for other in same):
            unit = amount.currency or amount.unit
            return (
                f"the quoted sentences do not say “{amount.written}{f' {unit}' if unit not in amount.written else ''}”"
            )
        if same and (counted := _counted_otherwise(amount, same, quoted.amounts)):
            return f"the quoted sentences do not say “{amount.written} {counted}”"
    return ""


def _is_same(amount: Amount, other: Amount, known: Sequence[object]) -> bool:
    """The same number; one end of a range only where the statement has the other too, or where they are years."""
    if not amount.values or not other.values:
        return amount.written.casefold() == other.written.casefold()
    if amount.values == other.values:
        return True
    if other.is_range and not amount.is_range:
        is_span = all(1000 <= abs(value) < 2100 for value in other.values) and not other.currency
        return other.counts(amount.values[0]) and (is_span or all(value in known for value in other.values))
    return False


def _may_be_left(amount: Amount, quoted: Said) -> bool:
    """May a number that no quote has be right? The judge decides on what follows by counting or a sum.

    A small number in words may count what the quotes list, unless they give the same thing another number. A range may
    stand as two numbers, and a number may be the difference or sum of two that are measured as it is.
    """
    if amount.is_range:
        return all(any(other.values == (value,) for other in quoted.amounts) for value in amount.values)
    if not amount.values:
        return not quoted.amounts or amount.written.casefold() in ("half", "dozen")
    value = amount.values[0]
    if amount.written.casefold() in quoted.text.casefold() and not amount.is_word:
        return amount.values[0] == 0 or amount.written in quoted.figures
    alike = [other.values[0] for other in quoted.amounts if other.values and other.currency == amount.currency]
    pairs = [(one, two) for at, one in enumerate(alike) for two in alike[at + 1 :]]
    if (amount.unit or amount.currency) and any(value in (abs(one - two), one + two) for one, two in pairs):
        return True
    if value % 100 == 0 and amount.written.endswith("00s"):
        return any(other.unit == "century" and other.counts(value / 100 + 1) for other in quoted.amounts)
    if amount.is_word and value <= SMALL:
        others = [other for other in quoted.amounts if other.values and other.values[0] <= 100]
        if amount.is_ordinal:
            return value == 1 or not any(other.is_ordinal for other in others)
        return not any(set(amount.counted[:1]) & set(other.counted) for other in others)
    return False


def _is_measured_alike(amount: Amount, other: Amount) -> bool:
    currency = amount.currency in ("", other.currency)
    unit = not (amount.unit and other.unit) or amount.unit == other.unit
    return currency and unit


def _counted_otherwise(amount: Amount, same: Sequence[Amount], all_amounts: Sequence[Amount]) -> str:
    """What the number counts here, if the quotes give that another number and never this one: 5 women, 3 men."""
    counted = next(iter(amount.counted), "")
    near = {word for other in same for word in other.counted}
    others = {word for other in all_amounts if other not in same for word in other.counted[:1]}
    return counted if counted and counted not in near and counted in others else ""


def _missing_name(said: Said, quoted: Said, _: Sequence[Said]) -> str:
    for word in sorted(names_of(said.text) - _date_words(said) - SELF):
        if not _holds(quoted, word, said) and not _is_of_an_acronym(word, said, quoted):
            return f"the name “{said.written(nation_of(word))}” is in no quoted sentence"
    return ""


def _missing_opener(said: Said, quoted: Said, shown: Said) -> str:
    """A word with a capital that may only open the sentence is a name where other text has it as one."""
    openers = capitalised_of(said.text) - names_of(said.text) - CONNECTIVES - _date_words(said)
    for word in sorted(openers & names_of(shown.text)):
        if not _holds(quoted, word, said) and stem(word) not in quoted.stems:
            return f"the name “{said.written(nation_of(word))}” is in no quoted sentence"
    return ""


def _holds(quoted: Said, word: str, said: Said) -> bool:
    """Has the quoted text the name, as its country's, by its first letter, or by the first letters of its words?"""
    if nation_of(word) in quoted.held or word in TITLES or ALIASES.get(nation_of(word)) in names_of(quoted.text):
        return True
    if len(word) == 1:
        return word in quoted.initials
    written = said.written(word)
    if written[:-1].isupper():
        return word in quoted.acronyms or not quoted.held.isdisjoint((word.removesuffix("s"), f"{word}s"))
    return len(word) >= WHOLE and word in quoted.text.casefold()


def _is_of_an_acronym(word: str, said: Said, quoted: Said) -> bool:
    """Is it a part of a name whose first letters the quoted text has: "European" of "EU"?"""
    names = [name for name in full_names_of(said.text) if word in name]
    return any("".join(part[0] for part in name) in quoted.held for name in names if len(name) > 1)


def _date_words(said: Said) -> set[str]:
    return {word for _, _, written in said.dates for word in words_of(written)} | {day.casefold() for day in DAYS}


def _missing_quotation(said: Said, quoted: Said, _: Sequence[Said]) -> str:
    """Words in quotation marks are somebody's own: they stand in a quote as they are, but for typography."""
    for start, end in find_spoken(said.text):
        if not find_words(said.text[start:end], quoted.text):
            return f"the words “{said.text[start:end].strip()}” are in no quoted sentence"
    return ""


def _ordered(statement: str, texts: Sequence[str]) -> str:
    """A document that tells its reader to say a thing, in its title too, does not say it."""
    words = next(filter(None, (find_order(statement, text) for text in texts)), "")
    return f"the quoted sentence does not say it, it tells its reader to (“{words} …”)" if words else ""


def _asked(said: Said, _: Said, quotes: Sequence[Said]) -> str:
    """A question says nothing of what it asks."""
    is_told = QUESTION.search(said.text) or not all(QUESTION.search(quote.text) for quote in quotes)
    return "" if is_told else "the quoted sentence asks it and does not say it"


def _swapped(said: Said, _: Said, quotes: Sequence[Said]) -> str:
    """Of the words of one quote alone, with two of its names in each other's places: who did it to whom."""
    for quote in quotes:
        if said.held <= quote.held and (swapped := _find_swapped(said.text, quote.text)):
            return f"where the quoted sentence has “{swapped[1]}”, it has “{swapped[0]}”"
    return ""


def _find_swapped(statement: str, quote: str) -> tuple[str, str] | None:
    """A name that follows another preposition than in the quote, or two that come in another order; and the other name.

    The members of a list may come in any order, and what follows a preposition may move with it: "In May he came".
    """
    said, held = _placed_names(statement), _placed_names(quote)
    keys = {(before, name) for before, name, _ in held}
    for before, name, _ in said:
        others = [other for preposition, other, _ in held if preposition == before and other != name]
        if before and (before, name) not in keys and others and any(name == known for _, known, _ in held):
            return name, others[0]
    bare = [(name, at) for before, name, at in said if not before]
    places = {name: at for before, name, at in reversed(held) if not before}
    last = {name: at for before, name, at in held if not before}
    for (one, _), (two, _) in pairwise(bare):
        if one == two or one not in places or two not in places:
            continue
        between = quote[last[two] + len(two) : places[one]]
        if places[one] > last[two] and not LISTED.fullmatch(between):
            return one, two
    return None


def _placed_names(text: str) -> list[tuple[str, str, int]]:
    """Each name with the preposition before it, or "", and where it begins."""
    return [(found[1] or "", found[2], found.start(2)) for found in PLACED_NAME.finditer(text) if is_capital(found[2])]


CHECKS: tuple[Check, ...] = (
    _missing_quotation,
    _missing_identifier,
    _missing_date,
    _missing_figure,
    _missing_name,
    _swapped,
    _asked,
)
