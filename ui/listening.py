"""Listen: to an answer as long as somebody waits for it; then its model's call is ended, also if it is silent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import aclosing
from typing import Any, TypeVar

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
        cancellation.cancel()
        ending = asyncio.ensure_future(_end(events, coming, threads))
        _ENDING.add(ending)
        ending.add_done_callback(_ENDING.discard)
        with CancelScope(shield=True):
            await asyncio.shield(ending)  # which goes on if this is cancelled once more


_ENDING: set[asyncio.Future[None]] = set()
"""The loop itself does not hold them."""


async def _end(events: Generator[T], coming: asyncio.Future[Any] | None, threads: CapacityLimiter) -> None:
    if coming:
        await asyncio.wait([coming])
        if not coming.cancelled():
            coming.exception()  # nobody waits for it
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
