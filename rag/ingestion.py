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
        self._noted: list[str] = []
        self._sources = {id: source for source, ids in self.ids_by_source.items() for id in ids}

    def note(self, document: Document) -> bool:
        """Note what the document is to the library; True if it is to be kept, False if nothing is to be done."""
        if document.id in self._seen and not _is_named_by_content(document):
            self.failed.append((_name(document), f"another document came with the id {document.id!r}; give it its own"))
            return False
        outcome = self._outcome(document)
        self._outcomes[outcome].append(_name(document))
        if _is_named_by_content(document) and Path(document.source).is_absolute():
            self._noted.append(document.source)
        self._seen.add(document.id)
        self.digests[document.id] = document.digest
        return outcome != "unchanged"

    def note_failure(self, source: Path | Document, reason: Exception) -> None:
        self.failed.append((_name(source) if isinstance(source, Document) else str(source), str(reason)))

    def take_replaced(self) -> list[str]:
        """The ids that the files noted since the last call held before, unless another file has that content now."""
        replaced = [id for source in self._noted for id in self.ids_by_source.get(source, ()) if id not in self._seen]
        self._noted = []
        for id in replaced:
            self.digests.pop(id, None)  # a file that comes later may have that content: it is to be kept anew
        return replaced

    def take_vanished(self, folders: Sequence[Path]) -> list[str]:
        """The ids of documents whose files are gone from the folders and did not turn up under another name."""
        gone = {
            id: source
            for id, source in self._sources.items()
            if id not in self._seen
            and any(Path(source).is_relative_to(folder) for folder in folders)
            and _is_gone(source)
        }
        self._outcomes["removed"] += gone.values()
        return list(gone)

    def report(self) -> IngestReport:
        return IngestReport(
            **{name: tuple(sources) for name, sources in self._outcomes.items()}, failed=tuple(self.failed)
        )

    def _outcome(self, document: Document) -> str:
        """The same content once more in an ingest is nothing new, whatever the file is called."""
        if document.id in self._seen:
            return "unchanged"
        if self.digests.get(document.id) == document.digest and not self._is_moved(document):
            return "unchanged"
        return "updated" if document.id in self.digests or self.ids_by_source.get(document.source) else "added"

    def _is_moved(self, document: Document) -> bool:
        """The file that held the content is gone or holds another now. While it does not, it keeps its document."""
        kept, given = Path(self._sources.get(document.id, document.source)), Path(document.source)
        return kept != given and kept.is_absolute() and given.is_absolute() and not _hold_the_same(kept, given)


def _name(document: Document) -> str:
    return document.source or document.id


def _is_named_by_content(document: Document) -> bool:
    """As files are: the content is the id, and what a file holds takes the place of what it held."""
    return document.id == Document(text=document.text).id


def _hold_the_same(first: Path, second: Path) -> bool:
    try:
        return first.read_bytes() == second.read_bytes()
    except OSError:
        return False


def _is_gone(source: str) -> bool:
    """What cannot be looked at (no permission, a name too long for this disk) is not gone."""
    try:
        Path(source).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False
