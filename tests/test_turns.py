"""Turns: how an answer grows from events, and what the assistant is told of earlier ones."""

from __future__ import annotations

from dataclasses import replace

from rag import Answer, AnswerEvent, Hit, HitsEvent, ModelError, Passage, Quote, Statement, StatementEvent, TextEvent
from tests.test_browser import ScriptedAssistant
from ui.turns import Turn, add_event, list_history, stream_turn

PACE = 0.3
HIT = Hit(Passage("d", 0, 20, "Ada wrote the notes."), 0.9, 1)
QUOTE = Quote(1, "d", 0, 20, "Ada wrote the notes.")
PROVED = Statement("Ada wrote notes", (QUOTE,), "supported")
MOVED = Statement("She wrote them", (QUOTE,), "re-pointed", "another sentence says so")
FALSE = Statement("She flew", (), "unsupported", "no source says flew")
ANSWER = Answer("Who?", "Who?", "", (), (QUOTE,), False, 0.5, (HIT,), "embedded")


def test_events_add_up_to_a_turn_and_the_answer_has_the_last_word() -> None:
    answer = replace(ANSWER, statements=(MOVED,))
    events = [
        HitsEvent((HIT,), "Who?"),
        TextEvent("Ada "),
        TextEvent("wrote"),
        StatementEvent(PROVED),
        TextEvent("She"),
    ]
    turns = [Turn("Who?")]
    for event in [*events, AnswerEvent(answer)]:
        turns.append(add_event(turns[-1], event))
    assert turns == [
        Turn("Who?"),
        Turn("Who?", (HIT,)),
        Turn("Who?", (HIT,), (), "Ada "),
        Turn("Who?", (HIT,), (), "Ada wrote"),
        Turn("Who?", (HIT,), (PROVED,), ""),
        Turn("Who?", (HIT,), (PROVED,), "She"),
        Turn("Who?", (HIT,), (MOVED,), "", answer),
    ]


def test_text_is_shown_at_a_pace_and_all_else_at_once() -> None:
    texts = [TextEvent(letter) for letter in "abcdefgh"]
    events = [HitsEvent((HIT,), "Who?"), *texts[:5], StatementEvent(PROVED), *texts[5:], AnswerEvent(ANSWER)]
    moments = iter([0.0, 1.0, 1.1, 1.2, 1.0 + PACE, 1.5, 1.55, 1.1 + 2 * PACE, 1.9])
    assistant = ScriptedAssistant({"Who?": events})
    stream = stream_turn(assistant, Turn("Who?"), (), pace=lambda: PACE, now=lambda: next(moments))
    shown = [(turn.open_text, turn.statements, turn.answer) for turn in stream]
    assert shown == [
        ("", (), None),
        ("a", (), None),
        ("abcd", (), None),
        ("", (PROVED,), None),
        ("fg", (PROVED,), None),
        ("", (), ANSWER),
    ]


def test_a_failure_shows_the_text_that_was_not_yet_shown() -> None:
    events = [TextEvent("Ada "), TextEvent("wrote"), ModelError("it is gone; ask again")]
    *_, last = stream_turn(ScriptedAssistant({"Who?": events}), Turn("Who?"), (), pace=lambda: PACE, now=lambda: 0.0)
    assert last == Turn("Who?", open_text="Ada wrote", failure="it is gone; ask again")


def test_the_history_is_plain_text_and_leaves_out_turns_of_which_nothing_arrived() -> None:
    turns = [
        Turn("Who?", statements=(PROVED, MOVED), failure="gone"),
        Turn("Lost?", failure="gone"),
        Turn("Where?", statements=(FALSE,), answer=replace(ANSWER, text="They do not say.", abstained=True)),
    ]
    assert list_history(turns) == [
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": "Ada wrote notes She wrote them"},
        {"role": "user", "content": "Where?"},
        {"role": "assistant", "content": "They do not say."},
    ]


def test_the_quotes_of_a_turn_are_in_the_order_of_their_numbers_each_once() -> None:
    second = replace(QUOTE, number=2)
    assert Turn("Who?", statements=(replace(PROVED, quotes=(second, QUOTE)), PROVED)).quotes == [QUOTE, second]
