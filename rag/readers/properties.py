"""Properties: what an office file says of its title, author and date, without what its program filled in unasked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from rag.readers.dates import to_iso_date
from rag.readers.details import clean_title

MAX_CHARACTERS = 300

_JUNK_TITLE = re.compile(
    r"(?:untitled|title|no title|unknown|presentation|powerpoint[- ]?pr\w+|slide|folie|word document|document"
    r"|dokument|microsoft \w+ ?(?:- .*|document)?|book|workbook|mappe|sheet|blank|template|normal(?:\.dotm?)?)"
    r"[ _-]?\d*(?: slide)?(?:\.\w{3,4})?|[\w .-]+\.(?:docx?|dotx?|odt|rtf|pptx?|xlsx?|ods|tmp)",
    re.IGNORECASE,
)
_JUNK_AUTHOR = re.compile(
    r"python-(?:docx|pptx)|openpyxl|xlsxwriter|apache poi|calibre.*|pandoc|microsoft(?: office)?(?: user)?|office"
    r"|(?:windows|default|current)?[ -]?user|benutzer|utilisateur|usuario|admin(?:istrator)?|root|owner|author|unknown"
    r"|anonymous|none|n/?a|home|pc|hp|dell|lenovo|acer|asus|un-named|aut\w*, unbekannt",
    re.IGNORECASE,
)
_TEMPLATE_DATES = (
    *("2013-12-23T23:15", "2013-01-27T09:1", "2006-08-16T00:00", "2006-09-16T00:00", "2015-06-05T18:1"),
    "1601-01-01T00:00",
)
"""When the empty files were made that python-docx, python-pptx and Office start from; and the zero of Windows."""


class Properties(NamedTuple):
    title: str = ""
    author: str = ""
    date: str | None = None


def clean_properties(title: str = "", *, authors: Iterable[str] = (), dates: Iterable[str] = ()) -> Properties:
    """What of it is worth saying; of the dates the first that is one."""
    title = _line(title)
    names = [name for name in map(_line, authors) if name and not _JUNK_AUTHOR.fullmatch(name)]
    days = (to_iso_date(date.strip()[:19]) for date in dates if not date.strip().startswith(_TEMPLATE_DATES))
    return Properties(
        title="" if _JUNK_TITLE.fullmatch(title) else clean_title(title),
        author="; ".join(dict.fromkeys(names)),
        date=next(filter(None, days), None),
    )


def _line(words: str) -> str:
    return " ".join(words.split())[:MAX_CHARACTERS]
