"""Retrieve: rankings of the library's passages, by meaning and by words, to one, and its first anew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rag.types import Passage
from rag.words import figures_of, words_of

MEANING_WEIGHT = 0.7
MATCH_WEIGHT = 0.6
SHINGLE = 3  # words
COPY = 0.8  # of the shingles of two passages that are one and the same text


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


def drop_copies(passages: Sequence[Passage]) -> list[Passage]:
    """The passages without those that say nearly word by word, and figure by figure, what one before them says."""
    kept: list[tuple[Passage, set[tuple[str, ...]], set[str]]] = []
    for passage in passages:
        words, figures = words_of(passage.text), figures_of(passage.text)
        shingles = {tuple(words[at : at + SHINGLE]) for at in range(max(1, len(words) - SHINGLE + 1))}
        if not any(figures == its and _overlap(shingles, others) >= COPY for _, others, its in kept):
            kept.append((passage, shingles, figures))
    return [passage for passage, _, _ in kept]


def _overlap(one: set[tuple[str, ...]], other: set[tuple[str, ...]]) -> float:
    """The share of what either has that both have (Jaccard)."""
    return len(one & other) / max(1, len(one | other))
