"""Verify: an answer as it was saved holds; one with anything else changed does not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from rag import (
    Answer,
    AnswerError,
    Assistant,
    Document,
    DocumentError,
    Quotation,
    Quote,
    Section,
    Settings,
    Statement,
    connect,
    read_answer,
    read_documents,
    verify,
)
from rag.markdown import render_statements
from rag.verification import find_among

BRIDGE = "The bridge opened in 1932. The bridge cost £6 million.\f The arch is of steel."
TUNNEL = "The tunnel opened in 1992 and is 2.3 km long."
MEMO = Document(
    id="memo", text=BRIDGE, title="Memo", source="memo.txt", date="1999-05", publisher="Daily", pages=(0, 55)
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    with connect(Settings(home=tmp_path_factory.mktemp("library"), model=None)) as assistant:
        assert len(assistant.ingest([MEMO, Document(id="tunnel", text=TUNNEL)]).added) == 2
        yield assistant


@pytest.fixture(scope="module")
def answer(library: Assistant) -> Answer:
    answer = library.answer("bridge")
    assert [quote.document_id for quote in answer.quotes] == ["memo", "memo"]
    return answer


def saved(answer: Answer, folder: Path, **changed: Any) -> Path:
    path = folder / "answer.json"
    path.write_text(json.dumps({**asdict(answer), **changed}), encoding="utf-8")
    return path


def with_quote(answer: Answer, **changed: Any) -> Answer:
    """The answer with its first quote changed wherever it stands."""
    first, *rest = answer.quotes
    forged = replace(first, **changed)
    statements = tuple(
        replace(each, quotes=tuple(forged if quote == first else quote for quote in each.quotes))
        for each in answer.statements
    )
    return replace(answer, quotes=(forged, *rest), statements=statements)


def test_a_saved_answer_is_read_back_whole(answer: Answer, tmp_path: Path) -> None:
    assert read_answer(saved(answer, tmp_path)) == answer


def test_an_answer_holds_as_long_as_nothing_has_changed(library: Assistant, answer: Answer) -> None:
    verification = library.verify(answer)
    assert (verification.quotes, verification.faults, verification.notes) == (2, (), ())
    assert verify(answer, [MEMO]) == verification
    abstention = library.answer("Who is the mayor of Ulaanbaatar?")
    assert abstention.abstained
    assert library.verify(abstention).faults == ()


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"text": "The bridge opened in 1933."}, "does not hold its words at 0–26; they are nowhere in it"),
        ({"start": 1}, "does not hold its words at 1–26; they stand at 0–26"),
        ({"end": 25}, "does not hold its words at 0–25; they stand at 0–26"),
        ({"start": -71}, "does not hold its words at -71–26; they stand at 0–26"),
        ({"start": 26, "text": ""}, "it quotes no words"),
        ({"document_id": "tunnel"}, "the answer gives the document 'tunnel', and its source is 'memo'"),
        ({"document_id": "tunnel", "source": ""}, "does not hold its words"),
        ({"document_id": "gone", "source": "gone.txt"}, "there is no document 'gone' (“Memo”)"),
        ({"title": "Treaty"}, "the answer gives the title “Treaty”, and the document has the title “Memo”"),
        ({"date": "2000-05"}, "the answer gives the date “2000-05”, and the document has the date “1999-05”"),
        (
            {"publisher": "Weekly"},
            "the answer gives the publisher “Weekly”, and the document has the publisher “Daily”",
        ),
        ({"date": None}, "the answer gives no date, and the document has the date “1999-05”"),
        ({"page": 2}, "the answer gives the page “2”, and the document has the page “1”"),
    ],
)
def test_whatever_is_changed_in_a_quote_is_found(
    library: Assistant, answer: Answer, changed: dict[str, Any], fault: str
) -> None:
    faults = library.verify(with_quote(answer, **changed)).faults
    assert faults[0].startswith("quote 1: ")
    assert fault in faults[0]


def test_whatever_is_changed_around_the_quotes_is_found(library: Assistant, answer: Answer) -> None:
    first, *rest = answer.statements
    forged = {
        "statement 1 is not supported: the figure 1933 is in no quoted sentence": replace(
            answer, statements=(replace(first, text="The bridge opened in 1933."), *rest)
        ),
        "statement 1 is said to be supported and cites no quote": replace(
            answer, statements=(replace(first, quotes=()), *rest)
        ),
        "statement 1 is said to be unsupported and cites 1 quotes": replace(
            answer, statements=(replace(first, verdict="unsupported"), *rest)
        ),
        "statement 1: quote 1 is not among the answer's quotes": replace(answer, quotes=answer.quotes[1:]),
        "the answer's text is not that of its statements": replace(answer, text="It opened in 1932. [1]"),
        "it abstained, and yet quotes": replace(answer, abstained=True),
        "the quotes are numbered 2, 1 and not from 1 up": replace(answer, quotes=answer.quotes[::-1]),
    }
    found = {fault: library.verify(each).faults for fault, each in forged.items()}
    assert {fault: faults for fault, faults in found.items() if fault not in faults} == {}


def test_a_quote_that_only_a_statement_cites_is_sliced_too(library: Assistant, answer: Answer) -> None:
    first, *rest = answer.statements
    forged = replace(first, quotes=(*first.quotes, replace(answer.quotes[0], text="The bridge fell in 1932.")))
    verification = library.verify(replace(answer, statements=(forged, *rest)))
    assert verification.quotes == 3
    assert "they are nowhere in it" in verification.faults[0]


def test_a_document_that_changed_is_told_from_one_whose_words_changed(answer: Answer) -> None:
    longer = replace(MEMO, text=BRIDGE + " It is painted grey.")
    assert verify(answer, [longer]).faults == ()
    assert verify(answer, [longer]).notes == ("“Memo” has changed since; what is quoted of it has not",)
    moved = replace(MEMO, text="Read this. " + BRIDGE, pages=(0, 66))
    assert [fault.rpartition("; ")[2] for fault in verify(answer, [moved]).faults] == [
        "they stand at 11–37",
        "they stand at 38–65",
    ]
    other = replace(MEMO, text=BRIDGE.replace("1932", "1933"))
    assert ["nowhere" in fault for fault in verify(answer, [other]).faults] == [True]
    assert len(verify(answer, []).faults) == 2


def test_files_are_known_by_their_content_wherever_they_lie(library: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "here" / "ships.txt"
    path.parent.mkdir()
    path.write_text("The ship Vega sank in 1904 near Bodø.", encoding="utf-8")
    library.ingest([path])
    answer = library.answer("When did the ship Vega sink?")
    library.remove(answer.quotes[0].document_id)
    moved = path.rename(tmp_path / "ships.txt")
    assert verify(answer, read_documents([tmp_path])).faults == ()
    moved.write_text("The ship Vega sank in 1905 near Bodø.", encoding="utf-8")
    assert len(verify(answer, read_documents([moved])).faults) == 1
    path.write_text("The ship Vega sank in 1905 near Bodø.", encoding="utf-8")
    assert "nowhere in it" in verify(answer, read_documents([path])).faults[0]


def test_a_quote_of_a_section_is_held_against_that_section(library: Assistant) -> None:
    text = f"News of the week.\n\nThe bridge. {BRIDGE}\n\nThe tunnel. {TUNNEL}"
    sections = (
        Section(text.index("The bridge."), "The bridge", "1932-05", "Ada"),
        Section(text.index("The tunnel."), "The tunnel"),
    )
    document = Document(id="week", text=text, title="The week", date="1990", sections=sections)
    library.ingest([document])
    answer = library.answer("How long is the tunnel of the week?")
    [quote] = [quote for quote in answer.quotes if quote.document_id == "week"]
    assert (quote.title, quote.date, quote.author) == ("The tunnel", "1990", "")
    assert library.verify(answer).faults == ()
    moved = replace(document, sections=(sections[0], replace(sections[1], title="The canal", author="Bo")))
    faults = [fault.partition(": ")[2] for fault in verify(answer, [moved]).faults if "no document" not in fault]
    assert faults == [
        "the answer gives the title “The tunnel”, and the document has the title “The canal”",
        "the answer gives no author, and the document has the author “Bo”",
    ]


def test_files_that_cannot_be_read_are_left_out_and_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "empty.txt").touch()
    (tmp_path / "one.txt").write_text("One.", encoding="utf-8")
    assert [document.text for document in read_documents(str(tmp_path))] == ["One."]
    assert [record.getMessage().partition("left out: ")[2][:-1] for record in caplog.records] == [
        f"{tmp_path / 'empty.txt'}: it is empty; leave it out, or fill i"
    ]
    with pytest.raises(DocumentError, match=r"^there is no document to read; name files, or folders that hold some$"):
        read_documents(tmp_path / "gone.txt")


def test_a_forged_abstention_or_passage_is_found(library: Assistant, answer: Answer) -> None:
    abstention = library.answer("Who is the mayor of Ulaanbaatar?")
    assert library.verify(replace(abstention, text="Yes, he is.")).faults == (
        "the answer's text is not that of its abstention",
    )
    first, *rest = answer.hits
    forged = replace(first, passage=replace(first.passage, text="The bridge fell."))
    [fault] = library.verify(replace(answer, hits=(forged, *rest))).faults
    assert fault.startswith("passage 1: “Memo” does not hold its words at 0–")


def test_of_documents_with_one_source_it_is_the_one_with_the_id() -> None:
    feed = [Document(id=id, text=text, source="feed") for id, text in (("a", BRIDGE), ("b", TUNNEL), ("c", "More."))]
    quote = Quote(1, "b", 0, len(TUNNEL), TUNNEL, source="feed")
    for documents in (feed, feed[::-1]):
        assert find_among(documents)(quote) == feed[1]
    assert find_among(feed, read={"b": feed[0]}.get)(quote) == feed[0]


def test_a_copy_beside_a_changed_file_does_not_stand_for_it(library: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "contract.txt"
    path.write_text("The deposit is 500 euros.", encoding="utf-8")
    library.ingest([path])
    answer = library.answer("How much is the deposit?")
    (tmp_path / "old.txt").write_bytes(path.read_bytes())
    path.write_text("The deposit is 900 euros.", encoding="utf-8")
    [fault] = verify(answer, read_documents(tmp_path)).faults
    assert "they are nowhere in it" in fault


def test_half_a_character_is_no_saved_answer(answer: Answer, tmp_path: Path) -> None:
    with pytest.raises(AnswerError, match=r"is not JSON in UTF-8; save one"):
        read_answer(saved(answer, tmp_path, question="\ud800"))


def test_a_file_that_changed_elsewhere_is_still_found_in_the_library(library: Assistant, tmp_path: Path) -> None:
    path = tmp_path / "mill.txt"
    path.write_text("The mill burned down in 1871.", encoding="utf-8")
    library.ingest([path])
    answer = library.answer("When did the mill burn down?")
    path.write_text("The mill burned down in 1871. It was rebuilt.", encoding="utf-8")
    library.ingest([path])
    verification = library.verify(answer)
    assert verification.faults == ()
    assert verification.notes == ("“mill” has changed since; what is quoted of it has not",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is not JSON in UTF-8"),
        ("\xff", "is not JSON in UTF-8"),
        ("[" * 100_000, "is not JSON in UTF-8"),
        ("[]", "is no answer of Pincite (answer: "),
        ('{"question": "Who?"}', "is no answer of Pincite (searched_for: Field required)"),
    ],
)
def test_what_is_no_saved_answer_is_said_in_a_line(content: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "answer.json"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(AnswerError) as caught:
        read_answer(path)
    assert message in str(caught.value)
    assert str(caught.value).endswith("save one with `pincite ask QUESTION --json`")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_said_in_a_line(tmp_path: Path) -> None:
    with pytest.raises(AnswerError, match=r"gone\.json cannot be read \(No such file or directory\); check the path"):
        read_answer(tmp_path / "gone.json")


def test_a_forged_verdict_is_no_answer(answer: Answer, tmp_path: Path) -> None:
    statements = [{**asdict(answer.statements[0]), "verdict": "proved"}]
    with pytest.raises(AnswerError, match=r"statements\.0\.verdict: Input should be 'supported'"):
        read_answer(saved(answer, tmp_path, statements=statements))


def spoken(answer: Answer, *quotations: Quotation, text: str = "The bridge “opened in 1932”.") -> Answer:
    """The answer with a statement more that nothing supports."""
    statements = (*answer.statements, Statement(text, (), "unsupported", "", quotations))
    return replace(answer, statements=statements, text=render_statements(statements))


def test_words_in_quotation_marks_are_held_against_the_documents_too(library: Assistant, answer: Answer) -> None:
    words = replace(answer.quotes[0], number=0, start=11, end=25, text="opened in 1932")
    good = spoken(answer, Quotation(12, 26, "verified", words))
    assert library.verify(good).faults == ()
    assert library.verify(good).quotes == len(answer.quotes) + 1
    moved = spoken(answer, Quotation(12, 26, "verified", replace(words, start=12, end=26)))
    [fault] = library.verify(moved).faults
    assert fault.startswith("quoted words: “Memo” does not hold its words at 12–26")
    for standing, other in (
        ("not found", words),
        ("verified", replace(words, end=17, text="opened")),
        ("verified", None),
    ):
        [fault] = library.verify(spoken(answer, Quotation(12, 26, standing, other))).faults
        assert fault == f"statement 3: its words in quotation marks are said to be {standing}, and are not"


def test_a_supported_statement_has_only_verified_words_in_quotation_marks(library: Assistant, answer: Answer) -> None:
    words = replace(answer.quotes[0], number=0, start=11, end=25, text="opened in 1932")
    for standing, held in (("verified", True), ("misattributed", False)):
        statement = Statement(
            "The bridge “opened in 1932”.", answer.quotes[:1], "supported", "", (Quotation(12, 26, standing, words),)
        )
        forged = replace(answer, statements=(*answer.statements, statement))
        forged = replace(forged, text=render_statements(forged.statements))
        assert (library.verify(forged).faults == ()) == held
