"""A model's server of the OpenAI API that streams at a pace, repeats each question's mark, and tells how calls ended.

A question holds its mark as `askMARK`; the answer begins with `ansMARK` and goes on with sentences of the prompt, each
with its number. `GET /v1/calls` lists the calls so far. One thread serves hundreds of calls.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any
from zlib import crc32

MARK = re.compile(r"\bask(\d\w*)")
SENTENCE = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)
SHORTEST, LONGEST = 80, 180  # words of an answer, with one sentence more
MOST_READ = 100_000  # bytes of a request's head


@dataclass
class Call:
    mark: str
    began: float
    """All moments as `time.monotonic()`, which processes of one machine share."""
    ended: float | None = None
    is_whole: bool = False
    """False at its end: the client hung up before."""


class PacedModel:
    """So many tokens (words) a second for each call."""

    def __init__(self, *, pace: float) -> None:
        self._pace = pace
        self.calls: list[Call] = []

    async def serve(self, listener: socket.socket) -> None:
        """Until it is cancelled."""
        async with await asyncio.start_server(self._answer, sock=listener, limit=MOST_READ) as server:
            await server.serve_forever()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):  # who hung up is noted, and no more to be told
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            length = re.search(r"^content-length: *(\d+)", head, re.IGNORECASE | re.MULTILINE)
            body = await reader.readexactly(int(length[1])) if length else b""
            if "/chat/completions" in head.partition("\r\n")[0]:
                await self._stream(json.loads(body), reader, writer)
            else:
                listed = {"data": [{"id": "paced"}], "calls": [asdict(call) for call in self.calls]}
                writer.write(_head("application/json") + json.dumps(listed).encode())
                await writer.drain()
        writer.close()

    async def _stream(self, asked: Any, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        prompt = str(asked["messages"][-1]["content"])
        mark = MARK.findall(prompt)[-1]
        call = Call(mark, began=time.monotonic())
        self.calls.append(call)
        gone = asyncio.ensure_future(reader.read())  # ends when the client hangs up
        writer.write(_head("text/event-stream"))
        try:
            for number, word in enumerate(_words(prompt, mark), start=1):
                if await _ends(gone, until=call.began + number / self._pace):
                    return
                writer.write(_event({"delta": {"content": word}, "finish_reason": None}))
            writer.write(_event({"delta": {}, "finish_reason": "stop"}) + b"data: [DONE]\n\n")
            await writer.drain()
            call.is_whole = True
        finally:
            call.ended = time.monotonic()
            gone.cancel()


async def _ends(gone: asyncio.Future[bytes], *, until: float) -> bool:
    done, _ = await asyncio.wait([gone], timeout=max(0.0, until - time.monotonic()))
    return bool(done)


def _words(prompt: str, mark: str) -> Iterator[str]:
    """The mark, and then the prompt's sentences until it is long enough: that, and the first of them, by the mark."""
    sentences = SENTENCE.findall(prompt)
    said = f"ans{mark} is the mark of the question. [1] "
    start = crc32(mark.encode())
    words = SHORTEST + start % (LONGEST - SHORTEST)
    for at in range(start, start + len(sentences)):
        number, text = sentences[at % len(sentences)]
        said += f"{text} [{number}] "
        if len(said.split()) >= words:
            break
    yield from re.findall(r"\S+\s*", said)


def _head(kind: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\nconnection: close\r\n\r\n".encode()


def _event(choice: Mapping[str, Any]) -> bytes:
    return b"data: " + json.dumps({"choices": [{"index": 0, **choice}]}).encode() + b"\n\n"
