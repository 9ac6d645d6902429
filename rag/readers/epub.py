"""Read books: the bytes of an EPUB to a document of its chapters, in their order, with a section for each."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator

from rag.errors import DocumentError
from rag.readers.archives import Archive, open_archive, wrong_kind
from rag.readers.contents import read_contents
from rag.readers.elements import Element, attribute, children, descendants, words_of
from rag.readers.html import read_html
from rag.readers.package import resolve
from rag.readers.properties import Properties, clean_properties
from rag.types import Document, Section

CONTAINER = "META-INF/container.xml"

_OBSCURED_FONTS = frozenset(["http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC"])
"""The two ways of encryption that are no protection of the text."""
_BODY = re.compile(rb"<body\b[^<>]*>", re.IGNORECASE)
_EMPTY_TAG = re.compile(rb"<(title|script|style|textarea|iframe|noscript|xmp)(\s[^<>]*)?/>", re.IGNORECASE)
"""Closed as XML allows, but a page would go on in it up to its end."""


def read_epub(content: bytes) -> Document:
    archive = open_archive(content)
    if CONTAINER not in archive.names:
        raise wrong_kind(archive)
    _refuse_protection(archive)
    part = _book_part(archive)
    book = archive.parse(part)
    about, publisher = _about(book)
    contents = read_contents(archive, book, part)
    text, sections = "", []
    for chapter in _chapter_parts(archive, book, posixpath.dirname(part)):
        words = read_html(_as_page(archive.read(chapter))).text
        if not words:
            continue
        text += "\n\n" if text else ""
        sections += list(_sections(words, contents.get(chapter, []), book=about.title, start=len(text)))
        text += words
    return Document(
        text=text,
        title=about.title,
        date=about.date,
        author=about.author,
        publisher=publisher,
        sections=tuple(sections),
        encoding="epub",
    )


def _refuse_protection(archive: Archive) -> None:
    """Raise DocumentError if more is encrypted than fonts."""
    protected = "META-INF/rights.xml" in archive.names or "META-INF/sinf.xml" in archive.names
    for method in descendants(archive.parse("META-INF/encryption.xml"), "EncryptionMethod"):
        protected = protected or attribute(method, "Algorithm") not in _OBSCURED_FONTS
    if protected:
        raise DocumentError("it is protected against copying (DRM); use a copy without protection")


def _book_part(archive: Archive) -> str:
    """The part that lists the others."""
    for rootfile in descendants(archive.parse(CONTAINER), "rootfile"):
        part = resolve("", attribute(rootfile, "full-path"))
        if part in archive.names:
            return part
    raise DocumentError("it does not say where its chapters are; open it in its own program and save it again")


def _about(book: Element | None) -> tuple[Properties, str]:
    """The book's properties and its publisher."""
    said: dict[str, list[Element]] = {}
    for each in (each for metadata in children(book, "metadata") for each in metadata.iter()):
        said.setdefault(str(each.tag).rpartition("}")[2], []).append(each)
    first = {name: words_of(elements[0]) for name, elements in said.items()}
    writers = [each for each in said.get("creator", []) if attribute(each, "role") in ("", "aut")]
    days = sorted(said.get("date", []), key=lambda each: attribute(each, "event") not in ("", "publication"))
    about = clean_properties(
        first.get("title", ""), authors=map(words_of, writers or said.get("creator", [])), dates=map(words_of, days)
    )
    return about, first.get("publisher", "")


def _chapter_parts(archive: Archive, book: Element | None, folder: str) -> Iterator[str]:
    """The pages in the order of reading, each once, without those that are only jumped to."""
    items = {attribute(each, "id"): each for each in children(book, "manifest", "item")}
    seen: set[str] = set()
    for reference in children(book, "spine", "itemref"):
        item = items.get(attribute(reference, "idref"))
        if item is None or attribute(reference, "linear") == "no" or "nav" in attribute(item, "properties").split():
            continue
        part = resolve(folder, attribute(item, "href"))
        is_page = "html" in attribute(item, "media-type")
        if is_page and part in archive.names and part not in seen:
            seen.add(part)
            yield part


def _as_page(chapter: bytes) -> bytes:
    """As HTML: its headers, footers and asides belong to the book, so all of it is an article."""
    chapter = _EMPTY_TAG.sub(rb"<\1\2></\1>", chapter)
    return _BODY.sub(rb"\g<0><article>", chapter, count=1)


def _sections(words: str, labels: list[str], *, book: str, start: int) -> Iterator[Section]:
    """One from the start of the part; if the contents name several in it, one from each of their headings."""
    position = 0
    for number, label in enumerate(labels):
        if len(labels) > 1:
            heading = re.compile(rf"^{re.escape(label)}$", re.MULTILINE).search(words, position)
            if heading is None:
                continue
            position = heading.start() if number else 0
        title = f"{book}: {label}" if book and label != book else label
        yield Section(start + position, title)
        position += 1
