from __future__ import annotations

import unicodedata
from itertools import accumulate, pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rag.passages import MOST_SEGMENTED, split_document, split_sentences, split_text
from rag.tokens import open_counter
from rag.types import Document, Hit, Passage, Section, Sentence

PIECES = [
    *(" ", "  ", "\t", "\n", "\r", "\r\n", "\n\n", "\r\n\r\n", "\n \n", "\0", "\x85", "\u2028", "\ufeff", "\u3000"),
    *(".", ". ", "! ", "?\n", "。", "؟ ", "... ", "“Yes.” ", "(No!) ", "Mr. ", "U.S. ", "e.g. ", "3.5", "1,216 "),
    *(
        "word ",
        "The cat sat. ",
        "café",
        "cafe\u0301",
        "a\u0323\u0308",
        "naïve ",
        "x" * 50,
        "日本語",
        "これは文。",
        "한국어 ",
    ),
    *("「行く。」", "と言った", "３．", "５円！", "（注。）", "ខ្ញុំ។", "・項目\n", "好.", "他"),
    *("שלום ", "مرحبا ", "\u202eright to left\u202c", "👩‍👩‍👧‍👦", "👍🏽", "❤️", "नमस्ते ", "👩🏽‍🚀 "),
    *("# Heading\n", "HEADING\n\n", "- item\n", "1. first\n", "| cell |\n", "* * *\n"),
]
awkward = st.text() | st.lists(st.sampled_from(PIECES), max_size=80).map("".join)
few_tokens = st.integers(20, 60)
count = open_counter()

WORDS = "word " * 5_000
AGREEMENT = (
    "Moscow left the 1995 Russian-U.S. agreement limiting arms sales in November. It said so to the U.S. The U.S. "
    "government was told on Nov. 3 by Mr. Ivanov."
)


def split(text: str, max_tokens: int) -> list[str]:
    document = Document(id="a", text=text)
    return [passage.text for passage in split_document(document, max_tokens=max_tokens, count_tokens=count)]


def ends_of(parts: list[str]) -> list[int]:
    return list(accumulate(map(len, parts)))


@given(awkward, few_tokens)
@example("", 20)
@example(" \r\n\t", 20)
@example("no full stop", 20)
@example(WORDS, 200)
@example("\0" * 100, 20)
def test_passages_tile_the_document_and_carry_what_it_says_of_itself(text: str, max_tokens: int) -> None:
    document = Document("a", text, "Title", "/a.txt", "2001-01", "Monitor", (0, 3), "utf-8")
    passages = list(split_document(document, max_tokens=max_tokens, count_tokens=count))
    starts = [0, *(passage.end for passage in passages)]
    assert passages == [
        Passage("a", start, end, text[start:end], "Title", "/a.txt", "2001-01", "Monitor", (0, 3), document.digest)
        for start, end in pairwise(starts)
    ]
    assert "".join(passage.text for passage in passages) == text
    assert all(passage.text for passage in passages)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "From: Ada <a@b.c>\nTo: Bo\nSubject: Tea\n\nAt five,\nas we said.",
            ["From: Ada <a@b.c>\n", "To: Bo\n", "Subject: Tea\n\n", "At five,\nas we said."],
        ),
        (
            "Year | Output\n2021 | 180\n2022 | 198\nIt rose\nagain.",
            ["Year | Output\n", "2021 | 180\n", "2022 | 198\n", "It rose\nagain."],
        ),
        ("It was clear to all\nand he said: no.", ["It was clear to all\nand he said: no."]),
        ("a.b: 1\r\nc-d: 2", ["a.b: 1\r\n", "c-d: 2"]),
    ],
)
def test_a_row_and_a_line_with_a_name_are_sentences(text: str, parts: list[str]) -> None:
    assert split_text(text) == parts


def test_a_passage_is_of_one_section_and_carries_what_that_says_of_itself() -> None:
    text = "Above all.\n\nFirst. It is short.\n\nSecond. " + "It is long. " * 30
    first, second = text.index("First"), text.index("Second")
    sections = (Section(first, "The first", "2001-01-03", "Ada"), Section(second, "", publisher="Herald"))
    document = Document("a", text, "All", date="2001", publisher="Monitor", author="Bo", sections=sections)
    passages = list(split_document(document, max_tokens=20, count_tokens=count))
    assert "".join(passage.text for passage in passages) == text
    assert {first, second} <= {passage.start for passage in passages}
    assert [(each.title, each.date, each.author, each.publisher) for each in passages] == [
        ("All", "2001", "Bo", "Monitor"),
        ("The first", "2001-01-03", "Ada", "Monitor"),
        *[("All", "2001", "Bo", "Herald")] * (len(passages) - 2),
    ]
    assert len(passages) > 5
    assert [document.section_at(at).title for at in (0, first - 1, first, second - 1, second)] == [
        *("All", "All", "The first", "The first", "All"),
    ]


@given(awkward, few_tokens, st.lists(st.integers(0, 200), max_size=5))
@example(WORDS, 20, [0, 7, 7, 30])
def test_passages_tile_a_document_of_any_sections(text: str, max_tokens: int, starts: list[int]) -> None:
    sections = [Section(start, f"{start}") for start in sorted(min(start, len(text)) for start in starts)]
    document = Document("a", text, sections=tuple(sections))
    passages = list(split_document(document, max_tokens=max_tokens, count_tokens=count))
    assert "".join(passage.text for passage in passages) == text
    assert all(passage.text for passage in passages)
    assert all(document.section_at(passage.end - 1).title == passage.title for passage in passages)


@given(awkward, few_tokens)
@example(WORDS, 200)
@example("word" * 5_000, 200)
@example("e" + "\u0301" * 500, 20)
@example("👩‍" * 500, 20)
@example("b" * 15 + "\u0301" * 5, 20)
@example("日。日。x?  \t2) z.\n2) z.\nNo.\r\né. 日。No.\r\n1. ", 20)  # holds more tokens than its parts
def test_no_passage_holds_more_than_the_limit(text: str, max_tokens: int) -> None:
    assert [part for part in split(text, max_tokens) if count(part) > max_tokens] == []


@given(awkward, few_tokens)
@example(AGREEMENT, 20)
@example("One line of a letter\r\nthat goes on, and on, and on and on\r\nto its end and beyond.\r\n" * 3, 30)
def test_a_sentence_is_cut_only_if_it_alone_is_longer_than_the_limit(text: str, max_tokens: int) -> None:
    sentences = split_text(text)
    whole = [
        (start, end)
        for start, end in pairwise([0, *ends_of(sentences)])
        if count(text[start:end]) <= max_tokens
    ]  # fmt: skip
    ends = ends_of(split(text, max_tokens))
    assert [text[start:end] for start, end in whole if any(start < cut < end for cut in ends)] == []


@given(awkward, st.integers(60, 100))
@example("a\r\n\r\nb", 60)
@example("a\r\nb", 60)
@example("Stop\n!\u0301 and ?\ufe0f go", 60)
@example("👩‍👩‍👧‍👦" * 60, 60)
@example("b" * 15 + "\u0301" * 17, 20)
def test_no_passage_and_no_sentence_ends_inside_what_is_seen_as_one_character(text: str, max_tokens: int) -> None:
    parts = split(text, max_tokens)
    ends = {*ends_of(parts), *ends_of(split_text(text))} - {len(text)}
    assert [text[at - 1 : at + 1] for at in ends if is_one_character(text[at - 1], text[at])] == []


def is_one_character(before: str, after: str) -> bool:
    if (before, after) == ("\r", "\n"):
        return True
    return not before.isspace() and ("\u200d" in (before, after) or unicodedata.category(after).startswith("M"))


@given(st.lists(st.lists(st.integers(1, 8), min_size=1, max_size=4), min_size=1, max_size=12))
def test_a_paragraph_that_fits_is_never_cut(paragraphs: list[list[int]]) -> None:
    texts = [" ".join("Cat" + " sat" * words + "." for words in sentences) + "\n\n" for sentences in paragraphs]
    assert set(ends_of(split("".join(texts), 50))) <= set(ends_of(texts))


def test_passages_are_filled_with_whole_paragraphs() -> None:
    paragraph = "The cat sat on the mat and looked at the dog.\n\n"  # 12 tokens
    assert split(paragraph * 7, 40) == [paragraph * 3, paragraph * 3, paragraph]


@pytest.mark.parametrize("heading", ["THE VISIT.", "The visit", "# The visit"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_heading_stays_with_the_paragraph_under_it(heading: str, line_end: str) -> None:
    before = "The cat sat on the mat and looked at the dog." + 2 * line_end
    under = heading + 2 * line_end + "He came to Tehran and met the minister there on Friday."
    assert split(before + under, 22) == [before, under]


@pytest.mark.parametrize("line", ["“I go.”", "「行く。」", "（注。）"])
def test_a_sentence_between_marks_is_no_heading(line: str) -> None:
    before = "The cat sat on the mat and looked at the dog.\n\n" + line + "\n\n"
    under = "He came to Tehran and met the minister there on Friday."
    assert split(before + under, 22) == [before, under]


def test_a_long_paragraph_is_spread_evenly_over_as_few_passages_as_hold_it() -> None:
    sentence = "The cat sat on the mat and looked at the dog. "  # 12 tokens
    assert split(sentence * 6, 50) == [sentence * 3, sentence * 3]


def test_a_sentence_of_5000_words_is_cut_at_white_space() -> None:
    parts = split(WORDS, 200)
    assert [part for part in parts if not part.endswith(" ") or part.startswith(" ")] == []
    assert min(map(count, parts)) > 100


def test_offsets_count_code_points_after_emoji_and_accents() -> None:
    text = "👩‍👩‍👧‍👦 cafe\u0301 opened. " * 3 + "It closed."
    assert split(text, 20)[-1].endswith("It closed.")
    assert found(text, 20)[-1].start == text.index("It closed.")


def found(text: str, max_tokens: int) -> list[Sentence]:
    document = Document(id="a", text=text)
    passages = split_document(document, max_tokens=max_tokens, count_tokens=count)
    return split_sentences([Hit(passage, 1 / rank, rank) for rank, passage in enumerate(passages, 1)])


@given(awkward, few_tokens)
def test_every_sentence_is_a_slice_of_its_document_without_white_space_around(text: str, max_tokens: int) -> None:
    sentences = found(text, max_tokens)
    assert [text[sentence.start : sentence.end] for sentence in sentences] == [s.text for s in sentences]
    assert [s.text for s in sentences] == [s.text.strip() for s in sentences if s.text.strip()]
    assert [s for s in sentences if not s.hit.passage.start <= s.start < s.end <= s.hit.passage.end] == []


@given(awkward, few_tokens)
def test_sentences_are_in_order_and_leave_out_nothing_but_white_space(text: str, max_tokens: int) -> None:
    sentences = found(text, max_tokens)
    assert [pair for pair in pairwise(sentences) if pair[0].end > pair[1].start] == []
    assert "".join("".join(s.text.split()) for s in sentences) == "".join(text.split())


def test_sentences_come_in_the_order_of_the_hits() -> None:
    first, second = Passage("a", 0, 8, "One. Two"), Passage("b", 5, 15, " Three.\n\n4")
    hits = [Hit(second, 0.9, 1), Hit(first, 0.5, 2)]
    assert split_sentences(hits) == [
        Sentence(hits[0], 6, 12, "Three."),
        Sentence(hits[0], 14, 15, "4"),
        Sentence(hits[1], 0, 4, "One."),
        Sentence(hits[1], 5, 8, "Two"),
    ]


@given(awkward)
def test_the_sentences_of_a_text_joined_are_the_text(text: str) -> None:
    parts = split_text(text)
    assert "".join(parts) == text
    assert [part for part in parts[1:] if not part or part[0].isspace()] == []


def test_the_point_of_an_abbreviation_ends_no_sentence() -> None:
    assert split_text(AGREEMENT) == [
        "Moscow left the 1995 Russian-U.S. agreement limiting arms sales in November. ",
        "It said so to the U.S. ",
        "The U.S. government was told on Nov. 3 by Mr. Ivanov.",
    ]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("これは文。次の文！終わり", ["これは文。", "次の文！", "終わり"]),
        ("彼は「行く。」と言った。「はい！」次の文", ["彼は「行く。」と言った。", "「はい！」", "次の文"]),
        ("価格は３．５円です。次。", ["価格は３．５円です。", "次。"]),
        ("・りんご\n・みかん\n１．はじめに", ["・りんご\n", "・みかん\n", "１．はじめに"]),
        ("他说：“你好。”真的吗？价格是3.5元。", ["他说：“你好。”", "真的吗？", "价格是3.5元。"]),
        ("我用node.js.他不用.", ["我用node.js.他不用."]),
        ("我很好.他不好.", ["我很好.", "他不好."]),
        ("1、苹果\n2、香蕉", ["1、苹果\n", "2、香蕉"]),
        ("ខ្ញុំទៅផ្សារ។ គាត់នៅផ្ទះ។", ["ខ្ញុំទៅផ្សារ។ ", "គាត់នៅផ្ទះ។"]),
        ("वह गया। वह आया।", ["वह गया। ", "वह आया।"]),
        ("한국어 문장이다. 정말?", ["한국어 문장이다. ", "정말?"]),
        ("مرحبا بالعالم. كيف الحال؟ نعم.", ["مرحبا بالعالم. ", "كيف الحال؟ ", "نعم."]),
        ("- one\n- two\n1. three", ["- one\n", "- two\n", "1. three"]),
        ("A title\n\nA sentence", ["A title\n\n", "A sentence"]),
        ("A line\r\nthat goes on.\r\n\r\nNext.", ["A line\r\nthat goes on.\r\n\r\n", "Next."]),
    ],
)
def test_sentences_end_where_their_language_and_layout_say(text: str, sentences: list[str]) -> None:
    assert split_text(text) == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        [
            "Die Brücke wurde am 3. Mai 1932 eröffnet. ",
            "Sie kostete 4,5 Mio. Euro und ist 30 m lang. ",
            "Das ist alles.",
        ],
        ["Le pont est ouvert le 3 mai. ", "Il a coûté 4,5 millions et mesure 30 m."],
        ["The U.S. bridge opened on 3 May. ", "It cost $4.5 million and is of steel."],
    ],
)
def test_a_sentence_ends_where_its_language_ends_it(sentences: list[str]) -> None:
    assert split_text("".join(sentences)) == sentences


def test_a_paragraph_longer_than_the_segmenter_is_given_ends_its_sentences_where_a_short_one_does() -> None:
    sentence = 'It cost 1.5 million, says Mr. Brown of the U.S. office ("a bargain.") in May. '
    for before in ("", "word " * (MOST_SEGMENTED // 5 - 3) + "end. ", "w" * (MOST_SEGMENTED + 7) + " end. "):
        assert split_text(before + sentence * 300)[-300:] == [sentence] * 300
