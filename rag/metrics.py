"""Measure: what became of questions to metrics. A metric is None if no question bears on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log2

import numpy as np

from rag.types import Quote

DEPTH = 10  # documents


@dataclass(frozen=True, slots=True)
class JudgedQuote:
    """A quote of an answer."""

    quote: Quote
    right: bool | None
    """Whether it shows the gold; None if there is none."""
    verbatim: bool
    """Whether it is the document's text at its offsets, read anew."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question."""

    id: str
    question: str
    answerable: bool | None
    """None: it is not judged."""
    relevant: tuple[str, ...]
    """The ids of the documents that the gold is in; empty if there is none."""
    found: tuple[str, ...] = ()
    """The ids of the documents that the search found, best first, ten at most."""
    answer: str = ""
    """The statements as plain text; empty for an abstention."""
    matches: bool | None = None
    """Whether the answer's text matches the question's pattern; None if it has none."""
    quotes: tuple[JudgedQuote, ...] = ()
    abstained: bool = False
    confidence: float | None = None
    milliseconds: float | None = None
    """Of the answer alone. Like the confidence, None for a failure."""
    failure: str = ""
    """Why there is no answer; empty if there is one."""

    @property
    def answered(self) -> bool:
        return not self.abstained and not self.failure

    @property
    def hit(self) -> bool:
        """One of the quotes at least is right."""
        return any(judged.right for judged in self.quotes)

    @property
    def right(self) -> bool | None:
        """Rightly quoted if it has gold, else rightly worded; rightly abstained from; None if it is not judged."""
        if self.answerable is None:
            return None
        if self.answerable:
            return self.hit if self.relevant else bool(self.matches)
        return self.abstained

    @property
    def problem(self) -> str:
        """What went wrong, in words; empty if nothing did. A right quote below words that do not match is a problem."""
        if self.failure:
            return f"failed: {self.failure}"
        if self.answerable is False:
            return "answered although the documents do not say" if self.answered else ""
        if not self.answerable:
            return ""
        if self.abstained:
            return "abstained"
        if self.relevant and not self.hit:
            return "wrong quote"
        return "the answer does not match" if self.matches is False else ""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Shares are means over questions in [0, 1], more is better; the definitions are those of the project's benchmarks.

    A question that failed counts as neither answered nor abstained from.
    """

    accuracy: float | None = None
    """Answerable and right, or unanswerable and abstained from."""
    quote_hit: float | None = None
    """A right quote among those of an answerable question."""
    first_quote_hit: float | None = None
    """The first quote is right."""
    hit_if_answered: float | None = None
    """`quote_hit` over the answerable questions that were answered."""
    quote_precision: float | None = None
    """Right quotes of all quotes that answerable questions were answered with."""
    verbatim: float | None = None
    """Quotes of all quotes that are the document's text at their offsets."""
    answer_right: float | None = None
    """The answer's text matches the pattern of an answerable question."""
    answered_answerable: float | None = None
    """Answerable questions that were answered, rightly or not."""
    abstain_recall: float | None = None
    """Unanswerable questions that were abstained from."""
    auroc: float | None = None
    """The chance that an answerable question has a higher confidence than an unanswerable one, ties as one half: the
    area under the ROC curve, which is the Mann-Whitney U divided by the number of pairs (Hanley & McNeil 1982)."""
    recall_at_1: float | None = None
    """The share of the relevant documents that the search puts first: with two, 0.5 at most."""
    recall_at_5: float | None = None
    """The share of them among the first five documents, each at the rank of its best passage."""
    ndcg_at_10: float | None = None
    """The sum of 1 / log2(rank + 1) over relevant documents in the first ten, divided by the best sum that is possible
    (Järvelin & Kekäläinen 2002, with gains of 0 and 1)."""
    quotes_per_answer: float | None = None
    """A mean over all questions that were answered."""
    characters_per_answer: float | None = None
    """Quoted characters, likewise."""
    ms_p50: float | None = None
    """The median of the milliseconds of an answer, abstentions among them."""
    ms_p95: float | None = None


def measure(outcomes: Sequence[Outcome]) -> Metrics:
    can = [outcome for outcome in outcomes if outcome.answerable is True]
    cannot = [outcome for outcome in outcomes if outcome.answerable is False]
    gold = [outcome for outcome in can if outcome.relevant]
    answered = [outcome for outcome in outcomes if outcome.answered]
    times = [outcome.milliseconds for outcome in outcomes if outcome.milliseconds is not None]
    return Metrics(
        accuracy=_mean(outcome.right for outcome in outcomes if outcome.right is not None),
        quote_hit=_mean(outcome.hit for outcome in gold),
        first_quote_hit=_mean(any(judged.right for judged in outcome.quotes[:1]) for outcome in gold),
        hit_if_answered=_mean(outcome.hit for outcome in gold if outcome.answered),
        quote_precision=_mean(bool(judged.right) for outcome in gold for judged in outcome.quotes),
        verbatim=_mean(judged.verbatim for outcome in outcomes for judged in outcome.quotes),
        answer_right=_mean(outcome.matches for outcome in can if outcome.matches is not None),
        answered_answerable=_mean(outcome.answered for outcome in can),
        abstain_recall=_mean(outcome.abstained for outcome in cannot),
        auroc=_auroc(_confidences(can), _confidences(cannot)),
        recall_at_1=_mean(_recall(outcome, 1) for outcome in gold),
        recall_at_5=_mean(_recall(outcome, 5) for outcome in gold),
        ndcg_at_10=_mean(_ndcg(outcome) for outcome in gold),
        quotes_per_answer=_mean(len(outcome.quotes) for outcome in answered),
        characters_per_answer=_mean(sum(len(judged.quote.text) for judged in o.quotes) for o in answered),
        ms_p50=_percentile(times, 50),
        ms_p95=_percentile(times, 95),
    )


def _recall(outcome: Outcome, k: int) -> float:
    return len(set(outcome.relevant).intersection(outcome.found[:k])) / len(outcome.relevant)


def _ndcg(outcome: Outcome) -> float:
    gains = [1 / log2(rank + 1) for rank in range(1, DEPTH + 1)]
    ranks = (rank for rank, id in enumerate(outcome.found[:DEPTH]) if id in outcome.relevant)
    return sum(gains[rank] for rank in ranks) / sum(gains[: len(outcome.relevant)])


def _confidences(outcomes: Sequence[Outcome]) -> list[float]:
    return [outcome.confidence for outcome in outcomes if outcome.confidence is not None]


def _auroc(positive: Sequence[float], negative: Sequence[float]) -> float | None:
    ordered = np.sort(negative)
    below, not_above = (np.searchsorted(ordered, positive, side=side) for side in ("left", "right"))
    return _mean((below + not_above) / 2 / len(negative)) if len(negative) else None


def _mean(values: Iterable[float]) -> float | None:
    listed = [float(value) for value in values]
    return sum(listed) / len(listed) if listed else None


def _percentile(values: Sequence[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None
