"""Read: the sentences that answer a question, picked without a language model, and how sure that is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from rag.headlines import ends_like_a_sentence, is_headline
from rag.types import EmbedTokens, Hit, Sentence, TokenVectors
from rag.words import WORD, figures_of, names_of, stem, stems_of, words_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from rag.types import Vectors

    Weights = NDArray[np.float64]

Rarity = Callable[[Sequence[str]], Mapping[str, float]]
"""The weight of each word: the fewer passages hold it, the higher."""

ANSWERS = {"words": 5.22, "titled_words": 7.76, "passage_words": 6.81, "meaning": 8.79}
"""Log-odds between the sentences of an answerable question; from tests/benchmarks/fit_reader.py."""
CONFIDENCE = {"words": 2.47, "passage_words": 0.66, "meaning": 5.75, "absent": -0.51, "constant": -5.26}
"""Log-odds that the best sentence answers, questions with and without an answer being equally many; from the same."""
NEARLY_AS_GOOD = 1.5
"""In log-odds: where a further sentence begins to cost more precision than it brings hits."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences that answer, as numbers from 1 among those read, best first; and how sure that is."""

    numbers: tuple[int, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one sentence as an answer; every field in [-1, 1].

    The first three look for every word of the question, weighed by rarity, the most alike word by the cosine of their
    vectors in context, and take the mean (late interaction: Khattab & Zaharia 2020, ColBERT, section 3.3).
    """

    words: float
    """The most alike words of the sentence."""
    titled_words: float
    """Those of the sentence and the title."""
    passage_words: float
    """Those of the whole passage and the title."""
    meaning: float
    """Cosine of question and sentence, each the mean of its token vectors in context."""
    absent: float
    """1 if a name or figure of the question stands neither in the sentence's passage nor in its title."""


def read(
    question: str, sentences: Sequence[Sentence], *, embed_tokens: EmbedTokens, rarity: Rarity, max_quotes: int
) -> Reading:
    """Pick the best sentence and, up to `max_quotes`, those nearly as good as it."""
    places = [at for at, sentence in enumerate(sentences) if not is_heading(sentence.text)]
    if not places:
        return Reading((), 0.0)
    features = describe(question, sentences, embed_tokens=embed_tokens, rarity=rarity)
    scores = {at: _weigh(ANSWERS, features[at]) for at in places}
    best = sorted(scores, key=lambda at: -scores[at])[:max_quotes]
    picked = [at for at in best if scores[at] >= scores[best[0]] - NEARLY_AS_GOOD]
    return Reading(
        numbers=tuple(at + 1 for at in picked),
        confidence=max(confidence_of(features[at]) for at in picked),
    )


def judge(
    question: str, sentences: Sequence[Sentence], places: Sequence[int], *, embed_tokens: EmbedTokens, rarity: Rarity
) -> float:
    """The probability that the sentences at these places, picked by whomever, answer the question; 0 for none."""
    if not places:
        return 0.0
    features = describe(question, sentences, embed_tokens=embed_tokens, rarity=rarity)
    return max(confidence_of(features[at]) for at in places)


def missing_words(question: str, hits: Sequence[Hit]) -> list[str]:
    """The names and figures of the question, as written there, that no passage or title holds."""
    held: set[str] = set()
    for passage in [hit.passage for hit in hits]:
        held |= {stem(word) for word in words_of(f"{passage.title} {passage.text}")} | figures_of(passage.text)
    missing = {name for name in names_of(question) if stem(name) not in held} | (figures_of(question) - held)
    words = [word for word in dict.fromkeys(WORD.findall(question)) if missing.intersection(words_of(word))]
    return words + sorted(missing.difference(*map(words_of, words)))


def confidence_of(features: Features) -> float:
    """The probability that a sentence with these features answers, given that it is the best there is."""
    return 1 / (1 + exp(-_weigh(CONFIDENCE, features)))


def _weigh(weights: Mapping[str, float], features: Features) -> float:
    return sum(weight * (1 if name == "constant" else getattr(features, name)) for name, weight in weights.items())


def describe(
    question: str, sentences: Sequence[Sentence], *, embed_tokens: EmbedTokens, rarity: Rarity
) -> list[Features]:
    """The features of each sentence; those of one hit stand together."""
    groups = [list(group) for _, group in groupby(sentences, key=lambda sentence: sentence.hit.rank)]
    asked, *passages = embed_tokens([question, *(group[0].hit.passage.titled for group in groups)])
    weights = _weights(question, asked, rarity)
    return [
        features
        for group, tokens in zip(groups, passages, strict=True)
        for features in _describe_hit(question, group, asked=asked, weights=weights, tokens=tokens)
    ]


def _describe_hit(
    question: str, sentences: Sequence[Sentence], *, asked: TokenVectors, weights: Weights, tokens: TokenVectors
) -> list[Features]:
    hit = sentences[0].hit
    below_title = len(hit.passage.titled) - len(hit.passage.text)
    alike = _unit(asked.vectors) @ _unit(tokens.vectors).T
    in_title = tokens.starts < below_title
    absent = float(bool(missing_words(question, [hit])))
    features = []
    for sentence in sentences:
        start, end = (offset - hit.passage.start + below_title for offset in (sentence.start, sentence.end))
        inside = (start <= tokens.starts) & (tokens.starts < end)
        if not inside.any() or not len(asked.vectors):  # beyond what the model reads, or nothing to look for
            features.append(Features(0.0, 0.0, 0.0, 0.0, absent))
            continue
        means = _unit(np.stack([asked.vectors.mean(axis=0), tokens.vectors[inside].mean(axis=0)]))
        features.append(
            Features(
                words=float(weights @ alike[:, inside].max(axis=1)),
                titled_words=float(weights @ alike[:, inside | in_title].max(axis=1)),
                passage_words=float(weights @ alike.max(axis=1)),
                meaning=float(means[0] @ means[1]),
                absent=absent,
            )
        )
    return features


def _weights(question: str, asked: TokenVectors, rarity: Rarity) -> Weights:
    """How much each token of the question counts: its word's rarity, once, nothing for a stop word; 1 in all."""
    rarities = dict(rarity(list(dict.fromkeys(stems_of(question)))))
    weights = np.zeros(len(asked.starts))
    for word in WORD.finditer(question):
        inside = (word.start() <= asked.starts) & (asked.starts < word.end())
        weights[inside] = max((rarities.pop(stem(part), 0.0) for part in words_of(word.group())), default=0.0)
    if not weights.any():
        weights[:] = 1.0
    return weights / (weights.sum() or 1.0)


def _unit(vectors: Vectors) -> Vectors:
    scaled: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return scaled


def is_heading(text: str) -> bool:
    """A headline, or a few words that no sign ends: it names what follows and says nothing by itself."""
    return is_headline(text) or (len(words_of(text)) < 4 and not ends_like_a_sentence(text))
