"""Search by meaning: vectors in a Chroma collection, an index that can be made anew from the catalog."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import chromadb
from chromadb.api.client import Client
from chromadb.config import Settings as ChromaSettings
from chromadb.errors import ChromaError, NotFoundError

from rag.errors import LibraryError

if TYPE_CHECKING:
    from rag.types import Vectors

NAME = "passages"
FAULTS = (ChromaError, OSError, ValueError, RuntimeError, AttributeError)  # the last by a start that failed before
SAME = 1e-3  # of the cosine distance
PROBED = 10  # neighbours asked for at the start
BATCH = 1000  # larger ones were seen to be kept half when the disk is full


class Collection:
    """Vectors by passage number. It may lag behind the catalog or be lost: the catalog knows, and fills it again."""

    def __init__(self, folder: Path) -> None:
        """Open or create it; a folder that Chroma cannot read is made anew, empty.

        A damaged index can kill the process that opens it: a file beside the folder then tells the next one.
        """
        self._folder = folder
        opening = folder.with_name(f"{folder.name}.opening")
        fault: Exception | None = None
        for _ in range(3):  # Chroma's second start trips over what is left of the first, when that failed
            try:
                if opening.exists():
                    shutil.rmtree(folder, ignore_errors=True)
                with suppress(OSError):
                    opening.touch()
                self._client, self._collection = _open(folder)
            except FAULTS as error:
                fault = error
                shutil.rmtree(folder, ignore_errors=True)
            else:
                return
            finally:
                with suppress(OSError):
                    opening.unlink()
        raise LibraryError(f"the index {folder} cannot be made ({fault}); is the disk full or not writable?") from fault

    @contextmanager
    def _fault_told(self) -> Iterator[None]:
        try:
            yield
        except FAULTS as error:
            raise LibraryError(
                f"the index {self._folder} failed ({error}); start again, and it is filled from the catalog"
            ) from error

    def numbers(self) -> set[int]:
        with self._fault_told():
            return {int(id) for id in self._collection.get(include=[])["ids"]}

    def add(self, numbers: Sequence[int], vectors: Vectors) -> None:
        """Add or replace vectors, one row a number."""
        with self._fault_told():
            for part in _parts(len(numbers)):
                self._collection.upsert(ids=[str(number) for number in numbers[part]], embeddings=vectors[part])

    def remove(self, numbers: Sequence[int]) -> None:
        """Remove vectors; numbers that are not there do not matter."""
        with self._fault_told():
            for part in _parts(len(numbers)):
                self._collection.delete(ids=[str(number) for number in numbers[part]])

    def clear(self) -> None:
        with self._fault_told():
            with suppress(NotFoundError):
                self._client.delete_collection(NAME)
            self._collection = _collection(self._client)

    def nearest(self, vector: Vectors, limit: int) -> list[int]:
        """The numbers of the `limit` passages nearest by cosine to the one row, best first; fewer if it holds fewer."""
        with self._fault_told():
            limit = min(limit, self._collection.count())
            if not limit:
                return []
            found = self._collection.query(query_embeddings=vector, n_results=limit, include=[])
        return [int(id) for id in found["ids"][0]]

    def finds(self, numbers: Sequence[int], vectors: Vectors) -> float:
        """The share of these numbers that are found by their own vectors, one row a number, or by one as good."""
        with self._fault_told():
            found = self._collection.query(query_embeddings=vectors, n_results=1, include=["distances"])
        near = [distances[:1] for distances in found["distances"] or ()]
        return sum(distance < SAME for distances in near for distance in distances) / max(1, len(numbers))

    def close(self) -> None:
        self._client.close()


def _open(folder: Path) -> tuple[Client, chromadb.Collection]:
    """Raises one of `FAULTS` also if the file of the vectors is lost: Chroma then counts them and finds none."""
    client = chromadb.PersistentClient(folder, settings=ChromaSettings(anonymized_telemetry=False))
    assert isinstance(client, Client)  # its interface has no `close`
    try:
        collection = _collection(client)
        vectors = collection.get(limit=1, include=["embeddings"])["embeddings"]
        if vectors is not None and len(vectors):
            collection.query(query_embeddings=vectors, n_results=min(PROBED, collection.count()))
    except BaseException:
        client.close()  # or the next start would get this one back
        raise
    return client, collection


def _collection(client: Client) -> chromadb.Collection:
    collection: chromadb.Collection = client.get_or_create_collection(
        NAME,
        configuration={"hnsw": {"space": "cosine"}},
        embedding_function=None,  # or Chroma would download a model of its own
    )
    return collection


def _parts(length: int) -> Iterator[slice]:
    return (slice(at, at + BATCH) for at in range(0, length, BATCH))
