"""The same answers for programs: the real `openai` client asks the chat's server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import openai
import pytest

from rag import (
    Answer,
    AnswerEvent,
    Assistant,
    Document,
    Hit,
    HitsEvent,
    ModelError,
    Passage,
    Quote,
    Statement,
    StatementEvent,
    render_statements,
)
from tests.chat_page import serving
from tests.test_browser import ScriptedAssistant
from ui.places import BUSY, Places
from ui.requests import MAX_BODY

MEMO = Document(
    id="memo/1",
    title="Memo [1]",
    text="The bridge opened in 1932. It cost £6 million. Ada [2] drew its arch.",
    source="m.txt",
)
PASSAGE = Passage("d", 0, 20, "Ada wrote the notes.", "Notes")
QUOTE = Quote(1, "d", 0, 20, "Ada wrote the notes.", "Notes")
TRUE, FALSE = Statement("Ada wrote [1] notes.", (QUOTE,), "supported"), Statement("She flew.", (), "unsupported")
HITS = (Hit(PASSAGE, 0.9, 1),)


def scripted(*statements: Statement) -> list[Any]:
    quotes = tuple({quote.number: quote for statement in statements for quote in statement.quotes}.values())
    text = render_statements(statements) if quotes else "The documents do not say."
    answer = Answer("Q", "Q", text, statements, quotes, not quotes, 0.5, HITS, "m")
    return [HitsEvent(HITS, "Q"), *map(StatementEvent, statements), AnswerEvent(answer)]


SCRIPTS: dict[str, Any] = {
    "False first": scripted(FALSE, TRUE, FALSE),
    "Only false": scripted(FALSE, FALSE),
    "Down": [HitsEvent(HITS, "Down"), ModelError("http://127.0.0.1:9 cannot be reached; start the model's server")],
    "Broken": [*scripted(TRUE)[:2], ModelError("http://127.0.0.1:9 closed the connection; ask again")],
}


@pytest.fixture
def client(assistant: Assistant) -> Iterator[openai.OpenAI]:
    assistant.ingest(MEMO)
    with serving(assistant) as address:
        yield openai.OpenAI(base_url=f"{address}v1", api_key="none", max_retries=0)


@pytest.fixture(scope="module")
def scripts() -> Iterator[openai.OpenAI]:
    with serving(ScriptedAssistant(SCRIPTS)) as address:
        yield openai.OpenAI(base_url=f"{address}v1", api_key="none", max_retries=0)


def asked(question: str) -> list[Any]:
    return [{"role": "user", "content": question}]


@pytest.mark.parametrize(
    "question", ["When did the bridge open?", "Who drew the arch?", "What is the capital of Mongolia?"]
)
def test_a_program_is_answered_as_python_is(client: openai.OpenAI, assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question)
    reply = client.chat.completions.create(model="any", messages=asked(question))
    [choice] = reply.choices
    assert (choice.message.content, choice.finish_reason, reply.model) == (answer.text, "stop", "pincite")
    citations = [each.url_citation for each in choice.message.annotations or []]
    assert [answer.text[each.start_index : each.end_index] for each in citations] == [
        f"[{quote.number}]" for quote in answer.quotes
    ]
    root = str(client.base_url).removesuffix("/v1/")
    assert [each.url for each in citations] == [root + quote.path for quote in answer.quotes]
    for each, quote in zip(citations, answer.quotes, strict=True):
        assert each.title == quote.title
        assert f">{quote.text}</mark>" in httpx.get(each.url).text
    assert reply.model_extra is not None
    assert reply.model_extra["answer"]["quotes"] == [
        {name: getattr(quote, name) for name in quote.__dataclass_fields__} for quote in answer.quotes
    ]


def test_the_turns_before_are_known(client: openai.OpenAI, assistant: Assistant) -> None:
    history = [*asked("When did the bridge open?"), {"role": "assistant", "content": "The bridge opened in 1932."}]
    reply = client.chat.completions.create(
        model="pincite",
        messages=[
            {"role": "system", "content": "Answer in rhymes."},
            *history,
            {"role": "user", "content": [{"type": "text", "text": "And what did it cost?"}]},
        ],
    )
    answer = assistant.answer("And what did it cost?", history)
    assert answer.searched_for != answer.question
    assert reply.choices[0].message.content == answer.text
    assert (reply.model_extra or {})["answer"]["searched_for"] == answer.searched_for


@pytest.mark.parametrize("question", ["False first", "Only false"])
def test_a_stream_gives_the_same_text_piece_by_piece(scripts: openai.OpenAI, question: str) -> None:
    whole = scripts.chat.completions.create(model="pincite", messages=asked(question))
    chunks = list(scripts.chat.completions.create(model="pincite", messages=asked(question), stream=True))
    pieces = [piece for chunk in chunks if (piece := chunk.choices[0].delta.content)]
    assert "".join(pieces) == whole.choices[0].message.content
    assert len(pieces) == (2 if question == "False first" else 1)
    last = chunks[-1]
    assert last.choices[0].finish_reason == "stop"
    said = [each.model_dump() for each in whole.choices[0].message.annotations or []]
    assert (last.choices[0].delta.model_extra or {})["annotations"] == said


def test_a_bracket_of_a_document_is_no_citation(scripts: openai.OpenAI) -> None:
    reply = scripts.chat.completions.create(model="pincite", messages=asked("False first"))
    [citation] = reply.choices[0].message.annotations or []
    text = str(reply.choices[0].message.content)
    assert text == "She flew. *(unsupported)* Ada wrote \\[1\\] notes. [1] She flew. *(unsupported)*"
    assert citation.url_citation.start_index == text.index(" [1] She") + 1


def test_the_model_is_listed_and_the_server_says_that_it_lives(scripts: openai.OpenAI) -> None:
    assert [model.id for model in scripts.models.list()] == ["pincite"]
    assert httpx.get(str(scripts.base_url).replace("/v1/", "/healthz")).json() == {"status": "ok"}


@pytest.mark.parametrize("stream", [False, True])
def test_a_model_that_is_down_is_an_error_of_the_server(scripts: openai.OpenAI, stream: bool) -> None:
    with pytest.raises(openai.InternalServerError, match="cannot be reached; start the model's server") as error:
        scripts.chat.completions.create(model="pincite", messages=asked("Down"), stream=stream)
    assert error.value.status_code == 503


def test_an_answer_that_breaks_off_says_so_in_the_stream(scripts: openai.OpenAI) -> None:
    chunks = scripts.chat.completions.create(model="pincite", messages=asked("Broken"), stream=True)
    assert [next(chunks).choices[0].delta.content for _ in range(2)] == ["", "Ada wrote \\[1\\] notes. [1]"]
    with pytest.raises(openai.APIError, match="closed the connection; ask again"):
        next(chunks)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"{", 400, "the request cannot be read"),
        (b"[]", 400, "the request cannot be read"),
        (b"\xff", 400, "the request cannot be read"),
        (b'{"messages": "Hi"}', 400, "the request cannot be read (messages: "),
        (b'{"messages": []}', 400, "the last message must be the user's"),
        (b'{"messages": [{"role": "assistant", "content": "x"}]}', 400, "the last message must be the user's"),
        (b'{"messages": [{"role": "user", "content": " "}]}', 400, "the question is empty; ask in words"),
        (b'{"messages": [{"role": "user", "content": {"text": 1}}]}', 400, "the question is empty; ask in words"),
        (b'{"messages": [{"role": "user", "content": "' + b"x" * 5_000 + b'"}]}', 400, "ask a shorter one"),
        (b" " * (MAX_BODY + 1), 413, "send less"),
    ],
)
def test_a_request_that_cannot_be_answered_is_one_line(
    client: openai.OpenAI, sent: bytes, status: int, said: str
) -> None:
    reply = httpx.post(f"{client.base_url}chat/completions", content=sent)
    error = reply.json()["error"]
    assert (reply.status_code, error["type"]) == (status, "invalid_request_error")
    assert said in error["message"]
    assert "\n" not in error["message"]


def test_another_site_may_not_ask(scripts: openai.OpenAI) -> None:
    headers = {"Origin": "http://evil.example"}
    assert httpx.post(f"{scripts.base_url}chat/completions", json={}, headers=headers).status_code == 403


def test_more_questions_than_can_wait_are_refused_at_once_and_the_others_answered(tmp_path: Path) -> None:
    gate = threading.Event()
    events = scripted(TRUE)
    assistant, places = ScriptedAssistant({"Q": [events[0], gate, *events[1:]]}), Places(at_once=2, waiting=3)
    with serving(assistant, folder=tmp_path, places=places) as address:

        def ask(_: int) -> int:
            return httpx.post(f"{address}v1/chat/completions", json={"messages": asked("Q")}, timeout=30).status_code

        with ThreadPoolExecutor(2 + 3 + 3) as pool:
            replies = [pool.submit(ask, number) for number in range(2 + 3 + 3)]
            deadline = time.monotonic() + 20
            while sum(reply.done() for reply in replies) < 3 and time.monotonic() < deadline:
                time.sleep(0.05)
            assert [reply.result() for reply in replies if reply.done()] == [429] * 3
            gate.set()
            assert sorted(reply.result() for reply in replies) == [200] * (2 + 3) + [429] * 3
        assert httpx.post(f"{address}v1/chat/completions", json={"messages": asked("Q")}).status_code == 200
    assert BUSY.endswith("ask again in a minute")


def test_a_client_that_goes_away_ends_its_answer(tmp_path: Path) -> None:
    many = [Statement(f"Ada wrote {number}.", (QUOTE,), "supported") for number in range(2_000)]
    pause = threading.Event()

    class Slow(ScriptedAssistant):
        def stream(self, *_: Any, **__: Any) -> Iterator[Any]:
            try:
                for event in scripted(*many):
                    pause.wait(0.02)
                    yield event
            finally:
                self.closed.set()

    assistant = Slow({})
    with serving(assistant, folder=tmp_path) as address:
        sent = {"messages": asked("Q"), "stream": True}
        with httpx.stream("POST", f"{address}v1/chat/completions", json=sent, timeout=30) as reply:
            assert next(line for line in reply.iter_lines() if "Ada wrote 0" in line)
        assert assistant.closed.wait(2)
