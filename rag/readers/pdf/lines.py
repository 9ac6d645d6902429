"""Lines: the runs of text of a page, where they stand, to lines."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

ROW = 0.5
"""How far, in sizes of the larger, two baselines may lie apart on one line."""
RAISED = 0.65
"""The same for those that are smaller: raised and lowered figures."""
SMALLER = 0.85
MAX_SIZE = 100.0
CELL_GAP = 2.0
"""In sizes: more space than this between two words is no word space, even in a justified line."""
WORD_GAP = 0.12
MAX_OVERLAP = 0.5
MAX_MARKER_GAP = 5.0
MIN_MARKED_LETTERS = 3

MARKER = re.compile(
    r"[•●○▪■□◦‣∙–—*→✓►➢❖-]|[⁰¹²³⁴-⁹]{1,3}|\(?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlc]{2,5})[.):]+"
    r"|\d{1,2}(?:\.\d{1,2})*|\[\d{1,3}\]"
)
"""What a list's entry or a numbered heading begins with."""
RTL = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_LTR = re.compile(r"[^\W_\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_FIGURES = re.compile(r"[0-9,+−–-]{1,6}")
_RAISED = str.maketrans("0123456789+−–-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_LEADERS = re.compile(r"\s*(?:[.…·]\s?){5,}\s*(?=\S)")
"""The dots of a table of contents."""


class Run(NamedTuple):
    """Text on one baseline without a wide gap. Points, y upwards, as if the text ran from left to right."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool
    order: int
    """Its place in the file."""


class Line(NamedTuple):
    text: str
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool
    is_row: bool = False
    """Cells parted by " | "."""


def with_markers(runs: Sequence[Run]) -> list[Run]:
    """A bullet or a number belongs to the words after it, however wide the gap."""
    merged: list[Run] = []
    for run in runs:
        last = merged[-1] if merged else None
        gap = run.x0 - last.x1 if last else 0.0
        if (
            last
            and MARKER.fullmatch(last.text)
            and is_level(last, run)
            and -WORD_GAP < gap / run.size < MAX_MARKER_GAP
            and sum(map(str.isalpha, run.text)) >= MIN_MARKED_LETTERS
        ):
            marker = last.text.translate(_RAISED) if is_raised(last, run.y, run.size) else last.text
            space = " " if gap > WORD_GAP * run.size else ""
            merged[-1] = run._replace(text=marker + space + run.text, x0=last.x0, order=last.order)
        else:
            merged.append(run)
    return merged


def is_level(one: Run, other: Run) -> bool:
    return abs(one.y - other.y) < ROW * max(one.size, other.size)


def is_raised(run: Run, y: float, size: float) -> bool:
    return run.size < SMALLER * size and run.y > y + 0.15 * size and bool(_FIGURES.fullmatch(run.text))


def to_rows(runs: Iterable[Run]) -> list[list[Run]]:
    """The runs line by line from the top, each line from left to right."""
    rows: list[list[Run]] = []
    heights: list[float] = []
    for run in sorted(runs, key=lambda run: (-round(run.size, 1), -run.y)):  # raised figures come after their line
        near = range(bisect_left(heights, -run.y - MAX_SIZE), bisect_right(heights, -run.y + MAX_SIZE))
        places = [place for place in near if _fits(rows[place], run)]
        if places:
            rows[min(places, key=lambda place: abs(rows[place][0].y - run.y))].append(run)
        else:
            place = bisect_left(heights, -run.y)
            rows.insert(place, [run])
            heights.insert(place, -run.y)
    return [sorted(row, key=lambda run: (round(run.x0), run.order)) for row in rows]


def _fits(row: Sequence[Run], run: Run) -> bool:
    """On the line, and not above or below what is larger there."""
    line = row[0]
    if run.size >= SMALLER * line.size:
        return is_level(line, run)
    main = [other for other in row if other.size >= SMALLER * line.size]
    is_beside = all(run.x0 > other.x1 - run.size or run.x1 < other.x0 + run.size for other in main)
    return is_beside and abs(line.y - run.y) < RAISED * line.size


def to_line(row: Sequence[Run]) -> Line:
    """Of a row of runs from left to right. What runs leftwards is mirrored, so that it ends on the right as well."""
    letters: Counter[tuple[float, float]] = Counter()
    for run in row:
        letters[run.size, run.y] += len(run.text)
    size, y = letters.most_common(1)[0][0]
    is_leftward = is_rtl(run.text for run in row)
    pieces: list[str] = []
    last: int | None = None
    for place in _in_reading_order(row, is_leftward=is_leftward):
        if last is not None:
            gap = (row[max(place, last)].x0 - row[min(place, last)].x1) / size if abs(place - last) == 1 else 1.0
            pieces.append(" | " if gap > CELL_GAP else " " if gap > WORD_GAP or gap < -MAX_OVERLAP else "")
        text = row[place].text
        pieces.append(text.translate(_RAISED) if is_raised(row[place], y, size) else text)
        last = place
    text = _LEADERS.sub(" | ", "".join(pieces))
    x0, x1 = row[0].x0, max(run.x1 for run in row)
    x0, x1 = (-x1, -x0) if is_leftward else (x0, x1)
    return Line(text, x0, x1, y, size, all(run.is_bold for run in row), is_row=" | " in text)


def _in_reading_order(row: Sequence[Run], *, is_leftward: bool) -> list[int]:
    """The places of the runs: those that go against the direction of the line keep their own."""
    against = _LTR if is_leftward else RTL
    ordered: list[int] = []
    stretch: list[int] = []
    for place in reversed(range(len(row))) if is_leftward else range(len(row)):
        if against.search(row[place].text):
            stretch.insert(0, place)
        else:
            ordered += [*stretch, place]
            stretch = []
    return ordered + stretch


def is_rtl(texts: Iterable[str]) -> bool:
    text = "".join(texts)
    return len(RTL.findall(text)) > len(_LTR.findall(text))
