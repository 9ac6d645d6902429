"""Database: opening, formats, and a word index that always fits the words of this release."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest

import rag.database
from rag import LibraryError, Settings, connect, examine
from rag.catalog import Catalog, Entry
from rag.database import SCHEMA_VERSION
from rag.types import Document, Passage, Scope

FORMAT_1 = """
DROP TRIGGER index_words;
DROP TRIGGER forget_words;
DROP TABLE words;
DROP VIEW stemmed_passages;
DELETE FROM facts WHERE name = 'words';
CREATE VIRTUAL TABLE words USING fts5 (title, text, content=passages, content_rowid=number,
    tokenize='porter unicode61 remove_diacritics 2');
CREATE TRIGGER index_words AFTER INSERT ON passages BEGIN
    INSERT INTO words (rowid, title, text) VALUES (new.number, new.title, new.text);
END;
CREATE TRIGGER forget_words AFTER DELETE ON passages BEGIN
    INSERT INTO words (words, rowid, title, text) VALUES ('delete', old.number, old.title, old.text);
END;
INSERT INTO words (words) VALUES ('rebuild');
DROP TABLE sources;
ALTER TABLE documents DROP COLUMN author;
ALTER TABLE documents DROP COLUMN sections;
ALTER TABLE documents DROP COLUMN owner;
ALTER TABLE documents DROP COLUMN added;
CREATE INDEX documents_by_source ON documents (source);
ALTER TABLE passages DROP COLUMN date;
ALTER TABLE passages DROP COLUMN author;
ALTER TABLE passages DROP COLUMN publisher;
PRAGMA user_version = 1;
"""
FORMAT_3 = """
ALTER TABLE documents DROP COLUMN owner;
ALTER TABLE documents DROP COLUMN added;
PRAGMA user_version = 3;
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


def keep(catalog: Catalog, *texts: str) -> None:
    """One document and one passage a text."""
    entries = [
        Entry(Document(id=text, text=text), [Passage(text, 0, len(text), text)], np.ones((1, 4), np.float32))
        for text in texts
    ]
    catalog.replace(entries)


def content(catalog: Catalog) -> tuple[list[Document], dict[int, Passage], bytes]:
    numbers = catalog.numbers()
    return catalog.documents(), catalog.passages(numbers), catalog.vectors(numbers).tobytes()


def test_a_file_that_another_program_writes_to_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda *arguments, **options: connect(*arguments, **options, timeout=0.1))
    with closing(Catalog(path)) as catalog, closing(connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be written \(database is locked\)"):
            keep(catalog, "a")
        other.rollback()
        keep(catalog, "a")


def alter(path: Path, script: str) -> None:
    """Change the file as another program would."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


def index_of(path: Path) -> list[tuple[str, str, int]]:
    """The terms of the word index, each with its column and the number of its passages."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, words, col)")
        return connection.execute("SELECT term, col, doc FROM terms ORDER BY term, col").fetchall()


def test_a_library_made_before_finds_all_words_and_loses_nothing(path: Path) -> None:
    with closing(Catalog(path)) as catalog:
        keep(catalog, "日本の首都は東京です。", "The U.S. objected.")
        before = content(catalog)
    alter(path, FORMAT_1)
    with closing(Catalog(path)) as catalog:
        assert content(catalog) == before
        assert [list(catalog.search_words([word], 9)) for word in ("首都", "us", "objects")] == [[1], [2], [2]]
        catalog.replace([], remove=["日本の首都は東京です。"])
        assert catalog.search_words(["首都"], 9) == {}


def test_a_library_that_knew_no_owners_is_everybodys(path: Path) -> None:
    with closing(Catalog(path)) as catalog:
        keep(catalog, "a", "b")
        before = content(catalog)
    alter(path, FORMAT_3)
    with closing(Catalog(path)) as catalog:
        assert content(catalog) == before
        assert [holding.added for holding in catalog.holdings()] == ["", ""]
        assert catalog.numbers(Scope(user="ann")) == [1, 2]
        keep(catalog, "c")
        assert catalog.holdings()[2].added


def test_a_library_of_release_0_1_opens_as_it_was_and_embeds_nothing(tmp_path: Path) -> None:
    """Written by that release: a document that was given, and one that was read from a file."""
    home, folder = tmp_path / "home", tmp_path / "documents"
    home.mkdir()
    folder.mkdir()
    with gzip.open(Path(__file__).with_name("data") / "catalog-0.1.sqlite.gz") as packed:
        (home / "catalog.sqlite").write_bytes(packed.read())
    alter(home / "catalog.sqlite", f"UPDATE documents SET source = '{folder}/visit.txt' WHERE encoding != ''")
    embedded: list[str] = []

    def note(texts: Sequence[str]) -> NoReturn:
        embedded.extend(texts)
        raise AssertionError

    with connect(Settings(home=home, model=None)) as opened:
        memo, visit = map(opened.document, (document.id for document in opened.documents()))
        assert memo == Document(
            "memo", "The bridge opened in 1932.\n\nIt cost £6 million.", "Memo", "", "1932", "City", (0, 3)
        )
        assert visit is not None
        assert [hit.passage.date for hit in opened.search("When did the bridge open?", k=1)] == ["1932"]
        assert [hit.passage.publisher for hit in opened.search("Tehran", k=1)] == ["Monitor, volume 7, issue 1"]
        (folder / "visit.txt").write_text(visit.text, encoding="utf-8")
        for _ in range(2):
            report = replace(opened, embed=note).ingest([folder, memo])
            assert (report.unchanged, report.failed) == ((str(folder / "visit.txt"), "memo"), ())
        (folder / "visit.txt").unlink()
        assert opened.ingest([folder]).removed == (str(folder / "visit.txt"),)
        assert opened.document("memo") == memo
    assert embedded == []
    assert examine(Settings(home=home, model=None)).faults == ()


def test_the_word_index_is_made_anew_where_words_are_told_otherwise(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Catalog(path)) as catalog:
        keep(catalog, "One text", "Another text")
        before = content(catalog)
    monkeypatch.setattr(rag.database, "WORDS_VERSION", "another")
    monkeypatch.setattr(rag.database, "words_of", lambda text: text.split("e"))
    with closing(Catalog(path)) as catalog:
        assert content(catalog) == before
    monkeypatch.setattr(rag.database, "words_of", lambda text: text.split("o"))
    Catalog(path).close()  # whose version is the same
    assert index_of(path) == [
        *(("anoth", "text", 1), ("on", "text", 1), ("r", "text", 1), ("t", "text", 2), ("xt", "text", 2)),
    ]


def test_an_index_that_cannot_be_made_anew_leaves_the_file_as_it_was(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Catalog(path)) as catalog:
        keep(catalog, "One text.")
    before = index_of(path)

    def fail(text: str) -> list[str]:
        raise ValueError(text)

    monkeypatch.setattr(rag.database, "WORDS_VERSION", "another")
    monkeypatch.setattr(rag.database, "words_of", fail)
    with pytest.raises(LibraryError, match=r"cannot be written \(.*\); nothing of this step was kept"):
        Catalog(path)
    assert index_of(path) == before


def test_a_change_of_the_library_leaves_the_index_that_a_new_one_would_have(path: Path, tmp_path: Path) -> None:
    with closing(Catalog(path)) as catalog:
        keep(catalog, "日本の首都", "One text.", "Café 1,216")
        keep(catalog, "日本の首都", "Another text.")
        catalog.replace([], remove=["One text."])
    with closing(Catalog(tmp_path / "other.sqlite")) as catalog:
        keep(catalog, "Café 1,216", "日本の首都", "Another text.")
    assert index_of(path) == index_of(tmp_path / "other.sqlite")


def test_a_file_of_a_later_format_is_refused_and_left_as_it_is(path: Path) -> None:
    Catalog(path).close()
    alter(path, f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    before = path.read_bytes()
    with pytest.raises(
        LibraryError, match=rf"a later release \(format {SCHEMA_VERSION + 1}, this one knows {SCHEMA_VERSION}\)"
    ):
        Catalog(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_told_and_left_as_it_is(path: Path) -> None:
    path.write_bytes(b"no database " * 1000)
    with pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be opened \(file is not a database\); restore it"):
        Catalog(path)
    assert path.read_bytes() == b"no database " * 1000


def test_a_file_whose_pages_are_damaged_is_told_when_it_is_read(path: Path) -> None:
    with closing(Catalog(path)) as catalog:
        keep(catalog, *(f"{number} " + "word " * 500 for number in range(50)))
    written = path.read_bytes()
    path.write_bytes(written[: len(written) // 2] + b"\xff" * (len(written) // 2))
    with (
        closing(Catalog(path)) as catalog,
        pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be read \(.*malformed.*\); restore it from a copy"),
    ):
        catalog.documents()
