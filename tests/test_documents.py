import json
import os
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.documents import MAX_MEGABYTES, find_files, load_document
from rag.errors import DocumentError
from rag.isolation import ChildReaders
from rag.readers import READERS
from rag.types import Document

REAL_FILES = Path(__file__).parents[2] / "shared" / "documents"


def entries() -> list[dict[str, Any]]:
    """The manifest of the real files; none if the folder is absent."""
    manifest = REAL_FILES / "manifest.jsonl"
    if not manifest.is_file():
        return []
    return list(map(json.loads, manifest.read_text(encoding="utf-8").splitlines()))


REFUSED = {
    "imagemagick-CCITTFaxDecode.pdf": "it holds only pictures of pages",
    "loremipsum-flat.pdf": "it holds only pictures of pages",
    "password.pdf": "it needs a password",
    "password_protected.xlsx": "it needs a password",
    "fake-encrypted.eml": "its text is encrypted",
    "simple.doc": "files ending in '.doc' cannot be read",
    "empty.txt": "it is empty",
    "fake-text-all-whitespace.txt": "there is no text in it",
}
"""What has no text, and the reason that is told."""
LOST = {"copy-protected.pdf"}
"""Where a font of the file does not say what its letters are."""
PICTURE = "data:image/png;base64..."
"""What the manifest's renderer puts in the place of a picture: no words of the document."""


def loaded_or_refused(path: Path) -> Document | DocumentError:
    try:
        return load_document(path, source="s")
    except DocumentError as error:
        return error


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(
    "ending", [".txt", ".text", ".log", ".rst", ".tex", ".md", ".markdown", ".html", ".htm", ".xhtml"]
)
def test_a_file_is_loaded_by_its_ending_whatever_the_case(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"Eight arms{ending.upper()}"
    path.write_text("An octopus has eight.", encoding="utf-8")
    assert load_document(path, source="shown") == Document(
        text="An octopus has eight.", title="Eight arms", source="shown", encoding="utf-8"
    )


@pytest.mark.parametrize("ending", READERS)
def test_every_ending_has_a_reader_that_reads_or_says_why_not(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"noise{ending}"
    path.write_bytes(bytes(range(256)) * 4)
    with pytest.raises(DocumentError, match=r"^[^\n]+; [^\n]+$"):
        load_document(path, source="s")


def test_a_title_in_the_text_goes_before_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "name.md"
    path.write_bytes(b"# Octopus\n")
    assert load_document(path, source="s").title == "Octopus"


def test_a_name_that_is_not_utf8_gives_a_title_that_can_be_stored(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9.txt")
    path.write_bytes(b"It is old.")
    assert load_document(path, source="s").title == "caf\ufffd"


@given(st.binary() | st.text().map(str.encode) | st.text("<>/ab div!-='\" ").map(str.encode))
def test_any_bytes_are_loaded_or_refused_with_one_line(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        for ending in (".txt", ".md", ".html"):
            path = Path(folder, f"a{ending}")
            path.write_bytes(content)
            match loaded_or_refused(path):
                case Document() as document:
                    assert document.text.strip()
                    assert document.title
                    assert document.encoding
                case error:
                    assert str(error).isprintable()
                    assert "; " in str(error)  # what failed; what to do


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.txt", b"", "^it is empty; "),
        ("a.txt", b" \n\xc2\xa0", "^there is no text in it; "),
        ("a.md", b"---\ntitle: a\n---\n", "^there is no text in it; "),
        ("a.html", b"<script>a</script>", "^there is no text in it; "),
        ("a.txt", b"%PDF-1.4", "^it holds a PDF, not text; "),
        (
            "a.xyz",
            b"a",
            r"^files ending in '\.xyz' cannot be read; save it as \.pdf, \.docx, \.txt or another that is read$",
        ),
        ("a.\n", b"a", r"^files ending in '\.\\n' cannot be read; "),
        ("README", b"a", "^its name has no ending that tells what it is; save it as "),
        ("a.doc", b"a", r"^files ending in '\.doc' cannot be read; save it as \.docx$"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(DocumentError, match=reason):
        load_document(path, source="s")


def test_a_file_is_read_up_to_the_limit_and_not_beyond(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a" * (MAX_MEGABYTES * 1_000_000))
    assert len(load_document(path, source="s").text) == MAX_MEGABYTES * 1_000_000
    with path.open("ab") as file:
        file.write(b"a")
    with pytest.raises(DocumentError, match=f"^it is larger than {MAX_MEGABYTES} MB; split it"):
        load_document(path, source="s")


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    (tmp_path / "device.txt").symlink_to("/dev/zero")
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    reasons = {
        "pipe.txt": "^it is a device or a pipe, not a file; ",
        "device.txt": "^it is a device or a pipe, not a file; ",
        "folder.txt": "^it is a folder, ",
        "loop.txt": r"^it cannot be opened \(Too many levels of symbolic links\); ",
        "absent.txt": r"^it cannot be opened \(No such file or directory\); ",
        "a\0b.txt": r"^it cannot be opened \(embedded null byte\); ",
        "a" * 300 + ".txt": r"^it cannot be opened \(File name too long\); ",
    }
    for name, reason in reasons.items():
        with pytest.raises(DocumentError, match=reason):
            load_document(tmp_path / name, source="s")


def test_a_folder_gives_all_files_below_it_in_order_but_hidden_ones(tmp_path: Path) -> None:
    for name in ["b.txt", "a/z.md", "a/unknown.xyz", "a/b/c.html", ".hidden.txt", ".git/d.txt", "a/.cache/e.txt"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"a")
    expected = ["a/b/c.html", "a/unknown.xyz", "a/z.md", "b.txt"]
    assert find_files(tmp_path) == [tmp_path / name for name in expected]


def test_a_file_gives_itself_even_if_hidden_or_unreadable(tmp_path: Path) -> None:
    for name in [".hidden.txt", "a.xyz"]:
        (tmp_path / name).write_bytes(b"a")
        assert find_files(tmp_path / name) == [tmp_path / name]


def test_an_empty_folder_gives_nothing(tmp_path: Path) -> None:
    assert find_files(tmp_path) == []


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for folder in (inside, outside):
        folder.mkdir()
        (folder / "a.txt").write_bytes(b"a")
    (inside / "to_file.txt").symlink_to(outside / "a.txt")
    (inside / "to_folder").symlink_to(outside)
    (inside / "to_itself").symlink_to(inside)
    (inside / "within.txt").symlink_to("a.txt")
    (inside / "broken.txt").symlink_to("gone.txt")
    assert find_files(inside) == [inside / name for name in ("a.txt", "broken.txt", "within.txt")]
    assert "to_file.txt' is a link out of the folder and was not followed" in caplog.text


def test_a_folder_that_cannot_be_listed_is_reported_and_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for _ in range(20):  # a path longer than the system takes
        Path("d" * 250).mkdir()
        os.chdir("d" * 250)
    (unlisted,) = find_files(tmp_path)
    with pytest.raises(DocumentError, match=r"^it cannot be opened \(File name too long\); "):
        load_document(unlisted, source="s")


@pytest.mark.parametrize("name", ["absent", "a\0b", "a\nb"])
def test_a_path_with_nothing_there_is_an_error_of_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(DocumentError, match=r"^there is nothing at this path; check it$"):
        find_files(tmp_path / name)


@pytest.fixture(scope="module")
def readers() -> Iterator[ChildReaders]:
    readers = ChildReaders()
    yield readers
    readers.close()


@pytest.mark.skipif(not REAL_FILES.is_dir(), reason=f"the folder of real files is absent: {REAL_FILES}")
@pytest.mark.parametrize("entry", entries(), ids=lambda entry: Path(entry["file"]).name)
def test_a_real_file_gives_the_text_that_its_manifest_promises(readers: ChildReaders, entry: dict[str, Any]) -> None:
    path = REAL_FILES / entry["file"]
    if path.name in REFUSED:
        with pytest.raises(DocumentError, match=rf"^{re.escape(REFUSED[path.name])}[^\n]*; [^\n]+$"):
            load_document(path, source="s", read=readers.read)
        return
    document = load_document(path, source="s", read=readers.read)
    assert len(document.text.strip()) >= 10
    assert document.encoding
    assert ("\ufffd" in document.text) == (path.name in LOST)
    for wanted in filter(PICTURE.__ne__, entry.get("must_include_markdown") or []):
        assert bare(wanted) in bare(document.text)
    for unwanted in entry.get("must_not_include") or []:
        assert folded(unwanted) not in folded(document.text)
    if entry["format"] == "pdf":
        assert len(document.pages) == entry.get("pages", len(document.pages))
    if "title" in entry:
        assert document.title.replace("_", " ") == entry["title"]
    if entry.get("note") == "cp1252":
        assert document.encoding == "cp1252"
        assert "Der Preis betrug 15,50 €." in document.text
    if entry.get("note") == "UTF-16LE":
        assert document.encoding == "utf-16-le"
    if path.suffix in (".htm", ".html"):
        assert "<br" not in document.text
        assert "function(" not in document.text


def bare(text: str) -> str:
    """Without the marks of Markdown, as a rendering has them and a document has not."""
    return folded(re.sub(r"[#*>]|!?\[|\]\([^)]*\)", "", text))


def test_the_files_of_a_folder_that_was_named_are_found_whatever_else_is_in_it(tmp_path: Path) -> None:
    for name in ("catalog.sqlite", "memo.txt"):
        (tmp_path / name).write_text("words", encoding="utf-8")
    assert find_files(tmp_path) == [tmp_path / "catalog.sqlite", tmp_path / "memo.txt"]
