"""Show the library: its documents, to be searched, sorted and added to, and what could not be read."""

from __future__ import annotations

import html
from collections.abc import Callable, Sequence
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import Body, FastAPI, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse

from rag import Holding, PinciteError
from ui.document_page import render_page, render_refusal
from ui.inert import visible
from ui.sources import format_date
from ui.users import User, Users

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
            return HTMLResponse(render_library(user))
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


def render_library(user: User) -> str:
    """The whole page; each document by the title that leads to it."""
    holdings, failures = user.holdings(), user.failures()
    count = "1 document" if len(holdings) == 1 else f"{len(holdings):,} documents"
    search = '<input id="search" type="search" placeholder="Search titles, names, files" aria-label="Search">'
    ask = '<a id="ask-chosen" href="/" hidden>Ask the chosen</a>'
    head = (
        f'<header><h1>Library</h1><p class="origin"><output id="count">{count}</output> · '
        f'<a href="/">Back to the chat</a></p><div class="tools">{search}{ask}</div></header>'
    )
    behind = dict(failures)
    table = _render_table(holdings, behind, user) if holdings else EMPTY
    held = {holding.document.source for holding in holdings}
    unread = [(source, reason) for source, reason in failures if source not in held]
    listed = f'<div id="listed">{table}{_render_failures(unread, user)}</div>'
    return render_page("Library", f'{head}<div class="text library">{DROP}{listed}</div>')


def _render_table(holdings: Sequence[Holding], behind: dict[str, str], user: User) -> str:
    heads = "".join(f'<th scope="col"><button type="button">{name}</button></th>' for name in COLUMNS)
    rows = "".join(_render_row(each, behind.get(each.document.source, ""), user) for each in holdings)
    return f"<table><thead><tr><td></td>{heads}<td></td></tr></thead><tbody>{rows}</tbody></table>"


def _render_row(holding: Holding, fault: str, user: User) -> str:
    document = holding.document
    source = user.name_source(document.source)
    name, id = document.title or source or "Untitled", quote(document.id, safe="")
    about = " · ".join(_cell(words) for words in (document.author, source) if words)
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
    remove = f'<button type="button" data-id="{id}">Remove</button>' if user.may_remove(document) else ""
    return f"<tr>{choose}{shown}<td>{remove}</td></tr>"


def _sorted_by(key: str) -> str:
    return f' data-key="{html.escape(visible(key))}"' if key else ""


def _render_failures(failures: Sequence[tuple[str, str]], user: User) -> str:
    if not failures:
        return ""
    items = "".join(
        f"<li>{_cell(user.name_source(source))}: {_cell(reason)} "
        f"{_render_dismiss(user.name_source(source)) if user.may_dismiss(source) else ''}</li>"
        for source, reason in failures
    )
    return f"<h2>Not read</h2><ul>{items}</ul>"


def _render_dismiss(source: str) -> str:
    return f'<button type="button" data-source="{html.escape(source)}">Dismiss</button>'


def _label(words: str) -> str:
    return html.escape(visible(words))


def _cell(words: str) -> str:
    return f"<bdi>{html.escape(visible(words))}</bdi>"
