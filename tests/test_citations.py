"""Prove: numbers in a model's text to statements with quotes, however the text arrives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rag.citations import Prover, parse_drafts
from rag.passages import split_sentences, split_text
from rag.support import find_fault
from rag.types import Draft, Hit, Passage, Quote, Sentence, Statement

TEXT = (
    "Sergeev visited Tehran last week. Khatami praised Moscow in 2000! He met him on December 28.\n\n"
    "Analysts see “new ties” [2] with Iran. Russia could earn US$7-8 billion."
)
OTHER = "Page one has words here. Mongolia lies in Asia."
PASSAGE = Passage("d1", 100, 100 + len(TEXT), TEXT, "Visit", "visit.txt", "2001-01-03", "Monitor", pages=(0, 150))
HITS = [Hit(PASSAGE, 0.9, 1), Hit(Passage("d2", 0, len(OTHER), OTHER), 0.5, 2)]
SENTENCES = split_sentences(HITS)

PARTS = st.sampled_from(
    [
        *("Russia sold arms", "Dr. Smith met J. S. Bach", "the U.S. paid $3.5 million", "“no,” he said", "a (b) c"),
        *("He left at 3 p.m.", "日本語", "see [sic]", "**Bold** x", "e.g. this", "1. one", "- two", "x...", "Why?", ""),
    ]
)
ENDS = st.sampled_from([".", " . ", "!", "?", "...", "。", ".”", "", "\n", ".\n\n", ",", ";"])
NUMBERS = st.sampled_from(
    [
        *(
            " [1]",
            "[2]",
            " [3][4]",
            " [5, 6]",
            " ([7])",
            " ([7][8])",
            "【8】",
            " [9-11]",
            " [Sentence 3]",
            " [[2]]",
            " [12 13]",
        ),
        *(" [1] [2]", "\n[4]", " [" + ", ".join(map(str, range(1, 30))) + "]", " [^5]", " [#6]", ""),
    ]
)
ANSWERS = st.lists(
    st.tuples(PARTS, NUMBERS, ENDS, NUMBERS, st.sampled_from([" ", "\n", ""])).map("".join), max_size=5
).map("".join)


def drafts_of(*pieces: str) -> list[Draft]:
    return [item for item in parse_drafts(pieces, split=split_text) if isinstance(item, Draft)]


def cut(text: str, sizes: Sequence[int]) -> list[str]:
    """The text in pieces of these sizes, again and again."""
    pieces: list[str] = []
    at = 0
    while at < len(text):
        size = sizes[len(pieces) % len(sizes)]
        pieces.append(text[at : at + size])
        at += size
    return pieces


def prover() -> Prover:
    return Prover(SENTENCES, find_fault)


def sentence_at(number: int) -> Sentence:
    return SENTENCES[number - 1]


# parsing


def test_the_sentences_of_these_tests_are_numbered_as_they_read() -> None:
    assert [sentence.text for sentence in SENTENCES] == [
        "Sergeev visited Tehran last week.",
        "Khatami praised Moscow in 2000!",
        "He met him on December 28.",
        "Analysts see “new ties” [2] with Iran.",
        "Russia could earn US$7-8 billion.",
        "Page one has words here.",
        "Mongolia lies in Asia.",
    ]


@given(ANSWERS, st.lists(st.integers(1, 9), min_size=1))
def test_the_drafts_do_not_depend_on_how_the_text_is_cut(text: str, sizes: Sequence[int]) -> None:
    assert drafts_of(*cut(text, sizes)) == drafts_of(text)


@given(ANSWERS, st.lists(st.integers(1, 9), min_size=1))
def test_neither_shown_text_nor_drafts_hold_a_number_or_half_of_one(text: str, sizes: Sequence[int]) -> None:
    items = list(parse_drafts(cut(text, sizes), split=split_text))
    shown = "".join(item for item in items if isinstance(item, str))
    for words in (shown, *(item.text for item in items if isinstance(item, Draft))):
        assert not re.search(r"[\[【]+(?!sic)|(?<!sic)[\]】]", words)


@given(ANSWERS, st.lists(st.integers(1, 9), min_size=1))
def test_every_number_reaches_a_draft_if_there_is_any(text: str, sizes: Sequence[int]) -> None:
    drafts = drafts_of(*cut(text, sizes))
    given_numbers = {int(number) for group in re.findall(r"[\[【]([^\]】]*\d)[\]】]", text) for number in digits(group)}
    assert {number for draft in drafts for number in draft.numbers} == (given_numbers if drafts else set())


def digits(group: str) -> list[str]:
    return ["9", "10", "11"] if group == "9-11" else re.findall(r"\d+", group)


@given(ANSWERS)
def test_what_is_shown_leads_to_the_sentences_that_replace_it(text: str) -> None:
    assume("1. one" not in text)  # the mark of a list is shown, and is not said
    pieces, shown = list(text), ""
    for is_text, items in groupby(parse_drafts(pieces, split=split_text), key=lambda item: isinstance(item, str)):
        if is_text:
            shown = bare("".join(map(str, items)))
        else:
            said = bare("".join(item.text for item in items if isinstance(item, Draft)))
            assert said.startswith(shown)
            shown = ""


def bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text)


@pytest.mark.parametrize(
    ("text", "drafts"),
    [
        ("Paris is big. [1]", [Draft("Paris is big.", (1,))]),
        ("Paris is big [1].", [Draft("Paris is big.", (1,))]),
        ("Paris is big.[1][2] Lyon is not. [3]", [Draft("Paris is big.", (1, 2)), Draft("Lyon is not.", (3,))]),
        ("As [3] says, it is. As [4] says, no.", [Draft("As says, it is.", (3,)), Draft("As says, no.", (4,))]),
        ("It is ([1][2]). No ([3]).", [Draft("It is.", (1, 2)), Draft("No.", (3,))]),
        ("It is [1, 2; 4-6].", [Draft("It is.", (1, 2, 4, 5, 6))]),
        ("It is [1-400].", [Draft("It is.", (1, 400))]),
        ("It is [7-5].", [Draft("It is.", (7, 5))]),
        ("No numbers. At all.", [Draft("No numbers.", ()), Draft("At all.", ())]),
        ("One. Two. [2] Three", [Draft("One.", ()), Draft("Two.", (2,)), Draft("Three", ())]),
        ("- Paris. [1]\n- Lyon. [2]", [Draft("Paris.", (1,)), Draft("Lyon.", (2,))]),
        ("**Paris** is big. [1]", [Draft("Paris is big.", (1,))]),
        ("Iran - and Russia - agree. [1]", [Draft("Iran - and Russia - agree.", (1,))]),
        ("It is big. [1", [Draft("It is big.", ())]),
        ("It is big. [", [Draft("It is big.", ())]),
        ("He wrote “so [sic] it is”. [1]", [Draft("He wrote “so [sic] it is”.", (1,))]),
        ("[1]. [2] It is. [3]", [Draft("It is.", (1, 2, 3))]),
        ("[1]", []),
        (" \n. ", []),
        ("", []),
    ],
)  # fmt: skip
def test_numbers_belong_to_the_sentence_they_stand_in_or_behind(text: str, drafts: list[Draft]) -> None:
    assert drafts_of(text) == drafts


def test_text_is_shown_before_its_sentence_closes_and_numbers_are_held_back() -> None:
    pieces = ["Paris ", "is", " big", ". [", "1", "]", " Lyon", " too [2", "]", "."]
    assert list(parse_drafts(pieces, split=split_text)) == [
        *("Paris", " is", " big", "."),
        Draft("Paris is big.", (1,)),
        *("Lyon", " too", "."),
        Draft("Lyon too.", (2,)),
    ]


# proving


@given(
    st.lists(
        st.builds(
            Draft,
            st.sampled_from([*(sentence.text for sentence in SENTENCES), "Sergeev flew.", "He met Khatami in 1999."]),
            st.lists(st.integers(-1, 9), max_size=4).map(tuple),
        ),
        max_size=6,
    )
)
def test_every_quote_is_a_slice_at_its_offsets_and_is_numbered_by_first_use(drafts: list[Draft]) -> None:
    proving = prover()
    statements = [proving.prove(draft) for draft in drafts]
    texts = {"d1": " " * 100 + TEXT, "d2": OTHER}
    assert [quote.text for quote in proving.quotes] == [texts[q.document_id][q.start : q.end] for q in proving.quotes]
    used = dict.fromkeys(quote for statement in statements for quote in statement.quotes)
    assert list(used) == proving.quotes
    assert [quote.number for quote in proving.quotes] == list(range(1, len(proving.quotes) + 1))
    assert [SENTENCES[place].text for place in proving.places] == [quote.text for quote in proving.quotes]
    assert [statement.text for statement in statements] == [draft.text for draft in drafts]
    assert [bool(s.quotes) for s in statements] == [s.verdict != "unsupported" for s in statements]
    assert [bool(s.reason) for s in statements] == [s.verdict != "supported" for s in statements]
    gone = [number for draft in drafts for number in draft.numbers if not 1 <= number <= 7]
    assert proving.notes == [
        f"the model cited sentence {number}, which does not exist; the number was removed" for number in gone
    ]


def test_a_right_number_gives_the_quote_with_all_that_is_known_of_it() -> None:
    words = "Russia could earn US$7-8 billion."
    start = 100 + TEXT.index(words)
    quote = Quote(1, "d1", start, start + len(words), words, "Visit", "visit.txt", "2001-01-03", "Monitor", 2)
    assert prover().prove(Draft("Russia could earn 7-8 billion.", (5,))) == Statement(
        "Russia could earn 7-8 billion.", (quote,), "supported"
    )


def test_a_wrong_number_is_pointed_to_the_sentence_that_supports_the_statement() -> None:
    proving = prover()
    statement = proving.prove(Draft("Russia could earn 7-8 billion.", (1,)))
    assert (statement.verdict, statement.reason) == (
        "re-pointed",
        "the model cited another sentence; this one supports the statement",
    )
    assert [quote.text for quote in statement.quotes] == [sentence_at(5).text]
    assert proving.quotes == list(statement.quotes)


@pytest.mark.parametrize("numbers", [(), (0,), (99,)])
def test_a_statement_without_a_number_that_exists_is_pointed_too(numbers: tuple[int, ...]) -> None:
    statement = prover().prove(Draft("Sergeev visited Tehran.", numbers))
    assert (statement.verdict, statement.reason) == (
        "re-pointed",
        "the model cited no sentence; this one supports the statement",
    )
    assert [quote.text for quote in statement.quotes] == [sentence_at(1).text]


@pytest.mark.parametrize(
    ("draft", "fault"),
    [
        (Draft("Putin visited Tehran last week.", (1,)), "the word “Putin” is in no quoted sentence"),
        (Draft("Russia could earn US$9 billion.", (5,)), "the figure 9 is in no quoted sentence"),
        (Draft("Russia could not earn US$7-8 billion.", (5,)), "the quoted sentences do not negate “earn”"),
        (Draft("Putin visited Tehran last week.", ()), "it cites no sentence"),
    ],
)
def test_what_nothing_supports_has_no_quote_and_the_fault_of_what_was_cited(draft: Draft, fault: str) -> None:
    proving = prover()
    assert proving.prove(draft) == Statement(draft.text, (), "unsupported", fault)
    assert proving.quotes == []


def test_the_sentence_that_says_who_he_is_is_quoted_before_the_cited_one() -> None:
    statement = prover().prove(Draft("Khatami met him on December 28.", (3,)))
    assert (statement.verdict, [quote.text for quote in statement.quotes]) == (
        "supported",
        [sentence_at(2).text, sentence_at(3).text],
    )


def test_who_he_is_is_not_looked_for_in_another_passage() -> None:
    statement = prover().prove(Draft("Russia says page one has words here.", (6,)))
    assert statement.verdict == "unsupported"


def sentences_of(*texts: str) -> list[Sentence]:
    """Each a document of its own."""
    return [
        Sentence(Hit(Passage(f"d{at}", 0, len(text), text), 1.0, at), 0, len(text), text)
        for at, text in enumerate(texts, 1)
    ]


MET = "On December 28 Sergeev met Rear-Admiral Ali Shamkhani."
SAID = "Ali Shamkhani met Igor Sergeev on December 28."


def test_a_statement_that_needs_two_sentences_gets_both() -> None:
    proving = Prover(sentences_of(MET, "Minister Igor Sergeev likes tea.", "Tea is grown in Assam."), find_fault)
    statement = proving.prove(Draft(SAID, (1,)))
    assert statement.verdict == "supported"
    assert [quote.document_id for quote in statement.quotes] == ["d1", "d2"]


def test_a_number_behind_the_sentence_that_supports_is_a_wrong_number() -> None:
    whole = "The old tower fell in 1950. Cats sleep a lot."
    sentences = split_sentences([Hit(Passage("d", 0, len(whole), whole), 1.0, 1)])
    statement = Prover(sentences, find_fault).prove(Draft("In 1950 the old tower fell.", (2,)))
    assert (statement.verdict, [quote.text for quote in statement.quotes]) == (
        "re-pointed",
        ["The old tower fell in 1950."],
    )


def test_a_proof_that_was_found_is_not_shortened_below_its_own_bar() -> None:
    whole = "The stone bridge was a gift. It opened in 1932, and the mayor led a parade through the town."
    sentences = split_sentences([Hit(Passage("d", 0, len(whole), whole), 1.0, 1)])
    said = "The mayor led a parade through the town when the stone bridge opened."
    statement = Prover(sentences, find_fault).prove(Draft(said, ()))
    quotes = [quote.text for quote in statement.quotes]
    assert (statement.verdict, len(quotes)) == ("re-pointed", 2)
    assert find_fault(said, quotes, is_found=True) == ""


def test_a_name_that_two_have_is_not_put_together() -> None:
    sentences = sentences_of(MET, "Minister Igor Sergeev likes tea.", "Foma Sergeev sells tea.")
    statement = Prover(sentences, find_fault).prove(Draft("Igor Foma Sergeev met Ali Shamkhani.", (1, 2, 3)))
    assert statement.verdict == "unsupported"


def test_no_he_of_another_passage_is_put_together_with_a_name() -> None:
    sentences = sentences_of("He met Rear-Admiral Ali Shamkhani on December 28.", "Minister Igor Sergeev likes tea.")
    for numbers in ((1,), (2,), ()):
        statement = Prover(sentences, find_fault).prove(Draft(SAID, numbers))
        assert statement.verdict == "unsupported"


def test_words_in_quotation_marks_that_no_document_has_support_nothing_however_well_the_rest_is_proved() -> None:
    whole = "He said yes. They all went home. Then he left."
    hit = Hit(Passage("d", 0, len(whole), whole), 1.0, 1)
    proving = Prover(split_sentences([hit]), find_fault)
    joined = proving.prove(Draft("He “said yes. Then he left”.", (1, 3)))
    assert (joined.verdict, joined.quotes) == ("unsupported", ())
    assert joined.reason == "the words in quotation marks do not stand so in the document"
    assert [quotation.standing for quotation in joined.quotations] == ["not found"]
    assert proving.prove(Draft("He “said yes … Then he left”.", (1, 3))).verdict == "supported"


def test_a_passage_that_is_looked_up_may_have_the_quoted_words() -> None:
    elsewhere = Passage("e", 40, 60, "a gift to all of us.", "Elsewhere")
    looked_for = []

    def find_passages(words: str) -> list[Passage]:
        looked_for.append(words)
        return [elsewhere]

    proving = Prover(sentences_of("The mayor spoke."), find_fault, find_passages)
    [quotation] = proving.prove(Draft("The mayor spoke of “a gift to all”.", (1,))).quotations
    assert looked_for == ["a gift to all"]
    assert (quotation.standing, quotation.words) == ("misattributed", elsewhere.quote(40, 53))


def test_a_quote_used_twice_keeps_its_number() -> None:
    proving = prover()
    numbers = [
        [quote.number for quote in proving.prove(Draft(sentence_at(number).text, (number,))).quotes]
        for number in (5, 1, 5)
    ]
    assert numbers == [[1], [2], [1]]


def test_a_citation_written_in_a_document_cites_nothing() -> None:
    """Sentence 4 holds a "[2]": quoted, it stays a word of the document; copied by a model, it proves nothing."""
    proving = prover()
    [draft] = drafts_of("Analysts see “new ties” [2] with Iran. [4]")
    statement = proving.prove(draft)
    assert [quote.text for quote in statement.quotes][-1] == "Analysts see “new ties” [2] with Iran."
    [forged] = drafts_of("Mongolia lies in Asia [2].")
    assert [quote.text for quote in proving.prove(forged).quotes] == ["Mongolia lies in Asia."]
