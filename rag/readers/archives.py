"""Open an archive: the bytes of a zip-based file to its parts, once they are known to be neither a bomb nor a trap."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, KeysView
from contextlib import contextmanager
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from rag.errors import DocumentError
from rag.readers.elements import MAX_MARKS, TOO_MANY_MARKS, Element, count_marks, parse_xml

MAX_ENTRIES = 10_000
"""The largest real ones, decks and illustrated books, have a few thousand; each takes half a kilobyte of memory."""
MAX_UNPACKED = 1_000_000_000
"""Bytes of all parts together: with pictures and films ten times the largest file that is read at all."""
MAX_RATIO = 200
"""Unpacked to packed, of the whole: real documents stay below 50, the best that a bomb can do is 1,032."""
RATIO_FROM = 10_000_000
"""Unpacked bytes below which the ratio does not matter: an empty sheet of a thousand rows may well reach it."""
MAX_READ = 100_000_000
"""Bytes of the parts that are read, together: they are held in memory, one after the other."""

DAMAGED = "it is damaged or was cut off; open it in its own program and save it again, or fetch it once more"
NEEDS_PASSWORD = "it needs a password; save a copy without one"
TRAP = "save it again from its own program"
BOMB = "split it, or save it again from its own program"

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_COMPOUND_STREAMS = {
    "EncryptedPackage": NEEDS_PASSWORD,
    "WordDocument": "it holds an old Word document (.doc); open it in its program and save it as .docx",
    "PowerPoint Document": "it holds an old presentation (.ppt); open it in its program and save it as .pptx",
    "Workbook": "it holds an old workbook; give the file the ending .xls",
    "__substg1.0_": "it holds a mail of Outlook (.msg); save it as .eml",
}
"""What is wrong with a file in Microsoft's old container, by a stream in it."""
_BEGINNINGS = {
    b"%PDF-": "a PDF; give the file the ending .pdf",
    b"{\\rtf": "an RTF document; give the file the ending .rtf",
    b"<!doctype html": "a web page; give the file the ending .html",
    b"<html": "a web page; give the file the ending .html",
    b"<?xml": "bare XML; open it in its own program and save it again",
}
_KINDS = {
    "word/": "a Word document; give the file the ending .docx",
    "xl/workbook.bin": "a binary workbook (.xlsb); open it in its program and save it as .xlsx",
    "xl/": "an Excel workbook; give the file the ending .xlsx",
    "ppt/": "a presentation; give the file the ending .pptx",
    "META-INF/container.xml": "a book; give the file the ending .epub",
}
_MIMETYPES = {
    "opendocument.text": "an OpenDocument text; give the file the ending .odt",
    "opendocument.spreadsheet": "an OpenDocument sheet; give the file the ending .ods",
    "opendocument.presentation": "an OpenDocument presentation (.odp); open it in its program and save it as .pptx",
}


class Archive:
    """The parts of a file by their names, with "/" between folders. None is read before it is asked for.

    An archive within it is a part like others: nothing opens it.
    """

    def __init__(self, packed: ZipFile, entries: dict[str, ZipInfo]) -> None:
        self._packed = packed
        self._entries = entries
        self._bytes_left = MAX_READ
        self._marks_left = MAX_MARKS

    @property
    def names(self) -> KeysView[str]:
        return self._entries.keys()

    def read(self, name: str) -> bytes:
        """The bytes of a part; raises DocumentError if there is none of this name, or the archive lies about it."""
        if name not in self._entries:
            raise DocumentError(f"it lacks the part {name!r}; {DAMAGED.partition('; ')[2]}")
        entry = self._entries[name]
        if entry.file_size > self._bytes_left:
            raise DocumentError(f"it unpacks to more than {MAX_READ // 1_000_000} MB of text; {BOMB}")
        with _damage_named(), self._packed.open(entry) as part:
            content = part.read(entry.file_size + 1)
        if len(content) != entry.file_size:
            raise DocumentError(DAMAGED)
        self._bytes_left -= len(content)
        return content

    def parse(self, name: str, *, is_kept: bool = False) -> Element | None:
        """The root of an XML part; None if there is no such part. Those that are kept may not be large together."""
        if name not in self._entries:
            return None
        content = self.read(name)
        if is_kept:
            self._marks_left -= count_marks(content)
            if self._marks_left < 0:
                raise DocumentError(TOO_MANY_MARKS)
        return parse_xml(content)


def open_archive(content: bytes) -> Archive:
    """Raises DocumentError if it cannot be opened or is no archive to be trusted."""
    if not content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        raise other_kind(content)
    if content.count(b"PK\x01\x02") > MAX_ENTRIES:  # before the list is read: it takes 20 times its size in memory
        raise DocumentError(f"it holds more than {MAX_ENTRIES:,} parts; {BOMB}")
    with _damage_named():
        packed = ZipFile(BytesIO(content))
    return Archive(packed, _checked_entries(packed.infolist(), size=len(content)))


def wrong_kind(archive: Archive, *, wanted: str = "") -> DocumentError:
    """What to raise if it lacks the main part of the ending that is wanted: the error says what it holds instead."""
    kinds = [said for part, said in _KINDS.items() if any(name.startswith(part) for name in archive.names)]
    if "mimetype" in archive.names:
        mimetype = archive.read("mimetype").decode("ascii", "replace").strip()
        kinds = [said for kind, said in _MIMETYPES.items() if mimetype.endswith(kind)] + kinds
    if wanted and any(said.endswith(wanted) for said in kinds):
        return DocumentError(DAMAGED)
    held = f"it holds {kinds[0]}" if kinds else "it is an archive of other files; unpack it, and ingest what is in it"
    return DocumentError(held)


def _checked_entries(entries: list[ZipInfo], *, size: int) -> dict[str, ZipInfo]:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_UNPACKED or (unpacked > RATIO_FROM and unpacked > MAX_RATIO * size):
        raise DocumentError(f"it unpacks to {unpacked // 1_000_000:,} MB, too much for its size; {BOMB}")
    checked: dict[str, ZipInfo] = {}
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        if "\0" in name or name.startswith("/") or name[1:2] == ":" or ".." in name.split("/"):
            raise DocumentError(f"the name of a part of it leads out of it; {TRAP}")
        if name in checked:
            raise DocumentError(f"it holds two parts of one name; {TRAP}")
        if entry.flag_bits & 1:
            raise DocumentError(NEEDS_PASSWORD)
        if entry.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
            raise DocumentError(f"it is packed in an unusual way; {TRAP}")
        checked[name] = entry
    return checked


@contextmanager
def _damage_named() -> Iterator[None]:
    try:
        yield
    except (BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, NotImplementedError) as error:
        raise DocumentError(DAMAGED) from error


def compound_reason(content: bytes) -> str:
    """Why a file in Microsoft's old container cannot be read."""
    reasons = (said for stream, said in _COMPOUND_STREAMS.items() if stream.encode("utf-16-le") in content)
    return next(reasons, "it holds an old Office document; open it in its program and save it in a newer format")


def other_kind(content: bytes) -> DocumentError:
    """What to raise of a file that is not of its ending's format at all: the error says what it holds instead."""
    if content.startswith(COMPOUND):
        return DocumentError(compound_reason(content))
    if content.startswith(b"PK\x03\x04"):
        return wrong_kind(open_archive(content))
    start = content[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    held = (said for beginning, said in _BEGINNINGS.items() if start.startswith(beginning.lower()))
    return DocumentError(next((f"it holds {said}" for said in held), DAMAGED))
