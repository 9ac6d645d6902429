"""Calls to a server that speaks the OpenAI API: what is sent, how long it may take, and faults in words."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rag.errors import ModelError, SettingsError
from rag.servers import Call, RequestRefused, open_server
from tests.scripted_server import (
    Reply,
    ScriptedServer,
    event,
    events,
    page,
    refused,
    scripted_server,
    whole,
)

KEY = "sk-secret-0123456789"
PARIS = events(event("Paris"), b"data: [DONE]\n\n")


def stream(url: str, *, timeout: float = 5.0, key: str | None = KEY) -> Iterator[object]:
    """The events of one call, which must be in time to the end."""
    with Call(open_server(api_key=key, base_url=url, timeout=timeout, setting="PINCITE_MODEL")) as call:
        yield from call.stream("/chat/completions", {"stream": True})
        call.check_deadline()


def events_and_error(answer: Iterator[object]) -> tuple[list[object], str]:
    """What arrived before the ModelError, and its message."""
    received: list[object] = []
    with pytest.raises(ModelError, match=r"^[^\n]+$") as caught:
        received.extend(answer)
    return received, str(caught.value)


def told(server: ScriptedServer, words: str) -> str:
    return words.replace("SERVER", server.url)


def test_without_a_key_a_placeholder_is_sent() -> None:
    with scripted_server() as server:
        list(stream(server.url, key=None))
    assert server.requests[0].headers["authorization"] == "Bearer none"


# faults before the answer


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (
            refused(401, f"Incorrect API key provided: {KEY}"),
            "SERVER refused the key: set OPENAI_API_KEY to one that it accepts (HTTP 401)",
        ),
        (
            refused(403, "no access"),
            "SERVER does not let this key use the model in PINCITE_MODEL: choose another, or another key "
            "(HTTP 403; it says: no access)",
        ),
        (
            whole({"error": "model 'x' not found"}, 404),
            "SERVER does not know the model in PINCITE_MODEL, or not at this path: check OPENAI_BASE_URL too "
            "(most end in /v1) (HTTP 404; it says: model 'x' not found)",
        ),
        (
            whole({"detail": "Not Found"}, 404),
            "SERVER does not know the model in PINCITE_MODEL, or not at this path: check OPENAI_BASE_URL too "
            "(most end in /v1) (HTTP 404; it says: Not Found)",
        ),
        (
            refused(400, "too many tokens", code="context_length_exceeded"),
            "SERVER finds the prompt too long: set PINCITE_CONTEXT_TOKENS to the model's window "
            "(HTTP 400; it says: too many tokens)",
        ),
        (
            refused(429, "You exceeded your quota", code="insufficient_quota"),
            "SERVER has no credit left for this key: check its plan and billing "
            "(HTTP 429; it says: You exceeded your quota)",
        ),
        (
            refused(429, "slow down", retry_after="60"),
            "SERVER takes no more requests for now: try again in 60 s (HTTP 429; it says: slow down)",
        ),
        (
            refused(418, f"a\nteapot of {KEY} at http://me:pass@proxy/v1"),
            "SERVER refused the request (HTTP 418; it says: a teapot of … at http://proxy/v1)",
        ),
        (page(501), "SERVER has a fault of its own: try again later (HTTP 501)"),
        (page(), "SERVER sent a web page instead of an answer: check OPENAI_BASE_URL (most end in /v1)"),
        (whole({"error": {"message": "busy"}}), "SERVER refused the request; it says: busy"),
        (Reply([b'{"choices": ']), "SERVER sent damaged JSON: ask again"),
        (Reply([b"[" * 100_000]), "SERVER sent damaged JSON: ask again"),
        (
            Reply([b'{"error"'], status=400, end="cut"),
            "the answer was cut off: the connection to SERVER was lost; ask again",
        ),
        (
            Reply([b'{"choices"'], end="cut"),
            "the answer was cut off: the connection to SERVER was lost; ask again",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)
def test_a_refusal_is_told_in_one_line_after_one_request(reply: Reply, words: str) -> None:
    with scripted_server([reply]) as server:
        started = time.monotonic()
        assert events_and_error(stream(server.url)) == ([], told(server, words))
        assert time.monotonic() - started < 1
    assert len(server.requests) == 1


@pytest.mark.parametrize("status", [400, 422])
def test_a_refusal_tells_which_option_it_is_about(status: int) -> None:
    with (
        scripted_server([refused(status, "'max_tokens' is not supported")]) as server,
        pytest.raises(RequestRefused, match=rf"\(HTTP {status}; it says: 'max_tokens' is not supported\)$") as caught,
    ):
        list(stream(server.url))
    assert [caught.value.names(option) for option in ("max_tokens", "tokens", "temperature")] == [True, False, False]


def test_an_error_type_of_no_known_kind_is_passed_over() -> None:
    with scripted_server([whole({"error": {"message": "no", "code": 5, "type": {"a": 1}}}, 418)]) as server:
        words = told(server, "SERVER refused the request (HTTP 418; it says: no)")
        assert events_and_error(stream(server.url)) == ([], words)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_passing_fault_is_tried_again(status: int) -> None:
    with scripted_server([refused(status), PARIS]) as server:
        assert list(stream(server.url)) == ["Paris"]
    assert len(server.requests) == 2


def test_a_fault_that_stays_is_told_after_three_tries() -> None:
    with scripted_server([page(503)]) as server:
        assert events_and_error(stream(server.url)) == (
            [],
            told(server, "SERVER has a fault of its own: try again later (HTTP 503)"),
        )
    assert len(server.requests) == 3


def test_the_wait_that_a_server_asks_for_is_kept() -> None:
    with scripted_server([refused(429, retry_after="1.2"), PARIS]) as server:
        started = time.monotonic()
        list(stream(server.url))
        assert 1.2 <= time.monotonic() - started < 2.2


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("inf", "a minute"),
        ("nonsense", None),
        ("Fri, 31 Dec 2100 23:59:59 GMT", r"\d{9,} s"),
        ("-3", None),
        ("Fri, 31 Dec 2100 23:59:59 -0000", None),
    ],
)
def test_an_odd_wait_is_neither_believed_nor_fatal(asked: str, wait: str | None) -> None:
    with scripted_server([refused(429, retry_after=asked), PARIS]) as server:
        if wait is None:
            assert list(stream(server.url)) == ["Paris"]
        else:
            with pytest.raises(ModelError, match=rf"try again in {wait} \(HTTP 429\)$"):
                list(stream(server.url))


def test_a_server_that_is_not_there_is_told_at_once() -> None:
    with scripted_server() as server:
        url = server.url
    started = time.monotonic()
    with pytest.raises(ModelError, match=r"^http://127.0.0.1:\d+/v1 cannot be reached \(.*refused\): is it running"):
        list(stream(url))
    assert time.monotonic() - started < 1


def test_credentials_in_the_base_url_are_not_shown() -> None:
    with scripted_server([page(501)]) as server:
        url = server.url.replace("://", "://user:password@")
        assert events_and_error(stream(url)) == (
            [],
            told(server, "SERVER has a fault of its own: try again later (HTTP 501)"),
        )


# faults within a stream


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (events(event("Paris"), end="cut"), "the answer was cut off: the connection to SERVER was lost; ask again"),
        (
            events(event("Paris"), event({"error": {"message": f"out of memory for {KEY}"}})),
            "the answer was cut off: SERVER reported a fault; it says: out of memory for …",
        ),
        (
            events(event("Paris"), event({"error": "out of memory"})),
            "the answer was cut off: SERVER reported a fault; it says: out of memory",
        ),
        (events(event("Paris"), b"data: {broken\n\n"), "SERVER sent damaged JSON: ask again"),
        (events(event("Paris"), b"data: \xff\xfe\n\n"), "SERVER sent damaged JSON: ask again"),
    ],
)
def test_what_arrived_before_a_fault_is_not_lost(reply: Reply, words: str) -> None:
    with scripted_server([reply]) as server:
        assert events_and_error(stream(server.url)) == (["Paris"], told(server, words))


# time


@pytest.mark.parametrize(
    ("reply", "arrived"),
    [
        (events(event("Paris"), end="drip"), ["Paris"]),
        (events(event("Paris"), end="stall"), ["Paris"]),
        (replace(events(event("Paris"), end="stall"), chunked=False), ["Paris"]),
        (Reply(before=30), []),
        (Reply(end="drip head"), []),
        (Reply([b'{"choices"'], end="stall"), []),
        (Reply([b"{"], status=400, end="stall"), []),
        (refused(429, retry_after="1"), None),
    ],
    ids=[
        "drip",
        "stall",
        "stall without chunks",
        "silence",
        "dripping head",
        "stalled JSON",
        "stalled refusal",
        "told to wait",
    ],
)
def test_a_call_ends_when_its_time_is_up(reply: Reply, arrived: list[str] | None) -> None:
    with scripted_server([reply]) as server:
        started = time.monotonic()
        received, error = events_and_error(stream(server.url, timeout=0.6))
        assert time.monotonic() - started < 1.2
        if arrived is None:
            assert error == told(server, "SERVER takes no more requests for now: try again in 1 s (HTTP 429)")
        else:
            assert (received, error) == (
                arrived,
                told(server, "SERVER did not finish within 0.6 s: raise PINCITE_TIMEOUT or use a faster model"),
            )
            assert server.hung_up.wait(1)


def test_a_connection_that_does_not_open_ends_in_time_too() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full, socket.create_connection(full.getsockname()):
        started = time.monotonic()
        with pytest.raises(ModelError, match=r"^http://127\.0\.0\.1:\d+/v1 did not finish within 0\.6 s"):
            list(stream(f"http://127.0.0.1:{full.getsockname()[1]}/v1", timeout=0.6))
        assert time.monotonic() - started < 1.2


# settings


@pytest.mark.parametrize(
    ("key", "url", "words"),
    [
        (None, None, "PINCITE_MODEL needs a server: set OPENAI_API_KEY, or OPENAI_BASE_URL"),
        ("", " ", "PINCITE_MODEL needs a server"),
        ("sk-“quoted”", None, "^OPENAI_API_KEY holds a character that no key has: copy it again$"),
        ("sk-a\nb", None, "^OPENAI_API_KEY holds a character that no key has: copy it again$"),
        (None, "localhost:11434/v1", "^OPENAI_BASE_URL must begin with http:// or https:// and a host$"),
        (None, "ftp://host/v1", "^OPENAI_BASE_URL must begin with http:// or https:// and a host$"),
        (None, "http://", "^OPENAI_BASE_URL must begin with http:// or https:// and a host$"),
        (None, "http://host:port/v1", "^OPENAI_BASE_URL is not a web address$"),
    ],
)
def test_a_key_or_base_url_that_cannot_be_used_is_refused_at_once(key: str | None, url: str | None, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        open_server(api_key=key, base_url=url, timeout=1, setting="PINCITE_MODEL")


def test_white_space_around_the_key_is_dropped() -> None:
    with scripted_server() as server:
        list(stream(server.url, key=f" {KEY}\n"))
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
