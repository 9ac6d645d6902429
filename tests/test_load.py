"""Many readers of the real site at once, and a model that writes at a pace: nothing is mixed, no call is left open."""

from __future__ import annotations

import asyncio
import re
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from rag import Document, Settings, connect
from tests.chat_client import Layout, Reader, Seen, open_http
from tests.chat_page import serving
from tests.paced_model import PacedModel
from ui.tools import PATH

MEMO = Document(id="memo", title="Memo", text="The bridge opened in 1932. It cost six million. Ada drew its arch.")
MARKS = re.compile(r"\b(?:ask|ans)(\d+)\b")
QUESTION = "When did the bridge open? (ask1)"
COMPLETION: dict[str, object] = {"messages": [{"role": "user", "content": QUESTION}]}
CALL: dict[str, object] = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "answer", "arguments": {"question": QUESTION}},
}
PATIENCE = 20.0  # seconds


@dataclass(frozen=True)
class Site:
    http: httpx.AsyncClient
    layout: Layout
    model: PacedModel


@asynccontextmanager
async def open_site(folder: Path, *, pace: float) -> AsyncGenerator[Site]:
    model = PacedModel(pace=pace)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        serving_model = asyncio.create_task(model.serve(listener))
        with connect(Settings(home=folder / "home", model="paced", openai_base_url=url)) as assistant:
            assistant.ingest(MEMO)
            with serving(assistant, folder=folder / "kept") as address:
                async with open_http(address) as http:
                    yield Site(http, await Layout.read(http), model)
        serving_model.cancel()
        await asyncio.wait([serving_model])


async def read_answer(site: Site, number: int) -> list[Seen]:
    reader = Reader(site.http, site.layout)
    await reader.visit()
    seen = [each async for each in reader.ask(f"When did the bridge open? (ask{number})")]
    await reader.leave()
    return seen


async def vanish(site: Site, number: int) -> None:
    """As soon as the first word of the answer is there."""
    reader = Reader(site.http, site.layout)
    await reader.visit()
    async with aclosing(reader.ask(f"When did the bridge open? (ask{number})")) as updates:
        async for seen in updates:
            if f"ans{number} " in seen.chat:
                break
    await reader.leave()


async def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


def test_readers_at_once_see_their_own_answers_alone(tmp_path: Path) -> None:
    async def read_at_once() -> list[list[Seen]]:
        async with open_site(tmp_path, pace=50) as site:
            return await asyncio.gather(*(read_answer(site, number) for number in range(8)))

    for number, updates in enumerate(asyncio.run(read_at_once())):
        assert {mark for seen in updates for mark in MARKS.findall(seen.chat + seen.sources)} == {str(number)}
        assert f"ans{number} is the mark" in updates[-1].chat
        assert "<mark>The bridge opened in 1932" in updates[-1].sources


def test_the_calls_of_readers_that_vanish_are_closed(tmp_path: Path) -> None:
    async def vanish_at_once() -> PacedModel:
        async with open_site(tmp_path, pace=2) as site:
            await asyncio.gather(*(vanish(site, number) for number in range(5)))
            await wait_until(lambda: all(call.ended for call in site.model.calls))
            return site.model

    calls = asyncio.run(vanish_at_once()).calls
    assert sorted(call.mark for call in calls) == list("01234")
    assert not any(call.is_whole for call in calls)


async def vanish_from_page(site: Site) -> None:
    """While the model is silent."""
    reader = Reader(site.http, site.layout)
    await reader.visit()
    async with aclosing(reader.ask(QUESTION)) as updates:
        async for seen in updates:
            if "Reading the passages" in seen.chat:
                await wait_until(lambda: bool(site.model.calls))
                break
    await reader.leave()


async def vanish_from(site: Site, path: str, body: dict[str, object]) -> None:
    headers = {"Accept": "application/json, text/event-stream"}
    asking = asyncio.create_task(site.http.post(path, json=body, headers=headers))
    await wait_until(lambda: bool(site.model.calls))
    asking.cancel()
    await asyncio.wait([asking])


SILENT: dict[str, Callable[[Site], Awaitable[None]]] = {
    "the page": vanish_from_page,
    "a completion": lambda site: vanish_from(site, "/v1/chat/completions", COMPLETION),
    "a stream": lambda site: vanish_from(site, "/v1/chat/completions", COMPLETION | {"stream": True}),
    "a tool": lambda site: vanish_from(site, f"{PATH}/", CALL),
}


@pytest.mark.parametrize("leave", SILENT.values(), ids=SILENT)
def test_the_call_of_a_reader_that_vanishes_is_closed_though_the_model_is_silent(
    tmp_path: Path, leave: Callable[[Site], Awaitable[None]]
) -> None:
    async def vanish_in_silence() -> tuple[float, PacedModel]:
        async with open_site(tmp_path, pace=0.01) as site:
            await leave(site)
            left = time.monotonic()
            await wait_until(lambda: all(call.ended for call in site.model.calls))
            return left, site.model

    left, model = asyncio.run(vanish_in_silence())
    [call] = model.calls
    assert call.ended is not None
    assert call.ended - left < 5
    assert not call.is_whole
