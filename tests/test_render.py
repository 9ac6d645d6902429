"""Rendering: what is shown for each value, and that no word of a document or model becomes code."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Answer, Hit, Passage, Quotation, Quote, Statement
from ui.inert import escape
from ui.render import (
    CONFIDENCE_MEANS,
    render_answer,
    render_question,
    render_status,
    render_trouble,
    render_welcome,
)
from ui.sources import find_neighbourhood, format_date, render_sources
from ui.turns import Turn

TEXT = "Before it. Ada wrote the notes. After it."
PASSAGE = Passage("d", 100, 100 + len(TEXT), TEXT, "Notes", "notes.txt", "1843-09", "Taylor")
HIT = Hit(PASSAGE, 0.9, 1)
QUOTE = Quote(1, "d", 111, 131, "Ada wrote the notes.", "Notes", "notes.txt", "1843-09", "Taylor", 7)
PROVED = Statement("Ada wrote notes", (QUOTE,), "supported")
MOVED = Statement("She wrote them", (QUOTE,), "re-pointed", "another sentence says so")
FALSE = Statement("She flew", (), "unsupported", "no source says flew")
CONFIDENCE = f'<p class="confidence" title="{CONFIDENCE_MEANS}">Confidence 50%</p>'
HOSTILE = (
    '<img src=x onerror="a()"> ![b](http://c.example) [d](e) <http://f.example> www.g.example '
    "$$h$$ `i` **j** ${k} {{l}} \u202em\u202c\n\n# n\n\n- o\n\n[p]: http://q.example\n\n</div><script>r()</script>"
)
SHOWN_CHARACTERS = st.characters(exclude_categories=("Cc", "Cf", "Cs", "Zl", "Zp"))


class Outline(HTMLParser):
    """The tags of a page with their attributes' names: all that a browser could act on."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/" + tag,))


def answer_with(*statements: Statement, abstained: bool = False, hits: tuple[Hit, ...] = (HIT,)) -> Answer:
    text = "The documents do not say." if abstained else ""
    return Answer("Who?", "Who?", text, statements, (QUOTE,), abstained, 0.5, hits, "embedded")


def turn_with(*statements: Statement, abstained: bool = False, hits: tuple[Hit, ...] = (HIT,)) -> Turn:
    return Turn("Who?", hits, statements, answer=answer_with(*statements, abstained=abstained, hits=hits))


def turn_saying(text: str) -> Turn:
    """A turn in which every word is `text`."""
    passage = Passage("d", 0, len(text), text, text, text, text, text)
    quote = Quote(1, "d", 0, len(text), text, text, text, text, text)
    statements = (Statement(text, (quote,), "re-pointed", text), Statement(text, (), "unsupported", text))
    answer = Answer(text, text, text, statements, (quote,), False, 0.5, (Hit(passage, 1.0, 1),), text)
    return Turn(text, answer.hits, statements, text, replace(answer, incomplete=text, notes=(text,)), text)


@given(st.text())
def test_escaped_text_is_one_line_without_any_ascii_punctuation_but_its_entities(text: str) -> None:
    assert re.fullmatch(r"(?:[^\x00-\x1f!-/:-@\[-`{-\x7f]|&#\d+;)*", escape(text))


@given(st.text(SHOWN_CHARACTERS))
def test_escaped_text_reads_as_the_text(text: str) -> None:
    assert unescape(escape(text)) == text


def test_control_direction_and_invisible_characters_are_taken_out() -> None:
    hidden = (
        "\x00\x1b\x7f\x9f\u061c\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff\U000e0041"
    )
    assert escape(f"a{hidden}b") == "ab"


def test_line_breaks_tabs_joiners_and_broken_surrogates_are_shown_as_well_as_can_be() -> None:
    assert escape("a\r\nb\u2028c\td\u200ce\ud800f") == "a&#10;b&#10;c d\u200ce\ufffdf"


def test_hostile_text_adds_no_tag_and_no_attribute_to_what_plain_text_gives() -> None:
    def outline(text: str) -> list[list[tuple[str, ...]]]:
        turn = turn_saying(text)
        abstained = replace(
            turn, answer=replace(answer_with(), text=f"No. {text}", abstained=True, hits=turn.hits or ())
        )
        pages = [
            render_question(text),
            render_answer(turn, number=1),
            render_answer(abstained, number=2),
            render_sources([turn, abstained]),
            render_trouble(text),
            render_welcome(1),
            render_status(1, model=text, name=text),
        ]
        return [Outline(page).tags for page in pages]

    assert outline(HOSTILE) == outline("plain")


def test_a_rendered_answer_is_one_line_so_that_no_markdown_can_start_inside() -> None:
    assert "\n" not in render_answer(turn_saying(HOSTILE), number=1)


def test_a_supported_statement_ends_in_the_citations_of_its_quotes() -> None:
    assert render_answer(turn_with(PROVED), number=3) == (
        '<div class="answer" id="answer-3"><p dir="auto">'
        '<span class="statement"><span class="words">Ada wrote notes</span>'
        '<a class="citation" href="#source-3-1" title="“Ada wrote the notes&#46;” Notes">&#91;1&#93;</a></span>'
        f"</p>{CONFIDENCE}</div>"
    )


def test_other_verdicts_are_marked_with_their_reason() -> None:
    assert render_answer(turn_with(MOVED, FALSE), number=1) == (
        '<div class="answer" id="answer-1"><p dir="auto">'
        '<span class="statement re-pointed"><span class="words">She wrote them</span>'
        '<a class="citation" href="#source-1-1" title="“Ada wrote the notes&#46;” Notes">&#91;1&#93;</a> '
        '<span class="verdict">Source corrected: <bdi>another sentence says so</bdi></span></span> '
        '<span class="statement unsupported"><span class="words">She flew</span> '
        '<span class="verdict">Not in your documents: <bdi>no source says flew</bdi></span></span>'
        f"</p>{CONFIDENCE}</div>"
    )


def test_quoted_words_that_no_document_has_are_struck_and_followed_by_the_nearest() -> None:
    near = Quote(0, "d", 111, 131, "Ada wrote\nthe notes.", "Notes <1>")
    text = "She “wrote notes”, “sang”, “flew” & “won”"
    spans = [(text.index(word), text.index(word) + len(word)) for word in ("wrote notes", "sang", "flew", "won")]
    quotations = (
        Quotation(*spans[0], "verified", near),
        Quotation(*spans[1], "misattributed", near),
        Quotation(*spans[2], "not found", near),
        Quotation(*spans[3], "not found", None),
    )
    page = render_answer(Turn("", statements=(Statement(text, (), "unsupported", "", quotations),)), number=1)
    assert "She “wrote notes”&#44; “sang”&#44; “<del>flew</del>” &#38; “<del>won</del>”</span>" in page
    assert '<span class="verdict">Wrong source</span>' in page
    assert re.findall(r'<span class="remark"><bdi>(.*?)</bdi>', page) == [
        escape("The words “sang” stand in another document: Notes <1>."),
        escape(
            "The words “flew” were not found in your documents; the nearest are “Ada wrote the notes.” (Notes <1>)."
        ),
        escape("The words “won” were not found in your documents."),
    ]


def test_an_abstention_names_what_was_withdrawn_and_leads_to_the_nearest_passages() -> None:
    assert render_answer(turn_with(FALSE, abstained=True), number=2) == (
        '<div class="answer abstained" id="answer-2"><p class="headline"><bdi>The documents do not say&#46;</bdi></p>'
        '<p>Withdrawn, because nothing in them supports it:</p><ul><li dir="auto">'
        '<span class="statement unsupported"><span class="words">She flew</span> '
        '<span class="verdict">Not in your documents: <bdi>no source says flew</bdi></span></span>'
        "</li></ul>"
        '<p><a class="nearest-link" href="#nearest-2">See the nearest passages</a></p></div>'
    )


def test_an_abstention_says_what_the_documents_do_not_mention() -> None:
    text = "The documents do not say. No passage that was found mentions “Mongolia”, “<b>”."
    answer = replace(answer_with(abstained=True, hits=()), text=text)
    assert render_answer(Turn("Who?", (), answer=answer), number=1) == (
        '<div class="answer abstained" id="answer-1"><p class="headline"><bdi>The documents do not say&#46;</bdi></p>'
        "<p><bdi>No passage that was found mentions “Mongolia”&#44; “&#60;b&#62;”&#46;</bdi></p>"
        "<p>No passage comes near the question.</p></div>"
    )


def test_an_abstention_without_hits_says_that_nothing_comes_near() -> None:
    assert render_answer(turn_with(abstained=True, hits=()), number=1) == (
        '<div class="answer abstained" id="answer-1"><p class="headline"><bdi>The documents do not say&#46;</bdi></p>'
        "<p>No passage comes near the question.</p></div>"
    )


def test_notes_an_early_end_and_a_failure_follow_what_was_received() -> None:
    answer = replace(answer_with(), notes=("a note",), incomplete="cut off")
    assert render_answer(Turn("Who?", (HIT,), answer=answer, failure="gone"), number=1) == (
        f'<div class="answer" id="answer-1">{CONFIDENCE}<p class="note"><bdi>a note</bdi></p>'
        '<p class="notice">The answer is incomplete: <bdi>cut off</bdi></p>'
        '<p class="failure" role="alert"><bdi>gone</bdi></p></div>'
    )


def test_what_a_follow_up_was_searched_for_is_shown() -> None:
    answer = replace(answer_with(PROVED), question="Why?", searched_for="Why? (Ada <wrote>)")
    page = render_answer(Turn("Why?", (HIT,), (PROVED,), answer=answer), number=1)
    assert '<p class="note">Searched for: <bdi>Why&#63; &#40;Ada &#60;wrote&#62;&#41;</bdi></p>' in page
    assert "Searched for" not in render_answer(turn_with(PROVED), number=1)


def test_a_turn_under_way_says_what_is_being_done() -> None:
    def shown(turn: Turn) -> str:
        return re.sub("<[^>]*>", "", render_answer(turn, number=1))

    assert [shown(turn) for turn in (Turn("Who?"), Turn("Who?", (HIT,)), Turn("Who?", (HIT,), open_text="Ada w"))] == [
        "Searching your documents…",
        "Reading the passages found…",
        "Ada w",
    ]


def test_a_source_shows_its_origin_and_its_quote_amid_its_passage() -> None:
    assert render_sources([turn_with(PROVED)]) == (
        '<h3 class="asked" dir="auto">Who&#63;</h3>\n\n'
        '<article class="source" id="source-1-1" tabindex="-1">'
        '<header><a class="back" href="#answer-1" title="Back to the answer">1</a>'
        "<cite><bdi>Notes</bdi></cite></header>"
        '<p class="origin"><bdi>Taylor</bdi> · <bdi>September 1843</bdi> · <bdi>page 7</bdi> · '
        "<bdi>notes&#46;txt</bdi></p>"
        '<blockquote dir="auto">Before it&#46; <mark>Ada wrote the notes&#46;</mark> After it&#46;</blockquote>'
        '<a class="whole" href="&#47;documents&#47;d&#63;start&#61;111&#38;end&#61;131" target="_blank">'
        'Read it in the document</a></article>\n\n<div class="end"></div>'
    )


def test_the_sources_of_the_newest_question_come_first_and_keep_their_numbers() -> None:
    second = Statement("More", (replace(QUOTE, number=2), QUOTE), "supported")
    page = render_sources([turn_with(PROVED), turn_with(), turn_with(second, PROVED)])
    assert re.findall(r'id="([^"]*)"', page) == ["source-3-1", "source-3-2", "source-1-1"]


def test_an_abstention_shows_its_three_best_hits_as_nearest_passages_and_no_source() -> None:
    hits = tuple(Hit(replace(PASSAGE, text=f"Passage {rank}"), 1 / rank, rank) for rank in (1, 2, 3, 4))
    page = render_sources([turn_with(abstained=True, hits=hits)])
    assert re.findall(r'id="([^"]*)"', page) == ["nearest-1"]
    assert re.findall("Passage .", page) == ["Passage 1", "Passage 2", "Passage 3"]


def test_before_the_first_answer_the_panel_says_what_it_is_for() -> None:
    assert render_sources([Turn("Who?")]) == (
        '<div class="no-sources">The sources of an answer appear here, each with the words that prove it.</div>'
    )


@given(st.text("ab \n", max_size=700), st.text("ab \n", max_size=700))
def test_the_neighbourhood_is_the_passage_around_the_quote_cut_between_words(left: str, right: str) -> None:
    text = f"{left} Q {right}"
    passage = replace(PASSAGE, start=5, end=5 + len(text), text=text)
    start = 5 + len(left) + 1
    quote = replace(QUOTE, start=start, end=start + 1, text="Q")
    before, after = find_neighbourhood(quote, [Hit(passage, 1.0, 1)])
    shown = before.removeprefix("… ") + "Q" + after.removesuffix(" …")
    at = text.index(shown)
    assert len(before) <= 252
    assert len(after) <= 252
    long_word = max(map(len, re.split(r"\s", text))) > 200
    assert long_word or not before.startswith("… ") or text[at - 1].isspace()
    assert long_word or not after.endswith(" …") or text[at + len(shown)].isspace()


def test_a_quote_that_no_hit_holds_has_no_neighbourhood() -> None:
    elsewhere = [Hit(replace(PASSAGE, document_id="other"), 1.0, 1), Hit(replace(PASSAGE, start=120), 0.9, 2)]
    assert find_neighbourhood(QUOTE, elsewhere) == ("", "")


@pytest.mark.parametrize(
    ("date", "shown"),
    [
        ("2001-01-03", "3 January 2001"),
        ("2001-01", "January 2001"),
        ("2001", "2001"),
        (None, ""),
        ("2001-13-01", "2001-13-01"),
        ("next <week>", "next <week>"),
    ],
)
def test_dates_are_shown_as_precise_as_they_are(date: str | None, shown: str) -> None:
    assert format_date(date) == shown


def test_a_source_without_a_title_is_called_by_its_path() -> None:
    quote = replace(QUOTE, title="", source="a.txt")
    assert "<cite><bdi>a&#46;txt</bdi></cite>" in render_sources([turn_with(replace(PROVED, quotes=(quote,)))])


def test_the_status_counts_documents_and_names_the_model() -> None:
    assert [
        render_status(1, model="embedded"),
        render_status(2000, model="qwen:1.5b"),
    ] == [
        '<div class="status"><a href="/library">1 document</a> · answers without a language model</div>',
        '<div class="status"><a href="/library">2,000 documents</a> · answers with <bdi>qwen&#58;1&#46;5b</bdi></div>',
    ]


@pytest.mark.parametrize(("abstained", "forms"), [(False, "md md md json csl.json bib"), (True, "md md md json")])
def test_an_answer_that_is_kept_may_be_copied_and_downloaded(abstained: bool, forms: str) -> None:
    answer = replace(answer_with(abstained=True), quotes=()) if abstained else answer_with(PROVED)
    turn = Turn("Who?", (HIT,), answer.statements, answer=answer)
    page = render_answer(turn, number=2, path="/conversations/x/2")
    assert [unescape(path) for path in re.findall(r'href="([^"]*)"', page.partition('class="actions"')[2])] == [
        *(f"/conversations/x/2.{form}" for form in forms.split()),
        *["/conversations/x/2/feedback"] * 3,
    ]
    assert "actions" not in render_answer(turn, number=2)
    assert "actions" not in render_answer(replace(turn, answer=None), number=2, path="/conversations/x/2")
