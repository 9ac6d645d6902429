"""Train the judge of support: does a sentence say what a statement says?

    python -m training.support OUT.pt [--epochs 5] [--start CHECKPOINT.pt] [--rate 2e-4]

The input is `[CLS] question [SEP] statement [SEP] title. sentences [SEP]`, the question where there is one. Two numbers
are read from each token: of [CLS] how much speaks for the statement as a whole, of each token of the statement how much
speaks against it there. The log-odds of support are the first less the soft maximum of the second. Of what the rules
changed one knows which tokens are wrong: that teaches the encoder to look from one text to the other, where one number
a pair does not.
"""

from __future__ import annotations

import argparse
import math
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.numpy import load_file
from torch import Tensor, nn
from torch.nn import functional

from rag.embedders import open_tokenizer
from training.build_embedder import find_weights
from training.data import Pair, load_passages, load_raw, support_pairs, written_pairs
from training.encoder import WIDTH, Encoder

LONGEST = 256  # tokens of a pair
BATCH_TOKENS = 3_000
RAW_PASSAGES = 450  # of which rules make pairs, other ones each epoch
SMOOTHING = 0.03
TOKENS = 1.0  # the weight of the tokens' loss beside the pair's
CLS, SEP = 101, 102
TOKENIZER = open_tokenizer()


class Judge(nn.Module):
    """The encoder, and two numbers a token."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        self.encoder = encoder
        self.head = nn.Linear(WIDTH, 2)
        nn.init.normal_(self.head.weight, std=0.02)
        self.head.bias.data = torch.tensor([0.0, -3.0])

    def forward(self, ids: Tensor, kinds: Tensor, mask: Tensor, stated: Tensor) -> tuple[Tensor, Tensor]:
        """The log-odds of support (batch) and of each token to be wrong (batch, length)."""
        numbers = self.head(self.encoder(ids, kinds, mask))
        wrong = numbers[..., 1]
        most = wrong.masked_fill(~stated, -30).logsumexp(dim=1)
        return numbers[:, 0, 0] - most, wrong


@dataclass(frozen=True, slots=True)
class Encoded:
    """A pair as tokens: their ids, and kind 0 for question and statement, 1 for title and sentences."""

    ids: list[int]
    kinds: list[int]
    stated: tuple[int, int]
    """The places of the statement's tokens."""
    wrong: list[float] | None
    """1 for each of these that is wrong, 0 for others; None if that is not known."""


def encode(pairs: Sequence[Pair]) -> list[Encoded]:
    parts = [
        [pair.question, pair.statement, ". ".join(filter(None, [pair.title, " ".join(pair.evidence)]))]
        for pair in pairs
    ]
    tokens = iter(TOKENIZER.encode_batch([text for texts in parts for text in texts], add_special_tokens=False))
    encoded = []
    for pair in pairs:
        question, statement, evidence = (next(tokens) for _ in range(3))
        before = [CLS, *([*question.ids, SEP] if question.ids else [])][: LONGEST // 4]
        said = statement.ids[: LONGEST // 2 - 1]
        first = [*before, *said, SEP]
        second = [*evidence.ids, SEP][: LONGEST - len(first)]
        wrong = None
        if pair.wrong is not None:
            wrong = [
                float(any(start < end_ and begin < end for begin, end in pair.wrong))
                for start, end_ in statement.offsets[: len(said)]
            ]
        kinds = [0] * len(first) + [1] * len(second)
        encoded.append(Encoded(first + second, kinds, (len(before), len(before) + len(said)), wrong))
    return encoded


def batches(encoded: Sequence[Encoded], random: Random) -> Iterator[list[int]]:
    """Places of pairs of about one length, so many that a batch has `BATCH_TOKENS`, in random order."""
    order = sorted(range(len(encoded)), key=lambda at: (len(encoded[at].ids), random.random()))
    found: list[list[int]] = [[]]
    for at in order:
        if (len(found[-1]) + 1) * len(encoded[at].ids) > BATCH_TOKENS:
            found.append([])
        found[-1].append(at)
    random.shuffle(found)
    yield from found


def collate(encoded: Sequence[Encoded]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Ids, kinds, mask, and which tokens are the statement's, each (batch, longest)."""
    shape = len(encoded), max(len(each.ids) for each in encoded)
    ids, kinds = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    mask, stated = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    for row, each in enumerate(encoded):
        length = len(each.ids)
        ids[row, :length], kinds[row, :length], mask[row, :length] = (
            torch.tensor(each.ids),
            torch.tensor(each.kinds),
            True,
        )
        stated[row, slice(*each.stated)] = True
    return ids, kinds, mask, stated


def token_loss(wrong: Tensor, encoded: Sequence[Encoded]) -> Tensor:
    """The mean loss of the tokens of which it is known whether they are wrong."""
    found = [
        functional.binary_cross_entropy_with_logits(wrong[row, slice(*each.stated)], torch.tensor(each.wrong))
        for row, each in enumerate(encoded)
        if each.wrong
    ]
    return torch.stack(found).mean() if found else torch.zeros(())


def score(judge: Judge, pairs: Sequence[Pair]) -> NDArray[np.float64]:
    """The log-odds of support of each pair."""
    judge.eval()
    encoded, scores = encode(pairs), np.zeros(len(pairs))
    with torch.no_grad():
        for batch in batches(encoded, Random(0)):
            scores[batch] = judge(*collate([encoded[at] for at in batch]))[0].numpy()
    return scores


def area(scores: NDArray[np.float64], supported: NDArray[np.bool_]) -> float:
    """The chance that a supported one scores higher than one that is not (AUROC)."""
    ranks = scores.argsort().argsort() + 1
    positive = supported.sum()
    return float((ranks[supported].sum() - positive * (positive + 1) / 2) / (positive * (~supported).sum()))


def evaluate(judge: Judge, pairs: Sequence[Pair]) -> str:
    """AUROC over all, and for the threshold 0 the share accepted in each cell and of each kind of the false."""
    scores, supported = score(judge, pairs), np.array([pair.supported for pair in pairs])
    lines = [f"AUROC {area(scores, supported):.4f}"]
    groups: dict[str, list[float]] = defaultdict(list)
    for pair, each in zip(pairs, scores, strict=True):
        groups[f"{pair.cell} {'true' if pair.supported else 'false'}"].append(each)
        if not pair.supported:
            groups[f"- {pair.kind}"].append(each)
    lines += [f"{name} {np.mean(np.array(values) > 0):.3f}" for name, values in sorted(groups.items(), reverse=True)]
    return ", ".join(lines)


def train(judge: Judge, *, epochs: float, rate: float, share: float, out: Path, seed: int) -> None:
    random = Random(seed)
    torch.manual_seed(seed)
    passages, raw = load_passages(), load_raw()
    learned = [passage for passage in passages if not passage.held_out]
    held = [pair for passage in passages if passage.held_out for pair in written_pairs(passage)]
    trained = [parameter for parameter in judge.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=rate, weight_decay=0.01, betas=(0.9, 0.98))
    whole, part = divmod(epochs, 1)
    total, step, begun = 0, 0, time.monotonic()
    for epoch in range(math.ceil(epochs)):
        pairs = support_pairs(learned, random, raw=random.sample(raw, min(RAW_PASSAGES, len(raw))), share=share)
        encoded = encode(pairs)
        plan = list(batches(encoded, random))
        plan = plan[: int(len(plan) * part)] if epoch == whole else plan
        total = total or int(len(plan) * epochs)
        judge.train()
        lost = np.zeros(2)
        for done, batch in enumerate(plan, 1):
            step += 1
            progress = step / total
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1.0, progress / 0.06, 1.05 - progress)
            target = torch.tensor([float(pairs[at].supported) for at in batch])
            target = target * (1 - 2 * SMOOTHING) + SMOOTHING
            chosen = [encoded[at] for at in batch]
            scores, wrong = judge(*collate(chosen))
            told = token_loss(wrong, chosen)
            loss = functional.binary_cross_entropy_with_logits(scores, target) + TOKENS * told
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            lost += np.array([loss.item() - TOKENS * told.item(), told.item()])
            if done % 50 == 0:
                minutes = (time.monotonic() - begun) / 60
                print(f"epoch {epoch + 1}, step {step} of {total}, loss {lost / 50}, {minutes:.1f} min", flush=True)
                lost[:] = 0
        torch.save(judge.state_dict(), out)
        print(f"epoch {epoch + 1}, {len(pairs)} pairs: {evaluate(judge, held)}", flush=True)


def open_judge(checkpoint: Path | None = None) -> Judge:
    judge = Judge(Encoder(load_file(find_weights())))
    if checkpoint:
        judge.load_state_dict(torch.load(checkpoint))
    return judge


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path)
    parser.add_argument("--epochs", type=float, default=5)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    judge = open_judge(asked.start)
    train(judge, epochs=asked.epochs, rate=asked.rate, share=asked.share, out=asked.out, seed=asked.seed)


if __name__ == "__main__":
    main()
