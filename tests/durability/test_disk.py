"""A full disk and writes that fail: said clearly, what was there still answers, and nothing is lost afterwards."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from rag import Assistant, Document, LibraryError, Settings, examine
from rag.embedders import open_minilm
from tests.test_ingest import assembled

if TYPE_CHECKING:
    from rag.types import Vectors

MEGABYTES = 30
MANY = 2_000  # documents: more than fit
ANSWERS = {"octopus": "The octopus has eight arms.", "bridge": "The bridge was opened in 1932."}


def embed_wide(texts: Sequence[str]) -> Vectors:
    """Vectors as long as real ones."""
    seeds = [int.from_bytes(sha256(text.encode()).digest()[:8]) for text in texts]
    rows = np.stack([np.random.default_rng(seed).normal(size=384) for seed in seeds]).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def mount(folder: Path, *options: str) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", ",".join(options), "tmpfs", folder], check=True, capture_output=True)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    try:
        mount(folder, f"size={MEGABYTES}m")
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"only root can mount a small disk ({error})")
    yield folder
    subprocess.run(["umount", "--lazy", folder], check=True)


def start(disk: Path) -> Assistant:
    assistant = assembled(disk, embed_wide)
    assistant.library.level()
    return assistant


def documents() -> list[Document]:
    return [Document(id=f"{n}", text=f"Document {n} tells of rivers and the sea. " * 25) for n in range(MANY)]


def answers(assistant: Assistant) -> dict[str, str]:
    """What the meaning of each finds first."""
    found = {}
    for word, text in ANSWERS.items():
        [number] = assistant.library.collection.nearest(embed_wide([text]), 1)
        candidates = assistant.library.find(embed_wide([text]), [word], limit=1)
        found[word] = candidates.passages[number].text
    return found


def fill(assistant: Assistant) -> str:
    """Ingest until it fails; the error."""
    with pytest.raises(LibraryError) as refused:
        assistant.ingest(documents())
    return str(refused.value)


@pytest.mark.parametrize("is_guarded", [True, False], ids=["seen before", "met while writing"])
def test_a_full_disk_is_told_and_nothing_is_lost(disk: Path, monkeypatch: pytest.MonkeyPatch, is_guarded: bool) -> None:
    monkeypatch.setattr("rag.assistant.KEEP_AT_ONCE", 50_000)
    ballast = disk / "ballast"
    ballast.write_bytes(bytes(12_000_000))
    with start(disk) as assistant:
        assistant.library.catalog.keep_fact("embedder", open_minilm().embedder.fingerprint)
        assistant.ingest([Document(id=word, text=text) for word, text in ANSWERS.items()])
        if not is_guarded:
            monkeypatch.setattr("rag.catalog.SPARE_BYTES", 0)
            monkeypatch.setattr("rag.catalog.PASSAGE_BYTES", 0)
        said = fill(assistant)
        assert ("MB are needed; make room and start again" in said) == is_guarded, said
        assert answers(assistant) == ANSWERS
        kept = {document.id for document in assistant.documents()}
        assert 100 < len(kept) < MANY
    with start(disk) as again:  # on the disk that is still full
        assert {document.id for document in again.documents()} == kept
        assert answers(again) == ANSWERS
        assert fill(again)
        ballast.unlink()
        subprocess.run(["mount", "-o", "remount,size=400m", disk], check=True)
        assert again.ingest(documents()).failed == ()
    by_id = {document.id: document.text for document in documents()} | ANSWERS
    with start(disk) as last:
        assert {document.id: getattr(last.document(document.id), "text", "") for document in last.documents()} == by_id
    assert examine(Settings(home=disk, model=None)).faults == ()


def test_a_disk_that_takes_no_more_writes_still_answers(disk: Path) -> None:
    with start(disk) as assistant:
        assistant.ingest([Document(id=word, text=text) for word, text in ANSWERS.items()])
        fill_rest(disk)
        with pytest.raises(LibraryError, match=r"has 0 MB left, and \d+ MB are needed; make room and start again"):
            assistant.ingest([Document(id="new", text="New words.")])
        assert answers(assistant) == ANSWERS
        with pytest.raises(LibraryError, match=r"cannot be written \(database or disk is full\); nothing of this step"):
            assistant.remove("bridge")
        (disk / "filler").unlink()
        assert assistant.remove("bridge")
        assert [document.id for document in assistant.documents()] == ["octopus"]


def fill_rest(disk: Path) -> None:
    with (disk / "filler").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(65_536))
        except OSError:
            return
