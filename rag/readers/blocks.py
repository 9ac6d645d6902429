"""Lay out: the paragraphs, list items and table rows of a document to its text."""

from __future__ import annotations

import re
from collections.abc import Iterable
from enum import Enum, auto
from itertools import pairwise
from typing import NamedTuple

MAX_CELL = 300
"""Characters of a cell of several paragraphs: with more, the table only places text on a page."""

_SPACE = re.compile(r"[^\S\n]+")
_AROUND_LINES = re.compile(r" ?\n ?")
_EMPTY_LINES = re.compile(r"\n{3,}")


class Kind(Enum):
    TITLE = auto()
    HEADING = auto()
    PARAGRAPH = auto()
    ITEM = auto()
    ROW = auto()


class Block(NamedTuple):
    """A paragraph and the like, its text folded and not empty."""

    text: str
    kind: Kind = Kind.PARAGRAPH


def fold(text: str) -> str:
    """Every run of spaces as one, none at the ends of lines, and no soft hyphens, which hide a word from a search."""
    lines = _AROUND_LINES.sub("\n", _SPACE.sub(" ", text.replace("\xad", "")))
    return _EMPTY_LINES.sub("\n\n", lines).strip()


def lay_out(blocks: Iterable[Block]) -> str:
    """Each row of a table and item of a list on the line after the one before; all else parted by a blank line."""
    blocks = list(blocks)
    parts = [block.text for block in blocks[:1]]
    for before, block in pairwise(blocks):
        is_next_line = before.kind is block.kind and block.kind in (Kind.ITEM, Kind.ROW)
        parts += ["\n" if is_next_line else "\n\n", block.text]
    return "".join(parts)


def row_blocks(cells: Iterable[list[Block]]) -> list[Block]:
    """A table's row as one line; or its cells' own blocks where the row only places text on a page."""
    filled = [cell for cell in cells if cell]
    if any(_is_layout(cell) for cell in filled) or (len(filled) == 1 and len(filled[0]) > 1):
        return [block for cell in filled for block in cell]
    line = " | ".join(" ".join(block.text.replace("\n", " ") for block in cell) for cell in filled)
    return [Block(line, Kind.ROW)] if line else []


def find_title(blocks: list[Block]) -> str:
    """The first block that is styled as the title, or the heading that the text begins with; empty without one."""
    titles = [block.text for block in blocks if block.kind is Kind.TITLE]
    headings = [block.text for block in blocks[:1] if block.kind is Kind.HEADING]
    return " ".join(next(iter(titles + headings), "").split())


def _is_layout(cell: list[Block]) -> bool:
    has_table = any(block.kind is Kind.ROW for block in cell)
    return has_table or (len(cell) > 1 and sum(len(block.text) for block in cell) > MAX_CELL)
