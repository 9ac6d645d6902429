"""Damage to the index's files: all of it is found, and mended from the catalog without embedding anything."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag import Document, Settings, examine
from rag.embedders import open_minilm
from tests.test_ingest import Counted, assembled, embed_by_hash

if TYPE_CHECKING:
    from rag.types import Vectors

PASSAGES = 1_200  # Chroma writes its vectors out after a thousand
QUERIES = 100

Damage = Callable[[Path], None]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A library, closed as it should be, and what it was before its last documents came."""
    home, earlier = tmp_path_factory.mktemp("home"), tmp_path_factory.mktemp("earlier") / "home"
    documents = [Document(id=f"{number}", text=f"Passage {number}.") for number in range(PASSAGES + 50)]
    with assembled(home, embed_by_hash) as assistant:
        assistant.library.level()  # as `connect` does
        assistant.library.catalog.keep_fact("embedder", open_minilm().embedder.fingerprint)
        assistant.ingest(documents[:PASSAGES])
    shutil.copytree(home, earlier)
    with assembled(home, embed_by_hash) as assistant:
        assistant.ingest(documents[PASSAGES:])
    return home, earlier


@pytest.fixture(scope="module")
def expected(homes: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> list[list[int]]:
    copy = tmp_path_factory.mktemp("copy") / "home"
    shutil.copytree(homes[0], copy)
    return best_five(copy)


def questions() -> Vectors:
    rows = np.random.default_rng(3).normal(size=(QUERIES, 8)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def best_five(home: Path) -> list[list[int]]:
    """Of every question, with the index as it is after the start; the embedder raises at any call."""
    with assembled(home, Counted(fails_at="")) as assistant:
        assistant.library.level()
        return [assistant.library.collection.nearest(row[None], 5) for row in questions()]


def file(name: str, change: Callable[[bytes], bytes | None]) -> Damage:
    def damage(folder: Path) -> None:
        [path] = folder.rglob(name)
        changed = change(path.read_bytes())
        if changed is None:
            path.unlink()
        else:
            path.write_bytes(changed)

    return damage


def turn(at: Callable[[int], int]) -> Callable[[bytes], bytes]:
    """Turn one bit."""

    def change(content: bytes) -> bytes:
        place = at(len(content))
        return content[:place] + bytes([content[place] ^ 0x40]) + content[place + 1 :]

    return change


def noise(content: bytes) -> bytes:
    return np.random.default_rng(5).bytes(len(content))


def sql(statement: str) -> Damage:
    def damage(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "chroma.sqlite3")) as connection, connection:
            connection.execute(statement)

    return damage


def lose_segment(folder: Path) -> None:
    for part in folder.iterdir():
        if part.is_dir():
            shutil.rmtree(part)


def swap_files(folder: Path) -> None:
    [one], [other] = folder.rglob("header.bin"), folder.rglob("length.bin")
    held = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(held)


def replace_by_folder(folder: Path) -> None:
    [path] = folder.rglob("data_level0.bin")
    path.unlink()
    path.mkdir()


VECTORS, LINKS, HEADER, LENGTHS, DATABASE = (
    *("data_level0.bin", "link_lists.bin", "header.bin", "length.bin"),
    "chroma.sqlite3",
)
DAMAGES: dict[str, Damage] = {
    "vectors lost": file(VECTORS, lambda _: None),
    "vectors cut": file(VECTORS, lambda content: content[: len(content) // 2]),
    "vectors emptied": file(VECTORS, lambda _: b""),
    "vectors zeroed": file(VECTORS, lambda content: bytes(len(content))),
    "vectors noise": file(VECTORS, noise),
    "a bit of the vectors": file(VECTORS, turn(lambda length: length // 3)),
    "links lost": file(LINKS, lambda _: None),
    "links zeroed": file(LINKS, lambda content: bytes(len(content))),
    "links noise": file(LINKS, noise),
    "links grown": file(LINKS, lambda content: content + b"more" * 100),
    "header lost": file(HEADER, lambda _: None),
    "header cut": file(HEADER, lambda content: content[:50]),
    "header noise": file(HEADER, noise),
    "a bit of the header": file(HEADER, turn(lambda _: 20)),
    "lengths lost": file(LENGTHS, lambda _: None),
    "lengths zeroed": file(LENGTHS, lambda content: bytes(len(content))),
    "lengths noise": file(LENGTHS, noise),
    "files exchanged": swap_files,
    "a folder in place of a file": replace_by_folder,
    "segment lost": lose_segment,
    "database lost": file(DATABASE, lambda _: None),
    "database cut": file(DATABASE, lambda content: content[: len(content) // 8]),
    "database noise": file(DATABASE, noise),
    "database without its collection": sql("DELETE FROM collections"),
    "database without some rows": sql("DELETE FROM embeddings WHERE id % 7 = 0"),
    "database of nobody": file(DATABASE, lambda _: b"no database" * 1_000),
    "all lost": shutil.rmtree,
}


def chosen(names: Sequence[str], *, full: bool) -> Sequence[str]:
    return names if full else names[::5]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "kind" in metafunc.fixturenames:
        metafunc.parametrize("kind", chosen([*DAMAGES], full=metafunc.config.getoption("full")))


@pytest.mark.parametrize("is_sealed", [True, False], ids=["closed", "killed"])
def test_damage_is_found_and_mended_without_embedding(
    homes: tuple[Path, Path], expected: list[list[int]], tmp_path: Path, kind: str, is_sealed: bool
) -> None:
    """Without a seal, as after a crash, there is only what the index itself shows."""
    home = tmp_path / "home"
    shutil.copytree(homes[0], home)
    DAMAGES[kind](home / "chroma")
    if not is_sealed:
        (home / "chroma.seal").unlink()
    found = examine(Settings(home=home, model=None)).faults
    assert [fault.remedy for fault in found] == [
        "`pincite rebuild` makes it anew from the catalog, and embeds nothing"
    ] * len(found)
    assert found or not is_sealed
    assert best_five(home) == expected
    assert examine(Settings(home=home, model=None)).faults == ()


def test_an_index_of_an_earlier_day_is_found_and_mended(
    homes: tuple[Path, Path], expected: list[list[int]], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    shutil.copytree(homes[0], home)
    shutil.rmtree(home / "chroma")
    shutil.copytree(homes[1] / "chroma", home / "chroma")
    shutil.copy(homes[1] / "chroma.seal", home)
    assert "50 passages of the catalog are not in the index" in [
        fault.what for fault in examine(Settings(home=home, model=None)).faults
    ]
    assert best_five(home) == expected


def test_a_library_without_damage_has_no_fault_and_a_copy_of_it_neither(
    homes: tuple[Path, Path], tmp_path: Path
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(homes[0], copy, copy_function=shutil.copyfile)  # other times of the last change
    for home in (*homes, copy):
        assert examine(Settings(home=home, model=None)).faults == ()
    with assembled(copy, embed_by_hash) as assistant:
        assert assistant.library.is_level
