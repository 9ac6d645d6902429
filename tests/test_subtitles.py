import time

import pytest

from rag.errors import DocumentError
from rag.readers.subtitles import read_subtitles
from rag.types import Document

FIRST = "1\n00:00:01,000 --> 00:00:02,000\n"
SECOND = "2\n00:00:02,000 --> 00:00:03,000\n"
SRT = """1
00:00:01,000 --> 00:00:03,000
<i>We went to the</i>
{\\an8}market &amp; came

2
00:00:03,100 --> 00:00:05,000
home late.

3
00:00:09,000 --> 00:00:10,000
JOHN: Did you see 2 < 3?

4
00:00:10,000 --> 00:00:11,000
- No.
- Yes, I <b>did</b>.
"""
VTT = """WEBVTT - A talk
Kind: captions

STYLE
::cue { color: red }

NOTE a note
of two lines

intro
00:01.000 --> 00:04.000 align:start position:0%
<v Roger Bingham>We are in
<c.yellow>New</c> York</v>

00:00:04.000 --> 00:00:06.000
<v Roger Bingham>City.

00:00:06.000 --> 00:00:07.000
<v.loud Neil>Yes, <00:00:06.500>we are.

00:00:12.000 --> 00:00:13.000
<v Neil>Still.
"""
ROLLING = """WEBVTT

00:00:00.000 --> 00:00:01.990
&nbsp;
hello<00:00:00.400><c> there</c>

00:00:01.990 --> 00:00:02.000
hello there

00:00:02.000 --> 00:00:04.000
hello there
this<00:00:02.400><c> is</c>

00:00:04.000 --> 00:00:04.010
this is

00:00:04.010 --> 00:00:06.000
this is
a test
"""


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (SRT, "We went to the market & came home late.\n\nJOHN: Did you see 2 < 3?\n\n- No.\n\n- Yes, I did."),
        (VTT, "Roger Bingham: We are in New York City.\n\nNeil: Yes, we are.\n\nNeil: Still."),
        (ROLLING, "hello there this is a test"),
        (f"{FIRST}No!\n\n{SECOND}No!\n", "No! No!"),
        (f"{FIRST}>> So we\n\n{SECOND}went.\n>> Who?", "So we went.\n\nWho?"),
        (f"{FIRST}I saw\n\n{SECOND}– well, him.", "I saw – well, him."),
        (f"{FIRST}我们去了\n市场。\n\n{SECOND}回家。", "我们去了市场。 回家。"),
        (f"{FIRST}One\n\ntwo\n\n{SECOND}", "One two"),
        ("WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hi. <v Bob>Ho.", "Ann: Hi.\n\nBob: Ho."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("line_break", ["\n", "\r\n"])
def test_what_is_said_is_one_text(source: str, text: str, line_break: str) -> None:
    content = source.replace("\n", line_break).encode()
    assert read_subtitles(content) == Document(text=text, encoding="utf-8")


@pytest.mark.parametrize(
    ("timing", "header"),
    [
        ("00:00:01.000 --> 00:00:02.000", "1\n"),
        ("0:0:1,5 -> 0:0:2", "1\n"),
        ("00:00:01,000-->00:00:02,000 X1:10 X2:20", "1\n"),
        ("00:00:01,000 --> 00:00:02,000", ""),
        ("00:01.000 --> 00:02.000", ""),
        ("00:00:01,000 --> 00:00:02,000", "WEBVTT\n\n"),
        ("101:00:01.000 --> 101:00:02.000", "WEBVTT\n\n"),
        ("00:00:01,000 --> 00:00:02,000", "\ufeff\n\n1\n"),
    ],
)
def test_times_are_read_as_programs_write_them(timing: str, header: str) -> None:
    assert read_subtitles(f"{header}{timing}\nOne line.\n".encode()).text == "One line."


def test_a_word_that_is_said_again_is_kept() -> None:
    cues = [f"{number}\n00:00:0{number},000 --> 00:00:0{number + 1},000\n{words}\n"
            for number, words in enumerate(["No!", "No!", "Why", "not?"])]  # fmt: skip
    assert read_subtitles("\n".join(cues).encode()).text == "No! No! Why not?"


def test_a_text_in_an_older_encoding_is_read() -> None:
    content = "1\n00:00:01,000 --> 00:00:02,000\nПривет, мир. Как дела?\n".encode("cp1251")
    assert read_subtitles(content) == Document(text="Привет, мир. Как дела?", encoding="cp1251")


@pytest.mark.parametrize("content", [b"", b"Just a text.\n", b"WEBVTT\n\nNOTE nothing\n", b"1\n2\n3\n"])
def test_what_holds_no_subtitles_says_so(content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"it holds no subtitles \(no line such as 00:01:02,000 --> 00:01:04,000\)"):
        read_subtitles(content)


@pytest.mark.parametrize(
    "words", ["<v " * 100_000, "{\\" * 100_000, " " * 200_000 + "x", "<" * 200_000, "A " * 200_000]
)
def test_no_words_are_slow(words: str) -> None:
    started = time.monotonic()
    read_subtitles(f"1\n00:00:01,000 --> 00:00:02,000\nx {words}\n".encode())
    assert time.monotonic() - started < 5
