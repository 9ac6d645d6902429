"""Keep: documents, passages, vectors and a word index in one SQLite file, the truth of a library."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from math import log
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rag.catalog_rows import DOCUMENTS, PASSAGES, WITH_DOCUMENT, insert, select_within, to_blob, to_document, to_passage
from rag.database import Database, stemmed
from rag.types import EVERYTHING, Document, Holding, Passage, Record, Scope, titled

if TYPE_CHECKING:
    from rag.types import Vectors

TITLE_WEIGHT = 1.0
PASSAGE_BYTES = 12_000  # measured: 4,000 in the catalog, as many while they are written, 4,000 in the collection
SPARE_BYTES = 8_000_000
SQL_VARIABLES = 10_000  # SQLite takes 32,766
RECORDS = "SELECT source, content, document_id, reason FROM sources"
KEEP_RECORD = """
INSERT INTO sources SELECT ?1, ?2, ?3, ?4 WHERE ?3 IS NULL OR EXISTS (SELECT 1 FROM documents WHERE id = ?3)
"""
"""Not of a document that was removed while its source was read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A document with its passages and their vectors, row by row."""

    document: Document
    passages: Sequence[Passage]
    vectors: Vectors


@dataclass(frozen=True, slots=True)
class Change:
    """The numbers of the passages that a change added, in the order of the entries, and of those it removed."""

    added: tuple[int, ...]
    removed: tuple[int, ...]


class Catalog:
    """The truth of a library. Every change is whole and durable when its method returns; safe to use from threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the file; raises `LibraryError` if it is damaged or of a later release."""
        self._database = Database(path)

    def close(self) -> None:
        self._database.close()

    def fact(self, name: str) -> str | None:
        """What was kept under that name, or None."""
        rows = self._database.rows("SELECT value FROM facts WHERE name = ?", [name])
        return rows[0][0] if rows else None

    def keep_fact(self, name: str, value: str) -> None:
        """Keep it in place of what was kept under that name."""
        with self._database.change() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", [name, value])

    def forget_facts(self, names: Sequence[str]) -> None:
        with self._database.change() as connection:
            connection.executemany("DELETE FROM facts WHERE name = ?", [(name,) for name in names])

    def replace(
        self,
        entries: Sequence[Entry],
        *,
        remove: Sequence[str] = (),
        records: Sequence[Record] = (),
        forget: Sequence[str] = (),
    ) -> Change:
        """Remove documents by id, then add the entries in place of those with the same ids, in one transaction.

        With them go the records of their sources, and those of the files to `forget`; then the new records are kept,
        each in place of the one of its file.
        """
        gone = [*remove, *(entry.document.id for entry in entries)]
        files = [*forget, *(record.source for record in records if record.content)]
        with self._database.change() as connection:
            kept = [
                Record(*row)
                for entry in entries
                for row in connection.execute(f"{RECORDS} WHERE document_id = ?", [entry.document.id])
            ]
            removed = [
                number
                for id in gone
                for (number,) in connection.execute("SELECT number FROM passages WHERE document_id = ?", [id])
            ]
            connection.executemany("DELETE FROM documents WHERE id = ?", [(id,) for id in gone])
            added = [
                number
                for entry in entries
                for number in insert(connection, entry.document, entry.passages, entry.vectors)
            ]
            connection.executemany(KEEP_RECORD, map(astuple, kept))
            connection.executemany(
                "DELETE FROM sources WHERE source = ? AND content != ''", [(file,) for file in files]
            )
            connection.executemany(KEEP_RECORD, map(astuple, records))
        return Change(added=tuple(added), removed=tuple(removed))

    def replace_vectors(self, batches: Iterable[tuple[Sequence[int], Vectors]], *, embedder: str) -> None:
        """Put new vectors, one row a number, in place of the old, and keep their embedder's fingerprint."""
        with self._database.change() as connection:
            for numbers, vectors in batches:
                connection.executemany(
                    "UPDATE passages SET vector = ? WHERE number = ?",
                    ((to_blob(vector), number) for number, vector in zip(numbers, vectors, strict=True)),
                )
            connection.execute("INSERT OR REPLACE INTO facts VALUES ('embedder', ?)", [embedder])

    def digests(self) -> dict[str, str]:
        """The digest of every document by its id."""
        return dict(self._database.rows("SELECT id, digest FROM documents"))

    def sources(self) -> dict[str, str]:
        """The source that every document is shown with, by its id."""
        return dict(self._database.rows("SELECT id, source FROM documents"))

    def sources_of(self, id: str) -> list[str]:
        """All sources that hold the document."""
        return [Record(*row).source for row in self._database.rows(f"{RECORDS} WHERE document_id = ?", [id])]

    def records(self) -> list[Record]:
        """What every source held when it was ingested last."""
        return [Record(*row) for row in self._database.rows(RECORDS)]

    def vectors_by_text(self, ids: Sequence[str]) -> dict[str, Vectors]:
        """The vector of every passage of these documents, by what was embedded, see `Passage.titled`."""
        query = "SELECT title, text, vector FROM passages WHERE document_id = ?"
        rows = [row for id in ids for row in self._database.rows(query, [id])]
        return {titled(title, text): np.frombuffer(blob, "<f4") for title, text, blob in rows}

    def faults(self) -> list[str]:
        """What does not fit: in the file, between a document and its passages, in the vectors."""
        found = self._database.faults()
        if found:
            return found
        for about in self.documents():
            document = self.document(about.id)
            ends = self._database.rows(
                'SELECT "start", "end", length(text) FROM passages WHERE document_id = ? ORDER BY "start"', [about.id]
            )
            tiles = all(
                start == before for (start, *_), before in zip(ends, [0, *(end for _, end, _ in ends)], strict=False)
            )
            whole = tiles and all(end - start == length for start, end, length in ends)
            if document is None or not ends or not whole or self.digest(about.id) != document.digest:
                found.append(f"the text of {about.source or about.id} is not what was ingested")
        widths = self._database.rows("SELECT DISTINCT length(vector) FROM passages")
        if len(widths) > 1:
            found.append(f"its vectors are of {len(widths)} lengths")
        return found

    def digest(self, id: str) -> str | None:
        rows = self._database.rows("SELECT digest FROM documents WHERE id = ?", [id])
        return rows[0][0] if rows else None

    def marker(self) -> str:
        """Tells what passages there are from what there were and will be: their numbers are never used twice."""
        [(most, count)] = self._database.rows(
            "SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'passages'), 0), count(*) FROM passages"
        )
        return f"{most}:{count}:{self.fact('embedder')}"

    def require_space(self, passages: int) -> None:
        """Raise `LibraryError` if the disk has no room for so many passages more, here and in the collection."""
        self._database.require_space(SPARE_BYTES + passages * PASSAGE_BYTES)

    def is_empty(self) -> bool:
        return not self._database.rows("SELECT 1 FROM passages LIMIT 1")

    def was_filled(self) -> bool:
        """Did it ever hold a passage? Their numbers are never used twice."""
        return bool(self._database.rows("SELECT 1 FROM sqlite_sequence WHERE name = 'passages' AND seq > 0"))

    def documents(self) -> list[Document]:
        """Every document, in the order they came, without its text: `text` is ""."""
        rows = self._database.rows(f"{DOCUMENTS} ORDER BY rowid")
        return [to_document(row, text="") for row in rows]

    def holdings(self) -> list[Holding]:
        """The same, with how many passages each has, and when it was added."""
        counts = dict(self._database.rows("SELECT document_id, count(*) FROM passages GROUP BY document_id"))
        added = dict(self._database.rows("SELECT id, added FROM documents"))
        return [Holding(each, counts.get(each.id, 0), added.get(each.id, "")) for each in self.documents()]

    def document(self, id: str) -> Document | None:
        """The whole document: its passages joined."""
        rows = self._database.rows(f"{DOCUMENTS} WHERE id = ?", [id])
        if not rows:
            return None
        texts = self._database.rows('SELECT text FROM passages WHERE document_id = ? ORDER BY "start"', [id])
        return to_document(rows[0], text="".join(text for (text,) in texts))

    def numbers(self, scope: Scope = EVERYTHING) -> list[int]:
        """The numbers of all passages of the scope, rising."""
        within, given = select_within(scope)
        query = f"SELECT number FROM passages {WITH_DOCUMENT} WHERE {within} ORDER BY number"
        return [int(number) for (number,) in self._database.rows(query, given)]

    def passages(self, numbers: Sequence[int], scope: Scope = EVERYTHING) -> dict[int, Passage]:
        """Those of these passages that there are in the scope, by number."""
        within, given = select_within(scope)
        rows = self._selected(
            f"{PASSAGES} WHERE {within} AND number IN",
            numbers,
            given,
        )
        return {number: to_passage(row) for number, *row in rows}

    def vectors(self, numbers: Sequence[int]) -> Vectors:
        """One row a number, in their order; a number that is not there has a row of zeros."""
        found: dict[int, bytes] = dict(self._selected("SELECT number, vector FROM passages WHERE number IN", numbers))
        width = next((len(blob) for blob in found.values()), 0)
        rows = b"".join(found.get(number, bytes(width)) for number in numbers)
        return np.frombuffer(rows, dtype="<f4").reshape(len(numbers), -1) if numbers else np.empty((0, 0), np.float32)

    def search_words(self, words: Sequence[str], limit: int, scope: Scope = EVERYTHING) -> dict[int, float]:
        """BM25 by passage number of the best `limit` passages that hold any of the words, whatever their endings.

        Two numbers in a row count once more where they stand in a row: "1,216" is more than a 1 and a 216.
        """
        if not words:
            return {}
        figures = [f"{one} {then}" for one, then in pairwise(words) if one.isdecimal() and then.isdecimal()]
        within, given = select_within(scope)
        joined = f"JOIN passages ON number = words.rowid {WITH_DOCUMENT}" if scope != EVERYTHING else ""
        rows = self._database.rows(
            f"SELECT words.rowid, -bm25(words, ?, 1.0) FROM words {joined} WHERE words MATCH ? AND {within} "
            "ORDER BY bm25(words, ?, 1.0) LIMIT ?",
            [TITLE_WEIGHT, _matching(map(stemmed, [*words, *figures])), *given, TITLE_WEIGHT, limit],
        )
        return dict(rows)

    def rarity(self, stems: Sequence[str]) -> dict[str, float]:
        """How well each stem tells passages apart: log((n + 1) / (passages with it + 0.5)), never below 0."""
        [(total,)] = self._database.rows("SELECT count(*) FROM passages")
        counts = {
            stem: self._database.rows("SELECT count(*) FROM words WHERE words MATCH ?", [_matching([stem])])[0][0]
            for stem in stems
        }
        return {stem: max(0.0, log((total + 1) / (count + 0.5))) for stem, count in counts.items()}

    def _selected(self, query: str, numbers: Sequence[int], given: Sequence[str] = ()) -> list[tuple[Any, ...]]:
        rows = []
        for at in range(0, len(numbers), SQL_VARIABLES):
            part = numbers[at : at + SQL_VARIABLES]
            rows += self._database.rows(f"{query} ({','.join('?' * len(part))})", [*given, *part])
        return rows


def _matching(stems: Iterable[str]) -> str:
    """A query for any of the stems, each quoted: none of them is an operator."""
    return " OR ".join('"' + stem.replace('"', '""').replace("\0", " ") + '"' for stem in stems)
