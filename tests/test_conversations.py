"""Conversations: what is kept of them, and that nothing else is read or lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from rag import Answer, Hit, HitsEvent, Passage, Quote, Statement, StatementEvent
from ui.conversations import ID, LONGEST_TITLE, Conversation, Conversations, moment
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


def asked(question: str = "Who?") -> Turn:
    return Turn(question, asked=moment())


def begun(kept: Conversations, *questions: str) -> Conversation:
    conversation = Conversation()
    for question in questions:
        conversation = kept.begin(conversation, asked(question))
    return conversation


def test_what_was_kept_is_read_again_by_the_next_start(tmp_path: Path, kept: Conversations) -> None:
    conversation = begun(kept, "Who?", "And?")
    first, second = conversation.turns
    done = replace(DONE, asked=first.asked)
    under_way = add_event(add_event(second, HitsEvent(ANSWER.hits, "And?")), StatementEvent(STATEMENT))
    kept.keep(conversation.id, done)
    kept.keep(conversation.id, under_way.end("You stopped it."))
    read = Conversations(tmp_path / "conversations").read(conversation.id)
    assert read == Conversation(conversation.id, "Who?", (done, replace(under_way, failure="You stopped it.")))


def test_the_first_question_names_it_and_begins_it(kept: Conversations) -> None:
    conversation = begun(kept, "Who\n wrote  it? " + "x" * 100, "And?")
    assert ID.fullmatch(conversation.id)
    assert conversation.title.startswith("Who wrote it? xxx")
    assert len(conversation.title) == LONGEST_TITLE
    assert [turn.question[:3] for turn in conversation.turns] == ["Who", "And"]


def test_an_answer_that_ended_is_not_ended_again(kept: Conversations) -> None:
    conversation = begun(kept, "Who?")
    [turn] = conversation.turns
    kept.keep(conversation.id, turn.end("It failed."))
    kept.keep(conversation.id, turn.end("You stopped it."))
    assert kept.read(conversation.id) == conversation.put(turn.end("It failed."))
    assert DONE.end("You stopped it.") == DONE


def test_an_answer_that_ends_late_changes_its_own_turn_alone(kept: Conversations) -> None:
    late = begun(kept, "Late?")
    whole = kept.begin(late, asked("Later?"))
    kept.keep(late.id, late.turns[0].end("It was left."))
    assert kept.read(late.id) == whole.put(late.turns[0].end("It was left."))


def test_an_answer_that_ends_late_brings_nothing_back(kept: Conversations) -> None:
    deleted, changed = begun(kept, "Who?"), begun(kept, "What?", "Why?")
    kept.remove(deleted.id)
    kept.keep(deleted.id, deleted.turns[0].end("It was left."))
    assert kept.read(deleted.id) is None
    other = kept.begin(changed, asked("How?"), instead_of=changed.turns[-1])
    kept.keep(changed.id, changed.turns[-1].end("It was left."))
    assert kept.read(changed.id) == other
    assert [turn.question for turn in other.turns] == ["What?", "How?"]


def test_two_tabs_add_to_one_conversation(kept: Conversations) -> None:
    both = begun(kept, "Who?")
    kept.begin(both, asked("From the first?"))
    last = kept.begin(both, asked("From the second?"))
    assert [turn.question for turn in last.turns] == ["Who?", "From the first?", "From the second?"]
    assert kept.read(both.id) == last


def test_a_question_in_place_of_another_takes_that_one_out(kept: Conversations) -> None:
    conversation = begun(kept, "Who?", "What?")
    again = kept.begin(conversation, asked("What?"), instead_of=conversation.turns[-1])
    assert [turn.question for turn in again.turns] == ["Who?", "What?"]
    assert again.turns[-1] != conversation.turns[-1]
    assert kept.titles() == {again.id: "Who?"}
    assert kept.begin(again, asked("Whose?"), instead_of=again.turns[0]).title == "Whose?"


def test_a_question_to_a_conversation_that_was_deleted_begins_another(kept: Conversations) -> None:
    deleted = begun(kept, "Who?")
    kept.remove(deleted.id)
    other = kept.begin(deleted, asked("And?"))
    assert (other.id == deleted.id, [turn.question for turn in other.turns]) == (False, ["And?"])


def test_many_writers_lose_nothing_and_no_reader_sees_half(kept: Conversations) -> None:
    conversation = begun(kept, "Who?")
    seen: list[Conversation | None] = []

    def write(number: int) -> None:
        turn = Turn(f"{number}", asked=f"9-{number}")  # later than the site began
        kept.begin(conversation, turn)
        seen.append(kept.read(conversation.id))
        kept.keep(conversation.id, turn.end("It was left."))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(60)))
    assert None not in seen
    whole = kept.read(conversation.id)
    assert whole is not None
    assert sorted(turn.question for turn in whole.turns) == sorted(["Who?", *map(str, range(60))])
    assert {turn.failure for turn in whole.turns[1:]} == {"It was left."}


def test_the_one_changed_last_is_listed_first(kept: Conversations) -> None:
    first, second = begun(kept, "First?"), begun(kept, "Second?")
    assert list(kept.titles().values()) == ["Second?", "First?"]
    kept.begin(first, asked("More?"))
    assert list(kept.titles()) == [first.id, second.id]


def test_it_is_renamed_and_removed(kept: Conversations) -> None:
    conversation = begun(kept, "Who?")
    kept.rename(conversation.id, "  The\nnotes ")
    assert kept.titles() == {conversation.id: "The notes"}
    kept.rename(conversation.id, " ")
    kept.keep(conversation.id, conversation.turns[0].end("It was left."))
    assert kept.titles() == {conversation.id: "The notes"}
    kept.remove(conversation.id)
    kept.remove(conversation.id)
    assert (kept.titles(), kept.read(conversation.id)) == ({}, None)


@pytest.mark.parametrize(
    "id",
    ["", "..", "../secret", "20260101-000000-000000/../../secret", "20260101-000000-00000x", "٢٠٢٦٠١٠١-000000-000000"],
)
def test_an_id_of_another_form_reads_and_removes_nothing(tmp_path: Path, kept: Conversations, id: str) -> None:
    begun(kept, "Who?")
    secret = tmp_path / "secret.jsonl"
    secret.write_text('{"title": "x"}\n', encoding="utf-8")
    assert kept.read(id) is None
    kept.rename(id, "y")
    kept.remove(id)
    assert secret.read_text(encoding="utf-8") == '{"title": "x"}\n'


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]\n",
        '{"title": 3}\n',
        "\x00",
        '{"title": "Who?"}\n{"question": 3}\n',
        '{"tit',
        '{"title": ' + "[" * 200_000,
    ],
)
def test_one_that_is_damaged_hides_no_other_and_is_left_as_it_is(
    tmp_path: Path, kept: Conversations, content: str, caplog: pytest.LogCaptureFixture
) -> None:
    good = begun(kept, "Who?")
    path = tmp_path / "conversations" / "20260101-000000-000000.jsonl"
    path.write_text(content, encoding="utf-8")
    assert good.id in kept.titles()
    assert kept.read(path.stem) is None
    assert f"{path.stem}.jsonl cannot be read" in caplog.text
    assert path.read_text(encoding="utf-8") == content


def test_titles_are_listed_while_others_are_written(kept: Conversations) -> None:
    conversations = [begun(kept, f"{number}?") for number in range(4)]

    def rename(number: int) -> None:
        for _ in range(100):
            kept.rename(conversations[number].id, f"{number}!")

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(rename, number) for number in range(4)]
        while not all(each.done() for each in writing):
            assert len(kept.titles()) == 4
    assert sorted(kept.titles().values()) == ["0!", "1!", "2!", "3!"]


def test_a_folder_in_place_of_one_hides_no_other(tmp_path: Path, kept: Conversations) -> None:
    good = begun(kept, "Who?")
    (tmp_path / "conversations" / "20260101-000000-000000.jsonl").mkdir()
    assert kept.titles() == {good.id: "Who?"}
    assert kept.read("20260101-000000-000000") is None


def test_a_long_title_of_a_file_is_cut(tmp_path: Path, kept: Conversations) -> None:
    (tmp_path / "conversations").mkdir()
    path = tmp_path / "conversations" / "20260101-000000-000000.jsonl"
    path.write_text(json.dumps({"title": "x" * 10_000}) + "\n", encoding="utf-8")
    assert len(kept.titles()[path.stem]) == LONGEST_TITLE


def test_what_the_disk_refuses_is_kept_in_memory_until_it_takes_it(
    tmp_path: Path, kept: Conversations, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = begun(kept, "Who?")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        more, other = kept.begin(conversation, asked("And?")), begun(kept, "Else?")
        kept.rename(other.id, "Other")
    assert kept.fault(more.id) == "No space left on device"
    assert Conversations(tmp_path / "conversations").titles() == {conversation.id: "Who?"}
    assert kept.titles() == {more.id: "Who?", other.id: "Other"}
    assert [kept.read(each.id) == each for each in (more, replace(other, title="Other"))] == [True, True]
    whole = kept.begin(more, asked("What?"))
    kept.remove(other.id)
    assert [turn.question for turn in whole.turns] == ["Who?", "And?", "What?"]
    assert (kept.fault(more.id), kept.read(other.id)) == ("", None)
    assert Conversations(tmp_path / "conversations").titles() == {conversation.id: "Who?"}


@pytest.mark.parametrize("number", ["0", "2", "-1", "01", "1.0", "", "9" * 5_000, "١"])
def test_an_answer_is_found_by_its_number_alone(kept: Conversations, number: str) -> None:
    conversation = begun(kept, "Who?")
    kept.keep(conversation.id, replace(DONE, asked=conversation.turns[0].asked))
    assert kept.find_answer(conversation.id, number) is None
    found = kept.find_answer(conversation.id, "1")
    assert found == (kept.read(conversation.id), 1)
