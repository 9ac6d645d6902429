"""Uploads: files that are sent to the library, each with its outcome, and none that does harm."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.requests import HTTPConnection

from rag import Assistant, Document, IngestProgress, IngestReport, LibraryError, OnIngest
from tests.chat_page import ask, browser, serving, visiting
from tests.test_accessibility import found
from tests.test_browser import HOSTILE, SCRIPTS, ScriptedAssistant, keep_screenshot
from ui.requests import Refused
from ui.uploads import AT_ONCE, BUSY, require_name
from ui.users import Users

__all__ = ["browser"]

RTF = rb"{\rtf1 The bridge of Harwick opened in 1932.}"
BRIDGE = b"The bridge of Harwick opened in 1932."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept"


@pytest.fixture
def client(assistant: Assistant, folder: Path) -> Iterator[httpx.Client]:
    with serving(assistant, folder=folder) as address, httpx.Client(base_url=address, timeout=60) as client:
        yield client


def send(client: httpx.Client, name: str, content: bytes) -> list[dict[str, object]]:
    reply = client.put(f"/library/files/{quote(name)}", content=content)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in reply.text.splitlines()]


def test_a_file_is_added_and_asked(client: httpx.Client, assistant: Assistant, folder: Path) -> None:
    *steps, last = send(client, "Harwick ü.txt", BRIDGE)
    shares = [float(str(step["share"])) for step in steps]
    assert (last, shares[-1], shares == sorted(shares)) == ({"outcome": "added"}, 1.0, True)
    [quoted] = assistant.answer("When did the bridge of Harwick open?").quotes
    assert quoted.source == str(folder / "uploads" / "Harwick ü.txt")
    assert Path(quoted.source).read_bytes() == BRIDGE


def test_a_file_of_the_same_name_takes_the_place_of_the_one_before(client: httpx.Client, assistant: Assistant) -> None:
    outcomes = [send(client, "a.txt", content)[-1]["outcome"] for content in (BRIDGE, BRIDGE, b"It was closed.")]
    assert outcomes == ["added", "unchanged", "updated"]
    assert [assistant.document(each.id).text for each in assistant.documents()] == ["It was closed."]  # type: ignore[union-attr]  # they are there


@pytest.mark.parametrize(
    ("name", "content", "outcome"),
    [
        ("a.xyz", BRIDGE, "files ending in '.xyz' cannot be read"),
        ("a.pdf", BRIDGE, "not a PDF"),
        ("a.txt", b"", "it is empty"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_not_kept(
    client: httpx.Client, folder: Path, name: str, content: bytes, outcome: str
) -> None:
    assert outcome in str(send(client, name, content)[-1]["outcome"])
    assert list((folder / "uploads").iterdir()) == []


@pytest.mark.parametrize(
    "name", [".", "..", ".hidden", "a/b.txt", "a\\b.txt", "a\0.txt", "a\n.txt", "a\u202etxt.exe", "ü" * 101, "x" * 201]
)
def test_a_name_that_cannot_be_kept_is_refused(name: str) -> None:
    with pytest.raises(Refused) as told:
        require_name(name)
    assert told.value.status == 400


@pytest.mark.parametrize("name", ["a.txt", "ü.txt", "<script>alert(1).txt", "a b (1).txt", "x" * 196 + ".txt"])
def test_any_other_name_is_kept(name: str) -> None:
    assert require_name(name) == name


@pytest.mark.parametrize(
    "path", ["..%2f..%2fevil.txt", "%2fetc%2fevil.txt", "..", "%2e%2e%2fevil.txt", "a%00.txt", ".evil", "x" * 300]
)
def test_no_file_is_written_elsewhere(client: httpx.Client, folder: Path, path: str) -> None:
    before = set(folder.parent.rglob("*"))
    assert 400 <= client.put(f"/library/files/{path}", content=BRIDGE).status_code < 500
    assert {each for each in set(folder.parent.rglob("*")) - before if each.is_file()} == set()


def test_a_file_that_is_too_large_is_refused_and_nothing_of_it_is_kept(
    client: httpx.Client, assistant: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.uploads.MOST_BYTES", 1_000_000)
    reply = client.put("/library/files/a.txt", content=b"a" * 1_000_001)
    assert (reply.status_code, reply.text) == (413, "It is larger than 1 MB; split it into smaller files.")
    assert list((folder / "uploads").iterdir()) == []
    assert assistant.documents() == []
    assert send(client, "a.txt", BRIDGE)[-1] == {"outcome": "added"}


def send_raw(client: httpx.Client, name: str, body: bytes, *, length: int) -> socket.socket:
    """An open connection on which so much of a file was sent."""
    host, port = client.base_url.host, client.base_url.port
    connection = socket.create_connection((host, port))
    head = f"PUT /library/files/{name} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {length}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def have_places(client: httpx.Client) -> bool:
    """Are all of them free, within a while? Files are sent to all at once."""
    until = time.monotonic() + 20
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while time.monotonic() < until:
            sent = [pool.submit(client.put, f"/library/files/last{n}.txt", content=BRIDGE) for n in range(AT_ONCE)]
            if {each.result().status_code for each in sent} == {200}:
                return True
    return False


def test_a_client_that_goes_away_leaves_nothing(client: httpx.Client, folder: Path) -> None:
    for _ in range(AT_ONCE + 2):
        send_raw(client, "a.txt", b"half", length=1_000).close()
    assert have_places(client)
    assert not (folder / "uploads" / "a.txt").exists()
    assert [path for path in (folder / "uploads").iterdir() if path.name.startswith(".")] == []


def test_a_client_that_goes_away_before_the_reply_keeps_no_place(client: httpx.Client, folder: Path) -> None:
    for number in range(60):
        connection = send_raw(client, f"{number}.txt", b"Text", length=4)
        time.sleep(number % 5 / 1_000)
        connection.close()
    assert have_places(client)
    assert [path for path in (folder / "uploads").iterdir() if path.name.startswith(".")] == []


def test_a_file_that_stops_coming_gives_its_place_to_others(
    client: httpx.Client, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ui.uploads.PATIENCE", 0.2)
    with send_raw(client, "a.txt", b"half", length=9) as connection:
        connection.settimeout(10)
        assert connection.recv(1_000).startswith(b"HTTP/1.1 408")
    assert list((folder / "uploads").iterdir()) == []


def test_a_document_is_removed_with_all_its_files(client: httpx.Client, assistant: Assistant, folder: Path) -> None:
    for name in ("a.txt", "b.txt"):
        send(client, name, BRIDGE)
    [document] = assistant.documents()
    assert len(assistant.sources(document.id)) == 2
    assert client.post("/library/remove", json={"id": document.id}).status_code == 204
    assert list((folder / "uploads").iterdir()) == []


def test_a_file_that_cannot_be_read_leaves_the_one_of_its_name_as_it_was(
    client: httpx.Client, assistant: Assistant, folder: Path
) -> None:
    send(client, "a.rtf", RTF)
    for content in (b"", b"", rb"{\rtf1 }", rb"{\rtf1 }"):
        assert "what it held before stays in the library" in str(send(client, "a.rtf", content)[-1]["outcome"])
    assert [(path.name, path.read_bytes()) for path in (folder / "uploads").iterdir()] == [("a.rtf", RTF)]
    assert assistant.failures() == []
    assert "Ready" in client.get("/library").text


def test_what_was_coming_when_the_site_stopped_is_not_kept(assistant: Assistant, folder: Path) -> None:
    (folder / "uploads").mkdir(parents=True)
    for name, content in ((".xyz.part", b"x"), (".a.txt.before", BRIDGE), ("a.txt", b"new"), ("b.txt", RTF)):
        (folder / "uploads" / name).write_bytes(content)
    Users(assistant, folder).of(HTTPConnection({"type": "http"}))
    left = {path.name: path.read_bytes() for path in (folder / "uploads").iterdir()}
    assert left == {"a.txt": BRIDGE, "b.txt": RTF}


def test_a_file_is_not_kept_where_a_folder_is(client: httpx.Client, folder: Path) -> None:
    (folder / "uploads" / "a.txt").mkdir(parents=True)
    assert "Is a directory" in str(send(client, "a.txt", BRIDGE)[-1]["outcome"])
    assert [path.name for path in (folder / "uploads").iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_written_is_told(client: httpx.Client, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "uploads").write_text("no folder")
    reply = client.put("/library/files/a.txt", content=BRIDGE)
    assert (reply.status_code, reply.text) == (507, "It cannot be kept here (File exists).")


class Slow(ScriptedAssistant):
    """Its ingest waits for the gate, and then fails."""

    gate = threading.Event()

    def ingest(self, *_: object, on_progress: OnIngest, **__: object) -> IngestReport:
        on_progress(IngestProgress(0, 1, 0, 0.0))
        self.gate.wait(20)
        raise LibraryError("the disk is full; make room")


def test_more_uploads_than_can_be_read_are_refused_at_once(tmp_path: Path) -> None:
    slow = Slow(SCRIPTS)
    with (
        serving(slow, folder=tmp_path) as address,
        httpx.Client(base_url=address, timeout=30) as client,
        ThreadPoolExecutor(AT_ONCE + 1) as pool,
    ):
        replies = [pool.submit(client.put, f"/library/files/{n}.txt", content=BRIDGE) for n in range(AT_ONCE + 1)]
        refused = next(as_completed(replies)).result()
        assert (refused.status_code, refused.text) == (429, BUSY)
        slow.gate.set()
        said = [reply.result().text for reply in replies if reply.result() is not refused]
        assert said == ['{"share": 0.0}\n{"outcome": "the disk is full; make room"}\n'] * AT_ONCE
        assert client.put("/library/files/more.txt", content=BRIDGE).status_code == 200
    assert list((tmp_path / "uploads").iterdir()) == []


def drop(page: Page, names: list[str]) -> None:
    """What a browser tells the page when files are dropped on it."""
    page.evaluate(
        """names => {
            const carried = new DataTransfer();
            for (const name of names) carried.items.add(new File([`About ${name}.`], name));
            const how = { dataTransfer: carried, bubbles: true, cancelable: true };
            for (const kind of ["dragover", "drop"]) document.body.dispatchEvent(new DragEvent(kind, how));
        }""",
        names,
    )


def test_a_file_of_a_name_that_is_taken_replaces_the_other_or_stands_beside_it(
    browser: Browser, assistant: Assistant, tmp_path: Path
) -> None:
    with serving(assistant, folder=tmp_path / "kept") as address, visiting(browser, address) as page:
        page.goto(f"{address}library")
        line, names = (
            page.locator("#uploads li"),
            lambda: sorted(each.name for each in (tmp_path / "kept/uploads").iterdir()),
        )

        def add(words: bytes) -> None:
            page.get_by_label("Add files").set_input_files(
                [{"name": "letter.txt", "mimeType": "text/plain", "buffer": words}]
            )

        add(BRIDGE)
        expect(line).to_have_text("letter.txt added")
        for number, kept in ((2, "letter (2).txt"), (3, "letter (3).txt")):
            add(f"It cost {number} pounds.".encode())
            expect(line.last).to_contain_text("letter.txt is the name of a file that was added before.")
            for tried in range(2, number + 1):
                page.get_by_role("button", name=f"Keep both, this as letter ({tried}).txt").last.click()
            expect(line.last).to_have_text(f"{kept} added")
        add(b"The bridge was sold.")
        page.get_by_role("button", name="Replace it").click()
        expect(line.last).to_have_text("letter.txt added in place of what it held before")
        keep_screenshot(page, "uploads-taken")
        assert names() == ["letter (2).txt", "letter (3).txt", "letter.txt"]
        assert (tmp_path / "kept/uploads/letter.txt").read_bytes() == b"The bridge was sold."
        expect(page.locator("#count")).to_have_text("3 documents")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_reader_adds_files_sees_what_became_of_each_and_asks_one(
    browser: Browser, assistant: Assistant, width: int, tmp_path: Path
) -> None:
    assistant.ingest(Document(id="memo", text="The tunnel of Harwick opened in 1950.", title="Memo"))
    with serving(assistant, folder=tmp_path / "kept") as address, visiting(browser, address, width=width) as page:
        page.goto(f"{address}library")
        sent = [("bridge.txt", BRIDGE), ("broken.pdf", BRIDGE), (f"{HOSTILE[:60].replace('/', '')}.txt", b"Nothing.")]
        page.get_by_label("Add files").set_input_files(
            [{"name": name, "mimeType": "text/plain", "buffer": content} for name, content in sent]
        )
        lines = page.locator("#uploads li")
        expect(lines).to_have_count(3)
        expect(lines.nth(0)).to_have_text("bridge.txt added")
        expect(lines.nth(1)).to_contain_text("broken.pdf was not added: it is damaged or not a PDF")
        expect(lines.nth(2)).to_contain_text("added")
        expect(page.locator("tbody tr")).to_have_count(3)
        expect(page.locator("#count")).to_have_text("3 documents")
        drop(page, ["dropped.md"])
        expect(lines.nth(3)).to_have_text("dropped.md added")
        expect(page.locator("tbody tr")).to_have_count(4)
        keep_screenshot(page, f"uploads-{width}")
        assert found(page) == []
        page.get_by_role("button", name="Dismiss").click()
        expect(page.get_by_text("Not read")).to_have_count(0)

        page.get_by_label("Ask bridge").check()
        page.get_by_role("link", name="Ask the chosen document").click()
        expect(page.locator("#scope")).to_contain_text("Asks only 1 document")
        answer = ask(page, "When was something of Harwick opened?")
        expect(answer).to_contain_text("1932")
        expect(answer).not_to_contain_text("1950")
        expect(answer).to_contain_text("Asked only of: 1 document")
