"""Measure: each metric of a few questions, worked out by hand."""

from __future__ import annotations

from dataclasses import fields, replace
from math import log2

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import JudgedQuote, Metrics, Outcome, Quote
from rag.metrics import measure


def judged(*, right: bool | None, length: int = 10, verbatim: bool = True) -> JudgedQuote:
    return JudgedQuote(Quote(number=1, document_id="d", start=0, end=length, text="x" * length), right, verbatim)


RIGHT, WRONG = judged(right=True), judged(right=False, length=30)
ASKED = Outcome(id="q", question="Q?", answerable=True, relevant=("d",), found=("d",))
BOTH = replace(ASKED, quotes=(RIGHT, WRONG), confidence=0.9, matches=True, milliseconds=10.0)
SECOND = replace(ASKED, quotes=(WRONG, RIGHT), confidence=0.4, matches=False, milliseconds=20.0)
NONE_RIGHT = replace(ASKED, quotes=(WRONG,), confidence=0.3, milliseconds=30.0)
SILENT = replace(ASKED, abstained=True, confidence=0.2, milliseconds=40.0)
FAILED = replace(ASKED, failure="the server is down")
WORDED = replace(ASKED, relevant=(), quotes=(judged(right=None),), confidence=0.8, matches=True, milliseconds=50.0)
REFUSED = replace(ASKED, answerable=False, relevant=(), abstained=True, confidence=0.1, milliseconds=60.0)
INVENTED = replace(REFUSED, abstained=False, confidence=0.4, quotes=(judged(right=None, length=50, verbatim=False),))
UNJUDGED = replace(ASKED, answerable=None, quotes=(judged(right=False, length=20),), confidence=0.7, milliseconds=70.0)
ALL = (BOTH, SECOND, NONE_RIGHT, SILENT, FAILED, WORDED, REFUSED, INVENTED, UNJUDGED)

RETRIEVED = (
    replace(ASKED, relevant=("a",), found=("a", "b")),
    replace(ASKED, relevant=("a", "b"), found=("b", "c", "a")),
    replace(ASKED, relevant=("a",), found=("b", "c", "d", "e", "f", "a")),
    replace(ASKED, relevant=("a",), found=("b",)),
    replace(ASKED, relevant=("a",), found=(*"bcdefghijk", "a")),  # the 11th
    replace(ASKED, relevant=("a",), found=("a",), answerable=None),  # not judged
)


def test_each_metric_of_answers_is_what_it_is_by_hand() -> None:
    metrics = measure(ALL)
    assert replace(metrics, recall_at_1=None, recall_at_5=None, ndcg_at_10=None) == Metrics(
        accuracy=4 / 8,  # both, second, worded, refused; not: none right, silent, failed, invented
        quote_hit=2 / 5,  # of both, second, none right, silent, failed
        first_quote_hit=1 / 5,
        hit_if_answered=2 / 3,
        quote_precision=2 / 5,
        verbatim=7 / 8,
        answer_right=2 / 3,  # of both, second, worded
        answered_answerable=4 / 6,
        abstain_recall=1 / 2,
        auroc=(5 + 2.5) / 10,  # of 0.9 0.8 0.4 0.3 0.2 all are above 0.1; two, and a tie, above 0.4
        quotes_per_answer=8 / 6,
        characters_per_answer=(40 + 40 + 30 + 10 + 50 + 20) / 6,
        ms_p50=45.0,
        ms_p95=66.5,
    )


def test_each_metric_of_the_search_is_what_it_is_by_hand() -> None:
    metrics = measure(RETRIEVED)
    found = (metrics.recall_at_1, metrics.recall_at_5, metrics.ndcg_at_10)
    two = (1 + 1 / log2(4)) / (1 + 1 / log2(3))  # found first and third, best are first and second
    assert found == pytest.approx(((1 + 0.5) / 5, (1 + 1) / 5, (1 + two + 1 / log2(7)) / 5))


def test_a_failure_counts_as_neither_answered_nor_abstained_from() -> None:
    failed = replace(REFUSED, abstained=False, confidence=None, milliseconds=None, failure="down")
    metrics = measure([FAILED, failed])
    assert metrics == Metrics(
        accuracy=0.0,
        quote_hit=0.0,
        first_quote_hit=0.0,
        answered_answerable=0.0,
        abstain_recall=0.0,
        recall_at_1=1.0,
        recall_at_5=1.0,
        ndcg_at_10=1.0,
    )


def test_a_metric_that_no_question_bears_on_is_none() -> None:
    assert measure([]) == Metrics()
    assert {name: getattr(measure([REFUSED]), name) for name in (field.name for field in fields(Metrics))} == {
        **{field.name: None for field in fields(Metrics)},
        **{"accuracy": 1.0, "abstain_recall": 1.0, "ms_p50": 60.0, "ms_p95": 60.0},
    }


confidences = st.lists(st.sampled_from([0.0, 0.2, 0.4, 0.6, 1.0]), min_size=1, max_size=8)


@given(confidences, confidences)
def test_auroc_is_the_chance_that_an_answerable_question_has_more_confidence(
    can: list[float], cannot: list[float]
) -> None:
    outcomes = [replace(BOTH, confidence=value) for value in can] + [replace(REFUSED, confidence=v) for v in cannot]
    pairs = [(a > b) + (a == b) / 2 for a in can for b in cannot]
    assert measure(outcomes).auroc == pytest.approx(sum(pairs) / len(pairs))


@pytest.mark.parametrize(
    ("outcome", "problem", "right"),
    [
        (BOTH, "", True),
        (replace(SECOND, matches=None), "", True),
        (SECOND, "the answer does not match", True),
        (NONE_RIGHT, "wrong quote", False),
        (SILENT, "abstained", False),
        (FAILED, "failed: the server is down", False),
        (WORDED, "", True),
        (replace(WORDED, matches=False), "the answer does not match", False),
        (REFUSED, "", True),
        (INVENTED, "answered although the documents do not say", False),
        (UNJUDGED, "", None),
        (replace(UNJUDGED, failure="down"), "failed: down", None),
    ],
)
def test_what_went_wrong_is_said_in_words(outcome: Outcome, problem: str, right: bool | None) -> None:
    assert (outcome.problem, outcome.right) == (problem, right)
