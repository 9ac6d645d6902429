import subprocess
import sys
import zlib
from base64 import b85decode
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.readers.number_formats import show_number
from rag.readers.spreadsheet import read_spreadsheet
from rag.types import Document, Section
from tests.office_files import SHARED, core_properties, meta, opendocument, xlsx

OLD_BOOK = (
    'c-rk)O=uHA6#izjo1dCCNlnF8D4}50{v1RQFKt?_7Q~clg{laeHmfbIN!V0GFGg#Qg5XK<Qm6+nRWJUag5Ep`6?+f_A<?5JLBT_t'
    '_07wsq%}eV8fe*Xm^W|U{Joj?=4bc)d>}jXxG9HK=!OG%(*tLTOi=U`Gk#FHX-c-3x+$7A))hQ%GNe<(i`sWCX+vr6927iK-w*}9'
    'P&|z!1`=^SR7LD(9il?&&?QvzJq7nD)}fL0s%JXNbTiY3T=yl@9+uo>+C_D<;uPk?18w^(KR%(fa9JHufv4Q&6H9iZ0dJ)rU%e#?'
    'bv5)F<I%~DQqZh=F$=PFzaG~OnfKv7YJii3&Pb%QuP=)r`N1rHnjzpval^k3+4Abj1xWsDrQG!wxtokwPVS+wT7Fwmfi%psLVAA&'
    'UR+RRiHZXklc@~tigu^;7$=7GQA3|vL@%EUPOgLFdQ{ezbsfNPBCY{LV^Krj1Vp0ANj-E#kDg0;fwA#eOpk{yC5%|AMqVC#*!Wi*'
    'HnqG3y+mX1F(2TK=%*<yKKTA2GBOxG!;&;#FokPqyPN_{T$3%RaUGW^C`<!rW4@i~b?$W=^G!^Hv>7OE9c-|eL(^R62A8(dIC~fi'
    ';T<LXPU17)jy`M7d=2j+ey%@vB{=snJcAZm<QTP=VHzExL)^V1@jP5ig>_(kX4?42;pJBRmhPr?*ZQy|cO@afw2+glBbIZDwN{0k'
    'gK`e5FHxp1!F|cqd4;X4YXE!sC_S7Oq{n&gqg$!R6JE%klB>TO))UKgy;@I{wVo!QQ*u>NZdGmAuwlc74I4J93}HQ+9oEBHvmSOX'
    '>%Yzt#k~ESWW(YZ5)`KB3-KW0lp45Pk^gLgCW?KDHMS}KFO(Rj(G5&sg!P!H*njC^E=uRK=7#=%w}mPlKVONS|9Sl1b-@tq'
)  # fmt: skip
"""A packed XLS of a visible sheet and a hidden one: no library of this project writes that format."""


def cell(place: str, value: object, *, kind: str = "", style: int = 0) -> str:
    return f'<c r="{place}" t="{kind}" s="{style}"><v>{value}</v></c>'


def rows(*lines: str) -> str:
    return "".join(f"<row>{line}</row>" for line in lines)


HEADER = cell("A1", 0, kind="s") + cell("B1", 1, kind="s")


def test_all_that_a_workbook_says_of_itself_is_kept() -> None:
    said = core_properties(
        title="Cups", creator="Jane Doe", created="2015-06-05T18:17:20Z", modified="2016-02-04T10:00:00Z"
    )
    content = xlsx(
        {"Sheet1": rows(HEADER, cell("A2", 2, kind="s") + cell("B2", "13"))},
        words=("Team", "Cups", "Leafs"),
        parts={"docProps/core.xml": said},
    )
    assert read_spreadsheet(content) == Document(
        text="Team: Leafs; Cups: 13.", title="Cups", author="Jane Doe", date="2016-02-04", encoding="xlsx"
    )


def test_several_sheets_are_named_and_hidden_ones_left_out() -> None:
    sheets = {name: rows(cell("A1", name.lower(), kind="str"), cell("A2", "x", kind="str")) for name in "ABCD"}
    sheets["E"] = ""
    content = xlsx(sheets, states={"B": "hidden", "C": "veryHidden"})
    assert read_spreadsheet(content).text == "A\n\na\nx\n\nD\n\nd\nx"


def test_a_sheet_that_begins_with_its_name_is_not_named_twice() -> None:
    sheets = {name: rows(cell("A1", name, kind="str"), cell("A2", "x", kind="str")) for name in ("Cups", "Games")}
    assert read_spreadsheet(xlsx(sheets)).text == "Cups\nx\n\nGames\nx"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (cell("A1", "13"), "13"),
        (cell("A1", "0.30000000000000004"), "0.3"),
        (cell("A1", "0.256", style=1), "25.6%"),
        (cell("A1", "36528", style=2), "2000-01-03"),
        (cell("A1", "36528.5", style=3), "2000-01-03 12:00"),
        (cell("A1", "1234.5", style=4), "$1,234.50"),
        (cell("A1", "7", style=5), "007"),
        (cell("A1", "7", style=99), "7"),
        (cell("A1", "1", kind="b"), "TRUE"),
        (cell("A1", "#DIV/0!", kind="e"), "#DIV/0!"),
        (cell("A1", "2001-01-03T00:00:00", kind="d"), "2001-01-03"),
        (cell("A1", "nan"), "nan"),
        (cell("A1", "9", kind="s"), ""),
        ('<c r="A1" t="inlineStr"><is><r><t>in </t></r><r><t>line</t></r><rPh><t>x</t></rPh></is></c>', "in line"),
        ('<c r="A1" t="str"><f>B1</f><v>formula</v></c>', "formula"),
        ('<c r="A1"><f>B1</f></c>', ""),
    ],
)
def test_a_cell_is_read_as_it_is_shown(written: str, shown: str) -> None:
    codes = ("0.0%", "[$-409]d/m/yy;@", "d\\ mmm\\ yyyy\\ h:mm", "&quot;$&quot;#,##0.00_);(#,##0.00)", "000")
    formats = "".join(f'<numFmt numFmtId="{n}" formatCode="{code}"/>' for n, code in enumerate(codes, start=164))
    styles = "".join(f'<xf numFmtId="{number}"/>' for number in (0, *range(164, 169)))
    content = xlsx({"a": rows(written)}, styles=f"<numFmts>{formats}</numFmts><cellXfs>{styles}</cellXfs>")
    assert read_spreadsheet(content).text == shown


def test_the_dates_of_a_mac_begin_in_1904() -> None:
    sheet, styles = rows(cell("A1", "35066")), '<cellXfs><xf numFmtId="14"/></cellXfs>'
    content = xlsx({"a": sheet}, styles=styles, settings='<workbookPr date1904="1"/>')
    assert read_spreadsheet(content).text == "2000-01-03"


@pytest.mark.parametrize(
    ("number", "number_format", "shown"),
    [
        (0.5, "h:mm", "12:00"),
        (1.5, "[h]:mm:ss", "36:00"),
        (-1234.5, "#,##0.00;(#,##0.00)", "-1,234.50"),
        (1234.5, "#,##0.00 [$€-407]", "1,234.50 €"),
        (2.675, "0.00", "2.68"),
        (1.5, "#.##", "1.5"),
        (1200, "_(* #,##0_);_(* (#,##0)", "1,200"),
        (3e6, '0.0,,"M"', "3000000"),
        (0.5, "# ?/?", "0.5"),
        (5551234, "000-0000", "5551234"),
        (12, '"day" 0', "12"),
        (1e20, "0.00", "1e+20"),
        (1e300, "General", "1e+300"),
        (1e9, "yyyy", "1000000000"),
        (3, "@", "3"),
    ],
)
def test_a_number_is_shown_in_its_format(number: float, number_format: str, shown: str) -> None:
    assert show_number(number, number_format) == shown


def test_an_old_workbook_is_read() -> None:
    assert read_spreadsheet(zlib.decompress(b85decode("".join(OLD_BOOK)))) == Document(
        text="Team: Maple Leafs; Cups: 13; Won: 1967-05-02; Share: 25%.", encoding="xls"
    )


def test_a_damaged_old_workbook_is_told() -> None:
    content = zlib.decompress(b85decode("".join(OLD_BOOK)))
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off; open it in its own program"):
        read_spreadsheet(content[:512] + content[1024:])


def test_an_opendocument_sheet_is_read_as_it_is_shown() -> None:
    def shown(words: str, more: str = "") -> str:
        return f"<table:table-cell {more}><text:p>{words}</text:p></table:table-cell>"

    first = (
        f"<table:table-row>{shown('Team')}{shown('Share')}{shown('Won')}</table:table-row>"
        f"<table:table-row>{shown('Blues')}"
        + shown("25 %", 'office:value-type="percentage" office:value="0.25"')
        + shown("3. Jan", 'office:value-type="date" office:date-value="2000-01-03T00:00:00"')
        + '<table:table-cell table:number-columns-repeated="16381"/></table:table-row>'
        '<table:table-row table:number-rows-repeated="1048573"><table:table-cell/></table:table-row>'
    )
    second = f"<table:table-row table:number-rows-repeated='2'>{shown('x')}</table:table-row>"
    body = "".join(
        f'<table:table table:name="{name}" table:style-name="{style}">{inner}</table:table>'
        for name, style, inner in (("First", "s", first), ("Secret", "h", second), ("Second", "s", second))
    )
    hidden = '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    parts = {"meta.xml": meta("<dc:title>Cups</dc:title><dc:date>2001-02-04T10:00:00</dc:date>")}
    assert read_spreadsheet(opendocument("spreadsheet", body, styles=hidden, parts=parts)) == Document(
        text="First\n\nTeam: Blues; Share: 25 %; Won: 2000-01-03.\n\nSecond\n\nx\nx",
        title="Cups",
        date="2001-02-04",
        encoding="ods",
        sections=(Section(0, "Cups: First"), Section(51, "Cups: Second")),
    )


def test_a_few_letters_that_say_a_million_cells_are_refused() -> None:
    cells = '<table:table-cell table:number-columns-repeated="1000"><text:p>x</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cells}</table:table-row>'
    with pytest.raises(DocumentError, match=r"^a sheet of it has more than 4,000,000 cells; split it$"):
        read_spreadsheet(opendocument("spreadsheet", f"<table:table>{row}</table:table>"))


def test_a_long_word_that_many_cells_share_is_refused() -> None:
    sheet = rows(*[cell(f"A{number}", 0, kind="s") for number in range(1, 300)])
    with pytest.raises(DocumentError, match=r"^it holds more than 20,000,000 characters; split it into smaller files$"):
        read_spreadsheet(xlsx({"a": sheet}, words=["word " * 20_000]))


def test_cells_that_are_far_apart_take_no_memory() -> None:
    far = cell("A1", "1") + cell("XFD1", "2") + cell("XFD1048576", "3")
    assert read_spreadsheet(xlsx({"a": rows(far)})).text == "1 | 2\n\n3"
    apart = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    assert read_spreadsheet(xlsx({"a": apart})).text == "1\n\n2"


def test_a_sheet_with_a_dtd_is_refused() -> None:
    sheet = "<!DOCTYPE a [<!ENTITY b 'c'>]><worksheet><sheetData/></worksheet>"
    with pytest.raises(DocumentError, match=r"^its XML defines entities or a DTD; save it again"):
        read_spreadsheet(xlsx({"a": ""}, parts={"xl/worksheets/sheet1.xml": sheet}))


def test_a_tag_without_end_is_refused() -> None:
    attributes = "".join(f" a{number}=''" for number in range(150_000))
    with pytest.raises(DocumentError, match=r"^it is too large to be read as a whole; split it"):
        read_spreadsheet(xlsx({"a": ""}, parts={"xl/worksheets/sheet1.xml": f"<worksheet{attributes}/>"}))


def test_a_sheet_of_half_a_million_cells_is_read_within_a_gigabyte() -> None:
    program = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1_000_000_000, 1_000_000_000))\n"
        "from rag.readers.spreadsheet import read_spreadsheet\n"
        "from tests.office_files import xlsx\n"
        "row = '<row>' + '<c><v>{0}</v></c><c><v>{1}</v></c>' * 5 + '</row>'\n"
        "sheet = ''.join(row.format(n, n / 7) for n in range(50_000))\n"
        "print(read_spreadsheet(xlsx({'a': sheet})).text.count('|'))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False
    )
    assert (run.stdout, run.stderr) == ("450000\n", "")


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_real_workbooks_are_read() -> None:
    document = read_spreadsheet((SHARED / "unstructured/stanley-cups.xlsx").read_bytes())
    assert document == Document(
        text="Stanley Cups\nTeam: Blues; Location: STL; Stanley Cups: 1.\n"
        "Team: Flyers; Location: PHI; Stanley Cups: 2.\n"
        "Team: Maple Leafs; Location: TOR; Stanley Cups: 13.\n\nStanley Cups Since 67\n"
        "Team: Blues; Location: STL; Stanley Cups: 1.\nTeam: Flyers; Location: PHI; Stanley Cups: 2.\n"
        "Team: Maple Leafs; Location: TOR; Stanley Cups: 0.",
        encoding="xlsx",
        sections=(Section(0, "Stanley Cups"), Section(157, "Stanley Cups Since 67")),
    )
    document = read_spreadsheet((SHARED / "markitdown/test.xlsx").read_bytes())
    assert (document.author, document.date) == ("Adam Fourney", "2024-03-15")
    lines = document.text.splitlines()
    assert "Alpha: 58; Beta: 6ff4173b-42a5-4784-9b19-f49caff4d93d; Gamma: 22; Delta: 9." in lines
    assert "09060124-b5e7-4717-9d07-3c046eb" in lines
    assert lines[-1] == "ColA: 13; ColB: 14; ColC: 15; ColD: affc7dad-52dc-4b98-9b5d-51e65d8a8ad0."
