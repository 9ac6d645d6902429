from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from rag import LibraryError, LibraryLocked
from rag.lock import own_library

OWN = "import sys; from pathlib import Path; from rag.lock import own_library; lock = own_library(Path(sys.argv[1])); "
WAIT = OWN + "print('owned', flush=True); sys.stdin.read()"


@contextmanager
def owning(home: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that owns the library."""
    command = [sys.executable, "-c", WAIT, str(home)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "owned\n"
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_in_under_a_second_with_the_owners_number(tmp_path: Path) -> None:
    with owning(tmp_path) as owner:
        started = time.perf_counter()
        with pytest.raises(
            LibraryLocked, match=rf"{re.escape(str(tmp_path))} is in use by process {owner.pid}; stop .*PINCITE_HOME$"
        ):
            own_library(tmp_path)
        assert time.perf_counter() - started < 1


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_the_library_is_free_however_its_owner_ended(tmp_path: Path, end: signal.Signals) -> None:
    with owning(tmp_path) as owner:
        owner.send_signal(end)
        assert owner.wait(10) == -end
    own_library(tmp_path).release()


def test_the_next_owner_is_the_one_that_is_named(tmp_path: Path) -> None:
    own_library(tmp_path).release()
    with (
        owning(tmp_path) as owner,
        pytest.raises(LibraryLocked, match=rf"in use by process {owner.pid};"),
    ):
        own_library(tmp_path)


def test_a_second_owner_in_the_same_process_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    lock = own_library(tmp_path)
    with pytest.raises(
        LibraryLocked, match=r"^this program has the library .* open already; use that one, or close it$"
    ):
        own_library(tmp_path)
    lock.release()
    own_library(tmp_path).release()


def test_libraries_in_different_folders_have_different_owners(tmp_path: Path) -> None:
    with owning(tmp_path / "a"):
        own_library(tmp_path / "b").release()


def test_the_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    own_library(tmp_path / "a" / "b").release()
    assert (tmp_path / "a" / "b").is_dir()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(LibraryError, match=r"folder .*file/home cannot be used \(.*Not a directory.*PINCITE_HOME$"):
        own_library(tmp_path / "file" / "home")
    assert (tmp_path / "file").read_text() == "mine"
