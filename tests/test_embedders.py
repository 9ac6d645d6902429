from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag import EmbedderError, embedders
from rag.embedders import open_minilm
from rag.types import Embedder

if TYPE_CHECKING:
    from rag.types import Vectors

TEXTS = [
    "",
    " \n\0",
    "a",
    "That is a happy person",
    "日本語の文。",
    "👩‍👩‍👧‍👦 cafe\u0301",
    "مرحبا بالعالم",
    "The visit was the first by a Russian defense chief since Iran’s 1979 Islamic revolution. " * 3,
    "word " * 5_000,
]


@pytest.fixture(scope="module")
def each_alone(embedder: Embedder) -> Vectors:
    """The vectors of the texts, each embedded by itself."""
    return np.concatenate([embedder.embed([text]) for text in TEXTS])


@settings(max_examples=5)
@given(order=st.permutations(range(len(TEXTS))), size=st.integers(2, len(TEXTS)))
def test_the_vector_of_a_text_does_not_depend_on_its_batch(
    order: list[int], size: int, embedder: Embedder, each_alone: Vectors
) -> None:
    rows = order[:size]
    np.testing.assert_allclose(embedder.embed([TEXTS[row] for row in rows]), each_alone[rows], rtol=0, atol=1e-5)


def test_every_vector_has_length_1(each_alone: Vectors) -> None:
    np.testing.assert_allclose(np.linalg.norm(each_alone, axis=1), np.ones(len(TEXTS)), rtol=0, atol=1e-5)


def test_vectors_have_the_promised_shape_and_type(embedder: Embedder) -> None:
    assert {n: embedder.embed(TEXTS[:n]).shape for n in (0, 1, 5)} == {n: (n, embedder.dimensions) for n in (0, 1, 5)}
    assert embedder.embed([]).dtype == embedder.embed(["a"]).dtype == np.float32


@pytest.mark.parametrize(
    ("text", "cosine"),
    [
        ("That is a happy dog", 0.69),
        ("That is a very happy person", 0.94),
        ("Today is a sunny day", 0.26),
    ],
)
def test_cosines_are_those_published_for_the_model(embedder: Embedder, text: str, cosine: float) -> None:
    first, second = embedder.embed(["That is a happy person", text])
    assert float(first @ second) == pytest.approx(cosine, abs=0.01)


def test_case_and_accents_are_not_seen(embedder: Embedder) -> None:
    first, second = embedder.embed(["Café Montréal", "cafe\u0301 montreal"])
    assert float(first @ second) == pytest.approx(1, abs=1e-5)


def test_what_looks_like_a_special_token_is_plain_text(embedder: Embedder) -> None:
    plain, marked = embedder.embed(["The end", "The [SEP] end"])
    assert float(plain @ marked) < 0.99


def test_words_beyond_what_the_model_reads_are_not_seen(embedder: Embedder) -> None:
    first, second = embedder.embed(["word " * 300 + "Tehran", "word " * 300 + "arms"])
    np.testing.assert_array_equal(first, second)


def test_threads_can_embed_at_the_same_time(embedder: Embedder, each_alone: Vectors) -> None:
    found: list[Vectors] = []
    threads = [threading.Thread(target=lambda: found.append(embedder.embed(TEXTS[:8]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    np.testing.assert_allclose(np.stack(found), np.stack([each_alone[:8]] * 4), rtol=0, atol=1e-5)


def test_the_same_files_have_the_same_fingerprint(embedder: Embedder) -> None:
    assert open_minilm().embedder.fingerprint == embedder.fingerprint == "all-MiniLM-L6-v2:4790be6f6361"


@pytest.mark.parametrize("constant", ["WEIGHTS", "VOCABULARY"])
def test_a_file_with_one_byte_changed_is_refused(
    constant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = bytearray(getattr(embedders, constant).read_bytes())
    content[len(content) // 2] ^= 1
    damaged = tmp_path / getattr(embedders, constant).name
    damaged.write_bytes(content)
    monkeypatch.setattr(embedders, constant, damaged)
    with pytest.raises(EmbedderError, match=rf"file {damaged.name} is not the expected one .*; install pincite again"):
        open_minilm()


@pytest.mark.parametrize("constant", ["WEIGHTS", "VOCABULARY"])
def test_a_lost_file_is_told_by_its_name(constant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedders, constant, tmp_path / "lost.onnx")
    with pytest.raises(EmbedderError, match=r"file lost.onnx cannot be read .*; install pincite again"):
        open_minilm()


def test_the_embedder_leaves_nothing_in_the_home_and_calls_nobody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from rag.embedders import open_minilm; open_minilm().embedder.embed(['a bridge'])"],
        env={"HOME": str(tmp_path), "PATH": "", "PYTHONPATH": os.pathsep.join(sys.path)},
        timeout=60,
        check=True,
    )
    assert (done.returncode, list(tmp_path.rglob("*"))) == (0, [])
