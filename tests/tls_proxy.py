"""A proxy with TLS before a site, as PINCITE_URL is for: it passes on what it gets and tells nothing of itself."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import partial
from urllib.parse import urlsplit

import trustme


@contextmanager
def proxying(listener: socket.socket, address: str) -> Iterator[None]:
    """To the site at that address, while it lasts."""
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
    thread = threading.Thread(target=lambda: asyncio.run(proxy(listener, address, started)))
    thread.start()
    loop, ended = started.result(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()


async def proxy(
    listener: socket.socket, address: str, started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]
) -> None:
    context, ended = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), asyncio.Event()
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with await asyncio.start_server(partial(pass_on, address), sock=listener, ssl=context):
        started.set_result((asyncio.get_running_loop(), ended))
        await ended.wait()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.1)  # until all connections are closed


async def pass_on(address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    site = urlsplit(address)
    from_site, to_site = await asyncio.open_connection(site.hostname, site.port)
    try:
        with suppress(OSError):
            await asyncio.gather(pipe(reader, to_site), pipe(from_site, writer))
    finally:
        for each in (writer, to_site):
            each.transport.abort()


async def pipe(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while piece := await source.read(65_536):
        sink.write(piece)
        await sink.drain()
    sink.close()
