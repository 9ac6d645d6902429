"""Render: the sources of answers to cards in which no word of a document is code."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rag import Hit, Passage, Quote, name_source
from ui.inert import escape, isolate
from ui.turns import Turn

NEIGHBOURHOOD = 250
"""Characters shown on each side of a quote."""
NEAREST_MEANS = "Nearest passages: no sentence in them answers with enough certainty"
NEAREST = 3
"""Passages shown when the documents do not answer."""
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
END = '<div class="end"></div>'
"""Follows the last block: without it Gradio would take a block for a new one when the next is added after it."""


def render_sources(turns: Sequence[Turn]) -> str:
    """The sources of all turns, newest question first; each heading and card a block, so that streaming redraws few."""
    blocks: list[str] = []
    for number, turn in reversed(list(enumerate(turns, start=1))):
        if cards := list(_render_cards(turn, number)):
            blocks += [f'<h3 class="asked" dir="auto">{escape(turn.question)}</h3>', *cards]
    if not blocks:
        return '<div class="no-sources">The sources of an answer appear here, each with the words that prove it.</div>'
    return "\n\n".join([*blocks, END])


def _render_cards(turn: Turn, number: int) -> Iterable[str]:
    hits = turn.hits or ()
    if turn.answer is not None and turn.answer.abstained:
        nearest = hits[:NEAREST]
        if nearest:
            yield f'<p class="nearest-heading" id="nearest-{number}">{NEAREST_MEANS}</p>'
        for hit in nearest:
            yield _render_passage(hit.passage)
        return
    for quote in turn.quotes:
        yield render_source(quote, hits, number=number)


def render_source(quote: Quote, hits: Sequence[Hit], *, number: int) -> str:
    """A card with the quote in its neighbourhood; it never changes, so that it is drawn once while others come."""
    before, after = find_neighbourhood(quote, hits)
    label = f'<a class="back" href="#answer-{number}" title="Back to the answer">{quote.number}</a>'
    return (
        f'<article class="source" id="source-{number}-{quote.number}" tabindex="-1">'
        f"<header>{label}<cite>{isolate(name_of(quote))}</cite></header>{_render_origin(quote, quote.page)}"
        f'<blockquote dir="auto">{escape(before)}<mark>{escape(quote.text)}</mark>{escape(after)}</blockquote>'
        f"{_render_whole(quote.path)}</article>"
    )


def _render_whole(path: str) -> str:
    return f'<a class="whole" href="{escape(path)}" target="_blank">Read it in the document</a>'


def _render_passage(passage: Passage) -> str:
    text = shorten(passage.text.strip(), 2 * NEIGHBOURHOOD)
    return (
        f'<article class="source nearest"><header><cite>{isolate(name_of(passage))}</cite></header>'
        f"{_render_origin(passage, passage.page_at(passage.start))}"
        f'<blockquote dir="auto">{escape(text)}</blockquote>'
        f"{_render_whole(passage.quote(passage.start, passage.end).path + '&kind=passage')}</article>"
    )


def name_of(source: Quote | Passage) -> str:
    return source.title or name_source(source.source) or "Untitled"


def _render_origin(source: Quote | Passage, page: int | None) -> str:
    numbered, file = f"page {page}" if page else "", name_source(source.source)
    parts = (source.author, source.publisher, format_date(source.date), numbered, file)
    return f'<p class="origin">{" · ".join(isolate(part) for part in parts if part)}</p>'


def format_date(date: str | None) -> str:
    """`2001-01-03` as `3 January 2001`; what is no ISO date stays as it is."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d{2}))?", date or "", re.ASCII)
    if not found:
        return date or ""
    year, month, day = found.groups()
    return f"{int(day)} {MONTHS[int(month) - 1]} {year}" if day else f"{MONTHS[int(month) - 1]} {year}"


def find_neighbourhood(quote: Quote, hits: Iterable[Hit]) -> tuple[str, str]:
    """The text before and after the quote in its passage, cut between words; empty if no hit holds the quote."""
    for passage in (hit.passage for hit in hits):
        holds = passage.start <= quote.start and quote.end <= passage.end
        if passage.document_id == quote.document_id and holds:
            before = passage.text[: quote.start - passage.start].lstrip()
            after = passage.text[quote.end - passage.start :].rstrip()
            return shorten(before, NEIGHBOURHOOD, keep_end=True), shorten(after, NEIGHBOURHOOD)
    return "", ""


def shorten(text: str, length: int, *, keep_end: bool = False) -> str:
    if len(text) <= length:
        return text
    if keep_end:
        cut = text[-length:]
        return "… " + (cut.split(maxsplit=1)[-1] if re.search(r"\s\S", cut) else cut)
    cut = text[:length]
    return (cut.rsplit(maxsplit=1)[0] if re.search(r"\S\s", cut) else cut) + " …"
