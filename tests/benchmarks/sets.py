"""The question sets beside the checkout, read from where they are; they are not part of the project."""

import json
import sys
from pathlib import Path
from typing import Any

EVAL = Path(__file__).parents[3] / "shared" / "eval"


def load_documents(name: str) -> list[dict[str, Any]]:
    return _load(name, "documents.jsonl")


def load_questions(name: str) -> list[dict[str, Any]]:
    """The open half."""
    return _load(name, "questions.open.jsonl")


def require_sets() -> None:
    if not EVAL.is_dir():
        sys.exit(f"the question sets are not here: {EVAL} is missing")


def _load(name: str, file: str) -> list[dict[str, Any]]:
    require_sets()
    with (EVAL / "data" / name / file).open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]
