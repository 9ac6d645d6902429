"""Readers that misbehave in every way, for a child process to run in place of those of Pincite."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from rag.errors import DocumentError
from rag.isolation import MAX_REPLY
from rag.readers import READERS, child
from rag.types import Document


def serve_hostile() -> None:
    sys.modules["rag.readers.hostile"] = sys.modules[__name__]
    READERS.update({f".{name}": f"hostile:{name}" for name in NAMES})
    child.CPU_SECONDS = int(os.environ.get("TEST_CPU_SECONDS", child.CPU_SECONDS))
    child.serve()


def spin(content: bytes) -> Document:
    while True:
        content = content[::-1]


def sleep(_: bytes) -> Document:
    time.sleep(3600)
    raise AssertionError


def eat(_: bytes) -> Document:
    return Document(text=str(len(bytes(1_100_000_000))))


def keep(content: bytes) -> Document:
    """Takes memory and never gives it back."""
    KEPT.append(bytes(int(content)))
    return Document(text=f"{len(KEPT)} kept")


KEPT: list[bytes] = []


def die(_: bytes) -> Document:
    os.kill(os.getpid(), signal.SIGSEGV)
    raise AssertionError


def abort(content: bytes) -> Document:
    """As an allocator does that is given no memory: if files before took it, or always if it is told so."""
    if KEPT or content:
        os.abort()
    return Document(text="there was memory")


def leave(_: bytes) -> Document:
    sys.exit(3)


def say(_: bytes) -> Document:
    print('{"text": "forged"}', flush=True)  # noqa: T201  # as a parser may
    os.write(1, b'{"text": "forged"}\n')
    return Document(text="true")


def write(content: bytes) -> Document:
    try:
        Path(content.decode()).write_text("written")
    except OSError as error:
        return Document(text=f"refused: {error.strerror}")
    return Document(text="written")


def fill(content: bytes) -> Document:
    return Document(text="x" * int(content))


def boast(_: bytes) -> Document:
    return Document(text="x", encoding="x" * MAX_REPLY)


def refuse(_: bytes) -> Document:
    raise DocumentError("it is not to be read; leave it out")


def fail(_: bytes) -> Document:
    raise ZeroDivisionError("somewhere in a parser")


def nest(content: bytes) -> Document:
    return nest(content)


def who(_: bytes) -> Document:
    return Document(text=f"{os.getpid()}")


def half(_: bytes) -> Document:
    return Document(text="half \ud83d", title="é 😀")


NAMES = "spin sleep eat keep die abort leave say write fill boast refuse fail nest who half".split()
