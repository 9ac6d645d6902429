"""What every command prints with: stdout and stderr, text that cannot steer the terminal, JSON, a progress bar."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from rag import IngestProgress, OnIngest
from rag import Progress as OnProgress

UNSAFE = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")  # Unicode's categories of what is no character, or ends a line

out = Console(highlight=False, markup=False, emoji=False)
err = Console(highlight=False, markup=False, emoji=False, stderr=True)


def print_json(value: object) -> None:
    """JSON in which what `printable` would take away is escaped: nothing is lost, and nothing moves the cursor."""
    text = json.dumps(value, ensure_ascii=False, indent=2)
    out.file.write(
        "".join(character if is_safe(character) else json.dumps(character)[1:-1] for character in text) + "\n"
    )


def count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def printable(text: str) -> str:
    """The text on one line, without what could move the cursor, colour the screen or turn its direction."""
    return "".join(" " if each.isspace() else each if is_safe(each) else _shown(each) for each in text)


def _shown(character: str) -> str:
    """A byte of a file's name that is no UTF-8 as `\\xe9`, so that the file can be found; all else as U+FFFD."""
    is_byte = "\udc80" <= character <= "\udcff"
    return f"\\x{ord(character) - 0xDC00:02x}" if is_byte else "\ufffd"


def is_safe(character: str) -> bool:
    return character in "\n\t" or unicodedata.category(character) not in UNSAFE


class RateColumn(ProgressColumn):
    """How many a second."""

    def __init__(self, noun: str) -> None:
        super().__init__()
        self._noun = noun

    def render(self, task: Task) -> Text:
        """Of what the task counts, or of its field `counted` if it has one."""
        counted = task.fields.get("counted")
        speed = task.finished_speed or task.speed if counted is None else counted / (task.elapsed or 1)
        return Text(f"{speed:.{1 if speed < 10 else 0}f} {self._noun}/s" if speed else "")


@contextmanager
def progress_bar(doing: str, noun: str) -> Iterator[OnProgress]:
    """A bar on stderr with a count, a rate and the time left, from the first that is told of the progress."""
    counts = (MofNCompleteColumn(), TaskProgressColumn(), RateColumn(noun))
    with _bar(doing, counts) as update:
        yield lambda done, total: update(completed=done, total=total)


@contextmanager
def ingest_bar() -> Iterator[OnIngest]:
    """The same for an ingest: its length is what there is to read, its rate that of the passages."""
    counts = (TextColumn("{task.fields[files]}"), TaskProgressColumn(), RateColumn("passages"))

    def show(progress: IngestProgress) -> None:
        files = f"{progress.sources}/{count(progress.all_sources, 'file')}"
        update(completed=progress.share, total=1, files=files, counted=progress.passages)

    with _bar("ingesting", counts) as update:
        yield show


@contextmanager
def _bar(doing: str, counts: Sequence[ProgressColumn]) -> Iterator[Callable[..., None]]:
    progress = Progress(TextColumn(doing), BarColumn(), *counts, TimeRemainingColumn(), console=err)
    task = progress.add_task(doing, total=None, files="", counted=None)
    with ExitStack() as shown:

        def update(**changes: Any) -> None:
            if not progress.live.is_started:
                shown.enter_context(progress)
            progress.update(task, **changes)

        yield update
