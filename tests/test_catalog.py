from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from math import log
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import LibraryError
from rag.catalog import Catalog, Change, Entry
from rag.types import Document, Passage, Record, Section
from rag.words import words_of

if TYPE_CHECKING:
    from rag.types import Vectors

AWKWARD = [
    "a",
    "\0",
    "a\0b",
    "\r\n\r",
    "cafe\u0301",
    "👩‍👩‍👧‍👦",
    "\u202eשלום\u202c",
    "日本語。",
    "' \" ; -- %s ?",
    "\ufeff\ufffe",
]

UNSPACED = [
    "すべての人間は自由である",
    "人人生而自由在尊严上平等",
    "모든인간은자유로우며",
    "มนุษย์ทั้งหลายเกิดมา",
    "មនុស្សទាំងអស់កើតមក",
]

slow_fixture = settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite")
    yield catalog
    catalog.close()


def entry(document: Document, *cuts: int) -> Entry:
    """The document cut at those offsets, with vectors that tell all passages apart."""
    text = document.text
    passages = tuple(
        Passage(
            document_id=document.id,
            start=start,
            end=end,
            text=text[start:end],
            title=document.title,
            source=document.source,
            date=document.date,
            publisher=document.publisher,
            pages=document.pages,
            document_digest=document.digest,
        )
        for start, end in pairwise([0, *cuts, len(text)])
    )
    return Entry(document, passages, np.random.default_rng(len(text)).random((len(passages), 4), dtype=np.float32))


def keep(catalog: Catalog, *texts: str) -> list[int]:
    """One document and one passage a text; the numbers of the passages."""
    return list(catalog.replace([entry(Document(text=text)) for text in texts]).added)


def content(catalog: Catalog) -> tuple[list[Document | None], dict[int, Passage], bytes]:
    """All that can be read of a library."""
    numbers = catalog.numbers()
    documents = [catalog.document(document.id) for document in catalog.documents()]
    return documents, catalog.passages(numbers), catalog.vectors(numbers).tobytes()


characters = st.characters(exclude_categories=["Cs"])
texts = st.text(characters) | st.sampled_from(AWKWARD)
documents = st.builds(
    Document,
    text=texts.filter(bool),
    title=texts,
    source=texts,
    date=st.none() | st.just("2001-01-03"),
    publisher=texts,
    pages=st.lists(st.integers(0, 2**40)).map(tuple),
    encoding=st.sampled_from(["", "utf-8"]),
    author=texts,
    sections=st.lists(st.builds(Section, st.integers(0, 9), texts, author=texts, publisher=texts)).map(tuple),
)


@slow_fixture
@given(st.lists(documents, unique_by=lambda document: document.id, max_size=4), st.data())
def test_what_is_kept_comes_back_as_it_was_also_after_a_restart(
    catalog: Catalog, tmp_path: Path, given: list[Document], data: st.DataObject
) -> None:
    gone = [document.id for document in catalog.documents()]
    entries = [
        entry(
            document, *sorted(data.draw(st.sets(st.integers(1, len(document.text) - 1))) if document.text[1:] else ())
        )
        for document in given
    ]
    change = catalog.replace(entries, remove=gone)
    reopened = Catalog(tmp_path / "catalog.sqlite")
    for present in (catalog, reopened):
        assert present.documents() == [replace(document, text="") for document in given]
        assert [present.document(document.id) for document in given] == given
        assert present.digests() == {document.id: document.digest for document in given}
        assert present.numbers() == list(change.added)
        assert list(present.passages(change.added).values()) == [p for one in entries for p in one.passages]
        for one, numbers in zip(entries, parts_of(change.added, entries), strict=True):
            assert present.vectors(numbers).tobytes() == one.vectors.tobytes()
    reopened.close()


def parts_of(numbers: Sequence[int], entries: Sequence[Entry]) -> Iterator[Sequence[int]]:
    at = 0
    for one in entries:
        yield numbers[at : at + len(one.passages)]
        at += len(one.passages)


def test_vectors_come_in_the_order_asked_for_with_zeros_for_what_is_not_there(catalog: Catalog) -> None:
    one = entry(Document(text="abc"), 1, 2)
    first, second, third = catalog.replace([one]).added
    found = catalog.vectors([third, 99, first, third])
    np.testing.assert_array_equal(found, [one.vectors[2], [0] * 4, one.vectors[0], one.vectors[2]])
    assert catalog.vectors([]).shape == (0, 0)
    assert list(catalog.passages([second, 99])) == [second]


def test_passages_and_vectors_are_found_and_in_order_across_several_queries(catalog: Catalog) -> None:
    text = "x" * 33_000
    document = Document(id="a", text=text)
    passages = [Passage("a", at, at + 1, "x", document_digest=document.digest) for at in range(len(text))]
    vectors: Vectors = np.arange(len(text), dtype=np.float32)[:, None]
    numbers = catalog.replace([Entry(document, passages, vectors)]).added
    assert list(catalog.passages(numbers).values()) == passages
    np.testing.assert_array_equal(catalog.vectors(numbers[::-1]), vectors[::-1])


def test_a_document_is_replaced_and_removed_with_all_that_was_made_of_it(catalog: Catalog) -> None:
    old, other = Document(id="a", text="old words here"), Document(id="b", text="other words")
    change = catalog.replace([entry(old, 4, 10), entry(other)])
    new = Document(id="a", text="new text")
    assert catalog.replace([entry(new, 4)]) == Change(added=(5, 6), removed=change.added[:3])
    assert catalog.search_words(["old"], 9) == {}
    assert list(catalog.search_words(["words"], 9)) == [change.added[3]]
    assert [catalog.document(id) for id in ("a", "b")] == [new, other]
    assert catalog.replace([], remove=["a", "never"]) == Change(added=(), removed=(5, 6))
    assert catalog.document("a") is None
    assert catalog.numbers() == [change.added[3]]
    assert catalog.search_words(["text"], 9) == {}


def test_numbers_are_never_used_twice_also_after_a_restart(catalog: Catalog, tmp_path: Path) -> None:
    first = keep(catalog, "one", "two")
    catalog.replace([], remove=[document.id for document in catalog.documents()])
    reopened = Catalog(tmp_path / "catalog.sqlite")
    second = keep(reopened, "three")
    reopened.close()
    assert (first, second) == ([1, 2], [3])


@pytest.mark.parametrize(
    ("broken", "error", "message"),
    [
        (Entry(Document(id="c", text="c"), [Passage("c", 0, 1, "c")], np.empty((0, 4), np.float32)), ValueError, "zip"),
        (entry(Document(id="b", text="b once more")), LibraryError, "UNIQUE constraint failed.*nothing of this step"),
        (entry(Document(id="c", text="c", title="\ud800")), UnicodeEncodeError, "surrogates not allowed"),
    ],
)
def test_an_entry_that_fails_in_the_middle_of_a_change_keeps_nothing_of_it(
    catalog: Catalog, broken: Entry, error: type[Exception], message: str
) -> None:
    keep(catalog, "first", "second")
    before = content(catalog)
    ids = [document.id for document in catalog.documents()]
    with pytest.raises(error, match=message):
        catalog.replace([entry(Document(id="b", text="b")), broken, entry(Document(id="d", text="d"))], remove=ids)
    assert content(catalog) == before
    assert sorted(catalog.search_words(["first", "second", "b", "d"], 9)) == [1, 2]


def test_an_interrupt_in_the_middle_of_new_vectors_keeps_the_old(catalog: Catalog) -> None:
    numbers = keep(catalog, "one", "two")
    before = content(catalog)

    def batches() -> Iterator[tuple[Sequence[int], Vectors]]:
        yield numbers[:1], np.ones((1, 4), np.float32)
        raise KeyboardInterrupt("by the user")

    with pytest.raises(KeyboardInterrupt, match="by the user"):
        catalog.replace_vectors(batches(), embedder="other")
    assert (content(catalog), catalog.fact("embedder")) == (before, None)
    new = np.arange(12, dtype=np.float32).reshape(2, 6)
    catalog.replace_vectors([(numbers, new)], embedder="other")
    np.testing.assert_array_equal(catalog.vectors(numbers), new)
    assert catalog.fact("embedder") == "other"


def test_facts_are_kept_in_place_of_the_last(catalog: Catalog) -> None:
    catalog.keep_fact("seeded", "a")
    catalog.keep_fact("seeded", "b")
    assert (catalog.fact("seeded"), catalog.fact("never")) == ("b", None)


def test_records_of_sources_stay_with_their_document_and_go_with_it(catalog: Catalog) -> None:
    one, two = (Document(id, id, source=f"/{id}") for id in ("one", "two"))
    records = [
        Record("/one", "1", "one"),
        Record("/copy", "1", "one"),
        Record("/one", "", "two"),  # given as a document of that source
        Record("/scan", "2", None, "it is a scan"),
    ]
    catalog.replace([entry(one), entry(two)], records=records)
    assert catalog.records() == records
    catalog.replace([entry(replace(one, title="New"))])
    assert set(catalog.records()) == set(records)
    catalog.replace([], records=[Record("/one", "3", "two")], forget=["/copy", "/scan", "/never"])
    assert set(catalog.records()) == {Record("/one", "3", "two"), Record("/one", "", "two")}
    catalog.replace([], remove=["two"])
    assert (catalog.records(), catalog.sources()) == ([], {"one": "/one"})


@pytest.mark.parametrize("word", ["weapon", "WEAPONS", "cafe", "café", "cafe\u0301", "naïve", "visit", "1979", "мир"])
def test_words_are_found_whatever_their_case_ending_or_accents(catalog: Catalog, word: str) -> None:
    keep(catalog, "Weapons were visited in the Café, naively naïve, in 1979. Мир!", "Nothing of the kind.")
    assert list(catalog.search_words([word], 9)) == [1]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("us", "The U.S. objected."),
        ("oneill", "Tip O’Neill was the speaker."),
        ("dont", "“Don't panic” is on the cover."),
        ("strasse", "Die Straße"),
        ("fine", "A ﬁne day"),
        ("1216", "約１２１６発"),
        ("ガギ", "ｶﾞｷﾞ"),
        ("российский", "российского"),
        ("άνθρωποι", "των ανθρώπων"),
        ("تعليم", "التعليم"),
        ("दस्तावेज", "सुरक्षित दस्तावेज़"),
    ],
)
def test_words_are_found_as_every_step_knows_them(catalog: Catalog, word: str, text: str) -> None:
    keep(catalog, text, "Nothing of the kind.")
    assert list(catalog.search_words([word], 9)) == [1]


@slow_fixture
@given(st.sampled_from(UNSPACED), st.data())
def test_what_no_spaces_part_is_found_by_any_slice_of_it(catalog: Catalog, text: str, data: st.DataObject) -> None:
    [number] = keep(catalog, text)
    letters = [at for at, letter in enumerate(text) if unicodedata.category(letter) == "Lo"]
    start = data.draw(st.integers(0, len(letters) - 3))
    end = data.draw(st.integers(start + 2, len(letters) - 1))
    words = words_of(text[letters[start] : letters[end]])
    assert [list(catalog.search_words([word], 9)) for word in words] == [[number]] * len(words)
    assert list(catalog.search_words(["漢字", "한자", "ཀ"], 9)) == []
    catalog.replace([], remove=[document.id for document in catalog.documents()])
    assert catalog.search_words(words, 9) == {}


@pytest.mark.parametrize("word", ['"', '""', "*", "", "\0", "(", "NEAR(", "^", "-", ":", "'", "; DROP TABLE documents"])
def test_operators_quotes_and_nul_in_a_word_are_harmless(catalog: Catalog, word: str) -> None:
    keep(catalog, "The octopus has eight arms.", "Nothing of the kind.")
    assert catalog.search_words([word], 9) == {}
    assert list(catalog.search_words([word, "octopus"], 9)) == [1]


@pytest.mark.parametrize("mark", ['"', "\0", "*", "(", "^", "-", ":", "'", "+", ";", "{", "\\"])
def test_a_mark_on_a_word_does_not_hide_it(catalog: Catalog, mark: str) -> None:
    keep(catalog, "The octopus has eight arms.", "Nothing of the kind.")
    assert list(catalog.search_words([f"{mark}octopus{mark}"], 9)) == [1]


@pytest.mark.parametrize("words", [["octopus AND nothing"], ["title:octopus"], ["octo*"], ["NOT", "OR"]])
def test_a_word_is_never_an_operator(catalog: Catalog, words: list[str]) -> None:
    keep(catalog, "The octopus has eight arms.", "Nothing of the kind.")
    assert catalog.search_words(words, 9) == {}


@slow_fixture
@given(st.lists(st.text(characters), max_size=5))
def test_no_words_make_the_search_fail(catalog: Catalog, words: list[str]) -> None:
    assert catalog.search_words(words, 9) == {}
    assert set(catalog.rarity(words)) == set(words)


def test_the_passage_with_the_figure_comes_before_those_with_its_parts(catalog: Catalog) -> None:
    keep(catalog, "A 1 and a 216, and a 216 and a 1.", "All of the 1,216 were counted, and more.", "None.", "No one.")
    for words in (["1", "216"], ["216", "1", "216"]):
        found = catalog.search_words(words, 9)
        assert max(found, key=lambda number: found[number]) == 2


def test_the_passage_with_more_and_rarer_words_comes_first(catalog: Catalog) -> None:
    keep(
        catalog, "A cat and a dog.", "A dog and an octopus.", "A dog.", "A dog, a cat, an octopus.", "Nothing.", "None."
    )
    found = catalog.search_words(["octopus", "cat", "octopus"], 2)
    assert [number for number, _ in sorted(found.items(), key=lambda item: -item[1])] == [4, 2]
    assert all(score > 0 for score in found.values())
    assert catalog.search_words([], 9) == {}


def test_words_of_the_title_are_found(catalog: Catalog) -> None:
    catalog.replace([entry(Document(text="It has eight arms.", title="The octopus"))])
    assert list(catalog.search_words(["octopus"], 9)) == [1]


def test_rarity_falls_with_the_passages_that_hold_the_word(catalog: Catalog) -> None:
    keep(catalog, "dog cat", "cat dog", "dog octopus", "dogs")
    assert catalog.rarity(["octopus", "cat", "dog", "unicorn", "?"]) == {
        "octopus": log(5 / 1.5),
        "cat": log(5 / 2.5),
        "dog": log(5 / 4.5),
        "unicorn": log(5 / 0.5),
        "?": log(5 / 0.5),
    }
