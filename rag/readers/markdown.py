"""Read Markdown: bytes to a document, its marks kept so that a quote is found in the file as it is written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

from rag.readers.articles import Headline, divide
from rag.readers.dates import to_iso_date
from rag.readers.decoding import decode
from rag.readers.details import clean_author, clean_publisher, clean_title, find_details
from rag.types import Document

MAX_FRONT_MATTER_LINES = 200
MAX_HEADING_CHARACTERS = 300

_FRONT_MATTER_KEYS = {
    "title": ("title",),
    "date": ("date", "published", "pubdate", "publication_date"),
    "author": ("author", "authors", "byline", "by"),
    "publisher": ("publisher", "publication", "source", "site", "journal"),
}
_KEY_VALUE = re.compile(r"([A-Za-z][\w -]{0,40}?)\s*:(?:\s+(.*))?")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*)")
_UNDERLINE = re.compile(r" {0,3}(?:(=+)|-{2,})[ \t]*")
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_EMPHASIS = re.compile(r"\*+|`+|(?<!\w)_+|_+(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")


class Heading(NamedTuple):
    start: int
    end: int
    level: int
    words: str


def read_markdown(content: bytes) -> Document:
    decoded = decode(content)
    return describe_markdown(decoded.text, encoding=decoded.encoding)


def describe_markdown(source: str, *, encoding: str) -> Document:
    front_matter, text = split_front_matter(source)
    details = find_details(text)
    headings = list(_headings(text))
    document = Document(
        text=text,
        title=_without_marks(_main_heading(text, headings)) or details.title,
        date=details.date,
        publisher=details.publisher,
        author=details.author,
        encoding=encoding,
    )
    document = divide(document, [Headline(heading.start, _without_marks(heading.words), heading.end, str(heading.level))
                                 for heading in headings])  # fmt: skip
    return replace(
        document,
        title=clean_title(_first_value(front_matter, "title")) or document.title,
        date=to_iso_date(_first_value(front_matter, "date")) or document.date,
        publisher=clean_publisher(_first_value(front_matter, "publisher")) or document.publisher,
        author=clean_author(_first_value(front_matter, "author")) or document.author,
    )


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Take a YAML head of plain `key: value` lines off the text; what is nested in it is left unread."""
    lines = text.split("\n", MAX_FRONT_MATTER_LINES)
    if lines[0].rstrip() != "---":
        return {}, text
    for count, line in enumerate(lines[1:MAX_FRONT_MATTER_LINES], start=1):
        if line.rstrip() in ("---", "..."):
            values = _key_values(lines[1:count])
            return (values, "\n".join(lines[count + 1 :])) if values else ({}, text)
    return {}, text


def _key_values(lines: list[str]) -> dict[str, str]:
    matches = filter(None, (_KEY_VALUE.fullmatch(line.rstrip()) for line in lines))
    return {match[1].lower(): _unquoted((match[2] or "").strip()) for match in matches}


def _unquoted(value: str) -> str:
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        return value[1:-1]
    return value.partition(" #")[0].rstrip()


def _first_value(front_matter: dict[str, str], field: str) -> str:
    return next((front_matter[key] for key in _FRONT_MATTER_KEYS[field] if front_matter.get(key)), "")


def _main_heading(text: str, headings: list[Heading]) -> str:
    """The first heading of level 1; else the one that the text begins with; else empty."""
    first = [heading for heading in headings[:1] if not text[: heading.start].strip()]
    main = [heading for heading in headings if heading.level == 1]
    return next((heading.words for heading in main + first), "")


def _headings(text: str) -> Iterator[Heading]:
    for (start, line), (_, next_line) in pairwise([*_lines_outside_fences(text), (len(text), "")]):
        end = start + len(line)
        if match := _ATX.fullmatch(line.rstrip("\r\n")):
            yield Heading(start, end, len(match[1]), _without_closing_hashes(match[2].strip()))
        elif line.strip() and (underline := _UNDERLINE.fullmatch(next_line.rstrip("\r\n"))):
            yield Heading(start, end + len(next_line), 1 if underline[1] else 2, line.strip())


def _without_closing_hashes(heading: str) -> str:
    words = heading.rstrip("#")
    return words.rstrip() if not words or words[-1].isspace() else heading


def _lines_outside_fences(text: str) -> Iterator[tuple[int, str]]:
    """Each with where it starts, and its line break."""
    fence, start = "", 0
    for line in text.splitlines(keepends=True):
        match = _FENCE.match(line)
        if not fence and match:
            fence = match[1]
        elif not fence:
            yield start, line
        elif match and match[1].startswith(fence):
            fence = ""
        start += len(line)


def _without_marks(heading: str) -> str:
    text = _LINK.sub(r"\1", _IMAGE.sub("", heading[:MAX_HEADING_CHARACTERS]))
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub("", text)).strip()
