"""Read: the sentences that answer, picked without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.matching import Match, Rarity, match
from rag.passages import split_sentences
from rag.reader import (
    CONFIDENCE,
    Features,
    Reading,
    confidence_of,
    describe,
    judge,
    missing_words,
    read,
)
from rag.types import EmbedTokens, Hit, Passage, Sentence

TEXTS = [
    "THE VISIT OF A MINISTER.\n\nSergeev came to Tehran last week. He met Ali Shamkhani on December 28. "
    "Russia could earn eight billion dollars from arms sales. Sanctions followed because of dealings with Iran.",
    "Mongolia lies in Asia. The capital of Mongolia is Ulaanbaatar. Few people live there.",
    "Nothing of note was said about the weather. It rained.",
]


def hit(text: str, rank: int = 1, score: float = 0.5, title: str = "") -> Hit:
    return Hit(Passage(f"d{rank}", 0, len(text), text, title), score, rank)


HITS = [hit(text, rank, 0.9 - rank / 5) for rank, text in enumerate(TEXTS, 1)]
SENTENCES = split_sentences(HITS)


def equally(words: Sequence[str]) -> Mapping[str, float]:
    """Every word weighs the same."""
    return dict.fromkeys(words, 1.0)


def matches_of(
    question: str, sentences: Sequence[Sentence], embed_tokens: EmbedTokens, *, rarity: Rarity = equally
) -> list[Match]:
    passages = {sentence.hit.rank: sentence.hit.passage for sentence in sentences}
    return match(question, list(passages.values()), embed_tokens=embed_tokens, rarity=rarity)


def described(
    question: str, sentences: Sequence[Sentence], embed_tokens: EmbedTokens, *, rarity: Rarity = equally
) -> list[Features]:
    return describe(question, sentences, matches_of(question, sentences, embed_tokens, rarity=rarity))


def reading_of(
    question: str, sentences: Sequence[Sentence], embed_tokens: EmbedTokens, *, max_quotes: int = 3
) -> Reading:
    return read(question, sentences, matches_of(question, sentences, embed_tokens), max_quotes=max_quotes)


def picked(question: str, embed_tokens: EmbedTokens, *, max_quotes: int = 3) -> list[str]:
    reading = reading_of(question, SENTENCES, embed_tokens, max_quotes=max_quotes)
    return [SENTENCES[number - 1].text for number in reading.numbers]


def judged(question: str, places: Sequence[int], embed_tokens: EmbedTokens) -> float:
    matches = matches_of(question, SENTENCES, embed_tokens)
    return judge(question, [SENTENCES[at] for at in places], matches)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Who came to Tehran?", "Sergeev came to Tehran last week."),
        ("When did he meet Ali Shamkhani?", "He met Ali Shamkhani on December 28."),
        ("How much could Russia earn from arms?", "Russia could earn eight billion dollars from arms sales."),
        ("Why were there sanctions?", "Sanctions followed because of dealings with Iran."),
        ("What is the capital of Mongolia?", "The capital of Mongolia is Ulaanbaatar."),
    ],
)
def test_the_sentence_that_answers_is_the_best_one(question: str, answer: str, embed_tokens: EmbedTokens) -> None:
    assert picked(question, embed_tokens, max_quotes=1) == [answer]


@pytest.mark.parametrize("mark", ["?", "?”", "？", "؟"])
def test_a_question_is_no_answer(embed_tokens: EmbedTokens, mark: str) -> None:
    sentences = split_sentences([hit(f"Was the pier ever repaired{mark}\n\nYes, the pier was, after the great storm.")])
    assert reading_of("Was the pier repaired?", sentences, embed_tokens).numbers == (2,)
    assert reading_of("Was the pier repaired?", sentences[:1], embed_tokens) == Reading((), 0.0)


@given(
    question=st.sampled_from(["Who came?", "Ulaanbaatar", "Why?", "", "?", "When and where?"]), most=st.integers(1, 5)
)
@settings(max_examples=15)
def test_each_sentence_comes_once_no_more_than_wanted_and_without_headlines(
    question: str, most: int, embed_tokens: EmbedTokens
) -> None:
    reading = reading_of(question, SENTENCES, embed_tokens, max_quotes=most)
    assert len(reading.numbers) == len(set(reading.numbers))
    assert 1 <= len(reading.numbers) <= most
    assert 1 not in reading.numbers
    assert 0 <= reading.confidence <= 1


def test_only_sentences_nearly_as_good_as_the_best_are_added(embed_tokens: EmbedTokens) -> None:
    assert picked("Who came to Tehran?", embed_tokens, max_quotes=20) == ["Sergeev came to Tehran last week."]
    twice = split_sentences([hit("Sergeev came to Tehran. Sergeev came to Tehran too. It rained on the weather.")])
    reading = reading_of("Who came to Tehran?", twice, embed_tokens, max_quotes=20)
    assert reading.numbers == (1, 2)


def test_nothing_to_read_is_no_answer(embed_tokens: EmbedTokens) -> None:
    headlines = split_sentences([hit("THE VISIT OF A MINISTER.")])
    for sentences in ([], headlines):
        assert reading_of("Who?", sentences, embed_tokens) == Reading((), 0.0)
    assert judged("Who?", [], embed_tokens) == 0.0


def test_the_best_sentence_comes_first(embed_tokens: EmbedTokens) -> None:
    sentences = split_sentences([hit("Sergeev came. Sergeev came to Tehran. He left.")])
    reading = reading_of("Who came to Tehran?", sentences, embed_tokens, max_quotes=20)
    assert reading.numbers[0] == 2
    assert 1 in reading.numbers or len(reading.numbers) == 1


def test_rare_words_weigh_more_than_common_ones(embed_tokens: EmbedTokens) -> None:
    sentences = split_sentences([hit("The bread was moved."), hit("The zeppelin was moved.", 2)])
    [plain, rare] = [
        [features.words for features in described("bread zeppelin", sentences, embed_tokens, rarity=rarity)]
        for rarity in (equally, lambda words: {word: 9.0 if word.startswith("zep") else 1.0 for word in words})
    ]
    assert rare[0] < plain[0]
    assert rare[1] > plain[1]


def test_stop_words_count_for_nothing_unless_there_are_no_others(embed_tokens: EmbedTokens) -> None:
    sentences = split_sentences([hit("They were there.")])
    words = [described(question, sentences, embed_tokens)[0].words for question in ("zeppelins", "were they there")]
    assert words[0] < 0.5 < words[1]


def test_another_word_of_the_same_meaning_counts_more_than_a_strange_one(embed_tokens: EmbedTokens) -> None:
    sentences = split_sentences([hit("The physician came."), hit("The zeppelin came.", 2)])
    alike, strange = described("doctor", sentences, embed_tokens)
    assert alike.words > strange.words


def test_title_and_passage_count_as_context_but_not_another_passage(embed_tokens: EmbedTokens) -> None:
    hits = [hit("He left. Sergeev came.", 1, title="Tehran"), hit("He left. It rained.", 2)]
    first, second, third, fourth = described("Sergeev Tehran", split_sentences(hits), embed_tokens)
    assert first.words < first.titled_words < first.passage_words == second.passage_words
    assert second.titled_words == pytest.approx(second.passage_words, abs=0.02)
    assert third.words == third.titled_words < third.passage_words + 1e-6
    assert third.passage_words == fourth.passage_words < first.passage_words


def test_a_sentence_beyond_what_the_model_reads_has_no_words(embed_tokens: EmbedTokens) -> None:
    sentences = split_sentences([hit("It rained. " + "word " * 600 + "ended. Sergeev came to Tehran.")])
    features = described("Who came to Tehran?", sentences, embed_tokens)
    assert [each.words > 0 for each in features] == [True, True, False]


@given(question=st.text(max_size=40), text=st.text(min_size=1, max_size=200))
@settings(max_examples=40)
def test_any_text_can_be_read(question: str, text: str, embed_tokens: EmbedTokens) -> None:
    for features in described(question, split_sentences([hit(text)]), embed_tokens):
        values = [getattr(features, name) for name in Features.__slots__]
        assert all(-1.001 <= value <= 1.001 for value in values)


@pytest.mark.parametrize("name", ["words", "passage_words", "meaning"])
def test_the_more_a_sentence_has_the_surer_the_answer(name: str) -> None:
    nothing = dict.fromkeys(Features.__slots__, 0.0)
    assert confidence_of(Features(**{**nothing, name: 1.0})) > confidence_of(Features(**nothing))


def test_a_name_that_the_passage_lacks_lowers_the_confidence(embed_tokens: EmbedTokens) -> None:
    known, strange = (judged(f"Did {name} come to Tehran?", [1], embed_tokens) for name in ("Sergeev", "Powell"))
    assert known > strange
    assert CONFIDENCE["absent"] < 0


def test_judging_more_sentences_never_lowers_the_confidence(embed_tokens: EmbedTokens) -> None:
    question = "Who came to Tehran?"
    one, all_of_them = (judged(question, places, embed_tokens) for places in ([1], range(len(SENTENCES))))
    assert all_of_them == pytest.approx(one)
    assert judged(question, [6], embed_tokens) < one


def test_missing_words_are_names_and_figures_as_written_in_the_order_of_the_question() -> None:
    hits = [hit("Sergeev’s visits in 1979.", title="The Monitor")]
    assert missing_words("Did Colin Powell and Sergeev visit the Monitor in 1979 or 2001?", hits) == [
        "Colin",
        "Powell",
        "2001",
    ]
    assert missing_words("Did sergeev visit in 1979?", hits) == []
    assert missing_words("Where is Mongolia?", []) == ["Mongolia"]


def test_a_figure_with_a_point_or_comma_that_no_passage_has_is_missing_as_a_whole() -> None:
    held = [hit("The rate was 3.5 percent and 1,216 soldiers came.")]
    assert missing_words("Was the rate 4.75 percent for 1,216 soldiers, 2,000 or Powell?", held) == [
        "4.75",
        "2,000",
        "Powell",
    ]
    titled = [hit("Nobody said more.", title="The 1,216 of the U.S. Navy, 7-8 a day, in the 1990s")]
    assert missing_words("Who counted 1,216 of the US, 7-8 a day, in the 1990s?", titled) == []
    assert missing_words("Who in the U.S. counted 7-8 in the 1980s?", [hit("Nobody.")]) == ["U.S.", "7-8", "1980s"]


def test_what_is_numbered_otherwise_is_no_answer_beside_what_is_asked_for(embed_tokens: EmbedTokens) -> None:
    texts = [f"Turbine {number} had {faults} faults." for number, faults in ((727, 3), (776, 5), (777, 9))]
    sentences = split_sentences([hit(" ".join(texts))])
    reading = reading_of("How many faults were found in turbine 777?", sentences, embed_tokens, max_quotes=3)
    assert [sentences[number - 1].text for number in reading.numbers] == [texts[2]]
    reading = reading_of("How many faults were found in turbine 700?", sentences, embed_tokens, max_quotes=3)
    assert len(reading.numbers) == 3  # none is asked for: they are the nearest


def test_a_bare_heading_is_no_answer(embed_tokens: EmbedTokens) -> None:
    sentences = split_sentences([hit("Solar farm\n\nIt was opened by Minister Ana Lopes.")])
    reading = reading_of("Who opened the solar farm?", sentences, embed_tokens, max_quotes=3)
    assert [sentences[number - 1].text for number in reading.numbers] == ["It was opened by Minister Ana Lopes."]
