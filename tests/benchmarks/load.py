"""How the chat holds under load: many readers at once, and readers that vanish while they are answered.

    python -m tests.benchmarks.load [--chats 50] [--seconds 180] [--vanish 200]

The real site, and a model that writes 20 words a second behind the OpenAI API, each in a process of its own; readers
do what Gradio's page does. Each question holds a mark that its answer repeats: no other reader may ever see it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import re
import socket
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

import httpx
import numpy as np

from rag import Settings, connect, ingest_seeds
from tests.chat_client import ChatError, Layout, Reader, Seen, open_http
from tests.paced_model import PacedModel
from ui.server import serve

PACE = 20.0  # words a second
TURNS = 4  # before a reader opens another page
READING = (1.0, 2.0)  # seconds between an answer and the next question
FIRST_VANISHING = 1_000_000  # the number of a reader, which no chat has
EVERY = 10.0  # seconds between two looks at the site's process
MARKS = re.compile(r"\b(?:ask|ans)(\d+)x\d+")
QUESTIONS = [
    json.loads(line)["question"]
    for line in (Path(__file__).parents[2] / "seeds/questions.jsonl").read_text(encoding="utf-8").splitlines()
]


@dataclass
class Figures:
    first: list[float] = field(default_factory=list)
    """Seconds from the question to the first word of its answer."""
    gaps: list[float] = field(default_factory=list)
    """Seconds between two updates."""
    answered: int = 0
    cited: int = 0
    mixed: int = 0
    errors: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """At a process."""

    memory: float
    """Megabytes."""
    threads: int
    files: int
    """That are open, sockets among them."""
    spent: float
    """Seconds of the processor."""


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--chats", type=int, default=50)
    options.add_argument("--seconds", type=float, default=180, help="at least 30")
    options.add_argument("--vanish", type=int, default=200)
    given = options.parse_args()
    with running(run_model) as (model, model_pid), running(run_site, model) as (site, pid):
        print(f"site: process {pid}; model: process {model_pid}", flush=True)
        asyncio.run(measure(given, site=f"http://127.0.0.1:{site}", model=f"http://127.0.0.1:{model}", pid=pid))


async def measure(given: argparse.Namespace, *, site: str, model: str, pid: int) -> None:
    async with open_http(site) as http:
        layout = await Layout.read(http)
        await warm_up(http, layout)
        if given.seconds:
            await measure_chats(http, layout, chats=given.chats, seconds=given.seconds, pid=pid)
        if given.vanish:
            await measure_vanishing(http, layout, clients=given.vanish, at_once=given.chats, pid=pid, model=model)


async def warm_up(http: httpx.AsyncClient, layout: Layout) -> None:
    for number in range(3):
        await chat(http, layout, 900_000 + number, until=time.monotonic() + 2 * READING[1], figures=Figures())


async def measure_chats(http: httpx.AsyncClient, layout: Layout, *, chats: int, seconds: float, pid: int) -> None:
    figures, looks, before, began = Figures(), list[Look](), look_at(pid), time.monotonic()
    readers = [
        asyncio.create_task(chat(http, layout, number, until=began + seconds, figures=figures))
        for number in range(chats)
    ]
    for at in np.arange(EVERY, seconds + 1, EVERY):
        await asyncio.sleep(began + at - time.monotonic())
        looks.append(look_at(pid))
        print(f"{at:.0f} s: {looks[-1].memory:.0f} MB, {figures.answered} answers", flush=True)
    await asyncio.gather(*readers)
    await asyncio.sleep(EVERY)
    after = look_at(pid)
    _, middle, last = (np.mean(part) for part in np.array_split([each.memory for each in looks], 3))
    shares = [(b.spent - a.spent) / EVERY for a, b in pairwise(looks)]
    tell(
        {
            f"{chats} chats, {seconds:.0f} s": f"{figures.answered} answers, {figures.cited} with citations",
            "errors": f"{len(figures.errors)} {figures.errors[:3] or ''}",
            "mixed answers": figures.mixed,
            "to the first word, s": percentiles(figures.first),
            "between updates, s": percentiles(figures.gaps),
            "memory, MB: before, middle third, last third": f"{before.memory:.0f}, {middle:.0f}, {last:.0f}",
            "threads: before, most, after": f"{before.threads}, {max(each.threads for each in looks)}, {after.threads}",
            "open files: before, most, after": f"{before.files}, {max(each.files for each in looks)}, {after.files}",
            "processor, of one core": f"{np.mean(shares):.0%}",
        }
    )


async def chat(http: httpx.AsyncClient, layout: Layout, number: int, *, until: float, figures: Figures) -> None:
    """Question after question, on a new page after some."""
    chance = random.Random(number)
    await asyncio.sleep(chance.uniform(0, READING[1]))
    reader, turn = Reader(http, layout), 0
    while time.monotonic() < until:
        turn += 1
        try:
            if turn % TURNS == 1:
                await reader.leave()
                reader = Reader(http, layout)
                await reader.visit()
            await ask(reader, number, turn, figures)
        except (ChatError, httpx.HTTPError) as error:
            figures.errors.append(repr(error)[:200])
        await asyncio.sleep(chance.uniform(*READING))
    await reader.leave()


async def ask(reader: Reader, number: int, turn: int, figures: Figures) -> None:
    asked, updates, seen = time.monotonic(), list[float](), Seen()
    async for seen in reader.ask(write_question(number, turn)):
        moment = time.monotonic()
        if f"ans{number}x{turn}" in seen.chat:
            if not updates:
                figures.first.append(moment - asked)
            updates.append(moment)
        figures.mixed += any(int(mark) != number for mark in MARKS.findall(seen.chat + seen.sources))
    if f"ans{number}x{turn}" not in seen.chat or "failure" in seen.chat:
        raise ChatError(f"no answer: {seen.chat[-200:]}")
    figures.gaps += [after - before for before, after in pairwise(updates)]
    figures.answered += 1
    figures.cited += 'class="citation"' in seen.chat.rpartition(f"ans{number}x{turn}")[2]


async def measure_vanishing(
    http: httpx.AsyncClient, layout: Layout, *, clients: int, at_once: int, pid: int, model: str
) -> None:
    """Readers in waves of as many as chat at once: each leaves as soon as it has a first word."""
    before, vanished, errors = look_at(pid), dict[str, float](), list[BaseException]()
    for first in range(0, clients, at_once):
        wave = range(FIRST_VANISHING + first, FIRST_VANISHING + min(first + at_once, clients))
        leaving = (vanish(http, layout, number, vanished) for number in wave)
        errors += filter(None, await asyncio.gather(*leaving, return_exceptions=True))
        await asyncio.sleep(3)
    async with httpx.AsyncClient(trust_env=False) as asking:
        calls = (await asking.get(f"{model}/v1/calls")).json()["calls"]
    ends = {call["mark"]: call["ended"] for call in calls if not call["is_whole"]}
    took = [ends[mark] - moment for mark, moment in vanished.items() if ends.get(mark)]
    await asyncio.sleep(EVERY)
    after = look_at(pid)
    tell(
        {
            f"{clients} clients vanish": f"{len(took)} calls of the model closed before their end",
            "errors": f"{len(errors)} {errors[:3] or ''}",
            "until the call is closed, s": percentiles(took),
            "threads: before, after": f"{before.threads}, {after.threads}",
            "open files: before, after": f"{before.files}, {after.files}",
            "memory, MB: before, after": f"{before.memory:.0f}, {after.memory:.0f}",
        }
    )


async def vanish(http: httpx.AsyncClient, layout: Layout, number: int, vanished: dict[str, float]) -> None:
    reader = Reader(http, layout)
    await reader.visit()
    async with aclosing(reader.ask(write_question(number, 1))) as updates:
        async for seen in updates:
            if f"ans{number}x1" in seen.chat:
                break
    await reader.leave()
    vanished[f"{number}x1"] = time.monotonic()


def write_question(number: int, turn: int) -> str:
    return f"{QUESTIONS[(number + turn) % len(QUESTIONS)]} (ask{number}x{turn})"


def percentiles(values: Sequence[float]) -> str:
    if not values:
        return "none"
    return ", ".join(f"p{part} {np.percentile(values, part):.2f}" for part in (50, 95, 100))


def tell(rows: dict[str, object]) -> None:
    print("\n" + "\n".join(f"| {name} | {value} |" for name, value in rows.items()) + "\n", flush=True)


def look_at(pid: int) -> Look:
    place = Path(f"/proc/{pid}")
    status = dict(line.split(":", 1) for line in (place / "status").read_text().splitlines())
    ticks = (place / "stat").read_text().rpartition(")")[2].split()[11:13]
    return Look(
        memory=int(status["VmRSS"].split()[0]) / 1024,
        threads=int(status["Threads"]),
        files=len(list((place / "fd").iterdir())),
        spent=sum(map(int, ticks)) / os.sysconf("SC_CLK_TCK"),
    )


@contextmanager
def running(run: Callable[..., None], *given: object) -> Iterator[tuple[int, int]]:
    """A process that serves at the port; its port, and its number."""
    spawn = multiprocessing.get_context("spawn")
    told, tell_port = spawn.Pipe(duplex=False)
    process = spawn.Process(target=run, args=(tell_port, *given))
    process.start()
    try:
        assert process.pid is not None
        yield told.recv(), process.pid
    finally:
        process.kill()
        process.join()


def run_model(tell_port: Connection) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    tell_port.send(listener.getsockname()[1])
    asyncio.run(PacedModel(pace=PACE).serve(listener))


def run_site(tell_port: Connection, model: int) -> None:
    with tempfile.TemporaryDirectory() as place, socket.create_server(("127.0.0.1", 0), backlog=500) as listener:
        folder = Path(place)
        settings = Settings(home=folder / "home", model="paced", openai_base_url=f"http://127.0.0.1:{model}/v1")
        with connect(settings) as assistant:
            ingest_seeds(assistant)
            serve(assistant, settings, listener, examples=[], on_ready=lambda _: tell_port.send(port_of(listener)))


def port_of(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port


if __name__ == "__main__":
    main()
