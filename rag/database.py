"""Keep: the one SQLite file under the catalog, its schema, and its changes, each of them whole."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import RLock
from typing import Any

from rag.errors import LibraryError
from rag.words import WORDS_VERSION, stem, words_of

MEGABYTE = 1_000_000
MOST_FAULTS = 5  # that are told of a kind
SCHEMA_VERSION = 4
SQLITE = b"SQLite format 3\0"
"""How every database begins."""
SOURCES = """
CREATE TABLE sources (
    source TEXT NOT NULL, content TEXT NOT NULL,
    document_id TEXT REFERENCES documents (id) ON DELETE CASCADE,  -- none: it never could be read
    reason TEXT NOT NULL
);
CREATE INDEX sources_by_name ON sources (source);
CREATE INDEX sources_by_document ON sources (document_id);
"""
TABLES = f"""
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, title TEXT NOT NULL, source TEXT NOT NULL, date TEXT, publisher TEXT NOT NULL,
    pages TEXT NOT NULL, encoding TEXT NOT NULL, digest TEXT NOT NULL, author TEXT NOT NULL, sections TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '', added TEXT NOT NULL DEFAULT ''
);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice: the collection may still hold a removed one
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    "start" INTEGER NOT NULL, "end" INTEGER NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL, vector BLOB NOT NULL,
    date TEXT, author TEXT NOT NULL, publisher TEXT NOT NULL
);
CREATE INDEX passages_by_document ON passages (document_id, "start");
{SOURCES}"""
FROM_3 = """
ALTER TABLE documents ADD COLUMN owner TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN added TEXT NOT NULL DEFAULT '';
"""
MIGRATION = f"""
ALTER TABLE documents ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN sections TEXT NOT NULL DEFAULT '[]';
DROP INDEX documents_by_source;
ALTER TABLE passages ADD COLUMN date TEXT;
ALTER TABLE passages ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE passages ADD COLUMN publisher TEXT NOT NULL DEFAULT '';
UPDATE passages SET (date, publisher) = (SELECT date, publisher FROM documents WHERE id = document_id);
{SOURCES}
INSERT INTO sources SELECT source, iif(encoding = '', '', 'unknown'), id, '' FROM documents;
{FROM_3}"""
"""From the format of release 0.1, which did not keep what a file held: the next ingest reads each once more."""
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
            raise LibraryError(
                f"{self._path} was made by a later release (format {version}, this one knows {SCHEMA_VERSION}); "
                "install the newest Pincite"
            )
        tables = {0: TABLES, 3: FROM_3, SCHEMA_VERSION: ""}.get(version, MIGRATION)
        if not tables and self._connection.execute("SELECT value FROM facts WHERE name = 'words'").fetchone() == (
            WORDS_VERSION,
        ):
            return
        with self.change() as connection:
            for statement in _statements(tables + WORD_INDEX):
                connection.execute(statement)
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('words', ?)", [WORDS_VERSION])
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def require_space(self, needed: int) -> None:
        """Raise `LibraryError` if the disk has fewer bytes left."""
        free = shutil.disk_usage(self._path.parent).free
        if free < needed:
            raise LibraryError(
                f"the disk of {self._path.parent} has {free // MEGABYTE} MB left, and {needed // MEGABYTE + 1} MB are "
                "needed; make room and start again: what was kept before is there"
            )

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
        with suppress(sqlite3.ProgrammingError):  # it was closed: then there is no transaction
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def faults(self) -> list[str]:
        """What SQLite finds wrong with the file, a few lines at most; the index of words is compared with the texts."""
        found = [str(row[0]) for row in self.rows(f"PRAGMA integrity_check({MOST_FAULTS})")]
        found += [f"a row of {row[0]} points at nothing" for row in self.rows("PRAGMA foreign_key_check")[:MOST_FAULTS]]
        try:
            self._connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
        except sqlite3.Error as error:
            found.append(f"the index of words does not fit the texts ({error})")
        return [fault for fault in found if fault != "ok"]

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with self._lock:
            try:
                return self._connection.execute(query, parameters).fetchall()
            except sqlite3.ProgrammingError as error:  # there is no other: the queries are ours
                raise LibraryError(f"the library {self._path.parent} is closed; connect to it again") from error
            except sqlite3.Error as error:
                raise LibraryError(f"{self._path} cannot be read ({error}); restore it from a copy") from error


def copy_database(source: Path, target: Path) -> None:
    """A whole copy of the file as it is now, also while another process writes to it: all of it, or none.

    Raises `LibraryError` if it cannot be read or written, or is damaged.
    """
    new = target.with_name(f"{target.name}.new")
    try:
        with source.open("rb") as file:
            if file.read(len(SQLITE)) != SQLITE:
                raise LibraryError(f"{source} holds no library; name a file that `pincite backup` wrote")
        new.touch()
        read_only = f"{source.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(read_only, uri=True)) as read, closing(sqlite3.connect(new)) as written:
            read.backup(written)
            written.execute("PRAGMA journal_mode=DELETE")
            if written.execute("PRAGMA user_version").fetchone() == (0,):
                raise LibraryError(f"{source} holds no library; name a file that `pincite backup` wrote")
            [(said,)] = written.execute("PRAGMA quick_check(1)").fetchall()
            if said != "ok":
                raise LibraryError(f"{source} is damaged ({said}); `pincite doctor` tells more")
        with new.open("rb+") as file:
            os.fsync(file.fileno())
        new.replace(target)
    except (sqlite3.Error, OSError) as error:
        raise LibraryError(
            f"{source} cannot be copied to {target} ({error}); check both, and the room there"
        ) from error
    finally:
        new.unlink(missing_ok=True)


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
