"""Show numbers: the value of a cell as its number format shows it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

LARGEST_DAY = 2_958_465
"""The last day of 9999, counted as spreadsheets do."""
DAY_ZERO = datetime(1899, 12, 30)
DAYS_TO_1904 = 1_462
"""What the dates of some workbooks of a Mac are short of."""
MAX_DECIMALS = 15

_CURRENCY = re.compile(r"\[\$([^\]\-]{1,5})[^\]]*\]")
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|[_*].')
_DIGITS = re.compile(r"[#0?][#0?,]*(?:\.([#0?]*))?")
_SIGNS = "$€£¥"


def show_number(number: float, number_format: str = "", *, first_day: int = 0) -> str:
    """A date as ISO writes it, whatever the country; a number of an unusual format with all digits that are true.

    Dates count from the first day of the workbook, 0 or DAYS_TO_1904.

    >>> show_number(13.0), show_number(1234.5, "$#,##0.00"), show_number(0.256, "0.0%"), show_number(36528, "d/m/yy")
    ('13', '$1,234.50', '25.6%', '2000-01-03')
    """
    positive = number_format.partition(";")[0]
    shape = _LITERAL.sub("", _CURRENCY.sub(r"\1", positive.replace("\\$", "$").replace('"$"', "$")))
    if "general" in shape.lower():
        return _plain(number)
    if re.search(r"[ydhs]|mm", shape, re.IGNORECASE) and 0 <= number <= LARGEST_DAY - DAYS_TO_1904:
        return _moment(number + first_day, shape)
    digits = _DIGITS.search(shape)
    if digits is None or digits[0].endswith(",") or re.search("[0#?,]|e[+-]", shape[digits.end() :], re.IGNORECASE):
        return _plain(number)
    decimals = digits[1] or ""
    value = Decimal(f"{number:.15g}") * (100 if "%" in shape else 1)
    shown = _rounded(value, least=decimals.count("0"), most=len(decimals), is_grouped="," in digits[0])
    if "," not in digits[0]:
        shown = shown.zfill(len(shown.partition(".")[2]) + digits[0].partition(".")[0].count("0") + ("." in shown))
    sign = next((each for each in _SIGNS if each in shape), "")
    sign_before = sign if shape.find(sign) < digits.start() else ""
    sign_after = f" {sign}" if sign and not sign_before else ""
    return f"{'-' if shown.startswith('-') else ''}{sign_before}{shown.lstrip('-')}{'%' * ('%' in shape)}{sign_after}"


def show_time(moment: datetime) -> str:
    """ISO 8601, without what is zero at its end: `2001-01-03`, `2001-01-03 09:30`."""
    shown = moment.replace(microsecond=0).isoformat(" ")
    return shown.removesuffix(":00").removesuffix(" 00:00")


def _plain(number: float) -> str:
    return str(int(number)) if abs(number) < 1e15 and number == int(number) else f"{number:.15g}"


def _rounded(value: Decimal, *, least: int, most: int, is_grouped: bool) -> str:
    """With at most and at least so many decimals."""
    if most > MAX_DECIMALS or value.adjusted() > MAX_DECIMALS:
        return _plain(float(value))
    shown = f"{value.quantize(Decimal(1).scaleb(-most), ROUND_HALF_UP):{',' if is_grouped else ''}f}"
    for _ in range(most - least):
        shown = shown.removesuffix("0")
    return shown.removesuffix(".")


def _moment(number: float, shape: str) -> str:
    """A date, a time of the day, or both."""
    moment = DAY_ZERO + timedelta(seconds=round(number * 86_400))
    if re.search("[yd]|mmm", shape, re.IGNORECASE):
        return show_time(moment) if re.search("h", shape, re.IGNORECASE) else moment.date().isoformat()
    hours, minutes, seconds = int(number) * 24 + moment.hour, moment.minute, moment.second
    return f"{hours:02}:{minutes:02}" + (f":{seconds:02}" if seconds else "")
