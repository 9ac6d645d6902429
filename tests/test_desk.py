"""The desk: what a reader does at the page, without one; streams that are given up, fail, or end late."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from rag import Scope
from tests.test_browser import CAPITAL, SCRIPTS, WHO, WORTH, ScriptedAssistant
from ui.conversations import Conversation, Conversations
from ui.desk import UNDER_WAY, Desk, Shown
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


def ask(desk: Desk, question: str, conversation: Conversation) -> Iterator[Shown]:
    """What is shown first, and then of the answer."""
    shown = desk.ask(question, conversation)
    yield shown
    yield from desk.answer(shown.conversation)


def last(desk: Desk, question: str, conversation: Conversation) -> Conversation:
    *_, shown = ask(desk, question, conversation)
    return shown.conversation


def test_an_answer_that_was_given_up_keeps_what_had_arrived(desk: Desk, kept: Conversations) -> None:
    stream = ask(desk, WHO, Conversation())
    shown = next(shown for shown in stream if shown.conversation.turns[-1].statements)
    stream.close()
    read = kept.read(shown.conversation.id)
    assert read is not None
    assert [turn.failure for turn in read.turns] == [LEFT]
    assert len(read.turns[-1].statements) == 1


def test_a_stopped_answer_that_ends_late_stays_stopped(desk: Desk, kept: Conversations) -> None:
    stream = ask(desk, WHO, Conversation())
    next(stream)
    shown = next(stream)
    stopped = desk.end(shown.conversation, why=STOPPED).conversation
    whole = last(desk, CAPITAL, stopped)
    stream.close()
    assert kept.read(whole.id) == whole
    assert [turn.failure for turn in whole.turns] == [STOPPED, ""]


def test_what_was_being_answered_when_the_site_stopped_has_ended(desk: Desk, tmp_path: Path) -> None:
    asked = desk.ask(WHO, Conversation()).conversation
    assert [turn.has_ended for turn in desk.open(asked.id).conversation.turns] == [False]
    [turn] = Desk(User(ScriptedAssistant(SCRIPTS), tmp_path, Places())).open(asked.id).conversation.turns
    assert turn.failure == LEFT


def test_a_question_waits_for_the_end_of_the_answer_before(desk: Desk, kept: Conversations) -> None:
    stream = ask(desk, WHO, Conversation())
    for shown in (next(stream), next(stream)):
        refused = desk.ask(CAPITAL, shown.conversation)
        assert refused == Shown(shown.conversation, notice=UNDER_WAY, is_refused=True)
    *_, shown = stream
    whole = last(desk, CAPITAL, shown.conversation)
    assert [(turn.question, turn.answer is not None) for turn in whole.turns] == [(WHO, True), (CAPITAL, True)]
    assert kept.read(whole.id) == whole


def test_a_question_is_answered_once(desk: Desk) -> None:
    asked = desk.ask(WHO, Conversation()).conversation
    assert [len(list(desk.answer(asked))) > 0 for _ in range(3)] == [True, False, False]
    assert len(desk._user._assistant.scopes) == 1  # type: ignore[attr-defined]  # a scripted one


def test_a_question_whose_answer_never_began_was_left(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = desk.ask(WHO, Conversation()).conversation
    monkeypatch.setattr("ui.due.SECONDS", 0.0)
    [turn] = desk.open(asked.id).conversation.turns
    assert turn.failure == LEFT


def test_a_question_that_is_stopped_before_its_answer_begins_is_not_answered(desk: Desk, kept: Conversations) -> None:
    asked = desk.ask(WHO, Conversation())
    stopped = desk.end(asked.conversation, why=STOPPED).conversation
    assert list(desk.answer(stopped)) == []
    assert kept.read(stopped.id) == stopped


def test_a_conversation_that_is_deleted_while_it_is_answered_stays_deleted(desk: Desk, kept: Conversations) -> None:
    stream = ask(desk, WHO, Conversation())
    desk.remove(next(stream).conversation)
    assert list(stream)[-1].conversation.turns[-1].answer is not None
    assert kept.titles() == {}


def test_a_question_replaced_while_it_is_answered_stays_out(desk: Desk, kept: Conversations) -> None:
    first = last(desk, WORTH, Conversation())
    stream = ask(desk, WHO, first)
    asked = next(stream).conversation
    shown = desk.ask(CAPITAL, asked, instead_of=asked.turns[-1])
    stream.close()
    assert [turn.question for turn in shown.conversation.turns] == [WORTH, CAPITAL]
    read = kept.read(first.id)
    assert read is not None
    assert [turn.question for turn in read.turns] == [WORTH, CAPITAL]


def test_a_question_that_is_changed_stays_until_it_is_asked_again(desk: Desk, kept: Conversations) -> None:
    whole = last(desk, WHO, Conversation())
    shown = desk.change(whole)
    assert (shown.question, shown.replaced, shown.conversation) == (WHO, whole.turns[0].asked, whole)
    assert desk.leave_as_it_is(whole) == Shown(whole, question="")
    assert kept.read(whole.id) == whole


def test_a_defect_is_kept_as_one(desk: Desk, kept: Conversations) -> None:
    stream = ask(desk, "Break", Conversation())
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
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    first, *_, final = ask(desk, WHO, Conversation())
    assert first.notice == "This conversation cannot be kept: No space left on device."
    assert final.conversation.turns[-1].answer is not None
    assert kept.titles() == {}
    for act in (desk.ask_again, lambda conversation: desk.rename(conversation, "Notes")):
        shown = act(last(desk, WHO, final.conversation))
        assert shown.notice == "This conversation cannot be kept: No space left on device."
    alone = last(desk, WHO, Conversation())
    monkeypatch.setattr(Path, "unlink", fail)
    assert desk.remove(alone).notice == "This conversation cannot be deleted (No space left on device)."


def test_half_a_character_in_a_scope_is_answered_with_a_notice(desk: Desk) -> None:
    shown = desk.ask(WHO, Conversation(), scope=Scope(since="\ud800"))
    assert shown.notice == "This conversation cannot be kept: it holds half a character."


@pytest.mark.parametrize("question", ["", " \n"])
def test_a_blank_question_changes_nothing(desk: Desk, kept: Conversations, question: str) -> None:
    shown = desk.ask(question, Conversation())
    assert (shown.conversation, shown.question, kept.titles()) == (Conversation(), "", {})
    assert list(desk.answer(Conversation())) == []


def test_with_all_places_taken_nothing_changes_but_for_a_notice(kept: Conversations, tmp_path: Path) -> None:
    places = Places(at_once=1, waiting=0)
    desk = Desk(User(ScriptedAssistant(SCRIPTS), tmp_path, places))
    first = last(desk, WORTH, Conversation())
    with places.take():
        for refused in (desk.ask(CAPITAL, first), desk.ask_again(first)):
            assert refused == Shown(first, notice=f"{BUSY}.", is_refused=True)
            assert list(desk.answer(first)) == []
    assert kept.read(first.id) == first
    assert len(last(desk, CAPITAL, first).turns) == 2


def test_the_more_are_answered_the_longer_is_the_pace_of_each() -> None:
    places = Places(at_once=64, waiting=0)
    alone = places.pace()
    with ExitStack() as taken:
        for _ in range(50):
            taken.enter_context(places.take())
        assert places.pace() > 3 * alone
    assert places.pace() == alone


def test_who_loses_the_last_place_to_another_may_ask_again(kept: Conversations, tmp_path: Path) -> None:
    places = Places(at_once=1, waiting=0)
    desk = Desk(User(ScriptedAssistant(SCRIPTS), tmp_path, places))
    asked = desk.ask(WHO, Conversation())
    with places.take():
        [refused] = desk.answer(asked.conversation)
    assert [turn.failure for turn in refused.conversation.turns] == [f"{BUSY}."]
    assert kept.read(asked.conversation.id) == refused.conversation
    again = desk.ask_again(refused.conversation)
    *_, shown = desk.answer(again.conversation)
    assert shown.conversation.turns[-1].answer is not None


def test_a_question_that_waits_is_answered_in_its_turn(tmp_path: Path) -> None:
    places = Places(at_once=1, waiting=1)
    desk = Desk(User(ScriptedAssistant(SCRIPTS), tmp_path, places))
    asked = desk.ask(WHO, Conversation())
    with ThreadPoolExecutor(1) as pool:
        with places.take():
            waiting = pool.submit(list, desk.answer(asked.conversation))
            with pytest.raises(TimeoutError):
                waiting.result(timeout=0.1)
        assert waiting.result(timeout=20)[-1].conversation.turns[-1].answer is not None


def test_nothing_to_end_to_ask_again_or_to_change_is_no_fault(desk: Desk) -> None:
    assert desk.ask_again(Conversation()) == Shown(Conversation())
    assert desk.change(Conversation()).conversation == Conversation()
    assert desk.end(Conversation(), why=STOPPED).conversation == Conversation()
