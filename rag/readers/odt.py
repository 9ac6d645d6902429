"""Read OpenDocument: the bytes of an ODT to a document of what is seen in it, without page headers and footers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rag.readers.blocks import Block, Kind, find_title, fold, lay_out, row_blocks
from rag.readers.elements import Element, attribute, children, descendants, local_name
from rag.readers.package import open_opendocument, read_meta
from rag.types import Document

_UNSEEN = frozenset(
    "tracked-changes annotation forms sequence-decls variable-decls user-field-decls title desc ruby-text note-citation"
    " hidden-text hidden-paragraph covered-table-cell table-of-content illustration-index table-index object-index"
    " event-listeners".split()
)
"""What tracked changes took out, what a picture says of itself, lists of what the text says elsewhere, and the like."""
_CHARACTERS = {"s": " ", "tab": " ", "line-break": "\n"}


@dataclass(frozen=True, slots=True)
class _Story:
    """What the paragraphs refer to."""

    title_styles: frozenset[str]
    controls: dict[str, str]
    """The words of a form's fields by their id."""


def read_odt(content: bytes) -> Document:
    archive, root = open_opendocument(content, body="text")
    story = _Story(_title_styles(root), _control_words(root))
    bodies = children(root, "body", "text")
    blocks = [block for body in bodies for block in _blocks(body, story, Kind.PARAGRAPH)]
    about = read_meta(archive)
    return Document(
        text=lay_out(blocks),
        title=about.title or find_title(blocks),
        date=about.date,
        author=about.author,
        encoding="odt",
    )


def _title_styles(root: Element) -> frozenset[str]:
    derived = (
        attribute(style, "name")
        for style in children(root, "automatic-styles", "style")
        if attribute(style, "parent-style-name") == "Title"
    )
    return frozenset(["Title", *derived])


def _control_words(root: Element) -> dict[str, str]:
    return {
        attribute(field, "id"): attribute(field, "label") or attribute(field, "current-value")
        for forms in descendants(root, "forms")
        for field in forms.iter()
        if attribute(field, "id")
    }


def _blocks(element: Element, story: _Story, kind: Kind) -> Iterator[Block]:
    """The blocks of an element; `kind` is that of a plain paragraph in it."""
    name = local_name(element)
    if name in ("p", "h"):
        yield from _paragraph(element, story, Kind.HEADING if name == "h" else kind)
    elif name == "table-row":
        yield from row_blocks(list(_blocks(cell, story, Kind.PARAGRAPH)) for cell in children(element, "table-cell"))
    elif name not in _UNSEEN:
        inner = Kind.ITEM if name == "list" else kind
        for child in element:
            yield from _blocks(child, story, inner)


def _paragraph(element: Element, story: _Story, kind: Kind) -> Iterator[Block]:
    """Its words, then what is anchored in it: frames and notes."""
    anchored: list[Element] = []
    text = fold("".join(_words(element, anchored, story)))
    if text:
        yield Block(text, Kind.TITLE if attribute(element, "style-name") in story.title_styles else kind)
    for each in anchored:
        yield from _blocks(each, story, Kind.PARAGRAPH)


def _words(element: Element, anchored: list[Element], story: _Story) -> Iterator[str]:
    yield _on_one_line(element.text)
    for child in element:
        name = local_name(child)
        if name in _CHARACTERS:
            yield _CHARACTERS[name]
        elif name == "control":
            yield f" {story.controls.get(attribute(child, 'control'), '')} "
        elif name == "note" or ":drawing:" in str(child.tag):
            anchored.append(child)
        elif name not in _UNSEEN:
            yield from _words(child, anchored, story)
        yield _on_one_line(child.tail)


def _on_one_line(text: str | None) -> str:
    return (text or "").replace("\n", " ")
