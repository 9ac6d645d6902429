"""What axe-core finds wrong with the pages for those who do not see, or do not see well: nothing serious."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.chat_page import Scheme, ask, browser, serving, visiting
from tests.test_browser import CAPITAL, SCRIPTS, SEED, VISIT, WHO, WORTH, ScriptedAssistant, quote_words

__all__ = ["browser"]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving(ScriptedAssistant(SCRIPTS), examples=[WHO, WORTH]) as address:
        yield address


def found(page: Page) -> list[str]:
    violations = Axe().run(page).response["violations"]
    assert not [each for each in violations if "html" not in each["nodes"][0]]
    return [
        f"{each['id']}: {each['nodes'][0]['html']}" for each in violations if each["impact"] in ("serious", "critical")
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_no_view_keeps_anybody_out(browser: Browser, address: str, scheme: Scheme, width: int) -> None:
    with visiting(browser, address, width=width, scheme=scheme) as page:
        assert found(page) == []
        for question in (WHO, WORTH, CAPITAL, "Fail at once"):
            ask(page, question)
        assert found(page) == []
        page.locator("#source-1-2 a.whole").click()
        expect(page.locator("#reader mark.current")).to_be_visible()
        assert found(page) == []
        page.keyboard.press("Escape")
        page.locator("#shelf .toggle-button").click()
        page.get_by_role("button", name="Delete this conversation").click()
        expect(page.get_by_role("button", name="Delete for good")).to_be_visible()
        page.wait_for_timeout(500)  # until the shelf has come in
        assert found(page) == []
        page.goto(address.rstrip("/") + quote_words(SEED, VISIT, 1).path)
        assert found(page) == []


def test_a_fault_would_be_found(browser: Browser, address: str) -> None:
    with visiting(browser, address) as page:
        page.evaluate("document.querySelector('#top').innerHTML += '<button></button>'")
        assert [fault.partition(":")[0] for fault in found(page)] == ["button-name"]
