"""Ask: what a user does at the page to what it shows next."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace

from rag import EVERYTHING, Cancelled, Scope
from ui.conversations import Conversation, moment
from ui.places import BUSY, Busy
from ui.turns import BROKEN, LEFT, Turn, list_history, stream_turn
from ui.users import User

UNDER_WAY = "Wait for the end of the answer, or stop it; then ask."


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows next; of what is None it stays as it is."""

    conversation: Conversation
    question: str | None = None
    """What stands in the question box."""
    is_answering: bool | None = None
    titles: Mapping[str, str] | None = None
    """Of all conversations, by id."""
    scope: Scope | None = None
    """What the next question is asked of."""
    notice: str = ""
    """What the user has to know besides."""
    is_refused: bool = False
    """Nothing changes but for the notice."""
    replaced: str = ""
    """When the question was asked in whose place the next one comes; empty if in none's."""


class Desk:
    """Where one user asks, in as many tabs as are open: it knows what is kept, and no more of who asks."""

    def __init__(self, user: User) -> None:
        self._user, self._conversations = user, user.conversations

    def ask(
        self,
        question: str,
        conversation: Conversation,
        *,
        scope: Scope = EVERYTHING,
        instead_of: Turn | None = None,
    ) -> Shown:
        """The question as a new turn, or in place of another: `answer` is to be called next.

        While an answer is under way, or with all places taken, nothing changes but for a notice.
        """
        question = question.strip().encode("utf-8", "replace").decode()  # half a character cannot be kept
        if not question:
            return Shown(conversation, question="")
        replaced = instead_of.asked if instead_of else ""
        turn = Turn(question, asked=moment(), scope=scope)
        with self._conversations.lock:
            kept = self._conversations.read(conversation.id) or Conversation()
            is_under_way = any(not each.has_ended for each in kept.turns if each.asked != replaced)
            if is_under_way or self._user.places.are_taken:
                why = UNDER_WAY if is_under_way else f"{BUSY}."
                return Shown(conversation, notice=why, is_refused=True, replaced=replaced)
            conversation = self._conversations.begin(conversation, turn, instead_of=instead_of)
        titles, notice = self._conversations.titles(), self._warn(conversation)
        return Shown(conversation, question="", is_answering=True, titles=titles, notice=notice)

    def ask_again(self, conversation: Conversation) -> Shown:
        """The last question, whose answer is forgotten."""
        if not conversation.turns:
            return Shown(conversation)
        last = conversation.turns[-1]
        return replace(self.ask(last.question, conversation, scope=last.scope, instead_of=last), replaced="")

    def answer(self, conversation: Conversation) -> Generator[Shown]:
        """The answer as it grows, to the first turn that is due, if one is. What had arrived is kept in any case."""
        turn = self._conversations.due.claim(conversation.turns)
        if turn is None:
            return
        history = list_history(conversation.turns[: conversation.turns.index(turn)])
        why = BROKEN
        try:
            with self._user.places.take():
                for grown in stream_turn(self._user, turn, history, pace=self._user.places.pace):
                    turn, notice = grown, ""
                    if turn.has_ended:  # before it can be downloaded
                        self._conversations.keep(conversation.id, turn)
                        notice = self._warn(conversation)
                    yield Shown(conversation.put(turn), notice=notice)
        except Busy:  # others were faster
            why = f"{BUSY}."
            yield Shown(conversation.put(turn.end(why)))
        except (GeneratorExit, Cancelled):
            why = LEFT
            raise
        finally:
            if not turn.has_ended:
                self._conversations.keep(conversation.id, turn.end(why))

    def change(self, conversation: Conversation) -> Shown:
        """The last question is in the box again, to be asked in other words: then its answer is forgotten."""
        if not conversation.turns:
            return Shown(conversation)
        last = conversation.turns[-1]
        return Shown(conversation, question=last.question, scope=last.scope, replaced=last.asked)

    def leave_as_it_is(self, conversation: Conversation) -> Shown:
        """The last question is not to be changed after all."""
        return Shown(conversation, question="")

    def end(self, conversation: Conversation, *, why: str) -> Shown:
        """What was received of the last answer stays."""
        if not conversation.turns:
            return Shown(conversation, is_answering=False)
        ended = conversation.turns[-1].end(why)
        self._conversations.keep(conversation.id, ended)
        return Shown(conversation.put(ended), is_answering=False, notice=self._warn(conversation))

    def open(self, id: str) -> Shown:
        """The conversation, or an empty one, with a notice if there is none of that id."""
        conversation = self._conversations.read(id) or Conversation()
        scope = conversation.turns[-1].scope if conversation.turns else EVERYTHING
        notice = "" if conversation.id == id else "There is no such conversation; it may have been deleted."
        return Shown(conversation, is_answering=False, titles=self._conversations.titles(), scope=scope, notice=notice)

    def rename(self, conversation: Conversation, title: str) -> Shown:
        """A blank title changes nothing."""
        self._conversations.rename(conversation.id, title)
        return Shown(conversation, titles=self._conversations.titles(), notice=self._warn(conversation))

    def remove(self, conversation: Conversation) -> Shown:
        try:
            self._conversations.remove(conversation.id)
        except OSError as error:
            return Shown(conversation, notice=f"This conversation cannot be deleted ({error.strerror}).")
        return self.open("")

    def _warn(self, conversation: Conversation) -> str:
        """What cannot be kept is shown all the same, with a notice."""
        fault = self._conversations.fault(conversation.id)
        return f"This conversation cannot be kept: {fault}." if fault else ""
