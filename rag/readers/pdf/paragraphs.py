"""Paragraphs: the lines of a page to paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median
from typing import NamedTuple

from rag.readers.pdf.layout import Block
from rag.readers.pdf.lines import MARKER, Line

WIDE_LEADING = 1.3
"""Of the usual distance of two lines in a block: what is more parts two paragraphs."""
GOING_ON_LEADING = 1.6
"""The same before a line that goes on with a sentence: raised figures widen it."""
MIN_LEADING = 1.15
MAX_LEADING = 2.2
"""What is usual at all, in sizes."""
MAX_ROW_LEADING = 3.0
INDENT = 0.8
MAX_INDENT = 6.0
MIN_ENTRIES = 4
SAME_SIZE = 0.06
MAX_RUN_IN = 0.3
"""The same where a sentence begins with a heading."""
SMALL = 0.93
"""Of the size of most text: below it are footnotes and captions."""

SENTENCE_END = re.compile(r"[.!?:;。！？؟۔…][\"'”’»)\]¹²³⁴-⁹⁰*†‡]*$")
_CAPTION = re.compile(r"(?:figure|fig\.|table|chart|source)s?:?\s", re.IGNORECASE)


class Page(NamedTuple):
    blocks: Sequence[Block]
    asides: Sequence[Block] = ()
    """Text that runs in another direction."""


@dataclass(slots=True)
class Paragraph:
    """Lines that read on; those of a table or of an address are kept apart."""

    lines: list[Line]
    page: int
    right: float
    """Where the lines of its column end."""
    is_aside: bool
    """A footnote, a caption or a table: the text before it may go on after it."""
    is_close: bool
    """It follows the paragraph before it without a gap."""
    later: list[tuple[int, int]] = field(default_factory=list)
    """The pages after the first that it goes on to, each with the number of the line there."""


def to_paragraphs(pages: Sequence[Page], *, body: float) -> Iterator[Paragraph]:
    """Of the pages in their order; `body` is the size of most text."""
    for number, page in enumerate(pages):
        for block in page.blocks:
            yield from _split(block, number, body)
        for block in page.asides:
            for paragraph in _split(block, number, body):
                paragraph.is_aside = True
                yield paragraph


def _split(block: Block, page: int, body: float) -> Iterator[Paragraph]:
    leading = _leading(block.lines)
    entries = _entries(block.lines, leading)
    start, right = 0, _right(block.lines, block.lines[0])
    is_close = False
    for position in range(1, len(block.lines) + 1):
        ends = position == len(block.lines) or (
            position in entries or _parted(block.lines[start:position], block.lines[position], leading, right)
        )
        if not ends:
            continue
        lines = list(block.lines[start:position])
        is_aside = (
            lines[0].size < SMALL * body or any(line.is_row for line in lines) or bool(_CAPTION.match(lines[0].text))
        )
        yield Paragraph(lines, page, right, is_aside, is_close)
        if position < len(block.lines):
            last, next_line = lines[-1], block.lines[position]
            is_close = _is_list_like(last, next_line) and not _is_apart(last, next_line, leading)
            if last.is_row and next_line.is_row:
                is_close = block.is_table or last.y - next_line.y < MAX_ROW_LEADING * last.size
            start, right = position, _right(block.lines, next_line)


def _leading(lines: Sequence[Line]) -> float:
    """The usual distance of two lines; 0 if there is none."""
    distances = [upper.y - lower.y for upper, lower in pairwise(lines)]
    plain = [distance for distance in distances if distance > 0]
    return median(plain) if len(plain) > 1 else 0.0


def _entries(lines: Sequence[Line], leading: float) -> set[int]:
    """The lines that begin an entry of a list without bullets."""
    groups: list[list[int]] = []
    for position, line in enumerate(lines):
        if position and not _is_apart(lines[position - 1], line, leading):
            groups[-1].append(position)
        else:
            groups.append([position])
    return {position for group in groups if _is_list([lines[place] for place in group]) for position in group[1:]}


def _is_list(lines: Sequence[Line]) -> bool:
    """In prose some lines begin in the middle of a sentence, and most are full."""
    right = max(line.x1 for line in lines)
    short = sum(_has_room(upper, lower, right) for upper, lower in pairwise(lines))
    begins = all(line.text[0].isupper() or line.text[0].isdecimal() for line in lines)
    ends = sum(bool(SENTENCE_END.search(line.text)) for line in lines)
    return len(lines) >= MIN_ENTRIES and begins and ends * MIN_ENTRIES < len(lines) <= 2 * short + 1


def _right(lines: Sequence[Line], like: Line) -> float:
    return max(line.x1 for line in lines if not differ(line, like))


def _is_apart(upper: Line, lower: Line, leading: float) -> bool:
    """Whether a gap or another size parts two lines; more of both is allowed within a sentence."""
    goes_on = lower.text[0].islower() and not SENTENCE_END.search(upper.text)
    down = upper.y - lower.y
    usual = max(min(leading, MAX_LEADING * lower.size), MIN_LEADING * lower.size)
    if not 0 <= down <= (GOING_ON_LEADING if goes_on else WIDE_LEADING) * usual:
        return True
    return differ(upper, lower, MAX_RUN_IN if goes_on else SAME_SIZE)


def differ(upper: Line, lower: Line, most: float = SAME_SIZE) -> bool:
    return abs(upper.size - lower.size) > most * lower.size


def _is_list_like(last: Line, lower: Line) -> bool:
    """Entries of a list and lines of an address stand close."""
    return has_marker(lower) or not SENTENCE_END.search(last.text)


def _parted(upper: Sequence[Line], lower: Line, leading: float, right: float) -> bool:
    last = upper[-1]
    if last.is_row or lower.is_row or _is_apart(last, lower, leading):
        return True
    if has_marker(lower):
        return True
    if last.text.endswith(("-", "\u00ad")) and last.text[-2:-1].isalnum():
        return False
    if last.is_bold != lower.is_bold and (last.is_bold or _has_room(last, lower, right)):
        return not lower.text[:1].islower()
    is_ended = bool(SENTENCE_END.search(last.text))
    if lower.text[:1].islower() and not is_ended:
        return False
    indent = (lower.x0 - last.x0) / lower.size
    if INDENT < indent < MAX_INDENT and not has_marker(upper[0]) and (is_ended or _has_room(last, lower, right)):
        return True
    if -MAX_INDENT < indent < -INDENT and len(upper) > 1 and is_ended:
        return True
    return _has_room(last, lower, right, slack=0.5 if is_ended else 2.0)


def _has_room(last: Line, lower: Line, right: float, *, slack: float = 1.0) -> bool:
    """Whether the next word would have fitted: then the line was ended on purpose."""
    word = lower.text.split(" ", 1)[0]
    width = (lower.x1 - lower.x0) * (len(word) + 1) / max(1, len(lower.text))
    return last.x1 + width + slack * last.size < right


def has_marker(line: Line) -> bool:
    word, _, rest = line.text.partition(" ")
    return bool(rest) and bool(MARKER.fullmatch(word)) and not (word.isalpha() or word.isdecimal())
