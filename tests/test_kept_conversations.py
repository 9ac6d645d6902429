"""Conversations and downloads in a real browser: what a reader finds again, renames, deletes and takes along."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from rag import AnswerEvent, StatementEvent, read_answer, to_bibtex, to_csl, to_markdown
from tests.chat_page import ask, browser, serving, visiting
from tests.test_browser import CAPITAL, SCRIPTS, VISIT, WHO, WORTH, ScriptedAssistant, keep_screenshot

__all__ = ["browser"]

ANSWERS = {
    question: next(event.answer for event in script if isinstance(event, AnswerEvent))
    for question, script in SCRIPTS.items()
    if question in (WHO, WORTH, CAPITAL)
}


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    with serving(ScriptedAssistant(SCRIPTS), folder=tmp_path) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visiting(browser, address) as page:
        yield page


def open_shelf(page: Page) -> None:
    page.locator("#shelf .toggle-button").click()
    expect(page.get_by_role("heading", name="Conversations")).to_be_in_viewport()


def listed(page: Page) -> list[str]:
    return [title.strip() for title in page.locator("#past label").all_text_contents()]


def test_a_reload_shows_the_conversation_again_and_it_goes_on(page: Page) -> None:
    ask(page, WHO)
    page.reload()
    expect(page.locator("#chat .question")).to_have_text([WHO])
    expect(page.locator("#sources mark").first).to_have_text(VISIT)
    ask(page, WORTH)
    page.reload()
    expect(page.locator("#chat .question")).to_have_text([WHO, WORTH])


def test_a_restart_of_the_chat_loses_nothing(browser: Browser, tmp_path: Path) -> None:
    with serving(ScriptedAssistant(SCRIPTS), folder=tmp_path) as address, visiting(browser, address) as page:
        ask(page, WHO)
        query = urlsplit(page.url).query
    assistant = ScriptedAssistant(SCRIPTS)
    with serving(assistant, folder=tmp_path) as address, visiting(browser, address) as page:
        page.goto(f"{address}?{query}")
        expect(page.locator("#chat .question")).to_have_text([WHO])
        ask(page, WORTH)
    assert assistant.histories[0][0] == {"role": "user", "content": WHO}


def test_conversations_are_listed_opened_renamed_and_deleted(page: Page) -> None:
    ask(page, WHO)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    assert urlsplit(page.url).query == ""
    ask(page, CAPITAL)
    open_shelf(page)
    assert listed(page) == [CAPITAL, WHO]
    keep_screenshot(page, "conversations")

    page.get_by_role("radio", name=WHO).check(force=True)
    expect(page.locator("#chat .question")).to_have_text([WHO])
    expect(page.locator("#sources .asked")).to_have_text([WHO])
    page.get_by_label("Title").fill("The visit <b>")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("#past label").filter(has_text="The visit <b>")).to_have_count(1)
    expect(page.locator("#chat .question")).to_have_text([WHO])

    page.get_by_role("button", name="Delete this conversation").click()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name="Delete for good")).to_have_count(0)
    page.get_by_role("button", name="Delete this conversation").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(page.locator("#past label")).to_have_text([CAPITAL])
    expect(page.locator(".welcome")).to_be_visible()
    assert urlsplit(page.url).query == ""


def test_what_had_arrived_of_an_answer_is_found_again(browser: Browser, tmp_path: Path) -> None:
    events = SCRIPTS[WHO]
    first = next(n for n, event in enumerate(events) if isinstance(event, StatementEvent)) + 1
    gate = threading.Event()
    assistant = ScriptedAssistant({WHO: [*events[:first], gate, *events[first:]], CAPITAL: SCRIPTS[CAPITAL]})
    with serving(assistant, folder=tmp_path) as address, visiting(browser, address) as page:
        page.get_by_label("Your question").fill(WHO)
        page.keyboard.press("Enter")
        expect(page.locator("#chat .statement")).to_have_count(1)
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#chat .failure")).to_have_text("You stopped this answer.")
        gate.set()
        assert assistant.closed.wait(10)
        ask(page, CAPITAL)
        page.reload()
        expect(page.locator("#chat .question")).to_have_text([WHO, CAPITAL])
        expect(page.locator("#chat .statement")).to_have_count(1)
        expect(page.locator("#answer-1 .failure")).to_have_text("You stopped this answer.")
        expect(page.locator("#answer-1 .actions")).to_have_count(0)


def test_an_address_of_no_conversation_is_a_new_one(page: Page, address: str) -> None:
    page.goto(f"{address}?conversation=20200101-000000-000000")
    expect(page.locator(".welcome")).to_be_visible()
    page.wait_for_function("!location.search")


def test_two_tabs_do_not_mix(browser: Browser, address: str) -> None:
    with visiting(browser, address) as first, visiting(browser, address) as second:
        ask(first, WHO)
        ask(second, CAPITAL)
        assert urlsplit(first.url).query != urlsplit(second.url).query
        for tab, question in ((first, WHO), (second, CAPITAL)):
            tab.reload()
            expect(tab.locator("#chat .question")).to_have_text([question])


@pytest.mark.parametrize("question", [WHO, CAPITAL])
def test_an_answer_is_downloaded_in_each_form(page: Page, address: str, tmp_path: Path, question: str) -> None:
    ask(page, question)
    answer = ANSWERS[question]

    def download(form: str) -> Path:
        with page.expect_download() as started:
            page.locator(".actions").get_by_role("link", name=form, exact=True).click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        return path

    assert download("Markdown").read_text(encoding="utf-8") == to_markdown(answer, site=address)
    saved = download("JSON")
    assert read_answer(saved) == answer
    assert json.loads(saved.read_bytes()) == json.loads(json.dumps(asdict(answer)))
    if answer.quotes:
        assert json.loads(download("CSL-JSON").read_bytes()) == to_csl(answer)
        assert download("BibTeX").read_text(encoding="utf-8") == to_bibtex(answer)
    assert len(page.context.pages) == 1


def test_a_whole_conversation_is_downloaded(page: Page, address: str, tmp_path: Path) -> None:
    ask(page, WHO)
    ask(page, WORTH)
    open_shelf(page)
    with page.expect_download() as started:
        page.get_by_role("link", name="Download it as Markdown").click()
    started.value.save_as(tmp_path / "all.md")
    parts = (to_markdown(ANSWERS[each], site=address, label=f"{n}-") for n, each in enumerate((WHO, WORTH), start=1))
    assert (tmp_path / "all.md").read_text(encoding="utf-8") == "\n".join(parts)


def test_an_answer_is_copied_with_and_without_its_footnotes(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(page, WHO)
    actions = page.locator(".actions")
    actions.get_by_role("link", name="Copy", exact=True).click()
    expect(actions).to_contain_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == (
        "Russian Defense Minister Igor Sergeev visited Tehran. "
        "It was the first visit by a Russian defense chief since 1979. "
        "The visit lasted nine days. (Not in your documents: no source says “nine”)"
    )
    actions.get_by_role("link", name="Copy with footnotes").click()
    page.wait_for_function("navigator.clipboard.readText().then(text => text.startsWith('# '))")
    assert page.evaluate("navigator.clipboard.readText()") == to_markdown(ANSWERS[WHO], site=address)


@pytest.mark.parametrize("path", ["/conversations/x/1.md", "/conversations/../1.md", "/conversations/x.md"])
def test_an_answer_that_is_not_there_is_said_in_one_line(page: Page, address: str, path: str) -> None:
    answer = page.request.get(address.rstrip("/") + path)
    assert answer.status == 404


def test_no_turn_and_no_form_that_is_not_there_is_found(page: Page, address: str) -> None:
    ask(page, WHO)
    [id] = parse_qs(urlsplit(page.url).query)["conversation"]
    for end in ("/0.md", "/2.md", "/1.html", "/-1.md", "/1.md/x"):
        assert page.request.get(f"{address}conversations/{id}{end}").status == 404


def test_the_last_question_is_asked_again(browser: Browser, tmp_path: Path) -> None:
    scripts = dict(SCRIPTS)
    with serving(ScriptedAssistant(scripts), folder=tmp_path) as address, visiting(browser, address) as page:
        ask(page, WORTH)
        ask(page, "Fail at once")
        assert page.get_by_role("link", name="Ask again").count() == 1
        scripts["Fail at once"] = SCRIPTS[WHO]
        page.get_by_role("link", name="Ask again").click()
        expect(page.locator("#answer-2 .statement")).to_have_count(3)
        expect(page.locator("#chat .question")).to_have_text([WORTH, "Fail at once"])
        page.reload()
        expect(page.locator("#answer-2 .statement")).to_have_count(3)


def test_back_leads_to_the_conversation_before_and_what_is_closed_takes_no_keyboard(page: Page, address: str) -> None:
    ask(page, WHO)
    page.wait_for_url("**/?conversation=*")
    expect(page.locator("#past input")).to_have_count(1)
    expect(page.locator("#past input")).to_be_hidden()
    first = page.url
    page.get_by_role("button", name="New conversation").click()
    page.wait_for_url(address)
    page.go_back()
    expect(page.locator("#chat .question")).to_have_text([WHO])
    assert page.url == first


def test_a_conversation_that_is_not_there_is_told(page: Page, address: str) -> None:
    page.goto(f"{address}?conversation=20260101-000000-000000")
    expect(page.get_by_text("There is no such conversation; it may have been deleted.")).to_be_visible()
    expect(page.locator(".welcome")).to_be_visible()
    page.wait_for_url(address)


def test_the_last_question_is_changed(page: Page) -> None:
    ask(page, CAPITAL)
    ask(page, WHO)
    box, change = page.get_by_label("Your question"), page.get_by_role("link", name="Change the question")
    for leave in (lambda: page.get_by_role("link", name="Leave it as it is").click(), lambda: box.press("Escape")):
        change.click()
        expect(box).to_have_value(WHO)
        expect(box).to_be_focused()
        expect(page.locator("#chat .answer").last).to_contain_text("Your next question takes the place of this one.")
        leave()
        expect(box).to_have_value("")
        expect(change).to_be_visible()
        expect(page.locator("#chat .question")).to_have_text([CAPITAL, WHO])
    change.click()
    expect(box).to_have_value(WHO)
    box.fill(WORTH)
    box.press("Enter")
    expect(page.locator("#chat .question")).to_have_text([CAPITAL, WORTH])
    expect(page.locator("#chat .answer").last.locator(".citation").first).to_be_visible()
    page.reload()
    expect(page.locator("#chat .question")).to_have_text([CAPITAL, WORTH])


def test_a_stopped_answer_that_ends_late_loses_no_later_one(browser: Browser, tmp_path: Path) -> None:
    gate = threading.Event()
    events = SCRIPTS[WHO]
    assistant = ScriptedAssistant({WHO: [*events[:2], gate, *events[2:]], CAPITAL: SCRIPTS[CAPITAL]})
    with serving(assistant, folder=tmp_path) as address, visiting(browser, address) as page:
        page.get_by_label("Your question").fill(WHO)
        page.keyboard.press("Enter")
        expect(page.locator("#chat .question")).to_have_text([WHO])
        page.get_by_role("button", name="Stop").click()
        expect(page.locator("#chat .failure")).to_have_text("You stopped this answer.")
        ask(page, CAPITAL)  # while the model is still silent
        gate.set()
        assert assistant.closed.wait(10)
        other = page.context.new_page()
        other.goto(page.url)
        expect(other.locator("#chat .question")).to_have_text([WHO, CAPITAL])
        expect(other.locator("#answer-1 .failure")).to_have_text("You stopped this answer.")
        expect(other.locator("#answer-2")).to_contain_text("The documents do not say.")


def test_the_buttons_work_in_another_language(browser: Browser, address: str) -> None:
    context = browser.new_context(locale="de-DE")
    page = context.new_page()
    page.goto(address)
    expect(page.locator(".welcome")).to_be_visible()
    ask(page, WHO)
    page.get_by_role("link", name="Change the question").click()
    expect(page.get_by_label("Your question")).to_have_value(WHO)
    context.close()
