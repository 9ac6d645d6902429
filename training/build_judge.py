"""Write rag/data/judge.onnx: the trained judge as Pincite runs it.

python -m training.build_judge CHECKPOINT.pt
"""

import argparse
import hashlib
from pathlib import Path
from random import Random

import numpy as np
import onnx

from rag.embedders import WordTable
from training.build_embedder import ROOT
from training.data import load_passages, support_pairs
from training.graph import Array, build_encoder
from training.support import encode, open_judge

TARGET = ROOT / "rag" / "data" / "judge.onnx"
SAMPLE = 300  # pairs, of which the largest activations are taken


def sample_feeds() -> list[dict[str, Array]]:
    """Pairs such as the judge gets."""
    passages = [passage for passage in load_passages() if not passage.held_out]
    words = WordTable()
    pairs = Random(0).sample(support_pairs(passages, Random(0)), SAMPLE)
    return [
        {
            "words": words.look_up(each.ids)[None],
            "attention_mask": np.ones((1, len(each.ids)), dtype=np.int64),
            "token_type_ids": np.array([each.kinds]),
        }
        for each in encode(pairs)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    asked = parser.parse_args()
    judge = open_judge(asked.checkpoint)
    head = judge.head.weight.detach().numpy(), judge.head.bias.detach().numpy()
    onnx.save(build_encoder(judge.encoder.weights(), feeds=sample_feeds(), head=head, has_words=False), asked.out)
    content = asked.out.read_bytes()
    print(f"{asked.out.name}: {len(content):,} bytes, SHA-256 {hashlib.sha256(content).hexdigest()}")


if __name__ == "__main__":
    main()
