"""Embed: texts, and the tokens of texts, to vectors, with the all-MiniLM-L6-v2 that comes with Pincite."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # or importing onnxruntime leaves an id here and calls home

import numpy as np
import onnxruntime
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from rag.errors import EmbedderError
from rag.types import Embedder, TokenVectors
from rag.words import is_latin

if TYPE_CHECKING:
    from tokenizers import Encoding

    from rag.types import EmbedTokens, Vectors

DATA = Path(__file__).with_name("data")
WEIGHTS = DATA / "minilm.onnx"  # made by training/build_embedder.py
WEIGHTS_SHA256 = "4790be6f6361ca734bcc71b61d6916e2644c8e30bc3ed0bae2531ce247a9a373"
VOCABULARY = DATA / "minilm-vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
DIMENSIONS = 384
MAX_TOKENS = 256  # of a text to one vector, as the model was trained; the rest of a longer text is not seen
KEPT = 64  # texts whose token vectors are kept, a third of a megabyte each: passages that are found again and again
MAX_CONTEXT = 512  # of a text to a vector each token: all that the model can read


@dataclass(frozen=True, slots=True)
class MiniLM:
    """The embedded model in its two uses."""

    embedder: Embedder
    """The mean of the token vectors, scaled to length 1."""
    embed_tokens: EmbedTokens


def open_minilm() -> MiniLM:
    """The embedded all-MiniLM-L6-v2. Raises `EmbedderError` if its weights or vocabulary are not the expected ones."""
    tokenizer = open_tokenizer()
    session = _open_session(_checked(WEIGHTS, WEIGHTS_SHA256))
    workers = ThreadPoolExecutor(max_workers=_cores(), thread_name_prefix="embed")

    def embed(texts: Sequence[str]) -> Vectors:
        rows = list(workers.map(lambda encoding: _mean(session, encoding), tokenizer.encode_batch(list(texts))))
        return np.stack(rows) if rows else np.empty((0, DIMENSIONS), dtype=np.float32)

    @lru_cache(maxsize=KEPT)
    def read(text: str) -> TokenVectors:
        return _tokens(session, tokenizer.encode(text))

    def embed_tokens(texts: Sequence[str]) -> list[TokenVectors]:
        return list(workers.map(read, texts))

    fingerprint = f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:12]}"
    embedder = Embedder(embed=embed, fingerprint=fingerprint, dimensions=DIMENSIONS, reads=is_latin)
    return MiniLM(embedder, embed_tokens)


def _checked(path: Path, sha256: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EmbedderError(
            f"the embedder's file {path.name} cannot be read ({error}); install pincite again"
        ) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise EmbedderError(
            f"the embedder's file {path.name} is not the expected one (SHA-256 {found[:12]}…); install pincite again"
        )
    return content


def open_tokenizer() -> Tokenizer:
    """BERT's uncased WordPiece, as all-MiniLM-L6-v2 was trained with it."""
    vocabulary = _checked(VOCABULARY, VOCABULARY_SHA256).decode().splitlines()
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(vocab=numbers, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(piece, numbers[piece]) for piece in ("[CLS]", "[SEP]")],
    )
    return tokenizer


def _open_session(weights: bytes) -> onnxruntime.InferenceSession:
    """One thread a run: two runs side by side beat one run on two threads by a third."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _mean(session: onnxruntime.InferenceSession, encoding: Encoding) -> Vectors:
    summed = _states(session, encoding.ids, most=MAX_TOKENS).sum(axis=0)  # the mean has the same direction
    return np.asarray(summed / np.linalg.norm(summed), dtype=np.float32)


def _tokens(session: onnxruntime.InferenceSession, encoding: Encoding) -> TokenVectors:
    """Without [CLS], [SEP] and what the vocabulary lacks: one strange sign would be as good as any other."""
    states = _states(session, encoding.ids, most=MAX_CONTEXT)[1:-1]
    places = np.array(encoding.offsets[1 : len(states) + 1], dtype=np.int64).reshape(-1, 2)
    known = np.array([token != "[UNK]" for token in encoding.tokens[1 : len(states) + 1]], dtype=bool)
    return TokenVectors(starts=places[known, 0], ends=places[known, 1], vectors=states[known])


def _states(session: onnxruntime.InferenceSession, numbers: Sequence[int], *, most: int) -> Vectors:
    """A text by itself: in a batch, the scale that its numbers are rounded to would depend on the other texts."""
    ids = np.array([numbers if len(numbers) <= most else [*numbers[: most - 1], numbers[-1]]], dtype=np.int64)
    feed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    states: Vectors = session.run(None, feed)[0][0]
    return states


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
