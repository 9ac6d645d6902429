from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import DocumentError
from rag.readers.pdf import read_pdf
from rag.types import Document
from tests.pdf_files import HEIGHT, WIDTH, make_pdf, show, show_lines

SHARED = Path(__file__).parents[2] / "shared"
FILES = SHARED / "documents" / "files"
needs_files = pytest.mark.skipif(not FILES.is_dir(), reason="the real documents are not here")

PROSE = (
    "The committee met on the third of May to hear what the engineers had found",
    "in the old mill by the river. It heard eleven witnesses in two long days and",
    "closed the inquiry a week later.",
)
WHOLE = " ".join(PROSE)


def pages_of(document: Document) -> list[str]:
    ends = (*document.pages[1:], len(document.text))
    return [document.text[start:end] for start, end in zip(document.pages, ends, strict=True)]


# One page


def test_a_document_has_its_text_title_author_and_date() -> None:
    content = make_pdf(
        [show(72, 760, "The Old Mill", size=20) + show_lines(PROSE)],
        info="/Title(The Old Mill: a Report)/Author(Jane Doe)/Creator(LaTeX)/CreationDate(D:20010304120000Z)",
    )
    assert read_pdf(content) == Document(
        text=f"The Old Mill\n\n{WHOLE}",
        title="The Old Mill: a Report",
        author="Jane Doe",
        date="2001-03-04",
        pages=(0,),
        encoding="pdf",
    )


def test_a_gap_an_indent_and_a_short_line_begin_a_paragraph() -> None:
    lines = show_lines(PROSE) + show_lines(PROSE, y=672) + show(90, 636, PROSE[0]) + show(72, 624, PROSE[2])
    assert read_pdf(make_pdf([lines])).text == f"{WHOLE}\n\n{WHOLE}\n\n{PROSE[0]} {PROSE[2]}"


def test_lines_of_an_address_and_entries_of_a_list_stay_apart() -> None:
    address = ("Ministry of Works", "12 Mill Lane", "Oldtown")
    entries = (
        "1. Mend the old wheel before the winter comes and the river rises to the upper",
        "floor.",
        "2. Sell it.",
    )
    content = make_pdf([show_lines(address) + show_lines(entries, y=640) + show_lines(PROSE, y=560)])
    text = "Ministry of Works\n12 Mill Lane\nOldtown\n\n" + f"{entries[0]} floor.\n2. Sell it."
    assert read_pdf(content).text == f"{text}\n\n{WHOLE}"


def test_two_columns_are_read_one_after_the_other_and_a_sentence_goes_on_in_the_second() -> None:
    left = [f"Line {number} of the left column has words" for number in range(8)]
    right = [f"line {number} of the right column has words" for number in range(8)]
    title = show(150, 760, "A Title over Both of the Columns", size=18)
    content = make_pdf([title + show_lines(left) + show_lines(right, x=310)])
    assert read_pdf(content).text == "A Title over Both of the Columns\n\n" + " ".join(left + right)


def test_two_columns_are_told_apart_when_the_file_is_sorted_by_height() -> None:
    left = [f"the left column has line {number} and goes on" for number in range(8)]
    right = [f"the right column has line {number} and goes on" for number in range(8)]
    rows = (show(72, 720 - 12 * n, left[n]) + show(310, 720 - 12 * n, right[n]) for n in range(8))
    assert read_pdf(make_pdf(["".join(rows)])).text == " ".join(left + right)


def test_a_table_has_a_line_a_row_and_its_empty_cells_keep_their_place() -> None:
    rows = (("Mill", "Built", "Wheels"), ("Upper", "1801", "2"), ("Lower", "", "3"))
    cells = (show(72 + 90 * c, 700 - 16 * r, word) for r, row in enumerate(rows) for c, word in enumerate(row) if word)
    content = make_pdf([show_lines(PROSE, y=760) + "".join(cells)])
    assert read_pdf(content).text == f"{WHOLE}\n\nMill | Built | Wheels\nUpper | 1801 | 2\nLower | | 3"


def test_a_cell_of_several_lines_is_whole() -> None:
    first = show(72, 700, "Upper mill") + show(200, 706, "grinds corn for the whole") + show(200, 694, "of the valley")
    second = (
        show(72, 670, "Lower mill") + show(200, 676, "saws the timber that comes") + show(200, 664, "down the river")
    )
    third = show(72, 640, "Old mill") + show(200, 646, "stands still since the great") + show(200, 634, "flood")
    assert read_pdf(make_pdf([first + second + third])).text == (
        "Upper mill | grinds corn for the whole of the valley\n"
        "Lower mill | saws the timber that comes down the river\n"
        "Old mill | stands still since the great flood"
    )


def test_the_dots_of_a_table_of_contents_part_two_cells() -> None:
    lines = ("The mill ........................ 4", "The river . . . . . . . . . . . 12")
    assert read_pdf(make_pdf([show_lines(lines)])).text == "The mill | 4\nThe river | 12"


# Letters


def test_ligatures_are_letters_and_an_accent_joins_the_letter_below_it() -> None:
    words = show(72, 700, "of", size=20) + show(100, 700, "Ace", size=20, font="F3") + show(200, 700, "g", size=20)
    content = make_pdf([words + show(202, 700, "C", size=20, font="F3")])
    assert read_pdf(content).text == "of fice | ğ"


def test_words_broken_at_the_end_of_a_line_are_joined() -> None:
    lines = (
        "A well-known engineer of the committee had nothing more than a sim-",
        "ple plan for the wheel, and the well-",
        "known engineer was heard by the 12-",
        "member board of the North-",
        "South company.",
    )
    assert read_pdf(make_pdf([show_lines(lines)])).text == (
        "A well-known engineer of the committee had nothing more than a simple plan for the wheel, and the well-known "
        "engineer was heard by the 12-member board of the North-South company."
    )


def test_raised_figures_are_no_part_of_the_number_before_them() -> None:
    content = make_pdf([show(72, 700, "in 10") + show(94, 704, "6", size=6) + show(101, 700, "cases")])
    assert read_pdf(content).text == "in 10⁶ cases"


def test_text_off_the_page_and_control_characters_are_left_out() -> None:
    content = make_pdf([show(72, 700, "seen\x01") + show(WIDTH + 20, 700, "beside") + show(72, HEIGHT + 9, "above")])
    assert read_pdf(content).text == "seen"


def test_arabic_is_in_the_order_in_which_it_is_read() -> None:
    letters = "كتاب"
    maps = "".join(f"<{number:04x}> <{ord(letter):04x}>\n" for number, letter in enumerate(letters, 1))
    cmap = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{len(letters)} beginbfchar\n{maps}endbfchar\n"
        "endcmap end end"
    )
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode 11 0 R/DescendantFonts[<</Type/Font"
        "/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 600>>]>>"
    )
    stream = f"<</Length {len(cmap)}>>stream\n{cmap}\nendstream"
    drawn = "BT /A 20 Tf 200 700 Td <0004000300020001> Tj ET\n"
    page = "/Resources<</Font<</A 10 0 R>>>>"
    content = make_pdf([drawn], page=page, objects=[font, stream])
    assert read_pdf(content).text == letters


def test_a_turned_page_is_read_and_what_runs_up_its_margin_comes_last() -> None:
    turned = "".join(show(100 + 12 * n, 100, line, turn="0 1 -1 0") for n, line in enumerate(PROSE))
    assert read_pdf(make_pdf([turned], page="/Rotate 90")).text == WHOLE
    stamp = show(30, 300, "Received 7 May 2001", turn="0 1 -1 0")
    assert read_pdf(make_pdf([stamp + show_lines(PROSE)])).text == f"{WHOLE}\n\nReceived 7 May 2001"


def test_the_value_of_a_form_field_is_read_where_it_stands() -> None:
    field = (
        "<</Type/Annot/Subtype/Widget/FT/Tx/T(name)/V(Jane Doe)/DA(/F1 10 Tf 0 g)/Rect[110 695 300 712]/F 4"
        "/AP<</N 11 0 R>>>>"
    )
    stream = "BT /F1 10 Tf 2 5 Td (Jane Doe) Tj ET"
    look = (
        "<</Type/XObject/Subtype/Form/BBox[0 0 190 17]/Resources<</Font<</F1<</Type/Font/Subtype/Type1"
        f"/BaseFont/Helvetica>>>>>>/Length {len(stream)}>>stream\n{stream}\nendstream"
    )
    content = make_pdf(
        [show(72, 700, "Name:")], page="/Annots[10 0 R]", objects=[field, look], root="/AcroForm<</Fields[10 0 R]>>"
    )
    assert read_pdf(content).text == "Name: Jane Doe"


# Several pages


def test_running_heads_and_page_numbers_are_left_out_and_a_sentence_goes_on_over_the_page() -> None:
    pages = []
    for number in range(4):
        head = show(72, 800, "Annual Report of the Mill") + show(480, 800, f"Chapter {number}")
        foot = show(290, 40, f"- {number + 1} -")
        lines = [f"{'on' if number else 'Once'} page {number} the sentence about the mill has no end and goes"] * 20
        pages.append(head + show_lines(lines) + foot)
    document = read_pdf(make_pdf(pages))
    assert "Annual" not in document.text
    assert "- 2 -" not in document.text
    assert "\n" not in document.text[document.pages[1] - 100 :]
    assert [set(re.findall(r"page \d", page)) for page in pages_of(document)] == [{f"page {n}"} for n in range(4)]
    assert document.text[document.pages[1] :].startswith("on page 1")


def test_a_headline_and_a_body_line_that_recur_are_kept() -> None:
    slide = show(72, 790, "Agenda", size=24) + show_lines(PROSE) + show(72, 300, "To be continued")
    assert read_pdf(make_pdf([slide] * 4)).text.count("Agenda") == 4
    assert read_pdf(make_pdf([slide] * 4)).text.count("To be continued") == 4


def test_a_page_without_text_keeps_the_numbers_of_the_others() -> None:
    document = read_pdf(make_pdf(["", show_lines(PROSE), "", "", show_lines(["The end."]), ""]))
    assert document.text == f"{WHOLE}\n\nThe end."
    assert document.pages == (0, 0, len(WHOLE) + 2, len(WHOLE) + 2, len(WHOLE) + 2, len(document.text))
    assert {document.page_at(offset) for offset in range(len(WHOLE))} == {2}
    assert {document.page_at(offset) for offset in range(len(WHOLE) + 2, len(document.text))} == {5}


def test_a_footnote_does_not_cut_the_sentence_that_goes_on_after_the_page() -> None:
    note = show(72, 100, "1 See the minutes of the second meeting.", size=7)
    document = read_pdf(make_pdf([show_lines(PROSE[:2], y=140) + note, show_lines(PROSE[2:])]))
    assert document.text == f"1 See the minutes of the second meeting.\n\n{WHOLE}"
    assert document.page_at(document.text.index("closed")) == 2
    assert document.page_at(document.text.index("eleven")) == 1


words = st.lists(st.from_regex(r"[a-z]{1,12}", fullmatch=True), min_size=48, max_size=80)


@settings(max_examples=25, deadline=None)
@given(st.lists(words, min_size=1, max_size=4), st.booleans())
def test_every_word_comes_back_in_its_order_and_on_its_page(pages: list[list[str]], in_columns: bool) -> None:
    contents = []
    for page in pages:
        lines = [" ".join(page[start : start + 4]) for start in range(0, len(page), 4)]
        half = (len(lines) + 1) // 2 if in_columns else len(lines)
        contents.append(show_lines(lines[:half]) + show_lines(lines[half:], x=340))
    document = read_pdf(make_pdf(contents))
    assert [page.split() for page in pages_of(document)] == pages


# What cannot be read


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"<html>", b"PK\x03\x04" * 9, bytes(999)])
def test_what_is_no_pdf_says_so(content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^it is damaged or not a PDF; save or download it again$"):
        read_pdf(content)


def test_a_file_without_text_says_whether_it_is_a_scan() -> None:
    with pytest.raises(DocumentError, match=r"^it holds no text; save it from its source again$"):
        read_pdf(make_pdf(["", ""]))
    picture = "q 500 0 0 500 9 9 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \x7f EI Q"
    with pytest.raises(DocumentError, match=r"^it holds only pictures of pages \(a scan\); run text recognition"):
        read_pdf(make_pdf([picture]))


def test_letters_without_a_meaning_say_so() -> None:
    font = (
        "<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/DescendantFonts[<</Type/Font/Subtype/CIDFontType2"
        "/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 600>>]>>"
    )
    content = make_pdf(
        ["BT /A 20 Tf 99 700 Td <0004000300020001> Tj ET"], page="/Resources<</Font<</A 10 0 R>>>>", objects=[font]
    )
    with pytest.raises(
        DocumentError, match=r"^its letters are stored as shapes without a meaning; run text recognition"
    ):
        read_pdf(content)


def test_a_file_cut_short_gives_its_first_pages_or_a_reason() -> None:
    content = make_pdf([show_lines([f"Page {number}."]) for number in range(9)])
    whole = read_pdf(content).text
    for end in range(0, len(content), 97):
        try:
            assert whole.startswith(read_pdf(content[:end]).text)
        except DocumentError as error:
            assert str(error) == "it is damaged or not a PDF; save or download it again"  # noqa: PT017  # as right


# Real files


def real(name: str) -> Document:
    return read_pdf((FILES / name).read_bytes())


def manifest() -> list[dict[str, list[str]]]:
    path = SHARED / "documents" / "manifest.jsonl"
    entries = map(json.loads, path.read_text(encoding="utf-8").splitlines()) if path.is_file() else iter(())
    return [entry for entry in entries if entry["format"] == "pdf"]


READABLE = [entry["file"] for entry in manifest() if "password" not in str(entry["file"])]


@needs_files
def test_the_files_have_the_phrases_that_they_are_known_for() -> None:
    told = [entry for entry in manifest() if entry.get("must_include_markdown")]
    assert told
    for entry in told:
        text = real(str(entry["file"]).removeprefix("files/")).text
        assert [phrase for phrase in entry["must_include_markdown"] if phrase not in text] == []
        assert [phrase for phrase in entry.get("must_not_include", []) if phrase in text] == []


@needs_files
@pytest.mark.parametrize("name", READABLE)
def test_the_words_of_each_page_are_on_that_page(name: str) -> None:
    content = (SHARED / "documents" / name).read_bytes()
    try:
        document = read_pdf(content)
    except DocumentError as error:
        assert "pictures of pages" in str(error)  # noqa: PT017  # either is right: text or the reason  # a scan is none of the pages to compare
        return
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\ufb00-\ufb06\xad]|[ ]{2}|\n{3}", document.text)
    file = pypdfium2.PdfDocument(content)
    assert len(document.pages) == len(file)
    for page, text in zip(file, pages_of(document), strict=True):
        printed = re.sub(r"[\x02\ufffe-](?:\r\n)?", "", page.get_textpage().get_text_bounded())
        words_here, words_there = (re.findall("[a-z]{5,}", each) for each in (text.replace("-", ""), printed))
        strange = Counter(words_here) - Counter(words_there)
        assert sum(strange.values()) <= 0.02 * len(words_here) + 1, strange
    file.close()


@needs_files
def test_a_real_page_of_two_columns_is_in_the_order_of_its_source() -> None:
    text = real("pypdf/multicolumn.pdf").text
    source = (
        "Lorem ipsum dolor",
        "Nam dui ligula",
        "Nulla malesuada",
        "Quisque ullamcorper",
        "Fusce mauris",
        "Suspendisse vel",
    )
    places = [text.index(words) for words in source]
    assert places == sorted(places)
    assert "Donec nonummy pellentesque ante. Phasellus" in text  # over a column
    assert "primis in faucibus orci luctus et ultrices" in text  # over a page
    assert "Belgium | 11.5 | 30,689 | Brussels | Dutch, French, German\nCzech Republic | 10.7" in text
    assert "Area (km²)" in text


@needs_files
def test_a_real_paper_has_whole_sentences_names_and_footnotes() -> None:
    document = real("unstructured/multi-column-2p.pdf")
    assert document.title == "Dense Passage Retrieval for Open-Domain Question Answering"
    assert "Vladimir Karpukhin∗, Barlas Oğuz∗, Sewon Min†" in document.text
    assert (
        "state-of-the-art results on multiple open-domain QA datasets, it also suffers from two weaknesses."
        in document.text
    )
    assert "outperforms a strong Lucene-BM25 system greatly by 9%-19% absolute" in document.text
    assert document.page_at(document.text.index("QA datasets, it also suffers")) == 2


@needs_files
def test_real_files_that_are_damaged_or_protected_are_read() -> None:
    booklet = real("unstructured/failure-after-repair.pdf")
    assert len(booklet.pages) == 76
    assert booklet.title == "Understanding Breast Cancer"
    assert (
        booklet.page_at(booklet.text.index("Breast cancer is the abnormal growth of the cells lining the breast")) == 10
    )
    assert "GP | works in partnership with your specialist in providing your ongoing care\n" in booklet.text
    assert (
        "In March 2023, the White House issued" in real("unstructured/invalid-pdf-structure-pdfminer-one-page.pdf").text
    )
    assert "LayoutParser, an open-source library" in real("unstructured/copy-protected.pdf").text
    with pytest.raises(DocumentError, match=r"^it needs a password; save a copy without one$"):
        real("unstructured/password.pdf")
    for name in ("unstructured/loremipsum-flat.pdf", "pypdf/imagemagick-CCITTFaxDecode.pdf"):
        with pytest.raises(DocumentError, match=r"^it holds only pictures of pages \(a scan\)"):
            real(name)
