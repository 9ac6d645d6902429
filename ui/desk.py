"""Ask: what a reader does at the page to what it shows next."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from rag import Assistant, PinciteError
from ui.conversations import Conversation, Conversations
from ui.turns import Turn, add_event, list_history

STOPPED = "You stopped this answer."

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows next; of what is None it stays as it is."""

    conversation: Conversation
    question: str | None = None
    """What stands in the question box."""
    is_answering: bool | None = None
    titles: Mapping[str, str] | None = None
    """Of all conversations, by id."""
    notice: str = ""
    """What the reader has to know besides."""


class Desk:
    """One for all readers: it knows the assistant and what is kept, and nothing of who asks."""

    def __init__(self, assistant: Assistant, conversations: Conversations) -> None:
        self._assistant, self._conversations = assistant, conversations

    def ask(self, question: str, conversation: Conversation) -> Iterator[Shown]:
        """The answer as it grows. Of one that is given up, what had arrived is kept."""
        if not question.strip():
            yield Shown(conversation, question="")
            return
        asked = conversation.ask(question.strip())
        yield replace(self._keep(asked), question="", is_answering=True, titles=self._conversations.titles())
        try:
            for turn in stream_turn(self._assistant, conversation, question.strip()):
                asked = asked.with_last(turn)
                yield self._keep(asked) if turn.answer else Shown(asked)  # kept, it can be downloaded
        finally:
            self._keep(asked.end(STOPPED))

    def ask_again(self, conversation: Conversation) -> Iterator[Shown]:
        """The last question, whose answer is forgotten."""
        if conversation.turns:
            before = replace(conversation, turns=conversation.turns[:-1])
            yield from self.ask(conversation.turns[-1].question, before)

    def take_back(self, conversation: Conversation) -> Shown:
        """The last question is in the box again, to be asked in other words; its answer is forgotten."""
        question = conversation.turns[-1].question if conversation.turns else ""
        before = conversation.without_last()
        if before.id:
            self._keep(before)
        else:
            self._conversations.remove(conversation.id)
        return Shown(before, question=question, is_answering=False, titles=self._conversations.titles())

    def end(self, conversation: Conversation, *, why: str) -> Shown:
        """What was received of the last answer stays."""
        return replace(self._keep(conversation.end(why)), is_answering=False)

    def open(self, id: str) -> Shown:
        """The conversation, or an empty one if there is none of that id."""
        conversation = self._conversations.read(id) or Conversation()
        return Shown(conversation, is_answering=False, titles=self._conversations.titles())

    def rename(self, conversation: Conversation, title: str) -> Shown:
        """A blank title changes nothing."""
        self._conversations.rename(conversation.id, title)
        return Shown(conversation, titles=self._conversations.titles())

    def remove(self, conversation: Conversation) -> Shown:
        self._conversations.remove(conversation.id)
        return self.open("")

    def _keep(self, conversation: Conversation) -> Shown:
        """What cannot be kept is answered all the same."""
        try:
            self._conversations.keep(conversation)
        except OSError as error:
            _log.warning("the conversation %s cannot be kept (%s)", conversation.id, error)
            return Shown(conversation, notice=f"This conversation cannot be kept: {error.strerror or error}.")
        return Shown(conversation)


def stream_turn(assistant: Assistant, conversation: Conversation, question: str) -> Iterator[Turn]:
    """The turn as it grows. An error ends it with one line; what was received stays.

    Gradio may take each turn, and so the assistant's next event, in another thread.
    """
    turn = Turn(question)
    yield turn
    try:
        for event in assistant.stream(question, history=list_history(conversation.turns)):
            turn = add_event(turn, event)
            yield turn
    except PinciteError as error:
        yield replace(turn, failure=str(error))
