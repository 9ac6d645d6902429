from __future__ import annotations

import pytest

from rag.readers.details import Details
from rag.readers.pdf.details import find_pdf_details

TEXT = "It rained in the valley for a week, and the river rose. Nobody was surprised."


def details(text: str = TEXT, headline: str = "", **metadata: str) -> Details:
    return find_pdf_details(metadata, text=text, headline=headline)


@pytest.mark.parametrize(
    "title",
    [
        *(
            "",
            "untitled",
            "Untitled-1",
            "Microsoft Word - report.doc",
            "report final.docx",
            "loremipsum.jpg",
            "(anonymous)",
        ),
        *("fake-memo", "scan0001", "PowerPoint Presentation", "\x00", "12345", "https://example.org/a", "Document1"),
    ],
)
def test_what_a_program_filled_in_is_no_title(title: str) -> None:
    assert details(Title=title).title == ""
    assert details(Title=title, headline="The Rain").title == "The Rain"


def test_a_title_is_taken_from_the_metadata_and_one_like_a_file_name_if_the_text_has_it() -> None:
    assert details(Title="The\tRain \x00", headline="Big Letters Here").title == "The Rain"
    assert details("e-mail\n\n" + TEXT, Title="e-mail").title == "e-mail"


@pytest.mark.parametrize(
    "headline", ["Introduction", "1 Introduction", "2.1 The Rain", "and the rain", "A | B", "T0i n»B$l. |=="]
)
def test_the_largest_words_are_a_title_only_if_they_read_as_one(headline: str) -> None:
    assert details(headline=headline).title == ""


@pytest.mark.parametrize(
    ("author", "found"),
    [
        *(("Jane Doe", "Jane Doe"), ("Jane Doe;John Roe", "Jane Doe; John Roe"), ("jdoe", ""), ("(anonymous)", "")),
        *(("Microsoft Office User", ""), ("Administrator", ""), ("", "")),
    ],
)
def test_an_author_is_a_name(author: str, found: str) -> None:
    assert details(Author=author).author == found


@pytest.mark.parametrize(
    ("creator", "made", "date"),
    [
        ("Microsoft® Word 2016", "D:20160824142030+10'00'", "2016-08-24"),
        ("LaTeX with hyperref", "D:2016", "2016"),
        ("Writer", "D:19700101000000", None),
        ("Writer", "yesterday", None),
        ("wkhtmltopdf 0.12.5", "D:20230913134006+02'00'", None),
        ("Canon iR-ADV", "D:20230913134006", None),
        ("", "D:20230913134006", None),
    ],
)
def test_only_a_program_for_writing_knows_the_date(creator: str, made: str, date: str | None) -> None:
    assert details(Creator=creator, CreationDate=made).date == date


def test_the_date_in_the_text_is_better_than_that_of_the_file() -> None:
    assert details("The Rain\n\n3 May 1999\n\n" + TEXT, Creator="Word", CreationDate="D:20160824").date == "1999-05-03"
