"""Tests of asking a part of the library: documents, publishers, dates, and those of one reader."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from rag import EVERYTHING, Answer, Assistant, Document, QuestionError, Scope, Section, Settings, connect, to_markdown

NEWS = [
    Document(id="old", text="The bridge of Harwick opened in 1932.", date="1932", publisher="Harwick Post"),
    Document(id="new", text="The bridge of Harwick was closed in May.", date="2001-05-03", publisher="Evening Sun"),
    Document(id="next", text="The bridge of Harwick was painted green.", date="2001-06", publisher="Harwick Post"),
    Document(id="undated", text="The bridge of Harwick is 300 metres long."),
    Document(id="hers", text="The bridge of Harwick will be sold.", owner="ann"),
]


@pytest.fixture
def filled(assistant: Assistant) -> Assistant:
    assistant.ingest(NEWS)
    return assistant


def ids(found: Iterable[object]) -> set[str]:
    return {hit.passage.document_id for hit in found}  # type: ignore[attr-defined]  # hits


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Scope(), {"old", "new", "next", "undated", "hers"}),
        (Scope(documents=["old", "undated", "none"]), {"old", "undated"}),
        (Scope(publishers=["Harwick Post"]), {"old", "next"}),
        (Scope(publishers=["Harwick Post"], since="2000"), {"next"}),
        (Scope(since="2001-05"), {"new", "next"}),
        (Scope(since="2001-05-04"), {"next"}),
        (Scope(since="2001-06-20"), {"next"}),  # some day of that June
        (Scope(until="2001-05"), {"old", "new"}),
        (Scope(until="2001-06-10"), {"old", "new", "next"}),
        (Scope(until="2001-05-02"), {"old"}),
        (Scope(since="1932-07", until="1932-07"), {"old"}),  # some day of that year
        (Scope(user="ann"), {"old", "new", "next", "undated", "hers"}),
        (Scope(user="ben"), {"old", "new", "next", "undated"}),
        (Scope(user=""), {"old", "new", "next", "undated"}),
    ],
)
def test_only_passages_of_the_scope_are_found(filled: Assistant, scope: Scope, found: set[str]) -> None:
    assert ids(filled.search("What about the bridge of Harwick?", k=9, scope=scope)) == found
    assert ids(filled.answer("What about the bridge of Harwick?", scope=scope).hits) == found


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        (Scope(documents=["hers"], user="ben"), "1 document"),
        (Scope(publishers=["' OR 1=1 --"]), "published by ' OR 1=1 --"),
        (Scope(documents=["old"], since="1933"), "1 document, from 1933"),
    ],
)
def test_a_scope_that_holds_nothing_is_told(filled: Assistant, scope: Scope, words: str) -> None:
    for ask in (filled.search, filled.answer):
        with pytest.raises(QuestionError, match=f"the library holds nothing of what is asked: {words}; ask of more"):
            ask("What about the bridge of Harwick?", scope=scope)


def test_an_answer_tells_what_was_asked(filled: Assistant) -> None:
    scope = Scope(documents=["old", "next"], publishers=["Harwick Post"], until="2001-06", user="ann")
    answer = filled.answer("What about the bridge of Harwick?", scope=scope)
    assert answer.scope == replace(scope, user=None)
    words = "Asked only of: 2 documents, published by Harwick Post, until 2001-06 (old, next)"
    assert words in to_markdown(answer).replace("\\", "")
    assert filled.answer("What about the bridge of Harwick?").scope == EVERYTHING


def test_a_narrow_scope_finds_what_many_nearer_passages_hide(assistant: Assistant) -> None:
    near = [Document(id=f"n{n}", text=f"The mayor of Harwick visited the bridge number {n}.") for n in range(300)]
    assistant.ingest([*near, Document(id="far", text="Cheese is made of milk.", publisher="Dairy")])
    [hit] = assistant.search("Which bridge did the mayor of Harwick visit?", scope=Scope(publishers=["Dairy"]))
    assert hit.passage.document_id == "far"


def test_a_statement_is_not_proved_by_what_is_outside_the_scope(tmp_path: Path) -> None:
    """A quotation is looked for in the whole scope, and not in another reader's documents."""
    said = '"The bridge of Harwick will be sold" says a paper. [1]'
    with connect(Settings(home=tmp_path, model=None)) as assistant:
        assistant.ingest(NEWS)
        assistant.generate = lambda _: iter([said])
        ours = assistant.answer("What about the bridge of Harwick?", scope=Scope(user="ben"))
        hers = assistant.answer("What about the bridge of Harwick?", scope=Scope(user="ann"))
    assert "hers" not in quoted(ours)
    assert "hers" in quoted(hers)


def quoted(answer: Answer) -> set[str]:
    """The documents whose words stand in the answer, as a proof or beside what a model put in quotation marks."""
    beside = (each.words for statement in answer.statements for each in statement.quotations)
    return {quote.document_id for quote in (*answer.quotes, *filter(None, beside))}


def test_dates_and_publishers_of_sections_count(assistant: Assistant) -> None:
    text = "The mayor spoke at length.\n" * 30 + "The council answered.\n" * 30
    sections = (Section(0, "One", date="1999", publisher="A"), Section(text.index("The council"), "Two", date="2005"))
    assistant.ingest(Document(id="issue", text=text, sections=sections, publisher="B"))
    hits = assistant.search("Who answered?", k=20, scope=Scope(since="2001", publishers=["B"]))
    assert hits
    assert all(hit.passage.start >= sections[1].start for hit in hits)


def test_the_same_file_of_two_owners_is_two_documents(assistant: Assistant, tmp_path: Path) -> None:
    for owner in ("ann", "ben"):
        folder = tmp_path / owner
        folder.mkdir()
        (folder / "plan.txt").write_text("The bridge will be sold in May.")
        report = assistant.ingest([folder / "plan.txt"], owner=owner)
        assert report.added == (str(folder / "plan.txt"),)
        assert assistant.ingest([folder / "plan.txt"], owner=owner).unchanged
    ann, ben = assistant.documents()
    assert (ann.owner, ben.owner, ann.id != ben.id) == ("ann", "ben", True)
    assert ids(assistant.search("When will it be sold?", scope=Scope(user="ann"))) == {ann.id}
    assert assistant.remove(ann.id)
    assert [document.owner for document in assistant.documents()] == ["ben"]


@pytest.mark.parametrize(
    ("scope", "message"),
    [
        (Scope(since="yesterday"), "'yesterday' is no date; write it as 2001, 2001-01 or 2001-01-03"),
        (Scope(until="3/1/2001"), "'3/1/2001' is no date"),
        (Scope(since="2002", until="2001"), "no date is since 2002 and until 2001; exchange them"),
    ],
)
def test_a_scope_that_no_date_can_be_in_is_told(filled: Assistant, scope: Scope, message: str) -> None:
    with pytest.raises(QuestionError, match=message):
        filled.search("bridge", scope=scope)
    with pytest.raises(QuestionError, match=message):
        filled.answer("bridge", scope=scope)


def test_a_range_may_end_less_precisely_than_it_begins(filled: Assistant) -> None:
    assert ids(filled.search("bridge", scope=Scope(since="2001-02", until="2001"))) == {"new", "next"}


def test_passages_that_are_removed_while_they_are_looked_at_are_not_found(
    filled: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filled.library.catalog, "numbers", lambda _: [98, 99])
    with pytest.raises(QuestionError, match="holds nothing"):
        filled.search("Where is the bridge?", scope=Scope(publishers=["Nobody"]))


def test_an_owner_makes_another_document_of_it() -> None:
    digests = {Document(id="a", text="t", **{field: "ann"}).digest for field in ("author", "owner", "publisher")}
    assert len(digests) == 3


def test_what_is_held_is_told_with_its_passages_and_the_time(filled: Assistant) -> None:
    holdings = filled.holdings()
    assert [holding.document for holding in holdings] == filled.documents()
    assert {holding.passages for holding in holdings} == {1}
    assert all(holding.added.endswith("+00:00") for holding in holdings)
