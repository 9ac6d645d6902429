"""Export: what leaves Pincite says what the answer said, and no word of a document is code in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from markdown_it import MarkdownIt

from rag import Answer, Quote, Statement, to_bibtex, to_csl, to_markdown

ADA = Quote(
    *(1, "d1", 10, 22, "Ada wrote\nit.", "Notes & Sketches", "notes.pdf", "1843-09", "Taylor", 7),
    author="Ada Lovelace; Luigi Menabrea",
)
AGAIN = replace(ADA, number=2, start=90, end=95, text="Notes", page=3)
NEWS = Quote(3, "d2", 0, 4, "Rain", "天気", "https://news.example/rain?a=1", "2001-01-03")
HOSTILE = "\x00\x1b\u202e![x](http://e.example/a.png) <script>a()</script> \\input{x} %$&#_{}~^ www.e.example\n\n# H"
STATEMENTS = (
    Statement("Ada wrote it.", (ADA, AGAIN), "supported"),
    Statement("It rained.", (NEWS,), "re-pointed", "another sentence holds it"),
    Statement("She flew.", (), "unsupported"),
)


def answered(*statements: Statement, **changes: object) -> Answer:
    quotes = {quote.number: quote for statement in statements for quote in statement.quotes}
    fields = {"question": "Who wrote it?", "searched_for": "", "text": "", "abstained": False, "confidence": 0.9}
    return Answer(
        **{**fields, "statements": statements, "quotes": (*quotes.values(),), "hits": (), "model": "m", **changes}
    )


def test_markdown_has_the_answer_and_a_footnote_for_each_quote() -> None:
    assert to_markdown(answered(*STATEMENTS, notes=("a note",), incomplete="it ended")) == (
        "# Who wrote it?\n\n"
        "Ada wrote it. [^1][^2] It rained. [^3] She flew. *(unsupported)*\n\n"
        "> a note\n\n> it ended\n\n"
        "[^1]: “Ada wrote it.” Notes \\& Sketches, Ada Lovelace; Luigi Menabrea, Taylor, 1843-09, page 7, notes.pdf\n\n"
        "[^2]: “Notes” Notes \\& Sketches, Ada Lovelace; Luigi Menabrea, Taylor, 1843-09, page 3, notes.pdf\n\n"
        "[^3]: “Rain” 天気, 2001-01-03, https\\://news.example/rain?a=1\n"
    )


def test_a_footnote_names_the_address_at_a_site() -> None:
    said = to_markdown(answered(STATEMENTS[1]), site="http://pin.example/")
    assert said.endswith(" <http://pin.example/documents/d2?start=0&end=4>\n")


def test_an_abstention_is_the_words_of_it() -> None:
    assert to_markdown(answered(abstained=True, text="The documents do not say.")) == (
        "# Who wrote it?\n\nThe documents do not say.\n"
    )


def test_csl_has_each_source_once_with_what_is_known_of_it() -> None:
    assert to_csl(answered(*STATEMENTS)) == [
        {
            "id": "lovelace1843",
            "type": "document",
            "title": "Notes & Sketches",
            "author": [{"literal": "Ada Lovelace"}, {"literal": "Luigi Menabrea"}],
            "issued": {"date-parts": [[1843, 9]]},
            "publisher": "Taylor",
            "page": "3, 7",
            "note": "notes.pdf",
        },
        {
            "id": "source2001",
            "type": "document",
            "title": "天気",
            "issued": {"date-parts": [[2001, 1, 3]]},
            "URL": "https://news.example/rain?a=1",
        },
    ]


def test_bibtex_has_the_same() -> None:
    assert to_bibtex(answered(*STATEMENTS)) == (
        "@misc{lovelace1843,\n"
        "  title = {{Notes \\& Sketches}},\n"
        "  author = {{Ada Lovelace} and {Luigi Menabrea}},\n"
        "  year = {1843},\n"
        "  date = {1843-09},\n"
        "  publisher = {Taylor},\n"
        "  pages = {3, 7},\n"
        "  note = {notes.pdf},\n"
        "}\n\n"
        "@misc{source2001,\n"
        "  title = {{天気}},\n"
        "  year = {2001},\n"
        "  date = {2001-01-03},\n"
        "  url = {https://news.example/rain?a=1},\n"
        "}\n"
    )


def test_sources_of_one_author_and_year_have_keys_of_their_own() -> None:
    other = replace(NEWS, number=4, document_id="d3")
    statement = Statement("It rained.", (NEWS, other), "supported")
    assert [item["id"] for item in to_csl(answered(statement))] == ["source2001", "source2001-2"]


def test_no_word_of_a_document_is_code() -> None:
    quote = Quote(1, "d", 0, 9, HOSTILE, HOSTILE, HOSTILE, HOSTILE, HOSTILE, author=HOSTILE)
    answer = answered(Statement(HOSTILE, (quote,), "supported"), question=HOSTILE)
    page = MarkdownIt("gfm-like", {"linkify": False}).render(to_markdown(answer))
    assert set(re.findall(r"</?(\w+)", page)) == {"h1", "p"}
    assert page.count("<h1>") == 1
    entry = to_bibtex(answer)
    assert [mark for mark in "\x00\x1b\u202e" if mark in entry + json.dumps(to_csl(answer), ensure_ascii=False)] == []
    assert "\\input" not in entry
    assert entry.count("{") == entry.count("}")
    assert entry.count("\n@") == 0


@pytest.mark.parametrize("date", [None, "", "in May", "2001-99-99", "2001-1-3", "２００１"])
def test_a_date_that_is_none_is_left_out(date: str | None) -> None:
    [item] = to_csl(answered(Statement("It rained.", (replace(NEWS, date=date),), "supported")))
    assert "issued" not in item
    assert item["id"] == "source"
