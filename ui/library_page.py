"""Show the library: its documents, to be searched, sorted and added to, and what could not be read."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from rag import Document, Holding, PinciteError
from ui.document_page import render_page, render_refusal
from ui.inert import visible
from ui.sources import format_date
from ui.users import Users

COLUMNS = ("Title", "Publisher", "Date", "Format", "Passages", "Added", "State")
EMPTY = "<p>It is empty. Drop files above, or fill it in a terminal: <code>pincite ingest PATH</code>.</p>"
DROP = (
    '<div id="drop"><label class="choose">Add files<input id="files" type="file" multiple></label>'
    "<span>or drop them anywhere on this page</span></div>"
    '<ul id="uploads" aria-live="polite" aria-label="Added files"></ul>'
)


def add_library(site: FastAPI, users: Users) -> None:
    """The documents of the library at `/library`."""

    @site.get("/library")
    def send_library(request: Request) -> HTMLResponse:
        user = users.of(request)
        try:
            page = render_library(
                user.holdings(), user.failures(), may_remove=user.may_remove, may_dismiss=user.may_dismiss
            )
            return HTMLResponse(page)
        except PinciteError as error:
            return HTMLResponse(render_refusal(f"{error}."), status_code=503)

    @site.post("/library/remove")
    def remove_document(id: Annotated[str, Body(embed=True)], request: Request) -> Response:
        user = users.of(request)
        return _do(lambda: user.remove(id))

    @site.post("/library/dismiss")
    def dismiss_failure(source: Annotated[str, Body(embed=True)], request: Request) -> Response:
        user = users.of(request)
        return _do(lambda: user.dismiss(source))


def _do(change: Callable[[], bool]) -> Response:
    try:
        return Response(status_code=204 if change() else 404)
    except PinciteError as error:
        return PlainTextResponse(f"{error}.", status_code=503)


def render_library(
    holdings: Sequence[Holding],
    failures: Sequence[tuple[str, str]],
    *,
    may_remove: Callable[[Document], bool] = lambda _: True,
    may_dismiss: Callable[[str], bool] = lambda _: True,
) -> str:
    """The whole page; each document by the title that leads to it."""
    count = "1 document" if len(holdings) == 1 else f"{len(holdings):,} documents"
    search = '<input id="search" type="search" placeholder="Search titles, names, files" aria-label="Search">'
    ask = '<a id="ask-chosen" href="/" hidden>Ask the chosen</a>'
    head = (
        f'<header><h1>Library</h1><p class="origin"><output id="count">{count}</output> · '
        f'<a href="/">Back to the chat</a></p><div class="tools">{search}{ask}</div></header>'
    )
    behind = dict(failures)
    table = _render_table(holdings, behind, may_remove) if holdings else EMPTY
    held = {holding.document.source for holding in holdings}
    unread = [(source, reason) for source, reason in failures if source not in held]
    listed = f'<div id="listed">{table}{_render_failures(unread, may_dismiss)}</div>'
    return render_page("Library", f'{head}<div class="text library">{DROP}{listed}</div>')


def _render_table(holdings: Sequence[Holding], behind: dict[str, str], may_remove: Callable[[Document], bool]) -> str:
    heads = "".join(f'<th scope="col"><button type="button">{name}</button></th>' for name in COLUMNS)
    rows = "".join(
        _render_row(each, behind.get(each.document.source, ""), is_removable=may_remove(each.document))
        for each in holdings
    )
    return f"<table><thead><tr><td></td>{heads}<td></td></tr></thead><tbody>{rows}</tbody></table>"


def _render_row(holding: Holding, fault: str, *, is_removable: bool) -> str:
    document = holding.document
    name, id = document.title or document.source or "Untitled", quote(document.id, safe="")
    about = " · ".join(_cell(words) for words in (document.author, document.source) if words)
    title = f'<a href="/documents/{id}">{_cell(name)}</a><small>{about}</small>'
    cells = (
        *((title, visible(name)), (_cell(document.publisher), "")),
        (_cell(format_date(document.date)), document.date or ""),  # sorted as it is in ISO 8601
        (_cell(PurePath(document.source).suffix.lower().lstrip(".")), ""),
        (f"{holding.passages:,}", str(holding.passages)),
        (format_date(holding.added[:10]), holding.added),
        (_cell(f"Changed since, and not read: {fault}") if fault else "Ready", ""),
    )
    shown = "".join(f"<td{_sorted_by(key)}>{cell}</td>" for cell, key in cells)
    choose = f'<td><input type="checkbox" value="{id}" aria-label="{_label(f"Ask {name}")}"></td>'
    remove = f'<button type="button" data-id="{id}">Remove</button>' if is_removable else ""
    return f"<tr>{choose}{shown}<td>{remove}</td></tr>"


def _sorted_by(key: str) -> str:
    return f' data-key="{html.escape(visible(key))}"' if key else ""


def _render_failures(failures: Sequence[tuple[str, str]], may_dismiss: Callable[[str], bool]) -> str:
    if not failures:
        return ""
    items = "".join(
        f"<li>{_cell(source)}: {_cell(reason)} {_render_dismiss(source) if may_dismiss(source) else ''}</li>"
        for source, reason in failures
    )
    return f"<h2>Not read</h2><ul>{items}</ul>"


def _render_dismiss(source: str) -> str:
    return f'<button type="button" data-source="{html.escape(source)}">Dismiss</button>'


def _label(words: str) -> str:
    return html.escape(visible(words))


def _cell(words: str) -> str:
    return f"<bdi>{html.escape(visible(words))}</bdi>"
