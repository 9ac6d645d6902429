import pytest

from rag.errors import DocumentError
from rag.readers.odt import read_odt
from rag.types import Document
from tests.office_files import SHARED, meta, opendocument


def text_of(body: str) -> str:
    return read_odt(opendocument("text", body)).text


def test_all_that_a_document_says_of_itself_is_kept() -> None:
    said = (
        "<dc:title>Annual report</dc:title><meta:initial-creator>Jane Doe</meta:initial-creator>"
        "<dc:creator>John Roe</dc:creator><meta:creation-date>2001-01-03T10:00:00.12</meta:creation-date>"
        "<dc:date>2001-02-04T10:00:00.123456789</dc:date>"
    )
    assert read_odt(opendocument("text", "<text:p>It grew.</text:p>", parts={"meta.xml": meta(said)})) == Document(
        text="It grew.", title="Annual report", date="2001-02-04", author="Jane Doe", encoding="odt"
    )


@pytest.mark.parametrize(
    ("body", "title"),
    [
        ('<text:p>a</text:p><text:p text:style-name="Title">The title</text:p>', "The title"),
        ('<text:p>a</text:p><text:p text:style-name="P7">The title</text:p>', "The title"),
        ("<text:h>First</text:h><text:p>a</text:p>", "First"),
        ("<text:p>a</text:p><text:h>Later</text:h>", ""),
    ],
)
def test_without_a_stated_title_the_headings_are_asked(body: str, title: str) -> None:
    styles = '<style:style style:name="P7" style:parent-style-name="Title"/>'
    assert read_odt(opendocument("text", body, styles=styles)).title == title


def test_paragraphs_lists_and_tables_stand_in_their_order() -> None:
    cell = "<table:table-cell><text:p>{}</text:p></table:table-cell>"
    body = (
        "<text:h>Fruit</text:h><text:p>We sell:</text:p><text:list><text:list-item><text:p>apples</text:p><text:list>"
        "<text:list-item><text:p>red ones</text:p></text:list-item></text:list></text:list-item><text:list-item>"
        "<text:p>pears</text:p></text:list-item></text:list><table:table><table:table-header-rows><table:table-row>"
        + cell.format("Fruit") + cell.format("Price") + "</table:table-row></table:table-header-rows><table:table-row>"
        + cell.format("apples") + "<table:covered-table-cell><text:p>x</text:p></table:covered-table-cell>"
        + cell.format("3") + "</table:table-row></table:table><text:section><text:p>The end.</text:p></text:section>"
    )  # fmt: skip
    assert text_of(body) == ("Fruit\n\nWe sell:\n\napples\nred ones\npears\n\nFruit | Price\napples | 3\n\nThe end.")


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("a<text:s text:c='3'/>b<text:tab/>c<text:line-break/>d", "a b c\nd"),
        ("Gr<text:span>o\xadw<text:span>th</text:span></text:span>\n was <text:a>huge</text:a>.", "Growth was huge."),
        ("a<office:annotation><text:p>a comment</text:p></office:annotation>b", "ab"),
        ("<text:ruby><text:ruby-base>漢</text:ruby-base><text:ruby-text>kan</text:ruby-text></text:ruby>字", "漢字"),
        ("a<text:hidden-text>b</text:hidden-text>c", "ac"),
        ("a<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>A note.</text:p>"
         "</text:note-body></text:note> b", "a b\n\nA note."),
        ("a <draw:frame><svg:desc>picture</svg:desc><draw:text-box><text:p>In a box.</text:p></draw:text-box>"
         "</draw:frame>b", "a b\n\nIn a box."),
        ("a <draw:custom-shape><text:p>In a shape.</text:p></draw:custom-shape>b", "a b\n\nIn a shape."),
    ],
)  # fmt: skip
def test_a_paragraph_is_read_as_it_is_seen(inner: str, text: str) -> None:
    assert text_of(f"<text:p>{inner}</text:p>") == text


def test_what_was_deleted_and_what_is_said_elsewhere_is_left_out() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>old</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes><text:table-of-content><text:index-body><text:p>Fruit 1</text:p>"
        "</text:index-body></text:table-of-content><text:p>new</text:p>"
    )
    assert text_of(body) == "new"


def test_a_document_with_a_password_says_so() -> None:
    manifest = "<manifest><file-entry><encryption-data/></file-entry></manifest>"
    with pytest.raises(DocumentError, match=r"^it needs a password; save a copy without one$"):
        read_odt(opendocument("text", "x", parts={"META-INF/manifest.xml": manifest, "content.xml": "noise"}))


def test_a_sheet_is_no_text() -> None:
    with pytest.raises(DocumentError, match=r"^it holds an OpenDocument sheet; give the file the ending \.ods$"):
        read_odt(opendocument("spreadsheet", ""))


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_form_is_read_with_what_was_filled_in() -> None:
    assert read_odt((SHARED / "pypdf/libreoffice-form.odt").read_bytes()) == Document(
        text="Example for a Form\n\nFirst Name Alice Last Name\n\nBirthday\n\nGender:\n\nFemale Male\n\n"
        "Nationality:\n\nAgree to privacy policy\n\nBob Other",
        title="Example for a Form",
        date="2022-06-26",
        encoding="odt",
    )
