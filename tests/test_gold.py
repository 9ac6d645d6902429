"""Judge: where a library holds gold, and which quotes show it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import Document, Gold, Question, QuestionError, Quote
from rag.gold import Proof, find_proofs, holds, is_right, plain_form

TEXT = "The bridge opened in 1932. It cost £6 million.\nNobody has crossed it since."
BRIDGE = Document(id="b", text=TEXT, title="Bridges", source="/home/ann/reports/bridges.txt")
OTHER = Document(id="o", text="Nobody has crossed it since.", title="Bridges", source="/home/ann/notes/other.txt")


def quote(start: int, end: int, *, document: Document = BRIDGE) -> Quote:
    return Quote(number=1, document_id=document.id, start=start, end=end, text=document.text[start:end])


def quote_of(words: str, *, document: Document = BRIDGE) -> Quote:
    start = document.text.index(words)
    return quote(start, start + len(words), document=document)


def proofs_of(*gold: Gold, documents: tuple[Document, ...] = (BRIDGE, OTHER)) -> tuple[Proof, ...]:
    whole = {document.id: document for document in documents}
    [proofs] = find_proofs([Question("q", "Q?", gold=gold)], documents, read=whole.get)
    return proofs


# where the library holds gold


def test_words_are_held_by_every_document_that_has_them() -> None:
    assert proofs_of(Gold(words="nobody has  CROSSED")) == (Proof(("b", "o"), words="nobody has crossed"),)
    assert proofs_of(Gold(words="since", document="o")) == (Proof(("o",), words="since"),)


def test_a_slice_and_a_document_are_held_by_the_document() -> None:
    assert proofs_of(Gold("b", 4, 10, "Bridge"), Gold("b", 0, len(TEXT)), Gold("o")) == (
        Proof(("b",), 4, 10),
        Proof(("b",), 0, len(TEXT)),
        Proof(("o",)),
    )


@pytest.mark.parametrize("name", ["o", OTHER.source, "other.txt", "notes/other.txt", "./notes/other.txt"])
def test_a_document_is_named_by_id_source_or_the_end_of_its_source(name: str) -> None:
    assert proofs_of(Gold(name)) == (Proof(("o",)),)


def test_a_title_names_a_document_and_an_id_goes_before_it() -> None:
    titled = Document(id="t", text="T", title="b")
    assert proofs_of(Gold("b"), documents=(titled,)) == (Proof(("t",)),)
    assert proofs_of(Gold("b"), documents=(titled, BRIDGE)) == (Proof(("b",)),)


def test_a_whole_source_goes_before_the_end_of_another() -> None:
    documents = (Document(id="1", text="T", source="docs/a.txt"), Document(id="2", text="T", source="a.txt"))
    assert proofs_of(Gold("a.txt"), documents=documents) == (Proof(("2",)),)


def test_each_question_has_its_own_proofs_and_each_document_is_read_once() -> None:
    read: list[str] = []

    def reading(id: str) -> Document | None:
        read.append(id)
        return {"b": BRIDGE, "o": OTHER}.get(id)

    questions = [
        Question("1", "Q?", gold=(Gold(words="1932"), Gold("b", 0, 3))),
        Question("2", "Q?"),
        Question("3", "Q?", gold=(Gold(words="1932"),)),
    ]
    year = Proof(("b",), words="1932")
    assert find_proofs(questions, [BRIDGE, OTHER], read=reading) == [(year, Proof(("b",), 0, 3)), (), (year,)]
    assert read == ["b", "o"]


def test_no_document_is_read_for_gold_that_only_names_one() -> None:
    def read(id: str) -> Document | None:
        raise AssertionError(id)

    assert find_proofs([Question("q", "Q?", gold=(Gold("o"),))], [OTHER], read=read) == [(Proof(("o",)),)]


@pytest.mark.parametrize(
    ("gold", "said"),
    [
        (Gold("x.txt"), "the library holds no document 'x.txt'; `pincite list` shows what it holds"),
        (Gold("ther.txt"), "the library holds no document 'ther.txt'; `pincite list` shows what it holds"),
        (Gold("Bridges"), "2 documents are called 'Bridges'; name one by its id, as listed"),
        (Gold(words="1933"), "no document holds the gold '1933'; correct it, or ingest the document that does"),
        (Gold(words="\u00ad"), "no document holds the gold '\\xad'; correct it, or ingest the document that does"),
        (Gold("o", words="1932"), "the document 'o' does not hold the gold '1932'; correct it, or ingest it anew"),
        (Gold("o", 0, 29), 'the document \'o\' does not reach to 29; correct "start" and "end"'),
        (
            Gold("b", 4, 12, "bridge"),
            "the document 'b' does not hold the gold 'bridge' from 4 to 12; correct \"start\" and \"end\"",
        ),
        (
            Gold(words="x" * 99),
            f"no document holds the gold '{'x' * 59}…'; correct it, or ingest the document that does",
        ),
    ],
)
def test_gold_that_the_library_does_not_hold_is_refused(gold: Gold, said: str) -> None:
    with pytest.raises(QuestionError, match=f"^question 'q': {re.escape(said)}$"):
        proofs_of(gold)


# which quotes show it


@pytest.mark.parametrize(
    ("gold", "quoted", "right"),
    [
        ("opened in 1932", "The bridge opened in 1932.", True),
        ("opened in 1932", "It cost £6 million.", False),
        ("opened in 1932. It cost £6 million.", "It cost £6 million.", True),  # a part of the words
        ("£6 million. Nobody", "It cost £6 million.", False),  # neither holds the other
        ("it", "The bridge opened in 1932.", False),
        ("193", "The bridge opened in 1932.", False),
    ],
)
def test_words_are_shown_by_a_quote_that_holds_them_or_is_a_part_of_them(gold: str, quoted: str, right: bool) -> None:
    assert is_right(quote_of(quoted), [Proof(("b",), words=plain_form(gold))]) is right


def test_words_in_a_document_are_not_shown_by_another() -> None:
    [proof] = proofs_of(Gold("b", words="Nobody has crossed it"))
    assert is_right(quote_of("Nobody has crossed it since."), [proof])
    assert not is_right(quote_of("Nobody has crossed it since.", document=OTHER), [proof])


@pytest.mark.parametrize(
    ("start", "end", "right"),
    [
        (10, 20, True),
        (0, 40, True),  # all of the slice
        (0, 15, True),  # half of it
        (0, 14, False),
        (16, 24, True),  # half of the quote
        (16, 25, False),
        (20, 30, False),  # next to it
    ],
)
def test_a_slice_is_shown_by_half_of_it_or_by_a_quote_half_in_it(start: int, end: int, right: bool) -> None:
    assert is_right(quote(start, end), [Proof(("b",), 10, 20)]) is right
    assert not is_right(quote(start, end), [Proof(("o",), 10, 20)])


def test_slices_are_one_proof_together_only_in_the_mode_all() -> None:
    first, second = Proof(("b",), 0, 10), Proof(("b",), 18, 40)
    across = quote(6, 22)  # 16 characters, 4 of either slice
    assert is_right(across, [first, second], mode="all")
    assert not is_right(across, [first, second], mode="any")
    assert not is_right(quote(6, 23), [first, replace(second, start=19)], mode="all")
    assert not is_right(across, [first, first], mode="all")  # what lies in both counts once


def test_a_document_is_shown_by_any_quote_of_it_unless_something_more_exact_is_given() -> None:
    anything = quote(0, 3)
    assert is_right(anything, [Proof(("o",)), Proof(("b",))])
    assert not is_right(anything, [Proof(("o",))])
    assert not is_right(anything, [Proof(("b",)), Proof(("b",), 20, 30)])
    assert not is_right(anything, [Proof(("b",)), Proof(("o",), words="since")])


@given(st.text(min_size=1, max_size=40), st.data())
def test_a_quote_of_the_slice_itself_is_right_and_one_of_the_rest_is_not(text: str, data: st.DataObject) -> None:
    document = Document(id="b", text=text)
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    proofs = [Proof(("b",), start, end)]
    assert is_right(quote(start, end, document=document), proofs)
    assert is_right(quote(0, len(text), document=document), proofs)
    rest = [(0, start), (end, len(text))]
    assert not any(is_right(quote(a, b, document=document), proofs) for a, b in rest if a < b)


# one form for all typography


def test_typography_case_and_line_breaks_make_no_difference() -> None:
    assert plain_form("“Don’t”\n stop – it’s  ﬁne\u00a0") == plain_form("\"don't\" STOP - it's fine")


def test_words_are_found_whole_where_a_script_parts_them() -> None:
    cases = {"7": False, "1979": True, "arm": False, "arms": True, "$5": True, "本語": True, "übe": False}
    text = plain_form("In 1979 the arms cost US$5; 日本語. Übel.")
    assert {words: holds(text, plain_form(words)) for words in cases} == cases


awkward = st.text("aB1é’“–$. \n", min_size=1, max_size=12)


@given(awkward, awkward, awkward)
def test_words_between_other_words_are_found(before: str, words: str, after: str) -> None:
    assert holds(plain_form(f"{before} {words} {after}"), plain_form(words))
