"""Decode: the bytes of a text file to its characters."""

from __future__ import annotations

import codecs
import string
import unicodedata
from collections import Counter
from typing import NamedTuple

from chardetng_py import EncodingDetector

from rag.errors import DocumentError

MAX_JUNK = 0.05
"""Share of control and replacement characters above which a file is no text."""
MAX_DAMAGE = 0.1
"""Share of undecodable places, among those beyond ASCII, up to which a file is UTF-8 that was damaged."""
SAMPLE_BYTES = 1_000_000
WIDE_SAMPLE = 100_000
"""Characters that tell whether a file without a byte order mark is UTF-16 or UTF-32."""
MAX_ASCII_IN_WIDE = 0.65
"""Share of printable ASCII bytes in UTF-16: half of an English text."""
MAX_ASCII_IN_JAPANESE = 0.95
"""Half of the bytes of hiragana are the digit 0, and no zeros; a table of strings has zeros at odd and even places."""
MIN_COMMON = 0.02
"""Share of ASCII and of Chinese punctuation in the texts of a script with many signs."""
MIN_LIKENESS = 0.7
"""Share of the block of 256 that the signs of most scripts are from, when nothing common parts them."""
MAX_UNASSIGNED = 0.02

_BOMS = (  # UTF-32 before UTF-16: the mark of UTF-16 begins that of UTF-32
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ISO_2022_JP = (b"\x1b$B", b"\x1b$@")

_WIDE = ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be")
_PRINTABLE_ASCII = bytes(range(0x20, 0x7F))
_CONTROLS = bytes(code for code in range(0x20) if chr(code) not in "\t\n\v\f\r\b\x1a\x1b")
_COMMON = frozenset(string.printable + "。、，")
_GUESSES = (
    "cp1252", "cp932", "euc_jp", "gb18030", "cp949", "big5", "cp1251", "koi8-r", "koi8-u", "cp1250",
    "cp1256", "cp1254", "cp1253", "cp1255", "cp1257", "cp1258", "cp874", "cp866",
)  # fmt: skip
# What pages call them, where Python would refuse the name or take it for a smaller set than browsers do.
_LABELS = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "iso-8859-8-i": "iso8859-8",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
}
_DECLARABLE = frozenset(
    [*_GUESSES, *_LABELS.values(), "big5hkscs", "iso2022_jp", "mac-roman", "mac-cyrillic", "iso8859-2"]
    + [f"iso8859-{part}" for part in (3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16)]
)

_MAGIC = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a ZIP archive or an Office document",
    b"\xd0\xcf\x11\xe0": "an old Office document",
    b"{\\rtf": "an RTF document",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x1f\x8b": "a gzip archive",
    b"\x7fELF": "a program",
    b"SQLite format 3\x00": "a SQLite database",
}


_JUNK = [chr(code) for code in (*range(0x20), 0x7F) if chr(code) not in "\t\n\v\f\r\b\x1a\x1b"] + ["\ufffd"]
"""What no text holds: control characters but the few of terminals and printers, and the replacement character."""


class Decoded(NamedTuple):
    text: str
    encoding: str
    """Python's name of it."""


def decode(content: bytes, *, declared: str = "") -> Decoded:
    """Return all characters as they are, without the byte order mark; never raises for the sake of an encoding.

    In order: a byte order mark, UTF-8, the encoding that the file declares, UTF-8 with little damage, a guess.
    Undecodable bytes become U+FFFD. Raises DocumentError if the content is not text.
    """
    for magic, name in _MAGIC.items():
        if content.startswith(magic):
            raise DocumentError(f"it holds {name}, not text; give the file its true ending, or save it as text")
    decoded = _decode(content, declared)
    if _is_binary(decoded.text):
        raise DocumentError("it holds binary data, not text; leave it out, or save it as text")
    return decoded


def _decode(content: bytes, declared: str) -> Decoded:
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return Decoded(content[len(bom) :].decode(encoding, "replace"), encoding)
    if any(escape in content for escape in _ISO_2022_JP) and (text := _decode_strictly(content, "iso2022_jp")):
        return Decoded(text, "iso2022_jp")
    if wide := _wide(content):
        return wide
    for encoding in ("utf-8", _codec_name(declared)):
        if encoding and (text := _decode_strictly(content, encoding)) is not None:
            return Decoded(text, encoding)
    return _repaired_utf8(content) or _guessed(content)


def _wide(content: bytes) -> Decoded | None:
    """UTF-16 or UTF-32 without a mark: no other text holds the control characters that are half of their letters."""
    sample = content[:WIDE_SAMPLE]
    if len(sample) == len(sample.translate(None, _CONTROLS)):
        return None
    ascii_share = 1 - len(sample.translate(None, _PRINTABLE_ASCII)) / len(sample)
    has_zeros_anywhere = b"\0" in sample[::2] and b"\0" in sample[1::2]
    if ascii_share > (MAX_ASCII_IN_WIDE if has_zeros_anywhere else MAX_ASCII_IN_JAPANESE):
        return None
    decoded = ((_decode_strictly(content, encoding), encoding) for encoding in _WIDE)
    texts = [Decoded(text, encoding) for text, encoding in decoded if text and _is_assigned(text[:WIDE_SAMPLE])]
    best = max(texts, key=lambda decoded: _likeness(decoded.text[:WIDE_SAMPLE]), default=None)
    return best if best and _likeness(best.text[:WIDE_SAMPLE]) >= MIN_LIKENESS else None


def _is_assigned(text: str) -> bool:
    strange = sum(
        unicodedata.category(character) in ("Cc", "Cn", "Co") and character not in string.whitespace
        for character in text
    )
    return strange <= MAX_UNASSIGNED * len(text)


def _likeness(text: str) -> float:
    """Share of the characters that all languages use, or of the block of 256 that most of them are from."""
    common = sum(map(_COMMON.__contains__, text))
    blocks = Counter(ord(character) >> 8 for character in text)
    return max(common / MIN_COMMON * MIN_LIKENESS, max(blocks.values())) / len(text)


def _codec_name(label: str) -> str:
    """The codec for a page's label; empty if there is none. Python has codecs that no page may choose (idna, utf-7)."""
    label = label.strip().lower()
    try:
        name = _LABELS.get(label) or codecs.lookup(label).name
    except (LookupError, ValueError):  # ValueError: a NUL in the label
        return ""
    name = _LABELS.get(name, name)
    return name if name in _DECLARABLE else ""


def _decode_strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        return None


def _repaired_utf8(content: bytes) -> Decoded | None:
    text = content.decode("utf-8", "replace")
    beyond_ascii = sum(map("\x7f".__lt__, text))
    return Decoded(text, "utf-8") if text.count("\ufffd") <= MAX_DAMAGE * beyond_ascii else None


def _guessed(content: bytes) -> Decoded:
    detector = EncodingDetector()
    detector.feed(_telling_lines(content), last=True)
    encoding = _codec_name(detector.guess(tld=None, allow_utf8=False)) or "cp1252"
    return Decoded(content.decode(encoding, "replace"), encoding)


def _telling_lines(content: bytes) -> bytes:
    """The lines beyond ASCII, up to a bound: only these tell one encoding from another."""
    lines = b"\n".join(line for line in content.split(b"\n") if not line.isascii())
    end = lines.rfind(b"\n", 0, SAMPLE_BYTES) if len(lines) > SAMPLE_BYTES else len(lines)
    return lines[:end] if end > 0 else lines


def _is_binary(text: str) -> bool:
    junk = sum(text.count(character) for character in _JUNK)
    return "\0" in text or junk > MAX_JUNK * len(text)
