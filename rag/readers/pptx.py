"""Read slides: the bytes of a PPTX to a document with a page a slide, each its title, its text and its notes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial

from rag.readers.archives import Archive
from rag.readers.blocks import fold
from rag.readers.elements import Element, attribute, children, descendants, local_name
from rag.readers.figures import chart_text, diagram_text
from rag.readers.package import Relation, open_package, parts_of_kind, read_properties, read_relations, relation_id
from rag.readers.shapes import Place, is_body, is_title, ordered_shapes, placeholder_places
from rag.types import Document

BETWEEN_SLIDES = "\n\n"

_FILE_NAME = re.compile(r"\S+\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)
_SAID_BY_MACHINE = re.compile(
    r"\s*(?:Description automatically generated(?: with \w+ confidence)?|AI-generated content may be incorrect)\.?\s*$"
)


def read_pptx(content: bytes) -> Document:
    """Hidden slides are left out, but counted: the pages are numbered as in the program."""
    archive, main_part = open_package(content, main_part="ppt/presentation.xml")
    places_of = cache(partial(placeholder_places, archive))
    slides = [_slide(archive, part, places_of) for part in _slide_parts(archive, main_part)]
    text, pages = "", []
    for _, words in slides:
        text += BETWEEN_SLIDES if text and words else ""
        pages.append(len(text))
        text += words
    about = read_properties(archive)
    return Document(
        text=text,
        title=about.title or next((title for title, words in slides if words), ""),
        date=about.date,
        author=about.author,
        pages=tuple(pages),
        encoding="pptx",
    )


def _slide_parts(archive: Archive, main_part: str) -> list[str]:
    relations = read_relations(archive, main_part)
    ids = dict.fromkeys(relation_id(each) for each in children(archive.parse(main_part), "sldIdLst", "sldId"))
    return [relations[each].target for each in ids if each in relations and relations[each].target in archive.names]


def _slide(archive: Archive, part: str, places_of: Callable[[str], dict[str, Place]]) -> tuple[str, str]:
    """Its title and all its text; both empty for a hidden one."""
    slide = archive.parse(part)
    if slide is None or attribute(slide, "show") in ("0", "false"):
        return "", ""
    relations = read_relations(archive, part)
    places = {
        name: place for layout in parts_of_kind(relations, "slideLayout") for name, place in places_of(layout).items()
    }
    shapes = [shape for tree in children(slide, "cSld", "spTree") for shape in ordered_shapes(tree, places)]
    texts = [_shape_text(archive, shape, relations) for shape in shapes]
    title = next((text for text, shape in zip(texts, shapes, strict=True) if text and is_title(shape)), "")
    return title, "\n\n".join(filter(None, [*texts, _notes(archive, relations)]))


def _notes(archive: Archive, relations: dict[str, Relation]) -> str:
    return "\n\n".join(
        _paragraphs(shape)
        for part in parts_of_kind(relations, "notesSlide")
        for shape in descendants(archive.parse(part), "sp")
        if is_body(shape) and _paragraphs(shape)
    )


def _shape_text(archive: Archive, shape: Element, relations: dict[str, Relation]) -> str:
    if local_name(shape) == "pic":
        return _said_of(shape)
    if local_name(shape) == "sp":
        text = _paragraphs(shape)
        return " ".join(text.split()) if is_title(shape) else text
    rows = "\n".join(filter(None, map(_row, descendants(shape, "tr"))))
    return "\n\n".join(filter(None, [rows, *_figures(archive, shape, relations)]))


def _paragraphs(shape: Element) -> str:
    """A line each: most are the items of a list; an empty one parts those around it."""
    return fold("\n".join("".join(_words(each)) for body in children(shape, "txBody") for each in children(body, "p")))


def _words(element: Element) -> Iterator[str]:
    for child in element:
        name = local_name(child)
        if name == "t":
            yield (child.text or "").replace("\n", " ")
        elif name == "br":
            yield "\n"
        elif name != "fld" or attribute(child, "type") != "slidenum":
            yield from _words(child)


def _row(row: Element) -> str:
    """Its cells, but of merged ones the first alone."""
    merged = ("hMerge", "vMerge")
    cells = (cell for cell in children(row, "tc") if not any(attribute(cell, each) in ("1", "true") for each in merged))
    return " | ".join(filter(None, (" ".join(_paragraphs(cell).split()) for cell in cells)))


def _figures(archive: Archive, shape: Element, relations: dict[str, Relation]) -> Iterator[str]:
    for data in (data for graphic in descendants(shape, "graphicData") for data in graphic):
        name, read = ("id", chart_text) if local_name(data) == "chart" else ("dm", diagram_text)
        relation = relations.get(relation_id(data, name))
        root = archive.parse(relation.target) if relation else None
        if root is not None:
            yield read(root)


def _said_of(picture: Element) -> str:
    """The words for those who cannot see it, unless they are a file's name or a machine's guess."""
    words = next((attribute(each, "descr") for each in children(picture, "nvPicPr", "cNvPr")), "")
    words = fold(_SAID_BY_MACHINE.sub("", words).replace("\n", " "))
    return "" if _FILE_NAME.fullmatch(words) else words
