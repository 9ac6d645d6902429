"""Keep up: what `examine`, `backup` and `restore` do to a library."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from rag import Document, Examination, Fault, LibraryError, LibraryLocked, Settings, backup, connect, examine, restore
from rag.examination import REBUILD
from rag.upkeep import REPLACED, RESTORE

DOCUMENTS = [
    Document(id="a", text="The octopus has eight arms.", title="Animals"),
    Document(id="b", text="The bridge was opened in 1932."),
    Document(id="c", text="Rivers carry sand to the sea. " * 100),
]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Of a library with `DOCUMENTS`, closed."""
    settings = Settings(home=tmp_path / "home", model=None)
    with connect(settings) as assistant:
        assistant.ingest(DOCUMENTS)
    return settings


def write(settings: Settings, statement: str) -> None:
    with closing(sqlite3.connect(settings.home / "catalog.sqlite")) as connection, connection:
        connection.create_function("stemmed", 1, str)
        connection.execute("PRAGMA trusted_schema=ON")
        connection.execute(statement)


def whats(settings: Settings) -> list[str]:
    return [fault.what for fault in examine(settings).faults]


def test_a_sound_library_has_no_fault_and_examining_changes_nothing(settings: Settings) -> None:
    told: list[tuple[int, int]] = []
    before = (settings.home / "catalog.sqlite").read_bytes()
    found = examine(settings, on_progress=lambda done, total: told.append((done, total)))
    assert found == Examination(3, found.passages, ())
    assert (told, (settings.home / "catalog.sqlite").read_bytes()) == ([(found.passages, found.passages)], before)
    with connect(settings) as assistant:
        assert assistant.library.is_level


def test_what_the_index_lacks_and_has_too_much_is_counted(settings: Settings) -> None:
    with connect(settings) as assistant:
        numbers, collection = assistant.library.catalog.numbers(), assistant.library.collection
        vectors = assistant.library.catalog.vectors(numbers)
        collection.remove(numbers[:1])
        collection.add([997, 998, 999], vectors[:3])
        collection.add(numbers[1:2], -vectors[1:2])
    assert whats(settings) == [
        "1 passages of the catalog are not in the index",
        "3 passages of the index are not in the catalog",
        "the vectors of 1 passages are not those of the catalog",
    ]
    with connect(settings, rebuild=True) as assistant:
        assistant.rebuild()
    assert whats(settings) == []


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE passages SET text = 'Changed words.' WHERE document_id = 'b'", "the index of words does not fit"),
        ("UPDATE documents SET title = 'Plants' WHERE id = 'a'", "the text of a is not what was ingested"),
        ("UPDATE passages SET \"start\" = 1 WHERE document_id = 'a'", "the text of a is not what was ingested"),
        ("INSERT INTO documents SELECT 'd', title, source, date, publisher, pages, encoding, digest, author, sections, "
         "owner, added FROM documents WHERE id = 'a'", "the text of d is not what was ingested"),
        ("UPDATE passages SET vector = zeroblob(8) WHERE document_id = 'a'", "its vectors are of 2 lengths"),
        ("INSERT INTO words (words) VALUES ('delete-all')", "the index of words does not fit the texts"),
    ],
)  # fmt: skip
def test_a_catalog_that_does_not_fit_itself_is_told(settings: Settings, statement: str, what: str) -> None:
    write(settings, statement)
    [fault] = examine(settings).faults
    assert fault.what.startswith(f"the catalog is damaged: {what}")
    assert fault.remedy == RESTORE


def test_a_catalog_with_damaged_pages_is_told(settings: Settings) -> None:
    path = settings.home / "catalog.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + np.random.default_rng(1).bytes(len(content) - 8192))
    [fault, *_] = examine(settings).faults
    assert ("damaged" in fault.what or "cannot be" in fault.what, fault.remedy) == (True, RESTORE)


def test_a_catalog_that_is_none_or_of_a_later_release_is_told(settings: Settings) -> None:
    path = settings.home / "catalog.sqlite"
    write(settings, "PRAGMA user_version = 99")
    assert "was made by a later release (format 99" in whats(settings)[0]
    path.write_bytes(b"no database" * 1000)
    assert examine(settings) == Examination(
        0,
        0,
        (
            Fault(
                f"{path} cannot be opened (file is not a database)",
                RESTORE,
            ),
        ),
    )


def test_another_embedder_is_told(settings: Settings) -> None:
    write(settings, "UPDATE facts SET value = 'another of 384' WHERE name = 'embedder'")
    [fault] = examine(settings).faults
    assert fault.what.startswith("it was made with the embedder another of 384, and the settings say all-MiniLM-L6-v2:")
    assert "PINCITE_EMBEDDING_MODEL" in fault.remedy


def test_there_must_be_a_library_that_nobody_has_open(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"^there is no library in .*; `pincite ingest PATH` makes one$"):
        examine(Settings(home=tmp_path / "none", model=None))
    assert not (tmp_path / "none").exists()
    with connect(settings), pytest.raises(LibraryLocked, match=r"this program has the library .* open already"):
        examine(settings)


def test_an_index_that_is_lost_is_told(settings: Settings) -> None:
    shutil.rmtree(settings.home / "chroma")
    (settings.home / "chroma.seal").unlink()
    assert examine(settings).faults == (Fault(f"the index {settings.home / 'chroma'} is not there", REBUILD),)
    assert not (settings.home / "chroma").exists()


def test_a_backup_is_the_whole_library_in_one_file_also_while_it_is_in_use(settings: Settings, tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "mine.backup", Settings(home=tmp_path / "elsewhere", model=None)
    with connect(settings) as assistant:
        assistant.ingest([Document(id="d", text="The tunnel was opened in 1950.")])
        backup(file, settings)
    restore(file, elsewhere)
    assert examine(elsewhere).faults == (Fault(f"the index {elsewhere.home / 'chroma'} is not there", REBUILD),)
    with connect(elsewhere) as restored:
        assert [restored.document(document.id) for document in restored.documents()][:3] == DOCUMENTS
        assert [hit.passage.document_id for hit in restored.search("tunnel", k=1)] == ["d"]
    assert examine(elsewhere).faults == ()
    with pytest.raises(LibraryError, match=r"mine.backup is there already; choose another name"):
        backup(file, settings)


def test_what_a_backup_takes_the_place_of_is_kept(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine.backup"
    backup(file, settings)
    with connect(settings) as assistant:
        assistant.ingest([replace(DOCUMENTS[0], text="It has nine.")])
    for time in (1, 2):
        assert restore(file, settings) == settings.home / REPLACED.format(time)
        with connect(settings) as assistant:
            assert assistant.document("a") == DOCUMENTS[0]
    (settings.home / "catalog.sqlite").write_bytes(b"no database" * 1000)
    kept = restore(file, settings)
    assert kept is not None
    assert kept.read_bytes() == b"no database" * 1000
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(settings.home / REPLACED.format(1), first / "catalog.sqlite")
    with connect(Settings(home=first, model=None)) as assistant:
        assert [document.text for document in [assistant.document("a")] if document] == ["It has nine."]
    assert examine(settings).faults[0].what.endswith("is not there")


@pytest.mark.parametrize("content", [b"", b"no backup" * 1000, None])
def test_what_is_no_backup_is_refused_and_the_library_stays(
    settings: Settings, tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "mine.backup"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(LibraryError, match=r"mine\.backup is no file; |cannot be copied to|holds no library"):
        restore(file, settings)
    assert sorted(path.name for path in settings.home.iterdir() if path.suffix != ".seal") == [
        "catalog.sqlite",
        "chroma",
        "lock",
        "owner",
    ]
    assert whats(settings) == []


def test_a_restore_deletes_no_folder_that_is_not_of_a_library(settings: Settings, tmp_path: Path) -> None:
    file, other = tmp_path / "mine.backup", tmp_path / "other"
    backup(file, settings)
    (other / "chroma-9").mkdir(parents=True)
    for act in (lambda: restore(file, Settings(home=other, model=None)), lambda: connect(Settings(home=other))):
        with pytest.raises(LibraryError, match=r"holds a folder 'chroma-9' and no library; choose"):
            act()
    assert (other / "chroma-9").is_dir()


def test_what_a_killed_restore_left_does_not_spoil_the_next(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine.backup"
    backup(file, settings)
    for ending in ("", "-wal", "-shm"):
        (settings.home / f"catalog.restored.sqlite{ending}").write_bytes(b"left over" * 5_000)
    restore(file, settings)
    with connect(settings) as assistant:
        assert assistant.document("a") == DOCUMENTS[0]
    assert not list(settings.home.glob("catalog.restored*"))


def test_a_backup_that_is_cut_is_refused(settings: Settings, tmp_path: Path) -> None:
    file = tmp_path / "mine.backup"
    backup(file, settings)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    with pytest.raises(LibraryError, match=r"mine\.backup (cannot be copied|is damaged)"):
        restore(file, settings)
    assert whats(settings) == []
