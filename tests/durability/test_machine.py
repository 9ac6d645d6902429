"""A library against a model of it, through anything that may happen to it in any order."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from rag import Assistant, Document
from rag.collection import Collection
from tests.test_ingest import assembled, embed_by_hash

NAMES = ["a.txt", "b.txt", "c.md", "below/d.txt"]
LONG = "\n\n".join(f"Paragraph {n} tells of rivers, and of the sand that they carry to the sea. " * 8 for n in range(9))
TEXTS = ["One thing is true.", "Another thing is true.", "A headline\n\nSome words.", LONG, LONG + " And more."]
names, texts, ids = st.sampled_from(NAMES), st.sampled_from(TEXTS), st.sampled_from(["x", "y"])


class LibraryMachine(RuleBasedStateMachine):
    """`held` is the model: what each source holds, by the id of the document."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Path(tempfile.mkdtemp())
        self.folder = self.root / "documents"
        self.folder.mkdir()
        self.starts = 0
        self.home = self.root / "home-0"
        self.home.mkdir()
        self.files: dict[str, str] = {}  # what is on the disk
        self.held: dict[str, tuple[str, str]] = {}  # by source: the id and the text of the document
        self.assistant = self.start()

    def start(self) -> Assistant:
        assistant = assembled(self.home, embed_by_hash)
        assistant.library.level()
        return assistant

    @rule(name=names, text=texts)
    def write(self, name: str, text: str) -> None:
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / name).write_text(text, encoding="utf-8")
        self.files[name] = text

    @precondition(lambda self: self.files)
    @rule(data=st.data(), name=names)
    def rename(self, data: st.DataObject, name: str) -> None:
        old = data.draw(st.sampled_from(sorted(self.files)))
        (self.folder / name).parent.mkdir(exist_ok=True)
        (self.folder / old).rename(self.folder / name)
        self.files[name] = self.files.pop(old)

    @precondition(lambda self: self.files)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from(sorted(self.files)))
        (self.folder / name).unlink()
        del self.files[name]

    @rule()
    def ingest_folder(self) -> None:
        report = self.assistant.ingest(self.folder)
        assert report.failed == ()
        self.note_folder()
        again = self.assistant.ingest(self.folder)
        assert len(again.unchanged) == len(self.files)
        assert again == type(again)(unchanged=again.unchanged)

    def note_folder(self) -> None:
        self.held = {source: held for source, held in self.held.items() if not source.startswith("/")}
        for name, text in self.files.items():
            self.held[f"/{name}"] = (Document(text=text).id, text)

    @rule(id=ids, text=texts)
    def ingest_document(self, id: str, text: str) -> None:
        self.assistant.ingest([Document(id=id, text=text)])
        self.held[id] = (id, text)

    @rule(text=texts)
    def ingest_nameless_document(self, text: str) -> None:
        document = Document(text=text)
        self.assistant.ingest([document])
        self.held[document.id] = (document.id, text)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        id = data.draw(st.sampled_from(sorted({id for id, _ in self.held.values()})))
        assert self.assistant.remove(id)
        assert not self.assistant.remove(id)
        self.held = {source: held for source, held in self.held.items() if held[0] != id}

    @rule()
    def restart(self) -> None:
        self.assistant.close()
        self.assistant = self.start()

    @rule()
    def kill(self) -> None:
        """What is on the disk at this moment is what a kill would leave."""
        self.starts += 1
        copy = self.root / f"home-{self.starts}"
        shutil.copytree(self.home, copy)
        self.assistant.close()
        shutil.rmtree(self.home)
        self.home = copy
        self.assistant = self.start()

    @rule(id=ids, text=texts)
    def kill_between_catalog_and_collection(self, id: str, text: str) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Collection, "add", interrupt)
            patch.setattr(Collection, "remove", interrupt)
            with suppress(KeyboardInterrupt):  # there is nothing to do if it holds that already
                self.assistant.ingest([Document(id=id, text=text)])
        self.held[id] = (id, text)
        self.kill()

    @rule()
    def rebuild(self) -> None:
        self.assistant.library.rebuild()

    @rule()
    def lose_index(self) -> None:
        self.assistant.close()
        for path in self.home.glob("chroma*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        self.assistant = self.start()

    @invariant()
    def the_library_holds_what_the_model_holds(self) -> None:
        library = self.assistant.library
        wanted = dict(self.held.values())
        found = {about.id: self.assistant.document(about.id) for about in self.assistant.documents()}
        assert {id: document and document.text for id, document in found.items()} == wanted
        numbers = library.catalog.numbers()
        assert library.collection.numbers() == set(numbers)
        assert all(library.collection.finds(numbers, library.catalog.vectors(numbers)))

    @invariant()
    def a_search_finds_what_is_there_and_nothing_else(self) -> None:
        library = self.assistant.library
        numbers = library.catalog.numbers()
        found = library.find(embed_by_hash(TEXTS[:1]), ["river", "true"], limit=5)
        assert len(found.by_meaning) >= min(5, len(numbers))
        assert {number: passage.document_id for number, passage in found.passages.items()} == {
            number: passage.document_id
            for number, passage in library.catalog.passages(numbers).items()
            if number in found.passages
        }
        texts = {id: text for id, text in self.held.values()}
        assert all(texts[each.document_id][each.start : each.end] == each.text for each in found.passages.values())

    @invariant()
    def every_document_is_shown_with_a_source_that_holds_it(self) -> None:
        for about in self.assistant.documents():
            if about.source:
                assert f"/{Path(about.source).relative_to(self.folder)}" in self.held

    def teardown(self) -> None:
        self.assistant.close()
        shutil.rmtree(self.root)


def interrupt(*_: Any) -> None:
    raise KeyboardInterrupt


def test_whatever_happens_the_library_is_what_its_model_is(full: bool) -> None:
    run_state_machine_as_test(  # type: ignore[no-untyped-call]  # Hypothesis has no types here
        LibraryMachine,
        settings=settings(
            max_examples=100 if full else 4,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=[*HealthCheck],
        ),
    )
