"""Tell users apart: a request to what its user may see, and to what is kept of that user alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from threading import Lock

from starlette.requests import HTTPConnection

from rag import EVERYTHING, Answer, Assistant, Document, Event, Hit, Holding, Message, OnIngest, Scope, name_source
from ui.conversations import Conversations
from ui.feedback import Feedback
from ui.places import Places

FOLDER = "users"
PART, BEFORE = ".part", ".before"
"""How the hidden files end that a file comes in, and that holds what it replaces."""


class User:
    """The assistant as one user has it: everybody's documents and the user's own, which no other sees.

    The name is empty where nobody has to log in: then there is one user, and all that is uploaded is everybody's.
    """

    def __init__(self, assistant: Assistant, home: Path, places: Places, *, name: str = "") -> None:
        self.name, self.places = name, places
        self._assistant, self._home = assistant, home
        self._changing = Lock()
        folder = home / FOLDER / name if name else home
        self.uploads = folder / "uploads"
        self._clear_up()
        self.conversations = Conversations(folder / "conversations")
        self.feedback = Feedback(folder / "feedback.jsonl")

    def _clear_up(self) -> None:
        """What a stop left of uploads: half a file goes, and one that was being replaced is put back."""
        for part in list(self.uploads.glob(f".*{PART}")):
            part.unlink()
        for before in list(self.uploads.glob(f".*{BEFORE}")):
            before.replace(before.with_name(before.name[1 : -len(BEFORE)]))

    @property
    def model(self) -> str:
        return self._assistant.model

    def stream(self, question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING) -> Iterator[Event]:
        return self._assistant.stream(question, history, scope=replace(scope, user=self.name))

    def answer(self, question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING) -> Answer:
        return self._assistant.answer(question, history, scope=replace(scope, user=self.name))

    def search(self, question: str, *, k: int) -> list[Hit]:
        return self._assistant.search(question, k=k, scope=Scope(user=self.name))

    def document(self, id: str) -> Document | None:
        """The whole document, or None if there is none of that id for this user."""
        document = self._assistant.document(id)
        return document if document and self._sees(document) else None

    def holdings(self) -> list[Holding]:
        return [holding for holding in self._assistant.holdings() if self._sees(holding.document)]

    def failures(self) -> list[tuple[str, str]]:
        """What could not be read, and why; nothing of what other users uploaded."""
        others = self._home / FOLDER
        return [
            (source, reason)
            for source, reason in self._assistant.failures()
            if Path(source).is_relative_to(self.uploads) or not Path(source).is_relative_to(others)
        ]

    def name_source(self, source: str) -> str:
        """As the user knows it: an upload by its name, another file by its path, without logins."""
        return name_source(source) if self.name or Path(source).is_relative_to(self.uploads) else source

    def may_dismiss(self, source: str) -> bool:
        return not self.name or Path(source).is_relative_to(self.uploads)

    def dismiss(self, name: str) -> bool:
        """Forget that the file, as the user knows it, could not be read; False if there is none that is the user's."""
        named = [source for source, _ in self.failures() if self.name_source(source) == name]
        return any(self._assistant.forget_failure(source) for source in named if self.may_dismiss(source))

    def may_remove(self, document: Document) -> bool:
        """Who has logged in removes what is theirs; what is everybody's is removed by who runs the chat."""
        return document.owner == self.name

    def remove(self, id: str) -> bool:
        """Remove the document, and the files of it that were uploaded; False if it is not there or not the user's."""
        document = self.document(id)
        if document is None or not self.may_remove(document):
            return False
        with self._changing:
            for source in self._assistant.sources(id):
                if Path(source).is_relative_to(self.uploads):
                    Path(source).unlink(missing_ok=True)
            return self._assistant.remove(id)

    def ingest(self, part: Path, file: Path, *, replaces: bool, on_progress: OnIngest) -> str:
        """Ingest what was uploaded, as that file: "added", "updated", "unchanged", or why it could not be read.

        "taken" if there is such a file, and it is not to be replaced.

        Then the file that was there before is there again.
        """
        with self._changing, ExitStack() as undo:
            undo.callback(part.unlink, missing_ok=True)
            before = file.with_name(f".{file.name}{BEFORE}")
            if file.exists() and not replaces:
                return "taken"
            if file.is_file():
                file.replace(before)
                undo.callback(self._assistant.forget_failure, str(file))
                undo.callback(before.replace, file)
            part.replace(file)
            undo.callback(file.unlink)
            report = self._assistant.ingest([file], owner=self.name, on_progress=on_progress)
            if report.failed:
                return report.failed[0][1]
            undo.pop_all()
            before.unlink(missing_ok=True)
        outcomes = {"added": report.added, "updated": report.updated}
        return next((outcome for outcome, sources in outcomes.items() if sources), "unchanged")

    def _sees(self, document: Document) -> bool:
        return document.owner in ("", self.name)


class Users:
    """Each user once. Safe to use from threads."""

    def __init__(self, assistant: Assistant, home: Path, places: Places | None = None) -> None:
        """The `places` are those of all of them together."""
        self._assistant, self._home = assistant, home
        self._places = places or Places()
        self._known: dict[str, User] = {}
        self._lock = Lock()

    def of(self, request: HTTPConnection) -> User:
        """Who made the request: the name that was logged in with, see `ui.login`."""
        name = request.scope["user"].username if "user" in request.scope else ""
        with self._lock:
            if name not in self._known:
                self._known[name] = User(self._assistant, self._home, self._places, name=name)
            return self._known[name]
