"""Seal: what tells a folder that was closed as it should be from one that somebody touched."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import LibraryError
from rag.seal import break_seal, drop_seal, find_changed, set_seal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Sealed with "mine"."""
    folder = tmp_path / "index"
    (folder / "below").mkdir(parents=True)
    (folder / "a").write_bytes(b"one")
    (folder / "below" / "b").write_bytes(b"two")
    set_seal(folder, "mine")
    return folder


def test_a_seal_is_broken_once(folder: Path) -> None:
    seal = break_seal(folder)
    assert seal is not None
    assert seal.marker == "mine"
    assert break_seal(folder) is None
    assert find_changed(folder) == []


def change(folder: Path) -> None:
    (folder / "a").write_bytes(b"ONE")


def lose(folder: Path) -> None:
    (folder / "a").unlink()


def add(folder: Path) -> None:
    (folder / "a.new").write_bytes(b"")


def exchange(folder: Path) -> None:
    (folder / "a").unlink()
    (folder / "a").mkdir()


@pytest.mark.parametrize(
    ("damage", "named"), [(change, "a"), (lose, "a"), (add, "a.new"), (exchange, "a")], ids=lambda each: str(each)
)
def test_what_was_changed_is_named_and_the_seal_stays(folder: Path, damage: Callable[[Path], None], named: str) -> None:
    damage(folder)
    assert find_changed(folder) == [named]
    for _ in range(2):
        with pytest.raises(LibraryError, match=rf"the index .*index was changed or damaged \({named}\)"):
            break_seal(folder)


def test_a_copy_with_other_times_is_as_good(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy, copy_function=shutil.copyfile)
    shutil.copy(folder.with_name("index.seal"), tmp_path / "copy.seal")
    seal = break_seal(copy)
    assert seal is not None
    assert seal.marker == "mine"


def test_a_bit_that_turned_without_a_trace_is_found_by_looking_closer(folder: Path) -> None:
    before = (folder / "a").stat()
    change(folder)
    os.utime(folder / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert find_changed(folder) == ["a"]


def test_what_did_not_change_is_not_read_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal = break_seal(folder)
    read: list[str] = []
    (folder / "c").write_bytes(b"three")
    monkeypatch.setattr("hashlib.file_digest", lambda file, kind: _Digest(read, file, kind))
    set_seal(folder, "more", before=seal)
    assert read == ["c"]


class _Digest:
    def __init__(self, read: list[str], file: object, _: str) -> None:
        read.append(Path(getattr(file, "name", "")).name)

    def hexdigest(self) -> str:
        return "hash"


@pytest.mark.parametrize("written", [b"", b"{", b"[]", b'{"marker": 1}', b"\xff"])
def test_a_seal_that_cannot_be_read_is_none(folder: Path, written: bytes) -> None:
    folder.with_name("index.seal").write_bytes(written)
    assert find_changed(folder) == []
    assert break_seal(folder) is None


def test_a_folder_that_is_gone_has_no_seal(folder: Path) -> None:
    shutil.rmtree(folder)
    assert break_seal(folder) is None
    drop_seal(folder)
    assert not list(folder.parent.iterdir())
