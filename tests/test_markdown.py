"""Render: no word of a document or model becomes Markdown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from rag.markdown import escape_markdown, render_statements
from rag.types import Quotation, Quote, Statement

INERT = {"paragraph_open", "paragraph_close", "inline", "text", "text_special"}
HOSTILE = [
    "![x](http://other.host/a.png)",
    "[click](javascript:alert(1))",
    "[click][1]\n\n[1]: http://other.host",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "a <b onclick=alert(1)>b</b>",
    "<http://other.host>",
    "http://other.host and www.other.host",
    "# heading",
    "heading\n===",
    "heading\n---",
    "- item",
    "+ item",
    "* item",
    "1. item",
    "123456789) item",
    "> quote",
    "    code",
    "\tcode",
    "```\ncode\n```",
    "~~~\ncode\n~~~",
    "`code` ``co`de``",
    "*a* _b_ **c** __d__ ~~e~~",
    "a | b\n--|--\nc | d",
    "***",
    "---",
    "___",
    "&lt;b&gt; &#60; &copy;",
    "a  \nb",
    "a\\\nb",
    "\\[a](b) \\\\[a](b)",
    "$x$ $$y$$ \\(z\\)",
    "fake citation [1] and [^1]",
    "=",
    "-",
]
AWKWARD = st.text(st.sampled_from("\\`*_{}[]()<>#+-.!|~=&$:/ \n\t\r\u2028\u00a0123aw\"'@^;")) | st.text()


def tokens_of(markdown: str) -> Iterator[Token]:
    parser = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    for token in parser.parse(markdown):
        yield token
        yield from token.children or ()


def shown(markdown: str) -> str:
    """What a reader sees."""
    return "".join(token.content for token in tokens_of(markdown) if token.type in {"text", "text_special"})


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_inert(text: str) -> None:
    assert {token.type for token in tokens_of(escape_markdown(text))} <= INERT


def test_the_parser_of_these_tests_sees_what_is_not_escaped() -> None:
    seen = {token.type for text in HOSTILE for token in tokens_of(text)}
    assert seen >= {
        *("image", "link_open", "html_inline", "html_block", "heading_open", "bullet_list_open", "ordered_list_open"),
        *("blockquote_open", "code_block", "fence", "code_inline", "em_open", "strong_open", "table_open", "hr"),
    }


@given(AWKWARD)
@example("a" * 20 + "\n\n1. b")
def test_any_text_is_one_inert_paragraph_of_the_same_words(text: str) -> None:
    escaped = escape_markdown(text)
    assert {token.type for token in tokens_of(escaped)} <= INERT
    seen = [c for c in text if c.isspace() or c in "\u200c\u200d" or unicodedata.category(c) not in ("Cc", "Cf")]
    assert shown(escaped) == " ".join("".join(seen).split())


@given(AWKWARD)
def test_escaped_text_stays_inert_behind_and_before_other_text(text: str) -> None:
    assert {token.type for token in tokens_of(f"Before {escape_markdown(text)} [1] after")} <= INERT


@pytest.mark.parametrize(
    "address",
    [
        "http://a.b",
        "HTTPS://a.b",
        "ftp://a",
        "www.a.b",
        "mailto:a@b.c",
        "javascript:a",
        "data:a",
        "xmpp:a@b.c",
        "_www.a.b",
        "_http://a.b",
        "éhttp://a.b",
        "1https://a.b",
        "a@b.c",
    ],
)
def test_no_address_survives_for_a_renderer_to_make_a_link_of(address: str) -> None:
    escaped = escape_markdown(f"see {address} there")
    assert not re.search(r"(?i)(https?|ftp|mailto|javascript|data|xmpp):|www\.|(?<!\\)@", escaped)


def quote(number: int) -> Quote:
    return Quote(number, "d", 0, 5, "Words")


def test_statements_are_one_paragraph_with_their_citations() -> None:
    statements: Sequence[Statement] = [
        Statement("It is *big*.", (quote(1), quote(2)), "supported"),
        Statement("It is [1] old.", (quote(1),), "re-pointed", "why"),
        Statement("It flew.", (), "unsupported", "why"),
    ]
    assert render_statements(statements) == (r"It is \*big\*. [1][2] It is \[1\] old. [1] It flew. *(unsupported)*")


def test_no_statements_are_no_text() -> None:
    assert render_statements([]) == ""


def test_quoted_words_that_no_document_has_are_struck() -> None:
    text = "He said “a *b*” and “c”."
    at = text.index("a *b*")
    quotations = (Quotation(at, at + 5, "not found", None), Quotation(at + 12, at + 13, "verified", None))
    statement = Statement(text, (), "unsupported", "", quotations)
    assert render_statements([statement]) == r"He said “~~a \*b\*~~” and “c”. *(unsupported)*"
