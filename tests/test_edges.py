"""The pages with what is long, in other scripts, or gone: a real library of such documents in a real browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from rag import Document, Settings, connect
from tests.chat_page import ask, browser, serving, visiting

__all__ = ["browser"]

PAGES = [f"The committee of Harwick met on day {day} and heard the engineer. " * 40 + "\n\n" for day in range(1, 500)]
LONG = Document(
    text="".join(PAGES) + "The lighthouse was sold in 1961.",
    pages=tuple(sum(map(len, PAGES[:count])) for count in range(500)),
    title="A report on everything that was ever said " * 7 + "to an end",
)
ARABIC = Document(text="قرر المجلس بيع المنارة في عام 1961. وحضر المهندس الاجتماع.", title="محضر المجلس")
JAPANESE = Document(text="灯台は1961年に売却された。議会は橋を承認した。", title="議会の記録")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with connect(Settings(home=tmp_path_factory.mktemp("home"), model=None)) as assistant:
        assistant.ingest([LONG, ARABIC, JAPANESE])
        with serving(assistant) as address:
            yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visiting(browser, address) as page:
        yield page


def test_the_last_of_500_pages_is_shown_by_its_number(page: Page) -> None:
    ask(page, "When was the lighthouse sold?")
    page.get_by_role("link", name="Read it in the document").first.click()
    reader = page.locator("#reader")
    expect(reader.locator("mark")).to_have_text(["The lighthouse was sold in 1961."])
    expect(reader.locator("mark")).to_be_in_viewport()
    expect(reader.locator("nav output")).to_have_text("page 500")
    expect(reader.locator("section")).to_have_count(500)


def test_a_title_of_300_characters_takes_three_lines(page: Page, address: str) -> None:
    assert len(LONG.title) > 300
    page.goto(f"{address}library")
    title = page.get_by_role("link", name=LONG.title[:60])
    line = title.evaluate("link => parseFloat(getComputedStyle(link).lineHeight)")
    box = title.bounding_box()
    assert box is not None
    assert 2.5 * line < box["height"] < 3.5 * line


def test_an_answer_that_is_read_from_the_right_begins_there(page: Page) -> None:
    answer = ask(page, "متى بيعت المنارة؟")
    line, words, citation = (answer.locator(part).first.bounding_box() for part in ("p", ".words", ".citation"))
    assert line is not None
    assert words is not None
    assert citation is not None
    assert abs(words["x"] + words["width"] - line["x"] - line["width"]) <= 1
    assert citation["x"] + citation["width"] <= words["x"] + 1
    answer = ask(page, "灯台はいつ売却されたか")
    expect(answer.locator(".words").first).to_have_text("灯台は1961年に売却された。")
    assert answer.locator("p").first.evaluate("p => getComputedStyle(p).direction") == "ltr"


def test_a_question_half_written_outlives_a_reload_and_one_that_was_asked_does_not(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.fill("When was the lighthouse sold?")
    page.reload()
    expect(box).to_have_value("When was the lighthouse sold?")
    box.press("Enter")
    expect(page.locator("#chat .answer .citation")).to_be_visible()
    expect(box).to_have_value("")
    page.reload()
    expect(page.locator("#chat .answer")).to_have_count(1)
    expect(box).to_have_value("")
