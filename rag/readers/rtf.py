"""Read RTF: bytes to a document of its body."""

from __future__ import annotations

import re
from collections.abc import Iterator

from striprtf.striprtf import rtf_to_text

from rag.errors import DocumentError
from rag.readers.archives import DAMAGED, other_kind
from rag.readers.blocks import Block, Kind, fold, lay_out
from rag.readers.details import find_details
from rag.readers.properties import Properties, clean_properties
from rag.types import Document

INFO_CHARACTERS = 10_000

_LINE, _BAR = "\ue000", "\ue001"
"""Private characters for what the library would make a paragraph and a cell of."""
_LINE_BREAK = re.compile(r"(\\\\)|\\(?:line|lbr\d?)(?![a-z\d-]) ?")
"""Or a backslash of the text itself."""
_LINK = re.compile(r"\\fldinst\b")
_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_CHARACTER_SET = re.compile(r"\\fcharset\d+")
_INFO = re.compile(r"\{\\(title|author)\b ?((?:[^{}\\]|\\[^\n]){0,1000})\}")
_TIME = re.compile(r"\{\\(revtim|creatim)\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})\b")


def read_rtf(content: bytes) -> Document:
    """Without page headers and footers, footnotes and text boxes."""
    content = content.lstrip()
    if not content.startswith(b"{\\rtf"):
        raise other_kind(content)
    markup, encoding = _decoded(content)
    text = lay_out(_blocks(_plain(markup, encoding)))
    about = _about(markup, encoding)
    return Document(
        text=text,
        title=about.title or find_details(text).title,
        date=about.date,
        author=about.author,
        encoding=encoding,
    )


def _decoded(content: bytes) -> tuple[str, str]:
    """The markup, most of it ASCII, and the encoding of the rest."""
    markup = content.decode("latin-1")
    page = _CODE_PAGE.search(markup[:INFO_CHARACTERS])
    encoding = f"cp{page[1]}" if page else "cp1252"
    for candidate in ("ascii", "utf-8", encoding):
        try:
            return content.decode(candidate), encoding
        except (UnicodeDecodeError, LookupError):
            continue
    return markup, encoding


def _plain(markup: str, encoding: str) -> str:
    """The words, a line a paragraph and a line a row, with "|" after each cell."""
    markup = _LINE_BREAK.sub(lambda match: match[1] or _LINE, markup.replace("|", _BAR))
    markup = _LINK.sub(r"\\fldtype", markup)  # or the library would write the address of a link after its words
    try:
        try:
            text = _library_text(markup, encoding)
        except LookupError:  # a font of a set that Python has no name for
            text = _library_text(_CHARACTER_SET.sub("", markup), "cp1252")
    except (ValueError, TypeError, LookupError, OverflowError) as error:
        raise DocumentError(DAMAGED) from error
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # it leaves pairs of surrogates apart


def _library_text(markup: str, encoding: str) -> str:
    return str(rtf_to_text(markup, encoding=encoding, errors="replace"))  # type: ignore[no-untyped-call]  # striprtf has no types


def _blocks(text: str) -> Iterator[Block]:
    for line in text.split("\n"):
        is_row = line.endswith("|")
        words = " | ".join(filter(None, map(fold, line.split("|"))))
        words = words.replace(_LINE, " " if is_row else "\n").replace(_BAR, "|")
        if words := fold(words):
            yield Block(words, Kind.ROW if is_row else Kind.PARAGRAPH)


def _about(markup: str, encoding: str) -> Properties:
    start = markup.find("{\\info")
    info = markup[start : start + INFO_CHARACTERS] if start >= 0 else ""
    said = {name: fold(_plain(f"{{\\rtf1 {value}}}", encoding)) for name, value in _INFO.findall(info)}
    times = {name: f"{year}-{int(month):02}-{int(day):02}" for name, year, month, day in _TIME.findall(info)}
    return clean_properties(
        said.get("title", ""),
        authors=[said.get("author", "")],
        dates=[times.get("revtim", ""), times.get("creatim", "")],
    )
