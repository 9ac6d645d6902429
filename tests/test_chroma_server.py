"""The collection on a Chroma server, a real one: the same library, the same doctor."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import chromadb
import pytest
from chromadb.api.client import Client
from chromadb.config import Settings as ChromaSettings

from rag import Assistant, Document, Fault, LibraryError, Settings, SettingsError, backup, connect, examine, restore
from rag.collection import close_client
from rag.examination import REBUILD

DOCUMENTS = [
    Document(id="a", text="The octopus has eight arms."),
    Document(id="b", text="The bridge was opened in 1932."),
    Document(id="c", text="Rivers carry sand to the sea. " * 300),
]


class Server:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.folder = folder
        self.url = f"http://127.0.0.1:{self.port}"
        self.start()

    def start(self) -> None:
        chroma = str(Path(sys.executable).with_name("chroma"))
        command = [chroma, "run", "--path", str(self.folder), "--host", "127.0.0.1", "--port", f"{self.port}"]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 30
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert time.monotonic() < end, "the server did not start"
                time.sleep(0.1)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    @contextmanager
    def client(self) -> Iterator[Client]:
        settings = ChromaSettings(anonymized_telemetry=False)
        client = chromadb.HttpClient(host="127.0.0.1", port=self.port, settings=settings)
        assert isinstance(client, Client)
        try:
            yield client
        finally:
            close_client(client)

    def names(self) -> list[str]:
        with self.client() as client:
            return sorted(str(collection.name) for collection in client.list_collections())


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.stop()


@pytest.fixture
def server(shared: Server) -> Server:
    """The server, with nothing on it."""
    with shared.client() as client:
        for name in shared.names():
            client.delete_collection(name)
    return shared


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Server]:
    """A server to be stopped."""
    server = Server(tmp_path / "server")
    yield server
    server.stop()


def settings_of(server: Server, home: Path) -> Settings:
    return Settings(home=home, model=None, chroma_url=server.url)


def found(assistant: Assistant) -> list[str]:
    return [assistant.search(words, k=1)[0].passage.document_id for words in ("octopus arms", "bridges", "sand")]


def test_a_library_on_a_server_is_like_any_other(server: Server, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path / "home")
    with connect(settings) as assistant:
        assert assistant.ingest(DOCUMENTS).added == ("a", "b", "c")
        assert assistant.ingest(DOCUMENTS).unchanged == ("a", "b", "c")
        assert found(assistant) == ["a", "b", "c"]
        assert assistant.remove("a")
        assert assistant.answer("When was the bridge opened?").quotes[0].text == DOCUMENTS[1].text
    with connect(settings) as again:
        assert [document.id for document in again.documents()] == ["b", "c"]
        assert again.library.collection.numbers() == set(again.library.catalog.numbers())
    assert examine(settings).faults == ()
    assert not list((tmp_path / "home").glob("chroma*"))


def test_the_same_is_found_on_a_server_and_in_a_folder(server: Server, tmp_path: Path) -> None:
    hits = []
    for settings in (settings_of(server, tmp_path / "home"), Settings(home=tmp_path / "other", model=None)):
        with connect(settings) as assistant:
            assistant.ingest(DOCUMENTS)
            hits.append([assistant.search(question) for question in ("octopus", "When did it open?", "the sea")])
    assert hits[0] == hits[1]


def test_two_libraries_on_one_server_do_not_meet(server: Server, tmp_path: Path) -> None:
    one, two = settings_of(server, tmp_path / "one"), settings_of(server, tmp_path / "two")
    with connect(one) as first, connect(two) as second:
        first.ingest(DOCUMENTS[:1])
        second.ingest(DOCUMENTS[1:])
        assert [len(each.library.collection.numbers()) for each in (first, second)] == [
            len(each.library.catalog.numbers()) for each in (first, second)
        ]
        assert {hit.passage.document_id for hit in first.search("bridge")} == {"a"}
    assert len(server.names()) == 2
    backup(tmp_path / "backup", one)
    restore(tmp_path / "backup", two)
    with connect(one) as first, connect(two) as second:
        assert second.ingest(DOCUMENTS[1:]).added == ("b", "c")
        assert {hit.passage.document_id for hit in first.search("bridge")} == {"a"}


def test_what_others_do_on_the_server_is_found_and_mended(server: Server, tmp_path: Path) -> None:
    settings = settings_of(server, tmp_path / "home")
    with connect(settings) as assistant:
        assistant.ingest(DOCUMENTS)
    [name] = server.names()
    with server.client() as client:
        client.get_collection(name).delete(ids=["1", "2"])
    assert examine(settings).faults == (Fault("2 passages of the catalog are not in the index", REBUILD),)
    with connect(settings, rebuild=True) as assistant:
        assistant.rebuild()
        assert found(assistant) == ["a", "b", "c"]
    assert examine(settings).faults == ()
    assert len(server.names()) == 1
    with server.client() as client:
        client.delete_collection(server.names()[0])
    with connect(settings) as assistant:
        assert found(assistant) == ["a", "b", "c"]


def test_a_server_that_is_down_is_told_and_nothing_is_lost(own: Server, tmp_path: Path) -> None:
    settings = settings_of(own, tmp_path / "home")
    told = rf"127\.0\.0\.1:{own.port} (failed|cannot be opened) \(.*\); `pincite doctor` tells more$"
    with connect(settings) as assistant:
        assistant.ingest(DOCUMENTS[:2])
        own.stop()
        with pytest.raises(LibraryError, match=told):
            assistant.search("bridge")
        with pytest.raises(LibraryError, match=told):
            assistant.ingest(DOCUMENTS[2:])
        own.start()
        assert found(assistant) == ["a", "b", "c"]  # what the catalog had kept is on the server with the next search
    own.stop()
    with pytest.raises(LibraryError, match=told):
        connect(settings)
    own.start()
    with connect(settings) as assistant:
        assert found(assistant) == ["a", "b", "c"]
    assert examine(settings).faults == ()


@pytest.mark.parametrize("url", ["localhost:8000", "ftp://a", "http://", "https:// x"])
def test_an_address_that_is_none_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(SettingsError, match=r"^chroma_url: must be an address such as http://127\.0\.0\.1:8000$"):
        Settings(chroma_url=url)
