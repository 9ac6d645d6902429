"""Read spreadsheets: the bytes of an XLSX, XLS or ODS to a document, a sentence a row."""

from __future__ import annotations

from itertools import accumulate

from rag.readers.archives import COMPOUND, NEEDS_PASSWORD, compound_reason, open_archive, other_kind
from rag.readers.ods import read_ods
from rag.readers.rows import word_rows
from rag.readers.sheets import Workbook
from rag.readers.xls import read_xls
from rag.readers.xlsx import read_xlsx
from rag.types import Document, Section

_OLD_BOOKS = tuple(name.encode("utf-16-le") for name in ("Workbook", "Book"))
"""The streams that old workbooks are in."""


def read_spreadsheet(content: bytes) -> Document:
    """The visible sheets, each a section under its name if there are several; the ending does not matter."""
    if content.startswith(COMPOUND):
        if compound_reason(content) == NEEDS_PASSWORD or not any(name in content for name in _OLD_BOOKS):
            raise other_kind(content)
        return _document(read_xls(content), encoding="xls")
    if "content.xml" in open_archive(content).names:
        return _document(read_ods(content), encoding="ods")
    return _document(read_xlsx(content), encoding="xlsx")


def _document(book: Workbook, *, encoding: str) -> Document:
    worded = [(sheet.name, word_rows(sheet.rows)) for sheet in book.sheets]
    filled = [(name, text) for name, text in worded if text]
    is_one = len(filled) == 1
    texts = [text if is_one or text.startswith(f"{name}\n") else f"{name}\n\n{text}" for name, text in filled]
    title, author, date = book.about
    starts = accumulate((len(text) + 2 for text in texts), initial=0)
    sections = [
        Section(start, f"{title}: {name}" if title else name)
        for start, (name, _) in zip(starts, [] if is_one else filled, strict=False)
    ]
    return Document(
        "", "\n\n".join(texts), title, date=date, encoding=encoding, author=author, sections=tuple(sections)
    )
