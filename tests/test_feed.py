import contextlib
import time
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.readers.feed import read_feed
from rag.types import Document, Section

SHARED = Path(__file__).parents[2] / "shared"
FEED = SHARED / "documents" / "files" / "markitdown" / "test_rss.xml"
needs_shared = pytest.mark.skipif(not FEED.is_file(), reason="the folder of shared documents is not there")

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>Daily &amp; Co</title><description>News of the day</description>
<item><title>Talks in Tehran</title><pubDate>Wed, 03 Jan 2001 10:00:00 GMT</pubDate><dc:creator>Jane Doe</dc:creator>
<description>Short.</description><content:encoded><![CDATA[<!DOCTYPE html><p>Talks <b>began</b>.</p><p>They go on.</p>
<script>no</script>]]></content:encoded></item>
<item><title>A new anthem</title><author>j@paper.org (John Roe)</author>
<description>&lt;p&gt;Few knew it &amp;amp; sang.&lt;/p&gt;</description></item>
</channel></rss>"""
RSS_TEXT = (
    "Daily & Co\nNews of the day\n\nTalks in Tehran\nWed, 03 Jan 2001 10:00:00 GMT\nJane Doe\n\nTalks began.\n\n"
    "They go on.\n\nA new anthem\nJohn Roe\n\nFew knew it & sang."
)
ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><title type="html">The &lt;i&gt;Review&lt;/i&gt;</title>
<updated>2003-12-14T18:30:02Z</updated><author><name>Ann</name></author>
<entry><title>Robots</title><updated>2003-12-13T18:30:02Z</updated><author><name>Bo</name></author>
<author><name>Cy</name></author><content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>They <i>run</i>.</p>
</div></content></entry>
<entry><title>Plain</title>
<published>2004-01-02T00:00:00Z</published><summary>Some text, 3 &lt; 4.</summary></entry></feed>"""
RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Old</title></channel>
<item><title>Item</title><description>Words.</description><dc:date>2001-01-03</dc:date></item></rdf:RDF>"""


def test_each_item_of_a_feed_is_a_section() -> None:
    assert read_feed(RSS.encode()) == Document(
        text=RSS_TEXT,
        title="Daily & Co",
        publisher="Daily & Co",
        encoding="utf-8",
        sections=(
            Section(RSS_TEXT.index("Talks in"), "Talks in Tehran", "2001-01-03", "Jane Doe"),
            Section(RSS_TEXT.index("A new"), "A new anthem", None, "John Roe"),
        ),
    )


def test_an_atom_feed_is_read() -> None:
    text = (
        "The Review\n\nRobots\n2003-12-13T18:30:02Z\nBo; Cy\n\nThey run.\n\n"
        "Plain\n2004-01-02T00:00:00Z\n\nSome text, 3 < 4."
    )
    assert read_feed(ATOM.encode()) == Document(
        text=text,
        title="The Review",
        date="2003-12-14",
        publisher="The Review",
        author="Ann",
        encoding="utf-8",
        sections=(
            Section(12, "Robots", "2003-12-13", "Bo; Cy"),
            Section(text.index("Plain"), "Plain", "2004-01-02"),
        ),
    )


def test_a_feed_of_the_first_kind_is_read() -> None:
    document = read_feed(RDF.encode())
    assert (document.text, document.sections) == (
        "Old\n\nItem\n2001-01-03\n\nWords.",
        (Section(5, "Item", "2001-01-03"),),
    )


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-5"])
def test_a_feed_is_read_in_its_encoding(encoding: str) -> None:
    source = RSS.replace("UTF-8", encoding.removesuffix("-sig")).replace("Tehran", "Москва")
    assert read_feed(source.encode(encoding)).sections[0].title == "Talks in Москва"


def test_a_feed_that_is_not_well_formed_is_read_as_far_as_it_goes() -> None:
    document = read_feed(RSS.replace("Daily &amp; Co", "Daily & Co&nbsp;").encode())
    assert [section.title for section in document.sections] == ["Talks in Tehran", "A new anthem"]


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<book><title>Big Book</title><p>Some <em>mixed</em> text.</p><p>Other\n text.</p></book>",
         "Big Book\n\nSome mixed text.\n\nOther text."),
        ("<people><who><name>Ada</name><born>1815</born></who><who><name>Al</name></who></people>", "Ada\n1815\n\nAl"),
        ("<a>one &lt; two &#233;<!-- not --></a>", "one < two é"),
        ("<a/>", ""),
    ],
)  # fmt: skip
def test_of_other_xml_the_text_is_read(source: str, text: str) -> None:
    assert read_feed(source.encode()) == Document(text=text, encoding="utf-8")


def test_a_page_under_the_ending_of_xml_is_read_as_a_page() -> None:
    page = '<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://a.b"><title>A</title><p>b'
    assert read_feed(page.encode()) == Document(text="b", title="A", encoding="utf-8")


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (
            '<!DOCTYPE r [<!ENTITY a "b">]><rss version="2.0"/>',
            "it holds a document type or entities, which may be harmful",
        ),
        ('<!-- a --><!doctype rss SYSTEM "http://a.b/c.dtd"><rss/>', "it holds a document type or entities"),
        ("<a><b></a>", "its XML is damaged; open it in its own program and save it again"),
        ("Just a text.", "its XML is damaged"),
    ],
)
def test_what_cannot_be_read_says_why(source: str, reason: str) -> None:
    with pytest.raises(DocumentError, match=reason):
        read_feed(source.encode())


@pytest.mark.parametrize("source", ["<!--" * 100_000, "<![CDATA[" * 100_000, "<a>" * 100_000, RSS + " " * 200_000])
def test_no_feed_is_slow(source: str) -> None:
    started = time.monotonic()
    with contextlib.suppress(DocumentError):
        read_feed(source.encode())
    assert time.monotonic() - started < 5


@needs_shared
def test_the_shared_feed_is_read() -> None:
    document = read_feed(FEED.read_bytes())
    assert (document.title, document.date, len(document.sections)) == ("The Official Microsoft Blog", "2024-12-09", 10)
    assert "In the case of AI, it is absolutely true that the industry is moving incredibly fast" in document.text
    for section in document.sections:
        assert document.text[section.start :].startswith(section.title)
        assert section.date
        assert section.author
