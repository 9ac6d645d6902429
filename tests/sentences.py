"""Real sentences that several tests change."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from rag.passages import split_text

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_fe5675aafdfdfcf7.txt"
SQUAD = ROOT.parent / "shared" / "eval" / "data" / "squad2" / "documents.jsonl"


@cache
def seed_sentences() -> list[str]:
    return _sentences_of(SEED.read_text(encoding="utf-8"))


@cache
def squad_sentences() -> list[str]:
    if not SQUAD.exists():
        pytest.skip(f"no squad2: {SQUAD} is absent")
    lines = SQUAD.read_text(encoding="utf-8").splitlines()
    sentences = [sentence for line in lines for sentence in _sentences_of(json.loads(line)["text"])]
    return sentences[:: len(sentences) // 500][:500]


def every_sentence() -> list[str]:
    return [*seed_sentences(), *squad_sentences()]


def _sentences_of(text: str) -> list[str]:
    return [sentence.strip() for sentence in split_text(text) if sentence.strip()]
