"""Read figures: the charts and diagrams of slides to lines of text."""

from __future__ import annotations

from collections.abc import Iterator

from rag.readers.blocks import fold
from rag.readers.elements import Element, attribute, children, descendants, local_name, words_of
from rag.readers.number_formats import show_number

_CATEGORIES = ("cat", "xVal")
_VALUES = ("val", "yVal")


def chart_text(chart: Element) -> str:
    """Its title, the names of its series, then a line for each category with the values."""
    series = descendants(chart, "ser")
    names = [_first_value(each, "tx") for each in series]
    labels: dict[int, str] = {}
    values = [dict(_points(each, _VALUES)) for each in series]
    for each in series:
        labels = labels or dict(_points(each, _CATEGORIES))
    positions = sorted(labels.keys() | {position for column in values for position in column})
    rows = [names] + [[labels.get(at, ""), *(column.get(at, "") for column in values)] for at in positions]
    lines = [*_titles(chart), *(" | ".join(filter(None, row)) for row in rows)]
    return "\n".join(filter(None, lines))


def diagram_text(model: Element) -> str:
    """The words of its nodes, a line each."""
    nodes = (node for node in descendants(model, "pt") if attribute(node, "type") in ("", "node", "asst"))
    return "\n".join(filter(None, (" ".join(map(words_of, descendants(node, "p"))).strip() for node in nodes)))


def _titles(chart: Element) -> Iterator[str]:
    for title in descendants(chart, "title"):
        yield fold(" ".join(words_of(each) for each in descendants(title, "p")) or _first_value(title, "tx"))


def _first_value(element: Element, name: str) -> str:
    values = [words_of(value) for child in children(element, name) for value in descendants(child, "v")]
    return next(iter(values), "")


def _points(series: Element, names: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The words or numbers at each position; of categories on several levels those of the lowest."""
    for source in (child for child in series if local_name(child) in names):
        number_format = next((words_of(each) for each in descendants(source, "formatCode")), "")
        levels = descendants(source, "lvl")
        for point in descendants(levels[0] if levels else source, "pt"):
            words = " ".join(words_of(value) for value in children(point, "v"))
            position = attribute(point, "idx")
            if position.isdecimal():
                yield int(position), _shown(words, number_format)


def _shown(words: str, number_format: str) -> str:
    if not number_format:
        return words
    try:
        return show_number(float(words), number_format)
    except (ValueError, OverflowError):
        return words
