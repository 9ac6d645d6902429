"""Show a document: its whole text with quotes marked in it, at an address that can be sent to others."""

from __future__ import annotations

import html
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise, takewhile
from string import Template
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import HTMLResponse

from rag import Document, PinciteError, name_source
from ui.inert import visible
from ui.sources import format_date
from ui.users import Users

MARKED_AT_ONCE = 1_000
NOT_THERE = "The library has no such document. It may have been changed or removed since it was quoted."
PAGE = Template(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>$title · Pincite</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<link rel="stylesheet" href="/pincite/colours.css"><link rel="stylesheet" href="/pincite/document.css">'
    '<link rel="stylesheet" href="/pincite/library.css">'
    '<script src="/pincite/document.js" defer></script><script src="/pincite/library.js" defer></script>'
    '</head><body><main class="document">$body</main></body></html>'
)

Span = tuple[int, int]


def add_documents(site: FastAPI, users: Users) -> None:
    """Show each document at `/documents/<id>`, with the words from each `start` to its `end` marked."""

    @site.api_route("/documents/{id:path}", methods=["GET", "HEAD"])
    def send_document(
        id: str,
        request: Request,
        start: Annotated[list[str], Query(default_factory=list)],
        end: Annotated[list[str], Query(default_factory=list)],
        kind: str = "",
    ) -> HTMLResponse:
        try:
            spans = read_spans(start, end)
            document = users.of(request).document(id)
            if document is None:
                return HTMLResponse(render_refusal(NOT_THERE), status_code=404)
            return HTMLResponse(render_document(document, spans, noun="passage" if kind == "passage" else "quote"))
        except BadSpan as error:
            return HTMLResponse(render_refusal(f"{error}."), status_code=400)
        except PinciteError as error:
            return HTMLResponse(render_refusal(f"{error}."), status_code=503)


class BadSpan(ValueError):
    """The address names no words of the document."""


def render_document(document: Document, spans: Sequence[Span], *, noun: str = "quote") -> str:
    """The whole page; the spans are marked, those that overlap as one, and the first of them is in view.

    The `noun` says what they are: a "quote" proves something, a "passage" was only near. Raises `BadSpan` if one of
    them is not in the text.
    """
    for start, end in spans:
        if not 0 <= start < end <= len(document.text):
            raise BadSpan(f"the document has no words from {start} to {end}; it may have changed since")
    marks = _merged(spans)
    current = next((at for at, (first, last) in enumerate(marks) if first <= spans[0][0] < last), 0)
    names = (document.author, document.publisher, format_date(document.date), name_source(document.source))
    origin = " · ".join(f"<bdi>{_escape(name)}</bdi>" for name in names if name)
    title = document.title or name_source(document.source) or "Untitled"
    names_it = f'<h1 dir="auto">{_escape(title)}</h1><p class="origin">{origin}</p>'
    page = document.page_at(marks[current][0]) if marks else None
    head = f"<header>{names_it}{_render_steps(current, len(marks), noun, page)}</header>"
    text = "".join(_render_pages(document, marks, current))
    return render_page(title, f'{head}<div class="text" dir="auto">{text}</div>')


def render_refusal(message: str) -> str:
    """A page that says in one line why there is no document to show."""
    return render_page(
        "Not shown", f'<main><h1>This source cannot be shown</h1><p role="alert">{_escape(message)}</p></main>'
    )


def render_page(title: str, body: str) -> str:
    return PAGE.substitute(title=_escape(title), body=body)


def read_spans(starts: Sequence[str], ends: Sequence[str]) -> list[Span]:
    """The spans that an address names. Raises `BadSpan` if it does so in another way than Pincite does."""
    if len(starts) != len(ends) or len(starts) > MARKED_AT_ONCE:
        raise BadSpan(f"the address must have as many `start` as `end`, and at most {MARKED_AT_ONCE}")
    if not all(number.isascii() and number.isdecimal() and len(number) < 12 for number in (*starts, *ends)):
        raise BadSpan("`start` and `end` must be whole numbers")
    return [(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def _merged(spans: Sequence[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], end)
        else:
            merged.append((start, end))
    return merged


def _render_steps(current: int, marks: int, noun: str, page: int | None) -> str:
    if not marks:
        return ""
    labels = {-1: f"Previous {noun}", 1: f"Next {noun}"} if marks > 1 else {0: f"Show the {noun}"}
    buttons = "".join(f'<button type="button" data-step="{step}">{label}</button>' for step, label in labels.items())
    said = [f"{noun.title()} {current + 1} of {marks}"] * (marks > 1) + [f"page {page}"] * bool(page)
    output = f'<output aria-live="polite">{" · ".join(said)}</output>'
    return f'<nav class="{noun}s" aria-label="{noun.title()}s">{buttons}{output}</nav>'


def _render_pages(document: Document, marks: Sequence[Span], current: int) -> Iterator[str]:
    """Each page of the document, if it has any, under its number."""
    starts = [0, *document.pages[1:]]
    for number, (start, end) in enumerate(pairwise([*starts, len(document.text)]), start=1):
        heading = f'<h2 id="page-{number}">Page {number}</h2>' if document.pages else ""
        yield f"<section>{heading}{''.join(_render_text(document.text, start, end, marks, current))}</section>"


def _render_text(text: str, start: int, end: int, marks: Sequence[Span], current: int) -> Iterator[str]:
    """The text between the offsets; a mark that began on the page before goes on."""
    at = start
    before = bisect_right(marks, start, key=lambda mark: mark[1])  # those that end before this page
    within = takewhile(lambda numbered: numbered[1][0] < end, enumerate(marks[before:], start=before))
    for number, (first, last) in within:
        begin, stop = max(start, first), min(end, last)
        if begin < stop:
            named = f' id="quote-{number + 1}" tabindex="-1"' if begin == first else ""
            kind = ' class="current"' if number == current else ""
            marked = f'<mark data-quote="{number + 1}"{named}{kind}>{_escape(text[begin:stop])}</mark>'
            yield _escape(text[at:begin]) + marked
            at = stop
    yield _escape(text[at:end])


def _escape(text: str) -> str:
    return html.escape(visible(text))
