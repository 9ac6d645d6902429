"""What is a run of articles becomes sections; what only looks like one does not."""

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.readers.articles import find_articles
from rag.readers.html import read_html
from rag.readers.markdown import read_markdown
from rag.readers.text import read_text
from rag.types import Document, Section

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_fe5675aafdfdfcf7.txt"
SHARED = Path(__file__).parents[2] / "shared"
needs_shared = pytest.mark.skipif(not SHARED.is_dir(), reason="the folder of shared documents is not there")

TALKS = (
    "Russian Defense Minister Igor Sergeev visited Tehran last week. The visit was the first by a Russian defense "
    "chief since the revolution of 1979, and it was followed closely in Washington."
)
ANTHEM = (
    "Russia greeted the new year with its new anthem. Few knew the words that the aged poet Sergei Mikhalkov had "
    "written to the old melody, which was heard at midnight on all channels."
)
GAS = (
    "Turkmenistan has raised the price of its natural gas. Ukraine, which buys more of it than any other country, said "
    "that it would pay the new price until the end of the year."
)

STOPPED = f"""RUSSIAN DEFENSE CHIEF VISITS TEHRAN FOR HIGH-LEVEL TALKS.

Publication: Monitor Volume: 7 Issue: 1

{TALKS}

{TALKS}

RUSSIA’S NEW ANTHEM RINGS IN THE NEW YEAR.

{ANTHEM}

TURKMENISTAN RAISES THE PRICE OF GAS.

Publication: Monitor Volume: 7 Issue: 1

{GAS}
"""

CAPITALS = f"""THE WEEKLY REVIEW
Published by: The Eurasia Institute
January 12, 2001

RUSSIAN DEFENSE CHIEF VISITS TEHRAN
By Jane Doe
Date: January 3, 2001

{TALKS}

WHAT THE TWO SIDES WANT

{TALKS}

RUSSIA’S NEW ANTHEM RINGS IN NEW YEAR
By John Roe and Ann Poe
Date: January 5, 2001

{ANTHEM}
"""

DATELINES = f"""Russian Defense Chief Visits Tehran

MOSCOW, Jan. 3 – {TALKS}

A spokesman said so.

Russia Greets the Year With a New Anthem

MOSCOW, January 5, 2001 (Reuters) — {ANTHEM}

Turkmenistan Raises Its Price of Gas

ASHGABAT (AP) -- {GAS}
"""

RULED = f"""Russia renews its ties with Iran
By Jane Doe | January 3, 2001

{TALKS}

----------

New anthem for the new year
By John Roe | January 5, 2001

{ANTHEM}

----------

Gas from Turkmenistan grows dearer
January 9, 2001

{GAS}
"""

LABELS = f"""Title: Russia renews its ties with Iran
Author: Jane Doe
Source: Monitor
Date: 2001-01-03

{TALKS}

Title: New anthem for the new year
Author: John Roe
Source: Observer
Date: 2001-01-05

{ANTHEM}
"""

MARKDOWN = f"""# Russia renews its ties with Iran

*By Jane Doe, January 3, 2001*

{TALKS}

## What comes next

{TALKS}

# New anthem for the new year

**Date:** 2001-01-05

{ANTHEM}

# Gas grows dearer [now](http://a.b)

{GAS}
"""

MARKDOWN_ISSUE = f"""---
title: Monitor, first issue
---

# In this issue

{TALKS}

## Russia renews its ties with Iran

_January 3, 2001_

{TALKS}

## New anthem for the new year

_January 5, 2001_

{ANTHEM}
"""

ARTICLES = f"""<title>Monitor</title><header><h1>Monitor</h1></header><main>
<article><p>Defense</p><h2>Russia renews its ties with Iran</h2><p class=byline>By Jane Doe</p>
<time datetime="2001-01-03">Jan. 3</time><p>{TALKS}</p><h3>What comes next</h3><p>{TALKS}</p></article>
<article><h2>New anthem for the new year</h2><a rel=author>John Roe</a><p>{ANTHEM}</p></article></main>"""

HEADINGS = f"""<title>Monitor</title><h1>Monitor</h1><h2>Russia renews its ties with Iran</h2><p>By Jane Doe</p>
<p>January 3, 2001</p><p>{TALKS}</p><h2>New <i>anthem</i> for the new year</h2><p>By John Roe</p><p>{ANTHEM}</p>"""

Expected = tuple[str, str | None, str, str]


@pytest.mark.parametrize(
    ("read", "source", "title", "articles"),
    [
        (
            read_text,
            STOPPED,
            "",
            [
                ("RUSSIAN DEFENSE CHIEF VISITS TEHRAN FOR HIGH-LEVEL TALKS", None, "", "Monitor, volume 7, issue 1"),
                ("RUSSIA’S NEW ANTHEM RINGS IN THE NEW YEAR", None, "", ""),
                ("TURKMENISTAN RAISES THE PRICE OF GAS", None, "", "Monitor, volume 7, issue 1"),
            ],
        ),
        (
            read_text,
            CAPITALS,
            "THE WEEKLY REVIEW",
            [
                ("RUSSIAN DEFENSE CHIEF VISITS TEHRAN", "2001-01-03", "Jane Doe", ""),
                ("RUSSIA’S NEW ANTHEM RINGS IN NEW YEAR", "2001-01-05", "John Roe; Ann Poe", ""),
            ],
        ),
        (
            read_text,
            DATELINES,
            "",
            [
                ("Russian Defense Chief Visits Tehran", None, "", ""),
                ("Russia Greets the Year With a New Anthem", "2001-01-05", "", ""),
                ("Turkmenistan Raises Its Price of Gas", None, "", ""),
            ],
        ),
        (
            read_text,
            RULED,
            "",
            [
                ("Russia renews its ties with Iran", "2001-01-03", "Jane Doe", ""),
                ("New anthem for the new year", "2001-01-05", "John Roe", ""),
                ("Gas from Turkmenistan grows dearer", "2001-01-09", "", ""),
            ],
        ),
        (
            read_text,
            LABELS,
            "",
            [
                ("Russia renews its ties with Iran", "2001-01-03", "Jane Doe", "Monitor"),
                ("New anthem for the new year", "2001-01-05", "John Roe", "Observer"),
            ],
        ),
        (
            read_markdown,
            MARKDOWN,
            "",
            [
                ("Russia renews its ties with Iran", "2001-01-03", "Jane Doe", ""),
                ("New anthem for the new year", "2001-01-05", "", ""),
                ("Gas grows dearer now", None, "", ""),
            ],
        ),
        (
            read_markdown,
            MARKDOWN_ISSUE,
            "Monitor, first issue",
            [
                ("Russia renews its ties with Iran", "2001-01-03", "", ""),
                ("New anthem for the new year", "2001-01-05", "", ""),
            ],
        ),
        (
            read_html,
            ARTICLES,
            "Monitor",
            [
                ("Russia renews its ties with Iran", "2001-01-03", "Jane Doe", ""),
                ("New anthem for the new year", None, "John Roe", ""),
            ],
        ),
        (
            read_html,
            HEADINGS,
            "Monitor",
            [
                ("Russia renews its ties with Iran", "2001-01-03", "Jane Doe", ""),
                ("New anthem for the new year", None, "John Roe", ""),
            ],
        ),
    ],
    ids=["stopped", "capitals", "datelines", "ruled", "labels", "markdown", "markdown issue", "articles", "headings"],
)
def test_a_run_of_articles_is_a_section_an_article(
    read: Callable[[bytes], Document], source: str, title: str, articles: list[Expected]
) -> None:
    document = read(source.encode())
    assert [(each.title, each.date, each.author, each.publisher) for each in document.sections] == articles
    assert document.title == title
    begins = [document.text[section.start :].lstrip("# ").removeprefix("Title: ") for section in document.sections]
    for begin, section in zip(begins, document.sections, strict=True):
        assert begin.removeprefix("Defense\n\n").split()[:3] == section.title.split()[:3]


def test_below_the_name_of_a_publication_headlines_that_end_like_sentences_need_nothing_else() -> None:
    first, second = STOPPED.split("TURKMENISTAN")[0].split("RUSSIA’S")
    third = f"GAS GROWS DEARER IN UKRAINE.\n\n{GAS}\n"
    titles = [section.title for section in read_text(f"{first}RUSSIA’S{second}{third}".encode()).sections]
    assert titles == [
        "RUSSIAN DEFENSE CHIEF VISITS TEHRAN FOR HIGH-LEVEL TALKS",
        "RUSSIA’S NEW ANTHEM RINGS IN THE NEW YEAR",
        "GAS GROWS DEARER IN UKRAINE",
    ]


def test_a_line_below_a_headline_is_not_taken_for_the_title() -> None:
    first = f"MINISTER BEGINS TALKS IN TEHRAN\n\nWhat Iran Wants From Moscow\n\nBy Jane Doe\n\n{TALKS}\n\n"
    second = f"RUSSIA GREETS ITS NEW ANTHEM\n\nFew knew the words to it\nBy John Roe\n\n{ANTHEM}\n"
    assert find_articles(first + second) == (
        Section(0, "MINISTER BEGINS TALKS IN TEHRAN", None, "Jane Doe"),
        Section(len(first), "RUSSIA GREETS ITS NEW ANTHEM", None, "John Roe"),
    )


def test_a_rubric_above_a_headline_is_not_taken_for_the_title() -> None:
    first = f"WORLD NEWS TODAY\n\nTalks Begin in Tehran\nBy Jane Doe\n\n{TALKS}\n\n"
    second = f"New Anthem for Russia\nBy John Roe\n\n{ANTHEM}\n"
    assert [section.title for section in find_articles(first + second)] == [
        "Talks Begin in Tehran",
        "New Anthem for Russia",
    ]


def test_a_document_of_articles_keeps_what_stands_above_the_first_for_itself() -> None:
    document = read_text(CAPITALS.encode())
    assert (document.date, document.publisher, document.author) == ("2001-01-12", "The Eurasia Institute", "")


def test_a_publication_that_all_articles_name_is_that_of_the_document() -> None:
    assert read_text(STOPPED.encode()).publisher == "Monitor, volume 7, issue 1"
    assert read_text(LABELS.encode()).publisher == ""


REPORT = f"""THE FUTURE OF RUSSIAN ARMS EXPORTS
By Jane Doe
January 3, 2001

INTRODUCTION AND SUMMARY OF FINDINGS

{TALKS}

1. Methods Used in This Report

{TALKS}

THE MARKET FOR ARMS IN THE NEAR EAST

{GAS}

CONCLUSIONS AND OUTLOOK FOR THE NEXT DECADE

{ANTHEM}
"""
CONTRACT = f"""SUPPLY AGREEMENT BETWEEN THE PARTIES NAMED BELOW
Date: January 3, 2001

LIMITATION OF LIABILITY AND INDEMNIFICATION

THE SUPPLIER SHALL NOT BE LIABLE FOR LOST PROFITS. {TALKS.upper()}

GOVERNING LAW AND PLACE OF JURISDICTION

{GAS}

Signed for the Supplier in Moscow
Date: January 3, 2001

Signed for the Buyer in Tehran
Date: January 4, 2001
"""
PLAY = f"""THE TRAGEDY OF HAMLET, PRINCE OF DENMARK
by William Shakespeare

ACT ONE, SCENE ONE: A PLATFORM BEFORE THE CASTLE

ENTER BARNARDO AND FRANCISCO, TWO SENTINELS.

BARNARDO. {TALKS}

ENTER HORATIO AND MARCELLUS WITH THE GHOST.

FRANCISCO — {ANTHEM}
"""
CHANGELOG = f"""# Changelog

## Version 1.2.0

January 5, 2001

{GAS}

## 1.1.0

January 3, 2001

{ANTHEM}
"""
READ_ME = f"""# Pump

By Jane Doe

{GAS}

## Installing It on a Machine

{TALKS}

## Using It From a Program

{ANTHEM}
"""
FILING = f"""MANAGEMENT’S DISCUSSION AND ANALYSIS OF FINANCIAL CONDITION

{TALKS}

Total Revenues and Other Income
2001
2000

{GAS}

Total Costs and Other Expenses
2001
2000

{ANTHEM}
"""
LETTER = f"""Letter to the Ministry of Defense
January 3, 2001

Dear Minister,

{TALKS}

Yours sincerely,

The Head of the Department
By Order of the Board
"""
ANTHOLOGY_PAGE = (
    f"<h1>Iran</h1><p>{TALKS}</p><h2>Its early history</h2><p>{GAS}</p><h2>Its later history</h2><p>{ANTHEM}"
)
CARDS = f"<article><h3>Fast</h3><p>Quick.</p></article><article><h3>Safe</h3><p>Sure.</p></article><p>{GAS}</p>"
COMMENTS = (
    f"<article><h1>Talks in Tehran begin</h1><p>{TALKS}</p><article><h3>Ann said</h3><p>{GAS}</p></article></article>"
)


@pytest.mark.parametrize(
    ("read", "source"),
    [
        (read_text, REPORT),
        (read_text, CONTRACT),
        (read_text, PLAY),
        (read_text, FILING),
        (read_text, LETTER),
        (read_text, SEED.read_text(encoding="utf-8")),
        (read_markdown, CHANGELOG),
        (read_markdown, READ_ME),
        (read_html, ANTHOLOGY_PAGE),
        (read_html, CARDS),
        (read_html, COMMENTS),
        (read_text, ""),
    ],
    ids="report contract play filing letter seed changelog readme page cards comments empty".split(),
)
def test_what_only_has_headings_is_no_run_of_articles(read: Callable[[bytes], Document], source: str) -> None:
    assert read(source.encode()).sections == ()


@needs_shared
@pytest.mark.parametrize(
    ("pattern", "read", "count"),
    [("*.htm", read_html, 22), ("*.html", read_html, 5), ("*.txt", read_text, 4), ("*.rst", read_text, 1)],
)
def test_no_shared_document_is_a_run_of_articles(pattern: str, read: Callable[[bytes], Document], count: int) -> None:
    contents = [path.read_bytes() for path in (SHARED / "documents" / "files").rglob(pattern)]
    documents = [read(content) for content in contents if content.strip() and b"\0" not in content[:100]]
    assert [document.title for document in documents if document.sections] == []
    assert len(documents) >= count - 1


@needs_shared
@pytest.mark.parametrize("name", ["cmu_qa", "chroma_chunking", "cookbook_code", "mtrag"])
def test_hardly_any_real_document_is_taken_for_a_run_of_articles(name: str) -> None:
    lines = (SHARED / "eval" / "data" / name / "documents.jsonl").read_text(encoding="utf-8").splitlines()[:300]
    texts = [json.loads(line)["text"] for line in lines]
    divided = [text for text in texts for read in (read_text, read_markdown) if read(text.encode()).sections]
    assert len(divided) <= len(texts) // 100


@pytest.mark.parametrize("source", ["A Title Of Words\n\n" * 20_000, "BY " * 100_000, "A\n" * 200_000, "x, " * 100_000])
@pytest.mark.parametrize("read", [read_text, read_markdown])
def test_no_text_makes_the_search_slow(read: Callable[[bytes], Document], source: str) -> None:
    started = time.monotonic()
    read(source.encode())
    assert time.monotonic() - started < 5
