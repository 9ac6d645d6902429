"""Servers that misbehave, each mode end to end: one clear line, in time, nothing received is lost, no key is shown."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from rag import Answer, Assistant, Document, ModelError, PinciteError, Settings, connect, ingest_seeds
from rag.models import open_generate
from tests.scripted_server import (
    Reply,
    Request,
    Script,
    ScriptedServer,
    answered,
    chunk,
    embed_by_hash,
    embedded,
    event,
    events,
    page,
    refused,
    scripted_server,
    streamed,
    whole,
)

KEY = "sk-secret-0123456789"
TIMEOUT = 3.0  # seconds a call may take here: three tries pause for 1.5 between them
GRACE = 2.0  # seconds that an end may be late
QUESTION = "Who visited Tehran?"
SAID = "Igor Sergeev visited Tehran. [1]"
KEPT = "Igor Sergeev visited Tehran."


@dataclass(frozen=True)
class Mode:
    """A way to misbehave, what is told of it, and how much of an answer is left."""

    replies: tuple[Script, ...]
    told: str
    """What the line matches, whether it is an error or says why the answer is incomplete; "" if nothing is wrong."""
    keeps: bool = False
    """Something of the answer was received: it is kept, marked as incomplete if `told`."""
    tries: int = 1


def part(*more: bytes, end: str = "well") -> Reply:
    """A stream that begins with a whole statement."""
    return events(chunk(SAID + "\n"), *more, end=end)


def in_one_piece(usage: tuple[int, int] = (1500, 7), **changed: object) -> Reply:
    """A reply that is not streamed, with other fields in its choice."""
    choice = {"index": 0, "message": {"role": "assistant", "content": SAID}, "finish_reason": "stop", **changed}
    counted = {"prompt_tokens": usage[0], "completion_tokens": usage[1], "total_tokens": sum(usage)}
    return whole({"choices": [choice], "usage": counted})


def stops(reason: str) -> bytes:
    return event({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


TOO_LONG = refused(400, "maximum context length is 2048 tokens", code="context_length_exceeded")
REFUSAL = event({"choices": [{"index": 0, "delta": {"refusal": f"I cannot help with {KEY}"}}]})

CHAT: dict[str, Mode] = {
    "cut mid-stream": Mode((part(end="cut"),), "the connection to SERVER was lost", keeps=True),
    "cut mid-JSON, in one piece": Mode((Reply([b'{"choices": [{'], end="cut"),), "the connection to SERVER was lost"),
    "closed without [DONE]": Mode((streamed(SAID, done=False),), "", keeps=True),
    "closed without [DONE] and an end": Mode(
        (streamed(SAID, done=False, finish=None, usage=None),), "ended it without saying why", keeps=True
    ),
    "half a JSON line": Mode((part(b'data: {"choices": [{"del\n\n'),), "sent damaged JSON", keeps=True),
    "half a JSON, in one piece": Mode((Reply([b'{"choices": [{"mess']),), "sent damaged JSON"),
    "an error event": Mode(
        (part(event({"error": {"message": f"no memory for {KEY}"}})),), "no memory for …", keeps=True
    ),
    "an error, in one piece": Mode((whole({"error": {"message": f"no memory for {KEY}"}}),), "no memory for …"),
    "empty choices": Mode((events(event({"choices": []}), b"data: [DONE]\n\n"),), "ended it without saying why"),
    "empty choices, in one piece": Mode((whole({"choices": []}),), "ended it without saying why"),
    "a null delta": Mode((part(event({"choices": [{"delta": None}]}), stops("stop")),), "", keeps=True),
    "a null message, in one piece": Mode((in_one_piece(message=None),), "sent an empty answer"),
    "nothing but an end": Mode((streamed(),), "sent an empty answer"),
    "length": Mode((part(stops("length")),), "cut off at 128 tokens: raise PINCITE_ANSWER_TOKENS", keeps=True),
    "length, in one piece": Mode((in_one_piece(finish_reason="length"),), "cut off at 128 tokens", keeps=True),
    "content_filter": Mode((part(stops("content_filter")),), "by the content filter of SERVER", keeps=True),
    "content_filter, in one piece": Mode((in_one_piece(finish_reason="content_filter"),), "content filter", keeps=True),
    "a refusal": Mode((events(REFUSAL, stops("stop")),), "the model of SERVER refused to answer"),
    "a refusal after some words": Mode((part(REFUSAL, stops("stop")),), "refused to answer", keeps=True),
    "a refusal, in one piece": Mode(
        (in_one_piece(message={"content": None, "refusal": "No."}),), "the model of SERVER refused to answer"
    ),
    "a stall after the first token": Mode((part(end="stall"),), "did not finish within 3 s", keeps=True),
    "a stall, in one piece": Mode((Reply([b'{"choices"'], end="stall"),), "did not finish within 3 s"),
    "an endless drip": Mode((part(end="drip"),), "did not finish within 3 s", keeps=True),
    "an endless drip of headers": Mode((Reply(end="drip head"),), "did not finish within 3 s"),
    "silence": Mode((replace(streamed(SAID), before=30.0),), "did not finish within 3 s"),
    "429, then well": Mode((refused(429, "slow", retry_after="1"), streamed(SAID)), "", keeps=True, tries=2),
    "429 for an hour": Mode((refused(429, "slow", retry_after="3600"),), r"try again in 3600 s \(HTTP 429"),
    "no credit": Mode((refused(429, "quota", code="insufficient_quota"),), "has no credit left for this key"),
    "500": Mode((refused(500, "oops"),), "has a fault of its own: try again later", tries=3),
    "500, then well": Mode((refused(500, "oops"), streamed(SAID)), "", keeps=True, tries=2),
    "HTML 502": Mode((page(502),), r"has a fault of its own: try again later \(HTTP 502\)", tries=3),
    "HTML 200": Mode((page(200),), "sent a web page instead of an answer: check OPENAI_BASE_URL"),
    "401": Mode((refused(401, f"Incorrect API key provided: {KEY}"),), "refused the key: set OPENAI_API_KEY"),
    "a prompt too long": Mode((TOO_LONG, streamed(SAID)), "", keeps=True, tries=2),
    "a prompt still too long": Mode((TOO_LONG,), "finds the prompt too long: set PINCITE_CONTEXT_TOKENS", tries=2),
    "answered in one piece": Mode((answered(SAID),), "", keeps=True),
}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with connect(Settings(home=tmp_path_factory.mktemp("library"), model=None, retry=False)) as assistant:
        assert ingest_seeds(assistant)
        yield assistant


def asking(assistant: Assistant, url: str) -> Assistant:
    generate = open_generate(model="scripted", api_key=KEY, base_url=url, timeout=TIMEOUT, max_tokens=128)
    return replace(assistant, generate=generate, model="scripted")


def in_time(ask: Callable[[], Answer | None]) -> tuple[Answer | None, str]:
    """What came of it, and the one line of the error that it ended in, if it did."""
    started = time.monotonic()
    answer, line = None, ""
    try:
        answer = ask()
    except PinciteError as error:
        line = str(error)
    assert time.monotonic() - started < TIMEOUT + GRACE
    assert "\n" not in line
    return answer, line


@pytest.mark.parametrize("name", CHAT)
def test_a_chat_server_that_misbehaves(name: str, seeded: Assistant, caplog: pytest.LogCaptureFixture) -> None:
    mode = CHAT[name]
    caplog.set_level(logging.DEBUG)
    with scripted_server(mode.replies) as server:
        answer, line = in_time(lambda: asking(seeded, server.url).answer(QUESTION))
        assert len(server.requests) == mode.tries
    line = answer.incomplete if answer else line
    assert "\n" not in line
    assert re.search(mode.told.replace("SERVER", re.escape(server.url)), line)
    assert bool(line) == bool(mode.told)
    assert (answer is not None) == mode.keeps
    if answer:
        assert [(statement.text, bool(statement.quotes)) for statement in answer.statements] == [(KEPT, True)]
        assert KEY not in repr(answer)
    assert KEY not in line + caplog.text


@pytest.mark.parametrize(
    "name", ["cut mid-stream", "length", "a stall after the first token", "an endless drip", "500"]
)
def test_a_server_that_misbehaves_when_it_is_asked_once_more(name: str, seeded: Assistant) -> None:
    mode = CHAT[name]
    wrong = streamed("Igor Sergeev visited 9 cities. [1]")
    with scripted_server([wrong, *mode.replies]) as server:
        answer, line = in_time(lambda: replace(asking(seeded, server.url), retry=True).answer(QUESTION))
        assert len(server.requests) == 1 + mode.tries
    assert (line, answer is not None) == ("", True)  # what came at first is kept
    assert answer
    told = " ".join([answer.incomplete, *answer.notes])
    assert re.search(mode.told.replace("SERVER", re.escape(server.url)), told)
    assert "\n" not in told
    assert KEY not in told
    assert [bool(statement.quotes) for statement in answer.statements] == [False, *([True] if mode.keeps else [])]


def test_a_chat_server_that_is_not_there(seeded: Assistant) -> None:
    with scripted_server() as server:
        pass
    _, line = in_time(lambda: asking(seeded, server.url).answer(QUESTION))
    assert re.fullmatch(rf"{re.escape(server.url)} cannot be reached \(.*\): is it running, and is .* right\?", line)


@pytest.mark.parametrize("reply", [streamed(SAID, usage=(300, 7)), in_one_piece(usage=(300, 7))])
def test_a_server_that_cuts_the_prompt_without_a_word_is_told_of(reply: Reply, seeded: Assistant) -> None:
    with scripted_server([reply]) as server:
        answer, _ = in_time(lambda: asking(seeded, server.url).answer(QUESTION))
    assert answer
    [note] = [note for note in answer.notes if "read only" in note]
    assert re.match(r"the server read only 300 of some 1,\d{3} tokens of the prompt: give the model a larger", note)
    assert not answer.incomplete


def vectors(make: Callable[[list[list[float]]], object]) -> Script:
    """What a server sends for two texts or more, made of the vectors that it should send."""

    def reply(request: Request) -> Reply:
        right = [item["embedding"] for item in json.loads(embed_by_hash(request).parts[0])["data"]]
        sent = make(right)
        return sent if isinstance(sent, Reply) else embedded(*sent)  # type: ignore[misc]  # rows of vectors

    return reply


def in_order(order: Callable[[int], int]) -> Script:
    def reply(request: Request) -> Reply:
        data = json.loads(embed_by_hash(request).parts[0])["data"]
        return whole({"data": sorted(data, key=lambda item: order(item["index"]))})

    return reply


UNUSABLE = "sent vectors that cannot be used: check PINCITE_EMBEDDING_MODEL"
NOT_EACH = "did not send a vector for each text: check PINCITE_EMBEDDING_MODEL"
EMBEDDINGS: dict[str, Mode] = {
    "cut": Mode((Reply([b'{"data": [{'], end="cut"),), "the connection to SERVER was lost"),
    "half a JSON": Mode((Reply([b'{"data": [{"ind']),), "sent damaged JSON"),
    "an error": Mode((whole({"error": {"message": f"no memory for {KEY}"}}),), "no memory for …"),
    "no data": Mode((whole({"data": []}),), NOT_EACH),
    "null data": Mode((whole({"data": None}),), NOT_EACH),
    "null vectors": Mode((vectors(lambda right: [None for _ in right]),), UNUSABLE),
    "one too few": Mode((vectors(lambda right: right[1:]),), NOT_EACH),
    "one too many": Mode((vectors(lambda right: [*right, right[0]]),), UNUSABLE),
    "another dimension": Mode((vectors(lambda right: [row[:-1] for row in right]),), "vectors of 7 dimensions after 8"),
    "dimensions that differ": Mode((vectors(lambda right: [right[0][:-1], *right[1:]]),), NOT_EACH),
    "NaN": Mode((vectors(lambda right: [[float("nan")] * 8, *right[1:]]),), UNUSABLE),
    "zeros": Mode((vectors(lambda right: [[0.0] * 8, *right[1:]]),), UNUSABLE),
    "another order": Mode((in_order(lambda index: -index),), "", keeps=True),
    "a stall": Mode((Reply([b'{"data"'], end="stall"),), "did not finish within 3 s"),
    "an endless drip": Mode((Reply([b'{"data"'], end="drip"),), "did not finish within 3 s"),
    "an endless drip of headers": Mode((Reply(end="drip head"),), "did not finish within 3 s"),
    "silence": Mode((Reply(before=30.0),), "did not finish within 3 s"),
    "429, then well": Mode((refused(429, "slow", retry_after="1"), embed_by_hash), "", keeps=True, tries=2),
    "429 for an hour": Mode((refused(429, "slow", retry_after="3600"),), "try again in 3600 s"),
    "no credit": Mode((refused(429, "quota", code="insufficient_quota"),), "has no credit left for this key"),
    "500": Mode((refused(500, "oops"),), "has a fault of its own: try again later", tries=3),
    "HTML 502": Mode((page(502),), r"has a fault of its own: try again later \(HTTP 502\)", tries=3),
    "HTML 200": Mode((page(200),), "sent a web page instead of an answer: check OPENAI_BASE_URL"),
    "401": Mode((refused(401, f"Incorrect API key provided: {KEY}"),), "refused the key: set OPENAI_API_KEY"),
    "a text too long": Mode((TOO_LONG,), "finds the prompt too long"),
}
BRIDGE = Document(id="bridge", title="Bridge", text="The bridge opened in 1932.")
NEWER = [Document(id=name, text=f"The {name} opened in 1999.") for name in ("tunnel", "tower")]


@contextmanager
def embedding_library(home: Path) -> Iterator[tuple[Assistant, ScriptedServer, list[Script]]]:
    """A library with one document; the server embeds well until there are replies in the list, then sends those."""
    waiting: list[Script] = []

    def reply(request: Request) -> Reply:
        script = (waiting.pop(0) if len(waiting) > 1 else waiting[0]) if waiting else embed_by_hash
        return script if isinstance(script, Reply) else script(request)

    with scripted_server(embeddings=[reply]) as server:
        settings = Settings(
            home=home,
            model="none",
            embedding_model="scripted",
            openai_api_key=KEY,
            openai_base_url=server.url,
            timeout=TIMEOUT,
        )
        with connect(settings) as assistant:
            assert assistant.ingest(BRIDGE).added
            yield assistant, server, waiting


@pytest.mark.parametrize("name", EMBEDDINGS)
def test_an_embeddings_server_that_misbehaves(name: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    mode = EMBEDDINGS[name]
    caplog.set_level(logging.DEBUG)
    with embedding_library(tmp_path) as (assistant, server, waiting):
        before = len(server.asked("/embeddings"))
        waiting += mode.replies
        _, line = in_time(lambda: assistant.ingest(NEWER) and None)
        assert len(server.asked("/embeddings")) - before == mode.tries
        held = [document.id for document in assistant.documents()]
        waiting.clear()
        assert re.search(mode.told.replace("SERVER", re.escape(server.url)), line)
        assert bool(line) == bool(mode.told)
        assert held == ["bridge", *(document.id for document in NEWER if mode.keeps)]  # wholly or not at all
        assert KEY not in line + caplog.text
        assert assistant.ingest(NEWER).failed == ()
        assert [hit.passage.document_id for hit in assistant.search("The tunnel opened in 1999.", k=1)] == ["tunnel"]


def test_an_embeddings_server_that_is_not_there(tmp_path: Path) -> None:
    with embedding_library(tmp_path) as (_, server, _):
        pass
    settings = {"embedding_model": "scripted", "openai_base_url": server.url, "openai_api_key": KEY}
    with pytest.raises(ModelError, match=rf"^{re.escape(server.url)} cannot be reached [^\n]*$"):
        connect(Settings(home=tmp_path, model="none", **settings))
