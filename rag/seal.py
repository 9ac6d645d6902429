"""Seal: a note beside a folder of what its files were when it was closed, to tell what others did to them."""

from __future__ import annotations

import hashlib
import json
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.errors import LibraryError

INDEX = re.compile(r"chroma(-\d+)?")
"""The names of the folders that may be an index, in the folder of a library."""


@dataclass(frozen=True, slots=True)
class Seal:
    marker: str
    """What the folder held, in words of the one who sealed it."""
    files: dict[str, list[object]]
    """Size, time of the last change, SHA-256, by the path in the folder."""


def set_seal(folder: Path, marker: str, *, before: Seal | None = None) -> None:
    """Seal a folder that nothing has open; what looks as it did under the seal before is not read again."""
    files = {}
    for name in _names(folder):
        look, known = _look(folder / name), before.files.get(name) if before else None
        if not known or known[:2] != look:
            _sync(folder / name)  # or the seal may outlive a power cut that the file does not
            known = [*look, _hash(folder / name)]
        files[name] = known
    new = _path(folder).with_suffix(".new")
    with new.open("w", encoding="utf-8") as file:
        json.dump({"marker": marker, "files": files}, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(_path(folder))


def break_seal(folder: Path) -> Seal | None:
    """Take the seal off a folder that is to be opened; None if it had none.

    Raises `LibraryError` if a file is not what it was: then the seal stays.
    """
    seal = _read(folder) if folder.exists() else None
    looks = {name: _look(folder / name) for name in _names(folder)}
    is_touched = seal is not None and looks != {name: about[:2] for name, about in seal.files.items()}
    if is_touched and (changed := find_changed(folder)):  # not if it was only copied
        raise LibraryError(f"the index {folder} was changed or damaged ({', '.join(changed[:3])})")
    with suppress(OSError):
        _path(folder).unlink()
    return seal


def drop_seal(folder: Path) -> None:
    with suppress(OSError):
        _path(folder).unlink()


def find_changed(folder: Path) -> list[str]:
    """The files that are not what they were when the folder was sealed, to the last bit; none without a seal."""
    seal = _read(folder)
    if seal is None:
        return []
    held = {name: _hash(folder / name) for name in _names(folder)}
    sealed = {name: about[2] for name, about in seal.files.items()}
    return sorted(name for name in held.keys() | sealed.keys() if held.get(name) != sealed.get(name))


def _path(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.seal")


def _read(folder: Path) -> Seal | None:
    try:
        return Seal(**json.loads(_path(folder).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def _names(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def _look(path: Path) -> list[object]:
    about = path.stat()
    return [about.st_size, about.st_mtime_ns]


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
