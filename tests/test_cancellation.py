"""Calls that nobody waits for any more: they end at once, whatever the server does."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from rag import Cancellation, Cancelled
from rag.servers import Call, open_server
from tests.scripted_server import Reply, event, events, refused, scripted_server

SILENT = Reply(before=30)
PARIS = events(event("Paris"), b"data: [DONE]\n\n")
STALLED = events(event("Paris"), end="stall")


def stream(url: str) -> Iterator[object]:
    server = open_server(api_key="sk-x", base_url=url, timeout=20, setting="PINCITE_MODEL")
    with Call(server) as call:
        yield from call.stream("/chat/completions", {"stream": True})
        call.check_deadline()


def read_within(cancellation: Cancellation, events: Iterator[object]) -> Iterator[object]:
    while True:
        with cancellation.within():
            try:
                received = next(events)
            except StopIteration:
                return
        yield received


@pytest.mark.parametrize(
    ("reply", "arrived"),
    [
        (SILENT, []),
        (Reply(end="drip head"), []),
        (STALLED, ["Paris"]),
        (replace(STALLED, chunked=False), ["Paris"]),
        (events(event("Paris"), end="drip"), ["Paris"]),
        (refused(429, retry_after="15"), []),
    ],
    ids=["silence", "dripping head", "stall", "stall without chunks", "drip", "told to wait"],
)
def test_a_call_that_is_cancelled_ends_at_once(reply: Reply, arrived: list[str]) -> None:
    cancellation, received = Cancellation(), list[object]()
    with scripted_server([reply]) as server:
        threading.Timer(0.3, cancellation.cancel).start()
        started = time.monotonic()
        with pytest.raises(Cancelled):
            received.extend(read_within(cancellation, stream(server.url)))
        assert 0.25 < time.monotonic() - started < 2
    assert received == arrived


def test_no_call_begins_once_it_is_cancelled() -> None:
    cancellation = Cancellation()
    cancellation.cancel()
    with scripted_server([PARIS]) as server:
        with pytest.raises(Cancelled):
            list(read_within(cancellation, stream(server.url)))
        assert server.requests == []
        assert list(stream(server.url)) == ["Paris"]


def test_the_calls_of_others_go_on() -> None:
    ours, theirs = Cancellation(), Cancellation()
    with scripted_server([STALLED, PARIS]) as server:
        ended = read_within(ours, stream(server.url))
        assert next(ended) == "Paris"
        other = read_within(theirs, stream(server.url))
        assert next(other) == "Paris"
        ours.cancel()
        with pytest.raises(Cancelled):
            next(ended)
        assert list(other) == []


def test_a_call_that_has_ended_is_forgotten() -> None:
    cancellation = Cancellation()
    with scripted_server([PARIS]) as server:
        assert list(read_within(cancellation, stream(server.url))) == ["Paris"]
    assert cancellation._calls == set()
    cancellation.cancel()
