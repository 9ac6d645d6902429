"""PDFium: the bytes of a PDF to the letters of its pages, where they are printed."""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import NamedTuple

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import DocumentError
from rag.readers.pdf.glyphs import MAX_REACH, Glyph, is_accent
from rag.readers.pdf.lines import RTL

MAX_SLANT = 3
"""Degrees: less is a page that was scanned askew."""
SAME_LINE = 0.1
"""Points."""
MAX_ADVANCE = 60.0
"""Points from one letter of a word to the next."""
MAX_COMMON = 0x24F
"""The codes up to it are those of Latin letters: if the first of a word has a meaning, so have the others."""
NAME_BYTES = 100

DAMAGED = "it is damaged or not a PDF; save or download it again"
_REASONS = {
    pdfium.FPDF_ERR_PASSWORD: "it needs a password; save a copy without one",
    pdfium.FPDF_ERR_SECURITY: "it is protected in a way that cannot be opened; save a copy without protection",
}
_SHOWN_FIELDS = frozenset([pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT])
_UNSEEN = frozenset([0x200B, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF, 0xFFFD, 0xFFFF])
"""Marks that steer the breaks and the direction of text."""
_BREAKS = frozenset(" \n")
_SPACES = frozenset([0x20, 0x09, 0xA0, 0x3000, *range(0x2000, 0x200B)])
_READ_AS = {
    **dict.fromkeys([0x02, 0xFFFE, 0x2010, 0x2011], "-"),  # the first two: PDFium's hyphen at the end of a line
    **{0xF0B7: "•", 0xF0A7: "▪", 0xF0D8: "➢", 0xF0FC: "✓"},  # of the fonts Symbol and Wingdings
}
_BOLD = re.compile(rb"Bold|bold|Black|Heavy|CMBX|Medi")

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


class Print(NamedTuple):
    """What is printed in one direction; the angle in degrees."""

    angle: int
    glyph: Glyph


class PrintedPage(NamedTuple):
    prints: Sequence[Print] = ()
    box: Box = (0.0, 0.0, 0.0, 0.0)
    unmapped: int = 0
    """Letters that the file gives no meaning."""
    has_picture: bool = False
    """Whether a page without letters has one."""


class _Style(NamedTuple):
    """Of a word: size in points, angle in degrees."""

    size: float
    angle: int
    is_bold: bool


def read_pages(content: bytes) -> Iterator[PrintedPage]:
    """A page that cannot be loaded is empty, so that the numbers of the others are right.

    Raises DocumentError if the file cannot be opened.
    """
    with _opened(content) as file:
        file.init_forms()  # draws the values of fields; this build of PDFium runs no scripts
        for number in range(len(file)):
            yield _read_page(file, number)


def read_metadata(content: bytes) -> dict[str, str]:
    with _opened(content) as file:
        return file.get_metadata_dict()  # type: ignore[no-any-return]  # the package has no types


@contextmanager
def _opened(content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    try:
        file = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise DocumentError(_REASONS.get(error.err_code, DAMAGED)) from error
    try:
        yield file
    finally:
        file.close()


def _read_page(file: pypdfium2.PdfDocument, number: int) -> PrintedPage:
    try:
        page = file[number]
        if _has_fields(page):
            pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY)
            page.close()
            page = file[number]
        letters = page.get_textpage()  # kept: it closes when nothing names it
        reader = _Reader(letters.raw, page.get_bbox())
        prints = list(reader.prints())
        has_picture = not prints and any(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE]))
        page.close()
    except pypdfium2.PdfiumError:
        return PrintedPage()
    return PrintedPage(prints, reader.box, reader.unmapped, has_picture)


def _has_fields(page: pypdfium2.PdfPage) -> bool:
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        annotation = pdfium.FPDFPage_GetAnnot(page, number)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in _SHOWN_FIELDS:
            return True
    return False


class _Reader:
    """Asks PDFium for the letters of one page; every question costs about a microsecond, so it asks few."""

    def __init__(self, page: object, box: Box) -> None:
        self.page = page
        self.box = box
        self.unmapped = 0
        self._x, self._y, self._flags = ctypes.c_double(), ctypes.c_double(), ctypes.c_int()
        self._rectangle, self._matrix = pdfium.FS_RECTF(), pdfium.FS_MATRIX()
        self._name = ctypes.create_string_buffer(NAME_BYTES)

    def prints(self) -> Iterator[Print]:
        """Word by word, or letter by letter where their places matter. What lies off the page is left out."""
        page, is_unmapped = self.page, pdfium.FPDFText_HasUnicodeMapError
        codes = [pdfium.FPDFText_GetUnicode(page, index) for index in range(pdfium.FPDFText_CountChars(page))]
        single = _singles(codes)
        word: list[int] = []
        x = y = last_x = last_y = 0.0
        for index, code in enumerate(codes):
            text = _character(code)
            if text in _BREAKS:
                yield from self._word(word, codes)
                yield Print(0, Glyph(text, 0, 0, 0, 0))
                word = []
                continue
            x, y = self._origin(index)
            is_apart = abs(y - last_y) > SAME_LINE or not 0 <= x - last_x < MAX_ADVANCE
            if word and (is_apart or index in single or word[-1] in single):
                yield from self._word(word, codes)
                word = []
            if (code > MAX_COMMON or not word) and code not in _READ_AS and is_unmapped(page, index) == 1:
                text = ""
            if text and self._is_shown(x, y):
                word.append(index)
                last_x, last_y = x, y
            self.unmapped += not text
        yield from self._word(word, codes)

    def _word(self, indices: Sequence[int], codes: Sequence[int]) -> Iterator[Print]:
        if not indices:
            return
        size, angle, is_bold = self._style(indices[0])
        corners = self._corners(indices[0]) + (self._corners(indices[-1]) if len(indices) > 1 else [])
        across = [turned(x, y, angle)[0] for x, y in corners]
        y = turned(*self._origin(indices[0]), angle)[1]
        text = "".join(_character(codes[index]) for index in indices)
        yield Print(angle, Glyph(text, min(across), max(across), y, size, is_bold))

    def _is_shown(self, x: float, y: float) -> bool:
        left, bottom, right, top = self.box
        return left <= x <= right and bottom <= y <= top

    def _origin(self, index: int) -> tuple[float, float]:
        pdfium.FPDFText_GetCharOrigin(self.page, index, self._x, self._y)
        return self._x.value, self._y.value

    def _corners(self, index: int) -> list[tuple[float, float]]:
        pdfium.FPDFText_GetLooseCharBox(self.page, index, self._rectangle)
        box = self._rectangle
        return [(x, y) for x in (box.left, box.right) for y in (box.bottom, box.top)]

    def _style(self, index: int) -> _Style:
        matrix = self._matrix
        pdfium.FPDFText_GetMatrix(self.page, index, matrix)
        pdfium.FPDFText_GetFontInfo(self.page, index, self._name, NAME_BYTES, self._flags)
        size = pdfium.FPDFText_GetFontSize(self.page, index) * math.hypot(matrix.c, matrix.d)
        angle = round(math.degrees(math.atan2(matrix.b, matrix.a))) if matrix.b or matrix.a < 0 else 0
        return _Style(max(size, 1.0), 0 if abs(angle) <= MAX_SLANT else angle, bool(_BOLD.search(self._name.value)))


def _singles(codes: Sequence[int]) -> set[int]:
    """The indices of letters whose place among the others says what they belong to."""
    letters = {code: _character(code) for code in set(codes)}
    leftward = {code for code, letter in letters.items() if RTL.match(letter)}
    accents = {code for code, letter in letters.items() if is_accent(letter)}
    if not leftward and not accents:
        return set()
    near = [range(index - MAX_REACH, index + MAX_REACH) for index, code in enumerate(codes) if code in accents]
    return {index for index, code in enumerate(codes) if code in leftward}.union(*near)


@cache
def _character(code: int) -> str:
    """Empty for what stands for no letter; a letter that was lost keeps its place."""
    if code in _READ_AS:
        return _READ_AS[code]
    if code in _SPACES:
        return " "
    if code in (0x0A, 0x0D):
        return "\n"
    if code == 0:
        return "\ufffd"
    is_control = code < 0x20 or 0x7F <= code < 0xA0 or code in _UNSEEN
    is_private_or_half = 0xD800 <= code < 0xF900 or code >= 0xF0000
    return "" if is_control or is_private_or_half else chr(code)


def turned(x: float, y: float, angle: int) -> tuple[float, float]:
    """A point seen by who turns the page until text at this angle is upright."""
    if not angle:
        return x, y
    cosine, sine = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    return x * cosine + y * sine, y * cosine - x * sine
