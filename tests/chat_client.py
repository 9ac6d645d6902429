"""The chat without a browser: what Gradio's page sends and receives, for many readers in one thread."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
from gradio_client.utils import apply_diff


class ChatError(Exception):
    """What the site answers instead of an answer."""


@dataclass(frozen=True)
class Seen:
    """What a reader sees after an update, as HTML."""

    chat: str = ""
    sources: str = ""


@dataclass(frozen=True)
class Layout:
    """Which of its functions the page calls for a question, one after another, and where they show what."""

    ask: int
    choices: int
    """How many choices of what is asked go with the question, its conversation, that one's id and what is replaced."""
    answer: int
    after: int
    load: int
    box: int
    chat: int
    """The places of the messages and of the sources among what both functions show."""
    sources: int

    @classmethod
    async def read(cls, http: httpx.AsyncClient) -> Layout:
        config = (await http.get("/config")).json()
        ids = {part["props"].get("elem_id"): part["id"] for part in config["components"]}
        calls = config["dependencies"]
        ask = next(call for call in calls if [ids["question"], "submit"] in call["targets"])
        answer = next(call for call in calls if call["trigger_after"] == ask["id"] and call["trigger_only_on_success"])
        after = next(call for call in calls if call["trigger_after"] == answer["id"] and not call["queue"])
        load = next(call for call in calls if call["targets"] and call["targets"][0][1] == "load")
        chat, sources = (ask["outputs"].index(ids[name]) for name in ("chat", "sources"))
        return cls(
            ask["id"], len(ask["inputs"]) - 4, answer["id"], after["id"], load["id"], ids["question"], chat, sources
        )


def open_http(address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, timeout=60, limits=httpx.Limits(max_connections=None), trust_env=False)


class Reader:
    """One open page; `visit` it before asking, `leave` it at the end."""

    def __init__(self, http: httpx.AsyncClient, layout: Layout) -> None:
        self._http, self._layout = http, layout
        self._session = uuid4().hex
        self._heartbeat: asyncio.Task[None] | None = None

    async def visit(self) -> None:
        self._heartbeat = asyncio.create_task(self._stay())
        async for _ in self._call(self._layout.load, [], trigger=None):
            pass

    async def leave(self) -> None:
        """As a browser that is closed, without a word."""
        if self._heartbeat:
            self._heartbeat.cancel()
            with suppress(asyncio.CancelledError):
                await self._heartbeat

    async def ask(self, question: str) -> AsyncGenerator[Seen]:
        """What is seen after each update. Whoever closes the iterator hangs up. Raises `ChatError`."""
        asked = [question, None, "", "", *[None] * self._layout.choices]
        for fn, data in ((self._layout.ask, asked), (self._layout.answer, [None])):
            async with aclosing(self._call(fn, data, trigger=self._layout.box)) as updates:
                async for outputs in updates:
                    if isinstance(outputs[self._layout.chat], dict):  # a silence, in which nothing changes
                        continue
                    yield Seen(_text(outputs[self._layout.chat]), str(outputs[self._layout.sources]))
        await self._http.post("/gradio_api/run/predict", json=self._body(self._layout.after, [], trigger=None))

    async def _stay(self) -> None:
        with suppress(httpx.HTTPError):
            async with self._http.stream("GET", f"/gradio_api/heartbeat/{self._session}", timeout=None) as alive:
                async for _ in alive.aiter_bytes():
                    pass

    def _body(self, fn: int, data: Sequence[Any], *, trigger: int | None) -> dict[str, Any]:
        return {"fn_index": fn, "data": data, "trigger_id": trigger, "session_hash": self._session, "event_data": None}

    async def _call(self, fn: int, data: Sequence[Any], *, trigger: int | None) -> AsyncGenerator[list[Any]]:
        """The outputs of the function after each update."""
        joined = await self._http.post("/gradio_api/queue/join", json=self._body(fn, data, trigger=trigger))
        if joined.is_error:
            raise ChatError(joined.text)
        outputs: list[Any] | None = None
        query = {"session_hash": self._session}
        async with self._http.stream("GET", "/gradio_api/queue/data", params=query) as updates:
            async for line in updates.aiter_lines():
                if not line:
                    continue
                message = json.loads(line.removeprefix("data: "))
                if message["msg"] == "unexpected_error" or message.get("success") is False:
                    raise ChatError(json.dumps(message))
                if message["msg"] == "process_generating" and outputs is not None:
                    changes = message["output"]["data"]
                    yield (outputs := [apply_diff(*pair) for pair in zip(outputs, changes, strict=True)])
                elif message["msg"] in ("process_generating", "process_completed"):
                    yield (outputs := message["output"]["data"])


def _text(messages: Sequence[Any]) -> str:
    return "\n".join(part["text"] for message in messages for part in message["content"])
