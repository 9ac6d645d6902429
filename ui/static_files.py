"""Serve the styles and scripts of the pages."""

from __future__ import annotations

from importlib.resources import files

from fastapi import FastAPI, Response

IN_GRADIO = (
    "colours.css",
    "document.css",
    "style.css",
    "scope.css",
    "document.js",
    "sources.js",
    "answers.js",
    "script.js",
)
KINDS = {"css": "text/css", "js": "text/javascript"}
HEAD = "".join(
    f'<link rel="stylesheet" href="/pincite/{name}">'
    if name.endswith("css")
    else f'<script src="/pincite/{name}" defer></script>'
    for name in IN_GRADIO
)
"""Not `css=`: Gradio rewrites what it is given there, and breaks selectors with commas in them."""
OTHERS = ("library.css", "library.js")


def add_static_files(site: FastAPI) -> None:
    for name in (*IN_GRADIO, *OTHERS):
        _add(site, name)


def _add(site: FastAPI, name: str) -> None:
    content, kind = (files("ui") / name).read_bytes(), KINDS[name.rpartition(".")[2]]

    @site.get(f"/pincite/{name}")
    def send_file() -> Response:
        return Response(content, media_type=kind)
