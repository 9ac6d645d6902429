"""Places: how many questions are answered at once, and how many wait; whoever asks one more is told so at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Semaphore

from anyio import CapacityLimiter

AT_ONCE = 64
WAITING = 32
THREADS = AT_ONCE + WAITING + 16
"""Each question holds one while it waits or its model writes; the rest is for what takes a moment."""
PACE, PACE_OF_EACH = 0.15, 0.012
"""Seconds between two looks at a statement under way, at least and for each question: a look is the whole page anew."""
BUSY = "Pincite is answering as many questions as it can; ask again in a minute"


class Busy(Exception):
    """All places are taken, and nobody more may wait."""

    def __init__(self) -> None:
        super().__init__(BUSY)


class Places:
    """Those of a site, for all who ask there. Safe to use from threads."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._room, self._turn = Semaphore(at_once + waiting), Semaphore(at_once)
        self._answered: set[object] = set()
        self.threads = CapacityLimiter(THREADS)
        """Those that answers are waited for in: not the ones that all else is done in."""

    @property
    def are_taken(self) -> bool:
        """Now: the next moment may be another's."""
        is_room = self._room.acquire(blocking=False)
        if is_room:
            self._room.release()
        return not is_room

    def pace(self) -> float:
        """Seconds between two looks at an answer under way: the more there are, the longer."""
        return max(PACE, PACE_OF_EACH * len(self._answered))

    @contextmanager
    def take(self) -> Iterator[None]:
        """Waits for the question's turn. Raises `Busy` at once if nobody more may wait."""
        if not self._room.acquire(blocking=False):
            raise Busy
        try:
            with self._turn:
                self._answered.add(question := object())
                try:
                    yield
                finally:
                    self._answered.discard(question)
        finally:
            self._room.release()
