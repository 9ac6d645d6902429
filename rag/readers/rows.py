"""Word rows: the rows of a table to text in which each can be quoted alone, for it names its columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from rag.errors import DocumentError

MAX_HEAD = 200
"""Characters of a column's name; more is a sentence."""
MAX_CHARACTERS = 20_000_000
"""Of a text: a small file may name a long word, or have the name of a column, again and again."""
TOO_LONG = f"it holds more than {MAX_CHARACTERS:,} characters; split it into smaller files"
MAX_LINES_ABOVE = 5
"""Lines between the top of a table and its header: its title, its source, its units."""

Row = Sequence[str]

_FIGURE = re.compile(r"[^\w\s]{0,3}\s?\d[\d\s.,'’:/%+-]*\s?(?:[^\W\d]{0,3}|[^\w\s]{0,3})")
_YEAR = re.compile(r"(?:1[89]|20)\d\d(?:-\d\d(?:-\d\d)?)?")
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？")


def word_rows(rows: Iterable[Row]) -> str:
    """A line a row: `Team: Blues; Location: STL; Stanley Cups: 1.`; the cells parted by " | " without a plain header.

    Empty rows part one table from the next. Raises DocumentError if the text grows too long.
    """
    texts: list[str] = []
    header: Row = ()
    characters = 0
    for table in _tables(rows):
        lines, header = _worded(table, header)
        texts.append("")
        for line in lines:
            characters += len(line)
            if characters > MAX_CHARACTERS:
                raise DocumentError(TOO_LONG)
            texts.append(line)
    return "\n".join(texts[1:])


def _tables(rows: Iterable[Row]) -> Iterator[list[Row]]:
    table: list[Row] = []
    for row in rows:
        cells = [" ".join(cell.split()) for cell in row]
        if any(cells):
            table.append(cells)
        elif table:
            yield table
            table = []
    if table:
        yield table


def _worded(table: list[Row], header_above: Row) -> tuple[Iterator[str], Row]:
    """The lines of a table, and the header that they have; that of the table above if this one goes on under it."""
    columns = sorted({column for row in table for column in _filled(row)})
    position = _find_header(table, columns)
    goes_on = bool(header_above) and columns == _filled(header_above)
    if goes_on and (position is None or not _has_figures(table[position + 1 :])):
        return (_sentence(header_above, row) for row in table), header_above
    if position is None:
        return map(_plain, table), ()
    header = table[position]
    below = (_sentence(header, row) for row in table[position + 1 :])
    return chain(map(_plain, table[:position]), below), header


def _find_header(table: list[Row], columns: list[int]) -> int | None:
    if len(columns) < 2 or _is_form(table, columns):
        return None
    for position, row in enumerate(table[: min(MAX_LINES_ABOVE + 1, len(table) - 1)]):
        if _names_columns(row, table[position + 1 :], columns):
            return position
        if len(_filled(row)) == len(columns):
            return None
    return None


def _names_columns(row: Row, below: list[Row], columns: list[int]) -> bool:
    """Whether it has another short name for every column; one of several may have none."""
    names = [row[column] for column in columns if column < len(row) and row[column]]
    missing = len(columns) - len(names)
    if len(names) < 2 - missing or missing > 1 or len({name.casefold() for name in names}) < len(names):
        return False
    if any(len(name) > MAX_HEAD for name in names):
        return False
    return all(_is_name(row, column, below) for column in columns)


def _is_name(row: Row, column: int, below: list[Row]) -> bool:
    """Whether the cell may name its column: words, or a year above what are no years."""
    name = _cell(row, column)
    if not _FIGURE.fullmatch(name):
        return True
    return bool(_YEAR.fullmatch(name)) and not any(_YEAR.fullmatch(_cell(each, column)) for each in below)


def _is_form(table: list[Row], columns: list[int]) -> bool:
    """Whether two columns are labels and what belongs to them, so that every row says something else."""
    if len(columns) != 2:
        return False
    label, value = columns
    values = [_cell(row, value) for row in table[1:]]
    figures = sum(1 for each in values if _FIGURE.fullmatch(each))
    words = sum(1 for each in values if each) - figures
    return any(_cell(row, label).endswith(":") for row in table) or (figures > 0 and words > 0)


def _has_figures(below: list[Row]) -> bool:
    """Whether a row of words above them can be nothing but names."""
    return any(_FIGURE.fullmatch(cell) for row in below for cell in row if cell)


def _sentence(header: Row, row: Row) -> str:
    filled = _filled(row)
    if len(filled) == 1 and len(_filled(header)) > 2:  # a line between the rows, such as the name of a group
        return _plain(row)
    cells = [(_cell(header, column).removesuffix(":"), row[column]) for column in filled]
    line = "; ".join(f"{name}: {cell}" if name else cell for name, cell in cells)
    return line if line.endswith(_SENTENCE_END) else f"{line}."


def _plain(row: Row) -> str:
    return " | ".join(filter(None, row))


def _cell(row: Row, column: int) -> str:
    return row[column] if column < len(row) else ""


def _filled(row: Row) -> list[int]:
    return [column for column, cell in enumerate(row) if cell]
