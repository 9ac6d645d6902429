"""Read: the bytes of a file to a document, with the reader of its ending."""

from __future__ import annotations

from collections.abc import Callable
from pkgutil import resolve_name
from typing import cast

from rag.readers.bounds import bound
from rag.types import Document

VERSION = 2
"""Raised with every change of a reader: what was read by another version is read once more."""

READERS = {
    ".txt": "text:read_text",
    ".text": "text:read_text",
    ".log": "text:read_text",
    ".rst": "text:read_text",
    ".tex": "text:read_text",
    ".md": "markdown:read_markdown",
    ".markdown": "markdown:read_markdown",
    ".html": "html:read_html",
    ".htm": "html:read_html",
    ".xhtml": "html:read_html",
    ".pdf": "pdf:read_pdf",
    ".docx": "docx:read_docx",
    ".odt": "odt:read_odt",
    ".rtf": "rtf:read_rtf",
    ".pptx": "pptx:read_pptx",
    ".epub": "epub:read_epub",
    ".xlsx": "spreadsheet:read_spreadsheet",
    ".xls": "spreadsheet:read_spreadsheet",
    ".ods": "spreadsheet:read_spreadsheet",
    ".csv": "delimited:read_delimited",
    ".tsv": "delimited:read_delimited",
    ".eml": "mail:read_mail",
    ".mbox": "mail:read_mailbox",
    ".json": "records:read_json",
    ".jsonl": "records:read_json_lines",
    ".ndjson": "records:read_json_lines",
    ".ipynb": "notebook:read_notebook",
    ".xml": "feed:read_feed",
    ".rss": "feed:read_feed",
    ".atom": "feed:read_feed",
    ".srt": "subtitles:read_subtitles",
    ".vtt": "subtitles:read_subtitles",
}
"""The module of this folder and its function by the ending of a file: each is imported when it is needed."""


def read(ending: str, content: bytes) -> Document:
    """The document of a file with one of the endings of `READERS`.

    Raises `DocumentError` with the reason alone if it cannot be read; it is shown beside the source.
    """
    reader = cast("Callable[[bytes], Document]", resolve_name(f"rag.readers.{READERS[ending]}"))
    return bound(reader(content))
