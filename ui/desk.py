"""Ask: what a reader does at the page to what it shows next."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rag import Assistant
from ui.conversations import Conversation, Conversations, moment
from ui.turns import BROKEN, LEFT, Turn, list_history, stream_turn

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

    def ask(self, question: str, conversation: Conversation, *, instead_of: Turn | None = None) -> Iterator[Shown]:
        """The answer as it grows, to a new turn or in place of another. What had arrived of it is kept in any case."""
        question = question.strip().encode("utf-8", "replace").decode()  # half a character cannot be kept
        if not question:
            yield Shown(conversation, question="")
            return
        turn = Turn(question, asked=moment())
        notice = ""
        try:
            conversation = self._conversations.begin(conversation, turn, instead_of=instead_of)
        except OSError as error:
            conversation = (conversation.without(instead_of) if instead_of else conversation).add(turn)
            notice = _tell(conversation, error)
        titles = self._conversations.titles()
        yield Shown(conversation, question="", is_answering=True, titles=titles, notice=notice)
        why = BROKEN
        try:
            for grown in stream_turn(self._assistant, turn, list_history(conversation.turns[:-1])):
                turn = grown
                notice = self._keep(conversation, turn) if turn.has_ended else ""  # before it can be downloaded
                yield Shown(conversation.put(turn), notice=notice)
        except GeneratorExit:
            why = LEFT
            raise
        finally:
            if not turn.has_ended:
                self._keep(conversation, turn.end(why))

    def ask_again(self, conversation: Conversation) -> Iterator[Shown]:
        """The last question, whose answer is forgotten."""
        if conversation.turns:
            last = conversation.turns[-1]
            yield from self.ask(last.question, conversation, instead_of=last)

    def take_back(self, conversation: Conversation) -> Shown:
        """The last question is in the box again, to be asked in other words; its answer is forgotten."""
        if not conversation.turns:
            return Shown(conversation)
        last = conversation.turns[-1]
        left = self._conversations.drop(conversation.id, last)
        return Shown(left, question=last.question, is_answering=False, titles=self._conversations.titles())

    def end(self, conversation: Conversation, *, why: str) -> Shown:
        """What was received of the last answer stays."""
        if not conversation.turns:
            return Shown(conversation, is_answering=False)
        ended = conversation.turns[-1].end(why)
        return Shown(conversation.put(ended), is_answering=False, notice=self._keep(conversation, ended))

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

    def _keep(self, conversation: Conversation, turn: Turn) -> str:
        """What cannot be kept is shown all the same, with a notice: the return value."""
        try:
            self._conversations.keep(conversation.id, turn)
        except (OSError, ValueError) as error:  # ValueError: half a character in what a model says
            return _tell(conversation, error)
        return ""


def _tell(conversation: Conversation, error: OSError | ValueError) -> str:
    _log.warning("the conversation %s cannot be kept (%s)", conversation.id, error)
    return f"This conversation cannot be kept: {getattr(error, 'strerror', None) or 'it holds half a character'}."
