"""The page of a document: its text, the quotes marked in it, and addresses that others made."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from rag import Document, LibraryError, Passage, Quote
from ui.document_page import MARKED_AT_ONCE, BadSpan, add_documents, read_spans, render_document
from ui.inert import visible
from ui.users import Users

HOSTILE = "</mark><script>a()</script> <img src=//e.example/x onerror=b()> \u202etxt.exe & $title ${k}"
TEXT = "Ada wrote the notes. Bo read them.\n\nIt was in 1843."
DOCUMENT = Document(
    text=TEXT, title="Notes", source="notes.txt", date="1843-09", publisher="Taylor", author="Ada", pages=(0, 36)
)


class Shown(HTMLParser):
    """What a reader sees of a page: the text below the headings, the marked words by number, and every tag."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self.marks, self.tags = "", dict[str, str](), set[str]()
        self._open: list[str] = []
        self._mark = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._open.append(tag)
        if tag == "mark":
            self._mark = dict(attrs)["data-quote"] or ""

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "div" in self._open and "h2" not in self._open:
            self.text += data
            if "mark" in self._open:
                self.marks[self._mark] = self.marks.get(self._mark, "") + data


@given(st.data())
def test_the_text_is_all_there_and_what_is_marked_are_the_spans(data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from("ab \n<>&$\"'é😀\u202e"), min_size=1, max_size=40))
    offsets = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(offsets, offsets).filter(lambda span: span[0] < span[1]), max_size=4))
    pages = tuple(sorted(data.draw(st.lists(offsets, max_size=3))))
    shown = Shown(render_document(Document(text=text, pages=pages), spans))
    assert shown.text == visible(text)
    marked = "".join(character for at, character in enumerate(text) if any(a <= at < b for a, b in spans))
    assert "".join(shown.marks.values()) == "".join(map(visible, marked))


def test_quotes_that_overlap_are_one_and_the_first_that_is_named_is_shown_first() -> None:
    page = render_document(DOCUMENT, [(21, 34), (4, 13), (0, 9)])
    assert Shown(page).marks == {"1": "Ada wrote the", "2": "Bo read them."}
    assert re.findall(r'<mark data-quote="(\d)" id="quote-\1" tabindex="-1" class="current">', page) == ["2"]
    assert "Quote 2 of 2 · page 1<" in page


def test_a_quote_that_goes_over_two_pages_is_one_quote() -> None:
    page = render_document(DOCUMENT, [(21, 42)])
    assert Shown(page).marks == {"1": "Bo read them.\n\nIt was"}
    assert re.findall(r'id="([a-z]+-\d)"', page) == ["page-1", "quote-1", "page-2"]


def test_a_document_says_what_is_known_of_it() -> None:
    page = render_document(DOCUMENT, [])
    assert "<title>Notes · Pincite</title>" in page
    said = [f"<bdi>{word}</bdi>" for word in ("Ada", "Taylor", "September 1843", "notes.txt")]
    assert f'<p class="origin">{" · ".join(said)}</p>' in page
    assert "<nav" not in page


def test_no_word_of_a_document_is_code() -> None:
    document = Document(text=HOSTILE, title=HOSTILE, source=HOSTILE, author=HOSTILE, publisher=HOSTILE, date=HOSTILE)
    plain = Document(text="a", title="a", source="a", author="a", publisher="a", date="a")
    shown = Shown(render_document(document, [(3, 20)]))
    assert shown.tags == Shown(render_document(plain, [(0, 1)])).tags
    assert shown.text == HOSTILE.replace("\u202e", "")


@pytest.mark.parametrize(
    ("starts", "ends", "reason"),
    [
        (["1"], [], "as many `start` as `end`"),
        (["0"] * (MARKED_AT_ONCE + 1), ["1"] * (MARKED_AT_ONCE + 1), "at most 1000"),
        (["-1"], ["2"], "whole numbers"),
        (["1e3"], ["2"], "whole numbers"),
        (["²"], ["3"], "whole numbers"),
        (["0"], ["9" * 12], "whole numbers"),
    ],
)
def test_an_address_of_another_form_is_refused(starts: list[str], ends: list[str], reason: str) -> None:
    with pytest.raises(BadSpan, match=reason):
        read_spans(starts, ends)


@pytest.mark.parametrize("span", [(5, 5), (6, 5), (0, len(TEXT) + 1)])
def test_words_that_the_document_has_not_are_refused(span: tuple[int, int]) -> None:
    with pytest.raises(BadSpan, match=f"no words from {span[0]} to {span[1]}; it may have changed since"):
        render_document(DOCUMENT, [span])


class Library:
    """A stand-in for the assistant that holds one document."""

    def __init__(self, id: str) -> None:
        self.id = id

    def document(self, id: str) -> Document | None:
        if id == "locked":
            raise LibraryError("the library cannot be read")
        return DOCUMENT if id == self.id else None


def client_of(id: str) -> TestClient:
    site = FastAPI()
    library = Library(id)
    add_documents(site, Users(library, Path("nowhere")))
    return TestClient(site)


@pytest.mark.parametrize("id", ["d1", "a/b/../c?d=1&e#f", "ü 100%", "a..b", "/etc/passwd"])
def test_the_path_of_a_quote_leads_to_its_words(id: str) -> None:
    quote = Passage(id, 0, len(TEXT), TEXT).quote(21, 34, number=1)
    assert parse_qs(urlsplit(quote.path).query) == {"start": ["21"], "end": ["34"]}
    answer = client_of(id).get(quote.path)
    assert (answer.status_code, Shown(answer.text).marks) == (200, {"1": quote.text})


@pytest.mark.parametrize(
    ("path", "status", "said"),
    [
        ("/documents/other", 404, "The library has no such document."),
        ("/documents/../../etc/passwd", 404, ""),
        ("/documents/d1?start=1&end=999", 400, "the document has no words from 1 to 999; it may have changed since."),
        ("/documents/d1?start=1", 400, "the address must have as many"),
        ("/documents/locked", 503, "the library cannot be read."),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(path: str, status: int, said: str) -> None:
    answer = client_of("d1").get(path)
    assert answer.status_code == status
    assert said in answer.text


def test_a_quote_of_another_program_has_the_same_path() -> None:
    assert Quote(1, "d", 3, 9, "x").path == "/documents/d?start=3&end=9"
