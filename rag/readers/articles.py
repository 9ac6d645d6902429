"""Articles: a text that is a run of articles under headlines, as an issue of a publication is, to its sections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from rag.headlines import ends_like_a_sentence, is_headline
from rag.readers.dates import to_iso_date
from rag.readers.details import clean_title, find_details, is_metadata, is_rule, is_title_label, stated_in
from rag.types import Document, Section

MIN_SIGNED = 2
"""Articles that say when, where or by whom they were written: one alone is as likely the title of a whole."""
MIN_WORDS = 3
MAX_WORDS = 25
MAX_CHARACTERS = 160
MIN_NEWS_WORDS = 5
"""Of a headline that another line may stand below; the name of a rubric above a headline is shorter."""
MIN_PARAGRAPH = 80
MAX_ABOUT_LINES = 8
BODY_CHARACTERS = 6000
"""Among which an article has its first paragraph."""

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_NUMBERED = re.compile(
    r"(?:\W*(?:chapter|section|article|part|appendix|annex|schedule|exhibit|table|figure|act|scene|book|volume|item"
    r"|step|question|lesson|unit|version|release)\b|\W*(?:\d+|[IVXLC]+|[A-Za-z])[.):])",
    re.IGNORECASE,
)
_DATELINE = re.compile(
    r"[A-Z][A-Z'’. -]{2,30}(?:, [A-Z][\w. ]{1,20}?)?"
    r"(?:\s*\([A-Z][\w/ ]{1,20}\)|,? (?P<date>[A-Z][a-z]{2,8}\.? \d{1,2}(?:, \d{4})?)){1,2}\s*[–—-]{1,2}\s*\S"
)
_UNFINISHED = re.compile(r".*\b(?:a|an|and|at|by|for|from|in|of|on|or|the|to|with)", re.DOTALL)
_PARAGRAPH_BREAK = re.compile(r"\n[ \t]*\n")


class Headline(NamedTuple):
    """A line that may name an article."""

    start: int
    title: str
    end: int
    """Where the line ends."""
    style: str
    """The articles of a publication have headlines of one style."""
    is_alone: bool = True
    """Whether it reads as the headline of an article without anything said about it."""
    is_article: bool = False
    """Whether the format itself says that this is an article."""
    date: str | None = None
    author: str = ""


class Article(NamedTuple):
    headline: Headline
    section: Section
    is_signed: bool


def divide(document: Document, headlines: Sequence[Headline] = ()) -> Document:
    """The document with its articles as sections; as it is if it is no run of them.

    What was taken for the document's own title, date or author belongs to its first article, unless it stands above.
    """
    sections = find_articles(document.text, headlines)
    if not sections:
        return document
    above = find_details(document.text[: sections[0].start])
    publishers = {section.publisher for section in sections if section.publisher}
    return replace(
        document,
        title=above.title,
        date=above.date,
        author=above.author,
        publisher=above.publisher or (document.publisher if len(publishers) <= 1 else ""),
        sections=sections,
    )


def find_articles(text: str, headlines: Sequence[Headline] = ()) -> tuple[Section, ...]:
    """The articles under these headlines, or under those that can be told in plain text; none if it is no run."""
    headlines = headlines or list(_with_their_decks(text, _plain_headlines(text)))
    by_style = groupby(sorted(headlines, key=lambda each: (each.style, each.start)), lambda each: each.style)
    is_issue = bool(find_details(text).publisher)
    runs = (_run(list(_articles(text, list(group))), is_issue=is_issue) for _, group in by_style)
    return max(runs, key=len, default=())


def _run(articles: list[Article], *, is_issue: bool) -> tuple[Section, ...]:
    signed = [article for article in articles if article.is_signed]
    alone = [article for article in articles if article.headline.is_alone]
    stopped = [article for article in alone if article.headline.title.endswith(".")]
    are_signed = len(signed) >= MIN_SIGNED and 2 * len([each for each in alone if each.is_signed]) >= len(alone)
    are_sentences = is_issue and 2 * len(stopped) > len(alone)  # below the name of a publication
    if all(article.headline.is_article for article in articles):
        chosen = articles
    elif are_signed or are_sentences:
        chosen = [article for article in articles if article.is_signed or article.headline.is_alone]
    else:
        chosen = []
    return tuple(article.section for article in chosen) if len(chosen) >= MIN_SIGNED else ()


def _articles(text: str, headlines: Sequence[Headline]) -> Iterator[Article]:
    """Those of the headlines, of one style, that have a paragraph below them, before the next."""
    ends = [*(headline.start for headline in headlines), len(text)][1:]
    for headline, end in zip(headlines, ends, strict=True):
        body = text[headline.end : min(end, headline.end + BODY_CHARACTERS)]
        about, rest = _about(body)
        stated = stated_in(about)
        dateline = _DATELINE.match(rest)
        if not _has_paragraph(rest) or _NUMBERED.match(headline.title) or not _WORD.search(headline.title):
            continue
        date = stated.get("date") or headline.date or to_iso_date((dateline and dateline["date"]) or "")
        author = stated.get("author", "") or headline.author
        section = Section(headline.start, clean_title(headline.title), date, author, stated.get("publisher", ""))
        yield Article(headline, section, bool(stated or dateline or headline.date or headline.author))


def _about(body: str) -> tuple[list[str], str]:
    """The lines of a headline's date, author and publisher, and what stands below them."""
    about: list[str] = []
    end = 0
    for line in body.splitlines(keepends=True)[: 2 * MAX_ABOUT_LINES]:
        words = line.strip()
        if words and (not is_metadata(words) or len(about) == MAX_ABOUT_LINES):
            break
        about += [words] if words and not words.isdecimal() else []  # a year alone heads a column as well
        end += len(line)
    return about, body[end:]


def _has_paragraph(body: str) -> bool:
    paragraphs = (paragraph.strip() for paragraph in _PARAGRAPH_BREAK.split(body))
    return any(len(paragraph) >= MIN_PARAGRAPH and ends_like_a_sentence(paragraph) for paragraph in paragraphs)


def _plain_headlines(text: str) -> Iterator[Headline]:
    """Lines that stand alone, in capitals, or above a line that says when or by whom; and those labelled as titles."""
    lines = text.splitlines(keepends=True)
    start, before = 0, ""
    for number, line in enumerate(lines):
        words = line.strip()
        if words and (not before or is_rule(before)):
            below = [following.strip() for following in lines[number + 1 : number + 3]]
            if style := _style(words, below):
                is_stopped = style == "capitals" and words.endswith(".")
                title = words.partition(":")[2].strip(" *_") if style == "label" else words
                is_alone = is_stopped or (is_rule(before) and is_headline(words))
                yield Headline(start, title, start + len(line), style, is_alone)
        start += len(line)
        before = words


def _with_their_decks(text: str, headlines: Iterable[Headline]) -> Iterator[Headline]:
    """A line below a headline, with nothing between, says more about the same article."""
    above: Headline | None = None
    for headline in headlines:
        if above and not text[above.end : headline.start].strip() and len(above.title.split()) >= MIN_NEWS_WORDS:
            above = above._replace(end=headline.end)
            continue
        if above:
            yield above
        above = headline
    if above:
        yield above


def _style(line: str, below: list[str]) -> str:
    """Empty for what is no headline."""
    is_above_metadata = is_metadata(next(filter(None, below), ""))
    if is_title_label(line):
        return "label" if is_above_metadata else ""
    words = _WORD.findall(line)
    is_above_text = not any(below[:1]) and not is_above_metadata
    if not MIN_WORDS <= len(words) <= MAX_WORDS or not (is_above_metadata or is_above_text) or is_metadata(line):
        return ""
    if is_headline(line):
        return "capitals" if 9 * sum(map(str.islower, line)) <= sum(map(str.isupper, line)) else "words"
    is_prose = ends_like_a_sentence(line) or len(line) > MAX_CHARACTERS or _UNFINISHED.fullmatch(line)
    return "words" if is_above_metadata and not is_prose and line[0].isalnum() else ""
