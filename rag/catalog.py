"""Keep: documents, passages, vectors and a word index in one SQLite file, the truth of a library."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import log
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.errors import LibraryError
from rag.types import Document, Passage

if TYPE_CHECKING:
    from rag.types import Vectors

SCHEMA_VERSION = 1
SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, date TEXT, publisher TEXT NOT NULL,
    pages TEXT NOT NULL, encoding TEXT NOT NULL, digest TEXT NOT NULL
);
CREATE INDEX documents_by_source ON documents (source);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: the collection may still hold a removed one
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id, "start");
CREATE VIRTUAL TABLE words USING fts5 (title, text, content=passages, content_rowid=number,
    tokenize='porter unicode61 remove_diacritics 2');
CREATE TRIGGER index_words AFTER INSERT ON passages BEGIN
    INSERT INTO words (rowid, title, text) VALUES (new.number, new.title, new.text);
END;
CREATE TRIGGER forget_words AFTER DELETE ON passages BEGIN
    INSERT INTO words (words, rowid, title, text) VALUES ('delete', old.number, old.title, old.text);
END;
"""
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
        """Open or create the file; raises `LibraryError` if it is damaged or of another release."""
        self._path = path
        self._lock = RLock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "recursive_triggers=ON"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._create_schema()
        except sqlite3.Error as error:
            raise LibraryError(
                f"{path} cannot be opened ({error}); restore it from a copy or start a new library"
            ) from error

    def _create_schema(self) -> None:
        [version] = self._connection.execute("PRAGMA user_version").fetchone()
        if version == SCHEMA_VERSION:
            return
        if version:
            raise LibraryError(f"{self._path} was made by another release (format {version}, not {SCHEMA_VERSION})")
        with self._change() as connection:
            for statement in _statements(SCHEMA):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is kept or nothing."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except sqlite3.Error as error:
                self._roll_back()
                raise LibraryError(
                    f"{self._path} cannot be written ({error}); nothing of this step was kept"
                ) from error
            except BaseException:  # an interrupt too must leave nothing half done
                self._roll_back()
                raise

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    def _rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, parameters).fetchall()
            except sqlite3.Error as error:
                raise LibraryError(f"{self._path} cannot be read ({error}); restore it from a copy") from error

    def fact(self, name: str) -> str | None:
        """What was kept under that name, or None."""
        rows = self._rows("SELECT value FROM facts WHERE name = ?", [name])
        return rows[0][0] if rows else None

    def keep_fact(self, name: str, value: str) -> None:
        """Keep it in place of what was kept under that name."""
        with self._change() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def replace(self, entries: Sequence[Entry], *, remove: Sequence[str] = ()) -> Change:
        """Remove documents by id, then add the entries in place of those with the same ids, in one transaction."""
        gone = [*remove, *(entry.document.id for entry in entries)]
        with self._change() as connection:
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
        with self._change() as connection:
            for numbers, vectors in batches:
                connection.executemany(
                    "UPDATE passages SET vector = ? WHERE number = ?",
                    ((_blob(vector), number) for number, vector in zip(numbers, vectors, strict=True)),
                )
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('embedder', ?)", [embedder])

    def digests(self) -> dict[str, str]:
        """The digest of every document by its id."""
        return dict(self._rows("SELECT id, digest FROM documents"))

    def ids_by_source(self) -> dict[str, list[str]]:
        """The ids of the documents that were read from each file; what came as a `Document` has no encoding."""
        ids: dict[str, list[str]] = {}
        for source, id in self._rows("SELECT source, id FROM documents WHERE encoding != '' ORDER BY rowid"):
            ids.setdefault(source, []).append(id)
        return ids

    def documents(self) -> list[Document]:
        """Every document, in the order they came, without its text: `text` is ""."""
        rows = self._rows("SELECT id, title, source, date, publisher, pages, encoding FROM documents ORDER BY rowid")
        return [_document(row, text="") for row in rows]

    def document(self, id: str) -> Document | None:
        """The whole document: its passages joined."""
        rows = self._rows(
            "SELECT id, title, source, date, publisher, pages, encoding FROM documents WHERE id = ?", [id]
        )
        if not rows:
            return None
        texts = self._rows('SELECT text FROM passages WHERE document_id = ? ORDER BY "start"', [id])
        return _document(rows[0], text="".join(text for (text,) in texts))

    def numbers(self) -> list[int]:
        """The numbers of all passages, rising."""
        return [int(number) for (number,) in self._rows("SELECT number FROM passages ORDER BY number")]

    def passages(self, numbers: Sequence[int]) -> dict[int, Passage]:
        """The passages that there are, by number."""
        rows = self._selected(
            'SELECT number, document_id, "start", "end", text, passages.title, source, date, publisher, pages '
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
        """BM25 by passage number of the best `limit` passages that hold any of the words, whatever their endings."""
        if not words:
            return {}
        rows = self._rows(
            "SELECT rowid, -bm25(words, ?, 1.0) FROM words WHERE words MATCH ? ORDER BY bm25(words, ?, 1.0) LIMIT ?",
            [TITLE_WEIGHT, _matching(words), TITLE_WEIGHT, limit],
        )
        return dict(rows)

    def rarity(self, words: Sequence[str]) -> dict[str, float]:
        """How well each word tells passages apart: log((n + 1) / (passages with it + 0.5)), never below 0."""
        [(total,)] = self._rows("SELECT count(*) FROM passages")
        counts = {
            word: self._rows("SELECT count(*) FROM words WHERE words MATCH ?", [_matching([word])])[0][0]
            for word in words
        }
        return {word: max(0.0, log((total + 1) / (count + 0.5))) for word, count in counts.items()}

    def _selected(self, query: str, numbers: Sequence[int]) -> list[tuple[Any, ...]]:
        rows = []
        for at in range(0, len(numbers), SQL_VARIABLES):
            part = numbers[at : at + SQL_VARIABLES]
            rows += self._rows(f"{query} ({','.join('?' * len(part))})", part)
        return rows


def _insert(connection: sqlite3.Connection, entry: Entry) -> Iterator[int]:
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


def _matching(words: Sequence[str]) -> str:
    """A query for any of the words, each quoted: none of them is an operator."""
    return " OR ".join('"' + word.replace('"', '""').replace("\0", " ") + '"' for word in words)


def _passage(row: Sequence[Any]) -> Passage:
    document_id, start, end, text, title, source, date, publisher, pages = row
    return Passage(document_id, start, end, text, title, source, date, publisher, tuple(json.loads(pages)))


def _document(row: Sequence[Any], *, text: str) -> Document:
    id, title, source, date, publisher, pages, encoding = row
    return Document(id, text, title, source, date, publisher, tuple(json.loads(pages)), encoding)


def _statements(script: str) -> Iterator[str]:
    """The statements of the schema; `executescript` would commit the transaction under way."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
