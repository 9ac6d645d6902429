import subprocess
import sys
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.readers.docx import read_docx
from rag.types import Document
from tests.office_files import SHARED, core_properties, docx, office_xml, paragraph, relations

STYLES = office_xml(
    "w:styles",
    "".join(
        f'<w:style w:styleId="{name}"><w:name w:val="{words}"/>{more}</w:style>'
        for name, words, more in (
            ("Title", "Title", ""),
            ("H1", "heading 1", ""),
            ("Mine", "My heading", '<w:basedOn w:val="H1"/>'),
            ("Bullet", "List Bullet", "<w:pPr><w:numPr/></w:pPr>"),
            ("Toc", "toc 1", ""),
            ("Circle", "a", '<w:basedOn w:val="Circle"/>'),
        )
    ),
)


def styled(style: str, text: str) -> str:
    return paragraph(text, f'<w:pStyle w:val="{style}"/>')


def row(*cells: str) -> str:
    return "<w:tr>" + "".join(f"<w:tc>{cell}</w:tc>" for cell in cells) + "</w:tr>"


def text_of(body: str, **parts: str) -> str:
    return read_docx(docx(body, parts={f"word/{name}.xml": part for name, part in parts.items()})).text


def test_all_that_a_document_says_of_itself_is_kept() -> None:
    said = core_properties(
        title="Annual report",
        creator="Jane Doe",
        created="2001-01-03T10:00:00Z",
        modified="2001-02-04T10:00:00Z",
    )
    assert read_docx(docx(paragraph("It grew."), parts={"docProps/core.xml": said})) == Document(
        text="It grew.", title="Annual report", date="2001-02-04", author="Jane Doe", encoding="docx"
    )


@pytest.mark.parametrize("title", ["", "Document1", "Microsoft Word - report.doc", "Untitled", "report_final.docx"])
def test_what_a_program_fills_in_unasked_is_no_title_author_or_date(title: str) -> None:
    said = core_properties(title=title, creator="python-docx", modified="2013-12-23T23:15:00Z")
    document = read_docx(docx(paragraph("It grew."), parts={"docProps/core.xml": said}))
    assert (document.title, document.author, document.date) == ("", "", None)


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (paragraph("words") + styled("H1", "Later") + styled("Title", "The title"), "The title"),
        (styled("H1", "First") + paragraph("words"), "First"),
        (styled("Mine", "First") + paragraph("words"), "First"),
        (paragraph("words") + styled("H1", "Later"), ""),
        (styled("Circle", "words"), ""),
    ],
)
def test_without_a_stated_title_the_headings_are_asked(body: str, title: str) -> None:
    assert read_docx(docx(body, parts={"word/styles.xml": STYLES})).title == title


def test_paragraphs_are_parted_and_the_items_of_a_list_stand_on_lines() -> None:
    numbered = '<w:numPr><w:numId w:val="1"/></w:numPr>'
    body = (
        styled("H1", "Fruit")
        + paragraph("We sell:")
        + styled("Bullet", "apples")
        + paragraph("pears", numbered)
        + styled("Toc", "Fruit 1")
        + paragraph("  and   more. ")
        + paragraph("")
        + paragraph("The end.", '<w:numPr><w:numId w:val="0"/></w:numPr>')
    )
    assert text_of(body, styles=STYLES) == "Fruit\n\nWe sell:\n\napples\npears\n\nand more.\n\nThe end."


def test_a_table_stands_in_its_place_with_merged_cells_once() -> None:
    down = '<w:tcPr><w:vMerge w:val="restart"/></w:tcPr>' + paragraph("A")
    below = "<w:tcPr><w:vMerge/></w:tcPr>" + paragraph("not seen")
    wide = '<w:tcPr><w:gridSpan w:val="2"/></w:tcPr>' + paragraph("wide")
    body = (
        paragraph("Before.")
        + "<w:tbl>"
        + row(down, paragraph("1") + paragraph("one"))
        + row(below, paragraph("2"))
        + row(wide)
        + row(paragraph(""), paragraph("B"))
        + "<w:tr><w:trPr><w:del/></w:trPr><w:tc>" + paragraph("gone") + "</w:tc></w:tr>"
        + "</w:tbl>"
        + paragraph("After.")
    )  # fmt: skip
    assert text_of(body) == "Before.\n\nA | 1 one\n2\nwide\nB\n\nAfter."


def test_a_table_that_only_places_text_on_the_page_is_read_as_text() -> None:
    long = paragraph("First paragraph. " * 20) + paragraph("Second paragraph.")
    inner = "<w:tbl>" + row(paragraph("a"), paragraph("b")) + "</w:tbl>"
    body = "<w:tbl>" + row(long, paragraph("side")) + row(paragraph("x") + inner + paragraph("y"), "") + "</w:tbl>"
    assert text_of(body) == ("First paragraph. " * 20).strip() + "\n\nSecond paragraph.\n\nside\n\nx\n\na | b\n\ny"


@pytest.mark.parametrize(
    ("runs", "text"),
    [
        ("<w:r><w:t>a</w:t><w:tab/><w:t>b</w:t><w:br/><w:t>c</w:t><w:noBreakHyphen/><w:t>d</w:t></w:r>", "a b\nc-d"),
        ("<w:r><w:t>hu</w:t></w:r><w:r><w:t>ge\xa0\xad\n win</w:t></w:r>", "huge win"),
        ('<w:hyperlink r:id="rId9"><w:r><w:t>the site</w:t></w:r></w:hyperlink>', "the site"),
        ("<w:r><w:t>a </w:t></w:r><w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:del><w:r><w:t>x</w:t><w:delText>old"
         "</w:delText></w:r></w:del>", "a new"),
        ("<w:moveFrom><w:r><w:t>from</w:t></w:r></w:moveFrom><w:moveTo><w:r><w:t>to</w:t></w:r></w:moveTo>", "to"),
        ('<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:t>seen'
         "</w:t></w:r>", "seen"),
        ("<w:r><w:instrText>PAGE</w:instrText></w:r><w:fldSimple><w:r><w:t>7</w:t></w:r></w:fldSimple>", "7"),
        ('<w:commentRangeStart w:id="1"/><w:r><w:t>a</w:t><w:commentReference w:id="1"/></w:r>', "a"),
        ("<w:sdt><w:sdtPr><w:t>x</w:t></w:sdtPr><w:sdtContent><w:r><w:t>field</w:t></w:r></w:sdtContent></w:sdt>",
         "field"),
        ("<w:ruby><w:rt><w:r><w:t>kan</w:t></w:r></w:rt><w:rubyBase><w:r><w:t>漢</w:t></w:r></w:rubyBase></w:ruby>",
         "漢"),
        ("<m:oMath><m:r><m:t>E=mc</m:t></m:r></m:oMath>", "E=mc"),
    ],
)  # fmt: skip
def test_a_paragraph_is_read_as_it_is_seen(runs: str, text: str) -> None:
    assert text_of(f"<w:p>{runs}</w:p>") == text


def test_a_text_box_is_read_once_after_its_paragraph() -> None:
    box = f"<w:txbxContent>{paragraph('in the box')}</w:txbxContent>"
    both = f"<mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    old = f"<mc:AlternateContent><mc:Fallback>{box}</mc:Fallback></mc:AlternateContent>"
    assert text_of(f"<w:p><w:r><w:t>a</w:t>{both}<w:t>b</w:t></w:r></w:p>") == "ab\n\nin the box"
    assert text_of(f"<w:p><w:r>{old}</w:r></w:p>") == "in the box"


def test_notes_follow_the_paragraph_that_they_belong_to() -> None:
    body = (
        '<w:p><w:r><w:t>It grew</w:t><w:footnoteReference w:id="2"/><w:t> and fell.</w:t>'
        '<w:endnoteReference w:id="1"/><w:footnoteReference w:id="9"/></w:r></w:p>' + paragraph("Next.")
    )
    text = text_of(
        body,
        footnotes=office_xml(
            "w:footnotes",
            f'<w:footnote w:id="0" w:type="separator">{paragraph("line")}</w:footnote>'
            f'<w:footnote w:id="2">{paragraph("By a third.")}</w:footnote>',
        ),
        endnotes=office_xml("w:endnotes", f'<w:endnote w:id="1">{paragraph("In May.")}</w:endnote>'),
    )
    assert text == "It grew and fell.\n\nBy a third.\n\nIn May.\n\nNext."


def test_notes_that_refer_to_each_other_are_read_once() -> None:
    def note(number: int, words: str) -> str:
        other = f'<w:p><w:r><w:footnoteReference w:id="{1 - number}"/></w:r></w:p>'
        return f'<w:footnote w:id="{number}">{paragraph(words)}{other * 9}</w:footnote>'

    notes = office_xml("w:footnotes", note(0, "First.") + note(1, "Second."))
    body = '<w:p><w:r><w:t>Text.</w:t><w:footnoteReference w:id="0"/></w:r></w:p>'
    assert text_of(body * 2, footnotes=notes) == "Text.\n\nFirst.\n\nSecond.\n\nText."


def test_the_table_of_contents_is_left_out() -> None:
    gallery = '<w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/></w:docPartObj></w:sdtPr>'
    contents = f"<w:sdt>{gallery}<w:sdtContent>{paragraph('Fruit 1')}</w:sdtContent></w:sdt>"
    assert text_of(contents + f"<w:sdt><w:sdtContent>{paragraph('words')}</w:sdtContent></w:sdt>") == "words"


def test_the_main_part_is_the_one_that_the_package_names() -> None:
    other = docx(
        paragraph("old"),
        parts={
            "_rels/.rels": relations([("officeDocument", "/word/document2.xml")]),
            "word/document2.xml": office_xml("w:document", f"<w:body>{paragraph('new')}</w:body>"),
        },
    )
    assert read_docx(other).text == "new"
    assert read_docx(docx(paragraph("old"), parts={"_rels/.rels": relations([])})).text == "old"


def test_damaged_properties_cost_no_text() -> None:
    assert read_docx(docx(paragraph("words"), parts={"docProps/core.xml": "<a><b>"})).text == "words"


def test_a_damaged_text_is_refused() -> None:
    with pytest.raises(DocumentError, match=r"^its XML is damaged; open it in its own program and save it again$"):
        read_docx(docx("<w:p>"))


def test_a_document_that_passes_the_check_is_read_within_a_gigabyte() -> None:
    """A library for these documents took 1.8 GB for one of 640 KB."""
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))\n"
        "from rag.readers.docx import read_docx\n"
        "from tests.office_files import docx, paragraph\n"
        'tiny = \'\'.join(paragraph(f\'{n}\') + \'<w:p a="" b="" c="" d=""/>\' for n in range(160_000))\n'
        "print(len(read_docx(docx(tiny)).text))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False
    )
    assert (run.stdout, run.stderr) == (f"{sum(len(f'{n}') + 2 for n in range(160_000)) - 2}\n", "")


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
@pytest.mark.parametrize(
    ("name", "document"),
    [
        ("unstructured/fake.docx", Document(text="Lorem ipsum dolor sit amet.", author="Mr. Miagi", encoding="docx")),
        ("unstructured/docx-hdrftr.docx", Document(
            text="Main document", author="Bernhard Schaefer", date="2023-11-20", encoding="docx")),
        ("unstructured/docx-tables.docx", Document(
            text="Simple uniform table\n\nHeader Col 1 | Header Col 2\nLorem ipsum | A link example\n\nNested Table\n\n"
            "a | >b< | c\n\nd\n\ne | f\ng&t | h\n\ni\n\nj | k | l\n\nTable with merged cells\n\na | b\nc | d\ne",
            date="2023-11-20", encoding="docx")),
        ("unstructured/teams_chat.docx", Document(
            text="0:0:0.0 --> 0:0:1.510\nSome Body\nOK. Yeah.\n\n0:0:3.270 --> 0:0:4.250\nJames Bond\nUmm.\n\n"
            "saved-by | Dennis Forsythe", encoding="docx")),
        ("markitdown/rlink.docx", Document(
            text="Testing Linked Images", author="Adam Fourney", date="2025-10-20", encoding="docx")),
    ],
)  # fmt: skip
def test_real_documents_are_read(name: str, document: Document) -> None:
    assert read_docx((SHARED / name).read_bytes()) == document


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_paper_has_all_its_parts_once() -> None:
    document = read_docx((SHARED / "markitdown/test.docx").read_bytes())
    title = "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation"
    assert (document.title, document.author, document.date) == (title, "Adam Fourney", "2025-03-20")
    phrases = ("314b0a30-5b04-470b-b9f7-eed2c2bec74a", "49e168b7-d2ae-407f-a055-2167576f39a1", title)
    assert [document.text.count(phrase) for phrase in phrases] == [1, 1, 1]
    assert "\n\nAbstract\n\n" in document.text
    assert "\n\nd666f1f7-46cb-42bd-9a39-9a39cf2a509f\n\n" in document.text
