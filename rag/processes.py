"""Child processes: a function of Pincite in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys, types
rag = sys.modules["rag"] = types.ModuleType("rag")  # without what answers questions: it takes memory and a second
rag.__path__ = [sys.argv[1]]
from pkgutil import resolve_name
resolve_name(sys.argv[2])(*sys.argv[3:])
"""


def start_child(function: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start `module:function` with the arguments; it has pipes for stdin and stdout, and nothing it says is shown.

    With -P it imports nothing from the current folder, which may be one of documents.
    """
    return subprocess.Popen(
        [sys.executable, "-P", "-c", PROGRAM, str(Path(__file__).parent), function, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        start_new_session=True,  # Ctrl-C is for the program that asks
    )
