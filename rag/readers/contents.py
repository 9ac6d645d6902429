"""Read contents: the titles of a book's chapters by the part that each is in."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import NamedTuple

from rag.errors import DocumentError
from rag.readers.archives import Archive
from rag.readers.elements import Element, attribute, children, descendants, local_name, parse_xml, words_of
from rag.readers.package import resolve

_EXTERNAL_DTD = re.compile(rb"<!DOCTYPE[^<>\[\]]*>")
"""What old contents and new pages begin with; it defines nothing as long as it is not fetched."""


class _Entry(NamedTuple):
    depth: int
    target: str
    label: str


def read_contents(archive: Archive, book: Element | None, book_part: str) -> dict[str, list[str]]:
    """The titles in each part, in their order, of the highest level that there is in it; without those below."""
    entries = list(_entries(archive, book, posixpath.dirname(book_part)))
    highest: dict[str, int] = {}
    for entry in entries:
        highest[entry.target] = min(entry.depth, highest.get(entry.target, entry.depth))
    titles: dict[str, list[str]] = {}
    for entry in entries:
        if entry.label and entry.depth == highest[entry.target]:
            titles.setdefault(entry.target, []).append(entry.label)
    return titles


def _entries(archive: Archive, book: Element | None, folder: str) -> Iterator[_Entry]:
    """Of the new form of contents, or the old one."""
    items = children(book, "manifest", "item")
    new = [item for item in items if "nav" in attribute(item, "properties").split()]
    old = [item for item in items if attribute(item, "media-type") == "application/x-dtbncx+xml"]
    for item in new + old:
        part = resolve(folder, attribute(item, "href"))
        root = _parse(archive, part)
        found = list(_walk(root, posixpath.dirname(part), depth=0)) if root is not None else []
        if found:
            yield from found
            return


def _parse(archive: Archive, part: str) -> Element | None:
    """None if it cannot be read: the chapters can be without it."""
    if part not in archive.names:
        return None
    try:
        root = parse_xml(_EXTERNAL_DTD.sub(b"", archive.read(part), count=1), is_lenient=True)
    except DocumentError:
        return None
    maps = descendants(root, "navMap") + [each for each in descendants(root, "nav") if attribute(each, "type") == "toc"]
    return maps[0] if maps else None


def _walk(element: Element, folder: str, *, depth: int) -> Iterator[_Entry]:
    for child in element:
        name = local_name(child)
        if name == "a":
            yield _Entry(depth, resolve(folder, attribute(child, "href").partition("#")[0]), words_of(child))
        elif name == "navPoint":
            label = " ".join(map(words_of, children(child, "navLabel")))
            for content in children(child, "content"):
                yield _Entry(depth, resolve(folder, attribute(content, "src").partition("#")[0]), label)
            yield from _walk(child, folder, depth=depth + 1)
        else:
            yield from _walk(child, folder, depth=depth + (name in ("ol", "ul")))
