"""The chat in a real browser: what a reader sees and clicks, and what hostile text may not do."""

from __future__ import annotations

import gc
import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from gradio.state_holder import StateHolder
from playwright.sync_api import Browser, Locator, Page, expect

from rag import (
    EVERYTHING,
    Answer,
    AnswerEvent,
    Document,
    Event,
    Hit,
    HitsEvent,
    Holding,
    LibraryError,
    Message,
    ModelError,
    Passage,
    Quote,
    Scope,
    Statement,
    StatementEvent,
    TextEvent,
)
from tests.chat_page import ask, browser, serving, visiting
from ui.places import BUSY, PACE, Places

__all__ = ["browser"]

ROOT = Path(__file__).parents[1]
SEED = Document(
    text=(ROOT / "seeds/000_fe5675aafdfdfcf7.txt").read_text(encoding="utf-8"),
    title="RUSSIAN DEFENSE CHIEF VISITS TEHRAN FOR HIGH-LEVEL TALKS.",
    source="000_fe5675aafdfdfcf7.txt",
    date="2001-01-03",
    publisher="Monitor",
)
HOSTILE = (
    '<img src="http://evil.example/a.png" onerror="alert(1)"> ![b](http://evil.example/b.png) '
    "[c](http://evil.example/c) <http://evil.example/d> http://evil.example/e www.evil.example "
    "<script>alert(2)</script> $$\\href{http://evil.example/f}{x}$$ `g` **h** \u202etxt.exe\u202c "
    "${alert(3)} {{constructor}} <a href='javascript:alert(4)'>i</a>\n\n# Heading\n\n- item\n\n"
    "[j]: http://evil.example/j\n\n```mermaid\ngraph TD\n```\n\n<style>body{display:none}</style>"
)


Script = Sequence[Event | Exception | threading.Event]


@dataclass
class ScriptedAssistant:
    """Plays back a script for each question: yields events, raises errors, waits for gates to open."""

    scripts: dict[str, Script]
    library: Sequence[Document] | Exception = (SEED,)
    model: str = "embedded"
    histories: list[list[Message]] = field(default_factory=list)
    scopes: list[Scope] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def document(self, document_id: str) -> Document | None:
        return next((document for document in (SEED, EVIL_DOCUMENT) if document.id == document_id), None)

    def holdings(self) -> Sequence[Holding]:
        if isinstance(self.library, Exception):
            raise self.library
        return [Holding(document, 1, "2026-01-02T03:04:05+00:00") for document in self.library]

    def failures(self) -> list[tuple[str, str]]:
        return [("/folder/broken.pdf", "it is damaged or not a PDF; save or download it again")]

    def forget_failure(self, source: str) -> bool:
        return source in dict(self.failures())

    def stream(self, question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING) -> Iterator[Event]:
        self.scopes.append(scope)
        self.histories.append(list(history))
        try:
            for step in self.scripts[question]:
                if isinstance(step, threading.Event):
                    assert step.wait(20), "the test never opened the gate"
                elif isinstance(step, Exception):
                    raise step
                else:
                    yield step
        finally:
            self.closed.set()


def passage_around(document: Document, words: str) -> Passage:
    """The paragraph that holds `words`."""
    at = document.text.index(words)
    start = document.text.rfind("\n\n", 0, at) + 2 if "\n\n" in document.text[:at] else 0
    end = document.text.find("\n\n", at)
    end = len(document.text) if end < 0 else end
    return Passage(
        document.id,
        start,
        end,
        document.text[start:end],
        document.title,
        document.source,
        document.date,
        document.publisher,
    )


def quote_words(document: Document, words: str, number: int) -> Quote:
    start = document.text.index(words)
    return Quote(
        number,
        document.id,
        start,
        start + len(words),
        words,
        document.title,
        document.source,
        document.date,
        document.publisher,
    )


def script_answer(
    question: str,
    statements: Sequence[Statement],
    passages: Sequence[Passage],
    *,
    abstained: bool = False,
    typed: bool = False,
    incomplete: str = "",
) -> list[Event | Exception | threading.Event]:
    hits = tuple(Hit(passage, 1 / rank, rank) for rank, passage in enumerate(passages, start=1))
    quotes = tuple({quote.number: quote for s in statements for quote in s.quotes}.values())
    events: list[Event | Exception | threading.Event] = [HitsEvent(hits, question)]
    for statement in statements:
        if typed:
            events += [TextEvent(piece) for piece in re.split(r"(?<= )", statement.text)]
        events.append(StatementEvent(statement))
    answer = Answer(
        question=question,
        searched_for=question,
        text=" ".join(statement.text for statement in statements) or "The documents do not say.",
        statements=tuple(statements),
        quotes=quotes,
        abstained=abstained,
        confidence=0.1 if abstained else 0.9,
        hits=hits,
        model="embedded",
        incomplete=incomplete,
    )
    return [*events, AnswerEvent(answer)]


VISIT = "Russian Defense Minister Igor Sergeev’s visit to Tehran last week"
FIRST = "The visit was the first by a Russian defense chief since Iran’s 1979 Islamic revolution"
DEALS = "predict that Russia could earn as much as US$7-8 billion in arms sale revenues from Iran in the coming years"
LIMITS = "Russia would sell only “defensive” weapons–and spare parts–to Tehran"
WHO = "Who visited Tehran?"
WORTH = "How much could Russia earn from arms sales to Iran?"
CAPITAL = "What is the capital of Mongolia?"
EVIL_DOCUMENT = Document(text=f"Before. {HOSTILE}\n\nAfter.", title=HOSTILE, source=HOSTILE, publisher=HOSTILE)
VISIT_STATEMENTS = (
    Statement("Russian Defense Minister Igor Sergeev visited Tehran.", (quote_words(SEED, VISIT, 1),), "supported"),
    Statement(
        "It was the first visit by a Russian defense chief since 1979.",
        (quote_words(SEED, FIRST, 2), quote_words(SEED, VISIT, 1)),
        "re-pointed",
        "another sentence holds “1979”",
    ),
    Statement("The visit lasted nine days.", (), "unsupported", "no source says “nine”"),
)
SCRIPTS: dict[str, Script] = {
    WHO: script_answer(WHO, VISIT_STATEMENTS, [passage_around(SEED, VISIT)], typed=True),
    WORTH: script_answer(
        WORTH,
        [
            Statement("Russia could earn US$7-8 billion.", (quote_words(SEED, DEALS, 1),), "supported"),
            Statement("It would sell only “defensive” weapons.", (quote_words(SEED, LIMITS, 2),), "supported"),
        ],
        [passage_around(SEED, DEALS), passage_around(SEED, LIMITS)],
    ),
    CAPITAL: script_answer(CAPITAL, [], [passage_around(SEED, VISIT), passage_around(SEED, DEALS)], abstained=True),
    "Fail at once": [ModelError("http://127.0.0.1:11434 does not answer; start the model's server")],
    "Fail midway": [
        *script_answer(WHO, VISIT_STATEMENTS[:1], [passage_around(SEED, VISIT)])[:2],
        ModelError("http://127.0.0.1:11434 closed the connection; ask again"),
    ],
    "Break": [HitsEvent((), "Break"), ZeroDivisionError("a defect")],
    "Attack": script_answer(
        "Attack",
        [
            Statement(HOSTILE, (quote_words(EVIL_DOCUMENT, HOSTILE, 1),), "supported"),
            Statement(HOSTILE, (), "unsupported", HOSTILE),
        ],
        [passage_around(EVIL_DOCUMENT, "Before.")],
        typed=True,
        incomplete=HOSTILE,
    ),
}


@pytest.fixture(scope="module")
def assistant() -> ScriptedAssistant:
    return ScriptedAssistant(SCRIPTS)


@pytest.fixture(scope="module")
def address(assistant: ScriptedAssistant) -> Iterator[str]:
    with serving(assistant, examples=[WHO, WORTH, CAPITAL]) as address:
        yield address


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    with visiting(browser, address) as page:
        yield page


def let_scroll(page: Page) -> None:
    """Wait for Gradio's own scrolling, which comes 0.3 s after a change."""
    page.wait_for_timeout(500)


def keep_screenshot(page: Page, name: str) -> None:
    page.screenshot(path=ROOT / "artifacts" / f"{name}.png")


def test_an_example_question_is_answered_beside_its_sources(page: Page) -> None:
    page.get_by_role("button", name=WHO).click()
    expect(page.locator("#chat .question")).to_have_text([WHO])
    expect(page.locator("#chat .statement")).to_have_text(
        [
            "Russian Defense Minister Igor Sergeev visited Tehran.[1]",
            "It was the first visit by a Russian defense chief since 1979.[2][1]"
            " Source corrected: another sentence holds “1979”",
            "The visit lasted nine days. Not in your documents: no source says “nine”",
        ]
    )
    expect(page.locator("#sources mark")).to_have_text([VISIT, FIRST])
    expect(page.locator("#sources .origin")).to_have_text(["Monitor · 3 January 2001 · 000_fe5675aafdfdfcf7.txt"] * 2)
    keep_screenshot(page, "answer")


def test_a_click_on_a_citation_shows_its_source_and_marks_only_that(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    answer = ask(page, WHO)
    source = page.locator("#source-1-2")
    assert not is_in_view(source)
    answer.get_by_role("link", name="[2]").click()
    assert is_in_view(source)
    expect(page.locator(".source.current mark")).to_have_text([FIRST])
    expect(page.locator("a.citation.current")).to_have_text(["[2]"])
    expect(source).to_be_focused()
    answer.get_by_role("link", name="[1]").first.press("Enter")
    expect(page.locator(".source.current mark")).to_have_text([VISIT])
    assert is_in_view(page.locator("#source-1-1"))


def is_in_view(card: Locator) -> bool:
    """Whether the middle of the card is on the screen and nothing lies over it."""
    script = """card => {
        const box = card.getBoundingClientRect();
        return card.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2));
    }"""
    return bool(card.evaluate(script))


def test_a_citation_stays_on_the_line_of_the_word_before_it_and_adds_nothing_to_a_copy(page: Page) -> None:
    answer = ask(page, WHO)
    for width in range(260, 420, 4):
        answer.evaluate("(answer, width) => answer.style.width = `${width}px`", width)
        assert answer.evaluate(CITATIONS_THAT_BEGIN_A_LINE) == []
    copied = answer.evaluate("answer => (getSelection().selectAllChildren(answer), getSelection().toString())")
    assert copied.startswith("Russian Defense Minister Igor Sergeev visited Tehran.[1] It was")
    assert "\u2060" not in copied


CITATIONS_THAT_BEGIN_A_LINE = """answer => [...answer.querySelectorAll("a.citation")].filter(citation => {
    const before = document.createRange();
    before.selectNodeContents(citation.previousElementSibling);
    const boxes = [...before.getClientRects()];
    const box = citation.getBoundingClientRect();
    return citation.getClientRects().length > 1 || box.top > boxes.at(-1).bottom || box.left < boxes.at(-1).right;
}).map(citation => citation.textContent)"""


def test_a_citation_of_an_earlier_answer_still_shows_that_answers_source(page: Page) -> None:
    first = ask(page, WHO)
    ask(page, WORTH)
    expect(page.locator("#sources .asked")).to_have_text([WORTH, WHO])
    first.get_by_role("link", name="[1]").first.click()
    expect(page.locator(".source.current mark")).to_have_text([VISIT])
    assert is_in_view(page.locator(".source.current"))


def test_the_number_of_a_source_leads_back_to_its_answer(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    first = ask(page, WHO)
    for _ in range(3):
        ask(page, WORTH)
    let_scroll(page)
    expect(first).not_to_be_in_viewport()
    page.locator("#source-1-1 a.back").click()
    expect(first).to_be_in_viewport()
    assert "#" not in page.url


def test_a_new_question_is_brought_into_view_from_wherever_the_reader_was(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 420})
    for _ in range(5):
        ask(page, WHO)
    let_scroll(page)
    page.locator("#answer-1").scroll_into_view_if_needed()
    page.locator("#source-1-2").scroll_into_view_if_needed()
    expect(ask(page, WORTH)).to_be_in_viewport()
    expect(page.locator("#source-6-1")).to_be_in_viewport()


def test_an_answer_and_its_sources_appear_while_it_is_still_under_way(browser: Browser) -> None:
    pause, gate = threading.Event(), threading.Event()
    events = SCRIPTS[WHO]
    second = next(n for n, event in enumerate(events) if isinstance(event, StatementEvent)) + 1
    script = [*events[:second], pause, *events[second : second + 2], gate, *events[second + 2 :]]
    assistant = ScriptedAssistant({WHO: script})
    with serving(assistant, examples=[WHO, WORTH]) as address, visiting(browser, address) as page:
        page.get_by_role("button", name=WHO).click()
        expect(page.locator("#chat .statement")).to_have_text([f"{VISIT_STATEMENTS[0].text}[1]"])
        page.wait_for_timeout(1_000 * PACE)
        pause.set()
        expect(page.locator("#chat .open")).to_have_text("It ")
        expect(page.locator("#sources mark")).to_have_text([VISIT])
        page.get_by_label("Your question").fill("typed meanwhile")
        page.locator("a.citation").click()
        gate.set()
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        expect(page.locator("#chat .open")).to_have_count(0)
        expect(page.locator("#sources mark")).to_have_text([VISIT, FIRST])
        expect(page.locator(".source.current mark")).to_have_text([VISIT])
        expect(page.get_by_label("Your question")).to_have_value("typed meanwhile")


def test_enter_during_an_answer_leaves_the_question_and_the_button_to_stop(browser: Browser) -> None:
    gate = threading.Event()
    assistant = ScriptedAssistant({WHO: [*SCRIPTS[WHO][:1], gate, *SCRIPTS[WHO][1:]], WORTH: SCRIPTS[WORTH]})
    with serving(assistant) as address, visiting(browser, address) as page:
        box = page.get_by_label("Your question")
        box.fill(WHO)
        box.press("Enter")
        stop = page.get_by_role("button", name="Stop", exact=True)
        expect(stop).to_be_visible()
        box.fill(WORTH)
        box.press("Enter")
        expect(page.get_by_text("Wait for the end of the answer, or stop it; then ask.")).to_be_visible()
        page.wait_for_timeout(500)
        expect(stop).to_be_visible()
        expect(box).to_have_value(WORTH)
        gate.set()
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        expect(page.locator("#chat .statement")).to_have_count(3)
        box.press("Enter")
        expect(page.locator("#chat .question")).to_have_text([WHO, WORTH])
        expect(page.locator("#chat .confidence")).to_have_count(2)


def test_a_new_question_stands_at_the_top_with_room_for_its_answer(page: Page) -> None:
    for question in (WHO, WORTH, CAPITAL):
        answer = ask(page, question)
    page.wait_for_timeout(300)
    log, asked = page.locator("#chat [role=log]").bounding_box(), page.locator("#chat .question").last.bounding_box()
    assert log is not None
    assert asked is not None
    assert 0 <= asked["y"] - log["y"] < 40
    expect(answer.get_by_role("link", name="Change the question")).to_be_in_viewport(ratio=1)


def test_an_answer_goes_on_after_a_silence(browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ui.listening.SECONDS", 0.1)
    gate, events = threading.Event(), SCRIPTS[WHO]
    first = next(n for n, event in enumerate(events) if isinstance(event, StatementEvent)) + 1
    assistant = ScriptedAssistant({WHO: [*events[:first], gate, *events[first:]]})
    with serving(assistant) as address, visiting(browser, address) as page:
        page.get_by_label("Your question").fill(WHO)
        page.keyboard.press("Enter")
        expect(page.locator("#sources .source")).not_to_have_count(0)
        page.wait_for_timeout(1_000)
        before = page.locator("#chat").inner_text()
        page.wait_for_timeout(500)
        assert page.locator("#chat").inner_text() == before
        gate.set()
        expect(page.locator("#chat .confidence")).to_be_visible()
        expect(page.locator("#chat .statement")).to_have_count(3)


def test_stopping_an_answer_keeps_what_was_received_and_closes_the_stream(browser: Browser) -> None:
    gate = threading.Event()
    events = SCRIPTS[WORTH]
    assistant = ScriptedAssistant({WORTH: [*events[:2], gate, *events[2:]], WHO: SCRIPTS[WHO]})
    with serving(assistant, examples=[WHO, WORTH]) as address, visiting(browser, address) as page:
        page.get_by_role("button", name=WORTH).click()
        expect(page.locator("#chat .statement")).to_have_count(1)
        page.get_by_role("button", name="Stop", exact=True).click()
        expect(page.get_by_label("Your question")).to_be_focused()
        expect(page.locator("#chat .failure")).to_have_text("You stopped this answer.")
        gate.set()
        assert assistant.closed.wait(10)
        expect(page.locator("#chat .statement")).to_have_text(["Russia could earn US$7-8 billion.[1]"])
        expect(page.locator("#sources mark")).to_have_text([DEALS])
        expect(ask(page, WHO)).to_contain_text("visited Tehran")


def test_with_all_places_taken_the_reader_is_told_and_the_question_stays_in_the_box(browser: Browser) -> None:
    gate, places = threading.Event(), Places(at_once=1, waiting=0)
    assistant = ScriptedAssistant({**SCRIPTS, WORTH: [*SCRIPTS[WORTH][:1], gate, *SCRIPTS[WORTH][1:]]})
    with serving(assistant, examples=[WORTH], places=places) as address, visiting(browser, address) as page:
        page.get_by_role("button", name=WORTH).click()
        expect(page.locator("#chat .waiting")).to_have_text("Reading the passages found…")
        with visiting(browser, address) as other:
            box = other.get_by_label("Your question")
            box.fill(WHO)
            box.press("Enter")
            expect(other.get_by_test_id("toast-body")).to_contain_text(f"{BUSY}.")
            expect(box).to_have_value(WHO)
            keep_screenshot(other, "busy")
            gate.set()
            expect(page.locator("#chat .statement")).to_have_count(2)
            expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
            box.press("Enter")
            expect(other.locator("#chat .statement")).to_have_count(3)


def test_an_abstention_looks_different_and_shows_the_nearest_passages(page: Page) -> None:
    answer = ask(page, CAPITAL)
    expect(answer).to_have_class("answer abstained")
    expect(answer).to_have_css("border-style", "dashed")
    expect(answer.locator("p")).to_have_text(
        [
            "The documents do not say.",
            "See the nearest passages",
            "Copy Copy with footnotes Markdown JSON Right Wrong Wrong source Ask again Change the question",
        ]
    )
    expect(page.locator("#sources .source.nearest")).to_have_count(2)
    expect(page.locator("#sources mark")).to_have_count(0)
    answer.get_by_role("link", name="See the nearest passages").click()
    expect(page.locator("#nearest-1")).to_be_in_viewport()
    keep_screenshot(page, "abstention")
    expect(ask(page, WHO)).to_have_css("border-top-width", "0px")


def test_an_error_of_the_server_is_one_line_in_the_chat(page: Page) -> None:
    answer = ask(page, "Fail at once")
    expect(answer.get_by_role("alert")).to_have_text("http://127.0.0.1:11434 does not answer; start the model's server")
    expect(answer.get_by_role("alert")).to_be_visible()
    expect(ask(page, WHO)).to_contain_text("visited Tehran")


def test_an_error_midway_keeps_what_was_received_with_its_sources(page: Page) -> None:
    answer = ask(page, "Fail midway")
    expect(answer.locator(".statement")).to_have_text([f"{VISIT_STATEMENTS[0].text}[1]"])
    expect(answer.locator(".failure")).to_have_text("http://127.0.0.1:11434 closed the connection; ask again")
    expect(page.locator("#sources mark")).to_have_text([VISIT])


def test_a_defect_of_ours_does_not_leave_the_chat_stuck(page: Page) -> None:
    answer = ask(page, "Break")
    expect(answer.locator(".failure")).to_have_text("Pincite failed while answering; its terminal says how.")
    expect(ask(page, WHO)).to_contain_text("visited Tehran")


def test_hostile_text_is_shown_and_does_nothing(page: Page) -> None:
    gates = page.locator("#chat .open, #chat .answer")
    answer = ask(page, "Attack")
    expect(gates).to_have_count(1)
    shown = HOSTILE.replace("\u202e", "").replace("\u202c", "")
    assert answer.locator(".statement > .words").all_text_contents() == [shown, shown]
    assert page.locator("#sources mark").all_text_contents() == [shown]
    assert page.locator("#sources cite").all_text_contents() == [shown]
    parts = page.locator("#chat .prose, #sources .prose")
    assert parts.locator("img, script, style, iframe, svg, code, pre, strong, li, h1, .katex").count() == 0
    links = page.locator("#chat a:not(.actions a), #sources a").evaluate_all(
        "links => links.map(a => a.getAttribute('href'))"
    )
    assert links == ["#source-1-1", "#answer-1", quote_words(EVIL_DOCUMENT, HOSTILE, 1).path]


def test_text_that_got_past_the_escaping_would_still_not_run(browser: Browser, address: str) -> None:
    attack = """new Promise(done => {
        document.addEventListener("securitypolicyviolation", event => done(event.violatedDirective));
        document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='alert(1)'>");
    })"""
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(address)
        assert page.evaluate(attack) == "script-src-attr"


def test_the_assistant_is_told_the_conversation_as_plain_text(page: Page, assistant: ScriptedAssistant) -> None:
    ask(page, WORTH)
    ask(page, WHO)
    assert assistant.histories[-2:] == [
        [],
        [
            {"role": "user", "content": WORTH},
            {
                "role": "assistant",
                "content": "Russia could earn US$7-8 billion. It would sell only “defensive” weapons.",
            },
        ],
    ]


def test_a_new_conversation_forgets_the_old_one(page: Page, assistant: ScriptedAssistant) -> None:
    ask(page, WHO)
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".welcome")).to_be_visible()
    expect(page.locator("#sources .source")).to_have_count(0)
    ask(page, WORTH)
    assert assistant.histories[-1] == []


def test_a_page_that_gradio_has_forgotten_goes_on_with_its_conversation(browser: Browser) -> None:
    assistant = ScriptedAssistant(SCRIPTS)
    with serving(assistant) as address, visiting(browser, address) as page:
        for question in (WHO, WORTH):
            ask(page, question)
            forgotten = [each for each in gc.get_objects() if isinstance(each, StateHolder)]
            for holder in forgotten:
                holder.session_data.clear()
            assert forgotten
        expect(page.locator("#chat .answer")).to_have_count(2)
        assert [message["content"] for message in assistant.histories[-1] if message["role"] == "user"] == [WHO]
        expect(page.locator("#past input")).to_have_count(1)
        page.get_by_role("link", name="Ask again").click()
        expect(page.locator("#chat .answer")).to_have_count(2)
        expect(page.locator("#chat .answer").last.locator(".citation").first).to_be_visible()


def test_two_readers_do_not_see_each_other(browser: Browser, address: str) -> None:
    with visiting(browser, address) as one, visiting(browser, address) as other:
        ask(one, WHO)
        ask(other, WORTH)
        expect(one.locator("#chat .question")).to_have_text([WHO])
        expect(other.locator("#chat .question")).to_have_text([WORTH])


def test_an_empty_question_is_cleared_and_asks_nothing(page: Page) -> None:
    box = page.get_by_label("Your question")
    box.fill("   ")
    box.press("Enter")
    expect(box).to_have_value("")
    expect(page.locator(".welcome")).to_be_visible()


def test_an_empty_library_says_how_to_fill_it_and_offers_no_examples(browser: Browser) -> None:
    with serving(ScriptedAssistant({}, library=())) as address, visiting(browser, address) as page:
        expect(page.locator(".welcome")).to_have_text(
            "Your library is emptyAdd documents in the library, and ask here."
        )
        expect(page.locator("#top .status")).to_have_text("0 documents · answers without a language model")
        expect(page.locator("#chat .example")).to_have_count(0)


def test_a_library_that_cannot_be_read_says_why(browser: Browser) -> None:
    broken = LibraryError("catalog.sqlite is damaged; run pincite rebuild")
    with serving(ScriptedAssistant({}, library=broken)) as address, visiting(browser, address) as page:
        expect(page.locator(".welcome")).to_have_text(
            "Your library cannot be readcatalog.sqlite is damaged; run pincite rebuild"
        )
        expect(page.locator("#chat .example")).to_have_count(0)


def test_on_a_narrow_window_the_sources_are_below_and_nothing_sticks_out(browser: Browser, address: str) -> None:
    with visiting(browser, address, width=390) as page:
        answer = ask(page, "Attack")
        answer = ask(page, WHO)
        talk, proof = page.locator("#talk").bounding_box(), page.locator("#proof").bounding_box()
        assert talk is not None
        assert proof is not None
        assert proof["y"] >= talk["y"] + talk["height"]
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        keep_screenshot(page, "narrow")
        answer.get_by_role("link", name="[2]").click()
        expect(page.locator(".source.current mark")).to_have_text([FIRST])
        assert is_in_view(page.locator("#source-2-2"))


def test_on_a_wide_window_the_sources_are_beside(page: Page) -> None:
    talk, proof = page.locator("#talk").bounding_box(), page.locator("#proof").bounding_box()
    assert talk is not None
    assert proof is not None
    assert proof["x"] >= talk["x"] + talk["width"]
    assert proof["y"] == talk["y"]


def test_a_dark_screen_gets_light_text_on_dark(browser: Browser, address: str) -> None:
    with visiting(browser, address, scheme="dark") as page:
        answer = ask(page, WHO)
        expect(answer).to_have_css("color", "rgb(236, 234, 230)")
        expect(page.locator("body")).to_have_css("background-color", "rgb(25, 24, 23)")
        keep_screenshot(page, "dark")


def test_a_document_is_read_beside_its_answer_with_every_quote_of_it_marked(page: Page) -> None:
    ask(page, WHO)
    page.locator("#source-1-2 a.whole").click()
    reader = page.get_by_role("region", name="Document")
    expect(reader.get_by_role("heading", level=1)).to_have_text(SEED.title)
    expect(reader.locator("mark")).to_have_text([VISIT, FIRST])
    expect(reader.locator("mark.current")).to_have_text([FIRST])
    expect(reader.locator("mark.current")).to_be_in_viewport()
    expect(reader.get_by_text("Quote 2 of 2")).to_be_visible()
    keep_screenshot(page, "document-beside")
    reader.get_by_role("button", name="Next quote").click()
    expect(reader.locator("mark.current")).to_have_text([VISIT])
    expect(reader.locator("mark.current")).to_be_focused()
    page.get_by_role("button", name="Back to the sources").click()
    expect(page.locator("#source-1-2 a.whole")).to_be_focused()
    expect(reader).to_have_count(0)


def test_a_citation_or_a_new_question_brings_the_sources_back(page: Page) -> None:
    answer = ask(page, WHO)
    reader = page.get_by_role("region", name="Document")
    page.locator("#source-1-1 a.whole").click()
    expect(reader).to_be_visible()
    answer.get_by_role("link", name="[2]").click()
    expect(reader).to_have_count(0)
    expect(page.locator(".source.current mark")).to_have_text([FIRST])
    page.locator("#source-1-1 a.whole").click()
    expect(reader).to_be_visible()
    page.keyboard.press("Escape")
    expect(reader).to_have_count(0)
    expect(page.locator("#source-1-1 a.whole")).to_be_focused()
    page.locator("#source-1-1 a.whole").click()
    expect(reader).to_be_visible()
    ask(page, WORTH)
    expect(reader).to_have_count(0)


def test_the_address_of_a_quote_shows_it_to_a_colleague(page: Page, address: str) -> None:
    page.goto(address.rstrip("/") + quote_words(SEED, DEALS, 1).path)
    expect(page).to_have_title(f"{SEED.title} · Pincite")
    expect(page.locator("mark")).to_have_text([DEALS])
    expect(page.locator("mark")).to_be_in_viewport()
    page.evaluate("scrollTo(0, 0)")
    page.get_by_role("button", name="Show the quote").click()
    expect(page.locator("mark")).to_be_in_viewport()
    keep_screenshot(page, "document")


def test_hostile_words_are_only_words_in_a_document(page: Page, address: str) -> None:
    page.goto(address.rstrip("/") + quote_words(EVIL_DOCUMENT, HOSTILE, 1).path)
    expect(page.locator("mark")).to_contain_text("<script>alert(2)</script>")
    assert page.locator(".text a, .text img, .text script, .text style").count() == 0


def test_the_nearest_passage_is_found_in_its_document(page: Page) -> None:
    ask(page, CAPITAL)
    page.locator("#sources a.whole").first.click()
    expect(page.locator("#reader mark")).to_contain_text(VISIT)
    expect(page.get_by_role("button", name="Show the passage")).to_be_visible()


def test_what_has_been_read_does_not_move_while_forty_statements_come(browser: Browser) -> None:
    statements = [
        Statement(
            f"Statement {number} tells of the visit, and of what came of it.",
            (quote_words(SEED, VISIT, 1),),
            "supported",
        )
        for number in range(40)
    ]
    gate, pace = threading.Event(), threading.Event()
    events = script_answer(WHO, statements, [passage_around(SEED, VISIT)], typed=True)

    class Paced(ScriptedAssistant):
        def stream(
            self, question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING
        ) -> Iterator[Event]:
            for number, event in enumerate(super().stream(question, history, scope=scope)):
                if number == 40:
                    assert gate.wait(20), "the test never opened the gate"
                pace.wait(0.01)
                yield event

    with serving(Paced({WHO: events})) as address, visiting(browser, address) as page:
        page.get_by_label("Your question").fill(WHO)
        page.keyboard.press("Enter")
        expect(page.locator("#chat .statement").nth(2)).to_be_visible()
        let_scroll(page)
        page.evaluate(WATCH_THE_FIRST_STATEMENT)
        gate.set()
        expect(page.locator("#chat .statement")).to_have_count(40, timeout=30_000)
        expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
        let_scroll(page)
        log = page.locator("#chat [role=log]")
        assert log.evaluate("log => log.scrollHeight > log.clientHeight + 200")
        assert len(page.evaluate("places")) == 1
        assert page.evaluate("shift") < 0.01


WATCH_THE_FIRST_STATEMENT = """() => {
    window.places = [];
    window.shift = 0;
    const look = () => {
        const top = Math.round(document.querySelector("#chat .statement").getBoundingClientRect().top);
        if (!places.includes(top)) places.push(top);
    };
    look();
    setInterval(look, 20);
    new PerformanceObserver(list => list.getEntries().forEach(entry => (shift += entry.value)))
        .observe({ type: "layout-shift" });
}"""
