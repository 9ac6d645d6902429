"""Bounds: what a file says of itself in a measure that can be kept, indexed and shown beside every quote."""

from __future__ import annotations

from dataclasses import replace

from rag.types import Document, Section

MOST = 300  # characters of a title, an author or a publisher
FEW_SECTIONS = 1_000  # which may be of any length
SECTION_LENGTH = 100  # characters, on average, where there are more


def bound(document: Document) -> Document:
    """Its titles and names short, each on one line; its sections given up if they are too many for its text.

    Then nobody is named as the author: the words of one would be another's.
    """
    if len(document.sections) > FEW_SECTIONS + len(document.text) / SECTION_LENGTH:
        document = replace(document, sections=(), author="")
    return replace(
        document,
        title=_short(document.title),
        author=_short(document.author),
        publisher=_short(document.publisher),
        sections=tuple(map(_bound_section, document.sections)),
    )


def _bound_section(section: Section) -> Section:
    return replace(
        section, title=_short(section.title), author=_short(section.author), publisher=_short(section.publisher)
    )


def _short(words: str) -> str:
    line = " ".join(words[: 10 * MOST].split())
    return line if len(line) <= MOST else line[: MOST - 1].rstrip() + "…"
