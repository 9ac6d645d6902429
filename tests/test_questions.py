"""Read questions: what a line may hold, and what is said of one that cannot be used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from rag import Gold, Question, QuestionError, read_questions
from tests.benchmarks.sets import EVAL

ROOT = Path(__file__).parents[1]


def write(folder: Path, *lines: object) -> Path:
    """A file with the lines: text as it is, anything else as JSON."""
    path = folder / "questions.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_a_line_is_read_with_all_that_it_holds(tmp_path: Path) -> None:
    turn = {"role": "user", "content": "Has the bridge a name?"}
    record = {
        "id": 7,
        "question": "When was it built?",
        "history": [turn],
        "answerable": True,
        "gold": [
            "opened in 1932",
            {"doc_id": "bridges.txt"},
            {"doc_id": "bridges.txt", "text": "in 1932"},
            {"doc_id": "bridges.txt", "start": 3, "end": 9},
            {"doc_id": "bridges.txt", "start": 3, "end": 9, "text": "bridge", "rationale": 0},
        ],
        "gold_mode": "all",
        "answer": r"19\d2",
        "difficulty": "easy",
    }
    path = write(tmp_path, record)
    assert read_questions(path) == [
        Question(
            id="7",
            text="When was it built?",
            history=(turn,),
            answerable=True,
            gold=(
                Gold(words="opened in 1932"),
                Gold(document="bridges.txt"),
                Gold(document="bridges.txt", words="in 1932"),
                Gold(document="bridges.txt", start=3, end=9),
                Gold(document="bridges.txt", start=3, end=9, words="bridge"),
            ),
            gold_mode="all",
            pattern=r"19\d2",
            place=f"{path}, line 1",
        )
    ]


def test_what_is_left_out_has_its_default_and_a_blank_line_counts_only_as_a_line(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "\ufeff",
        {"question": "Who?", "gold": "Ann"},
        "  ",
        {"question": "What?", "answerable": False, "gold": []},
        {"question": "Hm?", "answerable": None},
        {"question": "Why?", "answer": "because"},
    )
    assert read_questions(path) == [
        Question("line 2", "Who?", answerable=True, gold=(Gold(words="Ann"),), place=f"{path}, line 2"),
        Question("line 4", "What?", answerable=False, place=f"{path}, line 4"),
        Question("line 5", "Hm?", answerable=None, place=f"{path}, line 5"),
        Question("line 6", "Why?", answerable=True, pattern="because", place=f"{path}, line 6"),
    ]


def test_a_separator_within_a_text_ends_no_line(tmp_path: Path) -> None:
    path = write(tmp_path, '{"question": "Who\u2028is\u0085it?", "answerable": false}')
    assert [question.text for question in read_questions(path)] == ["Who\u2028is\u0085it?"]


SOUND = '{"id": "a", "question": "Who?", "gold": "Ann"}'
UNUSABLE = {
    "{": "it is not JSON (Expecting property name enclosed in double quotes, column 2); write {",
    "9" * 5000: "it is not JSON that can be read; write {",
    "[" * 100_000: "it is not JSON that can be read; write {",
    '["Who?"]': '["Who?"] is no JSON object; write {',
    "{}": 'it has no "question" in words; write {',
    '{"question": " ", "gold": "x"}': 'it has no "question" in words; write {',
    '{"question": 7, "gold": "x"}': 'it has no "question" in words; write {',
    SOUND: "the id 'a' was there before; give each question its own",
    '{"question": "Q", "id": true, "gold": "x"}': '"id" is true; write a text or a whole number',
    '{"question": "Q", "id": " ", "gold": "x"}': '"id" is " "; write a text or a whole number',
    '{"question": "Q"}': 'it has no "gold"; give words that a right quote holds, or write "answerable": false',
    '{"question": "Q", "answerable": true, "golds": "x"}': 'it has no "gold"; give words',
    '{"question": "Q", "answerable": "no"}': '"answerable" is "no"; write true or false',
    '{"question": "Q", "answerable": false, "gold": "x"}': 'it has "gold" or "answer" and "answerable": false; leave',
    '{"question": "Q", "gold": 7}': '"gold" holds 7; write words, or {"doc_id": "…"} alone, with "text", or with',
    '{"question": "Q", "gold": ["x", " "]}': '"gold" holds " "; write words',
    '{"question": "Q", "gold": [["x"]]}': '"gold" holds ["x"]; write words',
    '{"question": "Q", "gold": {"start": 1, "end": 2}}': '"gold" holds {"start": 1, "end": 2}; write words',
    '{"question": "Q", "gold": {"doc_id": 1}}': '"gold" holds {"doc_id": 1}; write words',
    '{"question": "Q", "gold": {"doc_id": "d", "text": ""}}': '"gold" holds {"doc_id": "d", "text": ""}; write words',
    '{"question": "Q", "gold": {"doc_id": "d", "start": 1}}': "write whole numbers, start < end, and the",
    '{"question": "Q", "gold": {"doc_id": "d", "start": 2, "end": 2}}': "write whole numbers, start < end, and the",
    '{"question": "Q", "gold": {"doc_id": "d", "start": -1, "end": 2}}': "write whole numbers, start < end, and the",
    '{"question": "Q", "gold": {"doc_id": "d", "start": false, "end": true}}': "write whole numbers, start < end",
    '{"question": "Q", "gold": {"text": "x", "start": 1, "end": 2}}': 'start < end, and the "doc_id"',
    '{"question": "Q", "gold": "x", "gold_mode": "most"}': '"gold_mode" is "most"; write "any" or "all", or leave it',
    '{"question": "Q", "gold": "x", "answer": "(a"}': (
        '"answer" is no regular expression (missing ), unterminated subpattern at position 0); correct it; '
        r"before a sign that stands for itself write \\"
    ),
    '{"question": "Q", "gold": "x", "answer": ["a"]}': '"answer" is ["a"]; write a regular expression, or leave it out',
    '{"question": "Q", "gold": "x", "history": "before"}': '"history" is "before"; write a list such as [{"role":',
    '{"question": "Q", "gold": "x", "history": [{"role": "user"}]}': '"history" is [{"role": "user"}]; write a list',
    '{"question": "Q", "gold": "x", "history": [{"role": "me", "content": "x"}]}': '"history" is [{"role": "me", ',
}


@pytest.mark.parametrize("line", UNUSABLE, ids=[line[:70] for line in UNUSABLE])
def test_a_line_that_cannot_be_used_is_named_with_what_is_wrong_and_what_to_do(line: str, tmp_path: Path) -> None:
    path = write(tmp_path, SOUND, "", line)
    words = rf"^{re.escape(f'{path}, line 3: ')}[^\n]*{re.escape(UNUSABLE[line])}[^\n]*\Z"
    with pytest.raises(QuestionError, match=words):
        read_questions(path)


def test_what_is_long_is_cut_in_a_message(tmp_path: Path) -> None:
    path = write(tmp_path, {"question": "Q", "gold": ["x"], "history": "x" * 1000})
    with pytest.raises(QuestionError, match=r'"history" is "x{58}…; write'):
        read_questions(path)


@pytest.mark.parametrize("content", [b"", b"\n \n"])
def test_a_file_without_questions_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "questions.jsonl"
    path.write_bytes(content)
    with pytest.raises(
        QuestionError, match=rf"^{re.escape(str(path))} holds no question; write one a line, such as \{{"
    ):
        read_questions(path)


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(QuestionError, match=r"^\S*none\.jsonl cannot be read \(No such file or directory\); check the"):
        read_questions(tmp_path / "none.jsonl")
    with pytest.raises(QuestionError, match=r" cannot be read \(Is a directory\); check the path$"):
        read_questions(tmp_path)
    (tmp_path / "latin.jsonl").write_bytes(b'{"question": "caf\xe9"}')
    with pytest.raises(QuestionError, match=r"^\S*latin\.jsonl is not UTF-8 \(byte 17\); save it as UTF-8$"):
        read_questions(tmp_path / "latin.jsonl")


def test_the_questions_on_the_seed_document_are_read() -> None:
    questions = read_questions(ROOT / "seeds" / "questions.jsonl")
    assert [question.id for question in questions] == [f"seed-{number:02}" for number in range(1, 21)]
    assert [question.answerable for question in questions] == [True] * 16 + [False] * 4
    assert all(question.gold and question.pattern for question in questions[:16])


@pytest.mark.skipif(not EVAL.exists(), reason="the question sets are not beside this checkout")
def test_every_question_set_of_the_benchmarks_is_read_as_it_is() -> None:
    paths = sorted((EVAL / "data").glob("*/questions.open.jsonl"))
    assert len(paths) == 7
    for path in paths:
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]
        read = [(question.id, question.answerable, len(question.gold)) for question in read_questions(path)]
        assert read == [(record["id"], record["answerable"], len(record["gold"])) for record in records]
