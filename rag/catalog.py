"""Keep: documents, passages, vectors and a word index in one SQLite file, the truth of a library."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.database import Connection, Database, stemmed
from rag.types import Document, Passage

if TYPE_CHECKING:
    from rag.types import Vectors

TITLE_WEIGHT = 1.0
SQL_VARIABLES = 10_000  # SQLite takes 32,766


@dataclass(frozen=True, slots=True)
class Entry:
    """A document with its passages and their vectors, row by row."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Change:
    """The numbers of the passages that a change added, in the order of the entries, and of those it removed."""

    added: tuple[int, ...]
    removed: tuple[int, ...]


class Catalog:
    """The truth of a library. Every change is whole and durable when its method returns; safe to use from threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises `LibraryError` if it is damaged or of a later release."""
        self._database = Database(path)

    def close(self) -> None:
        self._database.close()

    def fact(self, name: str) -> str | None:
        """What was kept under that name, or None."""
        rows = self._database.rows("SELECT value FROM facts WHERE name = ?", [name])
        return rows[0][0] if rows else None

    def keep_fact(self, name: str, value: str) -> None:
        """Keep it in place of what was kept under that name."""
        with self._database.change() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def replace(self, entries: Sequence[Entry], *, remove: Sequence[str] = ()) -> Change:
        """Remove documents by id, then add the entries in place of those with the same ids, in one transaction."""
        gone = [*remove, *(entry.document.id for entry in entries)]
        with self._database.change() as connection:
            removed = [
                number
                for id in gone
                for (number,) in connection.execute("SELECT number FROM passages WHERE document_id = ?", [id])
            ]
            connection.executemany("DELETE FROM documents WHERE id = ?", [(id,) for id in gone])
            added = [number for entry in entries for number in _insert(connection, entry)]
        return Change(added=tuple(added), removed=tuple(removed))

    def replace_vectors(self, batches: Iterable[tuple[Sequence[int], Vectors]], *, embedder: str) -> None:
        """Put new vectors, one row a number, in place of the old, and keep their embedder's fingerprint."""
        with self._database.change() as connection:
            for numbers, vectors in batches:
                connection.executemany(
                    "UPDATE passages SET vector = ? WHERE number = ?",
                    ((_blob(vector), number) for number, vector in zip(numbers, vectors, strict=True)),
                )
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('embedder', ?)", [embedder])

    def digests(self) -> dict[str, str]:
        """The digest of every document by its id."""
        return dict(self._database.rows("SELECT id, digest FROM documents"))

    def ids_by_source(self) -> dict[str, list[str]]:
        """The ids of the documents that were read from each file; what came as a `Document` has no encoding."""
        ids: dict[str, list[str]] = {}
        for source, id in self._database.rows("SELECT source, id FROM documents WHERE encoding != '' ORDER BY rowid"):
            ids.setdefault(source, []).append(id)
        return ids

    def is_empty(self) -> bool:
        return not self._database.rows("SELECT 1 FROM passages LIMIT 1")

    def was_filled(self) -> bool:
        """Did it ever hold a passage? Their numbers are never used twice."""
        return bool(self._database.rows("SELECT 1 FROM sqlite_sequence WHERE name = 'passages' AND seq > 0"))

    def documents(self) -> list[Document]:
        """Every document, in the order they came, without its text: `text` is ""."""
        rows = self._database.rows(
            "SELECT id, title, source, date, publisher, pages, encoding FROM documents ORDER BY rowid"
        )
        return [_document(row, text="") for row in rows]

    def document(self, id: str) -> Document | None:
        """The whole document: its passages joined."""
        rows = self._database.rows(
            "SELECT id, title, source, date, publisher, pages, encoding FROM documents WHERE id = ?", [id]
        )
        if not rows:
            return None
        texts = self._database.rows('SELECT text FROM passages WHERE document_id = ? ORDER BY "start"', [id])
        return _document(rows[0], text="".join(text for (text,) in texts))

    def numbers(self) -> list[int]:
        """The numbers of all passages, rising."""
        return [int(number) for (number,) in self._database.rows("SELECT number FROM passages ORDER BY number")]

    def passages(self, numbers: Sequence[int]) -> dict[int, Passage]:
        """The passages that there are, by number."""
        rows = self._selected(
            'SELECT number, document_id, "start", "end", text, passages.title, source, date, publisher, pages, digest '
            "FROM passages JOIN documents ON documents.id = document_id WHERE number IN",
            numbers,
        )
        return {number: _passage(row) for number, *row in rows}

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """One row a number, in their order; a number that is not there has a row of zeros."""
        found: dict[int, bytes] = dict(self._selected("SELECT number, vector FROM passages WHERE number IN", numbers))
        width = next((len(blob) for blob in found.values()), 0)
        rows = b"".join(found.get(number, bytes(width)) for number in numbers)
        return np.frombuffer(rows, dtype="<f4").reshape(len(numbers), -1) if numbers else np.empty((0, 0), np.float32)

    def search_words(self, words: Sequence[str], limit: int) -> dict[int, float]:
        """BM25 by passage number of the best `limit` passages that hold any of the words, whatever their endings.

        Two numbers in a row count once more where they stand in a row: "1,216" is more than a 1 and a 216.
        """
        if not words:
            return {}
        figures = [f"{one} {then}" for one, then in pairwise(words) if one.isdecimal() and then.isdecimal()]
        rows = self._database.rows(
            "SELECT rowid, -bm25(words, ?, 1.0) FROM words WHERE words MATCH ? ORDER BY bm25(words, ?, 1.0) LIMIT ?",
            [TITLE_WEIGHT, _matching(map(stemmed, [*words, *figures])), TITLE_WEIGHT, limit],
        )
        return dict(rows)

    def rarity(self, stems: Sequence[str]) -> dict[str, float]:
        """How well each stem tells passages apart: log((n + 1) / (passages with it + 0.5)), never below 0."""
        [(total,)] = self._database.rows("SELECT count(*) FROM passages")
        counts = {
            stem: self._database.rows("SELECT count(*) FROM words WHERE words MATCH ?", [_matching([stem])])[0][0]
            for stem in stems
        }
        return {stem: max(0.0, log((total + 1) / (count + 0.5))) for stem, count in counts.items()}

    def _selected(self, query: str, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
        rows = []
        for at in range(0, len(numbers), SQL_VARIABLES):
            part = numbers[at : at + SQL_VARIABLES]
            rows += self._database.rows(f"{query} ({','.join('?' * len(part))})", part)
        return rows


def _insert(connection: Connection, entry: Entry) -> Iterator[int]:
    """Yield the new numbers of the entry's passages."""
    document = entry.document
    connection.execute(
        "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            document.id,
            document.title,
            document.source,
            document.date,
            document.publisher,
            json.dumps(document.pages),
            document.encoding,
            document.digest,
        ],
    )
    for passage, vector in zip(entry.passages, entry.vectors, strict=True):
        cursor = connection.execute(
            'INSERT INTO passages (document_id, "start", "end", title, text, vector) VALUES (?, ?, ?, ?, ?, ?)',
            [document.id, passage.start, passage.end, passage.title, passage.text, _blob(vector)],
        )
        yield int(cursor.lastrowid or 0)


def _blob(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()


def _matching(stems: Iterable[str]) -> str:
    """A query for any of the stems, each quoted: none of them is an operator."""
    return " OR ".join('"' + stem.replace('"', '""').replace("\0", " ") + '"' for stem in stems)


def _passage(row: Sequence[Any]) -> Passage:
    document_id, start, end, text, title, source, date, publisher, pages, digest = row
    return Passage(document_id, start, end, text, title, source, date, publisher, tuple(json.loads(pages)), digest)


def _document(row: Sequence[Any], *, text: str) -> Document:
    id, title, source, date, publisher, pages, encoding = row
    return Document(id, text, title, source, date, publisher, tuple(json.loads(pages)), encoding)
