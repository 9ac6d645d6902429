"""Logins: who is let in, and that one user's uploads and conversations are not another's."""

from __future__ import annotations

import json
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import openai
import pytest
from gradio_client import Client
from playwright.sync_api import Browser, expect

from rag import Assistant, Document, Settings, SettingsError
from tests.chat_page import ask, browser, serving, visiting
from tests.tls_proxy import proxying
from ui.guard import Gate
from ui.login import read_credentials
from ui.server import find_gate, is_loopback, name_host, require_login

__all__ = ["browser"]

PASSWORDS = {"ann": "a long password", "ben": "another: one"}
ANN, BEN = PASSWORDS.items()
SHARED = Document(id="shared", title="Harbour", text="The harbour of Harwick opened in 1932. It cost £6 million.")
HERS = b"The lighthouse of Harwick will be sold in May. Nobody knows of it yet."
WHEN = "When will the lighthouse of Harwick be sold?"
PATHS = ("/", "/config", "/library", "/documents/shared", "/conversations/x.md", "/v1/models", "/pincite/script.js")


@dataclass(frozen=True)
class Served:
    assistant: Assistant
    address: str
    folder: Path

    def as_user(self, login: tuple[str, str] | None) -> httpx.Client:
        return httpx.Client(base_url=self.address, auth=login, timeout=30)


@pytest.fixture
def served(assistant: Assistant, tmp_path: Path) -> Iterator[Served]:
    assistant.ingest(SHARED)
    with serving(assistant, folder=tmp_path / "home", passwords=PASSWORDS) as address:
        yield Served(assistant, address, tmp_path / "home")


def upload(client: httpx.Client, name: str, content: bytes) -> str:
    reply = client.put(f"/library/files/{name}", content=content)
    assert reply.status_code == 200
    return str(json.loads(reply.text.splitlines()[-1])["outcome"])


def test_nothing_is_sent_to_who_has_not_logged_in(served: Served) -> None:
    with served.as_user(None) as client:
        for path in PATHS:
            reply = client.get(path)
            assert (reply.status_code, reply.text) == (401, "Log in with your name and password.")
            assert reply.headers["www-authenticate"].startswith("Basic ")
            assert "Content-Security-Policy" in reply.headers
        assert client.put("/library/files/a.txt", content=b"a").status_code == 401
        assert client.post("/gradio_api/queue/join", json={}).status_code == 401
        assert client.get("/healthz").json() == {"status": "ok"}
        assert client.get("/library", headers={"Host": "127.0.0.1/healthz?"}).status_code == 401
    assert not (served.folder / "uploads").exists()


@pytest.mark.parametrize(
    "login", [("ann", ""), ("ann", "a long passwor"), ("", ""), ("carl", "a long password"), ("ann", "another: one")]
)
def test_a_wrong_name_or_password_is_refused_after_a_while(served: Served, login: tuple[str, str]) -> None:
    with served.as_user(login) as client:
        began = time.monotonic()
        assert client.get("/library").status_code == 401
        assert time.monotonic() - began > 0.9 or login == ("", "")


@pytest.mark.parametrize("login", [ANN, BEN])
def test_who_has_logged_in_is_let_in(served: Served, login: tuple[str, str]) -> None:
    with served.as_user(login) as client:
        assert [client.get(path).status_code for path in PATHS] == [200, 200, 200, 200, 404, 200, 200]


@pytest.mark.parametrize(
    ("header", "read"),
    [
        ("Basic YW5uOmE6Yg==", ("ann", "a:b")),
        ("basic YW5uOmE6Yg==", ("ann", "a:b")),
        ("Bearer ann:a:b", ("ann", "a:b")),
        ("Basic YW5uOmEgYiA=", ("ann", "a b ")),
        ("Basic YW5uOsO8", ("ann", "ü")),
        ("Bearer ann:\u00c3\u00a0", ("ann", "à")),  # UTF-8, as headers are decoded
        *(
            (wrong, ("", ""))
            for wrong in ("", "Basic", "Basic ???", "Basic //8=", "Digest ann:a", "ann:a", "Basic ü\u20ac")
        ),
    ],
)
def test_credentials_are_read_as_http_has_them(header: str, read: tuple[str, str]) -> None:
    assert read_credentials(header) == read


def test_what_a_user_uploads_is_asked_shown_and_removed_by_that_user_alone(served: Served) -> None:
    with served.as_user(ANN) as ann, served.as_user(BEN) as ben:
        assert upload(ann, "secret.txt", HERS) == "added"
        [hers] = [document for document in served.assistant.documents() if document.owner]
        assert hers.owner == "ann"
        assert "lighthouse" in ann.get(f"/documents/{hers.id}").text
        assert ben.get(f"/documents/{hers.id}").status_code == 404
        assert ("secret.txt" in ann.get("/library").text, "secret.txt" in ben.get("/library").text) == (True, False)
        assert ben.post("/library/remove", json={"id": hers.id}).status_code == 404
        asked = {"messages": [{"role": "user", "content": WHEN}]}
        [said, other] = [each.post("/v1/chat/completions", json=asked).json()["answer"] for each in (ann, ben)]
        assert "in May" in said["text"]
        assert {hit["passage"]["document_id"] for hit in other["hits"]} == {"shared"}
        assert "May" not in json.dumps(other)
        assert upload(ben, "secret.txt", HERS) == "added"  # and not "unchanged", which would tell that she has it
        assert ann.post("/library/remove", json={"id": hers.id}).status_code == 204
        assert ann.get(f"/documents/{hers.id}").status_code == 404
    assert [document.owner for document in served.assistant.documents()] == ["", "ben"]
    assert [path.relative_to(served.folder).as_posix() for path in served.folder.rglob("*.txt")] == [
        "users/ben/uploads/secret.txt"
    ]


def test_what_is_everybodys_is_not_removed_in_the_browser(served: Served) -> None:
    with served.as_user(ANN) as ann:
        assert ann.post("/library/remove", json={"id": "shared"}).status_code == 404
        page = ann.get("/library").text
        assert "Harbour" in page
        assert ">Remove<" not in page


def test_failures_of_others_are_not_told(served: Served) -> None:
    with served.as_user(ANN) as ann, served.as_user(BEN) as ben:
        assert "not a PDF" in upload(ann, "plan.pdf", HERS)
        assert ("plan.pdf" in ann.get("/library").text, "plan.pdf" in ben.get("/library").text) == (True, False)
        source = "plan.pdf"  # as she knows it
        assert ben.post("/library/dismiss", json={"source": source}).status_code == 404
        assert ann.post("/library/dismiss", json={"source": source}).status_code == 204
        assert "plan.pdf" not in ann.get("/library").text


def test_conversations_and_feedback_are_of_one_user(browser: Browser, served: Served) -> None:
    with visiting(browser, served.address, login=ANN) as page:
        expect(page.locator(".status")).to_contain_text("1 document · answers without a language model · ann")
        ask(page, "When did the harbour of Harwick open?")
        link = page.locator("#chat .answer a.get").first.get_attribute("href")
        page.get_by_role("button", name="Right", exact=True).click()
        expect(page.locator("#answer-1 .actions [aria-pressed=true]")).to_have_text(["Right"])
    assert link
    with served.as_user(ANN) as ann, served.as_user(BEN) as ben:
        assert (ann.get(link).status_code, ben.get(link).status_code) == (200, 404)
        feedback = re.sub(r"\.md$", "/feedback", link)
        assert ben.post(feedback, json={"judgement": "wrong"}).status_code == 404
    with visiting(browser, served.address, login=BEN) as page:
        page.goto(f"{served.address}?conversation={link.split('/')[2]}")
        expect(page.locator(".welcome")).to_be_visible()
        expect(page.locator("#chat .answer")).to_have_count(0)
        page.locator("#shelf .toggle-button").click()
        expect(page.locator("#past label")).to_have_count(0)
    kept = sorted(path.parent.relative_to(served.folder).as_posix() for path in served.folder.rglob("*.jsonl"))
    assert kept == ["users/ann", "users/ann/conversations"]


def test_programs_log_in_too(served: Served) -> None:
    with served.as_user(ANN) as ann:
        upload(ann, "secret.txt", HERS)
    texts = []
    for name, password in (ANN, BEN):
        client = openai.OpenAI(base_url=f"{served.address}v1", api_key=f"{name}:{password}", max_retries=0)
        reply = client.chat.completions.create(model="pincite", messages=[{"role": "user", "content": WHEN}])
        texts.append(reply.choices[0].message.content or "")
        headers = {"Authorization": f"Bearer {name}:{password}"}
        answer = Client(served.address, headers=headers, verbose=False).predict(WHEN, api_name="/answer")
        assert answer["text"] == texts[-1]
    assert ["in May" in text for text in texts] == [True, False]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.0.1", "::1", "localhost"])
def test_this_machine_needs_no_login(host: str) -> None:
    require_login(host, Settings(), without=False)
    assert is_loopback(host)
    assert not find_gate(host, None).admits("192.168.0.7:7860")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.5.0.1", "::1", "localhost"])
def test_the_address_that_is_listened_at_is_answered(host: str) -> None:
    assert find_gate(host, None).admits(f"{name_host(host)}:7860")


def test_a_proxy_lets_others_in_and_needs_a_login() -> None:
    url = "https://pincite.example.org"
    with pytest.raises(SettingsError, match=f"at {url} others can reach the chat"):
        require_login("127.0.0.1", Settings(url=url), without=False)
    require_login("127.0.0.1", Settings(url=url, auth="ann:a long password"), without=False)


def test_a_shared_failure_is_shown_and_not_dismissed(served: Served, tmp_path: Path) -> None:
    (tmp_path / "broken.pdf").write_bytes(HERS)
    served.assistant.ingest(tmp_path / "broken.pdf")
    with served.as_user(ANN) as ann:
        page = ann.get("/library").text
    assert ("broken.pdf" in page, "Dismiss" in page) == (True, False)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.0.7", "pincite.local"])
def test_a_network_needs_a_login_or_to_be_told_that_there_is_none(host: str) -> None:
    with pytest.raises(SettingsError, match=rf"at {host} others can reach the chat; say who may with PINCITE_AUTH="):
        require_login(host, Settings(), without=False)
    require_login(host, Settings(), without=True)
    require_login(host, Settings(auth="ann:a long password"), without=False)
    gate = find_gate(host, None)
    assert gate.admits("192.168.0.7:7860")
    assert gate.admits("[2001:db8::7]:7860")
    assert not gate.admits("evil.example")  # which could be made to lead here, and is another site's


@pytest.mark.parametrize("host", ["", "[", "evil.example:80", "127.0.0.1.evil.example", "127.0.0.1@evil.example"])
def test_a_name_that_is_not_ours_is_not_admitted(host: str) -> None:
    assert not Gate(any_address=True).admits(host)


def test_a_proxy_before_the_chat_is_known_by_its_address(assistant: Assistant) -> None:
    gate = find_gate("127.0.0.1", "https://pincite.example.org")
    with serving(assistant, gate=gate) as address, httpx.Client(base_url=address) as client:
        for origin, status in (("https://pincite.example.org", 200), ("https://evil.example.org", 403)):
            sent = {"Host": "pincite.example.org", "Origin": origin}
            assert client.get("/library", headers=sent).status_code == status
        assert client.get("/library", headers={"Host": "evil.example.org"}).status_code == 400


def test_behind_a_proxy_with_tls_the_chat_answers_and_its_links_lead_through_it(
    browser: Browser, assistant: Assistant
) -> None:
    assistant.ingest(SHARED)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with (
            serving(assistant, gate=find_gate("127.0.0.1", url)) as address,
            proxying(listener, address),
            visiting(browser, f"{url}/") as page,
        ):
            answer = ask(page, "When did the harbour of Harwick open?")
            with page.expect_download() as download:
                answer.get_by_role("link", name="Markdown").click()
            assert f"{url}/documents/shared?start=" in download.value.path().read_text(encoding="utf-8")
            expect(page.locator("#sources mark")).to_have_text(["The harbour of Harwick opened in 1932."])
            body = {"messages": [{"role": "user", "content": "When did the harbour open?"}]}
            completion = page.evaluate(
                """body => fetch("/v1/chat/completions", { method: "POST", body: JSON.stringify(body) })
                    .then((reply) => reply.json())""",
                body,
            )
            [citation] = completion["choices"][0]["message"]["annotations"]
            assert citation["url_citation"]["url"].startswith(f"{url}/documents/shared?start=")
