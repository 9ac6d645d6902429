"""Follow up: when a question takes the one before it along."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.followups import plain_turns, stand_alone
from rag.types import Message

SANCTIONS = "Has Washington sanctioned Russian companies?"


def turns(*questions: str) -> list[Message]:
    return [
        turn
        for question in questions
        for turn in ({"role": "user", "content": question}, {"role": "assistant", "content": "The answer to that."})
    ]


@given(st.text())
def test_without_history_a_question_stays_as_it_is(question: str) -> None:
    assert stand_alone(question, []) == question


@given(st.text(), st.lists(st.text(), max_size=4))
def test_the_question_comes_first_and_earlier_ones_follow_newest_first(question: str, earlier: list[str]) -> None:
    possible = [" ".join([question, *earlier[::-1][:taken]]) for taken in range(len(earlier) + 1)]
    assert stand_alone(question, turns(*earlier)) in possible


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
        "Which companies?",
    ],
)
def test_a_question_that_leans_back_takes_the_one_before_along(question: str) -> None:
    assert stand_alone(question, turns("Who visited Tehran?", SANCTIONS)) == f"{question} {SANCTIONS}"


@pytest.mark.parametrize(
    "question",
    [
        "Who visited Tehran?",
        "How much could Russia earn from arms sales?",
        "Which weapons were sold to neighbouring countries?",
        "Did President Khatami praise it?",
    ],
)
def test_a_question_that_stands_alone_stays_alone(question: str) -> None:
    assert stand_alone(question, turns(SANCTIONS)) == question


def test_a_chain_of_follow_ups_goes_back_to_the_first_that_stands_alone() -> None:
    history = turns("What is the capital of Mongolia?", SANCTIONS, "And for what reason?")
    assert stand_alone("When?", history) == f"When? And for what reason? {SANCTIONS}"


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
