"""Match: the words of a question to the most alike ones of a passage, by their vectors in context.

Late interaction, as in ColBERT (Khattab & Zaharia 2020, section 3.3), with the words weighed by rarity.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from rag.types import EmbedTokens, Passage, TokenVectors
from rag.words import AS_WRITTEN, WORD, is_latin, stem, stems_of, units_of, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.types import Vectors

    Array = NDArray[np.float64]
    Places = NDArray[np.bool_]

Rarity = Callable[[Sequence[str]], Mapping[str, float]]
"""The weight of each word: the fewer passages hold it, the higher."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A question beside one passage, and its title before it."""

    alike: Vectors
    """The cosines of the question's tokens and the passage's, in this order."""
    weights: Array
    """How much each token of the question counts; 1 in all."""
    asked: Vectors
    """The mean vector of the question."""
    tokens: TokenVectors
    in_title: Places
    """Which tokens are the title's."""
    text_start: int
    """Where the passage's text begins, after the title."""

    @property
    def everywhere(self) -> Places:
        return np.ones(len(self.tokens.starts), dtype=bool)

    def between(self, start: int, end: int) -> Places:
        """Which tokens are in this slice of the passage's text; none beyond what the model reads."""
        starts = self.tokens.starts - self.text_start
        return np.asarray((start <= starts) & (starts < end))

    def words(self, places: Places) -> float:
        """The mean of the question's words' cosines with the most alike words there; 0 if there are none."""
        if not places.any() or not len(self.weights):
            return 0.0
        return float(self.weights @ self.alike[:, places].max(axis=1))

    def meaning(self, places: Places) -> float:
        """The cosine of the question and what is there, each the mean of its tokens; 0 if there are none."""
        if not places.any() or not len(self.weights):
            return 0.0
        there = self.tokens.vectors[places].mean(axis=0)
        return float(_unit(self.asked[None])[0] @ _unit(there[None])[0])


def match(question: str, passages: Sequence[Passage], *, embed_tokens: EmbedTokens, rarity: Rarity) -> list[Match]:
    """The question beside each passage; word for word if it is in a script that the model cannot read."""
    if not passages:
        return []
    if not is_latin(question):
        return _match_words(question, passages, rarity)
    asked, *read = embed_tokens([question, *(passage.titled for passage in passages)])
    weights, vectors = _weigh(question, asked, rarity), _unit(asked.vectors)
    mean = asked.vectors.mean(axis=0) if len(asked.vectors) else np.zeros(0, np.float32)
    matches = []
    for passage, tokens in zip(passages, read, strict=True):
        text_start = len(passage.titled) - len(passage.text)
        alike = vectors @ _unit(tokens.vectors).T
        matches.append(Match(alike, weights, mean, tokens, tokens.starts < text_start, text_start))
    return matches


def _match_words(question: str, passages: Sequence[Passage], rarity: Rarity) -> list[Match]:
    """As if each unit of the question had a direction of its own, the longer the rarer it is; other words have none.

    A unit is as rare as the commonest word that it is in: two letters that only meet where words meet tell nothing.
    """
    units = [[stem(word) for word in unit] for unit in units_of(question)]
    rarities = rarity(stems_of(question))
    weights = np.array([min(rarities.get(word, 0.0) for word in unit) for unit in units])
    weights = (weights if weights.any() else np.ones(len(units))) / (weights.sum() or len(units))
    rows = {word: [row for row, unit in enumerate(units) if word in unit and weights[row]] for word in rarities}
    matches = []
    for passage in passages:
        found = [
            (word.start(), rows[part])
            for word in WORD.finditer(passage.titled)
            for part in map(stem, words_of(word.group()))
            if rows.get(part)
        ]
        alike = np.zeros((len(units), len(found)), np.float32)
        for column, (_, its) in enumerate(found):
            alike[its, column] = 1
        starts = np.array([start for start, _ in found], dtype=np.int64)
        asked = weights.astype(np.float32)
        text_start = len(passage.titled) - len(passage.text)
        tokens = TokenVectors(starts, starts + 1, alike.T * asked)
        matches.append(Match(alike, weights, asked, tokens, starts < text_start, text_start))
    return matches


def _weigh(question: str, asked: TokenVectors, rarity: Rarity) -> Array:
    """Each token by its word's rarity, a word that comes again and stop words not at all."""
    rarities = dict(rarity(list(dict.fromkeys(stems_of(question)))))
    weights = np.zeros(len(asked.starts))
    for word in AS_WRITTEN.finditer(question):
        inside = (word.start() <= asked.starts) & (asked.starts < word.end())
        weights[inside] = max((rarities.pop(stem(part), 0.0) for part in words_of(word.group())), default=0.0)
    if not weights.any():
        weights[:] = 1.0
    return np.asarray(weights / (weights.sum() or 1.0))


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled
