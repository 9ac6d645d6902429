"""Dates: the words of a date to ISO 8601."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>[12]\d{3})"
_TIME = r"(?:(?:T|,?\s+(?:at\s+)?)\d{1,2}:\d{2}[^\n]{0,40})?"
_PATTERNS = tuple(
    re.compile(pattern + _TIME, re.IGNORECASE)
    for pattern in (
        rf"{_YEAR}(?:[-/.](?P<month>\d{{1,2}})(?:[-/.](?P<day>\d{{1,2}}))?)?",
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.{_YEAR}",
        rf"(?P<first>\d{{1,2}})[/-](?P<second>\d{{1,2}})[/-]{_YEAR}",
        rf"{_WEEKDAY}(?:{_DAY}\s+(?:of\s+)?)?{_MONTH},?\s+{_YEAR}",
        rf"{_WEEKDAY}{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_DAY}-{_MONTH}-{_YEAR}",
    )
)


def to_iso_date(words: str) -> str | None:
    """Return the date as precise as the words say it; None if they are anything more or else than a date.

    `3/4/2001` is two dates in two countries, so only its year is sure.
    """
    words = words.strip().rstrip(".")
    for pattern in _PATTERNS:
        if match := pattern.fullmatch(words):
            return _from_parts(match.groupdict())
    return None


def _from_parts(parts: dict[str, str | None]) -> str | None:
    year = int(parts["year"] or 0)
    month, day = _month_number(parts.get("month")), int(parts.get("day") or 0)
    if first := int(parts.get("first") or 0):
        month, day = _month_and_day(first, int(parts.get("second") or 0))
    if parts.get("month") and not month:
        return None
    try:
        date(year, month or 1, day or 1)
    except ValueError:
        return None
    return f"{year}" + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


def _month_number(month: str | None) -> int:
    if not month:
        return 0
    return int(month) if month.isdecimal() else _MONTHS.index(month[:3].lower()) + 1


def _month_and_day(first: int, second: int) -> tuple[int, int]:
    if first > 12:
        return second, first
    if second > 12 or first == second:
        return first, second
    return 0, 0
