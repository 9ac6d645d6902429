"""A real language model behind the OpenAI API, for one test session. Import the fixture in conftest.py."""

from __future__ import annotations

import importlib.util
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1].parent / "shared" / "tools" / "local_llm.py"
MODEL = "smollm2-135m"  # too weak to be right: it tests the wire, not the answers
START_SECONDS = 120


@pytest.fixture(scope="session")
def local_model() -> Iterator[str]:
    """Yields the base URL."""
    if not SCRIPT.exists():
        pytest.skip(f"no local model: {SCRIPT} is absent")
    if importlib.util.find_spec("xllamacpp") is None:
        pytest.skip("no local model: xllamacpp is not installed (pip install 'pincite[test]')")
    command = [sys.executable, str(SCRIPT), MODEL, "--port", str(_free_port()), "--threads", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        watchdog = threading.Timer(START_SECONDS, process.kill)
        watchdog.start()
        try:
            assert process.stdout is not None
            ready = next((line for line in process.stdout if line.startswith("ready ")), "")
            watchdog.cancel()
            if not ready:
                pytest.fail(f"{SCRIPT.name} {MODEL} did not serve within {START_SECONDS} s (exit {process.poll()})")
            yield ready.split()[1]
        finally:
            watchdog.cancel()
            process.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
