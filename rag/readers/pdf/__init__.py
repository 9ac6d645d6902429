"""Read PDF: bytes to a document, its columns and pages as one flowing text."""

from __future__ import annotations

from collections import defaultdict

from rag.errors import DocumentError
from rag.readers.pdf.details import find_pdf_details
from rag.readers.pdf.flow import flow
from rag.readers.pdf.glyphs import Glyph, to_runs
from rag.readers.pdf.layout import arrange
from rag.readers.pdf.paragraphs import Page
from rag.readers.pdf.pdfium import DAMAGED, PrintedPage, read_metadata, read_pages, turned
from rag.readers.pdf.running_heads import Sheet, without_running_heads
from rag.types import Document

MAX_UNMAPPED = 0.5
"""Share of letters without a meaning above which a text cannot be read."""
MIN_TURNED_LETTERS = 4

_SCAN = "it holds only pictures of pages (a scan); run text recognition (OCR) on it first"
_EMPTY = "it holds no text; save it from its source again"
_SHAPES = "its letters are stored as shapes without a meaning; run text recognition (OCR) on it first"


def read_pdf(content: bytes) -> Document:
    """Running heads are left out. A footnote may stand before the paragraph that goes on after its page."""
    sheets: list[Sheet] = []
    unmapped = pictures = 0
    for page in read_pages(content):
        sheets.append(_sheet(page))
        unmapped += page.unmapped
        pictures += page.has_picture
    letters = sum(len(run.text) for sheet in sheets for run in sheet.runs)
    if unmapped > MAX_UNMAPPED * (letters + unmapped):
        raise DocumentError(_SHAPES)
    if not letters:
        raise DocumentError(_SCAN if pictures else _EMPTY if sheets else DAMAGED)
    text, starts, headline = flow([_arranged(sheet) for sheet in without_running_heads(sheets)])
    about = find_pdf_details(read_metadata(content), text=text, headline=headline)
    return Document(text=text, pages=starts, encoding="pdf", **about._asdict())


def _sheet(page: PrintedPage) -> Sheet:
    """The direction that most letters have is upright."""
    prints: dict[int, list[Glyph]] = defaultdict(list)
    angle = 0
    for print_ in page.prints:
        is_break = print_.glyph.text.isspace()
        angle = angle if is_break else print_.angle
        prints[angle].append(print_.glyph)
    letters = {angle: sum(len(glyph.text.strip()) for glyph in glyphs) for angle, glyphs in prints.items()}
    if not any(letters.values()):
        return Sheet()
    main = max(letters, key=lambda angle: letters[angle])
    left, bottom, right, top = page.box
    corners = [turned(x, y, main)[1] for x in (left, right) for y in (bottom, top)]
    others = [to_runs(prints[angle]) for angle in prints if angle != main and letters[angle] >= MIN_TURNED_LETTERS]
    return Sheet(to_runs(prints[main]), others, min(corners), max(corners))


def _arranged(sheet: Sheet) -> Page:
    return Page(list(arrange(sheet.runs)), [block for runs in sheet.turned for block in arrange(runs)])
