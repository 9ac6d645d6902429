"""Prove: words in quotation marks, and where documents have them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.quotations import check_quotation, find_nearest, find_spoken, find_words, fold_typography
from rag.types import Passage, Quotation
from tests.falsified import read_table

TEXT = (
    "Minister Sergeev’s visit–signed by the then Prime\nMinister—aimed at “limiting” Russian arms  sales. He sells "
    "only “defensive” weapons – and spare parts – to Tehran, co-\noperate well-\nknown 10² and 7-8 billion. It *never* "
    "said snake_case 2*3. Well... maybe ﬁne."
)


@pytest.mark.parametrize(
    ("text", "spoken"),
    [
        ('He said “a b” and "c d", then «e».', ["a b", "c d", "e"]),
        ("„auf“ „zu” 「日」『本』", ["auf", "zu", "日", "本"]),
        ("the outer of “a “b” c” and of “d ‘e’ f”", ["a “b” c", "d ‘e’ f"]),
        ("‘it’s one’ and 'it's another', the states' own", ["it’s one", "it's another"]),
        ('6" and 8" pipes are "real" ("in brackets")', ["real", "in brackets"]),
        ("what one mark closes: “open “but this”", ["open “but this"]),
        ("what nothing closes: “goes on, and on.", ["goes on, and on."]),
        ("two kinds: “one\", \"two”, ``three'', ‚four‘", ["one", "two", "three", "four"]),
        ("others: »five«, ‹six›, ＂seven＂", ["five", "six", "seven"]),
        ('close by:"one",word"two", " three "', ["one", "two", " three "]),
        ('nothing: “” "" “…” don\'t', []),
    ],
)
def test_words_between_quotation_marks_are_found(text: str, spoken: list[str]) -> None:
    assert [text[start:end] for start, end in find_spoken(text)] == spoken


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("signed by the then Prime Minister", "signed by the then Prime\nMinister"),
        ("Minister -- aimed at 'limiting' Russian arms sales,", "Minister—aimed at “limiting” Russian arms  sales"),
        ("weapons—and spare parts—to Tehran.", "weapons – and spare parts – to Tehran"),
        ("he sells", "He sells"),
        ("cooperate", "co-\noperate"),
        ("well-known", "well-\nknown"),
        ("It never said", "It *never* said"),
        ("snake_case 2*3", "snake_case 2*3"),
        ("maybe fine", "maybe ﬁne"),
        ("Well... maybe", "Well... maybe"),
        ("He sells … spare parts", "He sells only “defensive” weapons – and spare parts"),
        ("He sells [...] spare parts", "He sells only “defensive” weapons – and spare parts"),
        ("10² and", "10² and"),
        ("102 and", None),
        ("78 billion", None),
        ("23", None),
        ("snakecase", None),
        ("it Never said", None),
        ("arms", "arms"),
        ("arm", None),
        ("sells defensive weapons", None),
        ("spare parts … he sells", None),
        ("Minister, Sergeev", None),
        ("", None),
        ("…", None),
    ],
)
def test_only_typography_is_folded(words: str, found: str | None) -> None:
    span = find_words(words, TEXT)
    assert (TEXT[slice(*span)] if span else None) == found


def test_parts_of_a_quotation_stand_near_one_another() -> None:
    assert find_words("He left … in May", "He left the house in May.")
    assert not find_words("He left … in May", f"He left the house. {'Much else. ' * 40} She came in May.")


@given(st.text(max_size=60), st.booleans())
def test_folded_text_leads_back_to_where_it_was(text: str, keeps_hyphen: bool) -> None:
    folded = fold_typography(text, keeps_hyphen=keeps_hyphen)
    assert len(folded.places) == len(folded.text)
    assert list(folded.places) == sorted(folded.places)
    assert all(0 <= start < end <= len(text) for start, end in folded.places)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("5 percent", "it grew 2.5 percent"),
        ("5 degrees", "it was -5 degrees"),
        ("8 billion", "US$7-8 billion"),
        ("$1", "he paid $1,000"),
        ("we can", "we can't"),
        ("aligned", "non-aligned states"),
        ("approved", "it is approved-pending"),
        ("the war is over", "is it said that the war is over?"),
    ],
)
def test_no_part_of_a_word_a_number_or_a_question_is_quoted(words: str, text: str) -> None:
    assert find_words(words, text) is None
    share, (start, end) = find_nearest(words, text)
    assert share > 0
    assert find_words(words, text[start:end]) is None  # the nearest words are not the same words


def test_a_letter_is_found_with_the_marks_on_it() -> None:
    text = "He saw the cafe\u0301."
    assert find_words("the café", text) == (7, 16)
    assert find_words("5 apples", "A list:\n- 5 apples") == (10, 18)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("war", " " * 100_000),
        ("war", "*" * 20_000),
        ("war", '"\u2003 ' * 20_000),
        ("a … " * 10 + "z", "a " * 5_000),
        ("a … " * 30 + "z", "a " * 5_000),
    ],
)
def test_odd_texts_are_looked_through_in_a_moment(words: str, text: str) -> None:
    started = time.monotonic()
    assert find_words(words, text) is None
    assert len(list(find_spoken('"a ' * 20_000 + "“" * 20_000))) == 1
    assert time.monotonic() - started < 5  # quadratic, it was minutes


SENTENCES = sorted({sentence for row in read_table() for sentence in row.sentences})


@given(st.sampled_from(SENTENCES), st.data())
def test_any_words_in_a_row_are_found_where_they_stand(sentence: str, data: st.DataObject) -> None:
    words = sentence.split()
    start = data.draw(st.integers(0, len(words) - 1))
    end = data.draw(st.integers(start + 1, len(words)))
    quoted = " ".join(words[start:end])
    span = find_words(quoted, sentence)
    if any(character.isalnum() for character in quoted):
        assert span
        assert sentence[slice(*span)].casefold().split()[0].strip("“”‘’'\"(") in quoted.casefold()


def test_the_nearest_words_are_the_place_that_shares_most() -> None:
    share, span = find_nearest("limiting the Russian arms sales", TEXT)
    assert (share, TEXT[slice(*span)]) == (0.8, "limiting” Russian arms  sales")
    assert find_nearest("peace in our time", TEXT) == (0.0, (0, 0))
    assert find_nearest("…", TEXT) == (0.0, (0, 0))


ONE = Passage("one", 100, 100 + len(TEXT), TEXT, "One")
TWO = Passage("two", 0, 24, "Khatami praised the act.", "Two")


@pytest.mark.parametrize(
    ("words", "standing", "document", "text"),
    [
        ("then Prime Minister", "verified", "one", "then Prime\nMinister"),
        ("khatami praised the act.", "misattributed", "two", "Khatami praised the act"),
        ("Khatami praised no act", "not found", "two", "Khatami praised the act"),
    ],
)
def test_a_quotation_is_verified_misattributed_or_not_found(
    words: str, standing: str, document: str, text: str
) -> None:
    statement = f"He said “{words}”."
    quotation = check_quotation(statement, (9, 9 + len(words)), cited=[ONE], others=[TWO])
    assert statement[quotation.start : quotation.end] == words
    assert quotation.words is not None
    passage = ONE if document == "one" else TWO
    assert (quotation.standing, quotation.words.document_id, quotation.words.text) == (standing, document, text)
    start, end = quotation.words.start - passage.start, quotation.words.end - passage.start
    assert passage.text[start:end] == text


def test_words_that_nothing_comes_near_are_not_found() -> None:
    quotation = check_quotation("“peace in our time”", (1, 18), cited=[ONE], others=[])
    assert quotation == Quotation(1, 18, "not found", None)
