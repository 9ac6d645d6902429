"""Keep: the one SQLite file under the catalog, its schema, and its changes, each of them whole."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from rag.errors import LibraryError
from rag.words import WORDS_VERSION, stem, words_of

SCHEMA_VERSION = 2
TABLES = """
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
"""
WORD_INDEX = """
DROP TRIGGER IF EXISTS index_words;
DROP TRIGGER IF EXISTS forget_words;
DROP TABLE IF EXISTS words;
DROP VIEW IF EXISTS stemmed_passages;
CREATE VIEW stemmed_passages AS SELECT number, stemmed(title) AS title, stemmed(text) AS text FROM passages;
CREATE VIRTUAL TABLE words USING fts5 (title, text, content=stemmed_passages, content_rowid=number, tokenize=ascii);
CREATE TRIGGER index_words AFTER INSERT ON passages BEGIN
    INSERT INTO words (rowid, title, text) VALUES (new.number, stemmed(new.title), stemmed(new.text));
END;
CREATE TRIGGER forget_words AFTER DELETE ON passages BEGIN
    INSERT INTO words (words, rowid, title, text) VALUES ('delete', old.number, stemmed(old.title), stemmed(old.text));
END;
INSERT INTO words (words) VALUES ('rebuild');
"""
"""Made anew, from the passages, where another release or another Python would find other words in them."""
PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    "recursive_triggers=ON",
    "trusted_schema=ON",  # or triggers may not call `stemmed`
)

Connection = sqlite3.Connection


class Database:
    """The open file; safe to use from threads. What SQLite refuses is raised as `LibraryError`."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises `LibraryError` if it is damaged or of a later release."""
        self._path = path
        self._lock = RLock()
        try:
            self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._connection.create_function("stemmed", 1, stemmed, deterministic=True)
            for pragma in PRAGMAS:
                self._connection.execute(f"PRAGMA {pragma}")
            self._create_schema()
        except sqlite3.Error as error:
            raise LibraryError(
                f"{path} cannot be opened ({error}); restore it from a copy or start a new library"
            ) from error

    def _create_schema(self) -> None:
        [version] = self._connection.execute("PRAGMA user_version").fetchone()
        if version > SCHEMA_VERSION:
            raise LibraryError(f"{self._path} was made by another release (format {version}, not {SCHEMA_VERSION})")
        if version and self._connection.execute("SELECT value FROM facts WHERE name = 'words'").fetchone() == (
            WORDS_VERSION,
        ):
            return
        with self.change() as connection:
            for statement in _statements(WORD_INDEX if version else TABLES + WORD_INDEX):
                connection.execute(statement)
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('words', ?)", [WORDS_VERSION])
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def change(self) -> Iterator[Connection]:
        """One transaction: all of it is kept or nothing."""
        with self._lock:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
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

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, parameters).fetchall()
            except sqlite3.ProgrammingError as error:  # there is no other: the queries are ours
                raise LibraryError(f"the library {self._path.parent} is closed; connect to it again") from error
            except sqlite3.Error as error:
                raise LibraryError(f"{self._path} cannot be read ({error}); restore it from a copy") from error


def stemmed(text: str) -> str:
    """What the word index holds of a text: words as every step knows them, parted by spaces."""
    return " ".join(map(stem, words_of(text)))


def _statements(script: str) -> Iterator[str]:
    """The statements of the script; `executescript` would commit the transaction under way."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
