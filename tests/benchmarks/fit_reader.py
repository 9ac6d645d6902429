"""Fit the weights of the embedded answerer on the open questions, and print them with their measured error.

    python -m tests.benchmarks.fit_reader                    # squad2 clapnq scifact mtrag; some 15 minutes

ANSWERS: which of the sentences of the hits answers an answerable question? A conditional logit: the chance that the
choice falls on a right one, sets with gold sentences counting alike. CONFIDENCE: does the best sentence answer? A
logistic regression, sets counting alike, questions with and without an answer alike within each. The figures are of
ten-fold cross-validation over the questions.
"""

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag import Document, Sentence, Settings, connect
from rag.assistant import Assistant
from rag.followups import stand_alone
from rag.matching import match
from rag.passages import split_sentences
from rag.reader import ANSWERS, CONFIDENCE, Features, describe, is_heading, pick
from tests.benchmarks.sets import EVAL, require_sets

require_sets()
sys.path.insert(0, str(EVAL))  # the harness is no package: found here, untyped, and only after this line
from bench_data import DataSet, Question, load_set  # type: ignore[import-not-found]  # noqa: E402  # see above
from bench_metrics import auroc, quote_is_right  # type: ignore[import-not-found]  # noqa: E402  # see above

SETS = ("squad2", "clapnq", "scifact", "mtrag")
NAMES = [field.name for field in fields(Features)]
DOCUMENTS_ONLY = "mtrag"
"""Its gold is documents: any of their sentences counts as right, which teaches nothing about sentences."""
FOLDS = 10
STEPS, STEP, RIDGE = 2_000, 1.0, 0.005
MARGINS = (0, 0.5, 1.0, 1.5, 2.0)
MOST_QUOTES = Settings.model_fields["max_quotes"].default
THRESHOLDS = (0.25, 0.3, 0.4, 0.5)
Array = NDArray[np.float64]


@dataclass
class Read:
    """One question's sentences: their features, which are right, and the scores of weights fitted without it."""

    set: str
    answerable: bool
    features: Array
    right: NDArray[np.bool_]
    scores: Array


@dataclass(frozen=True)
class Span:
    """A sentence in the words of the harness."""

    doc_id: str
    start: int
    end: int
    text: str


def main() -> None:
    names = sys.argv[1:] or SETS
    rows = read_named(names)
    folds = score_by_folds(rows)
    print_hits(names, rows)
    print_confidence(names, rows, cross_validate(rows, folds))
    print_weights("ANSWERS", ANSWERS, fit_answers(rows))
    print_weights("CONFIDENCE", CONFIDENCE, fit_confidence(rows))


def read_named(names: Sequence[str]) -> list[Read]:
    return [row for name in names for row in read_set(load_set(EVAL / "data" / name, ("open",)))]


def score_by_folds(rows: Sequence[Read]) -> NDArray[np.int64]:
    """Give each question the scores of weights fitted without its fold; the folds."""
    folds = np.random.default_rng(0).integers(0, FOLDS, len(rows))
    for fold in range(FOLDS):
        weights = fit_answers([row for row, its in zip(rows, folds, strict=True) if its != fold])
        for row in (row for row, its in zip(rows, folds, strict=True) if its == fold):
            row.scores = row.features[:, columns(ANSWERS)] @ weights
    return folds


def read_set(data: DataSet) -> list[Read]:
    print(f"{data.name}: embedding and reading", file=sys.stderr)
    with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home), model=None)) as assistant:
        assistant.ingest([Document(id=d.id, title=d.title, text=d.text) for d in data.documents])
        asked = [question for question in data.questions if question.answerable is not None]
        read = [read_question(assistant, question, name=data.name) for question in asked]
    return [row for row in read if len(row.features)]


def read_question(assistant: Assistant, question: Question, *, name: str) -> Read:
    asked = stand_alone(question.text, question.history)
    hits = assistant.search(question.text, assistant.passages, question.history)
    passages, rarity = [hit.passage for hit in hits], assistant.library.catalog.rarity
    matches = match(asked, passages, embed_tokens=assistant.embed_tokens, rarity=rarity)
    sentences = split_sentences(hits)
    described = [
        (sentence, astuple(features))
        for sentence, features in zip(sentences, describe(asked, sentences, matches), strict=True)
        if not is_heading(sentence.text)
    ]
    right = [bool(question.answerable) and quote_is_right(to_span(sentence), question) for sentence, _ in described]
    features = np.array([row for _, row in described]).reshape(-1, len(NAMES))
    return Read(name, bool(question.answerable), features, np.array(right, dtype=bool), np.zeros(len(right)))


def to_span(sentence: Sentence) -> Span:
    return Span(sentence.hit.passage.document_id, sentence.start, sentence.end, sentence.text)


def fit_answers(rows: Sequence[Read]) -> Array:
    """The conditional logit's weights, by gradient ascent on standardised features (it has no closed form)."""
    useful = [row for row in rows if row.right.any() and row.set != DOCUMENTS_ONLY]
    features = np.concatenate([row.features for row in useful])[:, columns(ANSWERS)]
    right = np.concatenate([row.right for row in useful])
    starts = np.cumsum([0, *(len(row.right) for row in useful)])[:-1]
    own = np.repeat(np.arange(len(useful)), [len(row.right) for row in useful])
    shares = 1 / np.array([sum(other.set == row.set for other in useful) for row in useful])
    spread = features.std(axis=0)
    scaled = (features - features.mean(axis=0)) / spread
    found = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        scores = np.exp(scaled @ found - (scaled @ found).max())
        chance = scores / np.add.reduceat(scores, starts)[own]
        chance_if_right = scores * right / np.add.reduceat(scores * right, starts)[own]
        gradient = scaled.T @ (shares[own] * (chance_if_right - chance)) / shares.sum()
        found += STEP * (gradient - RIDGE * found)
    return np.asarray(found / spread)


def best_of(rows: Sequence[Read]) -> Array:
    """The features of each question's best sentence."""
    return np.array([row.features[row.scores.argmax(), columns(CONFIDENCE)] for row in rows])


def fit_confidence(rows: Sequence[Read]) -> Array:
    can = np.array([row.answerable for row in rows])
    of = np.array([row.set for row in rows])
    weights = np.ones(len(rows))
    for group in [(of == name) & (can == kind) for name in set(of) for kind in (True, False)]:
        weights[group] = 200 / max(1, group.sum())
    return fit(best_of(rows), can.astype(float), weights)


def cross_validate(rows: Sequence[Read], folds: NDArray[np.int64]) -> Array:
    """The confidence of each question, by weights fitted without it: that of the surest sentence that is quoted."""
    sure = np.empty(len(rows))
    for fold in range(FOLDS):
        fitted = fit_confidence([row for row, its in zip(rows, folds, strict=True) if its != fold])
        for at in np.flatnonzero(folds == fold):
            quoted = rows[at].features[pick(rows[at].scores, most=MOST_QUOTES)][:, columns(CONFIDENCE)]
            sure[at] = 1 / (1 + np.exp(-(quoted @ fitted[:-1] + fitted[-1]).max()))
    return sure


def print_confidence(names: Sequence[str], rows: Sequence[Read], sure: Array) -> None:
    can = np.array([row.answerable for row in rows])
    of = np.array([row.set for row in rows])
    print("\n| set | AUROC | threshold | answers what is answerable | abstains from what is not |")
    print("|---|---|---|---|---|")
    for name in names:
        mine = of == name
        area = auroc(sure[mine & can], sure[mine & ~can])
        for threshold in THRESHOLDS:
            answered, abstained = sure[mine & can] >= threshold, sure[mine & ~can] < threshold
            print(f"| {name} | {area:.3f} | {threshold} | {answered.mean():.2f} | {abstained.mean():.2f} |")


def print_hits(names: Sequence[str], rows: Sequence[Read]) -> None:
    """Share of answerable questions with a right one among the best 1, 2 and 3 sentences, and within margins."""
    print("| set | best 1, 2, 3 | " + " | ".join(f"margin {margin}" for margin in MARGINS) + " |")
    print("|---" * (2 + len(MARGINS)) + "|")
    for name in names:
        mine = [row for row in rows if row.set == name and row.answerable]
        ranked = [(row, np.argsort(-row.scores, kind="stable")[:3]) for row in mine]
        hits = [np.mean([row.right[best[:count]].any() for row, best in ranked]) for count in (1, 2, 3)]
        cells = [" ".join(f"{hit:.3f}" for hit in hits)]
        for margin in MARGINS:
            picked = [(row, pick(row.scores, most=MOST_QUOTES, margin=margin)) for row in mine]
            hit = np.mean([row.right[best].any() for row, best in picked])
            quotes = np.mean([len(best) for _, best in picked])
            precision = sum(row.right[best].sum() for row, best in picked) / sum(len(best) for _, best in picked)
            cells.append(f"{hit:.3f}, {precision:.3f}, {quotes:.2f}")
        print(f"| {name} | " + " | ".join(cells) + " |")


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


def columns(weights: Mapping[str, float]) -> list[int]:
    return [NAMES.index(name) for name in weights if name != "constant"]


def print_weights(title: str, names: Mapping[str, float], weights: Array) -> None:
    pairs = [f'"{name}": {weight:.2f}' for name, weight in zip(names, weights, strict=True)]
    print(f"{title} = {{{', '.join(pairs)}}}")


if __name__ == "__main__":
    main()
