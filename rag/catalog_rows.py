"""Keep: documents, passages and scopes to rows and conditions of the catalog's tables, and rows to them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rag.database import Connection
from rag.types import Document, Passage, Scope, Section

if TYPE_CHECKING:
    from rag.types import Vectors

DOCUMENTS = "SELECT id, title, source, date, publisher, pages, encoding, author, sections, owner FROM documents"
"""The rows that `to_document` takes."""
WITH_DOCUMENT = "JOIN documents ON documents.id = document_id"
PASSAGES = (
    'SELECT number, document_id, "start", "end", text, passages.title, source, passages.date, passages.publisher, '
    f"pages, digest, passages.author FROM passages {WITH_DOCUMENT}"
)
"""After its number, the rows that `to_passage` takes."""


def to_document(row: Sequence[Any], *, text: str) -> Document:
    id, title, source, date, publisher, pages, encoding, author, sections, owner = row
    parts = tuple(Section(*section) for section in json.loads(sections))
    return Document(id, text, title, source, date, publisher, tuple(json.loads(pages)), encoding, author, parts, owner)


def to_passage(row: Sequence[Any]) -> Passage:
    document_id, start, end, text, title, source, date, publisher, pages, digest, author = row
    pages = tuple(json.loads(pages))
    return Passage(document_id, start, end, text, title, source, date, publisher, pages, digest, author)


def select_within(scope: Scope) -> tuple[str, list[str]]:
    """A condition that the passages of the scope fulfil, and what is given to it."""
    conditions = [
        ("documents.id IN (SELECT value FROM json_each(?))", json.dumps(scope.documents) if scope.documents else None),
        (
            "passages.publisher IN (SELECT value FROM json_each(?))",
            json.dumps(scope.publishers) if scope.publishers else None,
        ),
        ("passages.date || '~' >= ?", scope.since or None),  # ~ comes after all that may follow in a date
        ("passages.date <= ? || '~'", scope.until or None),
        ("documents.owner IN ('', ?)", scope.user),
    ]
    asked = [(condition, value) for condition, value in conditions if value is not None]
    return " AND ".join(["TRUE", *(condition for condition, _ in asked)]), [value for _, value in asked]


def insert(connection: Connection, document: Document, passages: Sequence[Passage], vectors: Vectors) -> Iterator[int]:
    """Keep the document and its passages with their vectors, row by row; yields the new numbers of the passages."""
    row = {
        "id": document.id,
        "title": document.title,
        "source": document.source,
        "date": document.date,
        "publisher": document.publisher,
        "pages": json.dumps(document.pages),
        "encoding": document.encoding,
        "digest": document.digest,
        "author": document.author,
        "sections": json.dumps(list(map(astuple, document.sections))),
        "owner": document.owner,
        "added": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    connection.execute(f"INSERT INTO documents ({', '.join(row)}) VALUES (:{', :'.join(row)})", row)
    for passage, vector in zip(passages, vectors, strict=True):
        cursor = connection.execute(
            'INSERT INTO passages (document_id, "start", "end", title, text, vector, date, author, publisher) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                document.id,
                passage.start,
                passage.end,
                passage.title,
                passage.text,
                to_blob(vector),
                passage.date,
                passage.author,
                passage.publisher,
            ],
        )
        yield int(cursor.lastrowid or 0)


def to_blob(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()
