"""Judge: a small trained encoder that tells whether sentences say what a statement says."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from rag.embedders import DATA, WordTable, cores, open_session, open_tokenizer, read_checked
from rag.types import Judge, Opinion
from rag.words import is_latin, language_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

WEIGHTS = DATA / "judge.onnx"  # made by training/build_judge.py
WEIGHTS_SHA256 = "b924329729372fe45e225579e419343e1571c1ff9c15c2ba3896cbc917fa7ea4"
LONGEST = 256
"""Tokens of a pair, as the judge was trained; sentences are cut at their end."""
KEPT = 2_000  # opinions: the same pair is weighed several times in an answer
DOUBTED = 0.0  # log-odds from which a token counts as wrong
MOST_DOUBTED = 60  # characters that are shown
MOST_DOUBTED_SHARE = 0.7  # of the statement's tokens: with more, nothing stands out


def open_judge() -> Judge:
    """The embedded judge. Raises `EmbedderError` if its weights are not the expected ones."""
    tokenizer = open_tokenizer()
    session, words = open_session(read_checked(WEIGHTS, WEIGHTS_SHA256)), WordTable()
    first, last = tokenizer.encode("").ids  # [CLS] and [SEP]
    workers = ThreadPoolExecutor(max_workers=cores(), thread_name_prefix="judge")

    @lru_cache(maxsize=KEPT)
    def weigh(question: str, statement: str, evidence: str) -> Opinion:
        asked, said, held = tokenizer.encode_batch([question, statement, evidence], add_special_tokens=False)
        before = [first, *([*asked.ids, last] if asked.ids else [])][: LONGEST // 4]
        stated = said.ids[: LONGEST // 2 - 1]
        own = [*before, *stated, last]
        ids = own + [*held.ids, last][: LONGEST - len(own)]
        kinds = [0] * len(own) + [1] * (len(ids) - len(own))
        feed = {
            "words": words.look_up(ids)[None],
            "attention_mask": np.ones((1, len(ids)), np.int64),
            "token_type_ids": np.array([kinds]),
        }
        numbers: Numbers = session.run(None, feed)[0][0]
        wrong = numbers[len(before) : len(before) + len(stated), 1]
        most = float(np.logaddexp.reduce(wrong)) if len(wrong) else 0.0
        return Opinion(float(numbers[0, 0]) - most, _find_doubted(statement, said.offsets, wrong))

    def support(statement: str, evidence: Sequence[str], /, *, question: str = "") -> list[Opinion]:
        return list(workers.map(lambda each: weigh(question, statement, each), evidence))

    return Judge(support=support, reads=_reads)


def _reads(text: str) -> bool:
    """English; a text too short to tell counts as English if its script is Latin."""
    return is_latin(text) and language_of(text) == "en"


def _find_doubted(statement: str, offsets: Sequence[tuple[int, int]], wrong: Numbers) -> str:
    """The words of the statement that speak most against it, from the first to the last of one run."""
    if not len(wrong) or wrong.max() < DOUBTED:
        return ""
    first = last = int(wrong.argmax())
    while first and wrong[first - 1] >= DOUBTED:
        first -= 1
    while last + 1 < len(wrong) and wrong[last + 1] >= DOUBTED:
        last += 1
    if last - first + 1 > MOST_DOUBTED_SHARE * len(wrong):
        return ""
    start, end = offsets[first][0], offsets[last][1]
    while start and statement[start - 1].isalnum():
        start -= 1
    while end < len(statement) and statement[end].isalnum():
        end += 1
    words = " ".join(statement[start:end].split())
    return words if len(words) <= MOST_DOUBTED else f"{words[:MOST_DOUBTED].rsplit(' ', 1)[0]} …"
