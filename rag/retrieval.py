"""Retrieve: two rankings of the library's passages, by meaning and by words, to one."""

from __future__ import annotations

from collections.abc import Mapping

MEANING_WEIGHT = 0.7


def fuse(meaning: Mapping[int, float], words: Mapping[int, float]) -> dict[int, float]:
    """Scores by passage number, best first: 0.7 of the cosine, and 0.3 of BM25 as a share of the best.

    `meaning` holds a cosine for every candidate; one that is not in `words` has none of the words. The score falls with
    the question's distance from the library, not only from the other candidates: at most 1, and below 0.3 without kin.
    """
    best = max(words.values(), default=0.0)
    scores = {
        number: MEANING_WEIGHT * cosine + ((1 - MEANING_WEIGHT) * words.get(number, 0.0) / best if best > 0 else 0.0)
        for number, cosine in meaning.items()
    }
    return dict(sorted(scores.items(), key=lambda item: (-item[1], item[0])))
