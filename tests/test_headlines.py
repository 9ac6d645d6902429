import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.headlines import is_headline


@pytest.mark.parametrize(
    "line",
    [
        "RUSSIAN DEFENSE CHIEF VISITS TEHRAN FOR HIGH-LEVEL TALKS.",
        "RUSSIA’S NEW ANTHEM RINGS IN THE NEW YEAR.",
        "  RUSSIA’S NEW ANTHEM RINGS IN THE NEW YEAR.\n",
        "SENATOR McCAIN LEADS IN NEW HAMPSHIRE",
        "RUSSIA’S 2001 BUDGET",
        "Russia and Iran Renew Their Military Ties",
        "Will Moscow Sell Its Missiles to Tehran?",
        "# Octopus",
        "### the arms of an octopus",
        "ПУТИН ПРИБЫЛ В ТЕГЕРАН",
    ],
)
def test_a_line_in_capitals_a_title_and_a_heading_are_headlines(line: str) -> None:
    assert is_headline(line)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "   ",
        "----",
        "The visit was the first by a Russian defense chief since 1979.",
        "Sergeev praised Moscow’s renunciation of the agreement",
        "Russia and Iran Renewed Their Military Ties.",
        "Igor Dmitrievich Sergeev",
        "U.S.",
        "TOTAL 1,204",
        "CUSTOMER: JOHN SMITH",
        "REVENUE | COSTS | PROFIT",
        "REVENUE\tCOSTS\tPROFIT",
        "THE SUPPLIER SHALL NOT BE LIABLE FOR LOST PROFITS.",
        "VERY " * 30 + "LONG",
        "#hashtag",
        "INCOMPREHENSIBILITIES " * 10,
        "NATO and EU",
        "人人生而自由",
    ],
)
def test_sentences_names_table_rows_and_form_fields_are_not_headlines(line: str) -> None:
    assert not is_headline(line)


@given(st.lists(st.text("abcdefgh", min_size=4, max_size=9), min_size=2, max_size=20))
def test_capitals_alone_make_a_headline_of_a_sentence(words: list[str]) -> None:
    sentence = " ".join(words) + "."
    assert not is_headline(sentence)
    assert is_headline(sentence.upper()) == (len(sentence) <= 160)
