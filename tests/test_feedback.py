"""Feedback: what readers say of answers becomes questions that an evaluation asks."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from rag import Assistant, Document, evaluate, read_questions
from rag.questions import Gold
from tests.chat_page import ask, browser, serving, visiting
from tests.test_browser import CAPITAL, SCRIPTS, VISIT, WHO, WORTH, ScriptedAssistant
from tests.test_kept_conversations import ANSWERS
from ui.conversations import Conversation, Conversations, moment
from ui.feedback import Feedback, add_feedback
from ui.turns import Turn
from ui.users import Users

__all__ = ["browser"]

CONVERSATION = Conversation(
    "20260101-000000-000000",
    "Tehran",
    tuple(Turn(each, ANSWERS[each].hits, ANSWERS[each].statements, answer=ANSWERS[each]) for each in (WHO, CAPITAL)),
)


def test_a_right_answer_is_a_question_with_its_quotes_as_gold(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "feedback.jsonl")
    feedback.judge(CONVERSATION, 1, "right")
    feedback.judge(CONVERSATION, 2, "right")
    first, second = read_questions(tmp_path / "feedback.jsonl")
    assert (first.text, first.history, first.answerable) == (WHO, (), True)
    assert first.gold == tuple(Gold(quote.document_id, words=quote.text) for quote in ANSWERS[WHO].quotes)
    assert (second.text, second.answerable, second.gold) == (CAPITAL, False, ())
    assert second.history[0] == {"role": "user", "content": WHO}


@pytest.mark.parametrize("judgement", ["wrong", "wrong source"])
def test_a_wrong_answer_is_a_question_that_is_asked_and_not_judged(tmp_path: Path, judgement: str) -> None:
    Feedback(tmp_path / "feedback.jsonl").judge(CONVERSATION, 1, judgement)
    [question] = read_questions(tmp_path / "feedback.jsonl")
    assert (question.text, question.answerable, question.gold) == (WHO, None, ())


def test_what_is_said_last_counts_and_may_be_taken_back(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "feedback.jsonl")
    for judgement in ("right", "wrong"):
        feedback.judge(CONVERSATION, 1, judgement)
    feedback.judge(CONVERSATION, 2, "right")
    assert Feedback(tmp_path / "feedback.jsonl").of(CONVERSATION) == {1: "wrong", 2: "right"}
    feedback.judge(CONVERSATION, 1, "")
    assert feedback.of(CONVERSATION) == {2: "right"}
    assert len((tmp_path / "feedback.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_another_answer_to_the_question_is_not_judged_yet(tmp_path: Path) -> None:
    feedback = Feedback(tmp_path / "feedback.jsonl")
    feedback.judge(CONVERSATION, 1, "wrong")
    again = Conversation(CONVERSATION.id, turns=(Turn(WHO, answer=ANSWERS[WORTH]),))
    assert feedback.of(again) == {}


def test_an_evaluation_asks_what_was_judged(assistant: Assistant, tmp_path: Path) -> None:
    assistant.ingest(Document(id="memo", text="The bridge opened in 1932. It cost six million."))
    answers = [assistant.answer(question) for question in ("When did the bridge open?", "Who designed the tunnel?")]
    conversation = Conversation("20260101-000000-000000", turns=tuple(Turn(a.question, answer=a) for a in answers))
    feedback = Feedback(tmp_path / "feedback.jsonl")
    for number in (1, 2):
        feedback.judge(conversation, number, "right")
    questions = read_questions(tmp_path / "feedback.jsonl")
    assert [outcome.right for outcome in evaluate(assistant, questions).outcomes] == [True, True]


@pytest.mark.parametrize(
    ("path", "sent", "status"),
    [
        (f"/conversations/{CONVERSATION.id}/1/feedback", {"judgement": "right"}, 204),
        (f"/conversations/{CONVERSATION.id}/1/feedback", {"judgement": "lovely"}, 404),
        (f"/conversations/{CONVERSATION.id}/0/feedback", {"judgement": "right"}, 404),
        (f"/conversations/{CONVERSATION.id}/9/feedback", {"judgement": "right"}, 404),
        (f"/conversations/{CONVERSATION.id}/{'9' * 5_000}/feedback", {"judgement": "right"}, 404),
        (f"/conversations/{CONVERSATION.id}/1/feedback", {"judgement": 3}, 422),
        ("/conversations/20200101-000000-000000/1/feedback", {"judgement": "right"}, 404),
        ("/conversations/x/1/feedback", {"judgement": "right"}, 404),
    ],
)
def test_only_answers_that_are_there_are_judged(tmp_path: Path, path: str, sent: object, status: int) -> None:
    site = FastAPI()
    conversations, feedback = Conversations(tmp_path / "conversations"), Feedback(tmp_path / "feedback.jsonl")
    begun = conversations.begin(Conversation(), replace(CONVERSATION.turns[0], asked=moment()))
    add_feedback(site, Users(ScriptedAssistant(SCRIPTS), tmp_path))
    assert TestClient(site).post(path.replace(CONVERSATION.id, begun.id), json=sent).status_code == status
    assert feedback.of(begun) == ({1: "right"} if status == 204 else {})


@pytest.mark.parametrize("torn", ['{"id": "x", "feed', "[]", '{"id": 3, "feedback": "right"}', "\x00"])
def test_a_line_that_is_torn_or_not_ours_stays_and_hides_no_other(tmp_path: Path, torn: str) -> None:
    path = tmp_path / "feedback.jsonl"
    feedback = Feedback(path)
    feedback.judge(CONVERSATION, 1, "right")
    path.write_text(path.read_text(encoding="utf-8") + torn, encoding="utf-8")
    assert feedback.of(CONVERSATION) == {1: "right"}
    feedback.judge(CONVERSATION, 1, "wrong")
    assert feedback.of(CONVERSATION) == {1: "wrong"}
    assert torn in path.read_text(encoding="utf-8").split("\n")


def test_a_reader_says_what_an_answer_is_worth(browser: Browser, tmp_path: Path) -> None:
    with serving(ScriptedAssistant(SCRIPTS), folder=tmp_path) as address, visiting(browser, address) as page:
        ask(page, WHO)
        pressed = page.locator("#answer-1 .actions [aria-pressed=true]")
        page.get_by_role("button", name="Wrong source").click()
        expect(pressed).to_have_text(["Wrong source"])
        page.get_by_role("button", name="Right", exact=True).click()
        expect(pressed).to_have_text(["Right"])
        ask(page, WORTH)
        expect(pressed).to_have_text(["Right"])
        page.reload()
        expect(pressed).to_have_text(["Right"])
        [line] = map(json.loads, (tmp_path / "feedback.jsonl").read_text(encoding="utf-8").splitlines())
        assert (line["question"], line["feedback"]) == (WHO, "right")
        assert VISIT in [gold["text"] for gold in line["gold"]]
        page.locator("#answer-1").get_by_role("button", name="Right", exact=True).click()
        expect(pressed).to_have_count(0)
        assert (tmp_path / "feedback.jsonl").read_text(encoding="utf-8") == ""
