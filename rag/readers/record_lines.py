"""Records: the values of JSON to lines `key: value`, and the articles among them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from rag.errors import DocumentError
from rag.readers.dates import to_iso_date
from rag.readers.details import clean_publisher, clean_title
from rag.types import Section

MAX_DEPTH = 100
TOO_DEEP = f"its values are nested deeper than {MAX_DEPTH}; save it with fewer levels"
MAX_LINE = 200
"""Characters of a value beside its key, and of a list on one line; what is longer stands on lines of its own."""
MAX_RECORD_LINE = 500
MIN_ARTICLE = 120
"""Characters of the text that makes an article of a record."""

TITLES = ("title", "headline", "subject")
DATES = ("date", "published", "published_at", "publication_date", "date_published", "pubdate", "datetime", "created_at")
AUTHORS = ("author", "authors", "byline", "creator", "from")
PUBLISHERS = ("publisher", "publication", "journal", "newspaper", "source")
_TEXTS = ("text", "body", "content", "article", "articlebody", "fulltext", "abstract")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


class Members(list[tuple[str, object]]):
    """The members of an object in their order, also those that share a key."""


class Line(NamedTuple):
    text: str
    section: Section | None = None
    """The article that begins with the next line that is not empty."""


def lines_of(value: object) -> Iterator[Line]:
    if isinstance(value, Members):
        is_article = article_of(value) is not None  # then it is the document itself, and what is in it belongs to it
        for key, inner in value:
            yield from _member(key, inner, 0, with_sections=not is_article)
    elif isinstance(value, list):
        yield from items_of(value, 0, with_sections=True)
    else:
        yield from map(Line, _printable(value).split("\n"))


def _member(key: str, value: object, depth: int, *, with_sections: bool) -> Iterator[Line]:
    indent, name = "  " * depth, _printable(key)
    if (short := _short(value)) is not None:
        yield Line(f"{indent}{name}: {short}")
    elif isinstance(value, list):
        yield Line(f"{indent}{name}:")
        if isinstance(value, Members):
            for inner_key, inner in value:
                yield from _member(inner_key, inner, _deeper(depth), with_sections=with_sections)
        else:
            yield from items_of(value, _deeper(depth), with_sections=with_sections)
            yield Line("")
    else:
        yield from (Line(f"{indent}{name}:"), Line(""), *map(Line, _printable(value).split("\n")), Line(""))


def items_of(values: list[object], depth: int, *, with_sections: bool) -> Iterator[Line]:
    for value in values:
        section = article_of(value) if with_sections else None
        if section:
            yield Line("", section)
        yield from _item(value, depth, with_sections=with_sections and not section)


def _item(value: object, depth: int, *, with_sections: bool) -> Iterator[Line]:
    """A value of a list: on one line if it is short, else as a paragraph."""
    indent = "  " * depth
    if (short := _short(value)) is not None or (short := _record(value)) is not None:
        yield Line(indent + short)
    elif isinstance(value, Members):
        yield Line("")
        for key, inner in value:
            yield from _member(key, inner, depth, with_sections=with_sections)
        yield Line("")
    elif isinstance(value, list):
        yield Line("")
        yield from items_of(value, _deeper(depth), with_sections=with_sections)
        yield Line("")
    else:
        yield from (Line(""), *map(Line, _printable(value).split("\n")), Line(""))


def _record(value: object) -> str | None:
    """`name: Ada; born: 1815.`: a sentence of its own."""
    if not isinstance(value, Members):
        return None
    shown = [(key, _short(inner)) for key, inner in value]
    line = "; ".join(f"{_printable(key)}: {short}" for key, short in shown)
    is_flat = all(short is not None for _, short in shown) and len(line) <= MAX_RECORD_LINE
    return (line if line.endswith((".", "!", "?")) else f"{line}.") if is_flat else None


def _short(value: object) -> str | None:
    """The words of a value that stands on one line; None if it does not."""
    if isinstance(value, list):
        if not value:
            return ""
        if isinstance(value, Members) or any(isinstance(item, list) for item in value):
            return None
        words = ", ".join(map(_printable, value[:MAX_LINE]))
        return words if len(words) <= MAX_LINE and "\n" not in words and len(value) <= MAX_LINE else None
    words = _printable(value)
    return words if len(words) <= MAX_LINE and "\n" not in words else None


def _printable(value: object) -> str:
    """A string or number as it stands in the file, other values as JSON writes them."""
    words = value if isinstance(value, str) else json.dumps(value)
    return _UNPRINTABLE.sub("\ufffd", words.replace("\r\n", "\n").replace("\r", "\n"))


def _deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise DocumentError(TOO_DEEP)
    return depth + 1


def first_of(members: Members, keys: Iterable[str]) -> str:
    """The first of these members that is not empty, in words: of a list all, of an object its name."""
    found = {key.lower(): words for key, value in reversed(members) if (words := _named(value))}
    return next((found[key] for key in keys if key in found), "")


def _named(value: object) -> str:
    if isinstance(value, Members):
        return first_of(value, ("name",)) if value and not isinstance(value[0][1], Members) else ""
    if isinstance(value, list):
        return "; ".join(words for item in value if not isinstance(item, list) or isinstance(item, Members)
                         if (words := _named(item)))  # fmt: skip
    return _printable(value) if isinstance(value, str) else ""


def section_of(members: Members) -> Section:
    publisher = first_of(members, PUBLISHERS)
    return Section(
        start=0,
        title=clean_title(first_of(members, TITLES)),
        date=to_iso_date(first_of(members, DATES)),
        author=" ".join(first_of(members, AUTHORS).split())[:MAX_LINE],
        publisher="" if "/" in publisher else clean_publisher(publisher),  # a source may be an address or a path
    )


def article_of(value: object) -> Section | None:
    if not isinstance(value, Members):
        return None
    section = section_of(value)
    is_named = section.title or section.date or section.author
    return section if is_named and len(first_of(value, _TEXTS)) >= MIN_ARTICLE else None
