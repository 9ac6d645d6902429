"""Serve: the site at a port of this machine, until it is stopped."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

import uvicorn

from rag import Assistant, SettingsError
from ui.browser import HOST, build_site

PORT = 7860
PORTS_TRIED = 100


def serve(
    assistant: Assistant,
    folder: Path,
    listener: socket.socket,
    *,
    examples: Sequence[str],
    on_ready: Callable[[str], None],
) -> None:
    """Serve the chat at the open port until Ctrl-C; `on_ready` is told its address, `folder` keeps what readers do."""
    config = uvicorn.Config(
        lambda: build_site(assistant, folder, examples=examples),
        factory=True,  # builds in the server's event loop: with none, Gradio makes some of its own
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # an open tab holds a request that never ends: that it is cut off at the end is no error
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    on_ready(f"http://{HOST}:{listener.getsockname()[1]}/")  # it listens: who comes now waits in line
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def open_port(port: int | None) -> socket.socket:
    """The port, listening; with None, the first free one from 7860 on. `SettingsError` if it cannot be had."""
    for candidate in range(PORT, PORT + PORTS_TRIED) if port is None else [port]:
        try:
            return socket.create_server((HOST, candidate))
        except OSError as error:
            if port is not None and error.errno != errno.EADDRINUSE:
                why = error.strerror.lower() if error.strerror else error
                raise SettingsError(
                    f"port {port} on {HOST} cannot be used ({why}); choose another with --port"
                ) from error
    busy = f"port {port} is" if port is not None else f"ports {PORT} to {PORT + PORTS_TRIED - 1} are"
    raise SettingsError(f"{busy} in use on {HOST}; choose another with --port")
