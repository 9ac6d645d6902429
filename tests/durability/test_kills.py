"""SIGKILL at any moment: nothing that was acknowledged is lost, nothing is there twice or by half."""

from __future__ import annotations

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rag import Document, Settings, examine
from rag.embedders import open_minilm
from tests.durability.victim import text_of
from tests.test_ingest import Counted, assembled, embed_by_hash

FIRST = 400  # documents of which there are some before anything is killed: more passages than Chroma keeps in its log
LONGEST = 1.2  # seconds after its start until a program is killed


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    with assembled(home, embed_by_hash) as assistant:
        assistant.library.catalog.keep_fact("embedder", open_minilm().embedder.fingerprint)
        assistant.ingest([Document(id=f"{number}", text=text_of(f"{number}")) for number in range(FIRST)])
    return home


def kill_after(home: Path, doing: str, first: int, seconds: float) -> list[str]:
    """What the program had said when it was killed, so many seconds after it was ready."""
    said, complaints = home.with_name("said"), home.with_name("complaints")
    command = [sys.executable, "-m", "tests.durability.victim", str(home), doing, f"{first}"]
    with (
        said.open("w") as out,
        complaints.open("w") as err,
        subprocess.Popen(command, stdout=out, stderr=err) as victim,
    ):
        end = time.monotonic() + 60
        while not said.read_text().startswith("ready\n"):
            assert victim.poll() is None, complaints.read_text()
            assert time.monotonic() < end, "it is not ready"
            time.sleep(0.01)
        time.sleep(seconds)
        victim.kill()
        victim.wait()
    told = complaints.read_text().splitlines()
    assert [
        line for line in told if "was not closed as it should be; it is made anew from the catalog" not in line
    ] == []
    return said.read_text().split()[1:]


def held(home: Path) -> set[str]:
    """The ids of the documents: each is there once, wholly, and each of its passages is found by its own vector."""
    with assembled(home, Counted(fails_at="")) as assistant:
        assistant.library.level()
        ids = [document.id for document in assistant.documents()]
        assert len(set(ids)) == len(ids)
        for id in ids:
            document = assistant.document(id)
            assert document is not None
            assert document.text == text_of(id)
        numbers = assistant.library.catalog.numbers()
        assert assistant.library.collection.numbers() == set(numbers)
        assert all(assistant.library.collection.finds(numbers, assistant.library.catalog.vectors(numbers)))
    return set(ids)


def moments(kills: int) -> list[float]:
    chance = random.Random(11)
    return [chance.uniform(0, LONGEST) for _ in range(kills)]


def test_an_ingest_that_is_killed_loses_nothing_that_it_acknowledged(home: Path, full: bool) -> None:
    wanted = {f"{number}" for number in range(FIRST)}
    first = FIRST
    for seconds in moments(100 if full else 6):
        said = kill_after(home, "ingest", first, seconds)
        present = held(home)
        wanted |= set(said)
        assert wanted <= present
        assert len(present - wanted) <= 5  # kept, and killed before it could say so
        wanted, first = present, max(map(int, present)) + 1
    assert examine(Settings(home=home, model=None)).faults == ()


def test_a_removal_that_is_killed_is_whole(home: Path, full: bool) -> None:
    before = {f"{number}" for number in range(FIRST)}
    for seconds in moments(50 if full else 4):
        said = kill_after(home, "remove", 0, seconds / 4)
        present = held(home)
        removed = {id for id in said if not id.startswith("?")}
        begun = {id[1:] for id in said if id.startswith("?")}
        assert not removed & present
        assert before - begun <= present <= before
        before = present
        if len(present) < FIRST // 2:
            with assembled(home, embed_by_hash) as assistant:
                assistant.ingest([Document(id=f"{number}", text=text_of(f"{number}")) for number in range(FIRST)])
            before = {f"{number}" for number in range(FIRST)}
    assert examine(Settings(home=home, model=None)).faults == ()


def test_a_rebuild_that_is_killed_changes_nothing(home: Path, full: bool) -> None:
    wanted = {f"{number}" for number in range(FIRST)}
    for seconds in moments(50 if full else 4):
        kill_after(home, "rebuild", 0, seconds)
        assert held(home) == wanted
    assert examine(Settings(home=home, model=None)).faults == ()
    assert len([path for path in home.iterdir() if path.name.startswith("chroma") and path.is_dir()]) == 1
