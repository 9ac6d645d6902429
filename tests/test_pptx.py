import pytest

from rag.readers.pptx import read_pptx
from rag.types import Document
from tests.office_files import SHARED, core_properties, office_xml, pptx, relations, shape, slide_xml

TITLE = '<p:ph type="title"/>'


def text_of(shapes: str) -> str:
    return read_pptx(pptx([shapes])).text


def figure(kind: str, data: str) -> str:
    return f"<p:graphicFrame><a:graphic><a:graphicData><{kind} {data}/></a:graphicData></a:graphic></p:graphicFrame>"


def test_each_slide_is_a_page_with_its_title_first() -> None:
    said = core_properties(title="PowerPoint Presentation", creator="Jane Doe", modified="2001-02-04T10:00:00Z")
    slides = [
        shape("A box", place=(0, 0)) + shape("Growth", "in 2001", placeholder=TITLE, place=(0, 9000)),
        "",
        shape("Fall", placeholder=TITLE) + shape("We fell.", "Then we rose.", place=(0, 500)),
    ]
    document = read_pptx(pptx(slides, parts={"docProps/core.xml": said}))
    assert document == Document(
        text="Growth in 2001\n\nA box\n\nFall\n\nWe fell.\nThen we rose.",
        title="Growth in 2001",
        date="2001-02-04",
        author="Jane Doe",
        pages=(0, 21, 23),
        encoding="pptx",
    )
    assert [document.page_at(document.text.index(words)) for words in ("Growth", "A box", "Fall", "rose")] == [
        1,
        1,
        3,
        3,
    ]


def test_a_hidden_slide_is_left_out_but_counted() -> None:
    hidden = office_xml("p:sld", f"<p:cSld><p:spTree>{shape('secret')}</p:spTree></p:cSld>").replace(
        "<p:sld ", '<p:sld show="0" '
    )
    document = read_pptx(pptx(["", shape("seen")]))
    assert document.pages == (0, 0)
    document = read_pptx(pptx([shape("first"), "", shape("third")], parts={"ppt/slides/slide2.xml": hidden}))
    assert (document.text, document.page_at(document.text.index("third"))) == ("first\n\nthird", 3)


def test_shapes_are_read_downwards_and_from_left_to_right() -> None:
    shapes = (
        shape("4", place=(0, 5000)) + shape("2", place=(4000, 1100)) + shape("3", place=(0, 3000))
        + shape("1", place=(100, 1200))
    )  # fmt: skip
    assert text_of(shapes) == "1\n\n2\n\n3\n\n4"


def test_the_shapes_of_a_group_stay_together() -> None:
    group = (
        '<p:grpSp><p:grpSpPr><a:xfrm><a:off x="0" y="2000000"/></a:xfrm></p:grpSpPr>'
        + shape("3", place=(0, 90_000)) + shape("2", place=(0, 70_000)) + "</p:grpSp>"
    )  # fmt: skip
    assert text_of(shape("4", place=(0, 4000)) + group + shape("1", place=(0, 1000))) == "1\n\n2\n\n3\n\n4"


def test_a_placeholder_stands_where_its_layout_puts_it() -> None:
    layout = office_xml("p:sldLayout", shape("x", placeholder='<p:ph type="body" idx="7"/>', place=(0, 1000)))
    master = office_xml("p:sldMaster", shape("x", placeholder='<p:ph type="pic"/>', place=(0, 3000)))
    text = read_pptx(
        pptx(
            [
                shape("3", placeholder='<p:ph type="pic" idx="8"/>')
                + shape("2", place=(0, 2000))
                + shape("1", placeholder='<p:ph idx="7"/>')
            ],
            parts={
                "ppt/slides/_rels/slide1.xml.rels": relations([("slideLayout", "../layouts/a.xml")]),
                "ppt/layouts/a.xml": layout,
                "ppt/layouts/_rels/a.xml.rels": relations([("slideMaster", "../masters/b.xml")]),
                "ppt/masters/b.xml": master,
            },
        )
    ).text
    assert text == "1\n\n2\n\n3"


def test_what_stands_on_every_slide_is_left_out() -> None:
    chrome = "".join(shape(kind, placeholder=f'<p:ph type="{kind}"/>') for kind in ("dt", "ftr", "sldNum"))
    number = "<p:sp><p:txBody><a:p><a:fld type='slidenum'><a:t>7</a:t></a:fld></a:p></p:txBody></p:sp>"
    assert text_of(chrome + shape("words") + number) == "words"


def test_a_table_is_read_by_rows_with_merged_cells_once() -> None:
    cell = "<a:tc {}><a:txBody><a:p><a:r><a:t>{}</a:t></a:r></a:p></a:txBody></a:tc>"
    rows = (
        "<a:tr>" + cell.format("", "Team") + cell.format("", "Cups")
        + "</a:tr><a:tr>" + cell.format("gridSpan='2'", "Blues")
        + cell.format("hMerge='1'", "x") + "</a:tr>"
    )  # fmt: skip
    table = (
        f"<p:graphicFrame><a:graphic><a:graphicData><a:tbl>{rows}</a:tbl></a:graphicData></a:graphic></p:graphicFrame>"
    )
    assert text_of(table) == "Team | Cups\nBlues"


def test_the_words_for_a_picture_are_read_unless_nobody_wrote_them() -> None:
    picture = "<p:pic><p:nvPicPr><p:cNvPr descr='{}'/></p:nvPicPr></p:pic>"
    assert text_of(picture.format("A red fox.&#10;&#10;Description automatically generated")) == "A red fox."
    assert text_of(picture.format("Picture4.jpg") + shape("words")) == "words"


def test_notes_follow_the_slide() -> None:
    body = shape("slide", placeholder='<p:ph type="sldNum"/>') + shape("Say this.", placeholder='<p:ph type="body"/>')
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": relations([("notesSlide", "../notes/1.xml")]),
        "ppt/notes/1.xml": slide_xml(body),
    }
    assert read_pptx(pptx([shape("words"), shape("next")], parts=parts)).text == "words\n\nSay this.\n\nnext"


def test_a_chart_has_its_title_its_categories_and_values() -> None:
    def cache(number_format: str, *values: str) -> str:
        points = "".join(f'<c:pt idx="{n}"><c:v>{value}</c:v></c:pt>' for n, value in enumerate(values))
        return f"<c:numRef><c:numCache><c:formatCode>{number_format}</c:formatCode>{points}</c:numCache></c:numRef>"

    def series(name: str, number_format: str, *values: str) -> str:
        names = f"<c:tx><c:strRef><c:strCache><c:pt idx='0'><c:v>{name}</c:v></c:pt></c:strCache></c:strRef></c:tx>"
        return (
            f"<c:ser>{names}<c:cat>{cache('General', '2001', '2002')}</c:cat>"
            f"<c:val>{cache(number_format, *values)}</c:val></c:ser>"
        )

    chart = office_xml(
        "c:chartSpace",
        "<c:chart><c:title><c:tx><c:rich><a:p><a:r><a:t>Growth </a:t></a:r><a:r><a:t>by year</a:t></a:r></a:p></c:rich>"
        f"</c:tx></c:title>{series('North', '0%', '0.25', '0.5')}{series('South', 'General', '1.10', 'n/a')}</c:chart>",
    )
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": relations([("chart", "../charts/chart1.xml")]),
        "ppt/charts/chart1.xml": chart,
    }
    text = read_pptx(pptx([figure("c:chart", 'r:id="rId1"')], parts=parts)).text
    assert text == "Growth by year\nNorth | South\n2001 | 25% | 1.1\n2002 | 50% | n/a"


def test_a_diagram_has_the_words_of_its_nodes() -> None:
    node = "<dgm:pt type='{}'><dgm:t><a:p><a:r><a:t>{}</a:t></a:r></a:p></dgm:t></dgm:pt>"
    model = office_xml(
        "dgm:dataModel", node.format("node", "Plan") + node.format("parTrans", "x") + node.format("node", "Do")
    )
    parts = {
        "ppt/slides/_rels/slide1.xml.rels": relations([("diagramData", "../diagrams/data1.xml")]),
        "ppt/diagrams/data1.xml": model,
    }
    assert read_pptx(pptx([figure("dgm:relIds", 'r:dm="rId1"')], parts=parts)).text == "Plan\nDo"


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_deck_has_all_its_phrases() -> None:
    document = read_pptx((SHARED / "markitdown/test.pptx").read_bytes())
    title = "AutoGen: Enabling Next-Gen LLM Applications via Multi-Agent Conversation"
    assert (document.title, document.author, document.date) == (title, "Adam Fourney", "2025-03-05")
    phrases = {
        title: 1,
        "2cdda5c8-e50e-4db4-b5f0-9722a649f455": 2,
        "44bf7d06-5e7a-4a40-a2e1-a2e42ef28c8a": 2,
        "04191ea8-5c73-4215-a1d3-1cfb43aaaf12": 2,
        "1b92870d-e3b5-4e65-8153-919f4ff45592": 3,
        "a3f6004b-6f4f-4ea8-bee3-3741f4dc385f": 4,
        "2003": 4,
        "Sub comment 2": 5,
        "This phrase of the caption is Human-written.": 6,
    }
    assert {phrase: document.page_at(document.text.index(phrase)) for phrase in phrases} == phrases


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_malformed_deck_is_read() -> None:
    assert read_pptx((SHARED / "unstructured/fake-power-point-malformed.pptx").read_bytes()) == Document(
        text="Test Slide", title="Test Slide", date="2023-06-15", author="Heather Hoyt", pages=(0,), encoding="pptx"
    )
