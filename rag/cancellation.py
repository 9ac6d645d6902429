"""Cancel: calls to a model's server that nobody waits for any more, also while it is silent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock


class Cancelled(Exception):
    """The call was cancelled: nobody waits for what it gives."""


class Cancellation:
    """Ends the calls that are made within it, at once and from any thread; whoever waits for them gets `Cancelled`.

    Each step of an iterator is to be taken within it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._calls: set[Callable[[], None]] = set()
        self._is_cancelled = False

    @contextmanager
    def within(self) -> Iterator[None]:
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)

    @contextmanager
    def watch(self, end: Callable[[], None]) -> Iterator[None]:
        """While a call is made, which `end` ends."""
        with self._lock:
            if self._is_cancelled:
                raise Cancelled
            self._calls.add(end)
        try:
            yield
        finally:
            with self._lock:
                self._calls.discard(end)

    def cancel(self) -> None:
        """No call is made within it from now on."""
        with self._lock:
            self._is_cancelled = True
            calls = list(self._calls)
        for end in calls:
            end()


_current: ContextVar[Cancellation | None] = ContextVar("cancellation", default=None)


def current_cancellation() -> Cancellation:
    """The one within which the caller is; one that nobody cancels if there is none."""
    return _current.get() or Cancellation()
