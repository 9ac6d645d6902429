from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.retrieval import fuse, rerank

cosines = st.dictionaries(st.integers(1, 30), st.floats(-1, 1), max_size=20)
words = st.dictionaries(st.integers(1, 30), st.floats(0, 50), max_size=20)


def test_a_score_is_7_parts_of_the_cosine_and_3_of_the_words_share_of_the_best() -> None:
    scores = fuse({1: 0.5, 2: 0.9, 3: -0.2}, {1: 8.0, 3: 2.0})
    assert scores == pytest.approx({1: 0.65, 2: 0.63, 3: -0.065})
    assert list(scores) == [1, 2, 3]


@given(cosines, words)
def test_every_candidate_has_a_score_within_bounds_best_first(meaning: dict[int, float], by: dict[int, float]) -> None:
    scores = fuse(meaning, by)
    assert scores.keys() == meaning.keys()
    assert list(scores.values()) == sorted(scores.values(), reverse=True)
    assert all(0.7 * meaning[number] - 1e-9 <= score <= 1 + 1e-9 for number, score in scores.items())


def test_the_smallest_word_score_there_is_has_its_share_too() -> None:
    assert fuse({1: 0.0}, {1: 5e-324}) == pytest.approx({1: 0.3})


exact = st.dictionaries(st.integers(1, 30), st.floats(0, 50, allow_subnormal=False), max_size=20)
"""Numbers that keep their ratios when they are multiplied: those below 2.2e-308 are rounded."""


@given(cosines, exact, st.floats(1, 100))
def test_only_the_share_of_the_best_counts_not_the_size_of_word_scores(
    meaning: dict[int, float], by: dict[int, float], factor: float
) -> None:
    larger = fuse(meaning, {number: score * factor for number, score in by.items()})
    assert larger == pytest.approx(fuse(meaning, by))


@given(cosines)
def test_without_words_the_ranking_is_that_of_meaning(meaning: dict[int, float]) -> None:
    alone = pytest.approx({number: 0.7 * cosine for number, cosine in meaning.items()})
    assert fuse(meaning, {}) == alone
    assert fuse(meaning, dict.fromkeys(meaning, 0.0)) == alone


@given(cosines, words)
def test_a_candidate_that_is_better_in_both_is_ranked_first(meaning: dict[int, float], by: dict[int, float]) -> None:
    scores = fuse({**meaning, 99: 1.0}, {**by, 99: 60.0})
    assert scores[99] == pytest.approx(1) == max(scores.values())


def test_equal_scores_are_ranked_by_number_whatever_the_order_they_came_in() -> None:
    assert list(fuse({3: 0.5, 1: 0.5, 2: 0.5}, {})) == [1, 2, 3]


def test_nothing_comes_of_nothing() -> None:
    assert fuse({}, {}) == {}
    assert fuse({}, {1: 3.0}) == {}


def test_the_first_are_ranked_anew_by_4_parts_of_the_score_and_6_of_the_match() -> None:
    scores = rerank({1: 0.9, 2: 0.8, 3: 0.5}, {1: 0.2, 2: 0.7})
    assert scores == pytest.approx({2: 0.74, 1: 0.48, 3: 0.2})
    assert list(scores) == [2, 1, 3]


@given(cosines, words, st.integers(0, 20), st.data())
def test_what_was_not_matched_stays_behind_what_was_and_in_its_order(
    meaning: dict[int, float], by: dict[int, float], count: int, data: st.DataObject
) -> None:
    scores = fuse(meaning, by)
    first, rest = list(scores)[:count], list(scores)[count:]
    matches = {number: data.draw(st.floats(-1, 1)) for number in first}
    anew = list(rerank(scores, matches))
    assert set(anew) == set(scores)
    if all(score >= 0 for score in scores.values()):
        assert [number for number in anew if number in rest] == rest


def test_a_match_below_nothing_is_nothing() -> None:
    assert rerank({1: 0.5}, {1: -0.5}) == rerank({1: 0.5}, {}) == pytest.approx({1: 0.2})
