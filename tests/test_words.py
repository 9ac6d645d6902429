"""Words: what counts as a word, a figure and a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import STOP_WORDS, capitalised_of, content_words, figures_of, names_of, stem, stems_of, words_of


@given(st.text())
def test_words_are_the_same_in_capitals_marks_and_spaces(text: str) -> None:
    words = words_of(text)
    assert words_of(f"  “{' … '.join(words)}”\n") == words


@given(st.text())
def test_content_words_are_words_and_there_are_some_if_there_are_any_words(text: str) -> None:
    words, content = words_of(text), content_words(text)
    assert set(content) <= set(words)
    assert bool(content) == bool(words)


@given(st.text())
def test_names_are_among_the_capitalised_words(text: str) -> None:
    assert names_of(text) <= capitalised_of(text) <= set(words_of(text)) - STOP_WORDS


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Russia’s and Russia's", ["russia", "and", "russia"]),
        ("the Iranians' arms", ["the", "iranians", "arms"]),
        ("don't O’Neill", ["dont", "oneill"]),
        ("the U.S. and N.A.T.O.", ["the", "us", "and", "nato"]),
        ("Café Čapek naïve", ["cafe", "capek", "naive"]),
        ("Rear-Admiral snake_case 7-8", ["rear", "admiral", "snake", "case", "7", "8"]),
        ("Москва 日本", ["москва", "日本"]),
        ("…–!", []),
    ],
)
def test_words_come_bare(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_text_of_stop_words_keeps_them_all() -> None:
    assert (content_words("Who is it?"), content_words("Who visited it?")) == (["who", "is", "it"], ["visited"])


def test_endings_make_no_difference_to_stems() -> None:
    assert stems_of("The weapons were limited") == stems_of("a weapon limits") == [stem("weapon"), stem("limit")]


@pytest.mark.parametrize(
    ("text", "figures"),
    [
        ("US$7-8 billion", {"7-8"}),
        ("US$7–8 billion", {"7-8"}),
        ("1,216 of 2,000,000", {"1216", "2000000"}),
        ("3.5 and 3,5", {"3.5", "3,5"}),
        ("12:30 on 3/4", {"12:30", "3/4"}),
        ("1995.", {"1995"}),
        ("in 1979, 1980", {"1979", "1980"}),
        ("no figure", set()),
    ],
)
def test_figures_stand_as_written_without_thousands_separators(text: str, figures: set[str]) -> None:
    assert figures_of(text) == figures


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Many saw Igor Sergeev’s visit to Tehran.", {"igor", "sergeev", "tehran"}),
        ("He left. Moscow waited: Tehran too.", set()),
        ("NATO expands", {"nato"}),
        ("It is the U.S. that asks", {"us"}),
        ("He met Čapek, Émile and Иван", {"capek", "emile", "иван"}),
        ("He met The Who, There’s, It's", set()),
        ("WHO VISITED TEHRAN", {"visited", "tehran"}),
        ("He saw “Moscow”", {"moscow"}),
    ],
)
def test_names_are_capitals_inside_a_sentence(text: str, names: set[str]) -> None:
    assert names_of(text) == names


def test_capitalised_words_include_the_one_that_opens_a_sentence() -> None:
    assert capitalised_of("Putin went. The U.S. saw: Bush stayed") == {"putin", "us", "bush"}
