import pytest

from rag.errors import DocumentError
from rag.readers.epub import read_epub
from rag.types import Document, Section
from tests.office_files import epub, pack

HEAD = "<?xml version='1.0' encoding='utf-8'?><!DOCTYPE html><html xmlns='http://www.w3.org/1999/xhtml'><head><title>{}</title>"
ABOUT = (
    "<dc:title>The Sea</dc:title><dc:creator opf:role='aut'>Jane Doe</dc:creator><dc:creator opf:role='ill'>A. Painter"
    "</dc:creator><dc:creator opf:role='aut'>John Roe</dc:creator><dc:publisher>Small Press</dc:publisher>"
    "<dc:date opf:event='modification'>2020-02-02</dc:date><dc:date opf:event='publication'>2001-01</dc:date>"
)
NCX_ITEM = "<item id='ncx' href='toc.ncx' media-type='application/x-dtbncx+xml'/>"
NAV_ITEM = "<item id='nav' href='nav.xhtml' properties='nav' media-type='application/xhtml+xml'/>"


def page(body: str, title: str = "The Sea") -> str:
    return f"{HEAD.format(title)}</head><body>{body}</body></html>"


def ncx(points: str) -> str:
    return (
        '<?xml version="1.0"?><!DOCTYPE ncx PUBLIC "-//NISO//DTD ncx 2005-1//EN" "http://www.daisy.org/z3986/ncx.dtd">'
        f'<ncx xmlns="urn:ncx"><navMap>{points}</navMap></ncx>'
    )


def point(label: str, target: str, inner: str = "") -> str:
    return f"<navPoint><navLabel><text>{label}</text></navLabel><content src='{target}'/>{inner}</navPoint>"


def nav(items: str) -> str:
    return page(
        "<nav xmlns:epub='urn:epub' epub:type='landmarks'><ol><li><a href='b.xhtml'>Start</a></li></ol></nav>"
        f"<nav xmlns:epub='urn:epub' epub:type='toc'><h2>Contents&nbsp;</h2><ol>{items}</ol></nav>"
    )


CHAPTERS = {
    "a.xhtml": page("<h1>One</h1><p>It was a dark night.</p>"),
    "b.xhtml": page("<h1>Two</h1><p>It was a <b>bright</b> day.</p>"),
}


def test_a_book_is_its_chapters_in_the_order_of_the_spine() -> None:
    content = epub(
        CHAPTERS,
        metadata=ABOUT,
        items=NCX_ITEM,
        spine="<itemref idref='c1'/><itemref idref='none'/><itemref idref='c0'/><itemref idref='c1'/>",
        parts={"OEBPS/toc.ncx": ncx(point("Chapter One", "a.xhtml") + point("Chapter Two", "b.xhtml#top"))},
    )
    assert read_epub(content) == Document(
        text="Two\n\nIt was a bright day.\n\nOne\n\nIt was a dark night.",
        title="The Sea",
        date="2001-01",
        author="Jane Doe; John Roe",
        publisher="Small Press",
        sections=(Section(0, "The Sea: Chapter Two"), Section(27, "The Sea: Chapter One")),
        encoding="epub",
    )


def test_the_new_form_of_contents_is_read_and_is_no_chapter() -> None:
    items = "<li><a href='a.xhtml'>Chapter <i>One</i></a><ol><li><a href='a.xhtml#x'>Part</a></li></ol></li>"
    items += "<li><a href='text/b%20c.xhtml'>Chapter Two</a></li>"
    content = epub(
        {"a.xhtml": CHAPTERS["a.xhtml"], "text/b c.xhtml": CHAPTERS["b.xhtml"]},
        metadata="<dc:title>The Sea</dc:title>",
        items=NAV_ITEM,
        spine="<itemref idref='nav'/><itemref idref='c0'/><itemref idref='c1'/>",
        parts={"OEBPS/nav.xhtml": nav(items)},
    )
    document = read_epub(content)
    assert document.text == "One\n\nIt was a dark night.\n\nTwo\n\nIt was a bright day."
    assert document.sections == (Section(0, "The Sea: Chapter One"), Section(27, "The Sea: Chapter Two"))


def test_a_part_without_a_title_goes_on_with_the_chapter_before() -> None:
    contents = ncx(point("Chapter One", "a.xhtml"))
    document = read_epub(epub(CHAPTERS, items=NCX_ITEM, parts={"OEBPS/toc.ncx": contents}))
    assert (document.title, document.sections) == ("", (Section(0, "Chapter One"),))


def test_several_chapters_in_one_part_begin_at_their_headings() -> None:
    body = "<h1>The Sea</h1><p>Two is a number.</p><h2>One</h2><p>Dark.</p><h2>Two</h2><p>Bright.</p>"
    points = (
        point("The Sea", "a.xhtml") + point("One", "a.xhtml#1") + point("Lost", "a.xhtml#2") + point("Two", "a.xhtml#3")
    )
    document = read_epub(epub({"a.xhtml": page(body)}, items=NCX_ITEM, parts={"OEBPS/toc.ncx": ncx(points)}))
    assert [(document.text[each.start :].split("\n")[0], each.title) for each in document.sections] == [
        ("The Sea", "The Sea"), ("One", "One"), ("Two", "Two")
    ]  # fmt: skip


def test_a_book_without_contents_is_read_without_sections() -> None:
    document = read_epub(epub(CHAPTERS, items=NCX_ITEM, parts={"OEBPS/toc.ncx": "<a><b>"}))
    assert (document.text[:3], document.sections) == ("One", ())


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<header><h1>One</h1></header><p>words</p><aside>A note.</aside>", "One\n\nwords\n\nA note."),
        ("<a id='x'/><p>a</p><script src='x'/><p>b</p>", "a\n\nb"),
        ("<p>a&nbsp;b<br/>c</p>", "a b\nc"),
    ],
)
def test_a_chapter_is_read_as_xhtml(body: str, text: str) -> None:
    assert read_epub(epub({"a.xhtml": page(body).replace("<title>The Sea</title>", "<title/>")})).text == text


def test_a_default_date_is_none() -> None:
    document = read_epub(
        epub(CHAPTERS, metadata="<dc:date>0101-01-01T00:00:00+00:00</dc:date><dc:title>Unknown</dc:title>")
    )
    assert (document.date, document.title) == (None, "")


def protected(algorithm: str) -> bytes:
    method = f"<EncryptedData><EncryptionMethod Algorithm='{algorithm}'/></EncryptedData>"
    return epub(CHAPTERS, parts={"META-INF/encryption.xml": f"<encryption>{method}</encryption>"})


def test_a_protected_book_says_so_and_obscured_fonts_are_no_protection() -> None:
    with pytest.raises(
        DocumentError, match=r"^it is protected against copying \(DRM\); use a copy without protection$"
    ):
        read_epub(protected("http://www.w3.org/2001/04/xmlenc#aes128-cbc"))
    assert read_epub(protected("http://www.idpf.org/2008/embedding")).text[:3] == "One"


def test_a_book_that_does_not_list_its_parts_is_damaged() -> None:
    with pytest.raises(DocumentError, match=r"^it does not say where its chapters are; open it in its own program"):
        read_epub(pack({"META-INF/container.xml": "<container/>"}))
