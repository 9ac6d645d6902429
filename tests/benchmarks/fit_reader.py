"""Fit the weights of the embedded answerer on the open questions, and print them with their measured error.

    python -m tests.benchmarks.fit_reader                    # squad2 clapnq scifact mtrag; some 15 minutes

Two logistic regressions. ANSWERS: does a sentence answer, among those of the hits of an answerable question? Sets with
gold sentences, every right sentence of a question weighed 1/number of them. CONFIDENCE: does the best sentence answer?
All sets alike, questions with and without an answer alike within each; ten-fold cross-validation for the error.
"""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import Document, Sentence, Settings, connect
from rag.assistant import Assistant
from rag.followups import stand_alone
from rag.headlines import is_headline
from rag.passages import split_sentences
from rag.reader import ANSWERS, CONFIDENCE, NEARLY_AS_GOOD, Features, describe
from tests.benchmarks.sets import EVAL, require_sets

require_sets()
sys.path.insert(0, str(EVAL))  # the harness is no package: found here, untyped, and only after this line
from bench_data import DataSet, Question, load_set  # type: ignore[import-not-found]  # noqa: E402
from bench_metrics import auroc, quote_is_right  # type: ignore[import-not-found]  # noqa: E402

SETS = ("squad2", "clapnq", "scifact", "mtrag")
NAMES = [field.name for field in fields(Features)]
FOLDS = 10
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Read:
    """One question's sentences: their features, and which are right."""

    answerable: bool
    features: Array
    right: NDArray[np.bool_]


@dataclass(frozen=True)
class Span:
    """A sentence in the words of the harness."""

    doc_id: str
    start: int
    end: int
    text: str


def main() -> None:
    names = sys.argv[1:] or SETS
    read = {name: read_set(load_set(EVAL / "data" / name, ("open",))) for name in names}
    answers = fit_answers([row for name in names if name != "mtrag" for row in read[name]])
    print_weights("ANSWERS", [name for name in NAMES if name in ANSWERS], answers)
    for name in names:
        print_hits(name, read[name], answers)
    fit_confidence(read, answers)


def read_set(data: DataSet) -> list[Read]:
    print(f"{data.name}: embedding and reading", file=sys.stderr)
    with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home), model=None)) as assistant:
        assistant.ingest([Document(id=d.id, title=d.title, text=d.text) for d in data.documents])
        return [read_question(assistant, question) for question in data.questions if question.answerable is not None]


def read_question(assistant: Assistant, question: Question) -> Read:
    asked = stand_alone(question.text, question.history)
    sentences = split_sentences(assistant.search(asked, assistant.passages))
    places = [at for at, sentence in enumerate(sentences) if not is_headline(sentence.text)]
    described = describe(asked, sentences, places, embed=assistant.embed, rarity=assistant.library.catalog.rarity)
    right = [bool(question.answerable) and quote_is_right(to_span(sentences[at]), question) for at in places]
    return Read(bool(question.answerable), np.array([astuple(row) for row in described]), np.array(right))


def to_span(sentence: Sentence) -> Span:
    return Span(sentence.hit.passage.document_id, sentence.start, sentence.end, sentence.text)


def fit_answers(rows: Sequence[Read]) -> Array:
    useful = [row for row in rows if row.right.any()]
    weights = np.concatenate([np.full(len(row.right), 1 / row.right.sum()) for row in useful])
    features = np.concatenate([row.features for row in useful])[:, columns(ANSWERS)]
    return fit(features, np.concatenate([row.right for row in useful]).astype(float), weights)


def fit_confidence(read: dict[str, list[Read]], answers: Array) -> None:
    names = [name for name in NAMES if name in CONFIDENCE]
    best = np.array([row.features[weigh(row, answers).argmax()] for rows in read.values() for row in rows])
    features = best[:, columns(CONFIDENCE)]
    can = np.array([row.answerable for rows in read.values() for row in rows])
    of = np.array([name for name, rows in read.items() for _ in rows])
    weights = np.ones(len(can))
    for name in read:
        for kind in (True, False):
            group = (of == name) & (can == kind)
            weights[group] = 200 / group.sum()
    fold = np.random.default_rng(0).integers(0, FOLDS, len(can))
    sure = np.empty(len(can))
    for held in range(FOLDS):
        fitted = fit(features[fold != held], can[fold != held].astype(float), weights[fold != held])
        sure[fold == held] = 1 / (1 + np.exp(-(features[fold == held] @ fitted[:-1] + fitted[-1])))
    print_weights("CONFIDENCE", names, fit(features, can.astype(float), weights))
    print(
        "\n| set | AUROC | threshold | answers what is answerable | abstains from what is not |\n|---|---|---|---|---|"
    )
    for name in read:
        mine = of == name
        for threshold in (0.25, 0.4, 0.5):
            answered, abstained = sure[mine & can] >= threshold, sure[mine & ~can] < threshold
            area = auroc(sure[mine & can], sure[mine & ~can])
            print(f"| {name} | {area:.3f} | {threshold} | {answered.mean():.2f} | {abstained.mean():.2f} |")


def fit(features: Array, right: Array, weights: Array, *, ridge: float = 1.0) -> Array:
    """Logistic regression by Newton's method on standardised features; the coefficients, the constant last."""
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9
    scaled = np.c_[(features - mean) / spread, np.ones(len(features))]
    penalty = ridge * np.eye(scaled.shape[1])
    penalty[-1, -1] = 1e-9
    found = np.zeros(scaled.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-scaled @ found))
        gradient = scaled.T @ (weights * (right - chance)) - penalty @ found
        curvature = (scaled * (weights * chance * (1 - chance))[:, None]).T @ scaled + penalty
        found += np.linalg.solve(curvature, gradient)
    return np.append(found[:-1] / spread, found[-1] - (found[:-1] * mean / spread).sum())


def columns(weights: dict[str, float]) -> list[int]:
    return [at for at, name in enumerate(NAMES) if name in weights]


def weigh(row: Read, answers: Array) -> Array:
    scores: Array = row.features[:, columns(ANSWERS)] @ answers[:-1]
    return scores


def print_weights(title: str, names: Sequence[str], weights: Array) -> None:
    pairs = [f'"{name}": {weight:.2f}' for name, weight in zip([*names, "constant"], weights, strict=True)]
    print(f"{title} = {{{', '.join(pairs)}}}")


def print_hits(name: str, rows: Sequence[Read], answers: Array) -> None:
    """Share of answerable questions with a right one among the best 1, 2 and 3 sentences, and within the margin."""
    ranked = [(row, np.argsort(-weigh(row, answers), kind="stable")) for row in rows if row.answerable]
    hits = [np.mean([row.right[best[:count]].any() for row, best in ranked]) for count in (1, 2, 3)]
    picked = [
        (row, [at for at in best[:3] if weigh(row, answers)[at] >= weigh(row, answers)[best[0]] - NEARLY_AS_GOOD])
        for row, best in ranked
    ]
    hit = np.mean([row.right[at].any() for row, at in picked])
    quotes = np.mean([len(at) for _, at in picked])
    print(
        f"{name}: best 1, 2, 3: {hits[0]:.3f}, {hits[1]:.3f}, {hits[2]:.3f}; picked: {hit:.3f} with {quotes:.2f} quotes"
    )


if __name__ == "__main__":
    main()
