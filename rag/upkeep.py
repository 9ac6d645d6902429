"""Keep up: examine a library, back it up and restore it."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path

from rag.catalog import Catalog
from rag.connect import library_embedder, require_own_folder
from rag.database import copy_database
from rag.errors import LibraryError
from rag.examination import REBUILD, Examination, Fault, Index, examine_index
from rag.library import FIRST_INDEX
from rag.lock import own_library
from rag.seal import find_changed
from rag.settings import Settings
from rag.types import CATALOG, Progress

RESTORE = "restore a backup with `pincite restore`, or ingest the documents into a new library"
REPLACED = "catalog.replaced-{}.sqlite"


def examine(settings: Settings | None = None, *, on_progress: Progress | None = None) -> Examination:
    """Hold everything in the library against everything else; no document and no vector is changed.

    Raises `LibraryLocked` if another process owns the library, and `LibraryError` if there is none.
    """
    settings = settings or Settings()
    path = _existing(settings.home)
    lock = own_library(settings.home)
    try:
        catalog = Catalog(path)
    except LibraryError as error:
        lock.release()
        return Examination(0, 0, (Fault(str(error).partition(";")[0], RESTORE),))
    try:
        return _examine(settings, catalog, path, on_progress)
    finally:
        catalog.close()
        lock.release()


def _examine(settings: Settings, catalog: Catalog, path: Path, on_progress: Progress | None) -> Examination:
    try:
        counts = len(catalog.digests()), len(catalog.numbers())
        faults = [Fault(f"the catalog is damaged: {what}", RESTORE) for what in catalog.faults()]
    except LibraryError as error:
        return Examination(0, 0, (Fault(str(error).partition(";")[0], RESTORE),))
    made_with, fingerprint = catalog.fact("embedder"), library_embedder(settings)
    if counts[1] and made_with != fingerprint:
        faults.append(
            Fault(
                f"it was made with the embedder {made_with}, and the settings say {fingerprint}",
                "set PINCITE_EMBEDDING_MODEL back, or let `pincite rebuild` embed all of it anew",
            )
        )
    if not faults:
        url = settings.chroma_url.get_secret_value() if settings.chroma_url else ""
        index = Index(str(path), catalog.fact("index") or FIRST_INDEX, url, catalog.fact("library") or "")
        changed = [] if url else find_changed(index.folder)
        faults += [Fault(f"the index's file {name} is not what it was when it was closed", REBUILD) for name in changed]
        faults += examine_index(index, on_progress)
    return Examination(*counts, tuple(faults))


def backup(file: Path, settings: Settings | None = None) -> None:
    """Copy the library, documents and vectors, to one file, as it is now; another process may be using it.

    Raises `LibraryError` if there is no library, if it is damaged, or if the file cannot be written.
    """
    settings = settings or Settings()
    if file.exists():
        raise LibraryError(f"{file} is there already; choose another name, or move it away")
    copy_database(_existing(settings.home), file)


def restore(file: Path, settings: Settings | None = None) -> Path | None:
    """Put what `backup` wrote in place of the library, which is kept: where, is returned, or None if there was none.

    Raises `LibraryLocked` if another process owns the library, and `LibraryError` if the file is no whole backup.
    """
    from rag.collection import folder_indexes  # chromadb: see `connect`

    settings = settings or Settings()
    if not file.is_file():
        raise LibraryError(f"{file} is no file; name one that `pincite backup` wrote")
    lock = own_library(settings.home)
    try:
        require_own_folder(settings.home)
        path, new = settings.home / CATALOG, settings.home / "catalog.restored.sqlite"
        for left in settings.home.glob(f"{new.name}*"):  # by a restore that was killed
            left.unlink()
        copy_database(file, new)
        _open_restored(new)
        kept = _set_aside(path)
        indexes = folder_indexes(settings.home)
        for name in indexes.names():  # first: the next start fills one anew, with whatever catalog there is then
            indexes.drop(name)
        new.replace(path)
    finally:
        lock.release()
    return kept


def _open_restored(path: Path) -> None:
    """Look whether it is a library; its index is another one, on a server as well."""
    try:
        catalog = Catalog(path)
        try:
            catalog.forget_facts(("index", "library"))
        finally:
            catalog.close()
    except LibraryError:
        for left in path.parent.glob(f"{path.name}*"):
            left.unlink()
        raise


def _set_aside(path: Path) -> Path | None:
    """Copy the catalog to another name, with its log; that name, or None if there is no catalog."""
    if not path.exists():
        return None
    with suppress(LibraryError):  # a damaged one is set aside as it is
        Catalog(path).close()  # takes in the log
    kept = next(other for n in count(1) if not (other := path.with_name(REPLACED.format(n))).exists())
    shutil.copyfile(path, kept)
    with kept.open("rb+") as copy:
        os.fsync(copy.fileno())
    for ending in ("-wal", "-shm"):
        log = path.with_name(path.name + ending)
        if log.exists():
            log.replace(kept.with_name(kept.name + ending))
    return kept


def _existing(home: Path) -> Path:
    path = home / CATALOG
    if not path.exists():
        raise LibraryError(f"there is no library in {home}; `pincite ingest PATH` makes one")
    return path
