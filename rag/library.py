"""Keep: a library's catalog, the truth, and its collection, an index that follows it."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from rag.catalog import Catalog, Entry
from rag.errors import LibraryError
from rag.types import EVERYTHING, Embed, Passage, Progress, Record, Scope
from rag.words import content_words

if TYPE_CHECKING:
    from rag.collection import Collection, Indexes
    from rag.types import Vectors

FIRST_INDEX = "chroma"
PASSAGES_AT_ONCE = 1_000
SAMPLE = 50  # passages looked for by their own vectors at the start
LIKELY = 10  # passages looked through for words that were quoted
ENOUGH = 0.5  # of the nearest within the scope: with fewer, all of its passages are looked at
FOUND = 0.95  # of them: an approximate index misses one now and then

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that either ranking found, by number, with a cosine for each and BM25 for those with the words."""

    passages: dict[int, Passage]
    by_meaning: dict[int, float]
    by_words: dict[int, float]


class Library:
    """All that was ingested."""

    def __init__(self, catalog: Catalog, indexes: Indexes) -> None:
        """Open the index that the catalog names, or begin another if it is damaged; `level` fills it."""
        self.catalog, self._indexes = catalog, indexes
        self._name = catalog.fact("index") or FIRST_INDEX
        self._retired: list[tuple[str, Collection]] = []
        self._writing = RLock()
        self._is_closed = False
        try:
            self.collection = indexes.open(self._name)
        except LibraryError as error:
            if self._name not in indexes.names():
                raise  # there was none to be damaged: it cannot be made, or its server is out of reach
            _log.warning("%s; it is made anew from the catalog, which has all that it held", error)
            indexes.drop(self._name)
            self._name, self.collection = self._begin_index()
            catalog.keep_fact("index", self._name)
        for name in indexes.names():
            if name != self._name:  # of a rebuild that was stopped
                indexes.drop(name)
        self.is_level = bool(self.collection.marker) and self.collection.marker == catalog.marker()
        """False while the collection may lack what the catalog holds, see `level`."""

    def _begin_index(self) -> tuple[str, Collection]:
        """A new index, empty, that takes the place of the present one once the catalog names it."""
        numbers = [
            int(name.rpartition("-")[2]) for name in self._indexes.names() if name.rpartition("-")[2].isdecimal()
        ]
        name = f"{FIRST_INDEX}-{max(numbers, default=1) + 1}"
        return name, self._indexes.open(name)

    def replace(
        self,
        entries: Sequence[Entry],
        *,
        remove: Sequence[str] = (),
        records: Sequence[Record] = (),
        forget: Sequence[str] = (),
    ) -> None:
        """Remove documents by id, and put the entries in place of those with the same ids: all of it or nothing.

        With them the records of their sources; see `Catalog.replace`. Raises `LibraryError` if the disk is too full.
        """
        if not (entries or remove or records or forget):
            return  # nothing is written
        if entries:
            self.catalog.require_space(sum(len(entry.passages) for entry in entries))
        with self._writing:
            try:
                change = self.catalog.replace(entries, remove=remove, records=records, forget=forget)
                self.collection.remove(change.removed)
                if change.added:
                    self.collection.add(change.added, np.concatenate([entry.vectors for entry in entries]))
            except BaseException:  # an interrupt too; the catalog may be ahead now
                self.is_level = False
                raise

    def find(self, vector: Vectors, words: Sequence[str], *, limit: int, scope: Scope = EVERYTHING) -> Candidates:
        """The best `limit` passages of each ranking, for the vector (one row) and the words of a question."""
        if not self.is_level:
            self.level()
        by_words = self.catalog.search_words(words, limit, scope)
        near = self.collection.nearest(vector, limit)
        passages = self.catalog.passages([*near, *by_words], scope)
        if scope != EVERYTHING and sum(number in passages for number in near) < ENOUGH * limit:
            passages = self.catalog.passages([*self._nearest_within(scope, vector, limit), *by_words], scope)
        vectors = self.catalog.vectors([*passages])
        cosines = map(float, _cosines(vectors, vector))
        return Candidates(passages, dict(zip(passages, cosines, strict=True)), by_words)

    def _nearest_within(self, scope: Scope, vector: Vectors, limit: int) -> list[int]:
        """Where the index has too few of the scope among its nearest: each passage of it is looked at."""
        numbers = self.catalog.numbers(scope)
        parts = (numbers[at : at + PASSAGES_AT_ONCE] for at in range(0, len(numbers), PASSAGES_AT_ONCE))
        cosines = [cosine for part in parts for cosine in _cosines(self.catalog.vectors(part), vector)]
        return [numbers[at] for at in np.argsort(cosines)[::-1][:limit]]

    def find_passages(self, words: str, scope: Scope = EVERYTHING) -> list[Passage]:
        """The passages with the most of the words, each with those beside it: what they say may go over an edge."""
        numbers = [*self.catalog.search_words(content_words(words), LIKELY, scope)]
        beside = [near for number in numbers for near in (number - 1, number, number + 1)]
        passages = self.catalog.passages(beside, scope)
        return [
            _join([passages.get(number + step) for step in (-1, 0, 1)], passages[number])
            for number in numbers
            if number in passages
        ]

    def level(self) -> None:
        """Make the collection hold what the catalog holds, after a crash or a loss between the two; embeds nothing.

        Where that fails, on a full disk say, what the collection has is still found; the next search tries again.
        """
        with self._writing:
            if self.is_level:
                return
            try:
                self._level()
            except LibraryError as error:
                _log.warning("what is not in the index is found by its words only: %s", error)

    def _level(self) -> None:
        if self.collection.is_torn:
            self.rebuild()
            return
        numbers = self.catalog.numbers()
        if not numbers:
            self.collection.clear()  # Chroma holds on to the width of its first vectors
        held = self.collection.numbers()
        self.collection.remove(sorted(held.difference(numbers)))
        self._fill(self.collection, sorted(set(numbers) - held))
        if self._is_sound(numbers):
            self.is_level = True
        else:
            self.rebuild()

    def _fill(self, collection: Collection, numbers: Sequence[int], on_progress: Progress | None = None) -> None:
        for at in range(0, len(numbers), PASSAGES_AT_ONCE):
            part = numbers[at : at + PASSAGES_AT_ONCE]
            collection.add(part, self.catalog.vectors(part))
            if on_progress:
                on_progress(at + len(part), len(numbers))

    def _is_sound(self, numbers: Sequence[int]) -> bool:
        """Are passages there with their vectors, and found by them? A file that was cut Chroma does not notice."""
        sample = numbers[:: max(1, len(numbers) // SAMPLE)]
        vectors = self.catalog.vectors(sample)
        found = sum(self.collection.finds(sample, vectors))
        return found >= FOUND * len(sample) and all(self.collection.holds(sample, vectors))

    def rebuild(self, on_progress: Progress | None = None) -> None:
        """Make the collection from nothing, with the vectors of the catalog: nothing is embedded.

        Until it is done the old one answers, also after a crash in between.
        """
        with self._writing:
            numbers = self.catalog.numbers()
            self.catalog.require_space(len(numbers))
            name, fresh = self._begin_index()
            try:
                self._fill(fresh, numbers, on_progress)
                self.catalog.keep_fact("index", name)
            except BaseException:
                fresh.close()
                self._indexes.drop(name)
                raise
            self._retired.append((self._name, self.collection))  # somebody may be searching in it
            self._name, self.collection, self.is_level = name, fresh, True

    def embed_anew(self, embed: Embed, *, fingerprint: str, on_progress: Progress | None = None) -> None:
        """Embed every passage anew, with the embedder of that fingerprint, and make the collection from nothing."""
        numbers = self.catalog.numbers()
        parts = [numbers[at : at + PASSAGES_AT_ONCE] for at in range(0, len(numbers), PASSAGES_AT_ONCE)]

        def embed_part(part: Sequence[int]) -> tuple[Sequence[int], Vectors]:
            passages = self.catalog.passages(part)
            vectors = embed([passages[number].titled for number in part])
            if on_progress:
                on_progress(numbers.index(part[-1]) + 1, len(numbers))
            return part, vectors

        with self._writing:
            self.is_level = False
            self.catalog.replace_vectors(map(embed_part, parts), embedder=fingerprint)
            self.rebuild()

    def close(self) -> None:
        """Close both; a second call does nothing."""
        with self._writing, ExitStack() as closing:
            if self._is_closed:
                return
            self._is_closed = True
            closing.callback(self.catalog.close)
            for name, collection in self._retired:
                closing.callback(self._indexes.drop, name)
                closing.callback(collection.close)
            self.collection.close(self.catalog.marker() if self.is_level else "")


def _cosines(vectors: Vectors, vector: Vectors) -> Sequence[float]:
    """Of each row with the one row of `vector`; all 0 if every passage was removed just now."""
    return vectors @ vector[0] if vectors.size else [0.0] * len(vectors)


def _join(passages: Sequence[Passage | None], passage: Passage) -> Passage:
    """The passage with those of its document, which come in order."""
    parts = [each for each in passages if each and each.document_id == passage.document_id]
    return replace(parts[0], end=parts[-1].end, text="".join(part.text for part in parts))
