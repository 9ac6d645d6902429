"""Keep: a library's catalog, the truth, and its collection, an index that follows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from threading import RLock
from typing import TYPE_CHECKING

import numpy as np

from rag.catalog import Catalog, Entry
from rag.collection import Collection
from rag.types import Embed, Passage, Progress
from rag.words import content_words

if TYPE_CHECKING:
    from rag.types import Vectors

PASSAGES_AT_ONCE = 1_000
SAMPLE = 50  # passages looked for by their own vectors at the start
LIKELY = 10  # passages looked through for words that were quoted
FOUND = 0.95  # of them: an approximate index misses one now and then


@dataclass(frozen=True, slots=True)
class Candidates:
    """The passages that either ranking found, by number, with a cosine for each and BM25 for those with the words."""

    passages: dict[int, Passage]
    by_meaning: dict[int, float]
    by_words: dict[int, float]


@dataclass(kw_only=True)
class Library:
    """All that was ingested."""

    catalog: Catalog
    collection: Collection
    is_level: bool = True
    """False once the collection may lack what the catalog holds; the next search mends it, see `level`."""
    _leveling: RLock = field(default_factory=RLock, init=False, repr=False)

    def replace(self, entries: Sequence[Entry], *, remove: Sequence[str] = ()) -> None:
        """Remove documents by id, and put the entries in place of those with the same ids: all of it or nothing."""
        change = self.catalog.replace(entries, remove=remove)
        try:
            self.collection.remove(change.removed)
            if change.added:
                self.collection.add(change.added, np.concatenate([entry.vectors for entry in entries]))
        except BaseException:  # an interrupt too; the catalog is ahead now
            self.is_level = False
            raise

    def find(self, vector: Vectors, words: Sequence[str], *, limit: int) -> Candidates:
        """The best `limit` passages of each ranking, for the vector (one row) and the words of a question."""
        if not self.is_level:
            self.level()
        by_words = self.catalog.search_words(words, limit)
        passages = self.catalog.passages([*self.collection.nearest(vector, limit), *by_words])
        cosines = self.catalog.vectors([*passages]) @ vector[0] if passages else ()
        return Candidates(passages, dict(zip(passages, map(float, cosines), strict=True)), by_words)

    def find_passages(self, words: str) -> list[Passage]:
        """The passages with the most of the words, each with those beside it: what they say may go over an edge."""
        numbers = [*self.catalog.search_words(content_words(words), LIKELY)]
        passages = self.catalog.passages([beside for number in numbers for beside in (number - 1, number, number + 1)])
        return [
            _join([passages.get(number + step) for step in (-1, 0, 1)], passages[number])
            for number in numbers
            if number in passages
        ]

    def level(self) -> None:
        """Make the collection hold what the catalog holds, after a crash or a loss between the two; embeds nothing."""
        with self._leveling:
            numbers = self.catalog.numbers()
            if not numbers:
                self.collection.clear()  # Chroma holds on to the width of its first vectors
            held = self.collection.numbers()
            self.collection.remove(sorted(held.difference(numbers)))
            self._fill(sorted(set(numbers) - held))
            if not self._is_sound(numbers):
                self.collection.clear()
                self._fill(numbers)
            self.is_level = True

    def _fill(self, numbers: Sequence[int]) -> None:
        for at in range(0, len(numbers), PASSAGES_AT_ONCE):
            part = numbers[at : at + PASSAGES_AT_ONCE]
            self.collection.add(part, self.catalog.vectors(part))

    def _is_sound(self, numbers: Sequence[int]) -> bool:
        """Are passages found by their own vectors? Not if the index's file was cut, which Chroma does not notice."""
        sample = numbers[:: max(1, len(numbers) // SAMPLE)]
        return not sample or self.collection.finds(sample, self.catalog.vectors(sample)) >= FOUND

    def rebuild(self, embed: Embed, *, fingerprint: str, on_progress: Progress | None = None) -> None:
        """Embed every passage anew, with the embedder of that fingerprint, and make the collection from nothing."""
        numbers = self.catalog.numbers()
        parts = [numbers[at : at + PASSAGES_AT_ONCE] for at in range(0, len(numbers), PASSAGES_AT_ONCE)]

        def embed_part(part: Sequence[int]) -> tuple[Sequence[int], Vectors]:
            passages = self.catalog.passages(part)
            vectors = embed([passages[number].titled for number in part])
            if on_progress:
                on_progress(numbers.index(part[-1]) + 1, len(numbers))
            return part, vectors

        self.is_level = False
        self.collection.clear()  # first: whatever stops this, vectors of two embedders never meet
        self.catalog.replace_vectors(map(embed_part, parts), embedder=fingerprint)
        self.level()

    def close(self) -> None:
        """Close both; a second call does nothing."""
        self.collection.close()
        self.catalog.close()


def _join(passages: Sequence[Passage | None], passage: Passage) -> Passage:
    """The passage with those of its document, which come in order."""
    parts = [each for each in passages if each and each.document_id == passage.document_id]
    return replace(parts[0], end=parts[-1].end, text="".join(part.text for part in parts))
