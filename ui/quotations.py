"""Say: what became of words that a model put in quotation marks."""

from __future__ import annotations

from collections.abc import Iterator

from rag import Quotation, Statement


def split_struck(statement: Statement) -> Iterator[tuple[str, bool]]:
    """The statement's text in parts, each with whether it is quoted words that no document has."""
    at = 0
    for quotation in statement.quotations:
        if quotation.standing == "not found":
            yield statement.text[at : quotation.start], False
            yield statement.text[quotation.start : quotation.end], True
            at = quotation.end
    yield statement.text[at:], False


def list_remarks(statement: Statement) -> list[str]:
    """A sentence for each quotation that does not stand in the document that is cited."""
    return [remark for quotation in statement.quotations if (remark := _remark(statement, quotation))]


def _remark(statement: Statement, quotation: Quotation) -> str:
    written = statement.text[quotation.start : quotation.end].strip()
    if quotation.standing == "verified":
        return ""
    if quotation.words is None:
        return f"The words “{written}” were not found in your documents."
    there = " ".join(quotation.words.text.split())
    name = (quotation.words.title or quotation.words.source or quotation.words.document_id).rstrip(".")
    if quotation.standing == "misattributed":
        return f"The words “{written}” stand in another document: {name}."
    return f"The words “{written}” were not found in your documents; the nearest are “{there}” ({name})."
