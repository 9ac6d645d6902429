"""Write: a file whole, or not at all."""

from __future__ import annotations

from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """In place of what it held, of which a reader sees all or nothing; its folder is made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".part")
    try:
        written.write_bytes(content)
        written.replace(path)
    except BaseException:
        written.unlink(missing_ok=True)
        raise
