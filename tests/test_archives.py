import struct
import time
from io import BytesIO
from zipfile import ZIP_BZIP2, ZipFile, ZipInfo

import pytest

from rag.errors import DocumentError
from rag.readers.archives import MAX_ENTRIES, open_archive
from rag.readers.docx import read_docx
from rag.readers.elements import parse_xml
from rag.readers.epub import read_epub
from rag.readers.spreadsheet import read_spreadsheet
from tests.office_files import SHARED, docx, opendocument, pack, paragraph, pptx, xlsx

COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def test_the_parts_are_read_by_their_names() -> None:
    archive = open_archive(pack({"a/b.xml": "<b>x</b>", "c": b"\0"}))
    root = archive.parse("a/b.xml")
    assert root is not None
    assert (tuple(archive.names), archive.read("c"), root.text, archive.parse("d.xml")) == (
        ("a/b.xml", "c"),
        b"\0",
        "x",
        None,
    )


def test_the_folders_of_names_may_be_parted_as_on_windows() -> None:
    assert open_archive(pack({"word\\document.xml": "x"})).read("word/document.xml") == b"x"


def test_a_part_that_is_not_there_is_named() -> None:
    with pytest.raises(DocumentError, match=r"^it lacks the part 'a'; open it in its own program and save it again"):
        open_archive(pack({"b": ""})).read("a")


def test_many_parts_are_refused_before_they_are_listed() -> None:
    content = pack(dict.fromkeys(map(str, range(MAX_ENTRIES + 1)), ""))
    with pytest.raises(DocumentError, match=r"^it holds more than 10,000 parts; split it"):
        open_archive(content)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    with pytest.raises(DocumentError, match=r"^it unpacks to 20 MB, too much for its size; split it"):
        open_archive(pack({"a.xml": bytes(20_000_000)}))


def test_a_bomb_that_says_it_is_small_is_read_no_further_than_it_says() -> None:
    content = pack({"a.xml": bytes(20_000_000)})
    lying = content.replace(struct.pack("<L", 20_000_000), struct.pack("<L", 1_000))
    assert lying != content
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off; open it in its own program"):
        open_archive(lying).read("a.xml")


def test_a_part_that_says_it_is_larger_is_refused() -> None:
    content = pack({"a.xml": "abc" * 1000})
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off"):
        open_archive(content.replace(struct.pack("<L", 3_000), struct.pack("<L", 3_001))).read("a.xml")


def test_parts_that_are_large_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.readers.archives.MAX_READ", 1_000_000)
    archive = open_archive(pack({"a": bytes(600_000), "b": bytes(600_000)}))
    archive.read("a")
    with pytest.raises(DocumentError, match=r"^it unpacks to more than 1 MB of text; split it"):
        archive.read("b")


@pytest.mark.parametrize("name", ["../a", "a/../../b", "/a", "\\a", "C:\\a", "c:a", "a\\..\\b"])
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str) -> None:
    with pytest.raises(DocumentError, match=r"^the name of a part of it leads out of it; save it again"):
        open_archive(pack({name: ""}))


def test_a_name_with_a_nul_is_refused() -> None:
    content = pack({"aXb": ""}).replace(b"aXb", b"a\0b")
    with pytest.raises(DocumentError, match=r"^the name of a part of it leads out of it"):
        open_archive(content)


def test_two_parts_of_one_name_are_refused() -> None:
    content = pack({"aa": "1", "ab": "2"}).replace(b"ab", b"aa")
    with pytest.raises(DocumentError, match=r"^it holds two parts of one name; save it again"):
        open_archive(content)


def test_an_encrypted_part_needs_a_password() -> None:
    content = bytearray(pack({"a": "1"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(DocumentError, match=r"^it needs a password; save a copy without one$"):
        open_archive(bytes(content))


def test_an_unusual_compression_is_refused() -> None:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_BZIP2) as archive:
        archive.writestr("a", "words " * 100)
    with pytest.raises(DocumentError, match=r"^it is packed in an unusual way; save it again"):
        open_archive(packed.getvalue())


@pytest.mark.parametrize("size", [30, 150, 200])
def test_an_archive_that_was_cut_off_is_damaged(size: int) -> None:
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off"):
        open_archive(pack({"a.xml": "words", "b.xml": "words"})[:size])


def test_a_part_whose_bytes_have_changed_is_damaged() -> None:
    packed = BytesIO()
    with ZipFile(packed, "w") as archive:
        archive.writestr(ZipInfo("a"), "words")
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off"):
        open_archive(packed.getvalue().replace(b"words", b"wards")).read("a")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"%PDF-1.7", "it holds a PDF; give the file the ending .pdf"),
        (b"{\\rtf1}", "it holds an RTF document; give the file the ending .rtf"),
        (b"\n<!DOCTYPE html><p>", "it holds a web page; give the file the ending .html"),
        (b"nothing", "it is damaged or was cut off"),
        (b"", "it is damaged or was cut off"),
        (COMPOUND + "EncryptedPackage".encode("utf-16-le"), "it needs a password; save a copy without one"),
        (COMPOUND + "WordDocument".encode("utf-16-le"), r"it holds an old Word document \(.doc\); open"),
        (COMPOUND, "it holds an old Office document; open it in its program"),
        (pptx([""]), "it holds a presentation; give the file the ending .pptx"),
        (xlsx({"a": ""}), "it holds an Excel workbook; give the file the ending .xlsx"),
        (opendocument("text", ""), "it holds an OpenDocument text; give the file the ending .odt"),
        (pack({"report.docx": docx("")}), "it is an archive of other files; unpack it, and ingest what is in it"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_told_what_it_is(content: bytes, reason: str) -> None:
    with pytest.raises(DocumentError, match=f"^{reason}"):
        read_docx(content)


def test_a_document_without_its_main_part_is_damaged_and_not_of_another_kind() -> None:
    with pytest.raises(DocumentError, match=r"^it is damaged or was cut off"):
        read_docx(pack({"word/styles.xml": "<a/>"}))


def test_a_word_document_is_no_book_and_no_sheet() -> None:
    for read in (read_epub, read_spreadsheet):
        with pytest.raises(DocumentError, match=r"^it holds a Word document; give the file the ending .docx$"):
            read(docx(paragraph("words")))


@pytest.mark.skipif(not SHARED.exists(), reason="the real documents are not there")
def test_a_real_file_with_a_password_and_an_old_document_say_so() -> None:
    with pytest.raises(DocumentError, match=r"^it needs a password"):
        read_spreadsheet((SHARED / "unstructured/password_protected.xlsx").read_bytes())
    with pytest.raises(DocumentError, match=r"^it holds an old Word document \(.doc\)"):
        read_docx((SHARED / "unstructured/simple.doc").read_bytes())


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE a [<!ENTITY b "words">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">',
        '<!DOCTYPE a PUBLIC "-//x" "http://127.0.0.1/a.dtd">',
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_dtd_or_entities_is_refused(head: str, encoding: str) -> None:
    with pytest.raises(DocumentError, match=r"^its XML defines entities or a DTD; save it again"):
        parse_xml(f"{head}<a>&b;</a>".encode(encoding))


def test_xml_is_read_in_the_encoding_that_it_has() -> None:
    declared = '<?xml version="1.0" encoding="windows-1251"?><a>Привет, мир. Как дела?</a>'
    for encoding in ("cp1251", "utf-8", "utf-16", "utf-8-sig"):
        assert parse_xml(declared.encode(encoding)).text == "Привет, мир. Как дела?"


@pytest.mark.parametrize("content", [b"<a><b>words</b>", b"", b"<a>\xff\x00</a>", b"words"])
def test_xml_that_is_cut_off_is_damaged(content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"^its XML is damaged; open it in its own program"):
        parse_xml(content)


def test_parts_that_are_kept_together_are_refused_if_they_are_large_together() -> None:
    archive = open_archive(pack({"a": "<a>" + "=" * 1_500_000 + "</a>", "b": "<a>" + "=" * 1_500_000 + "</a>"}))
    for _ in range(2):
        archive.parse("a")
    archive.parse("b", is_kept=True)
    with pytest.raises(DocumentError, match=r"^it holds more than 2,500,000 elements; split it"):
        archive.parse("a", is_kept=True)


@pytest.mark.parametrize("tiny", ["<w:p/>", "<w:p a='' b=''/>"])
def test_a_small_file_of_countless_elements_is_refused_at_once(tiny: str) -> None:
    content = docx(paragraph("words ") * 100_000 + tiny * 2_000_000)
    assert len(content) < 1_000_000
    started = time.monotonic()
    with pytest.raises(DocumentError, match=r"^it (holds more than 2,500,000 elements|unpacks to)"):
        read_docx(content)
    assert time.monotonic() - started < 10
