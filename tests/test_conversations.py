"""Conversations: what is kept of them, and that nothing else is read or lost."""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest

from rag import Answer, Hit, HitsEvent, Passage, Quote, Statement, StatementEvent
from ui.conversations import ID, LONGEST_TITLE, Conversation, Conversations
from ui.turns import Turn, add_event

PASSAGE = Passage("d", 0, 20, "Ada wrote the notes.", "Notes", pages=(0, 9), author="Ada")
QUOTE = Quote(1, "d", 0, 20, "Ada wrote the notes.", page=1)
STATEMENT = Statement("Ada wrote notes.", (QUOTE,), "supported")
ANSWER = Answer(
    *("Who?", "Who?", "Ada wrote notes. [1]", (STATEMENT,), (QUOTE,), False, 0.9, (Hit(PASSAGE, 0.5, 1),), "m"),
    notes=("a note",),
)
DONE = Turn("Who?", ANSWER.hits, ANSWER.statements, answer=ANSWER)


@pytest.fixture
def kept(tmp_path: Path) -> Conversations:
    return Conversations(tmp_path / "conversations")


def begun(*questions: str) -> Conversation:
    conversation = Conversation()
    for question in questions:
        conversation = conversation.ask(question)
    return conversation


def test_what_was_kept_is_read_again_by_the_next_start(tmp_path: Path, kept: Conversations) -> None:
    under_way = add_event(add_event(Turn("And?"), HitsEvent(ANSWER.hits, "And?")), StatementEvent(STATEMENT))
    conversation = begun("Who?").with_last(DONE).ask("And?").with_last(under_way).end("You stopped it.")
    kept.keep(conversation)
    assert Conversations(tmp_path / "conversations").read(conversation.id) == conversation
    assert [turn.failure for turn in conversation.turns] == ["", "You stopped it."]


def test_the_first_question_names_it_and_begins_it() -> None:
    conversation = begun("Who\n wrote  it? " + "x" * 100, "And?")
    assert ID.fullmatch(conversation.id)
    assert conversation.title.startswith("Who wrote it? xxx")
    assert len(conversation.title) == LONGEST_TITLE
    assert [turn.question[:3] for turn in conversation.turns] == ["Who", "And"]


def test_nothing_is_kept_of_one_without_a_question(tmp_path: Path, kept: Conversations) -> None:
    kept.keep(Conversation())
    assert list(tmp_path.iterdir()) == []
    assert kept.titles() == {}


def test_an_answer_that_ended_is_not_ended_again() -> None:
    done = begun("Who?").with_last(DONE)
    failed = begun("Who?").end("It failed.")
    assert done.end("You stopped it.") == done
    assert failed.end("You stopped it.") == failed
    assert Conversation().end("You stopped it.") == Conversation()


def test_the_one_changed_last_is_listed_first(kept: Conversations) -> None:
    first, second = begun("First?"), begun("Second?")
    for conversation in (first, second):
        kept.keep(conversation)
        time.sleep(0.01)
    assert list(kept.titles().values()) == ["Second?", "First?"]
    kept.keep(first.ask("More?"))
    assert list(kept.titles()) == [first.id, second.id]


def test_it_is_renamed_and_removed(kept: Conversations) -> None:
    conversation = begun("Who?").with_last(DONE)
    kept.keep(conversation)
    kept.rename(conversation.id, "  The\nnotes ")
    assert kept.titles() == {conversation.id: "The notes"}
    kept.rename(conversation.id, " ")
    assert kept.titles() == {conversation.id: "The notes"}
    assert kept.read(conversation.id) == Conversation(conversation.id, "The notes", conversation.turns)
    kept.remove(conversation.id)
    kept.remove(conversation.id)
    assert (kept.titles(), kept.read(conversation.id)) == ({}, None)


@pytest.mark.parametrize("id", ["", "..", "../secret", "20260101-000000-000000/../../secret", "20260101-000000-00000x"])
def test_an_id_of_another_form_reads_and_removes_nothing(tmp_path: Path, kept: Conversations, id: str) -> None:
    kept.keep(begun("Who?"))
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"title": "x"}\n', encoding="utf-8")
    assert kept.read(id) is None
    kept.rename(id, "y")
    kept.remove(id)
    assert secret.read_text(encoding="utf-8") == '{"title": "x"}\n'


@pytest.mark.parametrize(
    "content", ["", "[]\n", '{"title": 3}\n', "\x00", '{"title": "Who?"}\n{"question": 3}\n', '{"tit']
)
def test_one_that_is_damaged_hides_no_other_and_is_left_as_it_is(
    tmp_path: Path, kept: Conversations, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    good, bad = begun("Who?"), begun("And?")
    kept.keep(good)
    path = tmp_path / "conversations" / f"{bad.id}.jsonl"
    path.write_text(content, encoding="utf-8")
    assert good.id in kept.titles()
    assert kept.read(bad.id) is None
    assert re.search(f"{bad.id}.* cannot be read", caplog.text)
    assert path.read_text(encoding="utf-8") == content


def test_a_write_that_fails_leaves_what_was_kept(kept: Conversations, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = begun("Who?")
    kept.keep(conversation)

    def fail(*_: object) -> None:
        raise OSError("no space left on the device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="no space left"):
            kept.keep(conversation.ask("And?"))
    assert kept.read(conversation.id) == conversation
    assert list(kept.titles()) == [conversation.id]
