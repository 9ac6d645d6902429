"""Small office files, made by hand from the parts that a reader needs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

SHARED = Path(__file__).parents[2] / "shared" / "documents" / "files"
"""Real files; not everywhere."""

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_OPEN = "urn:oasis:names:tc:opendocument:xmlns"
_OFFICE_NAMES = (
    f'xmlns:w="urn:w" xmlns:a="urn:a" xmlns:p="urn:p" xmlns:c="urn:c" xmlns:m="urn:m" xmlns:mc="urn:mc"'
    f' xmlns:dgm="urn:dgm" xmlns:r="{_RELATIONS}"'
)
_OPEN_NAMES = " ".join(
    f'xmlns:{name}="{_OPEN}:{kind}:1.0"'
    for name, kind in (
        *(("office", "office"), ("text", "text"), ("table", "table"), ("draw", "drawing"), ("form", "form")),
        *(("style", "style"), ("meta", "meta"), ("svg", "svg-compatible")),
    )
)


def pack(parts: Mapping[str, str | bytes]) -> bytes:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return packed.getvalue()


def office_xml(tag: str, inner: str) -> str:
    return f"<{tag} {_OFFICE_NAMES}>{inner}</{tag}>"


def relations(parts: Iterable[tuple[str, str]]) -> str:
    """Pairs of kind and target, which get the ids rId1, rId2, …"""
    items = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for number, (kind, target) in enumerate(parts, start=1)
    )
    return f'<Relationships xmlns="urn:rels">{items}</Relationships>'


def core_properties(**said: str) -> str:
    return (
        f'<p:props xmlns:p="urn:p">{"".join(f"<p:{name}>{words}</p:{name}>" for name, words in said.items())}</p:props>'
    )


def docx(body: str, *, parts: Mapping[str, str] | None = None) -> bytes:
    """`body` is what stands in `w:body`; the styles, footnotes and endnotes among the parts are related to it."""
    kinds = ("styles", "footnotes", "endnotes")
    return pack(
        {
            "_rels/.rels": relations([("officeDocument", "word/document.xml")]),
            "word/document.xml": office_xml("w:document", f"<w:body>{body}</w:body>"),
            "word/_rels/document.xml.rels": relations(
                (kind, f"{kind}.xml") for kind in kinds if f"word/{kind}.xml" in (parts or {})
            ),
            **(parts or {}),
        }
    )


def paragraph(text: str, settings: str = "") -> str:
    return f"<w:p><w:pPr>{settings}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def pptx(slides: list[str], *, parts: Mapping[str, str] | None = None, again: Iterable[int] = ()) -> bytes:
    """Each slide is what stands in its `p:spTree`; those of these numbers are listed once more."""
    names = [f"slides/slide{number}.xml" for number in range(1, len(slides) + 1)]
    numbers = (*range(1, len(slides) + 1), *again)
    ids = "".join(f'<p:sldId id="{256 + number}" r:id="rId{number}"/>' for number in numbers)
    return pack(
        {
            "_rels/.rels": relations([("officeDocument", "ppt/presentation.xml")]),
            "ppt/presentation.xml": office_xml("p:presentation", f"<p:sldIdLst>{ids}</p:sldIdLst>"),
            "ppt/_rels/presentation.xml.rels": relations(("slide", name) for name in names),
            **{f"ppt/{name}": slide_xml(slide) for name, slide in zip(names, slides, strict=True)},
            **(parts or {}),
        }
    )


def slide_xml(shapes: str) -> str:
    return office_xml("p:sld", f"<p:cSld><p:spTree>{shapes}</p:spTree></p:cSld>")


def shape(*lines: str, placeholder: str = "", place: tuple[int, int] | None = None) -> str:
    """A text box; its place is from the left and from the top, in thousands."""
    offset = f'<a:xfrm><a:off x="{place[0] * 1000}" y="{place[1] * 1000}"/></a:xfrm>' if place else ""
    return (
        f"<p:sp><p:nvSpPr><p:nvPr>{placeholder}</p:nvPr></p:nvSpPr><p:spPr>{offset}</p:spPr>"
        f"<p:txBody>{''.join(f'<a:p><a:r><a:t>{line}</a:t></a:r></a:p>' for line in lines)}</p:txBody></p:sp>"
    )


def xlsx(
    sheets: Mapping[str, str],
    *,
    words: Iterable[str] = (),
    styles: str = "",
    states: Mapping[str, str] | None = None,
    settings: str = "",
    parts: Mapping[str, str] | None = None,
    again: Iterable[str] = (),
) -> bytes:
    """Each sheet is what stands in its `sheetData`; the words are the shared ones; some sheets are listed `again`."""
    names = [f"worksheets/sheet{number}.xml" for number in range(1, len(sheets) + 1)]
    listed = "".join(
        f'<sheet name="{name}" r:id="rId{[*sheets].index(name) + 1}" state="{(states or {}).get(name, "visible")}"/>'
        for name in (*sheets, *again)
    )
    related = [("worksheet", name) for name in names] + [("sharedStrings", "words.xml"), ("styles", "styles.xml")]
    return pack(
        {
            "_rels/.rels": relations([("officeDocument", "xl/workbook.xml")]),
            "xl/workbook.xml": office_xml("workbook", f"{settings}<sheets>{listed}</sheets>"),
            "xl/_rels/workbook.xml.rels": relations(related),
            "xl/words.xml": office_xml("sst", "".join(f"<si><t>{each}</t></si>" for each in words)),
            "xl/styles.xml": office_xml("styleSheet", styles),
            **{
                f"xl/{name}": office_xml("worksheet", f"<sheetData>{sheet}</sheetData>")
                for name, sheet in zip(names, sheets.values(), strict=True)
            },
            **(parts or {}),
        }
    )


def opendocument(kind: str, body: str, *, styles: str = "", parts: Mapping[str, str] | None = None) -> bytes:
    """A `text` or a `spreadsheet`."""
    content = (
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body>"
    )
    return pack(
        {
            "mimetype": f"application/vnd.oasis.opendocument.{kind}",
            "content.xml": f"<office:document-content {_OPEN_NAMES}>{content}</office:document-content>",
            **(parts or {}),
        }
    )


def meta(said: str) -> str:
    names = f'{_OPEN_NAMES} xmlns:dc="urn:dc"'
    return f"<office:document-meta {names}><office:meta>{said}</office:meta></office:document-meta>"


def epub(
    chapters: Mapping[str, str],
    *,
    metadata: str = "",
    items: str = "",
    spine: str = "",
    parts: Mapping[str, str | bytes] | None = None,
) -> bytes:
    """The chapters by their file in the folder `OEBPS`, in the order of the spine unless another is given."""
    listed = "".join(
        f'<item id="c{number}" href="{name}" media-type="application/xhtml+xml"/>'
        for number, name in enumerate(chapters)
    )
    spine = spine or "".join(f'<itemref idref="c{number}"/>' for number in range(len(chapters)))
    return pack(
        {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": (
                '<container xmlns="urn:c"><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
            ),
            "OEBPS/book.opf": (
                '<package xmlns="urn:opf" xmlns:opf="urn:opf" xmlns:dc="urn:dc">'
                f"<metadata>{metadata}</metadata><manifest>{listed}{items}</manifest><spine>{spine}</spine></package>"
            ),
            **{f"OEBPS/{name}": page for name, page in chapters.items()},
            **(parts or {}),
        }
    )
