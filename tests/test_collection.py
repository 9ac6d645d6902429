from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag import LibraryError
from rag.collection import BATCH, Collection, folder_indexes, open_folder

if TYPE_CHECKING:
    from rag.types import Vectors

MANY = BATCH + 200


@pytest.fixture
def collection(tmp_path: Path) -> Iterator[Collection]:
    collection = open_folder(tmp_path / "chroma")
    yield collection
    collection.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a closed collection that holds `MANY` vectors, numbered from 1."""
    folder: Path = tmp_path_factory.mktemp("filled") / "chroma"
    collection = open_folder(folder)
    collection.add(range(1, MANY + 1), vectors(MANY))
    collection.close("many")
    return folder


def vectors(count: int) -> Vectors:
    rows = np.random.default_rng(7).normal(size=(count, 8)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def nearest_by_cosine(rows: Vectors, vector: Vectors, limit: int) -> list[int]:
    return [int(row) + 1 for row in np.argsort(-(rows @ vector[0]), kind="stable")[:limit]]


def test_the_nearest_are_those_with_the_highest_cosine_best_first(collection: Collection) -> None:
    rows = vectors(50)
    collection.add(range(1, 51), rows * np.linspace(0.1, 9, 50, dtype=np.float32)[:, None])
    for row in range(5):
        asked = -rows[row : row + 1]
        assert collection.nearest(asked, 10) == nearest_by_cosine(rows, asked, 10)


def test_fewer_are_found_if_it_holds_fewer(collection: Collection) -> None:
    rows = vectors(3)
    assert collection.nearest(rows[:1], 5) == []
    collection.add([1, 2, 3], rows)
    assert sorted(collection.nearest(rows[:1], 5)) == [1, 2, 3]


def test_an_added_number_takes_the_place_of_its_old_vector(collection: Collection) -> None:
    first, second = np.eye(2, dtype=np.float32)
    collection.add([1, 2], np.stack([first, second]))
    collection.add([1, 2], np.stack([second, first]))
    assert collection.nearest(first[None], 2) == [2, 1]
    assert collection.numbers() == {1, 2}


def test_removed_vectors_are_not_found_and_numbers_that_are_not_there_do_not_matter(collection: Collection) -> None:
    rows = vectors(4)
    collection.add([1, 2, 3, 4], rows)
    collection.remove([2, 4, 99])
    collection.remove([])
    assert collection.numbers() == {1, 3}
    assert sorted(collection.nearest(rows[1:2], 4)) == [1, 3]


def test_a_cleared_collection_is_empty_and_takes_vectors_of_another_width(collection: Collection) -> None:
    collection.add([1, 2], vectors(2))
    collection.clear()
    assert collection.numbers() == set()
    collection.add([5], np.ones((1, 3), np.float32))
    assert collection.nearest(np.ones((1, 3), np.float32), 5) == [5]


def test_more_than_a_batch_is_there_after_a_restart(filled: Path) -> None:
    rows = vectors(MANY)
    collection = open_folder(filled)
    try:
        assert collection.numbers() == set(range(1, MANY + 1))
        assert [collection.nearest(rows[row : row + 1], 1) for row in (0, BATCH, MANY - 1)] == [
            [1],
            [BATCH + 1],
            [MANY],
        ]
    finally:
        collection.close("many")


def test_more_than_a_batch_is_removed(collection: Collection) -> None:
    collection.add(range(1, MANY + 1), vectors(MANY))
    collection.remove(range(2, MANY + 1))
    assert collection.numbers() == {1}


def lose_vectors(folder: Path) -> None:
    for part in folder.iterdir():
        if part.is_dir():
            shutil.rmtree(part)


def overwrite_vectors(folder: Path) -> None:
    for file in folder.glob("*/*"):
        file.write_bytes(b"no vectors" * 100)


def overwrite_database(folder: Path) -> None:
    (folder / "chroma.sqlite3").write_bytes(b"no database" * 1000)


def cut_database(folder: Path) -> None:
    content = (folder / "chroma.sqlite3").read_bytes()
    (folder / "chroma.sqlite3").write_bytes(content[: len(content) // 8])


def cut_header(folder: Path) -> None:
    [header] = folder.glob("*/header.bin")
    header.write_bytes(header.read_bytes()[:50])


def clear_links(folder: Path) -> None:
    [links] = folder.glob("*/link_lists.bin")
    links.write_bytes(bytes(links.stat().st_size))


DAMAGES = [lose_vectors, overwrite_vectors, overwrite_database, cut_database, cut_header, clear_links]


@pytest.mark.parametrize("damage", DAMAGES)
def test_what_was_damaged_is_not_opened(filled: Path, tmp_path: Path, damage: Callable[[Path], None]) -> None:
    folder = tmp_path / "chroma"
    shutil.copytree(filled, folder)
    shutil.copy(filled.with_name("chroma.seal"), tmp_path)
    damage(folder)
    with pytest.raises(LibraryError, match=r"the index .*chroma was changed or damaged \(.*\)"):
        open_folder(folder)


def test_what_was_not_closed_is_not_opened_either(filled: Path, tmp_path: Path) -> None:
    shutil.copytree(filled, tmp_path / "chroma")
    with pytest.raises(LibraryError, match=r"the index .*chroma was not closed as it should be$"):
        open_folder(tmp_path / "chroma")


def test_what_was_closed_with_a_marker_is_known_by_it_until_somebody_touches_it(filled: Path, tmp_path: Path) -> None:
    folder = tmp_path / "chroma"
    shutil.copytree(filled, folder)
    shutil.copy(filled.with_name("chroma.seal"), tmp_path)
    markers = []
    for closed_with in ("two", "three", "four"):
        collection = open_folder(folder)
        markers.append(collection.marker)
        collection.close(closed_with)
    assert markers == ["many", "two", "three"]
    (folder / "chroma.sqlite3").touch()  # as a copy is
    collection = open_folder(folder)
    assert collection.marker == "four"
    collection.close("five")
    cut_header(folder)
    with pytest.raises(LibraryError, match=r"chroma was changed or damaged \(.*header\.bin\)"):
        open_folder(folder)


def test_indexes_are_folders_beside_each_other_and_nothing_else_is_one(tmp_path: Path) -> None:
    indexes = folder_indexes(tmp_path)
    for name in ("chroma-2", "chroma"):
        indexes.open(name).close("two")
    (tmp_path / "chroma-of-mine").mkdir()
    assert indexes.names() == ["chroma", "chroma-2"]
    for name in ("chroma", "chroma"):
        indexes.drop(name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["chroma-2", "chroma-2.seal", "chroma-of-mine"]


def test_a_file_in_the_place_of_the_folder_is_told_and_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "chroma").write_text("mine")
    with pytest.raises(LibraryError, match=r"the index .*chroma cannot be opened \(.*exists.*\); `pincite doctor`"):
        open_folder(tmp_path / "chroma")
    assert (tmp_path / "chroma").read_text() == "mine"


def test_a_fault_of_chroma_is_told_in_our_words(collection: Collection) -> None:
    collection.add([1], vectors(1))
    wide = np.ones((1, 9), np.float32)
    for fails in (lambda: collection.add([2], wide), lambda: collection.nearest(wide, 1)):
        with pytest.raises(
            LibraryError, match=r"the index .*chroma failed \(.*dimension.*\); `pincite doctor` tells more"
        ):
            fails()
