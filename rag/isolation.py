"""Isolate: files to documents in child processes with limits, so that no file can harm the program that asks."""

from __future__ import annotations

import json
import signal
from contextlib import suppress
from subprocess import TimeoutExpired
from threading import Event, Lock, Timer
from typing import Any

from rag.errors import DocumentError, ReadingFailed
from rag.processes import start_child
from rag.readers.child import CPU_SECONDS, MAX_CHARACTERS, NO_MEMORY
from rag.types import Document, Section

WALL_SECONDS = 60.0
MAX_REPLY = (
    8 * MAX_CHARACTERS
)  # bytes: a character takes up to six in JSON; the rest is for what the file says of itself
TOO_LONG = "it holds more than can be kept; split it into smaller files"
SAVE_AGAIN = "it may be damaged: open it in its own program and save it again"


class ChildReaders:
    """Reads files in child processes, each started when it is needed and used again; safe to use from threads."""

    def __init__(self, serve: str = "rag.readers.child:serve") -> None:
        """`serve`: what runs in each, as `module:function`."""
        self._serve = serve
        self._lock = Lock()
        self._idle: list[_Child] = []
        self._busy: set[_Child] = set()
        self._is_closed = False

    def read(self, ending: str, content: bytes) -> Document:
        """The document of a file with this ending.

        Raises `DocumentError` with the reason alone if it cannot be read within the limits, `ReadingFailed` if that may
        be another time.
        """
        reply, was_used = self._ask(ending, content)
        if reply.get("error") == NO_MEMORY and was_used:  # files that it read before may have left too little
            reply, _ = self._ask(ending, content, anew=True)
        if "error" in reply:
            raise (ReadingFailed if reply.get("passes") else DocumentError)(str(reply["error"]))
        return _document(reply)

    def _ask(self, ending: str, content: bytes, *, anew: bool = False) -> tuple[dict[str, Any], bool]:
        """The child's reply, and whether it had read files before."""
        with self._lock:
            if self._is_closed:
                raise ReadingFailed("the reading was stopped; ingest it again")
            was_used = bool(self._idle) and not anew
            try:
                child = self._idle.pop() if was_used else _Child(self._serve)
            except OSError as error:
                said = error.strerror or error
                raise ReadingFailed(f"no process can be started to read it ({said}); ingest it again later") from error
            self._busy.add(child)
        try:
            return child.ask(ending, content), was_used
        finally:
            with self._lock:
                self._busy.discard(child)
                if child.is_alive and not self._is_closed:
                    self._idle.append(child)
                else:
                    child.end()

    def close(self) -> None:
        """End all children, those that are reading too: their files fail. A second call does nothing."""
        with self._lock:
            self._is_closed = True
            for child in (*self._idle, *self._busy):
                child.kill()
            for child in self._idle:
                child.end()
            self._idle.clear()


class _Child:
    """One child process; it is not alive after a file that it did not survive."""

    def __init__(self, serve: str) -> None:
        self._process = start_child(serve)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self.is_alive = False
        """True while it waits for a file; not if it died of the last, nor if its reply was not heard."""

    def ask(self, ending: str, content: bytes) -> dict[str, Any]:
        is_late = Event()

        def give_up() -> None:
            is_late.set()
            self.kill()

        self.is_alive = False
        clock = Timer(WALL_SECONDS, give_up)
        clock.daemon = True
        clock.start()
        try:
            with suppress(OSError):  # it may die before it has read all
                self._requests.write(json.dumps({"ending": ending, "size": len(content)}).encode() + b"\n")
                self._requests.write(content)
                self._requests.flush()
            line = self._replies.readline(MAX_REPLY)
        finally:
            clock.cancel()
        if len(line) == MAX_REPLY:
            return {"error": TOO_LONG}
        try:
            reply: dict[str, Any] = json.loads(line)
        except ValueError:  # nothing came, or not all
            return _cause_of_death(self._end_code(), is_late=is_late.is_set())
        self.is_alive = reply.get("error") != NO_MEMORY  # it ends itself then
        return reply

    def _end_code(self) -> int:
        try:
            return self._process.wait(timeout=1)  # a moment to end as it does
        except TimeoutExpired:
            self.kill()
            return self._process.wait()

    def kill(self) -> None:
        self._process.kill()

    def end(self) -> None:
        """Kill it, if it still runs, and let its pipes go."""
        self.kill()
        self._process.wait()
        with suppress(OSError):
            self._requests.close()
        self._replies.close()


def _cause_of_death(code: int, *, is_late: bool) -> dict[str, Any]:
    """The error; `passes` where another time it may not come: the clock of a busy machine, a kill from outside.

    A parser in C++ that is given no memory ends its process by SIGABRT.
    """
    if is_late:
        said = f"it took more than {WALL_SECONDS:.0f} s to read; split it, or ingest it again when there is less to do"
        return {"error": said, "passes": True}
    if code == -getattr(signal, "SIGXCPU", 0):
        return {"error": f"it takes more than {CPU_SECONDS} s of computing to read; split it, or save it more simply"}
    if code == -signal.SIGABRT:
        return {"error": NO_MEMORY}
    how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
    return {"error": f"reading it failed ({how}); {SAVE_AGAIN}", "passes": code >= 0 or how == "SIGKILL"}


def _document(fields: dict[str, Any]) -> Document:
    return Document(**{**fields, "sections": tuple(Section(**section) for section in fields["sections"])})
