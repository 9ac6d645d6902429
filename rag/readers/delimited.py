"""Read delimited text: the bytes of a CSV or TSV to a document, a sentence a row."""

from __future__ import annotations

import csv
import re
from collections import Counter
from io import StringIO

from rag.readers.decoding import decode
from rag.readers.rows import word_rows
from rag.types import Document

DELIMITERS = "\t;|,"
"""Of two that fit as well the first: a comma is found in all kinds of text."""
SAMPLE_ROWS = 50
SAMPLE_CHARACTERS = 50_000

_STATED = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
"""The first line of a file that Excel is to open."""


def read_delimited(content: bytes) -> Document:
    text, encoding = decode(content)
    csv.field_size_limit(max(len(text), csv.field_size_limit()))  # the text is in memory already
    stated = _STATED.match(text)
    body = text[stated.end() :] if stated else text
    delimiter = stated[1] if stated else _find_delimiter(body)
    return Document(text=word_rows(_parse(body, delimiter)), encoding=encoding)


def _find_delimiter(text: str) -> str:
    """The one that gives the most rows of one width."""
    sample = text[:SAMPLE_CHARACTERS]

    def fit(delimiter: str) -> tuple[float, int]:
        widths = Counter(len(row) for row in _rows(sample, delimiter)[:SAMPLE_ROWS] if row)
        width, count = max(widths.items(), key=lambda pair: (pair[0] > 1, pair[1]), default=(1, 0))
        return (count / widths.total() if width > 1 else 0.0), width

    return max(DELIMITERS, key=fit)


def _parse(text: str, delimiter: str) -> list[list[str]]:
    """The rows; a quotation mark that is never closed is taken for a character like others."""
    try:
        return _rows(text, delimiter, strict=True)
    except csv.Error as error:
        is_open = "unexpected end of data" in str(error)
    return _rows(text, delimiter, is_quoted=not is_open)


def _rows(text: str, delimiter: str, *, strict: bool = False, is_quoted: bool = True) -> list[list[str]]:
    return list(
        csv.reader(
            StringIO(text, newline=""),
            delimiter=delimiter,
            skipinitialspace=True,
            strict=strict,
            quoting=csv.QUOTE_MINIMAL if is_quoted else csv.QUOTE_NONE,
        )
    )
