"""Read mail: the bytes of a mail or of a mailbox to a document, each mail under the lines that say whose it is."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from dataclasses import replace
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32  # with its bytes of the file a header never raises, and is read ten times as fast

from rag.errors import DocumentError
from rag.readers.decoding import decode
from rag.readers.html import read_html
from rag.readers.mail_headers import author_of, date_of, decoded_words, header_lines, is_mail, subject_of
from rag.readers.quoted_mail import divide_mail
from rag.types import Document, Section

MAX_DEPTH = 20
"""Of mails within mails and of their parts; what is deeper is left out."""

_PARSER = BytesParser(policy=compat32)
_UTF_16_OR_32 = re.compile(rb"\xff\xfe|\xfe\xff|\x00\x00\xfe\xff|[A-Za-z]\x00[\w-]\x00|\x00[A-Za-z]\x00[\w-]")
_MAIL_START = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\n\r\n))From [^\n]*\d\d?:\d\d[^\n]*\n(?=[!-9;-~]+:)")
_QUOTED_FROM = re.compile(rb"^>(>*From )", re.MULTILINE)
_PGP_SIGNED = re.compile(
    r"-----BEGIN PGP SIGNED MESSAGE-----\n(?:[\w-]+:.*\n)*\n(.*?)\n-----BEGIN PGP SIGNATURE-----.*?"
    r"-----END PGP SIGNATURE-----",
    re.DOTALL,
)
_PGP_MESSAGE = "-----BEGIN PGP MESSAGE-----"
_ENCRYPTED = frozenset(["multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"])
_SIGNATURES = frozenset(
    [
        "application/pgp-signature",
        "application/pkcs7-signature",
        "application/x-pkcs7-signature",
        "application/pgp-keys",
    ]
)
_QUOTE_MARKS = re.compile(r">*")
_ADDRESS = re.compile(r"<?(?:https?://|mailto:|www\.)\S+")
_WORD = re.compile(r"\w+")


class EncryptedError(DocumentError):
    """The words of a mail are there for the holder of a key alone."""


def read_mail(content: bytes) -> Document:
    mail = _PARSER.parsebytes(_in_utf8(content))
    if not is_mail(mail):
        raise DocumentError("it holds no mail (no line such as From, Date or Subject); give the file its true ending")
    own = _about(mail)
    text, quoted = divide_mail(_text(mail), own)
    return Document(
        text=text, title=own.title, date=own.date, author=own.author, sections=tuple(quoted), encoding="eml"
    )


def read_mailbox(content: bytes) -> Document:
    """Each mail is a section, and so is what it quotes; of one that is encrypted or damaged its head is kept."""
    starts = [match.start() for match in _MAIL_START.finditer(content)]
    if not starts:
        raise DocumentError("it holds no mails; save the mailbox again as mbox, or give the file its true ending")
    texts, length = list[str](), 0
    sections: list[Section] = []
    for start, end in zip(starts, [*starts[1:], len(content)], strict=True):
        mail = _PARSER.parsebytes(_QUOTED_FROM.sub(rb"\1", content[start:end]))
        try:
            text = _text(mail)
        except DocumentError:
            text = header_lines(mail)
        own = _about(mail)
        text, quoted = divide_mail(text, own)
        sections += (replace(section, start=length + section.start) for section in (own, *quoted))
        texts.append(text)
        length += len(text) + len("\n\n")
    return Document(text="\n\n".join(texts), sections=tuple(sections), encoding="mbox")


def _about(mail: Message) -> Section:
    return Section(0, title=subject_of(mail), date=date_of(mail), author=author_of(mail))


def _in_utf8(content: bytes) -> bytes:
    if _UTF_16_OR_32.match(content):
        content = decode(content).text.encode("utf-8", "replace")
    return content.removeprefix(BOM_UTF8).lstrip()


def _text(mail: Message, depth: int = 0) -> str:
    return "\n\n".join(filter(None, [header_lines(mail), *_blocks(mail, depth)]))


def _blocks(part: Message, depth: int) -> Iterator[str]:
    """What is seen of a part, paragraph by paragraph or more at once."""
    kind, parts = part.get_content_type(), _parts_of(part)
    if kind in _ENCRYPTED:
        raise EncryptedError("its text is encrypted; open it in a mail program and save the text without encryption")
    if depth > MAX_DEPTH or kind in _SIGNATURES:
        return
    if kind == "message/rfc822":
        yield from (_text(mail, depth + 1) for mail in parts[:1])
    elif kind == "multipart/alternative" and parts:
        yield _shown(parts, depth + 1)
    elif parts and kind.startswith("multipart/"):
        for inner in parts:
            yield from _blocks(inner, depth + 1)
    else:
        yield from _leaf(part, kind)


def _parts_of(part: Message) -> list[Message]:
    payload = part.get_payload() if part.is_multipart() else []
    return [inner for inner in payload if isinstance(inner, Message)]


def _leaf(part: Message, kind: str) -> Iterator[str]:
    name = decoded_words(part.get_filename() or "")
    is_attached = part.get_content_disposition() == "attachment"
    is_picture_of_page = kind.startswith("image/") and "Content-ID" in part and not is_attached
    if name and (is_attached or not kind.startswith("text/")) and not is_picture_of_page:
        yield f"Attachment: {name}"
    try:
        if kind == "text/html":
            yield read_html(_bytes_of(part), declared=_charset_of(part)).text
        elif kind == "text/plain" or kind.startswith("multipart/"):  # one without parts is shown as plain text
            yield _plain(part)
    except EncryptedError:
        raise
    except DocumentError:
        if not is_attached:
            raise


def _shown(parts: list[Message], depth: int) -> str:
    """The plain form if it says the same; else the last form that can be shown, as mail programs choose: what people
    read and will look for. The plain one is often a stub ("your program cannot show this") or an older wording."""
    texts: list[tuple[str, str]] = []
    fault: DocumentError | None = None
    for part in parts:
        try:
            texts.append((part.get_content_type(), "\n\n".join(filter(None, _blocks(part, depth)))))
        except DocumentError as error:
            fault = error
    if fault and not any(text for _, text in texts):
        raise fault
    plain = next((text for kind, text in texts if kind == "text/plain"), "")
    rich = next((text for _, text in reversed(texts) if text), "")
    return plain if _words(plain) == _words(rich) else rich


def _words(text: str) -> list[str]:
    return _WORD.findall(_ADDRESS.sub(" ", text))


def _plain(part: Message) -> str:
    content = _bytes_of(part)
    text = decode(content, declared=_charset_of(part)).text if content.strip() else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = _PGP_SIGNED.sub(r"\1", text)
    if _PGP_MESSAGE in text:
        raise EncryptedError("its text is encrypted; open it in a mail program and save the text without encryption")
    lines = text.split("\n")
    if str(part.get_param("format", "")).lower() == "flowed":
        lines = list(_unflowed(lines, keeps_space=str(part.get_param("delsp", "")).lower() != "yes"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(map(str.rstrip, lines))).strip("\n")


def _unflowed(lines: list[str], *, keeps_space: bool) -> Iterator[str]:
    """Paragraphs on one line again (RFC 3676): a line that ends in a space goes on in the next of its quote depth."""
    paragraph, depth_before, goes_on = "", 0, False
    for line in lines:
        marks = _QUOTE_MARKS.match(line)
        depth = marks.end() if marks else 0
        words = line[depth:].removeprefix(" ")
        is_signature = words == "-- "
        if goes_on and depth == depth_before and not is_signature:
            paragraph += words
        else:
            if paragraph or depth_before or lines[0] is not line:
                yield paragraph
            paragraph = f"{'>' * depth} {words}" if depth else words
        goes_on = words.endswith(" ") and not is_signature
        if goes_on and not keeps_space:
            paragraph = paragraph[:-1]
        depth_before = depth
    yield paragraph


def _bytes_of(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _charset_of(part: Message) -> str:
    return part.get_content_charset() or ""
