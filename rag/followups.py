"""Follow up: a question and the turns before it to a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from rag.types import Message
from rag.words import content_words, names_of

OPENS_ON_MORE = re.compile(
    r"\s*(?:and|but|so|what about|how about|which of|why\W*$|how\W*$|when\W*$|where\W*$)\b", re.IGNORECASE
)
POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|that|this|those|these|there)\b", re.IGNORECASE
)
FEW_WORDS = 3


def plain_turns(history: Sequence[Message] | None) -> list[Message]:
    """The turns of user and assistant with their text; a content given in parts, as browsers do, is joined."""
    turns: list[Message] = []
    for turn in history or ():
        content = turn.get("content")
        parts = [content] if isinstance(content, str) else content if isinstance(content, (list, tuple)) else []
        texts = [part.get("text") if isinstance(part, Mapping) else part for part in parts]
        text = "\n".join(text for text in texts if isinstance(text, str) and text.strip())
        if text and turn.get("role") in ("user", "assistant"):
            turns.append({"role": turn["role"], "content": text})
    return turns


def stand_alone(question: str, history: Sequence[Message]) -> str:
    """The question, with the question before it if it leans on it ("And for what reason?"), and so on back.

    What cannot be encoded (half a surrogate pair) becomes "?".
    """
    earlier = [turn["content"] for turn in history if turn["role"] == "user"]
    parts = [question]
    while earlier and _leans_back(parts[-1]):
        parts.append(earlier.pop())
    return " ".join(parts).encode("utf-8", "replace").decode()


def _leans_back(question: str) -> bool:
    if OPENS_ON_MORE.match(question):
        return True
    return not names_of(question) and (
        POINTS_BACK.search(question) is not None or len(content_words(question)) < FEW_WORDS
    )
