"""A folder of a thousand hostile files: every one is read or refused within the limits, and harms no good one."""

from __future__ import annotations

import logging
import os
import random
import re
import socket
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from threading import Event, Lock, Thread

import pytest

from rag import Assistant, Document, IngestReport
from rag.isolation import WALL_SECONDS
from rag.passages import split_document
from rag.readers import read
from rag.readers.child import CPU_SECONDS, MEGABYTES
from rag.tokens import open_counter
from rag.types import ReadFile
from tests.durability.hostile_files import CANARY, SEED, Outside, Trap, boasts, good_files, traps
from tests.test_ingest import Counted

pytestmark = pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="what a child uses is told by /proc")

OF_A_KIND = 10  # in the short form
SPARE_SECONDS = 3.0  # until a child that is killed has ended
GLANCE = 0.05  # seconds between two looks at a child
TICKS = os.sysconf("SC_CLK_TCK")
WHAT_AND_WHAT_TO_DO = re.compile(r"[a-z].+; .+")  # on one line

_log = logging.getLogger(__name__)


@dataclass
class Use:
    """What the reading of a file took: seconds and bytes."""

    wall: float = 0.0
    cpu: float = 0.0
    resident: int = 0
    addressed: int = 0
    """Of the child since its start."""


@dataclass
class Measured:
    """A `read_file` part that reads one file at a time, so that it knows whose the child is that it looks at."""

    read: ReadFile
    uses: dict[tuple[str, str], Use] = field(default_factory=dict)
    """By ending and hash."""
    lock: Lock = field(default_factory=Lock)

    def __call__(self, ending: str, content: bytes) -> Document:
        with self.lock:
            use = self.uses[ending, sha256(content).hexdigest()] = Use()
            is_done = Event()
            before = {child: cpu_of(child) for child in children()}
            for child in before:
                Path(f"/proc/{child}/clear_refs").write_text("5", encoding="ascii")  # its peak begins anew
            watcher = Thread(target=watch, args=(use, before, is_done))
            watcher.start()
            began = time.monotonic()
            try:
                return self.read(ending, content)
            finally:
                use.wall = time.monotonic() - began
                is_done.set()
                watcher.join()


def watch(use: Use, before: Mapping[int, float], is_done: Event) -> None:
    """Look at the children until the file is read, and once more."""
    is_last = False
    while not is_last:
        is_last = is_done.wait(GLANCE)
        for child in children():
            try:
                status = Path(f"/proc/{child}/status").read_text(encoding="ascii", errors="replace")
                cpu = cpu_of(child) - before.get(child, 0.0)
            except OSError:  # it has ended
                continue
            said = dict(re.findall(r"(Vm\w+):\s+(\d+) kB", status))
            use.cpu = max(use.cpu, cpu)
            use.resident = max(use.resident, 1024 * int(said.get("VmHWM", 0)))
            use.addressed = max(use.addressed, 1024 * int(said.get("VmPeak", 0)))


def children() -> Iterator[int]:
    """The processes that read files for this one."""
    for path in Path("/proc").iterdir():
        try:
            is_own = path.name.isdecimal() and int(fields_of(path)[1]) == os.getpid()
            if is_own and b"rag.readers.child:serve" in (path / "cmdline").read_bytes():
                yield int(path.name)
        except OSError:
            continue


def fields_of(process: Path) -> list[str]:
    """Of its status from the third on; the name before them may hold anything."""
    return (process / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()


def cpu_of(child: int) -> float:
    fields = fields_of(Path(f"/proc/{child}"))
    return (int(fields[11]) + int(fields[12])) / TICKS


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[Outside]:
    canary = tmp_path / "outside" / "canary.txt"
    canary.parent.mkdir()
    canary.write_text(CANARY, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield Outside(canary, listener.getsockname()[1])
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):  # nobody has called
            listener.accept()


def laid_out(folder: Path, all_traps: Sequence[Trap]) -> tuple[dict[Path, Trap], dict[Path, str]]:
    """The traps and the good files, in a folder for each kind, by path; of the good files the text."""
    placed = {folder / trap.kind / trap.name: trap for trap in all_traps}
    for path, trap in placed.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        trap.put(path)
    folders = sorted({path.parent for path in placed})
    good = {}
    for number, (ending, content) in enumerate(good_files().items()):
        path = folders[number % len(folders)] / f"good{ending}"
        path.write_bytes(content)
        good[path] = read(ending, content).text
    return placed, good


def chosen(all_traps: Sequence[Trap], *, full: bool) -> list[Trap]:
    """All, or some of every kind that take little time."""
    if full:
        return list(all_traps)
    by_kind: defaultdict[str, list[Trap]] = defaultdict(list)
    for trap in all_traps:
        if not trap.is_slow:
            by_kind[trap.kind].append(trap)
    chance = random.Random(SEED)
    some = [trap for several in by_kind.values() for trap in chance.sample(several, min(OF_A_KIND, len(several)))]
    return list(
        {(trap.kind, trap.name): trap for trap in (*some, *(each for each in all_traps if each.is_telling))}.values()
    )


def table(placed: Mapping[Path, Trap], report: IngestReport, uses: Mapping[tuple[str, str], Use]) -> str:
    """A line a kind: files, read, refused, seconds of the slowest, megabytes of the largest child."""
    failed = {source for source, _ in report.failed}
    lines = []
    for kind in dict.fromkeys(trap.kind for trap in placed.values()):
        paths = [path for path, trap in placed.items() if trap.kind == kind]
        known = [(use_of(path, uses), path.name) for path in paths]
        refused = sum(str(path) in failed for path in paths)
        left_out = sum(placed[path].fate == "left out" for path in paths)
        slowest = max(known, key=lambda pair: pair[0].wall)
        largest = max(known, key=lambda pair: pair[0].resident)
        lines.append(
            f"{kind:18} {len(paths):5} files {len(paths) - refused - left_out:5} read {refused:5} refused"
            f" {slowest[0].wall:6.1f} s {slowest[0].cpu:6.1f} s cpu {slowest[1]!a:.30}"
            f" {largest[0].resident / 1e6:6.0f} MB {largest[1]!a:.30}"
        )
    return "\n".join(lines)


def use_of(path: Path, uses: Mapping[tuple[str, str], Use]) -> Use:
    if not path.is_file() or path.stat().st_size > 100_000_000 or "special" in path.parts:
        return Use()
    return uses.get((path.suffix.lower(), sha256(path.read_bytes()).hexdigest()), Use())


def test_every_hostile_file_is_read_or_refused_and_harms_no_good_one(
    assistant: Assistant, outside: Outside, tmp_path: Path, full: bool
) -> None:
    folder = tmp_path / "folder"
    placed, good = laid_out(folder, chosen([*traps(outside)], full=full))
    measured, counted = Measured(assistant.read_file), Counted(assistant.embed)
    assistant = replace(assistant, read_file=measured, embed=counted)
    began = time.monotonic()
    report = assistant.ingest(folder)
    _log.info("%d files in %.0f s\n%s", len(placed), time.monotonic() - began, table(placed, report, measured.uses))

    held = {*report.added, *report.updated, *report.unchanged}
    failed = dict(report.failed)
    assert len(failed) == len(report.failed)
    assert not held & failed.keys()
    wanted = {str(path) for path, trap in placed.items() if trap.fate != "left out"} | set(map(str, good))
    assert held | failed.keys() == wanted
    assert [reason for reason in failed.values() if not WHAT_AND_WHAT_TO_DO.fullmatch(reason)] == []
    assert [reason for reason in failed.values() if not reason.isprintable()] == []
    fates = {path: "read" if str(path) in held else "refused" for path in placed if str(path) in wanted}
    assert [
        path for path, trap in placed.items() if trap.fate in ("read", "refused") and trap.fate != fates[path]
    ] == []

    texts = {about.id: assistant.document(about.id) for about in assistant.documents()}
    for path, text in good.items():
        assert str(path) in held, failed.get(str(path))
        assert Document(text=text).id in texts
    assert [id for id, document in texts.items() if CANARY in repr(document)] == []

    assert [use for use in measured.uses.values() if use.wall > WALL_SECONDS + SPARE_SECONDS] == []
    assert [use for use in measured.uses.values() if use.cpu > CPU_SECONDS + SPARE_SECONDS] == []
    assert max(use.addressed for use in measured.uses.values()) <= MEGABYTES * 1_000_000

    counted.texts.clear()
    again = assistant.ingest(folder)
    assert counted.texts == []
    assert again == IngestReport(unchanged=again.unchanged, failed=report.failed)
    assert set(again.unchanged) == held


def test_names_that_are_not_utf8_stop_no_other_file(assistant: Assistant, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name, content in ((b"caf\xe9.txt", b"The first."), (b"bad\xff.pdf", b"No PDF."), (b"good.txt", b"The second.")):
        Path(folder, os.fsdecode(name)).write_bytes(content)
    report = assistant.ingest(folder)
    assert str(folder / "good.txt") in report.added
    assert len(report.added) + len(report.failed) == 3
    assert assistant.ingest(folder).failed == report.failed


@pytest.mark.parametrize("unit", ["「a。", "`a` ", "«a. "])
def test_a_long_paragraph_takes_no_longer_to_split_than_many_short_ones(unit: str) -> None:
    text = unit * (150_000 // len(unit))
    long, short = (Document(text=each) for each in (text, (text[:5_000] + "\n\n") * 30))
    assert seconds_to_split(long) < 2 + 3 * seconds_to_split(short)


def seconds_to_split(document: Document) -> float:
    began = time.monotonic()
    list(split_document(document, max_tokens=200, count_tokens=open_counter()))
    return time.monotonic() - began


@pytest.mark.parametrize("ending", boasts())
def test_what_a_file_says_of_itself_is_short(ending: str) -> None:
    """It is kept, indexed and shown with every passage."""
    document = read(ending, boasts()[ending])
    said = [words for each in (document, *document.sections) for words in (each.title, each.author, each.publisher)]
    assert max(map(len, said)) <= 300
