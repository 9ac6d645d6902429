"""Flow: the paragraphs of all pages to one text, with the offset where each page starts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from rag.readers.pdf.hyphens import join_lines, words_of
from rag.readers.pdf.lines import Line
from rag.readers.pdf.paragraphs import SENTENCE_END, Page, Paragraph, differ, has_marker, to_paragraphs

LARGE = 1.15
"""Of the size of most text: a headline."""
HEAD_PARAGRAPHS = 8


class Flow(NamedTuple):
    text: str
    pages: tuple[int, ...]
    headline: str
    """The largest text at the head of the first page, if it is larger than the rest."""


def flow(pages: Sequence[Page]) -> Flow:
    """A sentence that goes on in the next column or on the next page is one run of text."""
    lines = [line for page in pages for block in page.blocks for line in block.lines]
    body = _body_size(lines)
    paragraphs = _merge(to_paragraphs(pages, body=body))
    words = words_of(line.text for line in lines)
    text: list[str] = []
    starts: dict[int, int] = {}
    offset = 0
    for number, paragraph in enumerate(paragraphs):
        between = ("\n" if paragraph.is_close else "\n\n") if number else ""
        pieces = join_lines([line.text for line in paragraph.lines], words)
        places = dict([(0, paragraph.page), *((line, page) for page, line in paragraph.later)])
        offset += len(between)
        text.append(between)
        for position, piece in enumerate(pieces):
            if position in places:
                starts.setdefault(places[position], offset + len(piece) - len(piece.lstrip()))
            text.append(piece)
            offset += len(piece)
    return Flow("".join(text), _offsets(starts, len(pages), offset), _headline(paragraphs, body, words))


def _offsets(starts: dict[int, int], count: int, end: int) -> tuple[int, ...]:
    """A page without text starts where the next one does."""
    offsets: list[int] = []
    for page in reversed(range(count)):
        end = starts.get(page, end)
        offsets.append(end)
    return (0, *offsets[::-1][1:]) if offsets else ()


def _body_size(lines: Iterable[Line]) -> float:
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def _merge(paragraphs: Iterable[Paragraph]) -> list[Paragraph]:
    """Join what goes on after a column, a page or an aside; the asides between go where their page allows it."""
    merged: list[Paragraph] = []
    main: int | None = None
    for paragraph in paragraphs:
        if paragraph.is_aside:
            merged.append(paragraph)
            continue
        if main is not None and _goes_on(merged[main], paragraph):
            before = merged[main]
            last_page = before.later[-1][0] if before.later else before.page
            asides = merged[main + 1 :]
            early = [aside for aside in asides if aside.page < paragraph.page or aside.page == last_page]
            if all(aside.page == before.page for aside in early):
                if paragraph.page != last_page:
                    before.later.append((paragraph.page, len(before.lines)))
                before.lines += paragraph.lines
                before.right = paragraph.right
                before.is_close = before.is_close and not early
                merged[main:] = [*early, before, *asides[len(early) :]]
                main += len(early)
                continue
        merged.append(paragraph)
        main = len(merged) - 1
    return merged


def _goes_on(before: Paragraph, after: Paragraph) -> bool:
    last, first = before.lines[-1], after.lines[0]
    is_below = before.page == after.page and first.y <= last.y
    is_other = differ(last, first) or last.is_bold != first.is_bold
    if is_below or is_other or has_marker(first) or SENTENCE_END.search(last.text):
        return False
    if first.text[:1].islower() or last.text.endswith(("-", "\u00ad", ",")):
        return True
    is_full = last.x1 > before.right - 2 * last.size
    return is_full and len(before.lines) > 1 and len(after.lines) > 1


def _headline(paragraphs: Sequence[Paragraph], body: float, words: Counter[str]) -> str:
    first = [paragraph for paragraph in paragraphs if paragraph.page == 0 and not paragraph.is_aside][:HEAD_PARAGRAPHS]
    largest = max((paragraph.lines[0].size for paragraph in first), default=0.0)
    if not first or largest < LARGE * body:
        return ""
    start = next(number for number, paragraph in enumerate(first) if paragraph.lines[0].size == largest)
    lines = list(first[start].lines)
    for paragraph in first[start + 1 :]:
        if not paragraph.is_close or paragraph.lines[0].size != largest:
            break
        lines += paragraph.lines
    return "".join(join_lines([line.text for line in lines], words))
