"""Quoted mail: whose words are whose."""

from __future__ import annotations

import pytest

from rag.readers.quoted_mail import divide_mail
from rag.types import Section

OWN = Section(0, "Re: Tea", "2025-03-04", "Tom Brandt")


def test_a_mail_that_quotes_nothing_stays_as_it_is() -> None:
    text = "I think > 5 is more.\n\nOn Monday Anna wrote:\nnothing."
    assert divide_mail(text, OWN) == (text, [])


def test_what_is_quoted_is_by_whom_the_line_above_it_names() -> None:
    text = (
        "Yes, at five.\n\nOn Mon, 3 Mar 2025, Anna Keller wrote:\n> Shall we meet?\n>\n> On Sun, 2 Mar 2025 at 10:12, "
        "Bo Li <bo@li.org> wrote:\n>> I am there.\n> And when?\n\nSo be it.\nTom"
    )
    divided, sections = divide_mail(text, OWN)
    assert ">" not in divided.replace("<bo@li.org>", "")
    ends = [*(section.start for section in sections[1:]), len(divided)]
    assert [
        (section.author, section.date, divided[section.start : end].strip())
        for section, end in zip(sections, ends, strict=True)
    ] == [
        (
            "Anna Keller",
            "2025-03-03",
            "Shall we meet?\n\nOn Sun, 2 Mar 2025 at 10:12, Bo Li <bo@li.org> wrote:",
        ),
        ("Bo Li", "2025-03-02", "I am there."),
        ("Anna Keller", "2025-03-03", "And when?"),
        ("Tom Brandt", "2025-03-04", "So be it.\nTom"),
    ]
    assert {section.title for section in sections} == {"Re: Tea"}
    assert divided.startswith("Yes, at five.\n\nOn Mon, 3 Mar 2025, Anna Keller wrote:\nShall")


@pytest.mark.parametrize(
    ("line", "author", "date"),
    [
        ("On 3 March 2025 at 10:12, Anna Keller <anna@example.org> wrote:", "Anna Keller", "2025-03-03"),
        ("On Mar 3, 2025, at 10:12 AM, Anna Keller wrote:", "Anna Keller", "2025-03-03"),
        ("On Mon, Mar 3, 2025 at 10:12 AM Anna Keller <a@b.c> wrote:", "Anna Keller", "2025-03-03"),
        ("Am 3. März 2025 um 10:12 schrieb Anna Keller:", "Anna Keller", "2025-03-04"),
        ("Le 3 mars 2025 à 10:12, Anna Keller a écrit :", "Anna Keller", "2025-03-04"),
        ("Some words.", "quoted by Tom Brandt", "2025-03-04"),
        ("On Monday you wrote:", "quoted by Tom Brandt", "2025-03-04"),
    ],
)
def test_the_line_above_names_the_writer_as_mail_programs_word_it(line: str, author: str, date: str) -> None:
    _, [section] = divide_mail(f"{line}\n> Shall we meet?", OWN)
    assert (section.author, section.date) == (author, date)
