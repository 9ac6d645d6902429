"""`pincite ingest`: stopped, and with `--watch`, as a process of its own."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from rag import Document, Settings, connect

MANY = 1_000
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


def kept_now(home: Path) -> int:
    """Documents, while another process has the library."""
    try:
        with closing(sqlite3.connect(f"file:{home}/catalog.sqlite?mode=ro", uri=True)) as catalog:
            return int(catalog.execute("SELECT count(*) FROM documents").fetchone()[0])
    except sqlite3.OperationalError:  # it is being made
        return 0


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
        wait_for(log, f"added: {folder}/b.txt\n")
        (folder / "a.txt").unlink()
        wait_for(log, f"removed: {folder}/a.txt\n")
        (folder / "broken.txt").write_bytes(b"\0" * 99)
        wait_for(log, f"failed: {folder}/broken.txt: it holds binary data")
        with connect(Settings(home=home, model=None)) as other:
            (folder / "c.txt").write_text("The canal opened in 1900.", encoding="utf-8")
            wait_for(log, f"pincite: waiting: the library {home} is in use by process {os.getpid()}")
            assert [document.text for document in map(other.document, [d.id for d in other.documents()]) if document]
        wait_for(log, f"added: {folder}/c.txt\n")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(PATIENCE) == 130
    assert log.read_text(encoding="utf-8").count("failed: ") == 1
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
        until(lambda: kept_now(home) > 0, "it kept nothing")
        ingesting.send_signal(signal.SIGINT)
        assert ingesting.wait(PATIENCE) == 130
    assert "stopped; what was ingested is kept" in (tmp_path / "home.log").read_text(encoding="utf-8")
    kept = held(home)
    assert 0 < len(kept) < MANY
    with connect(Settings(home=home, model=None)) as assistant:
        report = assistant.ingest([folder / name for name in kept] + [Document(id="last", text="The end.")])
        assert (len(report.unchanged), report.added, report.failed) == (len(kept), ("last",), ())
        assert assistant.library.collection.numbers() == set(assistant.library.catalog.numbers())
