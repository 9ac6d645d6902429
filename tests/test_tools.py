"""The tools for assistants: the real MCP client calls them, and is answered as Python is."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import Any, TypeVar

import httpx
import pytest
from mcp import Client, MCPError
from mcp.types import CallToolResult, TextContent

from rag import Answer, Assistant, Document, ModelError, Settings, connect
from tests.chat_page import serving
from ui.places import BUSY, Places
from ui.requests import MAX_BODY
from ui.tools import PATH, VERSIONS

MEMO = Document(id="memo", title="Memo", text="The bridge opened in 1932. It cost £6 million.", source="m.txt")
CALL = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
MISSING = "the arguments cannot be read (question: Field required)"
Result = TypeVar("Result")


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with connect(Settings(home=tmp_path_factory.mktemp("library"), model=None)) as assistant:
        assistant.ingest(MEMO)
        yield assistant


@pytest.fixture(scope="module")
def address(assistant: Assistant) -> Iterator[str]:
    with serving(assistant) as address:
        yield address.rstrip("/") + PATH


def with_client(address: str, use: Callable[[Client], Awaitable[Result]], *, mode: Any = "auto") -> Result:
    async def run() -> Result:
        async with Client(address, mode=mode) as client:
            return await use(client)

    return asyncio.run(run())


def call(address: str, tool: str, **arguments: object) -> CallToolResult:
    return with_client(address, lambda client: client.call_tool(tool, arguments))


def text_of(result: CallToolResult) -> str:
    [content] = result.content
    assert isinstance(content, TextContent)
    return content.text


def as_json(value: object) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("end", ["", "/"])
def test_two_tools_are_offered_and_nothing_else(address: str, mode: str, end: str) -> None:
    async def look(client: Client) -> None:
        assert client.server_info is not None
        assert (client.server_info.name, client.protocol_version) == ("Pincite", VERSIONS[0])
        assert client.server_capabilities.model_dump(exclude_none=True) == {"tools": {}}
        answer, search = (await client.list_tools()).tools
        assert (answer.name, [*answer.input_schema["properties"]]) == ("answer", ["question"])
        assert (search.name, [*search.input_schema["properties"]]) == ("search", ["question", "k"])
        for tool in (answer, search):
            assert tool.input_schema["required"] == ["question"]
            assert "documents of this library" in (tool.description or "")
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
        await client.session.send_ping()

    with_client(address + end, look, mode=mode)


@pytest.mark.parametrize("question", ["When did the bridge open?", "What is the capital of Mongolia?"])
def test_an_answer_is_that_of_python(address: str, assistant: Assistant, question: str) -> None:
    result = call(address, "answer", question=question)
    assert (result.structured_content, result.is_error) == (as_json(asdict(assistant.answer(question))), False)
    assert json.loads(text_of(result)) == result.structured_content
    assert "\\u" not in text_of(result)


@pytest.mark.parametrize("asked", [{}, {"k": 1}])
def test_a_search_is_that_of_python(address: str, assistant: Assistant, asked: dict[str, int]) -> None:
    hits = as_json([asdict(hit) for hit in assistant.search("What did it cost?", **asked)])
    assert call(address, "search", question="What did it cost?", **asked).structured_content == {"hits": hits}


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("answer", {"question": " "}, "the question is empty; ask in words"),
        ("search", {"question": "x" * 5_000}, "the question has more than 4,000 characters; ask a shorter one"),
        ("answer", {}, MISSING),
        ("answer", {"question": 5}, "the arguments cannot be read (question: Input should be a valid string)"),
        ("search", {"question": "x", "k": 0}, "the arguments cannot be read (k: Input should be greater than or equal"),
        ("search", {"question": "x", "k": 1_000}, "the arguments cannot be read (k: Input should be less than or equa"),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(address: str, tool: str, arguments: dict[str, Any], said: str) -> None:
    result = call(address, tool, **arguments)
    assert (result.is_error, result.structured_content) == (True, None)
    assert text_of(result).startswith(said)
    assert "\n" not in text_of(result)


@pytest.mark.parametrize(
    ("use", "said"),
    [
        (lambda client: client.call_tool("remove", {}), "there is no tool of this name; call one of answer, search"),
        (lambda client: client.session.list_prompts(), "there are only tools here: tools/list, tools/call"),
    ],
)
def test_what_is_not_offered_is_refused(address: str, use: Callable[[Client], Awaitable[Any]], said: str) -> None:
    async def fail(client: Client) -> None:
        with pytest.raises(MCPError, match=said):
            await use(client)

    with_client(address, fail)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (b"{", 400, "the message cannot be read (JSON: "),
        (b"[" * 100_000, 400, "the message cannot be read (JSON: "),
        (b"\xff", 400, "the message cannot be read (JSON: "),
        (b"[]", 400, "the message cannot be read (JSON: "),
        (b'{"jsonrpc": "1.0", "id": 1, "method": "ping"}', 400, "the message cannot be read (jsonrpc: "),
        (b'{"jsonrpc": "2.0", "id": {}, "method": "ping"}', 400, "the message cannot be read (id"),
        (b'{"jsonrpc": "2.0", "id": 1, "result": {}}', 400, "the message cannot be read (method: "),
        (b" " * (MAX_BODY + 1), 413, "the request is longer than 1,000,000 bytes"),
    ],
)
def test_what_is_no_message_is_refused_in_one_line(address: str, sent: bytes, status: int, said: str) -> None:
    reply = httpx.post(address, content=sent)
    assert (reply.status_code, reply.json()["id"], reply.json()["error"]["code"]) == (status, None, -32600)
    assert said in reply.json()["error"]["message"]
    assert "\n" not in reply.json()["error"]["message"]


@pytest.mark.parametrize("params", [{}, {"name": ["answer"]}, {"name": {"answer": 1}}, {"name": "answer\0"}])
def test_a_call_of_no_tool_is_an_error(address: str, params: dict[str, Any]) -> None:
    reply = httpx.post(address, json={**CALL, "params": params})
    said = {"code": -32602, "message": "there is no tool of this name; call one of answer, search"}
    assert (reply.status_code, reply.json()["error"]) == (200, said)


@pytest.mark.parametrize("arguments", ["x", ["x"], 1])
def test_arguments_that_make_no_sense_are_an_error_in_the_result(address: str, arguments: object) -> None:
    reply = httpx.post(address, json={**CALL, "params": {"name": "answer", "arguments": arguments}})
    [content] = reply.json()["result"]["content"]
    assert (reply.status_code, reply.json()["result"]["isError"]) == (200, True)
    assert content["text"].startswith("the arguments cannot be read (JSON: ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
        ({"Host": "evil.example"}, 400),
        ({"MCP-Protocol-Version": "1999-01-01"}, 400),
    ],
)
def test_another_site_host_or_protocol_is_refused(address: str, headers: dict[str, str], status: int) -> None:
    assert httpx.post(address, json={**CALL, "method": "ping"}, headers=headers).status_code == status


def test_no_header_sends_the_question_to_another_host(address: str) -> None:
    elsewhere = {"X-Forwarded-Host": "127.0.0.1:9", "X-Gradio-Server": "http://127.0.0.1:9"}
    sent = {**CALL, "params": {"name": "answer", "arguments": {"question": "When did the bridge open?"}}}
    reply = httpx.post(address, json=sent, headers=elsewhere)
    assert reply.json()["result"]["structuredContent"]["text"] == "The bridge opened in 1932. [1]"
    assert reply.headers["Cache-Control"] == "no-store"


def test_there_is_one_address_and_one_way_to_ask(address: str) -> None:
    for method in ("GET", "DELETE"):
        reply = httpx.request(method, address, headers={"Accept": "text/event-stream"})
        assert (reply.status_code, reply.headers["Allow"]) == (405, "POST")
    for path in ("/schema", "/sse", "/messages/", "/http"):
        assert httpx.get(address + path).status_code == 404
    notification = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    reply = httpx.post(address, json=notification)
    assert (reply.status_code, reply.text) == (202, "")


def test_a_client_that_asks_for_another_version_is_offered_one(address: str) -> None:
    for asked, offered in (("2024-11-05", "2024-11-05"), ("2099-01-01", VERSIONS[0]), (["x"], VERSIONS[0])):
        sent = {"jsonrpc": "2.0", "id": "a", "method": "initialize", "params": {"protocolVersion": asked}}
        reply = httpx.post(address, json=sent).json()
        assert (reply["id"], reply["result"]["protocolVersion"]) == ("a", offered)


AT_ONCE, WAITING = 4, 8


class Waiting:
    """An assistant whose model is slow, then down."""

    model = "slow"

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.at_once, self.most = 0, 0

    def answer(self, *_: object, **__: object) -> Answer:
        self.at_once += 1
        self.most = max(self.most, self.at_once)
        self.gate.wait(20)
        self.at_once -= 1
        raise ModelError("the model's server cannot be reached; start it")


def test_more_questions_than_can_wait_are_refused_at_once_and_the_others_told_what_is_wrong() -> None:
    assistant = Waiting()
    sent = {**CALL, "params": {"name": "answer", "arguments": {"question": "Q"}}}
    places = Places(at_once=AT_ONCE, waiting=WAITING)
    with serving(assistant, places=places) as address, ThreadPoolExecutor(AT_ONCE + WAITING + 3) as pool:

        def ask(_: int) -> str:
            reply = httpx.post(address.rstrip("/") + PATH, json=sent, timeout=30).json()["result"]
            if reply["content"][0]["text"] == BUSY:
                refused.release()
            assert reply["isError"]
            return str(reply["content"][0]["text"])

        refused = threading.Semaphore(0)
        replies = [pool.submit(ask, number) for number in range(AT_ONCE + WAITING + 3)]
        assert all(refused.acquire(timeout=20) for _ in range(3))
        assistant.gate.set()
        said = sorted(reply.result() for reply in replies)
    assert said == sorted([BUSY] * 3 + ["the model's server cannot be reached; start it"] * (AT_ONCE + WAITING))
    assert assistant.most == AT_ONCE
