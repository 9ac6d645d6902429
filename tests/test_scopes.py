"""What is asked, as a reader chooses it above the question box."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from rag import EVERYTHING, Document, Holding, Scope
from tests.chat_page import ask, browser, serving, visiting
from tests.test_accessibility import found
from tests.test_browser import SCRIPTS, SEED, WHO, WORTH, ScriptedAssistant, keep_screenshot
from ui.scopes import GONE, MOST_CHOICES, head_scope, list_documents, list_publishers, read_scope

__all__ = ["browser"]

OTHER = Document(id="other", text="b", title="Évian’s <b>waters</b>", publisher="Le Monde")


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(documents=["a"]), "1 document"),
        (Scope(documents=["a", "b"], publishers=["CNN", "BBC"]), "2 documents, published by CNN or BBC"),
        (Scope(since="2001", until="2003-05"), "from 2001 to May 2003"),
        (Scope(until="2003-05-01"), "until 1 May 2003"),
        (Scope(since="soon"), "from soon"),
        (EVERYTHING, ""),
    ],
)
def test_a_scope_is_said_in_words(scope: Scope, words: str) -> None:
    soon = "Nothing can be asked so: 'soon' is no date; write it as 2001, 2001-01 or 2001-01-03"
    assert head_scope(scope) == (
        soon if scope.since == "soon" else f"Asks only {words}" if words else "Asks all documents"
    )


def test_what_nobody_filled_is_everything() -> None:
    assert read_scope(None, None, None, None) == read_scope([], [], " ", "") == EVERYTHING


def test_of_a_large_library_the_first_documents_and_those_chosen_are_offered() -> None:
    holdings = [Holding(Document(id=str(n), text="a", title=f"T{n}"), 1, "") for n in range(MOST_CHOICES + 9)]
    offered = list_documents(holdings, [str(MOST_CHOICES + 3), "gone"])
    assert offered[:3] == [(f"T{MOST_CHOICES + 3}", str(MOST_CHOICES + 3)), (GONE, "gone"), ("T0", "0")]
    assert len(offered) == MOST_CHOICES + 2


def test_titles_are_offered_short_and_without_what_could_hide() -> None:
    [(name, id)] = list_documents([Holding(Document(id="a", text="a", title="x\u202e" + "y" * 300), 1, "")], [])
    assert (len(name), id, "\u202e" in name) == (100, "a", False)
    assert list_publishers([Holding(OTHER, 1, "")], ["CNN"]) == [("CNN", "CNN"), ("Le Monde", "Le Monde")]


def choose(page: Page, label: str, typed: str) -> None:
    box = page.locator("#scope").get_by_label(label)
    box.click()
    box.fill(typed)
    page.get_by_role("option").first.click()
    box.press("Escape")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reader_chooses_what_is_asked_and_finds_it_again(browser: Browser, width: int, tmp_path: Path) -> None:
    assistant = ScriptedAssistant(SCRIPTS, library=[SEED, OTHER])
    scope = Scope(documents=["other"], publishers=["Le Monde"], since="2001", until="2003-05", user="")
    with serving(assistant, folder=tmp_path) as address, visiting(browser, address, width=width) as page:
        ask(page, WORTH)
        head = page.locator("#scope > button")
        expect(head).to_contain_text("Asks all documents")
        head.click()
        choose(page, "Documents", "vian")
        choose(page, "Publishers", "Monde")
        page.locator("#scope").get_by_label("From", exact=True).fill("2001")
        page.locator("#scope").get_by_label("To", exact=True).fill("2003-05")
        page.locator("#scope").get_by_label("To", exact=True).blur()
        expect(head).to_contain_text("Asks only 1 document, published by Le Monde, from 2001 to May 2003")
        keep_screenshot(page, f"scope-{width}")
        assert found(page) == []
        answer = ask(page, WHO)
        expect(answer).to_contain_text("Asked only of: 1 document, published by Le Monde, from 2001 to May 2003")
        assert assistant.scopes == [Scope(user=""), scope]

        page.get_by_role("button", name="New conversation").click()
        expect(head).to_contain_text("Asks all documents")
        page.locator("#shelf .toggle-button").click()
        page.locator("#past label").first.click()
        expect(head).to_contain_text("Asks only 1 document, published by Le Monde, from 2001 to May 2003")
        page.locator("#shelf .toggle-button").click()
        page.get_by_role("button", name="Ask all documents").click()
        expect(head).to_contain_text("Asks all documents")
        ask(page, WHO)
        assert assistant.scopes[-1] == Scope(user="")


def test_documents_that_an_address_names_are_asked_until_others_are(browser: Browser, tmp_path: Path) -> None:
    assistant = ScriptedAssistant(SCRIPTS, library=[SEED, OTHER])
    with serving(assistant, folder=tmp_path) as address, visiting(browser, address) as page:
        head = page.locator("#scope > button")
        page.goto(f"{address}?document=other")
        expect(head).to_contain_text("Asks only 1 document")
        page.reload()
        expect(head).to_contain_text("Asks only 1 document")
        head.click()
        page.get_by_role("button", name="Ask all documents").click()
        expect(head).to_contain_text("Asks all documents")
        ask(page, WHO)
        page.reload()
        expect(page.locator("#chat .answer")).to_have_count(1)
        expect(head).to_contain_text("Asks all documents")
        page.goto(f"{page.url}&document=other")
        expect(page.locator("#chat .answer")).to_have_count(1)
        expect(head).to_contain_text("Asks all documents")
