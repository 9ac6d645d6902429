"""The chat, served, and a real browser that a test visits it with. Import the fixture `browser` where it is needed."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from rag import Assistant
from ui.guard import Gate
from ui.places import Places
from ui.site import build_site

Scheme = Literal["light", "dark"]


@contextmanager
def serving(
    assistant: Assistant,
    *,
    examples: Sequence[str] = (),
    folder: Path | None = None,
    passwords: Mapping[str, str] | None = None,
    gate: Gate | None = None,
    places: Places | None = None,
) -> Iterator[str]:
    """The chat's address while it is served from a thread; `folder` is where it keeps conversations."""

    def build() -> FastAPI:
        return build_site(
            assistant, folder or Path(place), examples=examples, passwords=passwords, gate=gate, places=places
        )

    with TemporaryDirectory() as place, socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(build, factory=True, log_level="critical", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    quiet = ["--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
    with sync_playwright() as playwright:
        args = ["--no-sandbox", "--disable-gpu", *quiet]
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=args)
        yield chromium
        chromium.close()


@contextmanager
def visiting(
    browser: Browser,
    address: str,
    *,
    width: int = 1280,
    scheme: Scheme = "light",
    script: str = "",
    login: tuple[str, str] | None = None,
) -> Iterator[Page]:
    """An open page that runs the `script` first; it must have asked no other host, shown no dialog, logged no error."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        color_scheme=scheme,
        reduced_motion="reduce",
        ignore_https_errors=address.startswith("https:"),  # no certificate of a proxy here is anybody's
        http_credentials={"username": login[0], "password": login[1]} if login else None,
    )
    page = context.new_page()
    page.add_init_script(script)
    page.set_default_timeout(15_000)
    mishaps: list[str] = []
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else mishaps.append(asked.url))
    page.on("dialog", lambda dialog: (mishaps.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: mishaps.append(str(error)))
    taken = "412"  # a file's name: the page asks then
    page.on(
        "console",
        lambda said: mishaps.append(said.text) if said.type == "error" and taken not in said.text else None,
    )
    page.goto(address)
    expect(page.locator(".welcome")).to_be_visible()
    try:
        yield page
    finally:
        context.close()
    assert mishaps == []


def ask(page: Page, question: str) -> Locator:
    """The finished answer."""
    answer = page.locator("#chat .answer").nth(page.locator("#chat .answer").count())
    box = page.get_by_label("Your question")
    box.fill(question)
    box.press("Enter")
    expect(answer).to_be_visible()
    expect(page.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    return answer
