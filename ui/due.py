"""Due: which questions are to be answered, or are being answered; all others without an answer were left.

A question and its answer are two events of the page: whoever closes it in between never asks for the second.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from math import inf
from threading import Lock

from ui.turns import Turn

SECONDS = 60.0
"""Between the two events at most."""


class Due:
    """Knows turns by when they were asked. Safe to use from threads."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._lock = now, Lock()
        self._asked: dict[str, float] = {}
        self._answered: set[str] = set()

    def ask(self, turn: Turn) -> None:
        """It is to be answered."""
        with self._lock:
            self._asked = {asked: at for asked, at in self._asked.items() if self._is_fresh(at)} | {
                turn.asked: self._now()
            }

    def claim(self, turns: Sequence[Turn]) -> Turn | None:
        """The first of them that is to be answered, for whoever claims it to answer; None if there is none."""
        with self._lock:
            for turn in turns:
                if not turn.has_ended and self._is_fresh(self._asked.pop(turn.asked, -inf)):
                    self._answered.add(turn.asked)
                    return turn
        return None

    def end(self, turn: Turn) -> None:
        with self._lock:
            self._asked.pop(turn.asked, None)
            self._answered.discard(turn.asked)

    def holds(self, turn: Turn) -> bool:
        """Is it to be answered, or being answered?"""
        with self._lock:
            return turn.asked in self._answered or self._is_fresh(self._asked.get(turn.asked, -inf))

    def _is_fresh(self, at: float) -> bool:
        return self._now() - at < SECONDS
