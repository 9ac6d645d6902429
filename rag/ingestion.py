"""Compare: documents as they come with those in the library, to what there is to do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rag.types import Document, IngestReport


@dataclass
class Ingestion:
    """What the library holds, kept up while an ingest goes on, and what became of every source."""

    digests: dict[str, str]
    """By document id."""
    ids_by_source: Mapping[str, Sequence[str]]
    failed: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._outcomes: dict[str, list[str]] = {name: [] for name in ("added", "updated", "unchanged", "removed")}
        self._seen: set[str] = set()
        self._changed: list[str] = []
        self._sources = {id: source for source, ids in self.ids_by_source.items() for id in ids}

    def note(self, document: Document) -> bool:
        """Note what the document is to the library; True if it is to be kept, False if nothing is to be done."""
        outcome = self._outcome(document)
        self._outcomes[outcome].append(document.source or document.id)
        self._seen.add(document.id)
        self.digests[document.id] = document.digest
        if outcome != "unchanged" and Path(document.source).is_absolute():
            self._changed.append(document.source)
        return outcome != "unchanged"

    def note_failure(self, source: Path | Document, reason: Exception) -> None:
        name = (source.source or source.id) if isinstance(source, Document) else str(source)
        self.failed.append((name, str(reason)))

    def take_replaced(self) -> list[str]:
        """The ids that the files noted since the last call held before, unless another file has that content now."""
        replaced = [id for source in self._changed for id in self.ids_by_source.get(source, ()) if id not in self._seen]
        self._changed = []
        return replaced

    def take_vanished(self, folders: Sequence[Path]) -> list[str]:
        """The ids of documents whose files are gone from the folders and did not turn up under another name."""
        gone = {
            id: source
            for id, source in self._sources.items()
            if id not in self._seen
            and any(Path(source).is_relative_to(folder) for folder in folders)
            and not Path(source).exists()
        }
        self._outcomes["removed"] += gone.values()
        return list(gone)

    def report(self) -> IngestReport:
        return IngestReport(
            **{name: tuple(sources) for name, sources in self._outcomes.items()}, failed=tuple(self.failed)
        )

    def _outcome(self, document: Document) -> str:
        if self.digests.get(document.id) == document.digest and not self._is_renamed(document):
            return "unchanged"
        return "updated" if document.id in self.digests or self.ids_by_source.get(document.source) else "added"

    def _is_renamed(self, document: Document) -> bool:
        kept = self._sources.get(document.id, document.source)
        return kept != document.source and Path(kept).is_absolute() and not Path(kept).exists()
