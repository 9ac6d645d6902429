"""Serve: the site at a port, until it is stopped."""

from __future__ import annotations

import contextlib
import errno
import logging
import socket
from collections.abc import Callable, Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

import uvicorn

from rag import Assistant, Settings, SettingsError
from ui.guard import HOST, Gate
from ui.site import build_site

PORT = 7860
PORTS_TRIED = 100


def serve(
    assistant: Assistant,
    settings: Settings,
    listener: socket.socket,
    *,
    examples: Sequence[str],
    on_ready: Callable[[str], None],
) -> None:
    """Serve the chat at the open port until Ctrl-C; `on_ready` is told its address."""
    host, port = listener.getsockname()[:2]
    gate, passwords = find_gate(host, settings.url), settings.passwords
    config = uvicorn.Config(
        lambda: build_site(assistant, settings.home, examples=examples, passwords=passwords, gate=gate),
        factory=True,  # builds in the server's event loop: with none, Gradio makes some of its own
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    # an open tab holds a request that never ends: that it is cut off at the end is no error
    logging.getLogger("uvicorn.error").addFilter(lambda _: not server.should_exit)
    on_ready(settings.url or f"http://{name_host(host)}:{port}/")  # it listens: who comes now waits in line
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def require_login(host: str, settings: Settings, *, without: bool) -> None:
    """Raise `SettingsError` if others could reach the chat and nothing asks them who they are."""
    is_alone = is_loopback(host) and not settings.url
    if not (is_alone or settings.passwords or without):
        raise SettingsError(
            f"at {settings.url or host} others can reach the chat; say who may with PINCITE_AUTH=name:password, "
            "or let everybody in with --without-login"
        )


def is_loopback(host: str) -> bool:
    with contextlib.suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def find_gate(host: str, url: str | None) -> Gate:
    """Under which names the site answers: those of this machine alone, or of the network too."""
    names = [HOST, "localhost", host.lower()]
    if not is_loopback(host):
        names += [socket.gethostname().lower(), socket.getfqdn().lower()]
    if url:
        names.append(urlsplit(url).hostname or "")
    return Gate(hosts=tuple(names), any_address=not is_loopback(host), origins=(url,) if url else ())


def name_host(host: str) -> str:
    """What a browser calls it."""
    anywhere = host in ("0.0.0.0", "::")
    return socket.gethostname() if anywhere else f"[{host}]" if ":" in host else host


def open_port(port: int | None, *, host: str = HOST) -> socket.socket:
    """The port, listening; with None, the first free one from 7860 on. `SettingsError` if it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for candidate in range(PORT, PORT + PORTS_TRIED) if port is None else [port]:
        try:
            return socket.create_server((host, candidate), family=family)
        except OSError as error:
            is_name_unknown = isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL
            if is_name_unknown:
                raise SettingsError(f"this machine has no address {host}; choose another with --host") from error
            if port is not None and error.errno != errno.EADDRINUSE:
                why = error.strerror.lower() if error.strerror else error
                raise SettingsError(
                    f"port {port} on {host} cannot be used ({why}); choose another with --port"
                ) from error
    busy = f"port {port} is" if port is not None else f"ports {PORT} to {PORT + PORTS_TRIED - 1} are"
    raise SettingsError(f"{busy} in use on {host}; choose another with --port")
