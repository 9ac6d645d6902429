"""Keep: conversations to files beside the library, so that a reload or a restart loses none."""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from ui.turns import Turn

ID = re.compile(r"\d{8}-\d{6}-\d{6}")
"""The moment it began, in UTC, to the microsecond."""
LONGEST_TITLE = 80

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns under a title."""

    id: str = ""
    """Empty before the first question."""
    title: str = ""
    turns: tuple[Turn, ...] = ()

    def ask(self, question: str) -> Conversation:
        """With one turn more; the first question names it."""
        id = self.id or f"{datetime.now(UTC):%Y%m%d-%H%M%S-%f}"
        return Conversation(id, self.title or _title_of(question), (*self.turns, Turn(question)))

    def with_last(self, turn: Turn) -> Conversation:
        """With the last turn as it has grown."""
        return replace(self, turns=(*self.turns[:-1], turn))

    def without_last(self) -> Conversation:
        """Without the last turn; empty without its only one."""
        return replace(self, turns=self.turns[:-1]) if len(self.turns) > 1 else Conversation()

    def end(self, why: str) -> Conversation:
        """With the last turn ended, if it is not; what was received stays."""
        if not self.turns or self.turns[-1].answer is not None or self.turns[-1].failure:
            return self
        return self.with_last(replace(self.turns[-1], failure=why))


class Conversations:
    """A file each: a line of JSON with the title, then one for every turn."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, conversation: Conversation) -> None:
        """Write its turns in place of those that were kept of it; a title that it was given meanwhile stays."""
        if conversation.id:
            kept = self.titles([conversation.id])
            self._write(replace(conversation, title=kept.get(conversation.id, conversation.title)))

    def _write(self, conversation: Conversation) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._path(conversation.id)
        lines = [json.dumps({"title": conversation.title}).encode(), *map(_turns().dump_json, conversation.turns)]
        written = path.with_suffix(".part")
        written.write_bytes(b"".join(line + b"\n" for line in lines))
        os.replace(written, path)  # noqa: PTH105  # as whole as Path.replace, and its name says so

    def read(self, id: str) -> Conversation | None:
        """The conversation, or None if there is none of that id, or none that can be read."""
        if not ID.fullmatch(id):
            return None
        try:
            head, *turns = self._path(id).read_bytes().splitlines()
            return Conversation(id, _title_in(head), tuple(map(_turns().validate_json, turns)))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            _log.warning("the conversation %s cannot be read (%s); it is left as it is", self._path(id), error)
            return None

    def titles(self, ids: Iterable[str] | None = None) -> dict[str, str]:
        """Of these that are kept, or of all, by id: the one that was changed last first."""
        paths = self._folder.glob("*.jsonl") if ids is None else map(self._path, ids)
        kept = [path for path in paths if ID.fullmatch(path.stem) and path.exists()]
        titles = {}
        for path in sorted(kept, key=lambda path: path.stat().st_mtime_ns, reverse=True):
            with path.open("rb") as file:
                try:
                    titles[path.stem] = _title_in(file.readline())
                except ValueError as error:
                    _log.warning("the conversation %s cannot be read (%s); it is left as it is", path, error)
        return titles

    def rename(self, id: str, title: str) -> None:
        """A blank title changes nothing."""
        conversation = self.read(id)
        if conversation and title.strip():
            self._write(replace(conversation, title=_title_of(title)))

    def remove(self, id: str) -> None:
        """One that is not there does not matter."""
        if ID.fullmatch(id):
            self._path(id).unlink(missing_ok=True)

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}.jsonl"


def _title_of(words: str) -> str:
    line = " ".join(words.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _title_in(head: bytes) -> str:
    said = json.loads(head)
    if not isinstance(said, dict) or not isinstance(said.get("title"), str):
        raise ValueError("its first line names no title")
    return str(said["title"])


@cache
def _turns() -> TypeAdapter[Turn]:
    return TypeAdapter(Turn)
