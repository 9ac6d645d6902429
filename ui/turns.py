"""Converse: what arrives of an answer to turns, and turns to the history that the assistant is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import (
    Answer,
    AnswerEvent,
    Event,
    Hit,
    HitsEvent,
    Message,
    Quote,
    Statement,
    StatementEvent,
    TextEvent,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what has arrived of its answer."""

    question: str
    hits: tuple[Hit, ...] | None = None
    """None until the search is done."""
    statements: tuple[Statement, ...] = ()
    open_text: str = ""
    """The statement under way, not yet proved."""
    answer: Answer | None = None
    """Once there, it replaces what arrived before it."""
    failure: str = ""
    """Why no more will arrive."""

    @property
    def quotes(self) -> list[Quote]:
        """Those so far in the order of their numbers, each once."""
        by_number = {quote.number: quote for statement in self.statements for quote in statement.quotes}
        return [by_number[number] for number in sorted(by_number)]


def add_event(turn: Turn, event: Event) -> Turn:
    match event:
        case HitsEvent(hits=hits):
            return replace(turn, hits=hits)
        case TextEvent(text=text):
            return replace(turn, open_text=turn.open_text + text)
        case StatementEvent(statement=statement):
            return replace(turn, statements=(*turn.statements, statement), open_text="")
        case AnswerEvent(answer=answer):
            return replace(turn, answer=answer, hits=answer.hits, statements=answer.statements, open_text="")


def list_history(turns: Sequence[Turn]) -> list[Message]:
    """The conversation as plain text; turns of which nothing arrived are left out."""
    history: list[Message] = []
    for turn in turns:
        said = " ".join(statement.text for statement in turn.statements)
        if turn.answer is not None and turn.answer.abstained:
            said = turn.answer.text
        if said:
            history += [{"role": "user", "content": turn.question}, {"role": "assistant", "content": said}]
    return history
