"""Ask a server that speaks the OpenAI API: requests to JSON, within a deadline and with faults in words."""

from __future__ import annotations

import json
import math
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Self, TypeVar

import httpx2  # the HTTP client that openai is built on: its errors and its URLs
import openai

from rag.cancellation import Cancelled, current_cancellation
from rag.errors import ModelError, PromptTooLong, SettingsError

T = TypeVar("T")

OPENAI_URL = "https://api.openai.com/v1"
NO_KEY = "none"  # for servers that ask for no key: the client refuses to go without
CONNECT_SECONDS = 10.0
PAUSES = (0.5, 1.0)  # seconds before each new try, unless the server says how long to wait
PASSING = {408, 429, 500, 502, 503, 504}
FAULTS = (openai.APIError, httpx2.RequestError, json.JSONDecodeError, UnicodeDecodeError, RecursionError)
QUOTED = 200  # characters of a server's own words
TOO_LONG = "finds the prompt too long: set PINCITE_CONTEXT_TOKENS to the model's window"

WINDOW_CODES = {"context_length_exceeded", "exceed_context_size_error"}
WINDOW_WORDS = re.compile(r"context[ _](?:length|window|size)", re.IGNORECASE)  # of servers without such a code

REFUSALS: Mapping[str, str] = {
    "insufficient_quota": "has no credit left for this key: check its plan and billing",
    "401": "refused the key: set OPENAI_API_KEY to one that it accepts",
    "403": "does not let this key use the model in {setting}: choose another, or another key",
    "404": "does not know the model in {setting}, or not at this path: check OPENAI_BASE_URL too (most end in /v1)",
    "413": "finds the prompt too long: lower PINCITE_PASSAGES",
    "429": "takes no more requests for now: try again in {wait}",
}
"""Words for an error's code, type or status: the first that is here."""


class RequestRefused(ModelError):
    """The server finds a fault in the request, such as an option that it does not know."""

    def __init__(self, message: str, *, said: str) -> None:
        super().__init__(message)
        self._said = said

    def names(self, option: str) -> bool:
        return re.search(rf"\b{re.escape(option)}\b", self._said) is not None


@dataclass(frozen=True, slots=True)
class Server:
    url: str
    name: str
    """The URL as messages show it: without user, password and query."""
    key: str = field(repr=False)
    timeout: float
    """Seconds for a whole call."""
    setting: str
    """Where the user names the model."""


def open_server(*, api_key: str | None, base_url: str | None, timeout: float, setting: str) -> Server:
    """Asks nothing yet. Raises `SettingsError` for a key or a base URL that cannot be used."""
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
    return Server(url, name, key or NO_KEY, timeout, setting)


class Call:
    """Requests with one deadline and a connection of their own, for a `with`: none lingers, and no stale one is met.

    All that goes wrong is a `ModelError`, but for `Cancelled`; passing faults are tried again while there is time.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._deadline = _Deadline(server.timeout)
        http = openai.DefaultHttpxClient(event_hooks={"request": [self._deadline.watch]}, verify=_certificates())
        self._client = openai.OpenAI(api_key=server.key, base_url=server.url, max_retries=0, http_client=http)

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.callback(self._deadline.end)
            stack.callback(self._client.close)
            stack.enter_context(current_cancellation().watch(self._deadline.cancel))
            self._open = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def get(self, path: str) -> object:
        return self._json(self._send(lambda: self._client.get(path, cast_to=httpx2.Response)))

    def post(self, path: str, body: Mapping[str, object]) -> object:
        return self._json(self._send(lambda: self._client.post(path, cast_to=httpx2.Response, body=body)))

    def stream(self, path: str, body: Mapping[str, object]) -> Iterator[object]:
        """Ask at once, then yield the events as they come, or the whole reply of a server that does not stream.

        The deadline may cut it so that it seems to have ended: `check_deadline` tells.
        """
        kind = openai.Stream[object]
        return self._read(
            self._send(lambda: self._client.post(path, cast_to=object, body=body, stream=True, stream_cls=kind))
        )

    def check_deadline(self) -> None:
        if self._deadline.is_cancelled:
            raise Cancelled
        if self._deadline.remaining <= 0:
            raise ModelError(
                f"{self._server.name} did not finish within {self._server.timeout:g} s: "
                "raise PINCITE_TIMEOUT or use a faster model"
            )

    def _send(self, request: Callable[[], T]) -> T:
        with self._explained():
            for pause in PAUSES:
                try:
                    return request()
                except openai.APIStatusError as error:
                    wait, spent = max(pause, _retry_after(error)), "insufficient_quota" in (error.code, error.type)
                    if error.status_code not in PASSING or spent or wait >= self._deadline.remaining:
                        raise
                    self._deadline.sleep(wait)
            return request()

    def _read(self, events: openai.Stream[object]) -> Iterator[object]:
        kind = events.response.headers.get("content-type", "")
        if "html" in kind or "json" in kind:
            yield self._json(events.response)
            return
        with self._explained():
            yield from events

    def _json(self, response: httpx2.Response) -> object:
        with self._explained():
            if response.read().lstrip().startswith(b"<"):
                raise ModelError(
                    f"{self._server.name} sent a web page instead of an answer: check OPENAI_BASE_URL (most end in /v1)"
                )
            reply: object = json.loads(response.content)
        match reply:
            case {"error": error} if error:
                raise ModelError(f"{self._server.name} refused the request{_quoted(error, self._server)}")
        return reply

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            self.check_deadline()
            raise _explain(error, self._server) from error


@cache
def _certificates() -> ssl.SSLContext:
    """Read once: that takes longer than all else that a call does here."""
    return httpx2.create_ssl_context()


class _Deadline:
    """Ends a call's connection when its time is up: a read timeout starts again with every byte."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds
        self._cancelled = threading.Event()
        self._sockets: list[socket.socket] = []
        self._timer = threading.Timer(seconds, self._expire)
        self._timer.daemon = True
        self._timer.start()

    def end(self) -> None:
        self._timer.cancel()

    def cancel(self) -> None:
        """The time is up now."""
        self._cancelled.set()
        self._expire()

    @property
    def is_cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def remaining(self) -> float:
        return -math.inf if self.is_cancelled else self._end - time.monotonic()

    def sleep(self, seconds: float) -> None:
        self._cancelled.wait(seconds)

    def watch(self, request: httpx2.Request) -> None:
        left = max(self.remaining, 0.001)
        connect = min(left, CONNECT_SECONDS)
        request.extensions["timeout"] = {"connect": connect, "read": left, "write": left, "pool": left}
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: Mapping[str, object]) -> None:
        if event in {"connection.connect_tcp.complete", "connection.start_tls.complete"}:
            self._sockets.append(info["return_value"].get_extra_info("socket"))  # type: ignore[attr-defined]  # httpcore's
            if self.remaining <= 0:
                self._expire()

    def _expire(self) -> None:
        for connected in self._sockets:
            with suppress(OSError):  # closed by now
                socket.socket.shutdown(connected, socket.SHUT_RDWR)  # wakes the reader, also below TLS


def _retry_after(error: openai.APIStatusError) -> float:
    """Return the seconds that the server asks to wait, 0 if it does not say."""
    value = error.response.headers.get("retry-after", "")
    with suppress(ValueError):
        return float(value)
    with suppress(ValueError, TypeError):  # TypeError: a date without a time zone
        return (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
    return 0.0


def _explain(error: Exception, server: Server) -> ModelError:
    match error:
        case openai.APIStatusError() if _is_too_long(error):
            return PromptTooLong(_refusal(error, server))
        case openai.BadRequestError() | openai.UnprocessableEntityError():
            return RequestRefused(_refusal(error, server), said=_said(error.body))
        case openai.APIStatusError():
            return ModelError(_refusal(error, server))
        case openai.APIConnectionError(__cause__=httpx2.ConnectError() | httpx2.ConnectTimeout() as cause):
            return ModelError(
                f"{server.name} cannot be reached ({cause}): is it running, and is OPENAI_BASE_URL right?"
            )
        case openai.APIConnectionError() | httpx2.RequestError():
            return ModelError(f"the answer was cut off: the connection to {server.name} was lost; ask again")
        case openai.APIError():
            return ModelError(f"the answer was cut off: {server.name} reported a fault{_quoted(error.body, server)}")
    return ModelError(f"{server.name} sent damaged JSON: ask again")


def _is_too_long(error: openai.APIStatusError) -> bool:
    return not {str(error.code), str(error.type)}.isdisjoint(WINDOW_CODES) or (
        error.status_code == 400 and WINDOW_WORDS.search(_said(error.body)) is not None
    )


def _refusal(error: openai.APIStatusError, server: Server) -> str:
    status, wait = error.status_code, _retry_after(error)
    other = "has a fault of its own: try again later" if status >= 500 else "refused the request"
    reason = next((REFUSALS[key] for key in map(str, (error.code, error.type, status)) if key in REFUSALS), other)
    reason = TOO_LONG if _is_too_long(error) else reason
    told = reason.format(setting=server.setting, wait=f"{wait:.0f} s" if 0 < wait < math.inf else "a minute")
    said = "" if status == 401 else _quoted(error.body, server)  # a refused key is repeated there
    return f"{server.name} {told} (HTTP {status}{said})"


def _quoted(body: object, server: Server) -> str:
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
