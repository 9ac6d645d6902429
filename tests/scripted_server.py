"""A real HTTP server on 127.0.0.1 that speaks the OpenAI API and answers by script.

    with scripted_server([streamed("Paris. ", "[1]")]) as server:
        ...                                   # ask server.url
    assert server.requests[0].body["model"] == "scripted"

Chat replies are given in turn and the last again and again; a reply may also be a function of the request.
"""

from __future__ import annotations

import json
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TICK = 0.02
PATIENCE = 10.0  # seconds after which a reply without an end ends: a broken deadline fails a test and does not hang it
DIMENSIONS = 8


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    """Names in lower case."""
    body: Any
    """As read from its JSON; None if there was none."""


@dataclass(frozen=True)
class Reply:
    """Parts are sent one by one, `pause` seconds before each."""

    parts: Sequence[bytes] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=lambda: {"content-type": "application/json"})
    pause: float = 0.0
    before: float = 0.0
    """Seconds of silence before the status line."""
    end: str = "well"
    """After the parts: "well", "cut" (the connection drops within the body), "stall" (silence), "drip" (a keep-alive
    comment every 20 ms). Before them: "drip head" (a header every 20 ms)."""
    chunked: bool = True
    """False: the body ends where the connection does, as with HTTP/1.0."""


Script = Reply | Callable[[Request], Reply]


@dataclass(frozen=True)
class ScriptedServer:
    url: str
    """The base URL, ending in /v1."""
    requests: list[Request] = field(default_factory=list)
    hung_up: threading.Event = field(default_factory=threading.Event)
    """Set once a client has left before the end of a reply."""

    def asked(self, path: str) -> list[Request]:
        """The requests to a path such as `/chat/completions`."""
        return [request for request in self.requests if request.path == f"/v1{path}"]


def event(value: object) -> bytes:
    return b"data: " + json.dumps(value).encode() + b"\n\n"


def streamed(
    *texts: str,
    finish: str | None = "stop",
    usage: tuple[int, int] | None = (1500, 7),
    done: bool = True,
    pause: float = 0.0,
    end: str = "well",
) -> Reply:
    """A streamed answer in the given pieces, as OpenAI sends it; `usage` counts the tokens of prompt and answer."""
    parts = [chunk(text) for text in texts]
    if finish is not None:
        parts.append(event({"choices": [{"index": 0, "delta": {}, "finish_reason": finish}]}))
    if usage is not None:
        counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
        parts.append(event({"choices": [], "usage": counted}))
    if done:
        parts.append(b"data: [DONE]\n\n")
    return Reply(parts, headers={"content-type": "text/event-stream"}, pause=pause, end=end)


def chunk(text: str | None) -> bytes:
    return event({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": None}]})


def events(*parts: bytes, end: str = "well") -> Reply:
    return Reply(parts, headers={"content-type": "text/event-stream"}, end=end)


def whole(value: object, status: int = 200, **headers: str) -> Reply:
    """A reply of JSON in one piece; `retry_after="2"` becomes a header."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Reply([json.dumps(value).encode()], status=status, headers={"content-type": "application/json", **named})


def refused(status: int, message: str = "", *, code: str | None = None, **headers: str) -> Reply:
    """An error as OpenAI words it."""
    return whole({"error": {"message": message, "type": code, "code": code, "param": None}}, status, **headers)


def page(status: int = 200) -> Reply:
    """A web page where the API should be."""
    return Reply([b"<!doctype html><title>Welcome</title>"], status=status, headers={"content-type": "text/html"})


def answered(text: str) -> Reply:
    """An answer that is not streamed."""
    message = {"role": "assistant", "content": text}
    counted = {"prompt_tokens": 1500, "completion_tokens": 7, "total_tokens": 1507}
    return whole({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}], "usage": counted})


def listed(*models: str) -> Reply:
    return whole({"object": "list", "data": [{"id": model, "object": "model"} for model in models]})


def embedded(*vectors: Sequence[float]) -> Reply:
    data = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return whole({"object": "list", "data": data})


def embed_by_hash(request: Request) -> Reply:
    """Vectors that depend on the text alone."""
    texts = request.body["input"]
    return embedded(*[[byte - 127.5 for byte in sha256(text.encode()).digest()[:DIMENSIONS]] for text in texts])


class _Http(ThreadingHTTPServer):
    daemon_threads = False  # or the end would not wait for them

    def __init__(self, scripts: Mapping[str, Sequence[Script]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.scripts = scripts
        self.stopping = threading.Event()
        self.scripted = ScriptedServer(f"http://127.0.0.1:{self.server_port}/v1")


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Http

    def do_GET(self) -> None:
        self.close_connection = True
        try:
            self.send(self.next_reply())
        except OSError:
            self.server.scripted.hung_up.set()

    do_POST = do_GET  # noqa: N815  # the names that http.server calls

    def log_message(self, *_: object) -> None:
        pass

    def next_reply(self) -> Reply:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, self.path, headers, json.loads(body) if body else None)
        script = self.server.scripts.get(self.path, (refused(404, f"no {self.path} here"),))
        turn = len(self.server.scripted.asked(self.path.removeprefix("/v1")))
        self.server.scripted.requests.append(request)
        step = script[min(turn, len(script) - 1)]
        return step if isinstance(step, Reply) else step(request)

    def send(self, reply: Reply) -> None:
        self.wait(reply.before)
        self.send_response(reply.status)
        framing = {"transfer-encoding": "chunked"} if reply.chunked else {}
        for name, value in {**reply.headers, **framing, "connection": "close"}.items():
            self.send_header(name, value)
        for _ in self.ticks(endless=reply.end == "drip head"):
            self.send_header("x-more", "to come")
            self.flush_headers()
        self.end_headers()
        for part in reply.parts:
            self.wait(reply.pause)
            self.send_part(part, chunked=reply.chunked)
        for _ in self.ticks(endless=reply.end in {"stall", "drip"}):
            if reply.end == "drip":
                self.send_part(b": keep-alive\n\n", chunked=reply.chunked)
        if reply.end == "well" and reply.chunked:
            self.wfile.write(b"0\r\n\r\n")

    def send_part(self, part: bytes, *, chunked: bool) -> None:
        self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part) if chunked else part)

    def ticks(self, *, endless: bool) -> Iterator[None]:
        until = time.monotonic() + PATIENCE * endless
        while time.monotonic() < until and not self.server.stopping.is_set():
            self.wait(TICK)
            yield

    def wait(self, seconds: float) -> None:
        """Raise `ConnectionError` as soon as the client leaves."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.server.stopping.is_set():
            readable, _, _ = select.select([self.connection], [], [], min(left, TICK))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                raise ConnectionError


@contextmanager
def scripted_server(
    replies: Sequence[Script] = (streamed("Paris. [1]"),),
    *,
    models: Sequence[Script] = (listed("scripted"),),
    embeddings: Sequence[Script] = (embed_by_hash,),
) -> Iterator[ScriptedServer]:
    with _Http({"/v1/chat/completions": replies, "/v1/models": models, "/v1/embeddings": embeddings}) as http:
        thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": TICK})
        thread.start()
        try:
            yield http.scripted
        finally:
            http.stopping.set()
            http.shutdown()
            thread.join()
