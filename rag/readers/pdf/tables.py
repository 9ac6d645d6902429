"""Tables: the runs of text of a table to a line a row."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from rag.readers.pdf.lines import ROW, Line, Run, is_level, to_line, to_rows

MIN_GUTTER = 0.7
"""In sizes: less space is a word space."""
CELL_LEADING = 1.35
WIDE_LEADING = 1.8
"""The same for lines that begin in the middle of a sentence."""
MAX_RISE = 3.0
"""In sizes: the first line of a tall cell is above that of a short one in the middle of its row."""
MIN_COLUMNS = 3


class Cell(NamedTuple):
    text: str
    x0: float
    x1: float


def to_table(runs: Sequence[Run]) -> Iterator[Line]:
    """The rows from the top; an empty cell keeps its place, so that what is below a heading stays below it."""
    rows = _rows_by_order(runs)
    if any(lower[0][0].y > upper[0][0].y + ROW * upper[0][0].size for upper, lower in pairwise(rows)):
        rows = [_cells(row) for row in to_rows(runs)]
    texts = [[_cell(cell) for cell in cells] for cells in rows]
    columns = max(texts, key=len)
    for cells, row in zip(rows, texts, strict=True):
        parts = [run for cell in cells for run in cell]
        line = to_line(parts)
        text = " | ".join(_in_columns(row, columns)).replace("  ", " ").strip()
        yield line._replace(text=text, y=min(run.y for run in parts), is_row=True)


def _rows_by_order(runs: Sequence[Run]) -> list[list[list[Run]]]:
    """A cell may have several lines: they follow each other in the file."""
    rows: list[list[list[Run]]] = []
    for run in sorted(runs, key=lambda run: run.order):
        cell = rows[-1][-1] if rows else []
        if cell and _is_same_cell(cell, run, is_first=len(rows[-1]) == 1):
            cell.append(run)
        elif rows and _is_same_row(rows[-1], run):
            rows[-1].append([run])
        else:
            rows.append([[run]])
    return rows


def _is_same_cell(cell: Sequence[Run], run: Run, *, is_first: bool) -> bool:
    last = cell[-1]
    if is_level(last, run):
        return -run.size < run.x0 - last.x1 < MIN_GUTTER * run.size
    down = last.y - run.y
    is_below = down > 0 and run.x0 < last.x1 and run.x1 > last.x0
    if run.text[0].islower() or last.text.endswith("-"):
        return is_below and down <= WIDE_LEADING * run.size
    return is_below and down <= CELL_LEADING * run.size and not is_first


def _is_same_row(cells: Sequence[Sequence[Run]], run: Run) -> bool:
    top, bottom = max(cell[0].y for cell in cells), min(cell[-1].y for cell in cells)
    is_right = run.x0 >= max(other.x1 for other in cells[-1])
    return is_right and bottom - ROW * run.size <= run.y <= top + MAX_RISE * run.size


def _cells(row: Iterable[Run]) -> list[list[Run]]:
    cells: list[list[Run]] = []
    for run in row:
        if cells and run.x0 - cells[-1][-1].x1 < MIN_GUTTER * run.size:
            cells[-1].append(run)
        else:
            cells.append([run])
    return cells


def _cell(runs: Sequence[Run]) -> Cell:
    text = " ".join(line.text for line in map(to_line, to_rows(runs)))
    return Cell(text, min(run.x0 for run in runs), max(run.x1 for run in runs))


def _in_columns(row: Sequence[Cell], columns: Sequence[Cell]) -> list[str]:
    """The cells' texts, with empty ones where the row has none; as they are if they fit no columns."""
    texts = [cell.text for cell in row]
    places = [
        next((p for p, column in enumerate(columns) if cell.x0 < column.x1 and cell.x1 > column.x0), -1) for cell in row
    ]
    if len(row) < 2 or len(columns) < MIN_COLUMNS or -1 in places or sorted(set(places)) != places:
        return texts
    filled = [""] * (places[-1] + 1)
    for place, text in zip(places, texts, strict=True):
        filled[place] = text
    return filled
