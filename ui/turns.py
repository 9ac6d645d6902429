"""Converse: what arrives of an answer to turns, and turns to the history that the assistant is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag import (
    EVERYTHING,
    Answer,
    AnswerEvent,
    Event,
    Hit,
    HitsEvent,
    Message,
    PinciteError,
    Quote,
    Scope,
    Statement,
    StatementEvent,
    TextEvent,
)

if TYPE_CHECKING:
    from ui.users import User

STOPPED = "You stopped this answer."
LEFT = "The page was left before this answer had ended."
BROKEN = "Pincite failed while answering; its terminal says how."


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
    asked: str = ""
    """When: which turn it is."""
    scope: Scope = EVERYTHING
    """What was asked, of all that the user may see."""

    @property
    def has_ended(self) -> bool:
        return self.answer is not None or bool(self.failure)

    def end(self, why: str) -> Turn:
        """Ended, if it is not; what was received stays."""
        return self if self.has_ended else replace(self, failure=why)

    @property
    def quotes(self) -> list[Quote]:
        """Those so far in the order of their numbers, each once."""
        by_number = {quote.number: quote for statement in self.statements for quote in statement.quotes}
        return [by_number[number] for number in sorted(by_number)]


def stream_turn(
    user: User,
    turn: Turn,
    history: Sequence[Message],
    *,
    pace: Callable[[], float],
    now: Callable[[], float] = time.monotonic,
) -> Iterator[Turn]:
    """The turn as it grows: text every `pace()` seconds, all else at once.

    An error ends it with one line; what was received stays.

    Gradio may take each turn, and so the assistant's next event, in another thread.
    """
    due = now()
    try:
        for event in user.stream(turn.question, history, scope=turn.scope):
            turn = add_event(turn, event)
            if isinstance(event, TextEvent):
                moment = now()
                if moment < due:
                    continue
                due = moment + pace()
            yield turn
    except PinciteError as error:
        yield replace(turn, failure=str(error))


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
