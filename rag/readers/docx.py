"""Read Word: the bytes of a DOCX to a document of what is seen in it, without page headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.readers.archives import Archive
from rag.readers.blocks import Block, Kind, find_title, fold, lay_out, row_blocks
from rag.readers.elements import Element, attribute, children, local_name
from rag.readers.package import Relation, open_package, parts_of_kind, read_properties, read_relations
from rag.types import Document

MAX_ANCESTORS = 20  # of a style: a damaged file may have a circle of them

_UNSEEN = frozenset("pPr rPr sdtPr sectPr tblPr trPr tcPr del moveFrom rt".split())
"""Settings, what tracked changes took out, and the reading beside a Chinese or Japanese word."""
_CHARACTERS = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_NOTES = ("footnoteReference", "endnoteReference")
_OFF = ("0", "false", "off")


@dataclass(frozen=True, slots=True)
class _Style:
    name: str
    base: str
    is_numbered: bool


@dataclass(frozen=True, slots=True)
class _Story:
    """What the paragraphs refer to."""

    styles: dict[str, _Style]
    notes: dict[tuple[str, str], Element]
    """Those that are not read yet: each is read once, for a note may refer to others, and to itself."""


def read_docx(content: bytes) -> Document:
    archive, main_part = open_package(content, main_part="word/document.xml")
    relations = read_relations(archive, main_part)
    story = _Story(_read_styles(archive, relations), _read_notes(archive, relations))
    body = children(archive.parse(main_part, is_kept=True), "body")
    blocks = [block for element in body for block in _blocks(element, story)]
    about = read_properties(archive)
    return Document(
        text=lay_out(blocks),
        title=about.title or find_title(blocks),
        date=about.date,
        author=about.author,
        encoding="docx",
    )


def _read_styles(archive: Archive, relations: dict[str, Relation]) -> dict[str, _Style]:
    styles: dict[str, _Style] = {}
    for part in parts_of_kind(relations, "styles"):
        for style in children(archive.parse(part), "style"):
            settings = {local_name(each): attribute(each, "val") for each in style}
            is_numbered = bool(children(style, "pPr", "numPr"))
            base = settings.get("basedOn", "")
            styles[attribute(style, "styleId")] = _Style(settings.get("name", "").lower(), base, is_numbered)
    return styles


def _read_notes(archive: Archive, relations: dict[str, Relation]) -> dict[tuple[str, str], Element]:
    """The notes by their kind and id, without those that only draw the line above the others."""
    return {
        (name, attribute(note, "id")): note
        for name, kind in (("footnote", "footnotes"), ("endnote", "endnotes"))
        for part in parts_of_kind(relations, kind)
        for note in children(archive.parse(part, is_kept=True), name)
        if attribute(note, "type") in ("", "normal")
    }


def _blocks(element: Element, story: _Story) -> Iterator[Block]:
    name = local_name(element)
    if name == "p":
        yield from _paragraph(element, story)
    elif name == "tbl":
        for row in _rows(element):
            yield from row_blocks(list(_blocks(cell, story)) for cell in _cells(row))
    elif name == "AlternateContent":
        for choice in _chosen(element):
            yield from _blocks(choice, story)
    elif name not in _UNSEEN and not _is_contents(element, name):
        for child in element:
            yield from _blocks(child, story)


def _paragraph(element: Element, story: _Story) -> Iterator[Block]:
    """Its words, then what is anchored in it: text boxes and notes."""
    anchored: list[Element] = []
    kind = _kind(element, story.styles)
    text = fold("".join(_words(element, anchored, story)))
    if text and kind:
        yield Block(text, kind)
    for each in anchored:
        for child in each:
            yield from _blocks(child, story)


def _words(element: Element, anchored: list[Element], story: _Story) -> Iterator[str]:
    for child in element:
        name = local_name(child)
        if name == "t":
            yield (child.text or "").replace("\n", " ")
        elif name in _CHARACTERS:
            yield _CHARACTERS[name]
        elif name == "txbxContent":
            anchored.append(child)
        elif name in _NOTES:
            note = story.notes.pop((name.removesuffix("Reference"), attribute(child, "id")), None)
            anchored += [] if note is None else [note]
        elif name == "AlternateContent":
            for choice in _chosen(child):
                yield from _words(choice, anchored, story)
        elif name not in _UNSEEN and not _is_hidden(child, name):
            yield from _words(child, anchored, story)


def _kind(element: Element, styles: dict[str, _Style]) -> Kind | None:
    """None for a line of the table of contents."""
    numbers = children(element, "pPr", "numPr", "numId")
    is_numbered = any(attribute(each, "val") != "0" for each in numbers)
    style_id = next((attribute(each, "val") for each in children(element, "pPr", "pStyle")), "")
    for _ in range(MAX_ANCESTORS):
        style = styles.get(style_id)
        if style is None:
            break
        if style.name in ("title", "subtitle"):
            return Kind.TITLE if style.name == "title" else Kind.HEADING
        if style.name.startswith("heading "):
            return Kind.HEADING
        if style.name.startswith("toc "):
            return None
        is_numbered = is_numbered or (style.is_numbered and not numbers)
        style_id = style.base
    return Kind.ITEM if is_numbered else Kind.PARAGRAPH


def _rows(table: Element) -> Iterator[Element]:
    """Its rows, also those in a content control, but none that is deleted or of a table within it."""
    for child in table:
        if local_name(child) == "tr":
            if not children(child, "trPr", "del"):
                yield child
        elif local_name(child) not in _UNSEEN:
            yield from _rows(child)


def _cells(row: Element) -> Iterator[Element]:
    """Its cells, but of cells merged downwards the first one alone."""
    for child in row:
        if local_name(child) == "tc":
            merged = children(child, "tcPr", "vMerge")
            if all(attribute(each, "val") == "restart" for each in merged):
                yield child
        elif local_name(child) not in _UNSEEN:
            yield from _cells(child)


def _chosen(element: Element) -> list[Element]:
    """Of the same content in several forms the first, the newest."""
    return (children(element, "Choice") or children(element, "Fallback"))[:1]


def _is_hidden(element: Element, name: str) -> bool:
    return name == "r" and any(attribute(each, "val") not in _OFF for each in children(element, "rPr", "vanish"))


def _is_contents(element: Element, name: str) -> bool:
    """Whether it is the table of contents, which says nothing that the headings do not say."""
    galleries = children(element, "sdtPr", "docPartObj", "docPartGallery") if name == "sdt" else []
    return any(attribute(each, "val") == "Table of Contents" for each in galleries)
