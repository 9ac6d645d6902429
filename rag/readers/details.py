"""Details: the lines about a text, above its first paragraph, to its title, date, author and publisher."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from rag.headlines import ends_like_a_sentence, is_headline
from rag.readers.dates import to_iso_date

MAX_HEAD_LINES = 20
MAX_TITLE_WORDS = 15
MAX_TITLE_CHARACTERS = 120
MAX_KEPT_CHARACTERS = 300
"""Of a title, an author or a publisher that a file states outright."""
MAX_METADATA_CHARACTERS = 400

_LABELS = {
    "title": "title",
    "headline": "title",
    "date": "date",
    "dated": "date",
    "published": "date",
    "published on": "date",
    "posted": "date",
    "posted on": "date",
    "publication date": "date",
    "publication": "publisher",
    "publisher": "publisher",
    "published by": "publisher",
    "published in": "publisher",
    "source": "publisher",
    "journal": "publisher",
    "newspaper": "publisher",
    "by": "author",
    "byline": "author",
    "author": "author",
    "authors": "author",
    "written by": "author",
}
"""Labels of the lines above a text, and the field each fills."""
_LABELLED = re.compile(
    rf"[*_]{{0,2}}(?P<label>{'|'.join(_LABELS)})[*_]{{0,2}}\s*:[*_]{{0,2}}\s*(?P<value>\S.*)",
    re.IGNORECASE,
)
_BYLINE = re.compile(r"(?:[Bb]y|BY) (?P<names>[A-Z]\S*(?: (?:[A-Z]\S*|and|de|van|von|der|of|&)){0,11})")
_POSTED = re.compile(r"(?:published|posted|updated)(?: on)?:? (?P<date>.{4,40})", re.IGNORECASE)
_JOINTS = re.compile(r",\s+(?:on\s+)?|\s+on\s+|\s+(?=[Bb]y\s)")
_RULE = re.compile(r"([=\-~^*#_+])(?:\s?\1){2,}")
_PARTS = re.compile(r"\s+[|•·–—-]\s+")
_HASHES = re.compile(r"^#{1,6} ")
_ISSUE_PART = re.compile(r",?\s*\b(Volume|Issue|Number)\s*:\s*", re.IGNORECASE)
_BETWEEN_NAMES = re.compile(r",? (?:and|&) (?=[A-Z])")


class Details(NamedTuple):
    """What a text says of itself above its first paragraph."""

    title: str = ""
    date: str | None = None
    publisher: str = ""
    author: str = ""


def find_details(text: str) -> Details:
    """Read the headline and the lines such as `Source: ...` above the first paragraph, never what comes after."""
    lines = _first_lines(text)
    prose = [position for position, line in enumerate(lines) if line and not is_metadata(line)]
    titles = [position for position in prose[:1] if _is_title(lines[position], lines[position + 1 :])]
    paragraphs = (position for position in prose if position not in titles and not is_headline(lines[position]))
    title = {"title": clean_title(lines[titles[0]])} if titles else {}
    return Details(**(title | stated_in(lines[: next(paragraphs, len(lines))])))


def stated_in(lines: list[str]) -> dict[str, str]:
    """The fields of `Details` that these lines state; of two that say the same, the first line counts."""
    details: dict[str, str] = {}
    for line in reversed(lines):
        details |= _stated(line)
    return details


def is_rule(line: str) -> bool:
    return _RULE.fullmatch(line) is not None


def is_title_label(line: str) -> bool:
    match = _LABELLED.fullmatch(line)
    return match is not None and _LABELS[match["label"].lower()] == "title"


def is_metadata(line: str) -> bool:
    return is_rule(line) or bool(_stated(line)) or _LABELLED.fullmatch(line) is not None


def clean_title(line: str) -> str:
    """The words as written, on one line, without a heading's marks and the full stop that some headlines end with."""
    title = _HASHES.sub("", " ".join(line.split()))[:MAX_KEPT_CHARACTERS]
    return title[:-1] if title.endswith(".") and is_headline(title) and not title.endswith("..") else title


def clean_publisher(value: str) -> str:
    """`Monitor Volume: 7 Issue: 1` → `Monitor, volume 7, issue 1`."""
    words = " ".join(value.split())[:MAX_KEPT_CHARACTERS]
    return _ISSUE_PART.sub(lambda match: f", {match[1].lower()} ", words).lstrip(", ")


def clean_author(value: str) -> str:
    """`By Jane Doe, John Roe and Ann Poe` → `Jane Doe; John Roe; Ann Poe`."""
    names = " ".join(value.split())[:MAX_KEPT_CHARACTERS].rstrip(" ,;:|")
    if match := _BYLINE.fullmatch(names):
        names = match["names"]
    several = _BETWEEN_NAMES.sub("; ", names)
    return several.replace(", ", "; ") if several != names else names


_READ_VALUE: dict[str, Callable[[str], str | None]] = {
    "title": clean_title,
    "date": to_iso_date,
    "publisher": clean_publisher,
    "author": clean_author,
}


def _first_lines(text: str) -> list[str]:
    head = text[: MAX_HEAD_LINES * 1000]
    return [line.strip() for line in islice(head.splitlines(), MAX_HEAD_LINES)]


def _stated(line: str) -> dict[str, str]:
    """What a line says that says nothing else; a heading's and emphasis's marks around it do not count."""
    if len(line) > MAX_METADATA_CHARACTERS:
        return {}
    if match := _LABELLED.fullmatch(line):
        field = _LABELS[match["label"].lower()]
        found = _READ_VALUE[field](match["value"].rstrip(" *_"))
        return {field: found} if found else {}
    parts = [part for part in _PARTS.split(line.strip("*_ ")) if part]
    facts = [_fact(part.strip("*_ ")) for part in parts]
    return {key: value for fact in reversed(facts) for key, value in fact.items()} if all(facts) else {}


def _fact(words: str) -> dict[str, str]:
    if fact := _one_fact(words):
        return fact
    for match in _JOINTS.finditer(words):
        left, right = _one_fact(words[: match.start()]), _one_fact(words[match.end() :])
        if left and right:
            return right | left
    return {}


def _one_fact(words: str) -> dict[str, str]:
    if date := to_iso_date(words):
        return {"date": date}
    if match := _BYLINE.fullmatch(words):
        return {"author": clean_author(match["names"])}
    if (match := _POSTED.fullmatch(words)) and (date := to_iso_date(match["date"])):
        return {"date": date}
    return {}


def _is_title(line: str, following: list[str]) -> bool:
    next_line = following[0] if following else ""
    if next_line and not is_metadata(next_line):
        return is_headline(line) and line == line.upper() and next_line != next_line.upper()
    if is_headline(line):
        return True
    is_short = len(line) <= MAX_TITLE_CHARACTERS and len(line.split()) <= MAX_TITLE_WORDS
    return is_short and any(following) and line[0].isalnum() and not ends_like_a_sentence(line)
