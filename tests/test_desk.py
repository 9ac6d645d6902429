"""The desk: what a reader does at the page, without one; streams that are given up, fail, or end late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.test_browser import CAPITAL, SCRIPTS, WHO, WORTH, ScriptedAssistant
from ui.conversations import Conversation, Conversations
from ui.desk import Desk, Shown
from ui.places import BUSY, Places
from ui.turns import BROKEN, LEFT, STOPPED
from ui.users import User


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "conversations")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    scripts = {**SCRIPTS, "Half \ud800": SCRIPTS[WHO], "Half ?": SCRIPTS[WHO]}
    return Desk(User(ScriptedAssistant(scripts), tmp_path, Places()))


def last(desk: Desk, question: str, conversation: Conversation) -> Conversation:
    *_, shown = desk.ask(question, conversation)
    return shown.conversation


def test_an_answer_that_was_given_up_keeps_what_had_arrived(desk: Desk, kept: Conversations) -> None:
    stream = desk.ask(WHO, Conversation())
    shown = next(shown for shown in stream if shown.conversation.turns[-1].statements)
    stream.close()
    read = kept.read(shown.conversation.id)
    assert read is not None
    assert [turn.failure for turn in read.turns] == [LEFT]
    assert len(read.turns[-1].statements) == 1


def test_a_stopped_answer_that_ends_late_stays_stopped(desk: Desk, kept: Conversations) -> None:
    stream = desk.ask(WHO, Conversation())
    shown = next(stream)
    stopped = desk.end(shown.conversation, why=STOPPED).conversation
    whole = last(desk, CAPITAL, stopped)
    stream.close()
    assert kept.read(whole.id) == whole
    assert [turn.failure for turn in whole.turns] == [STOPPED, ""]


def test_a_conversation_that_is_deleted_while_it_is_answered_stays_deleted(desk: Desk, kept: Conversations) -> None:
    stream = desk.ask(WHO, Conversation())
    desk.remove(next(stream).conversation)
    assert list(stream)[-1].conversation.turns[-1].answer is not None
    assert kept.titles() == {}


def test_a_question_taken_back_while_it_is_answered_stays_out(desk: Desk, kept: Conversations) -> None:
    first = last(desk, WORTH, Conversation())
    stream = desk.ask(WHO, first)
    shown = desk.take_back(next(stream).conversation)
    stream.close()
    assert (shown.question, shown.conversation, kept.read(first.id)) == (WHO, first, first)


def test_a_defect_is_kept_as_one(desk: Desk, kept: Conversations) -> None:
    stream = desk.ask("Break", Conversation())
    id = next(stream).conversation.id
    with pytest.raises(ZeroDivisionError, match="a defect"):
        list(stream)
    read = kept.read(id)
    assert read is not None
    assert read.turns[-1].failure == BROKEN


def test_half_a_character_in_a_question_is_asked_without_it(desk: Desk, kept: Conversations) -> None:
    conversation = last(desk, "Half \ud800", Conversation())
    assert conversation.turns[-1].question == "Half ?"
    assert kept.read(conversation.id) == conversation


def test_what_cannot_be_kept_is_answered_with_a_notice(
    desk: Desk, kept: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ui.conversations.os.replace", fail)
    first, *_, final = desk.ask(WHO, Conversation())
    assert first.notice == "This conversation cannot be kept: No space left on device."
    assert final.conversation.turns[-1].answer is not None
    assert kept.titles() == {}


@pytest.mark.parametrize("question", ["", " \n"])
def test_a_blank_question_changes_nothing(desk: Desk, kept: Conversations, question: str) -> None:
    [shown] = desk.ask(question, Conversation())
    assert (shown.conversation, shown.question, kept.titles()) == (Conversation(), "", {})


def test_with_all_places_taken_nothing_changes_but_for_a_notice(kept: Conversations, tmp_path: Path) -> None:
    desk = Desk(User(ScriptedAssistant(SCRIPTS), tmp_path, Places(at_once=1, waiting=0)))
    first = last(desk, WORTH, Conversation())
    stream = desk.ask(WHO, Conversation())
    next(stream)
    for refused in (desk.ask(CAPITAL, first), desk.ask_again(first)):
        assert list(refused) == [Shown(first, notice=f"{BUSY}.")]
    assert kept.read(first.id) == first
    stream.close()
    assert len(last(desk, CAPITAL, first).turns) == 2


def test_a_question_that_waits_is_shown_at_once_and_answered_in_its_turn(tmp_path: Path) -> None:
    desk = Desk(User(ScriptedAssistant(SCRIPTS), tmp_path, Places(at_once=1, waiting=1)))
    first, second = desk.ask(WHO, Conversation()), desk.ask(WORTH, Conversation())
    assert [next(first).is_answering, next(first).conversation.turns[-1].question] == [True, WHO]
    assert next(second).conversation.turns[-1].question == WORTH
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(list, second)
        list(first)
        assert waiting.result(timeout=20)[-1].conversation.turns[-1].answer is not None


def test_nothing_to_end_to_ask_again_or_to_take_back_is_no_fault(desk: Desk) -> None:
    assert list(desk.ask_again(Conversation())) == []
    assert desk.take_back(Conversation()).conversation == Conversation()
    assert desk.end(Conversation(), why=STOPPED).conversation == Conversation()
