"""Check: a library's index against its catalog, in a child process that damage may kill."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from subprocess import Popen
from threading import Timer
from typing import TYPE_CHECKING, Any

from rag.catalog import Catalog
from rag.errors import LibraryError
from rag.processes import start_child
from rag.types import Progress

if TYPE_CHECKING:
    from rag.collection import Collection

AT_ONCE = 500
SILENT_SECONDS = 60.0
REBUILD = "`pincite rebuild` makes it anew from the catalog, and embeds nothing"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a library, and what to do."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Examination:
    """What was looked at, and all that was found to be wrong."""

    documents: int
    passages: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Index:
    """Where the index of a catalog is: a folder, or by its name on a server."""

    catalog: str
    name: str
    url: str = ""
    library: str = ""

    @property
    def folder(self) -> Path:
        return Path(self.catalog).with_name(self.name)


def examine_index(index: Index, on_progress: Progress | None = None) -> list[Fault]:
    """Every passage must be in the index, with its vector, and be found by it; and nothing else be there."""
    child = start_child("rag.examination:serve")
    faults: list[Fault] = []
    is_done = False
    for line in _lines(child, json.dumps({name: getattr(index, name) for name in index.__slots__})):
        match json.loads(line):
            case {"fault": what}:
                faults.append(Fault(what, REBUILD))
            case {"done": done, "total": total} if on_progress:
                on_progress(done, total)
            case {"end": True}:
                is_done = True
    if not is_done:
        faults.append(Fault("the index is damaged: the process that reads it does not come to its end", REBUILD))
    return faults


def _lines(child: Popen[bytes], request: str) -> Iterator[bytes]:
    """What the child says to the request, until it ends or is silent for too long."""
    assert child.stdin is not None
    assert child.stdout is not None
    clock = Timer(SILENT_SECONDS, child.kill)
    try:
        child.stdin.write(request.encode())
        child.stdin.close()
        while True:
            clock = Timer(SILENT_SECONDS, child.kill)
            clock.start()
            line = child.stdout.readline()
            clock.cancel()
            if not line:
                return
            yield line
    finally:
        clock.cancel()
        child.kill()
        child.wait()
        child.stdout.close()


def serve() -> None:
    """In the child: an index as JSON from stdin, progress and faults as lines of JSON to stdout."""
    index = Index(**json.load(sys.stdin))
    try:
        for line in _compare(index):
            _say(line)
    except LibraryError as error:
        _say({"fault": str(error)})
    _say({"end": True})


def _say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def _compare(index: Index) -> Iterator[dict[str, Any]]:
    with closing(Catalog(Path(index.catalog))) as catalog:
        collection = _open(index)
        marker = ""
        try:
            numbers = catalog.numbers()
            held = collection.numbers()
            faults = list(_differences(set(numbers), held))
            lost = changed = 0
            for at in range(0, len(numbers), AT_ONCE):
                part = [number for number in numbers[at : at + AT_ONCE] if number in held]
                vectors = catalog.vectors(part)
                changed += collection.holds(part, vectors).count(False)
                lost += collection.finds(part, vectors).count(False)
                yield {"done": min(at + AT_ONCE, len(numbers)), "total": len(numbers)}
            faults += [f"the vectors of {changed} passages are not those of the catalog"] if changed else []
            faults += [f"{lost} passages are not found by their own vectors"] if lost else []
            marker = "" if faults else catalog.marker()
            yield from ({"fault": fault} for fault in faults)
        finally:
            collection.close(marker)


def _differences(wanted: set[int], held: set[int]) -> Iterator[str]:
    if missing := len(wanted - held):
        yield f"{missing} passages of the catalog are not in the index"
    if extra := len(held - wanted):
        yield f"{extra} passages of the index are not in the catalog"


def _open(index: Index) -> Collection:
    from rag.collection import open_as_it_is, server_indexes  # chromadb: only the child needs it

    if index.url:
        return server_indexes(index.url, index.library).open(index.name)
    if not index.folder.is_dir():
        raise LibraryError(f"the index {index.folder} is not there")
    return open_as_it_is(index.folder)
