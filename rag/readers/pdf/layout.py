"""Layout: the runs of text of a page to blocks of lines in reading order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from math import inf
from statistics import mean, median
from typing import NamedTuple

from rag.readers.pdf.lines import Line, Run, is_rtl, to_line, to_rows, with_markers
from rag.readers.pdf.tables import MIN_GUTTER, to_table

MIN_ROWS = 2
MIN_PROSE_ROWS = 4
MIN_PROSE_WORDS = 5
MIN_STACKED = 3
"""Rows that the file has one after the other."""
MIN_LEVEL = 0.4
"""Of the lines of a table: those of two columns stand beside each other by chance."""
MAX_LEADING = 1.8
MAX_DEPTH = 12
MAX_RUNS = 4000
"""Of a page whose columns are looked for: the time grows with the square."""

Gutter = tuple[float, float]
"""An interval of x."""


class Block(NamedTuple):
    """Lines below each other, in one column or in one table."""

    lines: tuple[Line, ...]
    is_table: bool = False


def arrange(runs: Sequence[Run], *, depth: int = 0) -> Iterator[Block]:
    """Columns one after the other, tables row by row.

    The order in the file tells them apart: a column is written to its end, a table row by row.
    """
    runs = with_markers(runs) if depth == 0 else runs
    gutter = _find_gutter(runs) if depth < MAX_DEPTH and len(runs) < MAX_RUNS else None
    if gutter is None:
        if runs:
            yield Block(tuple(map(to_line, to_rows(runs))))
        return
    for band, is_split in _bands(runs, gutter):
        if not is_split:
            yield from (
                arrange(band, depth=depth + 1) if len(band) < len(runs) else [Block(tuple(map(to_line, to_rows(band))))]
            )
        elif _is_table(band, gutter):
            yield Block(tuple(to_table(band)), is_table=True)
        else:
            sides = [[run for run in band if _side(run, gutter) == side] for side in (-1, 1)]
            for side in reversed(sides) if is_rtl(run.text for run in band) else sides:
                yield from arrange(side, depth=depth + 1)


def _find_gutter(runs: Sequence[Run]) -> Gutter | None:
    """The interval of x that is free beside the most lines, and crossed by the fewest others."""
    if len(runs) < 2 * MIN_ROWS:
        return None
    width = MIN_GUTTER * median(run.size for run in runs)
    gaps = _gaps(runs, width)
    best, found = (MIN_ROWS - 1, 0, 0.0), None
    for right in sorted({round(gap[1]) for gap in gaps}):
        beside = [gap for gap in gaps if gap[0] <= right - width + 1 and gap[1] >= right - 1]
        crossing = sum(run.x0 < right - width and run.x1 > right for run in runs)
        free = median(gap[1] - gap[0] for gap in beside) if beside else 0.0
        rows = len({round(gap[2] / width) for gap in beside})
        if rows >= MIN_ROWS and (rows, -crossing, free) > best:
            best, found = (rows, -crossing, free), (right - width, right - 1.0)
    return found


def _gaps(runs: Sequence[Run], width: float) -> list[tuple[float, float, float]]:
    """The free intervals between each run and the next one to its left on the same line, with their height."""
    gaps = []
    ordered = sorted(runs, key=lambda run: -run.y)
    for position, run in enumerate(ordered):
        left = None
        for step in (-1, 1):
            other = position + step
            while 0 <= other < len(ordered) and abs(ordered[other].y - run.y) <= 0.6 * run.size:
                if ordered[other].x0 < run.x0 and ordered[other].x1 <= run.x0 + 1:
                    left = max(left or ordered[other].x1, ordered[other].x1)
                other += step
        if left is not None and run.x0 - left >= width:
            gaps.append((left, run.x0, run.y))
    return gaps


def _side(run: Run, gutter: Gutter) -> int:
    """-1: left of the gutter, 1: right of it, 0: across; a line that is a little too long stays on its side."""
    left, right = gutter
    slack = 2 * (right - left)
    if run.x1 <= right + slack and run.x0 < left and run.x1 - right < (left - run.x0) / 4:
        return -1
    return 1 if run.x0 >= left else 0


def _bands(runs: Sequence[Run], gutter: Gutter) -> list[tuple[list[Run], bool]]:
    """The runs from top to bottom, parted where one crosses the gutter; True: it splits this band."""
    pieces: list[tuple[list[Run], bool]] = []
    for run in sorted(runs, key=lambda run: -run.y):
        is_beside = _side(run, gutter) != 0
        if not pieces or pieces[-1][1] != is_beside:
            pieces.append(([], is_beside))
        pieces[-1][0].append(run)
    bands: list[tuple[list[Run], bool]] = []
    for piece, is_beside in pieces:
        band = piece
        while bands and is_beside and band and _ends_paragraph(bands[-1][0][-1], band):
            bands[-1][0].append(band[0])
            band = band[1:]
        for part, is_split in _parts(band, gutter) if is_beside else [(band, False)]:
            if bands and not is_split and not bands[-1][1]:
                bands[-1][0].extend(part)
            else:
                bands.append((part, is_split))
    return bands


def _ends_paragraph(last: Run, band: Sequence[Run]) -> bool:
    """Whether the band begins with the short last line of what is above it."""
    first = band[0]
    is_alone = len(band) == 1 or first.y - band[1].y > first.size / 2
    is_below = 0 < last.y - first.y < MAX_LEADING * first.size and abs(first.x0 - last.x0) < first.size
    return is_alone and is_below and abs(first.size - last.size) < first.size / 10


def _parts(band: Sequence[Run], gutter: Gutter) -> list[tuple[list[Run], bool]]:
    """Columns that stand above or below other columns or a table."""
    parts = _stacked(band, gutter)
    rows = [_rows_beside(part, gutter) for part in parts]
    if max(rows) <= MIN_PROSE_ROWS:
        return [(list(band), _rows_beside(band, gutter) >= MIN_ROWS)]
    return [(part, count > MIN_PROSE_ROWS) for part, count in zip(parts, rows, strict=True)]


def _stacked(band: Sequence[Run], gutter: Gutter) -> list[list[Run]]:
    """What the file has to its right end before it goes on with what is below."""
    ordered = sorted(band, key=lambda run: run.order)
    highest = list(accumulate((run.y for run in reversed(ordered)), max))[::-1]
    parts: list[list[Run]] = [[]]
    lowest = inf
    for place, run in enumerate(ordered):
        is_new = place > 0 and _side(ordered[place - 1], gutter) > 0 > _side(run, gutter)
        if is_new and highest[place] < lowest - run.size / 2:
            parts.append([])
        parts[-1].append(run)
        lowest = min(lowest, run.y)
    return parts


def _rows_beside(band: Sequence[Run], gutter: Gutter) -> int:
    width = gutter[1] - gutter[0]
    gaps = _gaps(band, width)
    return len({round(gap[2] / width) for gap in gaps if gap[0] <= gutter[0] + 1 and gap[1] >= gutter[1] - 1})


def _is_table(band: Sequence[Run], gutter: Gutter) -> bool:
    sides = [_side(run, gutter) for run in sorted(band, key=lambda run: run.order)]
    if _levels(band, gutter) < MIN_LEVEL and len(_stacked(band, gutter)) < MIN_STACKED:
        return False
    crossings = sum(one != other for one, other in pairwise(sides))
    rows = _rows_beside(band, gutter)
    if crossings <= max(1, rows // 4):
        return False
    words = [mean(len(run.text.split()) for run in band if _side(run, gutter) == side) for side in (-1, 1)]
    is_sorted_prose = rows >= MIN_PROSE_ROWS and min(words) >= MIN_PROSE_WORDS and len(band) < 1.5 * (crossings + 1)
    return not is_sorted_prose


def _levels(band: Sequence[Run], gutter: Gutter) -> float:
    """The share of lines right of the gutter that have one on their level to the left of it."""
    left = sorted(run.y for run in band if _side(run, gutter) < 0)
    right = [run for run in band if _side(run, gutter) > 0]
    level = sum(bisect_left(left, run.y - 0.1 * run.size) < bisect_right(left, run.y + 0.1 * run.size) for run in right)
    return level / len(right)
