"""Read: the sentences that answer a question, picked without a language model, and how sure that is."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

import numpy as np

from rag.headlines import ends_like_a_sentence, is_headline
from rag.types import Embed, Hit, Sentence
from rag.words import WORD, figures_of, names_of, stem, stems_of, words_of

MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
DATE = re.compile(rf"\b(?:{MONTHS}|1\d{{3}}|20\d\d|\d{{1,2}}(?:st|nd|rd|th) century|\w+day)\b")
REASON = re.compile(
    r"\b(?:because|since|due to|thanks to|owing to|as a result|in order to|so that|caused?|for (?:their|its|his|her)"
    r"|reasons?|response to|led to)\b",
    re.IGNORECASE,
)
FIGURE = re.compile(
    r"\d|\b(?:two|three|four|five|six|seven|eight|nine|ten|dozen|hundred|thousand|million|billion|half)\b"
)
PLACE = re.compile(r"\b(?:in|at|from|near|to|of|on) (?:the )?[A-Z]")
NAME = re.compile(r"(?<=[a-z,] )[A-Z]\w+|\b[A-Z]\w+ [A-Z]\w+")

ASKED: tuple[tuple[re.Pattern[str], re.Pattern[str]], ...] = tuple(
    (re.compile(rf"\b(?:{asked})\b", re.IGNORECASE), held)
    for asked, held in (
        (
            "how (?:many|much|long|old|far|often|big|large|tall)"
            "|(?:what|which) (?:percent|percentage|share|number|amount)",
            FIGURE,
        ),
        ("when|what year|which year|what date|which date|what day|which day|what century", DATE),
        ("who|whom|whose", NAME),
        ("where|(?:what|which) (?:country|countries|city|state|place|region|continent|river)", PLACE),
        ("why|what reason|what caused|what led", REASON),
    )
)
Rarity = Callable[[Sequence[str]], Mapping[str, float]]
"""The weight of each word: the fewer passages hold it, the higher."""

ANSWERS = {
    "meaning": 2.27,
    "words": 3.40,
    "context_words": 0.53,
    "pairs": 0.93,
    "asked": 0.48,
    "not_asked": -0.21,
    "passage": 2.00,
    "rank": 2.72,
    "constant": -8.45,
}
"""Log-odds that a sentence answers, for an answerable question; from tests/benchmarks/fit_reader.py."""
CONFIDENCE = {"meaning": 1.72, "words": 1.73, "passage": 6.09, "absent": -0.51, "constant": -5.98}
"""Log-odds that the best sentence answers, questions with and without an answer being equally many; from the same."""
NEARLY_AS_GOOD = 1.5
"""In log-odds: where a further sentence begins to cost more precision than it brings hits."""
MOST_SENTENCES = 8  # embedded and weighed; measured: 24 find no more and take three times as long


@dataclass(frozen=True, slots=True)
class Reading:
    """The sentences that answer, as numbers from 1 among those read, in document order; and how sure that is."""

    numbers: tuple[int, ...]
    confidence: float


def read(question: str, sentences: Sequence[Sentence], *, embed: Embed, rarity: Rarity, max_quotes: int) -> Reading:
    """Pick the best sentence and, up to `max_quotes`, those nearly as good as it."""
    likely = _preselect(question, sentences, rarity)
    if not likely:
        return Reading((), 0.0)
    features = describe(question, sentences, likely, embed=embed, rarity=rarity)
    scores = np.array([_weigh(ANSWERS, described) for described in features])
    best = np.argsort(-scores, kind="stable")[:max_quotes]
    picked = [int(at) for at in best if scores[at] >= scores[best[0]] - NEARLY_AS_GOOD]
    return Reading(
        numbers=tuple(sorted(likely[at] + 1 for at in picked)),
        confidence=max(confidence_of(features[at]) for at in picked),
    )


def judge(
    question: str, sentences: Sequence[Sentence], places: Sequence[int], *, embed: Embed, rarity: Rarity
) -> float:
    """The probability that the sentences at these places, picked by whomever, answer the question; 0 for none."""
    return max(map(confidence_of, describe(question, sentences, places, embed=embed, rarity=rarity)), default=0.0)


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
    named = (weight * float(getattr(features, name)) for name, weight in weights.items() if name != "constant")
    return weights["constant"] + sum(named)


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of one sentence as an answer; every field in [0, 1], but `meaning` and `passage` in [-1, 1]."""

    meaning: float
    """Cosine of the vectors of question and sentence."""
    words: float
    """Share of the question's content words in the sentence, weighed by rarity."""
    context_words: float
    """The same with the sentence before, the one after and the title."""
    pairs: float
    """Share of the question's neighbouring word pairs that are near each other in the sentence."""
    asked: float
    """1 if the sentence holds the kind of thing that is asked for, beyond what the question itself says."""
    not_asked: float
    """1 if a kind is asked for and the sentence holds none."""
    passage: float
    """The hit's score."""
    rank: float
    """1 / rank of the hit."""
    absent: float
    """1 if a name or figure of the question stands neither in the sentence's passage nor in its title."""


def describe(
    question: str, sentences: Sequence[Sentence], places: Sequence[int], *, embed: Embed, rarity: Rarity
) -> list[Features]:
    """The features of the sentences at these places, in their order; `sentences` are all those of the hits."""
    asked_words = list(dict.fromkeys(stems_of(question)))
    weights = rarity(asked_words)
    held = next((held for asked, held in ASKED if asked.search(question)), None)
    vectors = embed([question, *(sentences[at].text for at in places)])
    meaning = vectors[1:] @ vectors[0]
    absent = {sentences[at].hit.rank: bool(missing_words(question, [sentences[at].hit])) for at in places}
    features = []
    for at, cosine in zip(places, meaning, strict=True):
        sentence = sentences[at]
        stems = stems_of(sentence.text)
        near = {stem for other in _neighbours(sentences, at) for stem in stems_of(other.text)}
        holds = held is not None and _holds(held, sentence.text, question)
        features.append(
            Features(
                meaning=float(cosine),
                words=_share(weights, set(stems)),
                context_words=_share(weights, {*stems, *near, *stems_of(sentence.hit.passage.title)}),
                pairs=_pairs(asked_words, stems),
                asked=float(holds),
                not_asked=float(held is not None and not holds),
                passage=sentence.hit.score,
                rank=1 / sentence.hit.rank,
                absent=float(absent[sentence.hit.rank]),
            )
        )
    return features


def _neighbours(sentences: Sequence[Sentence], at: int) -> list[Sentence]:
    """The sentences before and after it in the same passage."""
    return [
        sentences[near]
        for near in (at - 1, at + 1)
        if 0 <= near < len(sentences) and sentences[near].hit is sentences[at].hit
    ]


def _preselect(question: str, sentences: Sequence[Sentence], rarity: Rarity) -> list[int]:
    """The places of the sentences worth weighing: no headlines, the most shared words first, then the best hits."""
    weights = rarity(list(dict.fromkeys(stems_of(question))))
    places = [at for at, sentence in enumerate(sentences) if not _is_heading(sentence.text)]
    worth = {at: _share(weights, set(stems_of(sentences[at].text))) + sentences[at].hit.score for at in places}
    return sorted(sorted(places, key=lambda at: -worth[at])[:MOST_SENTENCES])


def _is_heading(text: str) -> bool:
    """A headline, or a few words that no sign ends: it names what follows and says nothing by itself."""
    return is_headline(text) or (len(words_of(text)) < 4 and not ends_like_a_sentence(text))


def _holds(held: re.Pattern[str], text: str, question: str) -> bool:
    return any(match.group() not in question for match in held.finditer(text))


def _share(weights: Mapping[str, float], stems: set[str]) -> float:
    total = sum(weights.values())
    return sum(weight for word, weight in weights.items() if word in stems) / total if total else 0.0


def _pairs(asked: Sequence[str], stems: Sequence[str]) -> float:
    pairs = list(pairwise(asked))
    places = {word: at for at, word in enumerate(stems)}
    near = [abs(places[first] - places[second]) <= 3 for first, second in pairs if first in places and second in places]
    return sum(near) / len(pairs) if pairs else 0.0
