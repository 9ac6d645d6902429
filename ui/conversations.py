"""Keep: conversations to files beside the library, so that a reload or a restart loses none."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import RLock

from pydantic import TypeAdapter

from ui.due import Due
from ui.files import write_whole
from ui.turns import LEFT, Turn

ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{6}")
NUMBER = re.compile(r"[1-9][0-9]{0,3}")
LONGEST_TITLE = 80
UNREADABLE = (OSError, ValueError, RecursionError)

_log = logging.getLogger(__name__)


def moment() -> str:
    """Now, in UTC, to the microsecond: what tells conversations and turns apart."""
    return f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns under a title."""

    id: str = ""
    """The moment it began; empty before the first question."""
    title: str = ""
    turns: tuple[Turn, ...] = ()

    def add(self, turn: Turn) -> Conversation:
        """With one turn more; the first question begins it and names it."""
        return Conversation(self.id or moment(), self.title or _shorten(turn.question), (*self.turns, turn))

    def put(self, turn: Turn) -> Conversation:
        """With the turn as it is now; the same conversation if it has no such turn."""
        return replace(self, turns=tuple(turn if each.asked == turn.asked else each for each in self.turns))

    def without(self, turn: Turn) -> Conversation:
        return replace(self, turns=tuple(each for each in self.turns if each.asked != turn.asked))


class Conversations:
    """A file each: a line of JSON with the title, then one for every turn.

    Safe to use from threads. Several tabs and answers that end late may write to one conversation: each write changes
    its own turn alone, and none brings back what was deleted. What a disk refuses is in memory until it is taken.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lock = RLock()
        """Held while something is looked at and changed."""
        self._titles: dict[str, tuple[int, str]] = {}  # with when the file was changed
        self._refused: dict[str, tuple[Conversation, str]] = {}  # and why
        self.due = Due()
        """The turns that have not ended; others that have not either were left."""

    def begin(self, conversation: Conversation, turn: Turn, *, instead_of: Turn | None = None) -> Conversation:
        """Keep a new turn, in place of another if it is named; the conversation as it is kept then.

        A conversation that was deleted meanwhile stays so: the turn begins another one.
        """
        self.due.ask(turn)
        with self.lock:
            kept = self.read(conversation.id) or Conversation()
            if instead_of and kept.title == _shorten(instead_of.question):
                kept = replace(kept, title=_shorten(turn.question))
            begun = (kept.without(instead_of) if instead_of else kept).add(turn)
            self._write(begun)
            return begun

    def keep(self, id: str, turn: Turn) -> None:
        """Keep what has become of the turn, if it is still there and had not ended before."""
        try:
            with self.lock:
                kept = self.read(id)
                if kept and any(each.asked == turn.asked and not each.has_ended for each in kept.turns):
                    self._write(kept.put(turn))
        finally:
            if turn.has_ended:
                self.due.end(turn)

    def rename(self, id: str, title: str) -> None:
        """A blank title changes nothing."""
        with self.lock:
            kept = self.read(id)
            if kept and title.strip():
                self._write(replace(kept, title=_shorten(title)))

    def remove(self, id: str) -> None:
        """One that is not there does not matter."""
        with self.lock:
            if ID.fullmatch(id):
                self._path(id).unlink(missing_ok=True)
                self._refused.pop(id, None)
                self._titles.pop(id, None)

    def read(self, id: str) -> Conversation | None:
        """The conversation, or None if there is none of that id, or none that can be read.

        A turn that nobody answers any more has ended.
        """
        path = self._path(id)
        try:
            with self.lock:
                if id in self._refused:
                    kept, _ = self._refused[id]
                elif ID.fullmatch(id) and path.exists():
                    kept = _read(path)
                else:
                    return None
            ended = tuple(turn if self.due.holds(turn) else turn.end(LEFT) for turn in kept.turns)
            return replace(kept, turns=ended)
        except UNREADABLE as error:
            _log.warning("the conversation %s cannot be read (%s); it is left as it is", path, type(error).__name__)
            return None

    def find_answer(self, id: str, number: str) -> tuple[Conversation, int] | None:
        """The conversation, and the number of its turn as an address names it; None if no answer is there."""
        conversation = self.read(id) if NUMBER.fullmatch(number) else None
        has_answer = (
            conversation and int(number) <= len(conversation.turns) and conversation.turns[int(number) - 1].answer
        )
        return (conversation, int(number)) if conversation and has_answer else None

    def fault(self, id: str) -> str:
        """Why the conversation cannot be kept at present; empty if it is."""
        _, why = self._refused.get(id, (None, ""))
        return why

    def titles(self) -> dict[str, str]:
        """By id, the one that was changed last first."""
        found: list[tuple[int, str, str]] = []
        for path in self._folder.glob("*.jsonl"):
            try:
                if ID.fullmatch(path.stem):
                    found.append((*self._read_changed(path), path.stem))
            except UNREADABLE as error:
                _log.warning("the conversation %s cannot be read (%s); it is left as it is", path, type(error).__name__)
        with self.lock:
            refused = {id: conversation.title for id, (conversation, _) in self._refused.items()}
        return refused | {id: title for _, title, id in sorted(found, reverse=True) if id not in refused}

    def _read_changed(self, path: Path) -> tuple[int, str]:
        """When the file was changed, and its title, read once for each change: with every question all are listed."""
        changed, known = path.stat().st_mtime_ns, self._titles.get(path.stem)
        if known is None or known[0] != changed:
            with path.open("rb") as file:
                known = self._titles[path.stem] = changed, _read_title(file.readline())
        return known

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}.jsonl"

    def _write(self, conversation: Conversation) -> None:
        try:
            head = json.dumps({"title": conversation.title}).encode()
            lines = [head, *map(_turn_adapter().dump_json, conversation.turns)]
            write_whole(self._path(conversation.id), b"".join(line + b"\n" for line in lines))
        except (OSError, ValueError) as error:  # ValueError: half a character in what a model says
            _log.warning("the conversation %s cannot be kept (%s)", conversation.id, error)
            why = getattr(error, "strerror", None) or "it holds half a character"
            self._refused[conversation.id] = conversation, why
        else:
            self._refused.pop(conversation.id, None)
            self._titles.pop(conversation.id, None)  # two changes may be of one moment to the disk


def _shorten(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _read(path: Path) -> Conversation:
    head, *lines = path.read_bytes().splitlines()
    return Conversation(path.stem, _read_title(head), tuple(map(_turn_adapter().validate_json, lines)))


def _read_title(head: bytes) -> str:
    said = json.loads(head)
    if not isinstance(said, dict) or not isinstance(said.get("title"), str):
        raise ValueError("its first line names no title")
    return _shorten(said["title"])


@cache
def _turn_adapter() -> TypeAdapter[Turn]:
    return TypeAdapter(Turn)
