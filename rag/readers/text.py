"""Read plain text: bytes to a document."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from rag.headlines import ends_like_a_sentence, is_headline
from rag.readers.dates import to_iso_date
from rag.readers.decoding import decode
from rag.types import Document

MAX_HEAD_LINES = 20
MAX_TITLE_WORDS = 15
MAX_TITLE_CHARACTERS = 120
MAX_KEPT_CHARACTERS = 300
"""Of a title or publisher that a file states outright."""

_LABELS = {
    "title": "title",
    "headline": "title",
    "date": "date",
    "dated": "date",
    "published": "date",
    "published on": "date",
    "publication date": "date",
    "publication": "publisher",
    "publisher": "publisher",
    "published by": "publisher",
    "published in": "publisher",
    "source": "publisher",
    "journal": "publisher",
    "newspaper": "publisher",
    "by": "",
    "author": "",
    "authors": "",
}
"""Labels of the lines above a text, and the field each fills; empty for none."""
_LABELLED = re.compile(
    rf"[*_]{{0,2}}(?P<label>{'|'.join(_LABELS)})[*_]{{0,2}}\s*:[*_]{{0,2}}\s*(?P<value>\S.*)",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"(?i:by)(?: [A-Z]\S*){1,6}")
_RULE = re.compile(r"([=\-~^*#_+])\1{2,}")
_HASHES = re.compile(r"^#{1,6} ")
_ISSUE_PART = re.compile(r",?\s*\b(Volume|Issue|Number)\s*:\s*", re.IGNORECASE)


class Details(NamedTuple):
    """What a text says of itself above its first paragraph."""

    title: str = ""
    date: str | None = None
    publisher: str = ""


def read_text(content: bytes) -> Document:
    text, encoding = decode(content)
    title, date, publisher = find_details(text)
    return Document(text=text, title=title, date=date, publisher=publisher, encoding=encoding)


def find_details(text: str) -> Details:
    """Read the headline and the lines such as `Source: ...` above the first paragraph, never what comes after."""
    lines = _first_lines(text)
    prose = [position for position, line in enumerate(lines) if line and not _is_metadata(line)]
    titles = [position for position in prose[:1] if _is_title(lines[position], lines[position + 1 :])]
    paragraphs = (position for position in prose if position not in titles and not is_headline(lines[position]))
    details = {"title": clean_title(lines[titles[0]])} if titles else {}
    for line in reversed(lines[: next(paragraphs, len(lines))]):  # of two that say the same, the first line counts
        details |= _stated(line)
    return Details(**details)


def clean_title(line: str) -> str:
    """The words as written, on one line, without a heading's marks and the full stop that some headlines end with."""
    title = _HASHES.sub("", " ".join(line.split()))[:MAX_KEPT_CHARACTERS]
    return title[:-1] if title.endswith(".") and is_headline(title) and not title.endswith("..") else title


def clean_publisher(value: str) -> str:
    """`Monitor Volume: 7 Issue: 1` → `Monitor, volume 7, issue 1`."""
    words = " ".join(value.split())[:MAX_KEPT_CHARACTERS]
    return _ISSUE_PART.sub(lambda match: f", {match[1].lower()} ", words).lstrip(", ")


_READ_VALUE: dict[str, Callable[[str], str | None]] = {
    "title": clean_title,
    "date": to_iso_date,
    "publisher": clean_publisher,
}


def _first_lines(text: str) -> list[str]:
    head = text[: MAX_HEAD_LINES * 1000]
    return [line.strip() for line in islice(head.splitlines(), MAX_HEAD_LINES)]


def _stated(line: str) -> dict[str, str]:
    match = _LABELLED.fullmatch(line)
    field, value = (_LABELS[match["label"].lower()], match["value"].rstrip(" *_")) if match else ("date", line)
    found = _READ_VALUE[field](value) if field else None
    return {field: found} if found else {}


def _is_metadata(line: str) -> bool:
    return any(pattern.fullmatch(line) for pattern in (_RULE, _BYLINE, _LABELLED)) or to_iso_date(line) is not None


def _is_title(line: str, following: list[str]) -> bool:
    next_line = following[0] if following else ""
    if next_line and not _is_metadata(next_line):
        return is_headline(line) and line == line.upper() and next_line != next_line.upper()
    if is_headline(line):
        return True
    is_short = len(line) <= MAX_TITLE_CHARACTERS and len(line.split()) <= MAX_TITLE_WORDS
    return is_short and any(following) and line[0].isalnum() and not ends_like_a_sentence(line)
