import time

import pytest

from rag.errors import DocumentError
from rag.readers.delimited import read_delimited
from rag.types import Document
from tests.office_files import SHARED

CUPS = "Stanley Cups\n" + "\n".join(
    f"Team: {team}; Location: {city}; Stanley Cups: {cups}."
    for team, city, cups in (("Blues", "STL", 1), ("Flyers", "PHI", 2), ("Maple Leafs", "TOR", 13))
)


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_delimiter_is_found(delimiter: str, end: str) -> None:
    rows = (("Name", "Price, net", "Note"), ("Tea", "1,50", "hot"), ("Milk", "2,00", "cold"))
    quoted = (delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows)
    assert read_delimited(end.join(quoted).encode()).text == (
        "Name: Tea; Price, net: 1,50; Note: hot.\nName: Milk; Price, net: 2,00; Note: cold."
    )


def test_a_file_may_state_its_delimiter() -> None:
    assert read_delimited(b"sep=:\r\nName:City\r\nBob:a;b\r\n").text == "Name: Bob; City: a;b."


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ('a,"b, c"\n1,"2\n3"\n', "a: 1; b, c: 2 3."),
        ('a,"say ""yes"""\n1,2\n', 'a: 1; say "yes": 2.'),
        ('a, "b, c"\n1, 2\n', "a: 1; b, c: 2."),
        ('Size,Name\n5" pipe,x\n', 'Size: 5" pipe; Name: x.'),
        ('Size,Name\n"5 inch,x\n6,y\n', 'Size: "5 inch; Name: x.\nSize: 6; Name: y.'),
        ('Size,Name\n"5" inch,x\n', "Size: 5 inch; Name: x."),
        ("Name\nBob\n", "Name\nBob"),
        ("a,b\n" + f"{'x' * 200_000},1\n", f"a: {'x' * 200_000}; b: 1."),
        (" \n", ""),
    ],
)
def test_quotation_marks_are_read_as_they_are_meant(content: str, text: str) -> None:
    assert read_delimited(content.encode()).text == text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "cp932"])
def test_any_encoding_is_read(encoding: str) -> None:
    words = "名前,都市\n太郎,東京\n花子さんは元気です,大阪\n" if encoding == "cp932" else "Name,City\nZoë,Zürich\n"
    expected = (
        "名前: 太郎; 都市: 東京.\n名前: 花子さんは元気です; 都市: 大阪."
        if encoding == "cp932"
        else "Name: Zoë; City: Zürich."
    )
    assert read_delimited(words.encode(encoding)).text == expected


def test_a_workbook_is_no_delimited_text() -> None:
    with pytest.raises(DocumentError, match=r"^it holds a ZIP archive or an Office document, not text"):
        read_delimited(b"PK\x03\x04")


@pytest.mark.parametrize("content", ['"' * 200_000, ",".join("\"a'") * 50_000, "a;" * 200_000, '"a\n' * 50_000])
def test_no_text_makes_the_reader_slow(content: str) -> None:
    started = time.monotonic()
    read_delimited(content.encode())
    assert time.monotonic() - started < 5


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
@pytest.mark.parametrize(
    ("name", "encoding"),
    [("stanley-cups.csv", "utf-8"), ("stanley-cups.tsv", "utf-8"), ("stanley-cups-utf-16.csv", "utf-16-be")],
)
def test_real_tables_are_read(name: str, encoding: str) -> None:
    assert read_delimited((SHARED / "unstructured" / name).read_bytes()) == Document(text=CUPS, encoding=encoding)


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_table_with_commas_in_its_cells_is_parted_at_semicolons() -> None:
    text = read_delimited((SHARED / "unstructured/semicolon-delimited.csv").read_bytes()).text
    assert text.splitlines()[1] == "Lorem, ipsum: sed, do; dolor sit: eiusmod; amet: tempor incididunt."
