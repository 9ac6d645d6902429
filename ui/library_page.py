"""Show the library: its documents, to be searched and sorted, and what could not be read."""

from __future__ import annotations

import html
from collections.abc import Sequence
from pathlib import PurePath
from typing import Annotated
from urllib.parse import quote

from fastapi import Body, FastAPI, Response
from fastapi.responses import HTMLResponse

from rag import Assistant, Document, PinciteError
from ui.document_page import render_page, render_refusal
from ui.inert import visible
from ui.sources import format_date

COLUMNS = ("Title", "Author", "Publisher", "Date", "Format", "File")


def add_library(site: FastAPI, assistant: Assistant) -> None:
    """The documents of the library at `/library`."""

    @site.get("/library")
    def send_library() -> HTMLResponse:
        try:
            return HTMLResponse(render_library(assistant.documents(), assistant.failures()))
        except PinciteError as error:
            return HTMLResponse(render_refusal(f"{error}."), status_code=503)

    @site.post("/library/remove")
    def remove_document(id: Annotated[str, Body(embed=True)]) -> Response:
        try:
            return Response(status_code=204 if assistant.remove(id) else 404)
        except PinciteError as error:
            return Response(f"{error}.", status_code=503, media_type="text/plain")


def render_library(documents: Sequence[Document], failures: Sequence[tuple[str, str]]) -> str:
    """The whole page; each document by the title that leads to it."""
    count = "1 document" if len(documents) == 1 else f"{len(documents):,} documents"
    search = '<input id="search" type="search" placeholder="Search titles, names, files" aria-label="Search">'
    head = f'<header><h1>Library</h1><p class="origin"><output id="count">{count}</output></p>{search}</header>'
    body = _render_table(documents) if documents else "<p>It is empty: <code>pincite ingest PATH</code> fills it.</p>"
    return render_page("Library", f'{head}<div class="text library">{body}{_render_failures(failures)}</div>')


def _render_table(documents: Sequence[Document]) -> str:
    heads = "".join(f'<th scope="col"><button type="button">{name}</button></th>' for name in COLUMNS)
    rows = "".join(map(_render_row, documents))
    return f"<table><thead><tr>{heads}<td></td></tr></thead><tbody>{rows}</tbody></table>"


def _render_row(document: Document) -> str:
    title = _cell(document.title or document.source or "Untitled")
    id = quote(document.id, safe="")
    link = f'<a href="/documents/{id}">{title}</a>'
    shown = PurePath(document.source)
    cells = (
        *((link, ""), (_cell(document.author), ""), (_cell(document.publisher), "")),
        (_cell(format_date(document.date)), document.date or ""),  # sorted as it is in ISO 8601
        *((_cell(shown.suffix.lower().lstrip(".")), ""), (_cell(document.source), "")),
    )
    shown_cells = "".join(f"<td{_sorted_by(key)}>{cell}</td>" for cell, key in cells)
    remove = f'<td><button type="button" data-id="{id}">Remove</button></td>'
    return f"<tr>{shown_cells}{remove}</tr>"


def _sorted_by(key: str) -> str:
    return f' data-key="{html.escape(visible(key))}"' if key else ""


def _render_failures(failures: Sequence[tuple[str, str]]) -> str:
    if not failures:
        return ""
    items = "".join(f"<li>{_cell(source)}: {_cell(reason)}</li>" for source, reason in failures)
    return f"<h2>Not read</h2><ul>{items}</ul>"


def _cell(words: str) -> str:
    return f"<bdi>{html.escape(visible(words))}</bdi>"
