"""Read JSON and JSON Lines: bytes to a document of lines `key: value`, one paragraph a record."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

from rag.errors import DocumentError
from rag.readers.decoding import decode
from rag.readers.record_lines import TOO_DEEP, Line, Members, items_of, lines_of, section_of
from rag.types import Document, Section

OF_AN_ANSWER = frozenset(["question", "searched_for", "statements", "quotes", "abstained", "confidence", "hits"])


def read_json(content: bytes) -> Document:
    text, encoding = decode(content)
    try:
        value = parsed(text)
    except json.JSONDecodeError as error:
        if error.msg == "Extra data" and error.lineno > 1:  # JSON Lines under the ending of JSON
            return read_json_lines(content)
        where = f"line {error.lineno}, column {error.colno}"
        raise DocumentError(f"it is no JSON ({error.msg}: {where}); mend it, or save it again") from error
    about = value if isinstance(value, Members) else Members()
    if {key for key, _ in about} >= OF_AN_ANSWER:  # it would prove what it once said
        raise DocumentError("it is an answer of Pincite, and no source; leave it out")
    return _document(lines_of(value), about, encoding)


def read_json_lines(content: bytes) -> Document:
    """Raises DocumentError with the number of the first line that is no JSON."""
    text, encoding = decode(content)
    records: list[object] = []
    for number, line in enumerate(text.split("\n"), start=1):
        try:
            records += [parsed(line)] if line.strip() else []
        except json.JSONDecodeError as error:
            raise DocumentError(f"line {number} is no JSON ({error.msg}); mend it, or take it out") from error
    lines = (line for record in records for line in (*items_of([record], 0, with_sections=True), Line("")))
    return _document(lines, Members(), encoding)


def parsed(text: str) -> object:
    """The value, its numbers as they are written, its objects as `Members`. Raises `JSONDecodeError`."""
    try:
        return json.loads(text, object_pairs_hook=Members, parse_int=str, parse_float=str, parse_constant=str)
    except RecursionError as error:  # the parser's way to say how deep it is
        raise DocumentError(TOO_DEEP) from error


def _document(lines: Iterable[Line], about: Members, encoding: str) -> Document:
    texts: list[str] = []
    sections: list[Section] = []
    length = 0
    begun: Section | None = None
    for line in lines:
        begun = line.section or begun
        text = line.text.rstrip()
        if not text and (not texts or not texts[-1]):
            continue
        if begun and text:
            sections.append(replace(begun, start=length))
            begun = None
        texts.append(text)
        length += len(text) + 1
    described = section_of(about)
    return Document(
        text="\n".join(texts).rstrip("\n"),
        title=described.title,
        date=described.date,
        author=described.author,
        publisher=described.publisher,
        encoding=encoding,
        sections=tuple(sections),
    )
