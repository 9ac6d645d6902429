"""Mail headers: the raw lines of a mail's head to the words that its reader sees."""

from __future__ import annotations

import re
from datetime import date
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_tz

from rag.errors import DocumentError
from rag.readers.dates import to_iso_date
from rag.readers.decoding import decode

SHOWN = ("From", "To", "Cc", "Date", "Subject")
_ENCODED_WORDS = re.compile(r"=\?[^?\s]+\?[bBqQ]\?[^?]*\?=(?:\s+=\?[^?\s]+\?[bBqQ]\?[^?]*\?=)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\s]+")


def header_lines(mail: Message) -> str:
    """Who wrote what to whom and when, a line each: two mails that say only "Thanks" differ in these."""
    lines = ((name, ", ".join(filter(None, map(decoded_words, _raw(mail, name))))) for name in SHOWN)
    return "\n".join(f"{name}: {words}" for name, words in lines if words)


def is_mail(mail: Message) -> bool:
    return any(_raw(mail, name) for name in ("From", "Sender", "Date", "Subject", "Received", "Message-ID"))


def subject_of(mail: Message) -> str:
    return decoded_words(next(iter(_raw(mail, "Subject")), ""))


def author_of(mail: Message) -> str:
    """The names of the senders, or the address of one who gives none."""
    senders = getaddresses(_raw(mail, "From"))
    return "; ".join(dict.fromkeys(filter(None, (decoded_words(name) or address.strip() for name, address in senders))))


def date_of(mail: Message) -> str | None:
    """The day that the sender's clock showed."""
    for value in _raw(mail, "Date")[:1]:
        if parsed := _parsed_date(value):
            return parsed
    return None


def decoded_words(value: str) -> str:
    """On one line, with the encoded words (RFC 2047) decoded."""
    return _CONTROL.sub(" ", _ENCODED_WORDS.sub(lambda match: _decoded(match[0]), value)).strip()


def _decoded(words: str) -> str:
    try:
        pieces = decode_header(words)
    except HeaderParseError:  # it is not the base64 that it claims to be
        return words
    return "".join(piece if isinstance(piece, str) else _text(piece, charset or "") for piece, charset in pieces)


def _text(piece: bytes, charset: str) -> str:
    try:
        return decode(piece, declared=charset.partition("*")[0]).text  # a language may follow the asterisk (RFC 2231)
    except DocumentError:
        return piece.decode("utf-8", "replace")


def _raw(mail: Message, name: str) -> list[str]:
    """The values as they stand in the file; bytes beyond ASCII, which no header may have, are decoded."""
    values = (str(value) for key, value in mail.raw_items() if key.lower() == name.lower())
    return [value if value.isascii() else _text(value.encode("utf-8", "surrogateescape"), "utf-8") for value in values]


def _parsed_date(value: str) -> str | None:
    words = decoded_words(value)
    try:
        parts = parsedate_tz(words)
        return date(*parts[:3]).isoformat() if parts else to_iso_date(words)
    except (ValueError, IndexError, TypeError, OverflowError):
        return to_iso_date(words)
