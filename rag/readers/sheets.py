"""Sheets: what the readers of workbooks hand on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rag.errors import DocumentError
from rag.readers.properties import Properties
from rag.readers.rows import MAX_CHARACTERS, TOO_LONG

MAX_CELLS = 4_000_000
"""Of a sheet, with the empty ones before others: each takes 8 bytes of memory, and a few letters may say a million."""
MAX_COLUMNS = 2_000
"""A cell further to the right stands next to the one before it."""


class Sheet(NamedTuple):
    name: str
    rows: list[list[str]]


class Workbook(NamedTuple):
    sheets: list[Sheet]
    """The visible ones, in their order."""
    about: Properties


def collect_rows(rows: Iterable[list[str]]) -> list[list[str]]:
    """The rows without the empty cells at their ends; raises DocumentError if they hold too much."""
    collected: list[list[str]] = []
    cells = characters = 0
    for row in rows:
        while row and not row[-1]:
            row.pop()
        cells += len(row) + 1
        characters += sum(map(len, row))
        if cells > MAX_CELLS:
            raise DocumentError(f"a sheet of it has more than {MAX_CELLS:,} cells; split it")
        if characters > MAX_CHARACTERS:
            raise DocumentError(TOO_LONG)
        collected.append(row)
    return collected
