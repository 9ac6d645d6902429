"""Parse: an XML part of a stranger's file to its elements."""

from __future__ import annotations

import codecs
import re
from typing import Any, Protocol, TypeAlias

from lxml import etree

from rag.errors import DocumentError
from rag.readers.decoding import decode

Element: TypeAlias = "etree._Element"

MAX_MARKS = 2_500_000
"""Tags and attributes, each up to 210 bytes of memory, however short it is; a book of a thousand pages has fewer."""

MAX_EVENTS = 30_000_000
"""Of XML that is not kept in memory: as much as can be read in half a minute."""
MAX_STRETCH = 1_000_000
"""Bytes without a "<": a tag of so many attributes would take all memory."""
TOO_MANY_MARKS = f"it holds more than {MAX_MARKS:,} elements; split it, or save it in a simpler format"
DAMAGED_XML = "its XML is damaged; open it in its own program and save it again"

_SAFE: dict[str, Any] = {
    "encoding": "utf-8",  # whatever it declares
    "resolve_entities": False,
    "load_dtd": False,
    "no_network": True,
    "collect_ids": False,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
_DECLARED = re.compile(rb"""<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]+)""")


class Listener(Protocol):
    """Is told what XML holds, in its order; names are local."""

    def start(self, name: str, attributes: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...
    def data(self, words: str) -> None: ...


class _Target:
    """What lxml tells, without namespaces."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.data = listener.data

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._listener.start(tag.rpartition("}")[2], attributes)

    def end(self, tag: str) -> None:
        self._listener.end(tag.rpartition("}")[2])

    def close(self) -> None:
        pass


def count_marks(content: bytes) -> int:
    """At least the number of elements and attributes, whatever the encoding."""
    return content.count(b"<") + content.count(b"=")


def parse_xml(content: bytes, *, is_lenient: bool = False) -> Element:
    """The root element; comments and processing instructions are left out.

    Raises DocumentError if it is no XML, though not if it `is_lenient`, or if it brings entities or a DTD: the formats
    have none, and an attack needs one.
    """
    content = _as_utf8(content)
    if count_marks(content) > MAX_MARKS:
        raise DocumentError(TOO_MANY_MARKS)
    _refuse_dtd(content)
    parser = etree.XMLParser(**_SAFE, recover=is_lenient)
    try:
        root: Element | None = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise DocumentError(DAMAGED_XML) from error
    if root is None:
        raise DocumentError(DAMAGED_XML)
    return root


def listen_to_xml(content: bytes, listener: Listener) -> None:
    """Go through XML of any length; raises DocumentError like `parse_xml`, and passes on what the listener raises."""
    content = _as_utf8(content)
    if count_marks(content) > MAX_EVENTS or re.search(rb"<[^<]{%d}" % MAX_STRETCH, content):
        raise DocumentError("it is too large to be read as a whole; split it, or save it in a simpler format")
    _refuse_dtd(content)
    try:
        etree.fromstring(content, etree.XMLParser(target=_Target(listener), **_SAFE))
    except etree.XMLSyntaxError as error:
        raise DocumentError(DAMAGED_XML) from error


def _refuse_dtd(content: bytes) -> None:
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise DocumentError("its XML defines entities or a DTD; save it again from its own program")


def local_name(element: Element) -> str:
    """Its tag without the namespace, which differs between the editions of a format."""
    return str(element.tag).rpartition("}")[2]


def attribute(element: Element, name: str) -> str:
    """The value of the first attribute of this local name; empty if there is none."""
    for key, value in element.items():
        if key.rpartition("}")[2] == name:
            return str(value)
    return ""


def children(element: Element | None, *path: str) -> list[Element]:
    """The elements at the end of this path of local names, each step one level down."""
    found = [] if element is None else [element]
    for name in path:
        found = [child for parent in found for child in parent if local_name(child) == name]
    return found


def descendants(element: Element | None, name: str) -> list[Element]:
    """Those of this local name at any depth, in their order."""
    return [] if element is None else [each for each in element.iter() if local_name(each) == name]


def words_of(element: Element) -> str:
    """All text in it, on one line."""
    return " ".join("".join(str(text) for text in element.itertext()).split())


def _as_utf8(content: bytes) -> bytes:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content.decode("utf-16", "replace").encode()
    content = content.removeprefix(codecs.BOM_UTF8).lstrip()
    try:
        content.decode()
        return content
    except UnicodeDecodeError:
        match = _DECLARED.match(content)
    try:
        return decode(content, declared=match[1].decode("ascii") if match else "").text.encode()
    except DocumentError as error:
        raise DocumentError(DAMAGED_XML) from error
