import time
from contextlib import suppress

import pytest

from rag.errors import DocumentError
from rag.readers.rtf import read_rtf
from rag.types import Document
from tests.office_files import SHARED, docx, paragraph


def text_of(body: str, encoding: str = "ascii") -> str:
    return read_rtf(("{\\rtf1\\ansi\\ansicpg1252 " + body + "}").encode(encoding)).text


def test_all_that_a_document_says_of_itself_is_kept() -> None:
    content = (
        rb"{\rtf1\ansi\ansicpg1251\deff0{\fonttbl{\f0\fcharset204 Arial;}}{\info{\title \u1054?\u1090?chet \'c4}"
        rb"{\author Jane Doe}{\creatim\yr2001\mo1\dy3\hr10}{\revtim\yr2001\mo2\dy4}}\f0 \'cf\'f0\'e8\'e2\'e5\'f2.\par}"
    )
    assert read_rtf(content) == Document(
        text="Привет.", title="Отchet Д", date="2001-02-04", author="Jane Doe", encoding="cp1251"
    )


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (r"It grew.\par\par It fell.\par", "It grew.\n\nIt fell."),
        (r"one\line two\lbr0 three\linex0  four", "one\ntwo\nthree four"),
        (r"C:\\line", r"C:\line"),
        (r"a\tab b  c\~d\-e\_f", "a b c de\u2011f"),
        (r"\ldblquote yes\rdblquote \emdash no \'93so\'94", "“yes”—no “so”"),
        (r"\u1055?\u-10179?\u-8704?{\uc0\u8364}5", "П😀€5"),
        (r'a {\field{\*\fldinst{HYPERLINK "http://x.org"}}{\fldrslt the site}} b', "a the site b"),
        (r"{\header top}{\footer end}{\stylesheet{\s0 Normal;}}{\colortbl;\red0;}{\*\generator x;}a", "a"),
        (r"{\pict\pngblip 8950}a{\object{\*\objdata 01}}", "a"),
        (r"a|b\par\trowd c|d\cell e\line f\cell\row\trowd\cell g\cell\row h\par", "a|b\n\nc|d | e f\ng\n\nh"),
    ],
)  # fmt: skip
def test_the_body_is_read_as_it_is_seen(body: str, text: str) -> None:
    assert text_of(body) == text


def test_characters_that_should_have_been_escaped_are_read() -> None:
    assert text_of("Größe – “naïve”", "cp1252") == "Größe – “naïve”"
    assert text_of("Größe – Привет", "utf-8") == "Größe – Привет"


def test_a_font_of_an_unknown_character_set_costs_no_text() -> None:
    assert text_of(r"{\fonttbl{\f0\fcharset78 Osaka;}}\f0 caf\'e9") == "café"


@pytest.mark.parametrize("body", [r"\u99999999 x", r"\u9999999999 x", r"\uc x", r"{\pict \bin x}"])
def test_damaged_orders_are_told(body: str) -> None:
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off; open it in its own program"):
        text_of(body)


def test_a_file_of_another_kind_is_told_what_it_is() -> None:
    with pytest.raises(DocumentError, match=r"^it holds a Word document; give the file the ending \.docx$"):
        read_rtf(docx(paragraph("words")))
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off"):
        read_rtf(b"words")


@pytest.mark.parametrize(
    "body",
    [
        r"{\field{\*\fldinst{" * 20_000,
        r"{\field{\*\fldinst{HYPERLINK " * 20_000,
        r"{\info{\title " * 20_000,
        r"{\info{\title " + "x" * 200_000,
        "{\\fonttbl" * 20_000,
        "\\pict\\bin" * 1_000,
        "{" * 200_000,
    ],
)
def test_no_document_makes_the_reader_slow(body: str) -> None:
    started = time.monotonic()
    with suppress(DocumentError):
        text_of(body)
    assert time.monotonic() - started < 5


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_document_is_read_with_its_table() -> None:
    assert read_rtf((SHARED / "unstructured/fake-doc.rtf").read_bytes()) == Document(
        text="My First Heading\n\nMy first paragraph.\n\nTable Example:\n\n"
        "Column 1 | Column 2\nRow 1, Cell 1 | Row 1, Cell 2\nRow 2, Cell 1 | Row 2, Cell 2",
        title="My First Heading",
        encoding="cp1252",
    )
