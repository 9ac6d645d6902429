"""Compare: sources as they come with what the library holds, to what there is to do."""

from __future__ import annotations

import stat
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rag.types import Document, Found, IngestReport, Loaded, Record

OUTCOMES = ("added", "updated", "unchanged", "removed")


@dataclass(frozen=True, slots=True)
class Step:
    """What is to be done at once: wholly, or not at all."""

    documents: Sequence[Document]
    """To be kept, each in place of the one of its id."""
    remove: Sequence[str]
    """Ids of documents that no source holds any more."""
    records: Sequence[Record]
    forget: Sequence[str]
    """Files that are gone."""


class Ingestion:
    """What the library holds, kept up while an ingest goes on, and what became of every source.

    A document stays as long as a source holds it; of several that hold the same, the first is shown.
    """

    def __init__(
        self, found: Found, *, digests: Mapping[str, str], sources: Mapping[str, str], records: Iterable[Record]
    ) -> None:
        """`digests` and `sources`: of the library's documents, by id."""
        self.files: dict[str, Record] = {}
        """The records of files, by path."""
        self._digests, self._shown = dict(digests), dict(sources)
        self._holders: defaultdict[str, set[str]] = defaultdict(set)  # the sources of each document
        for record in records:
            if record.content:
                self.files[record.source] = record
            if record.document_id:
                self._holders[record.document_id].add(record.source)
        given = {str(source) for source in found.sources if isinstance(source, Path)}
        self._gone = {
            file
            for file in self.files
            if file not in given
            and any(Path(file).is_relative_to(folder) for folder in found.folders)
            and _is_gone(file)
        }
        self._seen: set[str] = set()  # documents that came
        self._lost = {id for id, held in self._holders.items() if self._shown_with(id) not in held}
        """Documents that a source held and holds no more."""
        self._outcomes: dict[str, list[str]] = {name: [] for name in OUTCOMES}
        self._failed = list(found.failed)
        self._documents: dict[str, Document] = {}
        self._records: list[Record] = []

    def _shown_with(self, id: str) -> str:
        return self._shown.get(id, id) or id

    @property
    def waiting(self) -> int:
        """The characters of the documents to be kept in the next step."""
        return sum(len(document.text) for document in self._documents.values())

    def note(self, loaded: Loaded) -> None:
        """Note what the source is to the library."""
        before = self.files.get(loaded.source) if loaded.content else None
        if loaded.reason:
            held = self.files.get(loaded.source)
            stays = "; what it held before stays in the library" if held and held.document_id else ""
            self._failed.append((loaded.source, loaded.reason + stays))
            new = Record(loaded.source, loaded.content, before.document_id if before else None, loaded.reason)
            if loaded.content and before != new:
                self._keep_record(new)
        elif loaded.document is None:
            self._outcomes["unchanged"].append(loaded.source)
            self._seen |= {before.document_id} if before and before.document_id else set()
        elif loaded.content:
            self._note_file(loaded, loaded.document, before.document_id if before else None)
        else:
            self._note_given(loaded.document)

    def _note_file(self, loaded: Loaded, document: Document, held_before: str | None) -> None:
        id, source = document.id, loaded.source
        shown = self._shown_with(id)
        is_twin = shown != source and shown in self._holders[id] - self._gone
        is_kept = is_twin or (shown == source and self._digests.get(id) == document.digest)
        if not is_kept:
            self._keep(document)
        if is_kept and held_before in (None, id):
            outcome = "unchanged"
        else:
            outcome = "updated" if held_before or shown in self._gone else "added"
        self._outcomes[outcome].append(source)
        if held_before and held_before != id:
            self._release(held_before, source)
        self._seen.add(id)
        self._keep_record(Record(source, loaded.content, id))

    def _note_given(self, document: Document) -> None:
        id, name = document.id, document.source or document.id
        if id in self._seen and id != Document(text=document.text, owner=document.owner).id:
            self._failed.append((name, f"another document came with the id {id!r}; give it its own"))
            return
        known = self._digests.get(id)
        if known == document.digest or id in self._seen:
            self._outcomes["unchanged"].append(name)
        else:
            self._outcomes["updated" if known else "added"].append(name)
            self._keep(document)
        self._seen.add(id)
        if name not in self._holders[id]:
            self._keep_record(Record(name, "", id))

    def _keep(self, document: Document) -> None:
        self._documents[document.id] = document
        self._digests[document.id], self._shown[document.id] = document.digest, document.source

    def _keep_record(self, record: Record) -> None:
        self._records.append(record)
        if record.content:
            self.files[record.source] = record
        if record.document_id:
            self._holders[record.document_id].add(record.source)

    def _release(self, id: str, source: str) -> None:
        self._holders[id].discard(source)
        self._lost.add(id)

    def take(self) -> Step:
        """What there is to do since the last step."""
        return self._take(forget=())

    def take_last(self, load: Callable[[Path], Loaded]) -> Step:
        """The last step: files that are gone are forgotten; what others hold of them is loaded anew, to be shown so."""
        for file in sorted(self._gone):
            if id := self.files[file].document_id:
                self._release(id, file)
                if not self._holders[id]:
                    self._outcomes["removed"].append(self._shown[id])
        for id in sorted(self._lost):
            files = sorted(file for file in self._holders[id] if file in self.files)
            if files and self._shown_with(id) not in self._holders[id]:
                self._show(id, load(Path(files[0])))
        return self._take(forget=sorted(self._gone))

    def _show(self, id: str, loaded: Loaded) -> None:
        if loaded.document is None or loaded.document.id != id:
            return  # it changes just now: the next ingest tries again
        self._keep(loaded.document)
        if loaded.source in self._outcomes["unchanged"]:
            self._outcomes["unchanged"].remove(loaded.source)
            self._outcomes["updated"].append(loaded.source)

    def _take(self, *, forget: Sequence[str]) -> Step:
        orphans = [id for id in sorted(self._lost) if not self._holders[id]]
        for id in orphans:
            del self._digests[id], self._shown[id]  # a source that comes later may have that content
        self._lost = {id for id in self._lost if self._holders[id]}
        step = Step([*self._documents.values()], orphans, self._records, forget)
        self._documents, self._records = {}, []
        return step

    def report(self) -> IngestReport:
        return IngestReport(
            **{name: tuple(sources) for name, sources in self._outcomes.items()}, failed=tuple(self._failed)
        )


def _is_gone(source: str) -> bool:
    """So is a file in whose place there is a folder or a link now. What cannot be looked at (no permission) is not."""
    try:
        return not stat.S_ISREG(Path(source).lstat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
