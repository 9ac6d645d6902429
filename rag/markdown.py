"""Render: statements to Markdown in which the words of documents and models are only words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.types import Statement

SYNTAX = re.compile(r"([\\`*_{}\[\]<>#|~$!&])")
LINE_START = re.compile(r"^(\s*)([-+=]|\d{1,9}[.)])", re.MULTILINE)
ADDRESS = re.compile(r"(?i)\b(https?|ftp|mailto|javascript|data|www)(:|\.)")


def escape_markdown(text: str) -> str:
    """The text with every character escaped that Markdown or HTML would act on; addresses do not become links."""
    escaped = SYNTAX.sub(r"\\\1", " ".join(text.split()))
    escaped = LINE_START.sub(lambda match: match.group(1) + match.group(2)[:-1] + "\\" + match.group(2)[-1], escaped)
    return ADDRESS.sub(r"\1\\\2", escaped)


def render_statements(statements: Sequence[Statement]) -> str:
    """The statements as one paragraph with citations `[n]`; an unsupported one is marked as such."""
    return " ".join(map(_render, statements))


def _render(statement: Statement) -> str:
    citations = "".join(f"[{quote.number}]" for quote in statement.quotes)
    return f"{escape_markdown(statement.text)} {citations or '*(unsupported)*'}"
