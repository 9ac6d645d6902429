"""Read notebooks: bytes to a document, Markdown as it is written, code and its results in fenced blocks."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

from rag.errors import DocumentError
from rag.readers.decoding import decode
from rag.readers.html import text_of_markup
from rag.readers.markdown import describe_markdown
from rag.types import Document

NO_NOTEBOOK = "it is no notebook (it has no cells); save it again from Jupyter, or give the file its true ending"

_TERMINAL_COLOURS = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")
_REPRESENTATION = re.compile(r"<[\w. ]+ (?:at 0x[0-9a-f]+|object.*|size .*|with \d+ Axes)>|\[?<matplotlib.*")
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_TICKS = re.compile(r"^ *(`{3,})", re.MULTILINE)


def read_notebook(content: bytes) -> Document:
    """The results of code are kept, as readers look for its tables and figures; errors and warnings are not."""
    decoded = decode(content)
    try:
        notebook = json.loads(decoded.text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise DocumentError(NO_NOTEBOOK) from error
    language = _language(notebook)
    blocks = [block for cell in _cells(notebook) for block in _blocks(cell, language)]
    text = _UNPRINTABLE.sub("\ufffd", "\n\n".join(blocks))
    document = describe_markdown(text, encoding=decoded.encoding)
    stated = _UNPRINTABLE.sub("\ufffd", _string(_member(notebook, "metadata", "title")))
    authors = _member(notebook, "metadata", "authors")
    names = [_string(_member(author, "name")) for author in authors] if isinstance(authors, list) else []
    return replace(document, title=" ".join(stated.split()) or document.title,
                   author=_UNPRINTABLE.sub("\ufffd", "; ".join(filter(None, names))) or document.author)  # fmt: skip


def _cells(notebook: object) -> list[object]:
    cells = _member(notebook, "cells")
    if cells is None and isinstance(sheets := _member(notebook, "worksheets"), list):  # notebooks before 2015
        cells = [cell for sheet in sheets for cell in _list(_member(sheet, "cells"))]
    if not isinstance(cells, list):
        raise DocumentError(NO_NOTEBOOK)
    return cells


def _blocks(cell: object, language: str) -> Iterator[str]:
    kind = _member(cell, "cell_type")
    source = _string(_member(cell, "source") or _member(cell, "input")).strip("\n")
    if kind == "code":
        if source.strip():
            yield _fenced(source, language)
        for output in _list(_member(cell, "outputs")):
            if result := _result(output):
                yield result
    elif kind == "heading":
        level = _member(cell, "level")
        yield f"{'#' * (level if isinstance(level, int) and 0 < level < 7 else 1)} {source}"
    elif source.strip():
        yield source


def _result(output: object) -> str:
    kind = _member(output, "output_type")
    if kind == "stream" and _member(output, "name") != "stderr":
        return _fenced(_plain(_string(_member(output, "text"))))
    data = _member(output, "data") or output
    if markdown := _string(_member(data, "text/markdown")):
        return markdown.strip("\n")
    plain = _plain(_string(_member(data, "text/plain") or (_member(data, "text") if kind != "stream" else "")))
    if plain and not _REPRESENTATION.fullmatch(plain):
        return _fenced(plain)
    return text_of_markup(_string(_member(data, "text/html")))


def _plain(text: str) -> str:
    return _TERMINAL_COLOURS.sub("", text).strip("\n")


def _fenced(text: str, language: str = "") -> str:
    if not text.strip():
        return ""
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in _TICKS.findall(text)), 3)
    return f"{fence}{language}\n{text}\n{fence}"


def _language(notebook: object) -> str:
    named = _member(notebook, "metadata", "language_info", "name")
    name = _string(named or _member(notebook, "metadata", "kernelspec", "language"))
    return name if name.isalnum() else "python"


def _member(value: object, *keys: str) -> object:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _string(value: object) -> str:
    """Notebooks keep long texts as lists of their lines."""
    if isinstance(value, list):
        return "".join(line for line in value if isinstance(line, str))
    return value if isinstance(value, str) else ""
