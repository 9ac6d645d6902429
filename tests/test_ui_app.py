"""The chat's server: how it starts and ends."""

from __future__ import annotations

import errno
import http.client
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from rag import SettingsError
from ui.server import PORT, open_port

ROOT = Path(__file__).parents[1]
RUN = """
from pathlib import Path
from rag import Settings
from ui.server import open_port, serve

class Nothing:
    model = "embedded"
    def holdings(self): return []

tell = lambda address: print(address, flush=True)
serve(Nothing(), Settings(home=Path("{folder}")), open_port({port}), examples=[], on_ready=tell)
print("ended", flush=True)
"""


def test_a_busy_port_is_one_line_that_says_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        with pytest.raises(
            SettingsError, match=rf"^port {number} is in use on 127\.0\.0\.1; choose another with --port$"
        ):
            open_port(number)


def test_a_port_that_is_denied_is_not_called_busy(monkeypatch: pytest.MonkeyPatch) -> None:
    def deny(_: tuple[str, int], **__: object) -> socket.socket:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket, "create_server", deny)  # root is denied none
    with pytest.raises(
        SettingsError,
        match=r"^port 80 on 127\.0\.0\.1 cannot be used \(permission denied\); choose another with --port$",
    ):
        open_port(80)


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


def test_the_chat_is_served_on_this_machine_until_it_is_interrupted_and_ends_quietly(
    tmp_path: Path,
) -> None:
    command = [sys.executable, "-c", RUN.format(port=0, folder=tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("http://127.0.0.1:")
        with closing(http.client.HTTPConnection(address.split("/")[2], timeout=20)) as tab:
            tab.request("GET", "/")
            page = tab.getresponse()
            assert (page.status, b"Pincite" in page.read()) == (200, True)
            tab.request("GET", "/gradio_api/heartbeat/tab")  # an open tab's: it never ends by itself
            assert tab.getresponse().read(5) == b"data:"
            process.send_signal(signal.SIGINT)
            assert (*process.communicate(timeout=20), process.returncode) == ("ended\n", "", 0)
