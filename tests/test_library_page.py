"""The library's page: every document, what could not be read, and no word of either as code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, expect
from starlette.testclient import TestClient

from rag import Assistant, Document, Holding, LibraryError
from tests.chat_page import browser, serving, visiting
from tests.test_accessibility import found
from tests.test_browser import HOSTILE, SCRIPTS, ScriptedAssistant, keep_screenshot
from ui.library_page import add_library, render_library
from ui.places import Places
from ui.users import User, Users

__all__ = ["browser"]

NOTES = Document(text="a", title="Notes", source="/folder/notes.PDF", date="1843-09", publisher="Taylor", author="Ada")
MEMO = Document(id="a/b", text="b", title="", source="memo", date=None)


def cells(page: str) -> list[list[str]]:
    rows = re.findall(r"<tr>(.*?)</tr>", page)[1:]
    return [[unescape(re.sub("<[^>]*>", "", cell)) for cell in re.findall("<td.*?</td>", row)] for row in rows]


@dataclass
class Held:
    """All of an assistant that the page asks."""

    listed: Sequence[Holding]
    failed: Sequence[tuple[str, str]]

    def holdings(self) -> Sequence[Holding]:
        return self.listed

    def failures(self) -> Sequence[tuple[str, str]]:
        return self.failed


def page_of(holdings: Sequence[Holding], failures: Sequence[tuple[str, str]], *, name: str = "") -> str:
    held: Any = Held(holdings, failures)
    return render_library(User(held, Path("/home"), Places(), name=name))


def test_paths_of_the_server_are_not_told_to_who_has_logged_in() -> None:
    failures = [("/folder/a.pdf", "it is damaged"), ("/home/uploads/b.pdf", "it is damaged")]
    assert ["/folder" in page_of([Holding(NOTES, 1, "")], failures, name=name) for name in ("", "ann")] == [True, False]
    assert "/home/uploads" not in page_of([], failures)


def test_every_document_is_listed_with_what_is_known_of_it() -> None:
    page = page_of([Holding(NOTES, 1_200, "2026-01-02T03:04:05+00:00"), Holding(MEMO, 1, "")], [])
    assert cells(page) == [
        *(
            [
                "",
                "NotesAda · /folder/notes.PDF",
                "Taylor",
                "September 1843",
                "pdf",
                "1,200",
                "2 January 2026",
                "Ready",
                "Remove",
            ],
        ),
        *(["", "memomemo", "", "", "", "1", "", "Ready", "Remove"],),
    ]
    assert re.findall('href="(/documents/[^"]*)"', page) == [f"/documents/{NOTES.id}", "/documents/a%2Fb"]
    assert "2 documents" in page
    assert "Not read" not in page


def test_what_could_not_be_read_is_listed_with_its_reason() -> None:
    page = page_of([Holding(NOTES, 1, "")], [("/folder/broken.pdf", "it is damaged; save it again")])
    assert "1 document" in page
    assert "<li><bdi>/folder/broken.pdf</bdi>: <bdi>it is damaged; save it again</bdi> " in page


def test_an_empty_library_says_how_to_fill_it() -> None:
    page = page_of([], [])
    assert "0 documents" in page
    assert "pincite ingest PATH" in page
    assert "<table" not in page


def test_no_word_of_a_document_is_code() -> None:
    hostile = Document(
        id=HOSTILE, text="a", title=HOSTILE, source=HOSTILE, author=HOSTILE, publisher=HOSTILE, date=HOSTILE
    )
    pages = [
        page_of([Holding(each, 1, "")], [(each.source, HOSTILE), (f"{HOSTILE}2", HOSTILE)]) for each in (hostile, NOTES)
    ]
    tags = [set(re.findall(r"<(/?\w+)", page)) for page in pages]
    assert tags[0] == tags[1]
    assert "\u202e" not in page_of([Holding(hostile, 1, "")], [])


def test_the_library_is_told_what_an_ingest_could_not_read(assistant: Assistant, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "good.txt").write_text("The bridge opened in 1932.", encoding="utf-8")
    (folder / "bad.pdf").write_text("No PDF.", encoding="utf-8")
    report = assistant.ingest(folder)
    assert assistant.failures() == list(report.failed)
    (folder / "bad.pdf").unlink()
    assistant.ingest(folder)
    assert assistant.failures() == []


def test_a_file_that_was_read_before_and_cannot_be_read_now_says_so(assistant: Assistant, tmp_path: Path) -> None:
    file = tmp_path / "notes.json"
    file.write_text('["The bridge opened in 1932."]', encoding="utf-8")
    assistant.ingest(file)
    good = file.read_bytes()
    for _ in range(2):  # the second finds it as it was
        file.write_bytes(b"[")
        [(source, reason)] = assistant.ingest(file).failed
        assert reason.endswith("; what it held before stays in the library")
        assert [(source, True)] == [(each, reason.startswith(why)) for each, why in assistant.failures()]
        page = page_of(assistant.holdings(), assistant.failures())
        assert ("Changed since, and not read: " in page, "<h2>Not read</h2>" in page) == (True, False)
    assert assistant.forget_failure(str(file))
    assert (assistant.failures(), len(assistant.documents())) == ([], 1)
    file.write_bytes(good)
    assert assistant.ingest(file).unchanged == (str(file),)
    file.unlink()
    assert assistant.ingest(tmp_path).removed == (str(file),)
    assert assistant.documents() == []


@dataclass
class Locked:
    def holdings(self) -> list[Holding]:
        raise LibraryError("the library cannot be read")

    def document(self, _: str) -> Document:
        raise LibraryError("the library cannot be read")


def test_a_library_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    site = FastAPI()
    add_library(site, Users(Locked(), tmp_path))  # type: ignore[arg-type]  # all of an assistant that it asks
    for reply in (TestClient(site).get("/library"), TestClient(site).post("/library/remove", json={"id": "x"})):
        assert (reply.status_code, "the library cannot be read." in reply.text) == (503, True)


def test_a_document_is_removed_by_its_id_alone(assistant: Assistant, tmp_path: Path) -> None:
    assistant.ingest([NOTES, MEMO])
    site = FastAPI()
    add_library(site, Users(assistant, tmp_path))
    client = TestClient(site)
    assert [client.post("/library/remove", json=sent).status_code for sent in ({"id": "a/b"}, {"id": "a/b"}, {})] == [
        *(204, 404, 422)
    ]
    assert [document.id for document in assistant.documents()] == [NOTES.id]


def test_a_reader_removes_a_document_and_is_asked_first(browser: Browser, assistant: Assistant) -> None:
    assistant.ingest([NOTES, MEMO])
    with serving(assistant) as address, visiting(browser, address) as page:
        page.goto(f"{address}library")
        row = page.locator("tbody tr").filter(has_text="Notes")
        row.get_by_role("button", name="Remove").click()
        page.get_by_label("Search").click()
        expect(row.get_by_role("button")).to_have_text("Remove")
        assert len(assistant.documents()) == 2
        row.get_by_role("button", name="Remove").click()
        row.get_by_role("button", name="Remove for good").click()
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("#count")).to_have_text("1 document")
        page.reload()
        expect(page.locator("tbody tr")).to_have_count(1)
    assert [document.id for document in assistant.documents()] == ["a/b"]


@pytest.mark.parametrize("width", [1280, 390])
def test_documents_are_searched_sorted_and_opened(browser: Browser, width: int) -> None:
    documents = [
        NOTES,
        Document(text="c", title="Zebras", source="z.txt", date="2001-02"),
        Document(text="d", title="apples", source="a.txt", date="2001-01-03", author="Bo"),
    ]
    assistant = ScriptedAssistant(SCRIPTS, library=documents)
    with serving(assistant) as address, visiting(browser, address, width=width) as page:
        expect(page.get_by_role("link", name="3 documents")).to_be_visible()
        page.goto(f"{address}library")
        titles = page.locator("tbody tr:visible td:nth-child(2) a")
        expect(titles).to_have_text(["Notes", "Zebras", "apples"])
        keep_screenshot(page, f"library-{width}")
        assert found(page) == []
        page.get_by_role("button", name="Title").click()
        expect(titles).to_have_text(["apples", "Notes", "Zebras"])
        expect(page.locator("th").first).to_have_attribute("aria-sort", "ascending")
        page.get_by_role("button", name="Date").click()
        expect(titles).to_have_text(["Notes", "apples", "Zebras"])
        page.get_by_role("button", name="Date").click()
        expect(titles).to_have_text(["Zebras", "apples", "Notes"])
        page.get_by_label("Search").fill("ADA tay")
        expect(titles).to_have_text(["Notes"])
        expect(page.locator("#count")).to_have_text("1 of 3 documents")
        page.get_by_label("Search").fill("")
        expect(page.locator("#count")).to_have_text("3 documents")
        expect(page.get_by_text("broken.pdf")).to_be_visible()
