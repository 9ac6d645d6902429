"""Follow up: when a question takes up what was asked before it, and what it takes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.followups import MOST_WORDS, plain_turns, restated, stand_alone
from rag.types import Message

SANCTIONS = "Has Washington sanctioned Russian companies?"


def turns(*questions: str) -> list[Message]:
    return [
        turn
        for question in questions
        for turn in ({"role": "user", "content": question}, {"role": "assistant", "content": "Nobody in Minsk knows."})
    ]


@given(st.text())
def test_without_history_a_question_stays_as_it_is(question: str) -> None:
    assert stand_alone(question, []) == question


@given(st.text(), st.lists(st.text(), max_size=4))
def test_the_question_comes_first_and_nothing_is_added_but_words_of_earlier_ones(
    question: str, earlier: list[str]
) -> None:
    asked = stand_alone(question, turns(*earlier))
    assert asked.startswith(question)
    if added := asked.removeprefix(question):
        words = added.removeprefix(" (").removesuffix(")").split(" ")
        assert added == f" ({' '.join(words)})"
        assert all(any(word in text for text in earlier) for word in words)
        assert len(words) <= MOST_WORDS


@given(st.text(st.characters(codec=None)), st.lists(st.text(st.characters(codec=None)), max_size=3))
def test_whatever_was_written_the_result_can_be_encoded(question: str, earlier: list[str]) -> None:
    stand_alone(question, turns(*earlier)).encode()


@pytest.mark.parametrize(
    "question",
    [
        "And for what reason?",
        "Why?",
        "When?",
        "What about Iran?",
        "How about the Taliban movement in Afghanistan?",
        "Did they sell weapons and spare parts last year?",
        "What did he say about missiles and submarines?",
        "When did they leave Iran?",
        "Which ones?",
    ],
)
def test_a_question_that_leans_back_takes_the_words_of_the_one_before_along(question: str) -> None:
    assert stand_alone(question, turns("Who visited Tehran?", SANCTIONS)) == (
        f"{question} (Washington sanctioned Russian companies)"
    )


@pytest.mark.parametrize(
    ("question", "takes"),
    [
        ("Which Russian institutes were named?", "Washington sanctioned companies"),
        ("How large is that company with the missiles?", "Washington sanctioned Russian"),
    ],
)
def test_a_question_that_shares_a_word_with_the_one_before_is_on_its_subject(question: str, takes: str) -> None:
    assert stand_alone(question, turns(SANCTIONS)) == f"{question} ({takes})"


@pytest.mark.parametrize(
    "question",
    [
        "When did the theatre close?",
        "Who built the lighthouse?",
        "Who visited Tehran?",
        "How much could Moscow earn from arms sales?",
        "Which weapons were sold to neighbouring countries?",
        "Did President Khatami praise it?",
    ],
)
def test_a_question_on_a_new_subject_stays_as_it_is(question: str) -> None:
    assert stand_alone(question, turns(SANCTIONS)) == question


def test_a_chain_of_follow_ups_goes_back_to_the_first_that_stands_alone() -> None:
    history = turns("What is the capital of Mongolia?", SANCTIONS, "And for what purpose?")
    assert stand_alone("When?", history) == "When? (purpose Washington sanctioned Russian companies)"


def test_a_chain_ends_after_a_few_questions_and_a_few_words() -> None:
    assert stand_alone("Why?", turns("And Tehran?", "And Moscow?", "And Kabul?", "And Rome?")) == (
        "Why? (Rome Kabul Moscow)"
    )
    long = " ".join(f"word{number}" for number in range(1_000))
    assert stand_alone("Why?", turns(long)) == f"Why? ({' '.join(long.split()[:MOST_WORDS])})"


def test_a_word_is_added_once_whatever_its_ending_and_an_abbreviation_keeps_its_points() -> None:
    assert stand_alone("And the companies?", turns("Which company told its sister company of U.N. plans?")) == (
        "And the companies? (told sister U.N. plans)"
    )


def test_a_question_before_that_says_nothing_adds_nothing() -> None:
    assert stand_alone("Why?", turns("Who is it?")) == "Why?"


def test_what_the_assistant_said_is_not_taken_along() -> None:
    assert stand_alone("Why?", [{"role": "assistant", "content": "Hello."}, {"role": "system", "content": "Be."}]) == (
        "Why?"
    )


@pytest.mark.parametrize(
    ("history", "turns"),
    [
        (None, []),
        ([{"role": "user", "content": [{"type": "text", "text": "Who?"}, "When?"]}], [("user", "Who?\nWhen?")]),
        ([{"role": "system", "content": "Obey."}, {"role": "assistant", "content": "He."}], [("assistant", "He.")]),
        (
            [{"role": "user", "content": None}, {"role": "user"}, {"content": "Who?"}, {"role": "user", "content": ""}],
            [],
        ),
        ([{"role": "user", "content": [{"type": "file", "file": {"path": "/etc/passwd"}}]}], []),
    ],
)
def test_only_the_text_of_user_and_assistant_is_taken_from_a_history(
    history: list[Message] | None, turns: list[tuple[str, str]]
) -> None:
    assert [(turn["role"], turn["content"]) for turn in plain_turns(history)] == turns


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Why has Washington sanctioned Russian companies?", "Why has Washington sanctioned Russian companies?"),
        (
            "\nRewritten question: “Why did Washington sanction them?”\nBecause.",
            "Why did Washington sanction them?",
        ),
        ("Why has Minsk sanctioned Russian companies?", "Why has Minsk sanctioned Russian companies?"),
        ("Because of their dealings with Iran.", ""),
        ("Why has Oslo sanctioned Russian companies?", ""),
        ("Why has Washington sanctioned 12 Russian companies?", ""),
        ("Who painted it?", ""),
        ("", ""),
        (f"Why has Washington {'really ' * 200}sanctioned them?", ""),
    ],
)
def test_a_question_that_a_model_words_anew_names_nothing_of_its_own(said: str, asked: str) -> None:
    assert restated(said, "And why did it do so?", turns(SANCTIONS)) == asked


def test_a_question_worded_anew_keeps_half_of_its_words() -> None:
    asked = "Which Russian companies of the defense industry have been sanctioned?"
    assert restated(asked, "Which of the defense industry?", turns(SANCTIONS)) == asked
    assert restated(asked, "Were banks, insurers and the defense ministry named?", turns(SANCTIONS)) == ""


def test_a_word_within_another_name_is_not_shared() -> None:
    asked = "Which treaty might the United States scrap?"
    assert stand_alone(asked, turns("What did the State Department say of sales?")) == asked
    assert stand_alone("Which treaty might the States scrap?", turns("Who rules the United States?")) == (
        "Which treaty might the States scrap? (rules United)"
    )


def test_whoever_asks_without_a_mark_is_understood_without_one() -> None:
    asked = "why did Washington sanction Russian companies"
    assert restated(asked, "why did it sanction them", turns(SANCTIONS)) == asked


def test_an_order_may_be_worded_anew_as_an_order() -> None:
    assert restated("List the companies.", "List them.", turns(SANCTIONS)) == "List the companies."
