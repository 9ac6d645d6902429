"""The chat's server: how it starts and ends."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from rag import SettingsError
from ui.browser import PORT, open_port, serve

ROOT = Path(__file__).parents[1]
RUN = """
from ui.browser import serve

class Nothing:
    model = "embedded"
    def documents(self): return []
    def stream(self, question, *, history): return iter([])

serve(Nothing(), port={port}, examples=[], on_ready=lambda address: print(address, flush=True))
print("ended", flush=True)
"""


class EmptyAssistant:
    model = "embedded"

    def documents(self) -> list[object]:
        return []


def test_a_busy_port_is_one_line_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(
            SettingsError, match=rf"^port {number} is in use on 127\.0\.0\.1; choose another with --port$"
        ):
            serve(EmptyAssistant(), port=number, examples=[], on_ready=print)


def test_without_a_port_the_first_free_one_is_taken() -> None:
    with occupying(PORT), open_port(None) as first, open_port(None) as second:
        ports = [listener.getsockname()[1] for listener in (first, second)]
        assert PORT < ports[0] < ports[1] < PORT + 100


@contextmanager
def occupying(port: int) -> Iterator[None]:
    """Whoever has the port, it is taken."""
    with suppress(OSError), socket.create_server(("127.0.0.1", port)):
        yield
        return
    yield


def test_the_chat_is_served_on_this_machine_until_it_is_interrupted() -> None:
    command = [sys.executable, "-c", RUN.format(port=0)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with urllib.request.urlopen(address, timeout=20) as response:
            assert response.status == 200
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == "ended\n"
        assert process.wait(20) == 0
