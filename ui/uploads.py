"""Upload: a file that a user sends to a document of the library, and how far it is while it is read."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from queue import SimpleQueue
from tempfile import mkstemp
from threading import BoundedSemaphore, Thread

import anyio
from fastapi import FastAPI, Request, Response
from fastapi.responses import PlainTextResponse, StreamingResponse

from rag import IngestProgress, PinciteError
from ui.requests import Refused
from ui.users import PART, User, Users

MOST_BYTES = 100_000_000
LONGEST_NAME = 200
"""Bytes."""
AT_ONCE = 4
PATIENCE = 30.0
"""Seconds between two pieces of a file."""
BUSY = "Others are uploading just now; try again in a minute."


def add_uploads(site: FastAPI, users: Users) -> None:
    """`PUT /library/files/<name>` with the file as the body, one a request; `If-None-Match: *` replaces none.

    The reply is a line of JSON for each step: `{"share": 0.4}` of what there is to read, and `{"outcome": "added"}`,
    "updated", "unchanged", "taken" or the reason why it could not be read last.
    """
    turns = BoundedSemaphore(AT_ONCE)

    @site.put("/library/files/{name}")
    async def take_file(name: str, request: Request) -> Response:
        user = users.of(request)
        if not turns.acquire(blocking=False):
            return PlainTextResponse(BUSY, status_code=429)
        try:
            file = user.uploads / require_name(name)
            replaces = request.headers.get("if-none-match") != "*"
            if file.exists() and not replaces:
                raise Refused(412, "There is a file of this name.")
            part = await receive(request.stream(), user.uploads)
            lines = ingest(user, part, file, turns, replaces=replaces)
        except Refused as error:
            turns.release()
            return PlainTextResponse(str(error), status_code=error.status)
        except BaseException:  # the client has gone away
            turns.release()
            raise
        return StreamingResponse(lines, media_type="application/x-ndjson")


def require_name(name: str) -> str:
    """The name itself; raises `Refused` for one that is no file's, is hidden, or cannot be kept."""
    if name.startswith(".") or not name.isprintable() or "/" in name or "\\" in name:
        raise Refused(400, "This name cannot be kept; rename the file.")
    if len(name.encode()) > LONGEST_NAME:
        raise Refused(400, f"The name is longer than {LONGEST_NAME} bytes; give the file a shorter one.")
    return name


async def receive(chunks: AsyncIterator[bytes], folder: Path) -> Path:
    """A hidden file in the folder with all that came; raises `Refused` if it cannot be kept, or comes no more."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor, written = mkstemp(prefix=".", suffix=PART, dir=folder)
        try:
            size = 0
            async with await anyio.open_file(descriptor, "wb") as part:
                while chunk := await _next(chunks):
                    size += len(chunk)
                    if size > MOST_BYTES:
                        raise Refused(
                            413, f"It is larger than {MOST_BYTES // 1_000_000} MB; split it into smaller files."
                        )
                    await part.write(chunk)
        except BaseException:
            Path(written).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Refused(507, f"It cannot be kept here ({error.strerror}).") from error
    return Path(written)


async def _next(chunks: AsyncIterator[bytes]) -> bytes:
    """The next bytes; none at the end. Who sends none for long gives the place to others."""
    try:
        with anyio.fail_after(PATIENCE):
            return await anext(chunks, b"")
    except TimeoutError as error:
        raise Refused(408, "It stopped coming; send it again.") from error


def ingest(user: User, part: Path, file: Path, turns: BoundedSemaphore, *, replaces: bool) -> Iterator[str]:
    """Begin, and give back the place at the end, whether or not somebody waits for the lines of JSON."""
    lines: SimpleQueue[dict[str, object]] = SimpleQueue()

    def tell(progress: IngestProgress) -> None:
        lines.put({"share": progress.share})

    def work() -> None:
        outcome = "Pincite failed to read it; its terminal says how."
        try:
            outcome = user.ingest(part, file, replaces=replaces, on_progress=tell)
        except (PinciteError, OSError) as error:
            outcome = str(error)
        finally:
            turns.release()
            lines.put({"outcome": outcome})

    Thread(target=work, name=f"ingest {file.name}").start()
    return _tell(lines)


def _tell(lines: SimpleQueue[dict[str, object]]) -> Iterator[str]:
    while True:
        line = lines.get()
        yield json.dumps(line) + "\n"
        if "outcome" in line:
            return
