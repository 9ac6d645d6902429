"""Read questions: a JSON Lines file to questions, each with what shows that its answer is right."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from rag.errors import QuestionError
from rag.types import Message

EXAMPLE = '{"question": "Who came?", "gold": "words that a right quote holds"}'

GoldMode = Literal["any", "all"]


@dataclass(frozen=True, slots=True)
class Gold:
    """What a right quote shows: a slice of a document, words in it, words in any document, or just the document."""

    document: str = ""
    """Its id, source or title, or the last parts of its source; empty: any document that holds the words."""
    start: int = 0
    end: int = 0
    """0 if there is no slice."""
    words: str = ""
    """Beside a slice, they are what it must hold."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question to ask for an evaluation, with what is known of its answer."""

    id: str
    text: str
    history: tuple[Message, ...] = ()
    answerable: bool | None = None
    """Whether the documents answer it; None: it is asked, and not judged."""
    gold: tuple[Gold, ...] = ()
    """A quote is right if it shows one of them."""
    gold_mode: GoldMode = "any"
    """Whether each slice of the gold is a proof, or "all" together are one: see `rag.gold.is_right`."""
    pattern: str = ""
    """A regular expression that the text of a right answer matches somewhere."""
    place: str = ""
    """Where it was read, for messages; defaults to its id."""

    def __post_init__(self) -> None:
        if not self.place:
            object.__setattr__(self, "place", f"question {self.id!r}")


def read_questions(path: Path) -> list[Question]:
    """Read a question a line, in order. Blank lines and fields that are not known are passed over.

    A question without an id is called by its line: "line 3". Raises `QuestionError` with the file, the line, what is
    wrong there and what to do.
    """
    questions: dict[str, Question] = {}
    for number, line in enumerate(_read_text(path).split("\n"), 1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        try:
            question = _question(_record(line), default_id=f"line {number}", place=place)
            if question.id in questions:
                raise QuestionError(f"the id {question.id!r} was there before; give each question its own")
        except QuestionError as error:
            raise QuestionError(f"{place}: {error}") from error
        questions[question.id] = question
    if not questions:
        raise QuestionError(f"{path} holds no question; write one a line, such as {EXAMPLE}")
    return list(questions.values())


def _read_text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except UnicodeDecodeError as error:
        raise QuestionError(f"{path} is not UTF-8 (byte {error.start}); save it as UTF-8") from error


def _record(line: str) -> Mapping[str, object]:
    try:
        record = json.loads(line)
    except json.JSONDecodeError as error:
        raise QuestionError(f"it is not JSON ({error.msg}, column {error.colno}); write {EXAMPLE}") from error
    except (ValueError, RecursionError) as error:  # a number of 5,000 digits, 100,000 brackets
        raise QuestionError(f"it is not JSON that can be read; write {EXAMPLE}") from error
    if not isinstance(record, dict):
        raise QuestionError(f"{_shown(record)} is no JSON object; write {EXAMPLE}")
    return record


def _question(record: Mapping[str, object], *, default_id: str, place: str) -> Question:
    text = record.get("question")
    if not isinstance(text, str) or not text.strip():
        raise QuestionError(f'it has no "question" in words; write {EXAMPLE}')
    gold, pattern = _gold(record.get("gold")), _pattern(record.get("answer"))
    return Question(
        id=_id(record.get("id"), default=default_id),
        text=text,
        history=_history(record.get("history")),
        answerable=_answerable(record.get("answerable", True), is_known=bool(gold or pattern)),
        gold=gold,
        gold_mode=_gold_mode(record.get("gold_mode")),
        pattern=pattern,
        place=place,
    )


def _id(value: object, *, default: str) -> str:
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, str | int) or not str(value).strip():
        raise QuestionError(f'"id" is {_shown(value)}; write a text or a whole number, or leave it out')
    return str(value)


def _history(value: object) -> tuple[Message, ...]:
    turns = [] if value is None else value
    if not isinstance(turns, list) or not all(map(_is_turn, turns)):
        raise QuestionError(f'"history" is {_shown(value)}; write a list such as [{{"role": "user", "content": "…"}}]')
    return tuple(turns)


def _is_turn(value: object) -> bool:
    match value:
        case {"role": "user" | "assistant" | "system", "content": str() | list()}:
            return True
    return False


def _answerable(value: object, *, is_known: bool) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise QuestionError(f'"answerable" is {_shown(value)}; write true or false, or leave it out')
    if value is True and not is_known:
        raise QuestionError('it has no "gold"; give words that a right quote holds, or write "answerable": false')
    if value is False and is_known:
        raise QuestionError('it has "gold" or "answer" and "answerable": false; leave out the one or the other')
    return value


def _gold_mode(value: object) -> GoldMode:
    match value:
        case None | "any":
            return "any"
        case "all":
            return "all"
    raise QuestionError(f'"gold_mode" is {_shown(value)}; write "any" or "all", or leave it out')


def _pattern(value: object) -> str:
    if value is None:
        return ""
    if not isinstance(value, str) or not value:
        raise QuestionError(f'"answer" is {_shown(value)}; write a regular expression, or leave it out')
    try:
        re.compile(value)
    except (re.error, OverflowError, RecursionError) as error:
        remedy = r"correct it; before a sign that stands for itself write \\"
        raise QuestionError(f'"answer" is no regular expression ({error}); {remedy}') from error
    return value


def _gold(value: object) -> tuple[Gold, ...]:
    entries = [] if value is None else value if isinstance(value, list) else [value]
    return tuple(map(_gold_entry, entries))


def _gold_entry(entry: object) -> Gold:
    parts = {"text": entry} if isinstance(entry, str) else entry
    if not isinstance(parts, dict) or not _are_words([parts[name] for name in ("doc_id", "text") if name in parts]):
        remedy = 'write words, or {"doc_id": "…"} alone, with "text", or with "start" and "end"'
        raise QuestionError(f'"gold" holds {_shown(entry)}; {remedy}')
    gold = Gold(document=parts.get("doc_id", ""), words=parts.get("text", ""))
    start, end = parts.get("start"), parts.get("end")
    if start is None and end is None:
        return gold
    if type(start) is type(end) is int and 0 <= start < end and gold.document:
        return replace(gold, start=start, end=end)
    raise QuestionError(f'"gold" holds {_shown(entry)}; write whole numbers, start < end, and the "doc_id"')


def _are_words(values: list[object]) -> bool:
    """At least one, and each a text that is not blank."""
    return bool(values) and all(isinstance(value, str) and value.strip() for value in values)


def _shown(value: object) -> str:
    """As JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"
