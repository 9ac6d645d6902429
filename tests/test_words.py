"""Words: what counts as a word, a figure and a name."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.words import (
    WORD,
    WORDS_VERSION,
    capitalised_of,
    content_words,
    figures_of,
    is_latin,
    names_of,
    stem,
    stems_of,
    units_of,
    words_of,
)

SEEDS = Path(__file__).parents[1] / "seeds"
LANGUAGES = {
    "Arabic": "تعليم التعليم 2024 والحقوق",
    "Chinese": "人人有受教育的权利，2024年5月。",
    "English": "The weapons, 1,216 of them, were O’Neill's.",
    "French": "L’été naïf à Orléans",
    "German": "Die Straße der Bücher",
    "Greek": "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι",
    "Hindi": "सभी मनुष्यों को गौरव",
    "Japanese": "すべての人間は、ﾊﾞﾅﾅをＡＢＣ３つ",
    "Khmer": "មនុស្សទាំងអស់ កើតមក",
    "Korean": "모든 인간은 태어날 때부터",
    "Lao": "ມະນຸດເກີດມາ",
    "Burmese": "လူတိုင်းသည် တူညီ",
    "Russian": "Все люди рождаются свободными",
    "Thai": "มนุษย์ทั้งหลายเกิดมามีอิสระ",
}
spaced = st.characters(max_codepoint=0x24F, exclude_characters="ß\u00ad")
unspaced = st.text("人有受教育的権利すべてのバナナㄅ々모든인간은กขฃเาກະຄမကကတខនភ", min_size=2)


@given(st.text())
def test_words_are_the_same_in_capitals_marks_and_spaces(text: str) -> None:
    words = words_of(text)
    assert words_of(f"  “{' … '.join(words)}”\n") == words


@given(st.text(spaced))
def test_where_spaces_part_words_they_are_what_stands_between_spaces_and_marks(text: str) -> None:
    assert (words_of(text), [word.span() for word in WORD.finditer(text)]) == (plain_words_of(text), plain_spans(text))


@pytest.mark.parametrize("path", sorted(SEEDS.glob("*.txt")), ids=str)
def test_the_words_of_an_english_document_are_what_stands_between_spaces_and_marks(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert (words_of(text), [word.span() for word in WORD.finditer(text)]) == (plain_words_of(text), plain_spans(text))


def plain_words_of(text: str) -> list[str]:
    """What `words_of` says of a text in which spaces part the words."""
    text = re.sub(r"\b(?:[A-Z]\.){2,}", lambda initials: initials.group().replace(".", ""), text)
    text = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark)).lower()
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", text)
    return [re.sub(r"['’]s?$", "", word.replace("’", "'")).replace("'", "") for word in words]


def plain_spans(text: str) -> list[tuple[int, int]]:
    return [word.span() for word in re.finditer(r"[^\W_]+(?:['’][^\W_]+)*", text)]


@given(st.text("人有受教育的権利すべてのバナナ々모든인간은", min_size=2))
def test_where_no_spaces_part_words_they_are_the_pairs_of_letters(run: str) -> None:
    assert words_of(run) == [before + after for before, after in pairwise(run)]


@given(unspaced, unspaced, unspaced)
def test_what_no_spaces_part_has_its_words_wherever_it_stands(before: str, run: str, after: str) -> None:
    assert set(words_of(run)) <= set(words_of(before + run + after))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_words_and_figures_are_the_same_in_every_form_of_unicode(language: str, form: str) -> None:
    text = LANGUAGES[language]
    assert words_of(unicodedata.normalize(form, text)) == words_of(text)
    assert figures_of(unicodedata.normalize(form, text)) == figures_of(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_are_found_in_the_text_as_written(language: str) -> None:
    text = LANGUAGES[language]
    assert [word for written in WORD.findall(text) for word in words_of(written)] == words_of(text)


@given(st.text())
def test_content_words_are_words_and_there_are_some_if_there_are_any_words(text: str) -> None:
    words, content = words_of(text), content_words(text)
    assert set(content) <= set(words)
    assert bool(content) == bool(words)


@given(st.text())
def test_names_are_among_the_capitalised_words(text: str) -> None:
    assert names_of(text) <= capitalised_of(text) <= set(words_of(text))


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
        ("日本の首都", ["日本", "本の", "の首", "首都"]),
        ("猫と 犬", ["猫と", "犬"]),
        ("iPhone手机，2024年", ["iphone", "手机", "2024", "年"]),
        ("한국어를 물", ["한국", "국어", "어를", "물"]),
        ("かき がぎ ｶﾞｷﾞ", ["かき", "がぎ", "ガギ"]),
        ("น้ำ กำลัง", ["น้ํา", "กํา", "าลั", "ลัง"]),
        ("ភាសា\u200bខ្មែរ", ["ភាសា", "សាខ្", "ខ្មែ", "មែរ"]),
        ("हिन्दी दस्तावेज़", ["हिन्दी", "दस्तावेज"]),
        ("Straße STRASSE ﬁne ㈱", ["strasse", "strasse", "fine", "株"]),
        ("ΟΔΟΣ οδός", ["οδοσ", "οδοσ"]),
        ("１，２１６ ＡＢＣ २०२४ ٥", ["1", "216", "abc", "2024", "5"]),
        ("infor\u00admation \ufeffA", ["information", "a"]),
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
    ("one", "other"),
    [
        ("Москве", "Москвы"),
        ("свободными", "свободных"),
        ("ανθρώπων", "άνθρωποι"),
        ("التعليم", "تعليم"),
    ],
)
def test_words_lose_the_endings_of_the_main_language_of_their_script(one: str, other: str) -> None:
    assert stems_of(one) == stems_of(other)


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("日本の首都は何ですか", ["日本", "本の", "の首", "首都", "都は", "は何", "何で"]),
        ("首都是什么？", ["首都", "都是"]),
        ("수도는 무엇입니까?", ["수도", "도는"]),
        ("何ですか", ["何で"]),
        ("什么？", ["什么"]),
    ],
)
def test_pairs_of_letters_that_say_little_are_no_content(question: str, words: list[str]) -> None:
    assert content_words(question) == words


def test_the_version_changes_when_words_do() -> None:
    stems = " ".join(stem(word) for text in LANGUAGES.values() for word in words_of(text))
    digest = hashlib.sha256(stems.encode()).hexdigest()[:8]
    assert (WORDS_VERSION.split(",")[0], digest) == ("2", "9797ee91"), "raise the number in WORDS_VERSION"


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
        ("約１，２１６発、３．５％", {"1216", "3.5"}),
        ("2024年5月", {"2024", "5"}),
        ("٢٠٢٤ २०२४ ２０２４", {"2024"}),
        ("10² m and ½", {"10"}),
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
        ("会社はAppleです。Tokyoは", {"apple"}),
        ("日本の首都", set()),
    ],
)
def test_names_are_capitals_inside_a_sentence(text: str, names: set[str]) -> None:
    assert names_of(text) == names


def test_capitalised_words_include_the_one_that_opens_a_sentence() -> None:
    assert capitalised_of("Putin went. The U.S. saw: Bush stayed") == {"putin", "us", "bush"}


def test_any_letters_may_be_of_a_name_where_there_are_no_capitals() -> None:
    assert capitalised_of("东京 is a 城") == {"东京", "城"}


@pytest.mark.parametrize(
    ("text", "latin"),
    [
        ("Who voted?", True),
        ("", True),
        ("1998?", True),
        ("Où est né Mæstre Žižek?", True),
        ("Кто голосовал?", False),
        ("誰が投票しましたか", False),
        ("What does 東京 mean in Japanese?", True),
        ("API とは何ですか", False),
    ],
)
def test_a_text_is_latin_if_most_of_its_letters_are(text: str, latin: bool) -> None:
    assert is_latin(text) == latin


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("東京は", [("東京",), ("東京", "京は")]),
        ("教育免费吗？", [("教育",), ("教育", "育免"), ("育免", "免费"), ("免费", "费吗")]),
        ("Кто? Рабы.", [("рабы",)]),
        ("API 東", [("api",), ("東",)]),
        ("的吗呢", []),
        ("", []),
    ],
)
def test_a_letter_is_asked_for_by_the_words_that_it_is_in(text: str, units: list[tuple[str, ...]]) -> None:
    assert units_of(text) == units
