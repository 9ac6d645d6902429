"""Read: the sentences that answer, picked without a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.passages import split_sentences
from rag.reader import (
    ANSWERS,
    CONFIDENCE,
    Features,
    Reading,
    confidence_of,
    describe,
    judge,
    missing_words,
    read,
)
from rag.types import Embedder, Hit, Passage, Sentence

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


def picked(question: str, embedder: Embedder, *, max_quotes: int = 3) -> list[str]:
    reading = read(question, SENTENCES, embed=embedder.embed, rarity=equally, max_quotes=max_quotes)
    return [SENTENCES[number - 1].text for number in reading.numbers]


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
def test_the_sentence_that_answers_is_the_best_one(question: str, answer: str, embedder: Embedder) -> None:
    assert picked(question, embedder, max_quotes=1) == [answer]


@given(
    question=st.sampled_from(["Who came?", "Ulaanbaatar", "Why?", "", "?", "When and where?"]), most=st.integers(1, 5)
)
@settings(max_examples=15)
def test_sentences_come_in_document_order_no_more_than_wanted_and_without_headlines(
    question: str, most: int, embedder: Embedder
) -> None:
    reading = read(question, SENTENCES, embed=embedder.embed, rarity=equally, max_quotes=most)
    assert list(reading.numbers) == sorted(set(reading.numbers))
    assert 1 <= len(reading.numbers) <= most
    assert 1 not in reading.numbers
    assert 0 <= reading.confidence <= 1


def test_only_sentences_nearly_as_good_as_the_best_are_added(embedder: Embedder) -> None:
    assert picked("Who came to Tehran?", embedder, max_quotes=20) == ["Sergeev came to Tehran last week."]
    twice = split_sentences([hit("Sergeev came to Tehran. Sergeev came to Tehran too. It rained on the weather.")])
    reading = read("Who came to Tehran?", twice, embed=embedder.embed, rarity=equally, max_quotes=20)
    assert reading.numbers == (1, 2)


def test_nothing_to_read_is_no_answer_and_embeds_nothing(embedder: Embedder) -> None:
    def refuse(_: Sequence[str]) -> object:
        raise AssertionError("nothing is to be embedded")

    headlines = split_sentences([hit("THE VISIT OF A MINISTER.")])
    for sentences in ([], headlines):
        # `refuse` returns nothing: it must not be called
        assert read("Who?", sentences, embed=refuse, rarity=equally, max_quotes=3) == Reading((), 0.0)  # type: ignore[arg-type]
    assert judge("Who?", SENTENCES, [], embed=embedder.embed, rarity=equally) == 0.0


def test_rare_words_weigh_more_than_common_ones(embedder: Embedder) -> None:
    sentences = split_sentences([hit("The common thing was moved. The thing called zeppelin was moved.")])
    [plain, rare] = [
        describe("common zeppelin", sentences, [0, 1], embed=embedder.embed, rarity=rarity)
        for rarity in (equally, lambda words: {word: 9.0 if word.startswith("zep") else 1.0 for word in words})
    ]
    assert [features.words for features in plain] == [0.5, 0.5]
    assert [features.words for features in rare] == [0.1, 0.9]


@pytest.mark.parametrize(
    ("question", "holds", "lacks"),
    [
        ("Who led it?", "Then Igor Sergeev led it.", "It was led."),
        ("When was it?", "It was in 1979.", "It was late."),
        ("Which day was it?", "It was on Tuesday.", "It was late."),
        ("How many were there?", "There were seven of them.", "There were some."),
        ("How much was it?", "It was 7 dollars.", "It was cheap."),
        ("Where was it?", "It was in Paris.", "It was outside."),
        ("Which country was it?", "It was in Persia.", "It was abroad."),
        ("Why was it so?", "It was so because they left.", "It was so."),
    ],
)
def test_a_sentence_with_the_kind_of_thing_asked_for_is_told_from_one_without(
    question: str, holds: str, lacks: str, embedder: Embedder
) -> None:
    features = describe(
        question, split_sentences([hit(holds), hit(lacks)]), [0, 1], embed=embedder.embed, rarity=equally
    )
    assert [(each.asked, each.not_asked) for each in features] == [(1.0, 0.0), (0.0, 1.0)]


def test_what_the_question_says_itself_is_not_what_it_asks_for(embedder: Embedder) -> None:
    sentences = split_sentences([hit("It was in 1979.")])
    [same] = describe("When, after 1979, was it?", sentences, [0], embed=embedder.embed, rarity=equally)
    assert (same.asked, same.not_asked) == (0.0, 1.0)


def test_a_question_of_no_kind_asks_for_none(embedder: Embedder) -> None:
    sentences = split_sentences([hit("It was in 1979.")])
    [features] = describe("Tell of it", sentences, [0], embed=embedder.embed, rarity=equally)
    assert (features.asked, features.not_asked) == (0.0, 0.0)


def test_neighbours_and_title_count_as_context_but_not_those_of_another_passage(embedder: Embedder) -> None:
    hits = [hit("He left. Sergeev came.", 1, title="Tehran"), hit("Sergeev and Tehran.", 2)]
    sentences: Sequence[Sentence] = split_sentences(hits)
    features = describe("Sergeev Tehran", sentences, range(3), embed=embedder.embed, rarity=equally)
    assert [(each.words, each.context_words) for each in features] == [(0.0, 1.0), (0.5, 1.0), (1.0, 1.0)]
    alone = describe(
        "Mongolia", split_sentences([hit("He left."), hit("Mongolia.", 2)]), [0], embed=embedder.embed, rarity=equally
    )
    assert alone[0].context_words == 0.0


@pytest.mark.parametrize("name", ["meaning", "words", "passage"])
def test_the_more_a_sentence_has_the_surer_the_answer(name: str) -> None:
    nothing = dict.fromkeys(Features.__slots__, 0.0)
    assert confidence_of(Features(**{**nothing, name: 1.0})) > confidence_of(Features(**nothing))
    assert ANSWERS[name] > 0


def test_a_name_that_the_passage_lacks_lowers_the_confidence(embedder: Embedder) -> None:
    known, strange = (
        judge(f"Did {name} come to Tehran?", SENTENCES, [1], embed=embedder.embed, rarity=equally)
        for name in ("Sergeev", "Powell")
    )
    assert known > strange
    assert CONFIDENCE["absent"] < 0


def test_judging_more_sentences_never_lowers_the_confidence(embedder: Embedder) -> None:
    question = "Who came to Tehran?"
    one, all_of_them = (
        judge(question, SENTENCES, places, embed=embedder.embed, rarity=equally)
        for places in ([1], range(len(SENTENCES)))
    )
    assert all_of_them == pytest.approx(one)
    assert judge(question, SENTENCES, [6], embed=embedder.embed, rarity=equally) < one


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
        "Powell",
        "2000",
        "4.75",
    ]


def test_a_bare_heading_is_no_answer(embedder: Embedder) -> None:
    sentences = split_sentences([hit("Solar farm\n\nIt was opened by Minister Ana Lopes.")])
    reading = read("Who opened the solar farm?", sentences, embed=embedder.embed, rarity=equally, max_quotes=3)
    assert [sentences[number - 1].text for number in reading.numbers] == ["It was opened by Minister Ana Lopes."]
