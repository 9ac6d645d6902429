"""Render: statements to Markdown in which the words of documents and models are only words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

from rag.types import Quote, Statement

SYNTAX = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
JOINERS = "\u200c\u200d"  # that Persian and the scripts of India need
LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)])", re.MULTILINE)
ADDRESS = re.compile(
    r"(?i)(?:(?<=www)|(?<=https)|(?<=http)|(?<=ftp)|(?<=mailto)|(?<=javascript)|(?<=data)|(?<=xmpp))(?=[:.])|(?=@)"
)


def visible(text: str) -> str:
    """The text on one line, without what moves a cursor, turns the direction of text, or is not seen."""
    seen = "".join(
        letter
        for letter in text
        if letter in JOINERS or unicodedata.category(letter) not in ("Cc", "Cf") or letter.isspace()
    )
    return " ".join(seen.split())


def escape_markdown(text: str) -> str:
    """The text with every character escaped that Markdown or HTML would act on; addresses do not become links.

    What moves a cursor or turns the direction of text is taken out.
    """
    escaped = SYNTAX.sub(r"\\\1", visible(text))
    escaped = LINE_START.sub(lambda match: match.group(1) + match.group(2)[:-1] + "\\" + match.group(2)[-1], escaped)
    return ADDRESS.sub(lambda _: "\\", escaped)


def render_statements(statements: Sequence[Statement]) -> str:
    """The statements as one paragraph with citations `[n]`."""
    return " ".join(render_statement(statement, cite=lambda quote: f"[{quote.number}]") for statement in statements)


def render_statement(statement: Statement, *, cite: Callable[[Quote], str]) -> str:
    """The statement with its citations; an unsupported one is marked as such.

    Words in quotation marks that no document has are struck.
    """
    citations = "".join(map(cite, statement.quotes))
    return f"{_render_text(statement)} {citations or '*(unsupported)*'}"


def _render_text(statement: Statement) -> str:
    """The text, with a line through quoted words that no document has."""
    written, at = "", 0
    for quotation in statement.quotations:
        if quotation.standing == "not found":
            struck = escape_markdown(statement.text[quotation.start : quotation.end])
            written += f"{escape_markdown(statement.text[at : quotation.start])}~~{struck}~~"
            at = quotation.end
    return written + escape_markdown(statement.text[at:])
