"""The guard around the chat: whom the site answers, and what it lets a browser do."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from ui.guard import hash_scripts
from ui.site import build_site


class EmptyAssistant:
    model = "embedded"

    def holdings(self) -> list[object]:
        return []

    def document(self, _: str) -> None:
        return None

    def failures(self) -> list[tuple[str, str]]:
        return []


def build_empty_site() -> FastAPI:
    return build_site(EmptyAssistant(), Path("nowhere"), examples=[])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Of a chat that is being served."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(build_empty_site, factory=True, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


def send(port: int, method: str, path: str, headers: dict[str, str]) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request(method, path, headers=headers)
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
@pytest.mark.parametrize(("method", "path"), [("GET", "/config"), ("POST", "/gradio_api/queue/join")])
def test_another_site_is_refused(port: int, method: str, path: str, origin: str) -> None:
    assert send(port, method, path, {"Origin": origin}).status == 403


def test_our_own_site_and_no_site_are_answered(port: int) -> None:
    assert send(port, "GET", "/config", {"Origin": f"http://127.0.0.1:{port}"}).status == 200
    assert send(port, "GET", "/config", {}).status == 200


@pytest.mark.parametrize("path", ["/documents/x", "/conversations/x/1.json", "/v1/chat/completions"])
def test_a_page_of_another_site_embeds_nothing_of_ours_and_may_link_to_it(port: int, path: str) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert send(port, "GET", path, foreign).status == 403
    assert send(port, "GET", path, {**foreign, "Sec-Fetch-Mode": "navigate"}).status != 403
    assert send(port, "POST", path, {"Origin": "null"}).status == 403


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example"])
def test_a_foreign_name_that_points_here_is_refused(port: int, host: str) -> None:
    for path in ("/config", "/documents/x", "/v1/models"):
        response = send(port, "GET", path, {"Host": f"{host}:{port}"})
        assert (response.status, response.headers["X-Content-Type-Options"]) == (400, "nosniff")


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/config", "/pincite/style.css", "/pincite/script.js", "/pincite/answers.js", "/nowhere"),
        *("/documents/x", "/conversations/x.md", "/library", "/v1/models"),
    ],
)
def test_every_response_says_what_a_page_may_do(port: int, path: str) -> None:
    response = send(port, "GET", path, {})
    policy = dict(part.strip().split(" ", 1) for part in response.headers["Content-Security-Policy"].split(";"))
    scripts = policy.pop("script-src").split()
    assert policy == {
        "default-src": "'self'",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert scripts[0] == "'self'"
    assert all(script.startswith("'sha256-") for script in scripts[1:])
    assert bool(scripts[1:]) == (path == "/")  # of a page with a document's words no script but ours runs
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    is_private = path.startswith(("/documents", "/conversations", "/library", "/v1"))
    assert (response.headers.get("Cache-Control") == "no-store") == is_private
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_only_inline_scripts_are_named_by_their_hashes() -> None:
    page = b'<script src="a.js"></script><script type="module">\nlet a;\n</script>'
    assert hash_scripts(page) == "'sha256-mVUM17+Pgbr9k4nIeoTtZL1k7gaurHNmkpipEynFfgk='"
