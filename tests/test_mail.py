import time
from email.message import EmailMessage
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.readers.mail import read_mail, read_mailbox
from rag.types import Document, Section

SHARED = Path(__file__).parents[2] / "shared"
MAILS = SHARED / "documents" / "files" / "unstructured"
needs_shared = pytest.mark.skipif(not MAILS.is_dir(), reason="the folder of shared documents is not there")

HEAD = b"From: Ann <a@b.c>\nTo: Bob <b@b.c>\nDate: Wed, 03 Jan 2001 23:15:00 -0500\nSubject: Talks\n"
LINES = "From: Ann <a@b.c>\nTo: Bob <b@b.c>\nDate: Wed, 03 Jan 2001 23:15:00 -0500\nSubject: Talks"


def text_of(rest: bytes) -> str:
    """What stands below the header lines of a mail that goes on with these headers and this body."""
    text = read_mail(HEAD + rest).text
    assert text.startswith(LINES)
    return text.removeprefix(LINES).lstrip("\n")


def test_a_mail_begins_with_who_wrote_it_to_whom_and_when() -> None:
    assert read_mail(HEAD + b"X-Spam: no\n\nThanks.\r\n") == Document(
        text=f"{LINES}\n\nThanks.", title="Talks", date="2001-01-03", author="Ann", encoding="eml"
    )


@pytest.mark.parametrize(
    ("headers", "title", "author", "date"),
    [
        (b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?= aus =?utf-8?b?TcO8bmNoZW4=?=", "Grüße aus München", "", None),
        (b"Subject: =?utf-8?q?one?=\n =?utf-8?q?_two?= and\n three", "one two and three", "", None),
        ("Subject: Größe".encode(), "Größe", "", None),
        ("Subject: Größe".encode("latin-1"), "Größe", "", None),
        (b"Subject: =?x-unknown?q?caf=E9?= C:\\users", "café C:\\users", "", None),
        (b"Subject: =?utf-8?b?A?=", "=?utf-8?b?A?=", "", None),
        (b"From: =?iso-8859-1?q?M=FCller=2C_Ann?= <a@b.c>", "", "Müller, Ann", None),
        (b'From: "Doe, Jane" <j@b.c>, b@b.c', "", "Doe, Jane; b@b.c", None),
        (b"From: a@b.c (Ann Lee)", "", "Ann Lee", None),
        (b"From: <a@b.c", "", "a@b.c", None),
        (b"Date: Wed, 3 Jan 2001 23:15:00 -0500", "", "", "2001-01-03"),
        (b"Date: 2001-01-03T10:00:00Z", "", "", "2001-01-03"),
        (b"Date: 31 Feb 2001 10:00:00 +0000", "", "", None),
        (b"Date: soon", "", "", None),
    ],
)
def test_headers_are_read_as_they_are_written_for_people(
    headers: bytes, title: str, author: str, date: str | None
) -> None:
    document = read_mail(headers + b"\nMessage-ID: <1@b.c>\n\nThanks.\n")
    assert (document.title, document.author, document.date) == (title, author, date)


@pytest.mark.parametrize(
    ("rest", "text"),
    [
        (b"Content-Type: text/plain; charset=koi8-r\n\n" + "Привет, мир".encode("koi8-r"), "Привет, мир"),
        (b"Content-Type: text/plain; charset=none-such\n\ncaf\xe9", "café"),
        (b"Content-Transfer-Encoding: quoted-printable\n\nOne long=\n line, caf=C3=A9.", "One long line, café."),
        (b"Content-Transfer-Encoding: base64\n\nY2Fmw6k=", "café"),
        (b"Content-Transfer-Encoding: base64\n\nY2Fmw6k!=!", "café"),
        (b"Content-Type: text/html\n\n<p>One<br>two</p><p>Three</p>", "One\ntwo\n\nThree"),
        (b"Content-Type: text/plain; format=flowed\n\nOne \ntwo.\n\n> three \n> four\n>> five \n> six\n-- \nAnn",
         "One two.\n\nthree four\nfive\nsix\n--\nAnn"),
        (b"Content-Type: text/plain; format=flowed; delsp=yes\n\nhigh \nway\n Kept", "highway\nKept"),
        (b"Content-Type: multipart/mixed; boundary=x\n\nA part without them.", "A part without them."),
        (b"\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWe agree.\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n"
         b"-----END PGP SIGNATURE-----\n", "We agree."),
        (b"\n\n\n\n", ""),
    ],
)  # fmt: skip
def test_a_body_is_read_as_its_reader_sees_it(rest: bytes, text: str) -> None:
    assert text_of(rest) == text


def alternative(plain: str, markup: str) -> bytes:
    mail = EmailMessage()
    mail["From"] = "a@b.c"
    mail.set_content(plain)
    mail.add_alternative(markup, subtype="html")
    return mail.as_bytes()


@pytest.mark.parametrize(
    ("plain", "markup", "text"),
    [
        ("- One\n- two (http://a.b/c)\n", "<ul><li>One<li><a href='http://a.b/c'>two</a></ul>", "- One\n- two (http://a.b/c)"),
        ("Your program cannot show this.", "<p>The price is 75.</p>", "The price is 75."),
        ("The price is 57.", "<p>The price is 75.</p>", "The price is 75."),
        ("The price is 57.", "<img src=a.png>", "The price is 57."),
        ("The price is 57.", "<div>" * 30_000, "The price is 57."),
    ],
)  # fmt: skip
def test_the_plain_form_counts_if_it_says_the_same_else_what_is_shown(plain: str, markup: str, text: str) -> None:
    assert read_mail(alternative(plain, markup)).text == f"From: a@b.c\n\n{text}"


def test_attachments_are_named_and_those_of_text_are_read() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "Cy <c@b.c>", "Yes"
    inner.set_content("I agree.")
    mail = EmailMessage()
    mail["From"], mail["Subject"] = "a@b.c", "All"
    mail.set_content("See below.")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="Größe.pdf")
    mail.add_attachment("Three notes.", filename="notes.txt")
    mail.add_attachment(b"a\0b", maintype="text", subtype="plain", filename="noise.txt")
    mail.add_attachment(
        b"\x89PNG", maintype="image", subtype="png", cid="<1>", filename="logo.png", disposition="inline"
    )
    mail.add_attachment(b"sig", maintype="application", subtype="pgp-signature", filename="signature.asc")
    mail.add_attachment(inner)
    assert read_mail(mail.as_bytes()).text == (
        "From: a@b.c\nSubject: All\n\nSee below.\n\nAttachment: Größe.pdf\n\nAttachment: notes.txt\n\nThree notes.\n\n"
        "Attachment: noise.txt\n\nFrom: Cy <c@b.c>\nSubject: Yes\n\nI agree."
    )


def test_mails_within_mails_end_at_a_depth() -> None:
    content = b"Content-Type: message/rfc822\n\n" * 60 + b"From: a@b.c\n\nDeep."
    assert "Deep." not in read_mail(HEAD + content).text
    assert "Deep." in read_mail(HEAD + content[-len(b"Content-Type: message/rfc822\n\n") * 9 :]).text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            b"Just a text.\n",
            r"it holds no mail \(no line such as From, Date or Subject\); give the file its true ending",
        ),
        (b"", "it holds no mail"),
        (HEAD + b"\n-----BEGIN PGP MESSAGE-----\nabc\n", "its text is encrypted; open it in a mail program"),
        (HEAD + b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\n\nabc", "its text is encrypted"),
        (HEAD + b"\n\x01\x02\x03", "it holds binary data, not text"),
    ],
)
def test_what_cannot_be_read_says_why(content: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_mail(content)


@needs_shared
@pytest.mark.parametrize(
    ("name", "title", "author", "date", "said"),
    [
        ("fake-email-b64", "Test Email", "Matthew Robinson", "2022-12-16", "   - Violets are blue"),
        ("fake-email-utf-16", "Test Email", "Matthew Robinson", "2022-12-16", "   - Violets are blue"),
        ("fake-email-malformed-encoding", "Test Email", "Matthew Robinson", "2022-12-16", "   - Violets are blue"),
        ("mime-html-only", "Example HTML Only MIME Email", "sender@example.com", "2024-10-01", "The first emoticon"),
        ("mime-different-plain-html", "Example MIME Email", "sender@example.com", "2024-10-01", "networked email"),
        ("family-day", "Family Day", "Mallori Harrell", "2022-12-21", "--\nMallori Harrell\nUnstructured Technologies"),
        ("email-no-utf8-2014-03-17.111517", "Google Account password changed", "no-reply@accounts.google.com",
         "2014-03-17", "The password for your Google Account - slava.Gxyzxyz@gmail.com - was recently changed."),
    ],
)  # fmt: skip
def test_the_shared_mails_are_read(name: str, title: str, author: str, date: str, said: str) -> None:
    document = read_mail((MAILS / f"{name}.eml").read_bytes())
    assert (document.title, document.author, document.date) == (title, author, date)
    assert said in document.text


@needs_shared
def test_the_shared_encrypted_mail_says_that_it_is() -> None:
    with pytest.raises(DocumentError, match="its text is encrypted"):
        read_mail((MAILS / "fake-encrypted.eml").read_bytes())


# Mailboxes

MAIL = b"From ann@b.c Wed Jan  3 10:15:00 2001\n" + HEAD


def test_each_mail_of_a_mailbox_is_a_section() -> None:
    first, second = f"{LINES}\n\nThanks.\nFrom then on.", "From: Bob <b@b.c>\n\nThanks.\n\nFrom 9:00 on."
    other = b"From bob@b.c Thu Jan  4 10:15:00 2001\r\nFrom: Bob <b@b.c>\r\n\r\nThanks.\r\n\r\nFrom 9:00 on.\r\n"
    assert read_mailbox(MAIL + b"\nThanks.\n>From then on.\n\n" + other) == Document(
        text=f"{first}\n\n{second}",
        sections=(Section(0, "Talks", "2001-01-03", "Ann"), Section(len(first) + 2, "", None, "Bob")),
        encoding="mbox",
    )


def test_a_mail_that_cannot_be_read_keeps_its_header_lines_and_loses_no_other() -> None:
    document = read_mailbox(
        MAIL + b"\n-----BEGIN PGP MESSAGE-----\nabc\n\n" + MAIL + b"\n\x01\x02\n\n" + MAIL + b"\nHi.\n"
    )
    assert document.text == f"{LINES}\n\n{LINES}\n\n{LINES}\n\nHi."
    assert [document.text[section.start :][:5] for section in document.sections] == ["From:"] * 3


@pytest.mark.parametrize("content", [b"", b"Just a text.\n", b"From here on\nall is text.\n"])
def test_a_mailbox_without_mails_says_so(content: bytes) -> None:
    with pytest.raises(DocumentError, match="it holds no mails; save the mailbox again as mbox"):
        read_mailbox(content)


def test_a_large_mailbox_is_read_in_time() -> None:
    started = time.process_time()
    assert len(read_mailbox((MAIL + b"\n" + b"Some words of a line.\n" * 100 + b"\n") * 2_000).sections) == 2_000
    assert time.process_time() - started < 5
