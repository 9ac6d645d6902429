"""Read in a child process: one file after the other from stdin, each as a document to stdout."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import BinaryIO

from rag.errors import DocumentError
from rag.readers import read
from rag.types import Document

try:
    import resource
except ImportError:  # Windows has no limits of this kind: there the parent's clock is the only one
    resource = None  # type: ignore[assignment]  # a module elsewhere

MEGABYTES = 1_000
CPU_SECONDS = 30
OPEN_FILES = 64
MAX_CHARACTERS = 20_000_000
"""Of a document: more is a bomb, or would be embedded for hours."""
NO_MEMORY = f"it takes more than {MEGABYTES:,} MB of memory to read; split it, or save it in a simpler format"


def serve() -> None:
    """Answer each request, a line of JSON with `ending` and `size` and then the file, with a line of JSON."""
    requests, replies = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a parser prints is no reply
    _limit_process()
    while line := requests.readline():
        request = json.loads(line)
        _limit_cpu()
        reply = answer(request["ending"], requests.read(request["size"]))
        _send(replies, reply)
        if reply.get("error") == NO_MEMORY:  # what is left of it would make the next file fail
            return


def answer(ending: str, content: bytes) -> dict[str, object]:
    """The fields of the document, or `error`: why there is none."""
    try:
        document = read(ending, content)
    except DocumentError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": NO_MEMORY}
    except RecursionError:
        return {"error": "it is nested too deeply to be read; save it in a simpler format"}
    except ImportError as error:
        return {"error": f"what reads it is missing ({error}); install pincite again", "passes": True}
    except Exception as error:  # noqa: BLE001  # whatever a parser meets in a damaged file stops no other file
        return {"error": f"it cannot be read ({type(error).__name__}); it may be damaged: save it again"}
    if len(document.text) > MAX_CHARACTERS:
        return {"error": f"it holds more than {MAX_CHARACTERS:,} characters; split it into smaller files"}
    return _fields(document)


def _fields(document: Document) -> dict[str, object]:
    return {**asdict(document), "id": ""}


def _send(replies: BinaryIO, reply: dict[str, object]) -> None:
    replies.write(json.dumps(reply, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n")
    replies.flush()


def _limit_process() -> None:
    """No more memory than allowed (macOS cannot), no file written, no dump of what was read."""
    if resource is None:
        return
    memory = [(resource.RLIMIT_AS, MEGABYTES * 1_000_000)] if sys.platform != "darwin" else []
    files = [(resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NOFILE, OPEN_FILES)]
    for kind, most in (*memory, *files):
        _, hard = resource.getrlimit(kind)
        least = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (least, least))


def _limit_cpu() -> None:
    """The limit counts from the start of the process: it is moved on for every file."""
    if resource is None:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS, hard))
