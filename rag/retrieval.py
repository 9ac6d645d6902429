"""Retrieve: rankings of the library's passages, by meaning and by words, to one, and its first anew."""

from __future__ import annotations

from collections.abc import Mapping

MEANING_WEIGHT = 0.7
MATCH_WEIGHT = 0.6


def fuse(meaning: Mapping[int, float], words: Mapping[int, float]) -> dict[int, float]:
    """Scores by passage number, best first: 0.7 of the cosine, and 0.3 of BM25 as a share of the best.

    `meaning` holds a cosine for every candidate; one that is not in `words` has none of the words. The score falls with
    the question's distance from the library, not only from the other candidates: at most 1, and below 0.3 without kin.
    """
    best = max(words.values(), default=0.0)
    scores = {
        number: MEANING_WEIGHT * cosine + (1 - MEANING_WEIGHT) * (words.get(number, 0.0) / best if best > 0 else 0.0)
        for number, cosine in meaning.items()
    }
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))


def rerank(scores: Mapping[int, float], matches: Mapping[int, float]) -> dict[int, float]:
    """Scores by passage number, best first: 0.4 of the score and 0.6 of how well the passage has the question's words.

    `matches` are of the first of `scores`; the others stay behind them.
    """
    anew = {
        number: (1 - MATCH_WEIGHT) * score + MATCH_WEIGHT * max(0.0, matches.get(number, 0.0))
        for number, score in scores.items()
    }
    return dict(sorted(anew.items(), key=lambda item: -item[1]))  # of those that score alike, the order stays
