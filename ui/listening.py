"""Listen: to an answer as long as somebody waits for it; then its model's call is ended, also if it is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import TypeVar

from anyio import CancelScope, CapacityLimiter
from anyio.to_thread import run_sync
from fastapi import Request

from rag import Cancellation

SECONDS = 1.0
"""Of silence, after which it is looked whether anybody still waits."""

T = TypeVar("T")


async def listen(events: Generator[T], threads: CapacityLimiter) -> AsyncGenerator[T | None]:
    """The events as they come, and None after each second without one. They end when this is closed or cancelled."""
    cancellation = Cancellation()

    def step() -> tuple[()] | tuple[T]:
        with cancellation.within():
            for event in events:
                return (event,)
        return ()

    coming: asyncio.Future[tuple[()] | tuple[T]] | None = None
    try:
        while True:
            coming = asyncio.ensure_future(run_sync(step, limiter=threads))
            while not (await asyncio.wait([coming], timeout=SECONDS))[0]:
                yield None
            match await coming:
                case (event,):
                    yield event
                case _:
                    return
    finally:
        with CancelScope(shield=True):
            cancellation.cancel()
            if coming:
                await asyncio.wait([coming])
                coming.exception()
            await run_sync(events.close, limiter=threads)


async def listen_for(request: Request, events: Generator[T], threads: CapacityLimiter) -> AsyncGenerator[T]:
    """The events until the client has gone."""
    async with aclosing(listen(events, threads)) as heard:
        async for event in heard:
            if await request.is_disconnected():
                return
            if event is not None:
                yield event


async def wait_for(request: Request, ask: Callable[[], T], threads: CapacityLimiter) -> T | None:
    """What it returns, or None if the client went before."""

    def answer() -> Generator[T]:
        yield ask()

    async with aclosing(listen_for(request, answer(), threads)) as heard:
        return await anext(heard, None)
