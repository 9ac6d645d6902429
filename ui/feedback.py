"""Judge: what users say of answers to a file of questions that `pincite eval` asks."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Annotated

from fastapi import Body, FastAPI, Request, Response

from rag import Answer
from ui.conversations import Conversation
from ui.files import write_whole
from ui.turns import list_history

if TYPE_CHECKING:
    from ui.users import Users

JUDGEMENTS = ("right", "wrong", "wrong source")


class Feedback:
    """A line of JSON for each answer that was judged: the question, what came before it, what a right answer quotes.

    Of a wrong answer that is not known: its question is asked, and not judged. Safe to use from threads.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, Lock()

    def judge(self, conversation: Conversation, number: int, judgement: str) -> None:
        """Keep it in place of what was said of that answer before; "" takes it back."""
        turn = conversation.turns[number - 1]
        assert turn.answer is not None
        key = _key(conversation, number)
        line: dict[str, object] = {
            "id": key,
            "question": turn.question,
            "history": list_history(conversation.turns[: number - 1]),
            "feedback": judgement,
            **_expected(turn.answer, judgement),
        }
        with self._lock:
            lines = {id: kept for id, kept in self._read().items() if id != key}
            self._write({**lines, key: json.dumps(line)} if judgement else lines)

    def of(self, conversation: Conversation) -> dict[int, str]:
        """What was said of its answers, by the number of the turn."""
        lines = self._read()
        keys = {number: _key(conversation, number) for number in range(1, len(conversation.turns) + 1)}
        return {number: json.loads(lines[key])["feedback"] for number, key in keys.items() if key in lines}

    def _read(self) -> dict[str, str]:
        """The lines by their ids; one that is not ours, or torn, by itself: it stays as it is."""
        if not self._path.exists():
            return {}
        lines = self._path.read_text(encoding="utf-8", errors="replace").split("\n")
        return {_id_of(line): line for line in lines if line.strip()}

    def _write(self, lines: dict[str, str]) -> None:
        write_whole(self._path, "".join(line + "\n" for line in lines.values()).encode())


def _id_of(line: str) -> str:
    try:
        said = json.loads(line)
    except (ValueError, RecursionError):
        return line
    is_ours = isinstance(said, dict) and said.get("feedback") in JUDGEMENTS and isinstance(said.get("id"), str)
    return str(said["id"]) if is_ours else line


def _key(conversation: Conversation, number: int) -> str:
    """Another one when the question is asked again and answered otherwise."""
    turn = conversation.turns[number - 1]
    said = (turn.question, turn.answer and (turn.answer.text, turn.answer.quotes))
    return f"{conversation.id}/{number}/{hashlib.sha256(repr(said).encode()).hexdigest()[:8]}"


def add_feedback(site: FastAPI, users: Users) -> None:
    """What is said of the answers of a conversation: to be read, and said anew of one of them."""

    @site.get("/conversations/{id}/feedback")
    def send_feedback(id: str, request: Request) -> dict[int, str]:
        user = users.of(request)
        return user.feedback.of(user.conversations.read(id) or Conversation())

    @site.post("/conversations/{id}/{number}/feedback")
    def take_feedback(id: str, number: str, judgement: Annotated[str, Body(embed=True)], request: Request) -> Response:
        user = users.of(request)
        found = user.conversations.find_answer(id, number)
        if not found or judgement not in ("", *JUDGEMENTS):
            return Response("There is no such answer or judgement.", status_code=404, media_type="text/plain")
        user.feedback.judge(*found, judgement)
        return Response(status_code=204)


def _expected(answer: Answer, judgement: str) -> dict[str, object]:
    if judgement != "right":
        return {"answerable": None}
    if answer.abstained:
        return {"answerable": False}
    return {"gold": [{"doc_id": quote.document_id, "text": quote.text} for quote in answer.quotes]}
