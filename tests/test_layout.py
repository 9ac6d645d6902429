from __future__ import annotations

import time
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.readers.pdf.flow import flow
from rag.readers.pdf.glyphs import Glyph, to_runs
from rag.readers.pdf.layout import arrange
from rag.readers.pdf.lines import Run, to_line, to_rows
from rag.readers.pdf.paragraphs import Page
from rag.readers.pdf.running_heads import Sheet, without_running_heads


def run(text: str, x: float, y: float, *, order: int = 0, size: float = 10, is_bold: bool = False) -> Run:
    return Run(text, x, x + len(text) * size / 2, y, size, is_bold, order)


def column(words: str, x: float, y: float, *, start: int = 0, size: float = 10) -> list[Run]:
    return [run(line, x, y - 12 * n, order=start + n, size=size) for n, line in enumerate(words.split("/"))]


def text_of(*pages: list[Run]) -> str:
    return flow([Page(list(arrange(runs))) for runs in pages]).text


numbers = st.integers(min_value=0, max_value=60).map(lambda number: number * 10.0)
scattered = st.lists(st.tuples(numbers, numbers, st.sampled_from([7.0, 10.0, 24.0])), max_size=40, unique=True)


@given(scattered, st.randoms(use_true_random=False))
def test_every_run_is_in_the_text_once_wherever_it_stands(places: list[tuple[float, float, float]], random) -> None:  # type: ignore[no-untyped-def]  # Hypothesis names no type
    orders = list(range(len(places)))
    random.shuffle(orders)
    runs = [run(f"w{n}x", x, y, order=n, size=size) for n, (x, y, size) in zip(orders, places, strict=True)]
    words = Counter(
        word for block in arrange(runs) for line in block.lines for word in line.text.replace("|", " ").split()
    )
    assert "".join(sorted(words.elements())).count("w") == len(runs)
    assert all(f"w{n}x" in "".join(words) for n in orders)


@given(st.lists(scattered, min_size=1, max_size=3))
def test_pages_start_in_their_order_and_hold_their_words(pages: list[list[tuple[float, float, float]]]) -> None:
    sheets = [
        [run(f"p{n}q", x, y, order=o, size=s) for o, (x, y, s) in enumerate(page)] for n, page in enumerate(pages)
    ]
    text, starts, _ = flow([Page(list(arrange(runs))) for runs in sheets])
    assert list(starts) == sorted(starts)
    for number, (start, end) in enumerate(zip(starts, (*starts[1:], len(text)), strict=True)):
        assert text[start:end].count(f"p{number}q") == len(pages[number])


def test_thousands_of_runs_are_arranged_in_a_moment() -> None:
    start = time.process_time()
    runs = [run("word", 10.0 * (n % 60), 800 - n // 60, order=n, size=1) for n in range(20_000)]
    assert sum(len(block.lines) for block in arrange(runs)) > 0
    assert time.process_time() - start < 5


def test_a_full_line_parts_the_columns_above_it_from_those_below() -> None:
    above = column("left one of a/left two of a/left three of", 0, 700) + column(
        "right one a/right two a/right end", 120, 700, start=3
    )
    across = [run("a line that goes over the whole width of the page", 0, 655, order=6)]
    below = column("left one of b/left two of b/left three of", 0, 630, start=7) + column(
        "right one b/right two b/end", 120, 630, start=10
    )
    text = text_of(above + across + below)
    order = [
        "left one of a",
        "left three of",
        "right one a",
        "right end",
        "over the whole",
        "left one of b",
        "right one b",
    ]
    places = [text.index(words) for words in order]
    assert places == sorted(places)


def test_columns_of_a_leftward_script_are_read_from_the_right() -> None:
    left = column("ד ד ד ד ד ד/ד ד ד ד ד ד/ד ד ד ד ד ד", 0, 700)
    right = column("א א א א א א/א א א א א א/א א א א א א", 120, 700, start=3)
    assert text_of(left + right).index("א") == 0


def test_names_and_numbers_in_a_leftward_line_keep_their_direction() -> None:
    row = [run("ביום", 100, 0), run("May", 70, 0), run("1948", 45, 0), run("נוסדה", 10, 0)]
    assert to_line(sorted(row, key=lambda each: each.x0)).text == "ביום 1948 May נוסדה"
    assert to_line([run("look at", 0, 0), run("אב", 40, 0), run("גד", 55, 0)]).text == "look at גד אב"


def test_a_raised_figure_belongs_to_the_line_that_is_nearest() -> None:
    rows = to_rows([run("above", 0, 24), run("area of km", 0, 12), run("2", 50, 15.5, size=6), run("below", 0, 0)])
    assert [to_line(row).text for row in rows] == ["above", "area of km²", "below"]


def test_a_bullet_belongs_to_its_words_and_is_no_column() -> None:
    entries = [run("•", 0, 700 - 12 * n, order=2 * n) for n in range(4)]
    words = [run(f"the entry number {n}", 30, 700 - 12 * n, order=2 * n + 1) for n in range(4)]
    assert text_of(sorted(entries + words, key=lambda each: each.order)) == "\n".join(
        f"• the entry number {n}" for n in range(4)
    )


def test_a_sentence_goes_on_after_a_picture_and_its_caption() -> None:
    first = column("The mill stood by the river for years/and was sold to the widow of the old", 0, 120)
    caption = column("Figure 1: The mill in winter.", 0, 700, size=8)
    second = column("miller in the spring of that year, who/kept it.", 0, 660, start=1)
    assert text_of(first, caption + second) == (
        "The mill stood by the river for years and was sold to the widow of the old miller in the spring of that year, "
        "who kept it.\n\nFigure 1: The mill in winter."
    )


@pytest.mark.parametrize("after", ["The end of it is told on another page/of this book.", "• of the mill"])
def test_a_new_sentence_or_entry_on_the_next_page_begins_a_paragraph(after: str) -> None:
    before = "The mill stood by the river for years/and was sold to the widow of the man."
    assert text_of(column(before, 0, 120), column(after, 0, 700)) == before.replace("/", " ") + "\n\n" + after.replace(
        "/", " "
    )


def test_accents_are_joined_whether_they_come_before_or_after_their_letter() -> None:
    letters = [Glyph("U", 0, 6, 0, 10), Glyph("´", 7, 9, 0, 10), Glyph("e", 6, 11, 0, 10), Glyph("u", 11, 16, 0, 10)]
    assert [each.text for each in to_runs([*letters, Glyph("¨", 12, 15, 0, 10)])] == ["Uéü"]


def test_letters_of_a_leftward_word_are_ordered_by_where_they_stand() -> None:
    letters = [Glyph("ب", 10, 15, 0, 10), Glyph("ح", 15, 20, 0, 10), Glyph("َ", 16, 18, 4, 10), Glyph("ي", 5, 10, 0, 10)]
    assert [each.text for each in to_runs(letters)] == ["حَبي"]


def test_only_what_recurs_at_the_edge_is_a_running_head() -> None:
    def sheet(number: int, *, last: str) -> Sheet:
        runs = [run("Report", 0, 790), run("It rained.", 0, 500, order=1), run(last, 0, 30, order=2)]
        return Sheet([*runs, run("The sun shone.", 0, 600 - number, order=3)], (), 0, 800)

    def kept(last: list[str]) -> list[list[str]]:
        sheets = [sheet(number, last=words) for number, words in enumerate(last)]
        return [[each.text for each in result.runs] for result in without_running_heads(sheets)]

    weather = ["It rained.", "The sun shone."]
    assert kept(["7 of 9", "8 of 9", "9 of 9"]) == [weather] * 3
    assert kept(["Mill 3", "Wheel 4", "River 5"]) == [weather] * 3
    assert kept(["Mill", "Wheel", "River"]) == [
        ["It rained.", word, "The sun shone."] for word in ("Mill", "Wheel", "River")
    ]
    assert kept(["Mill"]) == [["Report", "It rained.", "Mill", "The sun shone."]]
