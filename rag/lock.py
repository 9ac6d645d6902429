"""Own: one process at a time for a library's folder."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import LibraryError, LibraryLocked


def own_library(home: Path) -> FileLock:
    """Lock the folder, made if it is not there, until the lock is released or the process ends, however it ends.

    Raises `LibraryLocked` at once, with the owner's process number, if another process has it.
    """
    owner = home / "owner"
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)  # what is in it is nobody else's on this machine
        lock = FileLock(home / "lock", is_singleton=False)
        lock.acquire(timeout=0)
        owner.write_text(str(os.getpid()))
    except Timeout as error:
        pid = owner.read_text() if owner.exists() else "unknown"
        if pid == str(os.getpid()):
            raise LibraryLocked(
                f"this program has the library {home} open already; use that one, or close it"
            ) from error
        raise LibraryLocked(
            f"the library {home} is in use by process {pid}; stop that process first, or choose another folder with "
            "PINCITE_HOME"
        ) from error
    except OSError as error:
        raise LibraryError(
            f"the library's folder {home} cannot be used ({error.strerror or error}); choose another with PINCITE_HOME"
        ) from error
    return lock
