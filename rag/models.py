"""Generate: messages to a model's streamed text. Also the embedder of a server that speaks the OpenAI API."""

from __future__ import annotations

import json
import math
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self, TypeVar

import httpx2  # the HTTP client that openai is built on: its errors and its URLs
import numpy as np
import openai

from rag.errors import EmbedderError, ModelError, SettingsError
from rag.types import Embedder, Generate, Message, Usage

if TYPE_CHECKING:
    from rag.types import Vectors

    Json = Mapping[str, object]
    T = TypeVar("T")

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "none"  # for servers that ask for no key: the client refuses to go without
CONNECT_SECONDS = 10.0
PAUSES = (0.5, 1.0)  # seconds before each new try, unless the server says how long to wait
PASSING = {408, 429, 500, 502, 503, 504}
REASONING_TOKENS = 2048  # models that want `max_completion_tokens` think within it
BATCH = 256
QUOTED = 200  # characters of a server's own words

INSTEAD: Mapping[str, Callable[[int], Json]] = {
    "temperature": lambda _: {},
    "stream_options": lambda _: {},
    "reasoning_effort": lambda _: {},
    "max_tokens": lambda n: {"max_completion_tokens": n + REASONING_TOKENS, "reasoning_effort": "low"},
}
"""What to send instead of an option that the server refuses, given `max_tokens`."""

REFUSALS: Mapping[str, str] = {
    "insufficient_quota": "has no credit left for this key: check its plan and billing",
    "context_length_exceeded": "finds the prompt too long: set PINCITE_CONTEXT_TOKENS to the model's window",
    "exceed_context_size_error": "finds the prompt too long: set PINCITE_CONTEXT_TOKENS to the model's window",
    "401": "refused the key: set OPENAI_API_KEY to one that it accepts",
    "403": "does not let this key use the model in {setting}: choose another, or another key",
    "404": "does not know the model in {setting}, or not at this path: check OPENAI_BASE_URL too (most end in /v1)",
    "413": "finds the prompt too long: lower PINCITE_PASSAGES",
    "429": "takes no more requests for now: try again in {wait}",
}
"""Words for an error's code, type or status: the first that is here."""

STOPS: Mapping[str, str] = {
    "length": "the answer was cut off at {max_tokens} tokens: raise PINCITE_ANSWER_TOKENS",
    "content_filter": "the answer was cut off by the content filter of {server}: ask in other words",
    "error": "the answer was cut off by a fault of {server}: ask again",
    "": "the answer was cut off: {server} ended it without saying why; ask again",
}
"""Words for a `finish_reason` that leaves the answer incomplete; "" if there was none."""


def open_generate(
    *, model: str, api_key: str | None, base_url: str | None, timeout: float, max_tokens: int
) -> Generate:
    """`model` "" is the first that the server lists, asked for once. A call ends `timeout` seconds after it began.

    What was received is yielded, and only then `ModelError` raised. Closing the iterator closes the connection.
    Raises `SettingsError` for a key or a base URL that cannot be used.
    """
    server = _server(api_key=api_key, base_url=base_url, timeout=timeout, setting="PINCITE_MODEL")
    naming = threading.Lock()
    options: Json = {"temperature": 0, "max_tokens": max_tokens, "stream_options": {"include_usage": True}}

    def generate(messages: Sequence[Message]) -> Iterator[str | Usage]:
        nonlocal model, options
        with server.call() as call:
            with naming:
                model = model or _first_model(call)
            sent = [{name: _encodable(text) for name, text in message.items()} for message in messages]
            body: Json = {"model": model, "messages": sent, "stream": True}
            stream, options = _open_stream(call, body, options=options, max_tokens=max_tokens)
            finish, usage, empty = "", None, True
            for chunk in _chunks(stream, call):
                if text := _text(chunk):
                    empty = False
                    yield text
                finish = _finish_reason(chunk) or finish
                usage = _usage(chunk) or usage
            if usage:
                yield usage
            if not finish:
                call.check_deadline()
            if finish in STOPS:
                raise ModelError(STOPS[finish].format(max_tokens=max_tokens, server=server.name))
            if empty:
                raise ModelError(
                    f"{server.name} sent an empty answer: ask again, or set PINCITE_MODEL to another model"
                )

    return generate


def open_embedder(*, model: str, api_key: str | None, base_url: str | None, timeout: float) -> Embedder:
    """Embeds one short text at once, to learn the dimensions. Each batch of 256 texts may take `timeout` seconds."""
    server = _server(api_key=api_key, base_url=base_url, timeout=timeout, setting="PINCITE_EMBEDDING_MODEL")

    def embed_batch(texts: Sequence[str]) -> Vectors:
        with server.call() as call:
            sent = [_encodable(text) or " " for text in texts]  # an empty text is refused
            body: Json = {"model": model, "input": sent, "encoding_format": "float"}
            reply = call.send(lambda: call.client.post("/embeddings", cast_to=object, body=body))
            return _unit_rows(_json(reply, call), count=len(texts), server=server.name)

    dimensions = embed_batch(["Pincite"]).shape[1]

    def embed(texts: Sequence[str]) -> Vectors:
        vectors = np.empty((len(texts), dimensions), dtype=np.float32)
        for start in range(0, len(texts), BATCH):
            rows = embed_batch(texts[start : start + BATCH])
            if rows.shape[1] != dimensions:
                raise EmbedderError(
                    f"{server.name} sent vectors of {rows.shape[1]} dimensions after {dimensions}: "
                    "check PINCITE_EMBEDDING_MODEL"
                )
            vectors[start : start + BATCH] = rows
        return vectors

    return Embedder(embed=embed, fingerprint=f"openai:{model}:{dimensions}", dimensions=dimensions)


class _Deadline:
    """Ends a call's connection when its time is up: a read timeout starts again with every byte."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        for connected in self._sockets:
            connected.close()

    @property
    def remaining(self) -> float:
        return self._end - time.monotonic()

    def watch(self, request: httpx2.Request) -> None:
        left = max(self.remaining, 0.001)
        request.extensions["timeout"] = dict.fromkeys(("read", "write", "pool"), left) | {
            "connect": min(left, CONNECT_SECONDS)
        }
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: Mapping[str, object]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._sockets.append(info["return_value"].get_extra_info("socket"))  # type: ignore[attr-defined]
            if self.remaining <= 0:
                self._expire()

    def _expire(self) -> None:
        for connected in self._sockets:
            with suppress(OSError):  # closed by now
                socket.socket.shutdown(connected, socket.SHUT_RDWR)  # wakes the reader, also below TLS


@dataclass(frozen=True, slots=True)
class _Server:
    url: str
    name: str
    """The URL as messages show it: without user, password and query."""
    key: str = field(repr=False)
    timeout: float
    setting: str

    @contextmanager
    def call(self) -> Iterator[_Call]:
        """Open a connection of its own, closed at the end: nothing lingers, and no stale one is met."""
        with _Deadline(self.timeout) as deadline:
            http = openai.DefaultHttpxClient(event_hooks={"request": [deadline.watch]})
            with openai.OpenAI(api_key=self.key, base_url=self.url, max_retries=0, http_client=http) as client:
                call = _Call(self, client, deadline)
                try:
                    yield call
                except (openai.APIError, httpx2.RequestError) as error:
                    call.check_deadline()
                    raise ModelError(_words(error, self)) from error
                except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
                    call.check_deadline()
                    raise ModelError(f"{self.name} sent damaged JSON: ask again") from error


@dataclass(frozen=True, slots=True)
class _Call:
    server: _Server
    client: openai.OpenAI
    deadline: _Deadline

    def check_deadline(self) -> None:
        if self.deadline.remaining <= 0:
            raise ModelError(
                f"{self.server.name} did not finish within {self.server.timeout:g} s: "
                "raise PINCITE_TIMEOUT or use a faster model"
            )

    def send(self, request: Callable[[], T]) -> T:
        """Try again after a passing fault, as often as `PAUSES` and the deadline allow."""
        for pause in PAUSES:
            try:
                return request()
            except openai.APIStatusError as error:
                wait = max(pause, _retry_after(error))
                if not _is_passing(error) or wait >= self.deadline.remaining:
                    raise
                time.sleep(wait)
        return request()


def _server(*, api_key: str | None, base_url: str | None, timeout: float, setting: str) -> _Server:
    key, url = (api_key or "").strip(), (base_url or "").strip() or OPENAI_URL
    if not key and url == OPENAI_URL:
        raise SettingsError(
            f"{setting} needs a server: set OPENAI_API_KEY, or OPENAI_BASE_URL for another than OpenAI's"
        )
    if not key.isascii() or not key.isprintable():
        raise SettingsError("OPENAI_API_KEY holds a character that no key has: copy it again")
    try:
        parts = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise SettingsError("OPENAI_BASE_URL is not a web address") from error
    if parts.scheme not in {"http", "https"} or not parts.host:
        raise SettingsError("OPENAI_BASE_URL must begin with http:// or https:// and a host")
    name = str(parts.copy_with(username=None, password=None, query=None, fragment=None))
    return _Server(url, name, key or NO_KEY, timeout, setting)


def _first_model(call: _Call) -> str:
    reply = _json(call.send(lambda: call.client.get("/models", cast_to=object)), call)
    match reply:
        case {"data": [{"id": str(model)}, *_]} if model:
            return model
    raise ModelError(f"{call.server.name} lists no model: load one there, or name one in PINCITE_MODEL")


def _open_stream(call: _Call, body: Json, *, options: Json, max_tokens: int) -> tuple[openai.Stream[object], Json]:
    """Return the stream with the options that the server took."""
    while True:
        request = {**body, **options}
        try:
            stream = call.send(
                lambda: call.client.post(
                    "/chat/completions",
                    cast_to=object,
                    body=request,  # noqa: B023  # sent before the next turn
                    stream=True,
                    stream_cls=openai.Stream[object],
                )
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            refused = next((name for name in options if name in INSTEAD and _names(error, name)), None)
            if refused is None:
                raise
            kept = {name: value for name, value in options.items() if name != refused}
            options = {**kept, **INSTEAD[refused](max_tokens)}
        else:
            return stream, options


def _names(error: openai.APIStatusError, option: str) -> bool:
    return re.search(rf"\b{re.escape(option)}\b", _said(error.body)) is not None


def _chunks(stream: openai.Stream[object], call: _Call) -> Iterator[object]:
    kind = stream.response.headers.get("content-type", "")
    if "html" not in kind and "json" not in kind:
        yield from stream
        return
    stream.response.read()  # the server does not stream
    yield _json(stream.response.text, call)


def _json(reply: object, call: _Call) -> object:
    """Return what a whole reply holds: the client passes on as text what does not say that it is JSON."""
    if isinstance(reply, str):
        if reply.lstrip().startswith("<"):
            raise ModelError(
                f"{call.server.name} sent a web page instead of an answer: check OPENAI_BASE_URL (most end in /v1)"
            )
        reply = json.loads(reply)
    match reply:
        case {"error": error} if error:
            raise ModelError(f"{call.server.name} refused the request{_quoted(error, call.server)}")
    return reply


def _text(chunk: object) -> str:
    match chunk:
        case {"choices": [{"delta": {"content": str(text)}}, *_]}:
            return text
        case {"choices": [{"message": {"content": str(text)}}, *_]}:
            return text
    return ""


def _finish_reason(chunk: object) -> str:
    match chunk:
        case {"choices": [{"finish_reason": str(reason)}, *_]}:
            return reason
    return ""


def _usage(chunk: object) -> Usage | None:
    match chunk:
        case {"usage": {"prompt_tokens": int(prompt), "completion_tokens": int(answer)}}:
            return Usage(prompt_tokens=prompt, answer_tokens=answer)
    return None


def _unit_rows(reply: object, *, count: int, server: str) -> Vectors:
    """Return the vectors in the order of their `index`, each of length 1."""
    try:
        items = {item["index"]: item["embedding"] for item in reply["data"]}  # type: ignore[index]
        rows = np.array([items[index] for index in range(count)], dtype=np.float64)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise EmbedderError(f"{server} did not send a vector for each text: check PINCITE_EMBEDDING_MODEL") from error
    with np.errstate(over="ignore", invalid="ignore"):
        lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    if rows.ndim != 2 or len(items) != count or not (np.isfinite(lengths) & (lengths > 0)).all():
        raise EmbedderError(f"{server} sent vectors that cannot be used: check PINCITE_EMBEDDING_MODEL")
    vectors: Vectors = (rows / lengths).astype(np.float32)
    return vectors


def _encodable(text: str) -> str:
    """Return the text with its lone surrogates replaced: they have no UTF-8."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _is_passing(error: openai.APIStatusError) -> bool:
    return error.status_code in PASSING and "insufficient_quota" not in (error.code, error.type)


def _retry_after(error: openai.APIStatusError) -> float:
    """Return the seconds that the server asks to wait, 0 if it does not say."""
    value = error.response.headers.get("retry-after", "")
    with suppress(ValueError):
        return float(value)
    with suppress(ValueError, TypeError):  # TypeError: a date without a time zone
        return (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    return 0.0


def _words(error: openai.APIError | httpx2.RequestError, server: _Server) -> str:
    if isinstance(error, openai.APIStatusError):
        return _refusal(error, server)
    if isinstance(error.__cause__, httpx2.ConnectError | httpx2.ConnectTimeout):
        return f"{server.name} cannot be reached ({error.__cause__}): is it running, and is OPENAI_BASE_URL right?"
    if isinstance(error, openai.APIConnectionError | httpx2.RequestError):
        return f"the answer was cut off: the connection to {server.name} was lost; ask again"
    return f"the answer was cut off: {server.name} reported a fault{_quoted(error.body, server)}"


def _refusal(error: openai.APIStatusError, server: _Server) -> str:
    status = error.status_code
    other = "has a fault of its own: try again later" if status >= 500 else "refused the request"
    keys = (error.code or "", error.type or "", str(status))
    reason = next((REFUSALS[key] for key in keys if key in REFUSALS), other)
    wait = _retry_after(error)
    told = reason.format(
        setting=server.setting, wait=f"{wait:.0f} s" if wait > 0 and math.isfinite(wait) else "a minute"
    )
    said = "" if status == 401 else _quoted(error.body, server)  # a refused key is repeated there
    return f"{server.name} {told} (HTTP {status}{said})"


def _quoted(body: object, server: _Server) -> str:
    """Return the server's own words on one line, without keys and passwords; "" if it has none."""
    said = " ".join(_said(body).split())
    if server.key != NO_KEY:
        said = said.replace(server.key, "…")
    said = re.sub(r"//[^/@\s]*@", "//", said)[:QUOTED]
    return f"; it says: {said}" if said else ""


def _said(body: object) -> str:
    match body:
        case {"message": str(said)} | {"detail": str(said)}:
            return said
        case str(said) if not said.lstrip().startswith("<"):
            return said
    return ""
