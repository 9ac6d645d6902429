"""Order: the shapes of a slide as the eye goes over them, the title first, then downwards and from left to right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from rag.readers.archives import Archive
from rag.readers.elements import Element, attribute, children, descendants, local_name
from rag.readers.package import parts_of_kind, read_relations

SAME_LINE = 230_000
"""A quarter of an inch in a slide's unit: shapes whose tops differ less stand side by side."""

_SHAPES = frozenset(["sp", "pic", "graphicFrame", "grpSp", "contentPart"])
_CHROME = frozenset(["dt", "ftr", "sldNum", "hdr"])
"""Placeholders of what stands on every slide."""
_TITLES = {"ctrTitle": "title", "title": "title"}


class Place(NamedTuple):
    top: int
    left: int


def ordered_shapes(tree: Element, places: dict[str, Place]) -> list[Element]:
    """The shapes within it, those of a group as they stand in the group; for `places` see `placeholder_places`."""
    shapes = [shape for shape in _shapes(tree) if _placeholder(shape)[0] not in _CHROME]
    placed = sorted(((_place(shape, places), shape) for shape in shapes), key=lambda pair: pair[0])
    lines: list[list[tuple[Place, Element]]] = []
    for place, shape in placed:
        if not lines or place.top - lines[-1][0][0].top > SAME_LINE:
            lines.append([])
        lines[-1].append((place, shape))
    ordered = [shape for line in lines for _, shape in sorted(line, key=lambda pair: pair[0].left)]
    within = [inner for shape in ordered for inner in _within(shape, places)]
    return sorted(within, key=lambda shape: not is_title(shape))


def placeholder_places(archive: Archive, layout: str) -> dict[str, Place]:
    """Where a slides' layout, and the master of that, put what has no place of its own, by type and by index."""
    places: dict[str, Place] = {}
    for part in (*parts_of_kind(read_relations(archive, layout), "slideMaster"), layout):
        for shape in descendants(archive.parse(part), "sp"):
            place = _own_place(shape)
            if place is not None:
                places |= dict.fromkeys(filter(None, _placeholder(shape)), place)
    return places


def is_title(shape: Element) -> bool:
    return _placeholder(shape)[0] == "title"


def is_body(shape: Element) -> bool:
    return _placeholder(shape)[0] == "body"


def _shapes(tree: Element) -> Iterator[Element]:
    for child in tree:
        if local_name(child) in _SHAPES:
            yield child
        elif local_name(child) == "AlternateContent":
            for choice in (children(child, "Choice") or children(child, "Fallback"))[:1]:
                yield from _shapes(choice)


def _within(shape: Element, places: dict[str, Place]) -> list[Element]:
    return ordered_shapes(shape, places) if local_name(shape) == "grpSp" else [shape]


def _placeholder(shape: Element) -> tuple[str, str]:
    """The type and the index of a placeholder; both empty if it is none."""
    for settings in shape:
        for placeholder in children(settings, "nvPr", "ph"):
            kind, index = attribute(placeholder, "type"), attribute(placeholder, "idx")
            return _TITLES.get(kind, kind or "body"), index
    return "", ""


def _place(shape: Element, places: dict[str, Place]) -> Place:
    kind, index = _placeholder(shape)
    return _own_place(shape) or places.get(index) or places.get(kind) or Place(0, 0)


def _own_place(shape: Element) -> Place | None:
    for settings in (shape, *children(shape, "spPr"), *children(shape, "grpSpPr")):
        for offset in children(settings, "xfrm", "off"):
            try:
                return Place(int(attribute(offset, "y")), int(attribute(offset, "x")))
            except ValueError:
                return None
    return None
