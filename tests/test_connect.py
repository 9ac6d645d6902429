from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from rag import (
    Assistant,
    Document,
    EmbedderError,
    IngestReport,
    LibraryError,
    LibraryLocked,
    Settings,
    connect,
    example_questions,
    ingest_seeds,
)
from rag.lock import own_library
from rag.resources import resource
from rag.tokens import open_counter
from tests.scripted_server import embed_by_hash, scripted_server

SEED = "000_fe5675aafdfdfcf7.txt"
OCTOPUS = Document(id="a", text="The octopus has eight arms.")


def settings(home: Path, **values: object) -> Settings:
    return Settings(home=home, model=None, **values)


def test_a_library_is_there_after_a_restart(tmp_path: Path) -> None:
    with connect(settings(tmp_path / "new" / "home")) as assistant:
        assistant.ingest([OCTOPUS])
        hits = assistant.search("How many arms?")
    with connect(settings(tmp_path / "new" / "home")) as assistant:
        assert assistant.search("How many arms?") == hits
        assert assistant.document("a") == OCTOPUS
        assert assistant.ingest([OCTOPUS]) == IngestReport(unchanged=("a",))


def test_a_library_is_owned_until_the_assistant_is_closed(assistant: Assistant, tmp_path: Path) -> None:
    with pytest.raises(LibraryLocked, match=r"^this program has the library .*home open already"):
        connect(settings(tmp_path / "home"))
    assistant.close()
    assistant.close()
    connect(settings(tmp_path / "home")).close()


def test_a_closed_library_says_that_it_is_closed(assistant: Assistant) -> None:
    assistant.ingest([OCTOPUS])
    assistant.close()
    with pytest.raises(LibraryError, match=r"^the library .*home is closed; connect to it again$"):
        assistant.documents()


def test_two_libraries_can_be_open_side_by_side(assistant: Assistant, tmp_path: Path) -> None:
    with connect(settings(tmp_path / "other")) as other:
        other.ingest([OCTOPUS])
        assert (len(other.search("octopus")), assistant.search("octopus")) == (1, [])
    assistant.ingest([OCTOPUS])
    assert len(assistant.search("octopus")) == 1


def test_a_library_that_cannot_be_opened_is_not_left_locked(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"no database " * 1000)
    with pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be opened") as refused:
        connect(settings(tmp_path))
    own_library(tmp_path).release()
    assert refused.tb  # it holds the lock's frame until here: nothing but `connect` released it


def test_an_index_that_may_be_somebody_elses_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_text("mine")
    with pytest.raises(LibraryError, match=r"holds a folder 'chroma' and no library; choose another PINCITE_HOME"):
        connect(settings(tmp_path))
    assert {path.name for path in (tmp_path / "chroma").iterdir()} == {"chroma.sqlite3"}


def test_settings_reach_their_parts(tmp_path: Path) -> None:
    with connect(settings(tmp_path, passages=2, passage_tokens=20)) as assistant:
        assistant.ingest([Document(id="a", text="Rivers carry sand to the sea. " * 50)])
        passages = assistant.library.catalog.passages(assistant.library.catalog.numbers()).values()
        assert 10 < max(open_counter()(passage.text) for passage in passages) <= 20
        answer = assistant.answer("What carries sand to the sea?")
        assert (len(answer.hits), answer.model) == (2, "embedded")


def test_connecting_to_a_model_asks_its_server_nothing_yet(tmp_path: Path) -> None:
    with scripted_server() as server:
        with connect(Settings(home=tmp_path, model="scripted", openai_base_url=server.url)) as assistant:
            assert (assistant.model, assistant.generate is None) == ("scripted", False)
        assert server.requests == []


def test_a_library_made_with_another_embedder_is_refused_until_it_is_rebuilt(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with connect(settings(home)) as assistant:
        assistant.ingest([OCTOPUS, Document(id="b", text="Rivers carry sand.")])
        minilm = assistant.fingerprint
    with scripted_server(embeddings=[embed_by_hash]) as server:
        other = settings(home, embedding_model="hash", openai_base_url=server.url, openai_api_key="none")
        with pytest.raises(EmbedderError, match=rf"made with the embedder {minilm}, not .*run `pincite rebuild`"):
            connect(other)
        with connect(other, rebuild=True) as assistant:
            assistant.rebuild()
        with connect(other) as assistant:
            assert assistant.search("The octopus has eight arms.")[0].passage.document_id == "a"
            assert assistant.ingest([OCTOPUS]) == IngestReport(unchanged=("a",))
    with pytest.raises(EmbedderError, match=rf"made with the embedder .*hash.*, not {minilm}; set PINCITE_EMBEDDING_M"):
        connect(settings(home))
    with connect(settings(home), rebuild=True) as assistant:
        assistant.rebuild()
        assert assistant.search("Which animal has many limbs?")[0].passage.document_id == "a"
    connect(settings(home)).close()


def test_an_empty_library_takes_any_embedder(tmp_path: Path) -> None:
    with connect(settings(tmp_path)) as assistant:
        assistant.ingest([OCTOPUS])
        assistant.remove("a")
    with scripted_server(embeddings=[embed_by_hash]) as server:
        other = settings(tmp_path, embedding_model="hash", openai_base_url=server.url, openai_api_key="none")
        with connect(other) as assistant:
            assistant.ingest([OCTOPUS])
    with pytest.raises(EmbedderError, match="run `pincite rebuild`"):
        connect(settings(tmp_path))


def test_a_new_library_starts_with_the_seed_document_once(
    assistant: Assistant, caplog: pytest.LogCaptureFixture
) -> None:
    assert ingest_seeds(assistant)
    assert caplog.record_tuples == [
        ("rag.connect", logging.WARNING, f"the library is empty: ingesting the document that Pincite ships, {SEED}")
    ]
    [seed] = assistant.documents()
    assert seed.source == SEED
    document = assistant.document(seed.id)
    assert document is not None
    assert document.text == (resource("seeds") / SEED).read_bytes().decode()
    assert not ingest_seeds(assistant)


@pytest.mark.parametrize("held", [None, OCTOPUS])
def test_a_library_that_was_emptied_stays_empty(held: Document | None, tmp_path: Path) -> None:
    with connect(settings(tmp_path)) as assistant:
        _ = assistant.ingest([held]) if held else ingest_seeds(assistant)
        [document] = assistant.documents()
        assistant.remove(document.id)
    with connect(settings(tmp_path)) as assistant:
        assert (ingest_seeds(assistant), assistant.documents()) == (False, [])


def test_a_library_with_documents_is_given_no_seed(assistant: Assistant) -> None:
    assistant.ingest([OCTOPUS])
    assert (ingest_seeds(assistant), [document.id for document in assistant.documents()]) == (False, ["a"])


def test_the_seed_document_answers_every_example_but_the_last(assistant: Assistant) -> None:
    assert example_questions(assistant) == []
    ingest_seeds(assistant)
    examples = example_questions(assistant)
    lines = (resource("seeds") / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    answerable = {entry["question"]: entry["answerable"] for entry in map(json.loads, lines) if "history" not in entry}
    assert [answerable[question] for question in examples] == [True] * (len(examples) - 1) + [False]
    assert len(set(examples)) == len(examples) > 2
