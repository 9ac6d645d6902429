"""Build the site: chat, documents, library and what programs ask, behind the checks that keep others out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from fastapi import FastAPI

from rag import Assistant
from ui.browser import mount_chat
from ui.completions import add_completions
from ui.document_page import add_documents
from ui.downloads import add_downloads
from ui.feedback import add_feedback
from ui.guard import Gate, guard_site
from ui.library_page import add_library
from ui.login import add_login
from ui.places import Places
from ui.static_files import add_static_files
from ui.tools import add_tools
from ui.uploads import add_uploads
from ui.users import Users


def build_site(
    assistant: Assistant,
    folder: Path,
    *,
    examples: Sequence[str] = (),
    passwords: Mapping[str, str] | None = None,
    gate: Gate | None = None,
    places: Places | None = None,
) -> FastAPI:
    """What users do is kept in the folder. With `passwords`, by name, each of them has to log in."""
    users = Users(assistant, folder, places)
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_static_files(site)
    add_documents(site, users)
    add_library(site, users)
    add_uploads(site, users)
    add_feedback(site, users)  # before the downloads, to which every other name belongs
    add_downloads(site, users)
    add_completions(site, users)
    add_tools(site, users)
    mount_chat(site, users, examples=examples)
    add_login(site, passwords or {})
    guard_site(site, gate or Gate())  # the last comes first: what the others refuse has its headers too
    return site
