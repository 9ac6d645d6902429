"""Search by meaning: vectors in a Chroma collection, an index that can be made anew from the catalog."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import unquote, urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api.client import Client
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from rag.errors import LibraryError
from rag.seal import INDEX, Seal, break_seal, drop_seal, set_seal

if TYPE_CHECKING:
    from rag.types import Vectors

NAME = "passages"
FAULTS = (
    *(ChromaError, OSError, ValueError, RuntimeError),
    AttributeError,  # after a start that failed
    httpx.HTTPError,  # a server that is down: Chroma lets it through
)
SAME = 1e-3  # of the cosine distance
NEAR = 1e-3  # that a number of a vector may be off
PROBED = 10  # neighbours asked for at the start
BATCH = 1000  # larger ones were seen to be kept half when the disk is full
AT_ONCE = 20_000  # numbers asked for


class Collection:
    """Vectors by passage number. It may lag behind the catalog or be lost: the catalog knows, and fills it again."""

    def __init__(
        self, client: Client, name: str, *, place: str, folder: Path | None = None, seal: Seal | None = None
    ) -> None:
        """Open or create it; `place` is what errors call it, `folder` what is sealed when it is closed.

        Raises `LibraryError` also if the file of the vectors is lost: Chroma then counts them and finds none.
        """
        self._client, self._name, self._place, self._folder = client, name, place, folder
        self._seal = seal
        self.is_torn = False
        """True after a write to a folder that failed: what it still finds may end the process that opens it next."""
        with self._fault_told():
            try:
                self._collection = self._create()
                self._look()
            except BaseException:
                close_client(client)  # or the next start would get this one back
                raise

    def _create(self) -> chromadb.Collection:
        collection: chromadb.Collection = self._client.get_or_create_collection(
            self._name,
            configuration={"hnsw": {"space": "cosine"}},
            embedding_function=None,  # or Chroma would download a model of its own
        )
        return collection

    def _look(self) -> None:
        vectors = self._collection.get(limit=1, include=["embeddings"])["embeddings"]
        if vectors is not None and len(vectors):
            self._collection.query(query_embeddings=vectors, n_results=min(PROBED, self._collection.count()))

    @property
    def marker(self) -> str:
        """What it held when it was closed; "" if it was not closed as it should be."""
        return self._seal.marker if self._seal else ""

    @contextmanager
    def _fault_told(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            said = " ".join(str(error).split())
            raise LibraryError(f"the index {self._place} failed ({said}); `pincite doctor` tells more") from error

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with self._fault_told():
                yield
        except LibraryError:
            self.is_torn = self._folder is not None
            raise

    def numbers(self) -> set[int]:
        numbers: set[int] = set()
        with self._fault_told():
            while ids := self._collection.get(include=[], limit=AT_ONCE, offset=len(numbers))["ids"]:
                numbers.update(map(int, ids))
        return numbers

    def holds(self, numbers: Sequence[int], vectors: Vectors) -> list[bool]:
        """Which of these numbers are there with their vectors, one row a number."""
        if not numbers:
            return []  # Chroma would give all
        with self._fault_told():
            found = self._collection.get(ids=list(map(str, numbers)), include=["embeddings"])
        kept = dict(zip(map(int, found["ids"]), cast("Any", found["embeddings"]), strict=True))
        return [
            number in kept and np.allclose(kept[number], vector, atol=NEAR)
            for number, vector in zip(numbers, vectors, strict=True)
        ]

    def add(self, numbers: Sequence[int], vectors: Vectors) -> None:
        """Add or replace vectors, one row a number."""
        with self._writing():
            for part in _parts(len(numbers)):
                self._collection.upsert(ids=[str(number) for number in numbers[part]], embeddings=vectors[part])

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove vectors; numbers that are not there do not matter."""
        with self._writing():
            for part in _parts(len(numbers)):
                self._collection.delete(ids=[str(number) for number in numbers[part]])

    def clear(self) -> None:
        with self._fault_told():
            with suppress(NotFoundError):
                self._client.delete_collection(self._name)
            self._collection = self._create()

    def nearest(self, vector: Vectors, limit: int) -> list[int]:
        """The numbers of the `limit` passages nearest by cosine to the one row, best first; fewer if it holds fewer."""
        with self._fault_told():
            limit = min(limit, self._collection.count())
            if not limit:
                return []
            found = self._collection.query(query_embeddings=vector, n_results=limit, include=[])
        return [int(id) for id in found["ids"][0]]

    def finds(self, numbers: Sequence[int], vectors: Vectors) -> list[bool]:
        """Which of these numbers are found by their own vectors, one row a number, or by one as good."""
        if not len(numbers):
            return []
        with self._fault_told():
            found = self._collection.query(query_embeddings=vectors, n_results=1, include=["distances"])
        return [any(distance < SAME for distance in distances[:1]) for distances in found["distances"] or ()]

    def close(self, marker: str = "") -> None:
        """Let it go; with a marker of what it holds, if it is sure, the next start knows it by that."""
        close_client(self._client)
        if self._folder and marker:
            with suppress(OSError):  # without a seal the next start looks closer
                set_seal(self._folder, marker, before=self._seal)


def close_client(client: Client) -> None:
    """Close it, and the connections to a server, which Chroma 1.5 leaves open."""
    servers = [client._server, getattr(client._admin_client, "_server", None)]
    client.close()
    for server in servers:
        if session := getattr(server, "_session", None):
            session.close()


@dataclass(frozen=True, slots=True)
class Indexes:
    """Where a library's collections are kept, by name: one in use, and another while it is made anew."""

    open: Callable[[str], Collection]
    """Open or create one; raises `LibraryError` if it is damaged or out of reach."""
    drop: Callable[[str], None]
    """Delete one; one that is not there does not matter."""
    names: Callable[[], list[str]]


def folder_indexes(home: Path) -> Indexes:
    """Each a folder of its own in the library's, beside each other: what one has damaged touches no other."""

    def drop(name: str) -> None:
        drop_seal(home / name)
        shutil.rmtree(home / name, ignore_errors=True)

    return Indexes(
        open=lambda name: open_folder(home / name),
        drop=drop,
        names=lambda: sorted(path.name for path in home.iterdir() if INDEX.fullmatch(path.name) and path.is_dir()),
    )


def open_folder(folder: Path) -> Collection:
    """Raises `LibraryError` if it was not closed as it should be: what a crash left can kill who opens it."""
    seal = break_seal(folder)
    if seal is None and folder.is_dir():
        raise LibraryError(f"the index {folder} was not closed as it should be")
    return open_as_it_is(folder, seal)


def open_as_it_is(folder: Path, seal: Seal | None = None) -> Collection:
    """For a process that may be killed by it."""
    with _refused(str(folder)):
        client = chromadb.PersistentClient(folder, settings=ChromaSettings(anonymized_telemetry=False))
    assert isinstance(client, Client)  # its interface has no `close`
    return Collection(client, NAME, place=str(folder), folder=folder, seal=seal)


def server_indexes(url: str, library: str) -> Indexes:
    """Collections of a Chroma server, which may hold those of other libraries too: each begins with the library's id.

    Of the URL also the user and password are sent, as an authenticating proxy before the server wants them.
    """
    parts = urlsplit(url)
    place = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    headers = {}
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()

    def connect() -> Client:
        with _refused(place):
            client = chromadb.HttpClient(
                host=place + parts.path,  # a whole address: then the port counts that is in it
                ssl=parts.scheme == "https",
                headers=headers,
                settings=ChromaSettings(anonymized_telemetry=False),
            )
        assert isinstance(client, Client)
        return client

    def drop(name: str) -> None:
        client = connect()
        try:
            with _refused(place), suppress(NotFoundError):
                client.delete_collection(f"{library}-{name}")
        finally:
            close_client(client)

    def names() -> list[str]:
        client = connect()
        try:
            with _refused(place):
                held = [str(collection.name) for collection in client.list_collections()]
        finally:
            close_client(client)
        return sorted(name.removeprefix(f"{library}-") for name in held if name.startswith(f"{library}-"))

    return Indexes(
        open=lambda name: Collection(connect(), f"{library}-{name}", place=f"{name} on {place}"), drop=drop, names=names
    )


@contextmanager
def _refused(place: str) -> Iterator[None]:
    try:
        yield
    except FAULTS as error:
        said = " ".join(str(error).split())
        raise LibraryError(f"the index {place} cannot be opened ({said}); `pincite doctor` tells more") from error


def _parts(length: int) -> Iterator[slice]:
    return (slice(at, at + BATCH) for at in range(0, length, BATCH))
