"""Load: a file to a document."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from rag.errors import DocumentError
from rag.readers.html import read_html
from rag.readers.markdown import read_markdown
from rag.readers.text import read_text
from rag.types import Document

MAX_MEGABYTES = 50
NOT_TEXT = "its id, text, title, source, date, publisher and encoding must be text"

Read = Callable[[bytes], Document]

READERS: dict[str, Read] = {
    ".txt": read_text,
    ".text": read_text,
    ".log": read_text,
    ".rst": read_text,
    ".md": read_markdown,
    ".markdown": read_markdown,
    ".html": read_html,
    ".htm": read_html,
    ".xhtml": read_html,
}

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Found:
    """What given sources stand for: documents and files to load, the folders among them, and what is not there."""

    sources: tuple[Document | Path, ...]
    folders: tuple[Path, ...]
    failed: tuple[tuple[str, str], ...]


def find_sources(given: Iterable[str | Path | Document]) -> Found:
    """Documents as they are, files and the files of folders by their absolute path, each once."""
    sources: dict[Document | Path, None] = {}
    folders, failed = [], []
    for source in given:
        if isinstance(source, Document):
            try:
                sources[source] = None
            except TypeError:  # a list, say, has no hash
                failed.append((str(source.source or source.id), NOT_TEXT))
            continue
        path = Path(os.path.abspath(Path(source).expanduser()))  # noqa: PTH100  # takes `..` out
        try:
            sources |= dict.fromkeys(find_files(path))
        except DocumentError as error:
            failed.append((str(source), str(error)))
        folders += [path] if path.is_dir() else []
    return Found(tuple(sources), tuple(folders), tuple(failed))


def read_documents(paths: str | Path | Iterable[str | Path]) -> list[Document]:
    """Load files, and the files of folders, without a library; what cannot be read is left out, and logged.

    Raises `DocumentError` if nothing is left.
    """
    found = find_sources([paths] if isinstance(paths, str | Path) else paths)
    documents, failed = [], list(found.failed)
    for source in found.sources:
        try:
            documents.append(load_source(source))
        except DocumentError as error:
            failed.append((str(source), str(error)))
    for name, reason in failed:
        _log.warning("left out: %s: %s", name, reason)
    if not documents:
        raise DocumentError("there is no document to read; name files, or folders that hold some")
    return documents


def load_source(source: Document | Path) -> Document:
    """The document itself, or that of the file; raises `DocumentError` if it has no text that can be kept."""
    document = source if isinstance(source, Document) else load_document(source, source=os.fsdecode(source))
    try:
        "".join(_texts(document)).encode()
    except TypeError as error:
        raise DocumentError(NOT_TEXT) from error
    except UnicodeEncodeError as error:
        raise DocumentError(f"it holds half a character (a lone surrogate) at {error.start}; replace it") from error
    pages = document.pages
    if not all(isinstance(page, int) and page >= 0 for page in pages) or list(pages) != sorted(pages):
        raise DocumentError("its pages must be where each begins in the text: whole numbers that rise")
    if not document.text.strip():
        raise DocumentError("there is no text in it; leave it out")
    return document


def _texts(document: Document) -> tuple[str, ...]:
    return (
        document.id,
        document.text,
        document.title,
        document.source,
        document.date or "",
        document.publisher,
        document.encoding,
    )


def load_document(path: Path, *, source: str) -> Document:
    """Read the file with the reader of its ending; a file that names no title is titled by its own name.

    Raises DocumentError with the reason alone: it is shown beside the source.
    """
    try:
        _require_file(path)
        read = _reader(path)
        content = _read_bytes(path)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"it cannot be opened ({reason}); check the path and its permissions") from error
    document = read(content)
    if not any(character.isprintable() and not character.isspace() for character in document.text):
        raise DocumentError("there is no text in it; leave it out, or save it again with its text")
    return replace(document, source=source, title=document.title or _stem(path))


def find_files(path: Path) -> list[Path]:
    """Return the file itself, or all files below the folder in a stable order.

    Hidden files and folders are left out, links to folders are not followed, nor links to files outside the folder.
    Files that cannot be read are included, to be reported and not lost; so are folders that cannot be listed.
    Raises DocumentError if there is nothing at the path.
    """
    try:
        path.lstat()
    except (OSError, ValueError) as error:
        raise DocumentError(f"{str(path)!r} cannot be found; check the path") from error
    if not path.is_dir():
        return [path]
    unopened: list[Path] = []
    files: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=lambda error: unopened.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(folder, name) for name in names if not name.startswith(".")]
    root = path.resolve()
    return sorted([*unopened, *(file for file in files if _stays_inside(file, root))])


def _stays_inside(file: Path, root: Path) -> bool:
    if not file.is_symlink() or Path(os.path.realpath(file)).is_relative_to(root):
        return True
    _log.warning("%r is a link out of the folder and was not followed", str(file))
    return False


def _reader(path: Path) -> Read:
    ending = path.suffix.lower()
    if ending not in READERS:
        said = f"files ending in {ending!r} cannot be read" if ending else "its name has no ending"
        raise DocumentError(f"{said}; use one of {', '.join(READERS)}")
    return READERS[ending]


def _read_bytes(path: Path) -> bytes:
    limit = MAX_MEGABYTES * 1_000_000
    with path.open("rb") as file:
        content = file.read(limit + 1)
    if len(content) > limit:
        raise DocumentError(f"it is larger than {MAX_MEGABYTES} MB; split it into smaller files")
    if not content:
        raise DocumentError("it is empty; leave it out, or fill it")
    return content


def _require_file(path: Path) -> None:
    kind = path.stat().st_mode
    if stat.S_ISDIR(kind):
        raise DocumentError("it is a folder, and its files cannot be listed; check its permissions")
    if not stat.S_ISREG(kind):
        raise DocumentError("it is a device or a pipe, not a file; save its content to a file")


def _stem(path: Path) -> str:
    """The name without its ending; bytes of it that are not UTF-8 become U+FFFD, so that it can be stored."""
    return " ".join(os.fsencode(path.stem).decode("utf-8", "replace").split())
