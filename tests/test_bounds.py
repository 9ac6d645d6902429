"""Bounds: titles and names that fit beside a quote, and no more sections than a text can hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.readers import read
from rag.readers.bounds import FEW_SECTIONS, MOST, bound
from rag.types import Document, Section
from tests.office_files import pptx, shape, xlsx


def test_titles_and_names_are_cut_to_one_short_line() -> None:
    long = "a very\nlong " * 100
    said = {"title": long, "author": long, "publisher": "The\u2028Press"}
    document = bound(Document(text="x", sections=(Section(0, **said),), **said))
    for part in (document, *document.sections):
        assert part.title == part.author
        assert (len(part.title), part.title[:11], part.title[-1]) == (MOST, "a very long", "…")
        assert part.publisher == "The Press"


@pytest.mark.parametrize("number", [FEW_SECTIONS, FEW_SECTIONS + 1])
def test_sections_are_given_up_where_they_are_too_many_for_the_text(number: int) -> None:
    sections = tuple(Section(0, "Tea", author="Ada") for _ in range(number))
    document = Document(text="x", title="Tea", author="Bo", sections=sections)
    given_up = replace(document, sections=(), author="")
    assert bound(document) == (document if number == FEW_SECTIONS else given_up)


def test_a_mail_of_lines_by_turns_makes_few_passages_and_credits_nobody_with_them() -> None:
    mail = b"From: Ada <a@b.c>\nSubject: Tea\n\n" + b"> a\nb\n" * 10_000
    document = read(".eml", mail)
    assert (document.sections, document.author, document.title) == ((), "", "Tea")


def test_a_sheet_or_slide_that_is_listed_often_is_read_once() -> None:
    book = read(".xlsx", xlsx({"A": "<row><c><v>1</v></c></row>"}, again=["A"] * 1_000))
    assert book.text.count("1") == 1
    slides = pptx([shape("Tea at five.")], again=[1] * 1_000)
    assert read(".pptx", slides).text == "Tea at five."
