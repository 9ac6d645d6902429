"""A second process: refused at once, and nothing is changed; an owner that was killed is none."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from rag import Document, Settings, connect

COMMAND = [str(Path(sys.executable).with_name("pincite"))]
OWN = """
import sys, time
from pathlib import Path
from rag import Settings, connect
connect(Settings(home=Path(sys.argv[1]), model=None))
print("owned", flush=True)
time.sleep(3600)
"""
STARTS = 20


def files_of(home: Path) -> dict[str, tuple[int, int]]:
    return {
        str(path.relative_to(home)): (path.stat().st_size, path.stat().st_mtime_ns)
        for path in home.rglob("*")
        if path.is_file() and path.suffix not in (".sqlite-shm",)
    }


def test_a_second_process_is_refused_in_under_a_second_and_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    other = {**os.environ, "PINCITE_HOME": str(home), "PINCITE_MODEL": "none"}
    with connect(Settings(home=home, model=None)) as assistant:
        assistant.ingest([Document(id="a", text="The bridge opened in 1932.")])
        before, times = files_of(home), []
        for words in [["list"], ["ask", "When?"], ["ingest", str(tmp_path)], ["doctor"], ["rebuild"]] * (STARTS // 5):
            began = time.perf_counter()
            run = subprocess.run([*COMMAND, *words], env=other, capture_output=True, text=True, check=False)
            times.append(time.perf_counter() - began)
            assert (run.returncode, run.stdout) == (1, "")
            assert run.stderr == (
                f"pincite: the library {home} is in use by process {os.getpid()}; stop that process first, "
                "or choose another folder with PINCITE_HOME\n"
            )
        assert files_of(home) == before
        assert [hit.passage.document_id for hit in assistant.search("bridge")] == ["a"]
    assert sorted(times)[STARTS // 2] < 1  # of a whole program, its start included


def test_an_owner_that_was_killed_does_not_block(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with subprocess.Popen([sys.executable, "-c", OWN, str(home)], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == "owned\n"
        owner.kill()
        owner.wait()
    began = time.perf_counter()
    connect(Settings(home=home, model=None)).close()
    assert time.perf_counter() - began < 10
