"""Evaluate the judge of support as Pincite runs it, alone and behind the vetoes.

    python -m training.evaluate             # everything; a few minutes

- held-out passages: the four cells, close to the text or freely worded, supported or not, and the false by kind;
- the same statements without their sentences: what wording alone tells (0.5 is nothing);
- the open replies of a strong language model, beside their own quotes and beside those of another reply;
- `tests/falsified`: what rules make of the seed document and of speeches.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from rag.judge import open_judge
from rag.support import POSSIBLE, SURE, weigh_support
from rag.types import Judge, Proof
from tests.benchmarks.sets import EVAL
from tests.falsified import read_table
from training.data import Pair, load_passages, written_pairs
from training.support import area

STRONG = EVAL.parent / "judge" / "strong.open.jsonl"
Scores = NDArray[np.float64]


def held_out_pairs() -> list[Pair]:
    return [pair for passage in load_passages() if passage.held_out for pair in written_pairs(passage)]


def strong_pairs() -> list[Pair]:
    """The statements of the replies with the words that they cite, and with those of the reply after next."""
    rows = [json.loads(line) for line in STRONG.read_text(encoding="utf-8").splitlines()]
    said = [(row["question"], part) for row in rows for part in row["reply"]]
    own = [Pair(part["says"], tuple(part["cites"]), "", True, "own", "own", question) for question, part in said]
    others = [said[(at + 2) % len(said)][1]["cites"] for at in range(len(said))]
    return own + [
        Pair(pair.statement, tuple(cites), "", False, "other", "other", pair.question)
        for pair, cites in zip(own, others, strict=True)
    ]


def falsified_pairs() -> list[Pair]:
    return [Pair(row.statement, row.sentences, "", row.true, row.kind, row.kind) for row in read_table()]


def weigh(pairs: Sequence[Pair], judge: Judge, *, vetoes: bool, evidence: bool = True) -> Scores:
    """The log-odds of each pair: the judge's alone, or minus infinity where a veto says no."""
    scores = []
    for pair in pairs:
        if vetoes:
            proof = Proof(pair.evidence, pair.title, pair.title)
            [support] = weigh_support(pair.statement, [proof], judge=judge, question=pair.question)
            scores.append(support.log_odds)
        else:
            text = ". ".join(filter(None, [pair.title, " ".join(pair.evidence)])) if evidence else ""
            scores.append(judge.support(pair.statement, [text], question=pair.question)[0].log_odds)
    return np.clip(np.array(scores), -30, 30)


def print_cells(title: str, pairs: Sequence[Pair], scores: Scores) -> None:
    """A line a group: how many are surely supported, and how many are at least to be checked."""
    supported = np.array([pair.supported for pair in pairs])
    print(f"\n{title}: {len(pairs)} statements, AUROC {area(scores, supported):.3f}\n")
    print("| statements | of | supported | or to be checked |\n|---|---|---|---|")
    groups: dict[str, list[float]] = defaultdict(list)
    for pair, score in zip(pairs, scores, strict=True):
        groups[f"{'true' if pair.supported else 'false'}, {pair.cell}"].append(score)
        groups["all true" if pair.supported else "all false"].append(score)
        if not pair.supported and pair.kind not in (pair.cell, ""):
            groups[f"– {pair.kind}"].append(score)
    print_groups(sorted(groups.items(), reverse=True))


def print_groups(groups: Iterable[tuple[str, list[float]]]) -> None:
    for name, values in groups:
        found = np.array(values)
        print(f"| {name} | {len(found)} | {np.mean(found >= SURE):.3f} | {np.mean(found >= POSSIBLE):.3f} |")


def main() -> None:
    judge = open_judge()
    held = held_out_pairs()
    print_cells("Held-out passages, the judge alone", held, weigh(held, judge, vetoes=False))
    print_cells("Held-out passages, behind the vetoes", held, weigh(held, judge, vetoes=True))
    blind = weigh(held, judge, vetoes=False, evidence=False)
    print(f"\nWithout their sentences: AUROC {area(blind, np.array([pair.supported for pair in held])):.3f}")
    for title, pairs in (("Strong replies", strong_pairs()), ("tests/falsified", falsified_pairs())):
        for name, vetoes in (("the judge alone", False), ("behind the vetoes", True)):
            print_cells(f"{title}, {name}", pairs, weigh(pairs, judge, vetoes=vetoes))


if __name__ == "__main__":
    main()
