"""Ingest: what `Assistant.ingest`, `remove`, `level` and `rebuild` make of a library."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rag import (
    Assistant,
    Document,
    IngestProgress,
    IngestReport,
    LibraryError,
    Passage,
    QuestionError,
    Settings,
    connect,
)
from rag.assistant import MAX_QUESTION
from rag.catalog import Catalog
from rag.collection import folder_indexes, open_as_it_is
from rag.errors import DocumentError, ReadingFailed
from rag.library import Library
from rag.matching import match
from rag.readers import read
from rag.tokens import open_counter

if TYPE_CHECKING:
    from rag.types import Embed, Vectors

DIMENSIONS = 8
LONG = "Rivers carry sand to the sea. " * 100  # several passages


def embed_by_hash(texts: Sequence[str]) -> Vectors:
    """Vectors of length 1 that depend on the text alone."""
    digests = b"".join(sha256(text.encode()).digest()[:DIMENSIONS] for text in texts)
    rows = np.frombuffer(digests, dtype=np.uint8).reshape(-1, DIMENSIONS).astype(np.float32) - 127.5
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


@dataclass
class Counted:
    """An `embed` part that keeps what it was given; it fails at texts that hold `fails_at`."""

    embed: Embed = embed_by_hash
    fails_at: str = "no text holds this"
    texts: list[str] = field(default_factory=list)

    def __call__(self, texts: Sequence[str]) -> Vectors:
        self.texts += texts
        if any(self.fails_at in text for text in texts):
            raise InterruptedError("the embedder stopped")
        return self.embed(texts)


@pytest.fixture
def counted(assistant: Assistant) -> Counted:
    """The embedder's part in `counting`."""
    return Counted(assistant.embed)


@pytest.fixture
def counting(assistant: Assistant, counted: Counted) -> Assistant:
    return replace(assistant, embed=counted)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "documents"
    folder.mkdir()
    return folder


def write(folder: Path, name: str, text: str) -> str:
    """The source of the file in reports."""
    (folder / name).write_text(text, encoding="utf-8", newline="")
    return str(folder / name)


def texts_by_source(assistant: Assistant) -> dict[str, str]:
    """What the library holds; the catalog and the collection must agree on it."""
    assert set(assistant.library.catalog.numbers()) == assistant.library.collection.numbers()
    whole = [assistant.document(document.id) for document in assistant.documents()]
    assert all(whole)
    return {document.source or document.id: document.text for document in whole if document}


def test_documents_are_added_then_unchanged_then_updated(assistant: Assistant) -> None:
    first = [Document(id="a", text="One."), Document(id="b", text=LONG, title="Rivers")]
    assert assistant.ingest(first) == IngestReport(added=("a", "b"))
    assert assistant.ingest(first) == IngestReport(unchanged=("a", "b"))
    changed = [first[0], replace(first[1], text="Short now.")]
    assert assistant.ingest(changed) == IngestReport(unchanged=("a",), updated=("b",))
    assert texts_by_source(assistant) == {"a": "One.", "b": "Short now."}


@pytest.mark.parametrize(
    "change",
    [{"title": "B"}, {"date": "2001"}, {"publisher": "B"}, {"pages": (0, 2)}, {"text": "Two."}, {"encoding": "utf-8"}],
)
def test_a_document_is_updated_if_anything_of_it_changes(assistant: Assistant, change: dict[str, Any]) -> None:
    document = Document(id="a", text="One.", title="A")
    assistant.ingest([document])
    changed = replace(document, **change)
    assert assistant.ingest([changed]) == IngestReport(updated=("a",))
    assert assistant.document("a") == changed


def test_a_document_without_an_id_is_named_by_its_content(assistant: Assistant) -> None:
    document = Document(text="One.")
    assert assistant.ingest([document]) == IngestReport(added=(document.id,))
    assert assistant.ingest([Document(text="One.")]) == IngestReport(unchanged=(document.id,))
    assert assistant.documents() == [replace(document, text="")]


def test_documents_of_one_source_with_ids_of_their_own_do_not_replace_each_other(assistant: Assistant) -> None:
    chapters = [Document(id=f"{n}", text=f"Chapter {n}.", source="/books/novel.pdf") for n in (1, 2)]
    assistant.ingest(chapters)
    assistant.ingest([replace(chapters[0], text="Chapter 1, revised.")])
    assert [document.id for document in assistant.documents()] == ["2", "1"]


def test_files_and_folders_are_kept_with_their_exact_text(assistant: Assistant, folder: Path, tmp_path: Path) -> None:
    (folder / "below").mkdir()
    texts = {
        write(folder, "crlf.txt", "One.\r\n\r\nTwo.\r\n"): "One.\r\n\r\nTwo.\r\n",
        write(folder / "below", "long.md", f"# Rivers\n\n{LONG}"): f"# Rivers\n\n{LONG}",
        write(tmp_path, "alone.txt", "👩‍👩‍👧‍👦 cafe\u0301 שלום 日本語。"): "👩‍👩‍👧‍👦 cafe\u0301 שלום 日本語。",
    }
    report = assistant.ingest([folder, str(tmp_path / "alone.txt"), folder / "crlf.txt"])
    assert (set(report.added), replace(report, added=())) == (set(texts), IngestReport())
    assert texts_by_source(assistant) == texts


def test_what_changed_in_a_folder_is_told_and_done(assistant: Assistant, folder: Path) -> None:
    kept, changed, gone = (write(folder, f"{name}.txt", f"The old {name}.") for name in ("kept", "changed", "gone"))
    write(folder, "broken.txt", "Soon broken.")
    assistant.ingest([folder])
    write(folder, "changed.txt", "Changed now.")
    (folder / "gone.txt").unlink()
    (folder / "broken.txt").write_bytes(b"\0\1\2" * 100)
    new = write(folder, "new.txt", "New.")
    broken = str(folder / "broken.txt")
    assert assistant.ingest([folder]) == IngestReport(
        added=(new,),
        updated=(changed,),
        unchanged=(kept,),
        removed=(gone,),
        failed=(
            (
                broken,
                "it holds binary data, not text; leave it out, or save it as text"
                "; what it held before stays in the library",
            ),
        ),
    )
    assert texts_by_source(assistant) == {
        broken: "Soon broken.",
        kept: "The old kept.",
        changed: "Changed now.",
        new: "New.",
    }
    assert [hit.passage.source for hit in assistant.search("the old changed") if hit.passage.source == changed] == [
        changed
    ]


def test_a_file_that_is_gone_is_removed_only_with_its_own_folder(assistant: Assistant, folder: Path) -> None:
    (folder / "other").mkdir()
    gone = write(folder, "gone.txt", "Gone.")
    assistant.ingest([folder, Document(id="a", text="No file.", source="https://example.org/a")])
    Path(gone).unlink()
    assert assistant.ingest([folder / "other"]) == IngestReport()
    assert assistant.ingest([folder]) == IngestReport(removed=(gone,))
    assert texts_by_source(assistant) == {"https://example.org/a": "No file."}


def test_what_is_unchanged_is_not_embedded_again(counting: Assistant, counted: Counted, folder: Path) -> None:
    write(folder, "a.txt", LONG)
    sources: list[Path | Document] = [folder, Document(id="b", text="Two.", title="B")]
    counting.ingest(sources)
    assert "B\nTwo." in counted.texts
    counted.texts.clear()
    counting.ingest(sources)
    assert counted.texts == []
    write(folder, "c.txt", "Three.")
    counting.ingest(sources)
    assert counted.texts == ["c\nThree."]


@pytest.mark.parametrize("text", ["A headline\n\nThe same words.", "the same words."])
def test_the_same_content_in_two_files_is_kept_once(
    counting: Assistant, counted: Counted, folder: Path, text: str
) -> None:
    first, second = write(folder, "a.txt", text), write(folder, "b.txt", text)
    assert counting.ingest([folder]) == IngestReport(added=(first,), unchanged=(second,))
    counted.texts.clear()
    assert counting.ingest([folder]) == IngestReport(unchanged=(first, second))
    assert counted.texts == []
    assert texts_by_source(counting) == {first: text}
    Path(first).unlink()
    assert counting.ingest([folder]) == IngestReport(updated=(second,))
    assert texts_by_source(counting) == {second: text}


def test_the_same_document_twice_is_kept_once(assistant: Assistant) -> None:
    one, titled = Document(text="One."), Document(text="One.", title="The one")
    assert assistant.ingest([one, one, titled]) == IngestReport(added=(one.id,), unchanged=(one.id,))
    assert assistant.documents() == [replace(one, text="")]


def test_content_that_left_its_file_is_kept_if_it_comes_as_a_document_later(
    assistant: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.KEEP_AT_ONCE", 1)
    file = write(folder, "a.txt", "The first words.")
    assistant.ingest([folder])
    [first] = assistant.documents()
    write(folder, "a.txt", "Other words.")
    moved = replace(first, text="The first words.", source="")
    assert assistant.ingest([folder, moved]) == IngestReport(added=(first.id,), updated=(file,))
    assert texts_by_source(assistant) == {file: "Other words.", first.id: "The first words."}


def test_two_documents_with_one_id_of_their_own_are_not_mixed_up(assistant: Assistant) -> None:
    first, second = Document(id="a", text="One."), Document(id="a", text="Two.", source="b.txt")
    assert assistant.ingest([first, second]) == IngestReport(
        added=("a",), failed=(("b.txt", "another document came with the id 'a'; give it its own"),)
    )
    assert texts_by_source(assistant) == {"a": "One."}


def test_a_document_with_a_field_that_is_no_text_is_reported_and_stops_no_other(assistant: Assistant) -> None:
    titled = Document(id="a", text="One.", title=["A", "title"])  # type: ignore[arg-type]  # as a caller may
    report = assistant.ingest([titled, Document(id="b", text="Two.")])
    assert (report.added, [source for source, _ in report.failed]) == (("b",), ["a"])
    assert (
        report.failed[0][1] == "its id, text, title, source, date, publisher, author, encoding and owner must be text"
    )


@pytest.mark.parametrize("text", ["A headline\n\nIts words.", "its words."])
def test_a_renamed_file_is_one_document_with_its_new_name(assistant: Assistant, folder: Path, text: str) -> None:
    old, new = write(folder, "old.txt", text), str(folder / "new.txt")
    assistant.ingest([folder])
    Path(old).rename(new)
    assert assistant.ingest([folder]) == IngestReport(updated=(new,))
    assert texts_by_source(assistant) == {new: text}


HEADED = [f"A headline\n\nThe words of {name}." for name in ("X", "Y", "Z")]  # of one title
contents = st.none() | st.sampled_from([*HEADED, "the words of a file that is titled by its name."])
folders = st.fixed_dictionaries({"a.txt": contents, "b.txt": contents, "c.txt": contents})
X, Y, Z = HEADED


@pytest.mark.parametrize("keep_at_once", [1, 100_000])
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(folders, min_size=2, max_size=5))
@example([{"a.txt": X, "b.txt": Y, "c.txt": None}, {"a.txt": Y, "b.txt": X, "c.txt": None}])
@example([{"a.txt": X, "b.txt": Y, "c.txt": None}, {"a.txt": X, "b.txt": X, "c.txt": None}])
@example([{"a.txt": X, "b.txt": Y, "c.txt": Z}, {"a.txt": Y, "b.txt": Z, "c.txt": X}])
def test_after_any_changes_the_library_holds_what_the_folder_holds(
    keep_at_once: int, monkeypatch: pytest.MonkeyPatch, states: list[dict[str, str | None]]
) -> None:
    monkeypatch.setattr("rag.assistant.KEEP_AT_ONCE", keep_at_once)
    with tempfile.TemporaryDirectory() as home, assembled(Path(home), Counted()) as assistant:
        folder = Path(home) / "documents"
        folder.mkdir()
        for state in states:
            for name, text in state.items():
                (folder / name).unlink(missing_ok=True)
                if text is not None:
                    write(folder, name, text)
            report = assistant.ingest([folder])
            held = texts_by_source(assistant)
            assert sorted(held.values()) == sorted({text for text in state.values() if text is not None})
            assert held == {source: Path(source).read_text(encoding="utf-8") for source in held}
            assert report.failed == ()
            assert assistant.ingest([folder]) == IngestReport(
                unchanged=tuple(str(folder / name) for name, text in sorted(state.items()) if text is not None)
            )


def assembled(home: Path, embed: Embed) -> Assistant:
    """An assistant with the real parts but for the embedder."""
    return Assistant(
        library=Library(Catalog(home / "catalog.sqlite"), folder_indexes(home)),
        embed=embed,
        fingerprint="hash",
        reads=lambda _: True,
        embed_tokens=lambda _: [],
        count_tokens=open_counter(),
        generate=None,
        model="embedded",
        passages=6,
        passage_tokens=200,
        prompt_tokens=3000,
        max_quotes=3,
        threshold=0.3,
        read_file=read,
    )


def test_a_file_that_fails_stops_no_other(assistant: Assistant, folder: Path) -> None:
    blank, unknown = write(folder, "b.txt", " \n\n "), write(folder, "c.xyz", "Words.")
    good = [write(folder, "a.txt", "One."), write(folder, "d.txt", "Two.")]
    report = assistant.ingest([folder, folder / "lost.txt"])
    assert (report.added, [source for source, _ in report.failed]) == (
        tuple(good),
        [str(folder / "lost.txt"), blank, unknown],
    )
    assert texts_by_source(assistant) == {good[0]: "One.", good[1]: "Two."}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (Document(id="a"), "there is no text in it; leave it out"),
        (Document(id="a", text=" \r\n\t\u3000"), "there is no text in it; leave it out"),
        (
            Document(id="a", text="x", pages=(3, 1)),
            "its pages must be where each begins in the text: whole numbers that rise",
        ),
        (Document(id="a", text="half \ud83d"), "it holds half a character (a lone surrogate) at 6; replace it"),
        (Document(id="a", text="x", title="\udc00"), "it holds half a character (a lone surrogate) at 2; replace it"),
        (Document(id="a", text="x", date="\udc00"), "it holds half a character (a lone surrogate) at 2; replace it"),
    ],
)
def test_a_document_that_cannot_be_kept_is_failed_with_the_reason(
    assistant: Assistant, document: Document, reason: str
) -> None:
    other = Document(id="b", text="Good.")
    assert assistant.ingest([document, other]) == IngestReport(added=("b",), failed=(("a", reason),))
    assert texts_by_source(assistant) == {"b": "Good."}


@given(st.lists(st.text().filter(str.strip), min_size=1, max_size=4, unique=True))
@example(["\0", "a\0b\r\n\r\nc", "👩‍👩‍👧‍👦" * 100, "\u202eשלום\u202c", "word " * 5000])
@settings(max_examples=10)
def test_passages_kept_of_any_text_are_slices_of_the_document(texts: list[str]) -> None:
    documents = [Document(text=text) for text in texts]
    with tempfile.TemporaryDirectory() as home, assembled(Path(home), embed_by_hash) as assistant:
        assert assistant.ingest(documents).failed == ()
        assert [assistant.document(document.id) for document in documents] == documents
        by_id = {document.id: document.text for document in documents}
        passages = assistant.library.catalog.passages(assistant.library.catalog.numbers()).values()
        assert [p.text for p in passages] == [by_id[p.document_id][p.start : p.end] for p in passages]


@pytest.mark.parametrize("keep_at_once", [1, 100_000])
def test_progress_rises_to_the_number_of_sources(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch, keep_at_once: int
) -> None:
    monkeypatch.setattr("rag.assistant.KEEP_AT_ONCE", keep_at_once)
    told: list[IngestProgress] = []
    documents = [Document(text="One."), Document(text="Two."), Document(text=" ")]
    assistant.ingest(documents, on_progress=told.append)
    assert (told[0], told[-1]) == (IngestProgress(0, 3, 0, 0), IngestProgress(3, 3, 2, 1))
    assert {each.sources for each in told} == ({0, 1, 2, 3} if keep_at_once == 1 else {0, 3})
    assert {each.passages for each in told} == ({0, 1, 2} if keep_at_once == 1 else {0, 2})
    assert {each.share for each in told} == ({0, 4 / 9, 8 / 9, 1} if keep_at_once == 1 else {0, 1})
    for name in ("sources", "passages", "share"):
        values = [getattr(each, name) for each in told]
        assert values == sorted(values)


def test_progress_shows_how_far_a_long_document_is_and_what_was_done_already(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.EMBED_AT_ONCE", 1)
    told: list[IngestProgress] = []
    paragraphs = (f"River {n} carries sand. " * 30 for n in range(9))
    short, long = Document(text="One."), Document(text="\n\n".join(paragraphs))
    assistant.ingest([short])
    assistant.ingest([short, long], on_progress=told.append)
    passages, size = len(assistant.library.catalog.numbers()) - 1, 4 + len(long.text)
    assert passages == 9
    assert told == [
        IngestProgress(0, 2, 0, 0),
        IngestProgress(1, 2, 0, 4 / size),  # it needed nothing
        *(IngestProgress(1, 2, n, (4 + n / 9 * len(long.text)) / size) for n in range(1, 10)),
        IngestProgress(2, 2, 9, 1),
    ]


def test_an_embedder_that_stops_leaves_whole_documents_and_the_next_ingest_goes_on(
    counting: Assistant, counted: Counted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.assistant.KEEP_AT_ONCE", 1)
    counting.ingest([Document(id="b", text="The old words.")])
    documents = [Document(id="a", text="One."), Document(id="b", text=LONG), Document(id="c", text="Three.")]
    counted.fails_at = "Rivers"
    with pytest.raises(InterruptedError, match="the embedder stopped"):
        counting.ingest(documents)
    assert texts_by_source(counting) == {"b": "The old words.", "a": "One."}
    counted.fails_at = "no text holds this"
    assert counting.ingest(documents) == IngestReport(added=("c",), updated=("b",), unchanged=("a",))
    assert texts_by_source(counting) == {"a": "One.", "b": LONG, "c": "Three."}


CRASH = """
import os, signal, sys
from pathlib import Path
from rag import Document, Settings, connect
assistant = connect(Settings(home=Path(sys.argv[1]), model=None))
assistant.ingest([Document(id="a", text="The octopus has eight arms."), Document(id="b", text="Old words.")])
assistant.library.collection.add = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
assistant.ingest([Document(id="b", text="A bridge was opened in 1932."), Document(id="c", text="Rivers carry sand.")])
"""


def test_after_a_crash_between_catalog_and_collection_the_next_start_levels_them(tmp_path: Path) -> None:
    home = tmp_path / "home"
    crash = subprocess.run([sys.executable, "-c", CRASH, str(home)], capture_output=True, text=True, check=False)
    assert (crash.returncode, crash.stderr) == (-signal.SIGKILL, "")
    with closing(Catalog(home / "catalog.sqlite")) as catalog, closing(open_as_it_is(home / "chroma")) as collection:
        assert set(catalog.numbers()) != collection.numbers()
    with connect(Settings(home=home, model=None)) as assistant:
        assert texts_by_source(assistant) == {
            "a": "The octopus has eight arms.",
            "b": "A bridge was opened in 1932.",
            "c": "Rivers carry sand.",
        }
        vector = assistant.embed(["When was the bridge opened?"])
        [nearest] = assistant.library.collection.nearest(vector, 1)
        assert assistant.library.catalog.passages([nearest])[nearest].document_id == "b"


def forget_all(assistant: Assistant) -> None:
    assistant.library.collection.clear()


def forget_some(assistant: Assistant) -> None:
    assistant.library.collection.remove(assistant.library.catalog.numbers()[1:3])


def hold_too_much(assistant: Assistant) -> None:
    assistant.library.collection.add([998, 999], assistant.embed(["never kept", "nor this"]))


@pytest.mark.parametrize("harm", [forget_all, forget_some, hold_too_much])
def test_levelling_makes_the_collection_hold_what_the_catalog_holds_and_embeds_nothing(
    counting: Assistant, counted: Counted, harm: Callable[[Assistant], None]
) -> None:
    counting.ingest([Document(id="a", text=LONG), Document(id="b", text="The octopus has eight arms.")])
    harm(counting)
    counting.library.is_level = False
    assert counting.library.collection.numbers() != set(counting.library.catalog.numbers())
    counted.texts.clear()
    counting.library.level()
    assert counted.texts == []
    assert set(texts_by_source(counting)) == {"a", "b"}
    assert (
        counting.library.collection.nearest(counting.embed(["octopus"]), 1) == counting.library.catalog.numbers()[-1:]
    )


@pytest.mark.parametrize("lost", ["chroma", "chroma/*-*"])
def test_a_lost_index_is_filled_again_on_the_next_start(tmp_path: Path, lost: str) -> None:
    count = 1_100  # Chroma writes its vectors out only after a thousand
    documents = [Document(id=f"{number}", text=f"{number}") for number in range(count)]
    with assembled(tmp_path, embed_by_hash) as assistant:
        assistant.ingest(documents)
    for path in tmp_path.glob(lost):
        shutil.rmtree(path)
    with assembled(tmp_path, Counted(fails_at="")) as assistant:
        assistant.library.level()
        assert len(texts_by_source(assistant)) == count
        found = [
            assistant.library.collection.nearest(embed_by_hash([f"{number}"]), 1) for number in (0, 500, count - 1)
        ]
        assert found == [[1], [501], [count]]


def test_an_index_whose_vectors_are_not_those_of_the_catalog_is_filled_again(tmp_path: Path) -> None:
    """As one is whose file was cut, if the cut does not kill the process that reads it."""
    with assembled(tmp_path, embed_by_hash) as assistant:
        assistant.ingest([Document(id=f"{number}", text=f"{number}") for number in range(100)])
        numbers, collection = assistant.library.catalog.numbers(), assistant.library.collection
        vectors = assistant.library.catalog.vectors(numbers)
        collection.add(numbers[::5], -vectors[::5])
        assert sum(collection.finds(numbers, vectors)) == 0.8 * len(numbers)
    with assembled(tmp_path, Counted(fails_at="")) as assistant:
        assistant.library.level()
        assert all(assistant.library.collection.finds(numbers, vectors))


def test_levelling_that_failed_is_tried_again(assistant: Assistant, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise LibraryError("the disk is full")

    assistant.ingest([Document(id="a", text="The bridge opened in 1932.")])
    with monkeypatch.context() as full:
        full.setattr(assistant.library.collection, "add", fail)
        with pytest.raises(LibraryError, match="the disk is full"):
            assistant.ingest([Document(id="b", text="Octopus.")])
        found = [{hit.passage.document_id for hit in assistant.search(word)} for word in ("octopus", "bridges")]
        assert (found, assistant.library.is_level) == ([{"a", "b"}, {"a"}], False)  # "b" by its word only
    assert [hit.passage.document_id for hit in assistant.search("octopus")] == ["b", "a"]
    assert assistant.library.is_level
    assert assistant.library.collection.numbers() == set(assistant.library.catalog.numbers())


def test_a_removed_document_is_found_no_more(assistant: Assistant) -> None:
    assistant.ingest([Document(id="a", text="The octopus has eight arms."), Document(id="b", text=LONG)])
    assert assistant.remove("a")
    assert not assistant.remove("a")
    assert {hit.passage.document_id for hit in assistant.search("How many arms has the octopus?", k=50)} == {"b"}
    assert (assistant.document("a"), texts_by_source(assistant)) == (None, {"b": LONG})
    assert assistant.ingest([Document(id="a", text="The octopus has eight arms.")]) == IngestReport(added=("a",))


def test_rebuilding_makes_the_index_anew_and_embeds_nothing(counting: Assistant, counted: Counted) -> None:
    counting.ingest([Document(id="a", text=LONG, title="Rivers"), Document(id="b", text="The octopus has eight arms.")])
    before, old = texts_by_source(counting), counting.library.collection
    counted.texts.clear()
    told: list[tuple[int, int]] = []
    counting.rebuild(on_progress=lambda done, total: told.append((done, total)))
    numbers = counting.library.catalog.numbers()
    assert (counted.texts, told, texts_by_source(counting)) == ([], [(len(numbers), len(numbers))], before)
    assert counting.library.collection is not old
    vectors = counting.library.catalog.vectors(numbers)
    assert counting.library.collection.finds(numbers, vectors) == [True] * len(numbers)
    assert old.finds(numbers, vectors) == [True] * len(numbers)  # for those who search in it just now


def test_a_rebuild_with_another_embedder_embeds_every_passage_anew_and_changes_no_document(
    counting: Assistant, counted: Counted
) -> None:
    counting.ingest([Document(id="a", text="Rivers.", title="Sand"), Document(id="b", text="The octopus has arms.")])
    before, embedded = texts_by_source(counting), sorted(counted.texts)
    told: list[tuple[int, int]] = []
    hashed = Counted()
    rebuilt = replace(counting, embed=hashed, fingerprint="hash")
    rebuilt.rebuild(on_progress=lambda done, total: told.append((done, total)))
    assert (sorted(hashed.texts), told, texts_by_source(rebuilt)) == (embedded, [(2, 2)], before)
    assert rebuilt.library.catalog.fact("embedder") == "hash"
    assert rebuilt.library.collection.nearest(embed_by_hash(["The octopus has arms."]), 1) == [2]


def test_a_rebuild_that_stops_leaves_the_library_as_it_was(assistant: Assistant) -> None:
    assistant.ingest([Document(id="a", text="The octopus has eight arms.")])
    numbers = assistant.library.catalog.numbers()
    before = assistant.library.catalog.vectors(numbers).tobytes(), assistant.library.catalog.fact("embedder")
    with pytest.raises(InterruptedError, match="the embedder stopped"):
        replace(assistant, embed=Counted(fails_at="octopus"), fingerprint="hash").rebuild()
    assert (assistant.library.catalog.vectors(numbers).tobytes(), assistant.library.catalog.fact("embedder")) == before
    assert [hit.passage.text for hit in assistant.search("octopus")] == ["The octopus has eight arms."]


def test_a_rebuild_that_stops_after_its_last_vector_leaves_none_of_the_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with assembled(tmp_path, embed_by_hash) as assistant:
        assistant.ingest([Document(id="a", text="The octopus has eight arms.")])
        monkeypatch.setattr("rag.collection.Collection.add", stop)
        with pytest.raises(KeyboardInterrupt):
            replace(assistant, embed=lambda texts: -embed_by_hash(texts), fingerprint="turned").rebuild()
    monkeypatch.undo()
    with assembled(tmp_path, embed_by_hash) as assistant:
        assistant.library.level()
        [number] = assistant.library.catalog.numbers()
        vector = assistant.library.catalog.vectors([number])
        assert assistant.library.collection.finds([number], vector) == [True]
        assert assistant.library.collection.finds([number], -vector) == [False]


def test_the_best_passages_come_first_with_falling_scores(assistant: Assistant) -> None:
    octopus = Document(id="a", text="The octopus has eight arms.", title="Animals", publisher="Monitor", pages=(0, 4))
    assistant.ingest(
        [
            octopus,
            Document(id="b", text="The bridge was opened in 1932.", source="/b.txt", date="1932"),
            Document(id="c", text=LONG),
        ]
    )
    hits = assistant.search("How many arms does an octopus have?", k=3)
    assert hits[0].passage == Passage(
        "a", 0, 27, octopus.text, "Animals", publisher="Monitor", pages=(0, 4), document_digest=octopus.digest
    )
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert assistant.search("bridges 1932", k=1)[0].passage.document_id == "b"


def test_a_score_joins_what_the_question_means_and_the_words_it_shares(assistant: Assistant) -> None:
    texts = ["The octopus has eight arms.", "The bridge was opened in 1932."]
    assistant.ingest([Document(id=text, text=text) for text in texts])
    question, *vectors = assistant.embed(["octopus", *texts])
    cosines = [float(vector @ question) for vector in vectors]
    hits = assistant.search("octopus")
    rarity = assistant.library.catalog.rarity
    passages = sorted((hit.passage for hit in hits), key=lambda passage: texts.index(passage.text))
    read = match("octopus", passages, embed_tokens=assistant.embed_tokens, rarity=rarity)
    alike = [max(0.0, each.words(each.everywhere)) for each in read]
    fused = [0.7 * cosines[0] + 0.3, 0.7 * cosines[1]]
    assert [hit.passage.text for hit in hits] == texts
    assert [hit.score for hit in hits] == pytest.approx(
        [0.4 * score + 0.6 * words for score, words in zip(fused, alike, strict=True)], abs=1e-5
    )


@pytest.mark.parametrize("question", ["?", "\0", "\ud800 octopus", '"', "NEAR( OR *", "👩‍👩‍👧‍👦", "x" * MAX_QUESTION])
def test_no_question_makes_the_search_fail(assistant: Assistant, question: str) -> None:
    assert assistant.search(question) == []
    assistant.ingest([Document(id="a", text="The octopus has eight arms.")])
    assert [hit.passage.document_id for hit in assistant.search(question)] == ["a"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (" ", "the question is empty; ask in words"),
        ("x" * (MAX_QUESTION + 1), "the question has more than 4,000 characters; ask a shorter one"),
    ],
)
def test_a_question_that_is_blank_or_too_long_is_refused(assistant: Assistant, question: str, reason: str) -> None:
    for ask in (assistant.search, assistant.answer):
        with pytest.raises(QuestionError, match=rf"^{reason}$"):
            ask(question)


def test_fewer_hits_than_asked_for_come_from_a_smaller_library(assistant: Assistant) -> None:
    assistant.ingest([Document(id="a", text="One."), Document(id="b", text="Two.")])
    assert {k: len(assistant.search("one", k=k)) for k in (0, 1, 2, 5)} == {0: 0, 1: 1, 2: 2, 5: 2}


def test_a_full_disk_is_told_and_leaves_the_library_as_it_was(assistant: Assistant, tmp_path: Path) -> None:
    assistant.ingest([Document(id="a", text="One.")])
    assistant.close()
    run = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(tmp_path / "home")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.startswith(f"{tmp_path}/home/catalog.sqlite cannot be written ("), run.stderr
    with connect(Settings(home=tmp_path / "home", model=None)) as again:
        assert texts_by_source(again) == {"a": "One."}


FULL_DISK = """
import resource, signal, sys
from dataclasses import replace
from pathlib import Path
import numpy as np
from rag import Document, LibraryError, Settings, connect
assistant = connect(Settings(home=Path(sys.argv[1]), model=None))
assistant = replace(assistant, embed=lambda texts: np.ones((len(texts), 384), np.float32))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, 500_000))
try:
    assistant.ingest([Document(id="b", text="Rivers carry sand to the sea. " * 20_000)])
except LibraryError as error:
    print(error)
"""


def test_one_source_may_be_given_without_a_list(assistant: Assistant, folder: Path) -> None:
    path = write(folder, "a.txt", "The bridge opened in 1932.")
    assert assistant.ingest(folder).added == (path,)
    assert assistant.ingest(str(folder)).unchanged == (path,)
    assert assistant.ingest(Document(id="mine", text="The tunnel opened in 1950.")).added == ("mine",)


def test_a_document_of_ones_own_is_not_removed_with_a_folder_that_its_source_names(
    assistant: Assistant, folder: Path
) -> None:
    assistant.ingest([Document(id="mine", text="It opened in 1932.", source=str(folder / "virtual.txt"))])
    assert assistant.ingest([folder]).removed == ()
    assert [document.id for document in assistant.documents()] == ["mine"]


@pytest.mark.parametrize("wrong", [{"title": None}, {"date": 1932}, {"id": 5}, {"encoding": "\ud800"}])
def test_a_document_with_a_field_that_is_no_text_fails_alone(assistant: Assistant, wrong: dict[str, Any]) -> None:
    good = Document(id="good", text="The bridge opened in 1932.")
    report = assistant.ingest([Document(**{"id": "bad", "text": "It opened.", **wrong}), good])
    assert (report.added, len(report.failed)) == (("good",), 1)


def test_an_interrupt_between_catalog_and_collection_is_mended_by_the_next_search(
    assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(assistant.library.collection, "add", interrupt)
        with pytest.raises(KeyboardInterrupt):
            assistant.ingest([Document(id="memo", text="The bridge opened in 1932.")])
    assert assistant.library.collection.numbers() == set()
    assert [hit.passage.document_id for hit in assistant.search("bridge")] == ["memo"]
    assert assistant.library.collection.numbers() == set(assistant.library.catalog.numbers())


def test_an_interrupt_right_after_the_commit_is_mended_too(
    assistant: Assistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = Catalog.replace

    def replace_then_interrupt(*arguments: Any, **named: Any) -> None:
        commit(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Catalog, "replace", replace_then_interrupt)
        with pytest.raises(KeyboardInterrupt):
            assistant.ingest([Document(id="memo", text="The bridge opened in 1932.")])
    assistant.close()
    with connect(Settings(home=tmp_path / "home", model=None)) as again:
        assert again.library.collection.numbers() == set(again.library.catalog.numbers()) == {1}


def test_a_failure_that_passes_is_tried_again_and_one_that_lasts_is_not(assistant: Assistant, folder: Path) -> None:
    asked: list[bytes] = []

    def fail(_: str, content: bytes) -> Document:
        asked.append(content)
        raise (ReadingFailed if content == b"busy" else DocumentError)(f"{content.decode()}; wait")

    write(folder, "busy.txt", "busy")
    write(folder, "scan.txt", "scan")
    failing = replace(assistant, read_file=fail)
    reports = [failing.ingest(folder) for _ in range(2)]
    assert [reason for _, reason in reports[1].failed] == ["busy; wait", "scan; wait"]
    assert reports[0] == reports[1]
    assert sorted(asked) == [b"busy", b"busy", b"scan"]
    assert len(assistant.ingest(folder).added) == 1


@pytest.mark.parametrize("link", [True, False])
def test_a_file_that_became_a_folder_or_a_link_out_is_removed(
    assistant: Assistant, folder: Path, tmp_path: Path, link: bool
) -> None:
    gone = write(folder, "a.txt", "The bridge opened in 1932.")
    assistant.ingest(folder)
    Path(gone).unlink()
    if link:
        Path(gone).symlink_to(write(tmp_path, "outside.txt", "Not to be read."))
    else:
        Path(gone).mkdir()
    assert assistant.ingest(folder) == IngestReport(removed=(gone,))
    assert assistant.documents() == []


def test_a_document_is_shown_with_a_file_that_holds_it_as_soon_as_that_can_be_read(
    assistant: Assistant, folder: Path
) -> None:
    for name in ("one", "two"):
        (folder / name).mkdir()
    first, second = (write(folder / name, "a.txt", "The bridge opened in 1932.") for name in ("one", "two"))
    assistant.ingest(folder)
    Path(first).unlink()
    Path(second).rename(f"{second}.away")  # it cannot be read while the first goes
    assistant.ingest(folder / "one")
    assert [document.source for document in assistant.documents()] == [first]
    Path(f"{second}.away").rename(second)
    assert assistant.ingest(folder / "two").updated == (second,)
    assert [document.source for document in assistant.documents()] == [second]


def test_a_document_may_be_removed_while_it_is_ingested(assistant: Assistant, folder: Path) -> None:
    path = write(folder, "a.txt", "The bridge opened in 1932.")
    assistant.ingest(folder)
    [document] = assistant.documents()

    def remove_meanwhile(ending: str, content: bytes) -> Document:
        assistant.remove(document.id)
        return read(ending, content)

    write(folder, "b.txt", "The bridge opened in 1932.")
    write(folder, "c.txt", "The tunnel opened in 1950.")
    report = replace(assistant, read_file=remove_meanwhile).ingest(folder)
    assert (report.unchanged[0], report.failed) == (path, ())
    assert assistant.ingest(folder).failed == ()
    held = [assistant.document(each.id) for each in assistant.documents()]
    assert {each.text for each in held if each} == {"The bridge opened in 1932.", "The tunnel opened in 1950."}


def test_a_source_with_dots_is_kept_by_its_plain_path(assistant: Assistant, folder: Path) -> None:
    path = write(folder, "a.txt", "The bridge opened in 1932.")
    assert assistant.ingest([folder / ".." / folder.name / "a.txt"]).added == (path,)


def test_neither_a_library_in_the_folder_nor_an_answer_that_was_saved_is_a_source(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "folder"
    (folder / "library" / "conversations").mkdir(parents=True)
    (folder / "library" / "conversations" / "a.jsonl").write_text('{"question": "Who?"}\n', encoding="utf-8")
    (folder / "memo.txt").write_text("The bridge opened in 1932.", encoding="utf-8")
    with connect(Settings(home=folder / "library", model=None)) as assistant:
        assistant.ingest(folder / "memo.txt")
        saved = json.dumps(asdict(assistant.answer("When did the bridge open?")))
        (folder / "answer.json").write_text(saved, encoding="utf-8")
        report = assistant.ingest(folder)
    assert f"{str(folder / 'library')!r} is a library and was left out" in caplog.text
    reason = "it is an answer of Pincite, and no source; leave it out"
    assert report == IngestReport(
        unchanged=(str(folder / "memo.txt"),), failed=((str(folder / "answer.json"), reason),)
    )
