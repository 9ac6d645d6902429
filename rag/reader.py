"""Read: the sentences that answer a question, picked without a language model, and how sure that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp

from rag.headlines import ends_like_a_sentence, is_headline
from rag.matching import Match
from rag.types import Hit, Sentence
from rag.words import AS_WRITTEN, STOP_WORDS, figures_of, names_of, stem, words_of

ANSWERS = {"words": 5.02, "titled_words": 7.79, "passage_words": 8.12, "meaning": 8.45}
"""Log-odds between the sentences of an answerable question; from tests/benchmarks/fit_reader.py."""
CONFIDENCE = {"words": 2.30, "passage_words": 1.01, "meaning": 5.86, "absent": -0.45, "constant": -5.45}
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
    """What is known of one sentence as an answer; every field in [-1, 1]."""

    words: float
    """How well the sentence has the question's words, see `Match.words`."""
    titled_words: float
    """How well the sentence and the title have them."""
    passage_words: float
    """How well the whole passage and the title have them."""
    meaning: float
    """How near the sentence is to the question, see `Match.meaning`."""
    absent: float
    """1 if a name or figure of the question stands neither in the sentence's passage nor in its title."""


def read(question: str, sentences: Sequence[Sentence], matches: Sequence[Match], *, max_quotes: int) -> Reading:
    """Pick the best sentence and, up to `max_quotes`, those nearly as good as it.

    `matches` are the question beside each hit, in the order of their ranks.
    """
    features = describe(question, sentences, matches)
    places = [at for at, each in enumerate(sentences) if not is_heading(each.text) and not is_question(each.text)]
    scores = [_weigh(ANSWERS, features[at]) for at in places]
    picked = [places[best] for best in pick(scores, most=max_quotes)]
    picked = [at for at in picked if not _is_of_another(question, sentences[at].text)] or picked
    return Reading(
        numbers=tuple(at + 1 for at in picked),
        confidence=max((confidence_of(features[at]) for at in picked), default=0.0),
    )


def pick(scores: Sequence[float], *, most: int, margin: float = NEARLY_AS_GOOD) -> list[int]:
    """The places of the best score and of those less than a margin below it, best first."""
    best = sorted(range(len(scores)), key=lambda at: -scores[at])[:most]
    return [at for at in best if scores[at] >= scores[best[0]] - margin]


def _is_of_another(question: str, sentence: str) -> bool:
    """Does it number what the question numbers, and otherwise: turbine 727 where turbine 777 is asked for?"""
    held = _numbered(sentence)
    return any(word in held and figures.isdisjoint(held[word]) for word, figures in _numbered(question).items())


def _numbered(text: str) -> dict[str, set[str]]:
    """The figures behind each content word, by its stem."""
    found: dict[str, set[str]] = {}
    for word, figure in pairwise(AS_WRITTEN.findall(text)):
        if figures_of(figure) and not word[0].isdecimal() and (bare := words_of(word)) and bare[-1] not in STOP_WORDS:
            found.setdefault(stem(bare[-1]), set()).update(figures_of(figure))
    return found


def judge(question: str, sentences: Sequence[Sentence], matches: Sequence[Match]) -> float:
    """The probability that one of these sentences, picked by whomever, answers the question; 0 for none."""
    return max(map(confidence_of, describe(question, sentences, matches)), default=0.0)


def missing_words(question: str, hits: Sequence[Hit]) -> list[str]:
    """The names and figures of the question, as written there, that no passage or title holds."""
    words: set[str] = set()
    figures: set[str] = set()
    for passage in [hit.passage for hit in hits]:
        text = f"{passage.title} {passage.text}"
        words |= {stem(word) for word in words_of(text)}
        figures |= figures_of(text)
    names = {name for name in names_of(question) if stem(name) not in words}
    written = dict.fromkeys(AS_WRITTEN.findall(question))
    return [each for each in written if names.intersection(words_of(each)) or figures_of(each) - figures - words]


def confidence_of(features: Features) -> float:
    """The probability that a sentence with these features answers, given that it is the best there is."""
    return 1 / (1 + exp(-_weigh(CONFIDENCE, features)))


def _weigh(weights: Mapping[str, float], features: Features) -> float:
    return sum(weight * (1 if name == "constant" else getattr(features, name)) for name, weight in weights.items())


def describe(question: str, sentences: Sequence[Sentence], matches: Sequence[Match]) -> list[Features]:
    """The features of each sentence; `matches` as for `read`."""
    hits = {sentence.hit.rank: sentence.hit for sentence in sentences}
    absent = {rank: float(bool(missing_words(question, [hit]))) for rank, hit in hits.items()}
    whole = {rank: matches[rank - 1].words(matches[rank - 1].everywhere) for rank in hits}
    features = []
    for sentence in sentences:
        rank, start = sentence.hit.rank, sentence.hit.passage.start
        match = matches[rank - 1]
        places = match.between(sentence.start - start, sentence.end - start)
        features.append(
            Features(
                words=match.words(places),
                titled_words=match.words(places | match.in_title),
                passage_words=whole[rank],
                meaning=match.meaning(places),
                absent=absent[rank],
            )
        )
    return features


def is_question(text: str) -> bool:
    """It asks, and answers nothing."""
    return text.rstrip("\"'”’»)] ").endswith(("?", "？", "؟"))


def is_heading(text: str) -> bool:
    """A headline, or a few words that no sign ends: it names what follows and says nothing by itself."""
    return is_headline(text) or (len(words_of(text)) < 4 and not ends_like_a_sentence(text))
