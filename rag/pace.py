"""Pace: what is told of how far an ingest is."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import CancelledError
from itertools import accumulate
from pathlib import Path
from threading import Lock

from rag.types import Document, IngestProgress, OnIngest


class Pace:
    """Tells how far an ingest is: a source is done when what came of it is kept. Safe to use from threads."""

    def __init__(self, sources: Sequence[Document | Path], on_progress: OnIngest | None) -> None:
        self._ends = list(accumulate(map(_size, sources), initial=0))
        self._on_progress = on_progress
        self._lock = Lock()
        self._noted = self._planned = self._done = self._passages = 0
        self._share = 0.0
        self._is_stopped = False
        self._tell(0)

    def note(self, *, waits: bool) -> None:
        """One source more is loaded; `waits`: something is to be kept of it, or of one before it."""
        with self._lock:
            self._noted += 1
            if not waits and self._planned == self._done:
                self._planned = self._done = self._noted
                self._tell(self._ends[self._done])

    def plan(self) -> tuple[int, int]:
        """What was noted since the last step, as the numbers of the sources between which it is, is another."""
        with self._lock:
            span = self._planned, self._noted
            self._planned = self._noted
        return span

    def embed(self, span: tuple[int, int], passages: int, part: float) -> None:
        """So many passages more are embedded, and with them this part of the step; raises if nobody waits for them."""
        if self._is_stopped:
            raise CancelledError
        begin, end = (self._ends[at] for at in span)
        with self._lock:
            self._passages += passages
            self._tell(begin + part * (end - begin))

    def keep(self, span: tuple[int, int]) -> None:
        """The step is done."""
        with self._lock:
            self._done = span[1]
            self._tell(self._ends[self._done])

    def stop(self) -> None:
        """What is being embedded is not needed any more."""
        self._is_stopped = True

    def _tell(self, size: float) -> None:
        self._share = max(self._share, size / (self._ends[-1] or 1))
        if self._on_progress:
            self._on_progress(IngestProgress(self._done, len(self._ends) - 1, self._passages, self._share))


def _size(source: Document | Path) -> int:
    if isinstance(source, Document):
        return len(source.text)
    try:
        return source.stat().st_size
    except (OSError, ValueError):
        return 0
