"""Load: a file to a document."""

from __future__ import annotations

import hashlib
import logging
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from rag.ahead import map_ahead
from rag.errors import DocumentError, ReadingFailed
from rag.isolation import ChildReaders
from rag.readers import READERS, VERSION, read
from rag.types import CATALOG, Document, Found, Loaded, ReadFile, Record

MAX_MEGABYTES = 100
READERS_AT_ONCE = min(4, os.cpu_count() or 1)
LOADED_AHEAD = 4  # sources, while those before them are embedded; each may be of 20 million characters
INSTEAD = {".doc": ".docx", ".dot": ".docx", ".msg": ".eml", ".pps": ".pptx", ".ppt": ".pptx", ".xlsb": ".xlsx"}
NOT_TEXT = "its id, text, title, source, date, publisher, author, encoding and owner must be text"
NOT_UTF8 = "its name is not in UTF-8, so that no library can keep it; rename it"
NOT_RISING = "must be where each begins in the text: whole numbers that rise"

_log = logging.getLogger(__name__)


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
    readers = ChildReaders()
    try:
        load = partial(load_source, read=readers.read, records={})
        loaded = list(map_ahead(load, found.sources, workers=READERS_AT_ONCE, ahead=LOADED_AHEAD))
    finally:
        readers.close()
    for name, reason in [*found.failed, *((each.source, each.reason) for each in loaded if each.reason)]:
        _log.warning("left out: %s: %s", name, reason)
    documents = [each.document for each in loaded if each.document]
    if not documents:
        raise DocumentError("there is no document to read; name files, or folders that hold some")
    return documents


def load_source(source: Document | Path, *, read: ReadFile, records: Mapping[str, Record], owner: str = "") -> Loaded:
    """What comes of the document or file; one that holds what its record says is not read once more."""
    if isinstance(source, Document):
        name = str(source.source or source.id)
        try:
            return Loaded(name, document=_checked(source))
        except DocumentError as error:
            return Loaded(name, reason=str(error))
    name, content = os.fsdecode(source), ""
    if not _is_text(name):
        return Loaded(name, reason=NOT_UTF8)
    try:
        ending, held = _open_file(source)
        content = f"{VERSION}{ending}:{hashlib.sha256(held).hexdigest()}"
        record = records.get(name)
        if record and record.content == content:
            return Loaded(name, content, reason=record.reason)
        document = replace(_titled(read(ending, held), source), id="", source=name, owner=owner)
        return Loaded(name, content, _checked(document))
    except ReadingFailed as error:
        return Loaded(name, reason=str(error))  # it is tried again the next time
    except DocumentError as error:
        return Loaded(name, content, reason=str(error))


def _checked(document: Document) -> Document:
    """The document itself; raises `DocumentError` if it has no text, or anything that cannot be kept."""
    try:
        "".join(_texts(document)).encode()
    except TypeError as error:
        raise DocumentError(NOT_TEXT) from error
    except UnicodeEncodeError as error:
        raise DocumentError(f"it holds half a character (a lone surrogate) at {error.start}; replace it") from error
    if not _rise((section.start for section in document.sections), most=len(document.text)):
        raise DocumentError(f"its sections {NOT_RISING}")
    if not _rise(document.pages):
        raise DocumentError(f"its pages {NOT_RISING}")
    if not document.text.strip():
        raise DocumentError("there is no text in it; leave it out")
    return document


def _is_text(name: str) -> bool:
    """False if it holds bytes that Python could not decode."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _rise(starts: Iterable[int], *, most: float = float("inf")) -> bool:
    starts = list(starts)
    return all(isinstance(start, int) and 0 <= start <= most for start in starts) and starts == sorted(starts)


def _texts(document: Document) -> Iterator[str]:
    yield from (document.id, document.text, document.source, document.encoding, document.owner)
    yield from (document.title, document.date or "", document.publisher, document.author)
    for section in document.sections:
        yield from (section.title, section.date or "", section.publisher, section.author)


def load_document(path: Path, *, source: str, read: ReadFile = read) -> Document:
    """Read the file with the reader of its ending; a file that names no title is titled by its own name.

    In this process, unless `read` does it elsewhere. Raises DocumentError with the reason alone: it is shown beside
    the source.
    """
    return replace(_titled(read(*_open_file(path)), path), source=source)


def _titled(document: Document, path: Path) -> Document:
    if not any(character.isprintable() and not character.isspace() for character in document.text):
        raise DocumentError("there is no text in it; leave it out, or save it again with its text")
    return replace(document, title=document.title or _stem(path))


def find_files(path: Path) -> list[Path]:
    """Return the file itself, or all files below the folder in a stable order.

    Hidden files and folders are left out, and libraries below the folder; links to folders are not followed, nor links
    to files outside the folder. Files that cannot be read are included, to be reported and not lost; so are folders
    that cannot be listed.
    Raises DocumentError if there is nothing at the path.
    """
    try:
        path.lstat()
    except (OSError, ValueError) as error:
        raise DocumentError("there is nothing at this path; check it") from error
    if not path.is_dir():
        return [path]
    unopened: list[Path] = []
    files: list[Path] = []
    for folder, folders, names in os.walk(path, onerror=lambda error: unopened.append(Path(error.filename))):
        if CATALOG in names and Path(folder) != path:  # what a library keeps is no source
            _log.warning("%r is a library and was left out", folder)
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(folder, name) for name in names if not name.startswith(".")]
    root = path.resolve()
    return sorted([*unopened, *(file for file in files if _stays_inside(file, root))])


def _stays_inside(file: Path, root: Path) -> bool:
    if not file.is_symlink() or Path(os.path.realpath(file)).is_relative_to(root):
        return True
    _log.warning("%r is a link out of the folder and was not followed", str(file))
    return False


def _open_file(path: Path) -> tuple[str, bytes]:
    """The ending, in small letters, and the content of a file that there is a reader for; of no device and no pipe."""
    try:
        with open(path, "rb", opener=_open_regular) as file:  # Path.open takes no opener
            ending = _ending(path)
            content = file.read(MAX_MEGABYTES * 1_000_000 + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise DocumentError(f"it cannot be opened ({reason}); check the path and its permissions") from error
    if len(content) > MAX_MEGABYTES * 1_000_000:
        raise DocumentError(f"it is larger than {MAX_MEGABYTES} MB; split it into smaller files")
    if not content:
        raise DocumentError("it is empty; leave it out, or fill it")
    return ending, content


def _open_regular(path: str, flags: int) -> int:
    """Open it before looking at it, so that nothing else can take its place in between."""
    descriptor = os.open(path, flags | getattr(os, "O_NONBLOCK", 0))  # a pipe would wait for its other end
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(kind):
        raise DocumentError("it is a folder, and its files cannot be listed; check its permissions")
    raise DocumentError("it is a device or a pipe, not a file; save its content to a file")


def _ending(path: Path) -> str:
    ending = path.suffix.lower()
    if ending not in READERS:
        said = (
            f"files ending in {ending!r} cannot be read" if ending else "its name has no ending that tells what it is"
        )
        raise DocumentError(f"{said}; save it as {INSTEAD.get(ending, '.pdf, .docx, .txt or another that is read')}")
    return ending


def _stem(path: Path) -> str:
    """The name without its ending; bytes of it that are not UTF-8 become U+FFFD, so that it can be stored."""
    return " ".join(os.fsencode(path.stem).decode("utf-8", "replace").split())
