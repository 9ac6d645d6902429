"""`pincite ingest`: stopped, and with `--watch`, as a process of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rag import Document, Settings, connect

MANY = 3_000
PATIENCE = 30.0


@contextmanager
def pincite(home: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """The command under way; what it says on stderr is in `home.log`."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PINCITE_", "OPENAI_"))}
    with home.with_suffix(".log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-c", "from ui.terminal import main; main()", *arguments],
            env={**bare, "PINCITE_HOME": str(home), "COLUMNS": "100", "PYTHONUTF8": "1"},
            stderr=log,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def wait_for(log: Path, line: str) -> None:
    until(lambda: line in log.read_text(encoding="utf-8"), f"no {line!r}")


def until(is_so: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < end, what
        time.sleep(0.1)


def held(home: Path) -> list[str]:
    with connect(Settings(home=home, model=None)) as assistant:
        return sorted(Path(document.source).name for document in assistant.documents())


def test_watching_keeps_the_library_like_the_folder_and_lets_others_use_it_in_between(tmp_path: Path) -> None:
    home, folder, log = tmp_path / "home", tmp_path / "documents", tmp_path / "home.log"
    folder.mkdir()
    (folder / "a.txt").write_text("The bridge opened in 1932.", encoding="utf-8")
    with pincite(home, "ingest", str(folder), "--watch") as watching:
        wait_for(log, "watching; Ctrl-C ends it")
        assert held(home) == ["a.txt"]
        (folder / "b.txt").write_text("The tunnel opened in 1950.", encoding="utf-8")
        wait_for(log, "1 added, 1 unchanged")
        (folder / "a.txt").unlink()
        wait_for(log, "1 unchanged, 1 removed")
        with connect(Settings(home=home, model=None)) as other:
            (folder / "c.txt").write_text("The canal opened in 1900.", encoding="utf-8")
            wait_for(log, f"pincite: waiting: the library {home} is in use by process {os.getpid()}")
            assert [document.text for document in map(other.document, [d.id for d in other.documents()]) if document]
        wait_for(log, "\n1 added, 1 unchanged\n1 unchanged, 1 removed\n")
        until(lambda: log.read_text(encoding="utf-8").count("1 added, 1 unchanged") == 2, "the change waited in vain")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE) == 130
    assert log.read_text(encoding="utf-8").endswith(
        "stopped; what was ingested is kept, and the next time goes on from there\n"
    )
    assert held(home) == ["b.txt", "c.txt"]


def test_an_ingest_that_is_stopped_keeps_what_it_has_and_the_next_goes_on(tmp_path: Path) -> None:
    home, folder = tmp_path / "home", tmp_path / "documents"
    folder.mkdir()
    for number in range(MANY):
        (folder / f"{number:04}.txt").write_text(f"Document {number} tells of rivers. " * 20, encoding="utf-8")
    with pincite(home, "ingest", str(folder)) as ingesting:
        until(lambda: (home / "catalog.sqlite-wal").exists(), "it did not start")
        time.sleep(3)
        ingesting.send_signal(signal.SIGINT)
        assert ingesting.wait(PATIENCE) == 130
    assert "stopped; what was ingested is kept" in (tmp_path / "home.log").read_text(encoding="utf-8")
    kept = held(home)
    assert 0 < len(kept) < MANY
    with connect(Settings(home=home, model=None)) as assistant:
        report = assistant.ingest([folder / name for name in kept] + [Document(id="last", text="The end.")])
        assert (len(report.unchanged), report.added, report.failed) == (len(kept), ("last",), ())
        assert assistant.library.collection.numbers() == set(assistant.library.catalog.numbers())
