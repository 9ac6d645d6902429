"""Read old Excel: the bytes of an XLS to the rows of its sheets, as they are shown."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import xlrd

from rag.errors import DocumentError
from rag.readers.archives import DAMAGED, NEEDS_PASSWORD
from rag.readers.number_formats import DAYS_TO_1904, show_number
from rag.readers.properties import Properties
from rag.readers.sheets import Sheet, Workbook, collect_rows

_NUMBERS = (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE)


def read_xls(content: bytes) -> Workbook:
    """What is said of the book itself is not read."""
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, ragged_rows=True, logfile=StringIO())
        sheets = [
            Sheet(sheet.name, collect_rows(_rows(book, sheet))) for sheet in book.sheets() if not sheet.visibility
        ]
    except (MemoryError, RecursionError, DocumentError):
        raise
    except Exception as error:  # it raises whatever a damaged file makes it stumble over
        raise DocumentError(NEEDS_PASSWORD if "encrypted" in str(error) else DAMAGED) from error
    return Workbook(sheets, Properties())


def _rows(book: xlrd.Book, sheet: xlrd.sheet.Sheet) -> Iterator[list[str]]:
    for row in range(sheet.nrows):
        yield [_shown(book, cell) for cell in sheet.row_slice(row)]


def _shown(book: xlrd.Book, cell: xlrd.sheet.Cell) -> str:
    if cell.ctype in _NUMBERS:
        number_format = book.format_map[book.xf_list[cell.xf_index].format_key].format_str
        return show_number(cell.value, number_format, first_day=DAYS_TO_1904 if book.datemode else 0)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, ""))
    return str(cell.value)
