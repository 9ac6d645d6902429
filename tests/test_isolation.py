"""Isolate: what children that misbehave do to the process that asks: nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rag.errors import DocumentError, ReadingFailed
from rag.isolation import ChildReaders
from rag.readers.child import MAX_CHARACTERS
from rag.types import Document, Section


@pytest.fixture
def readers() -> Iterator[ChildReaders]:
    readers = ChildReaders("tests.hostile_readers:serve_hostile")
    yield readers
    readers.close()


def test_a_document_comes_as_it_is_read(readers: ChildReaders) -> None:
    document = readers.read(".md", "# Café 😀\n\nIt opened in 1932.".encode())
    assert document == Document(text="# Café 😀\n\nIt opened in 1932.", title="Café 😀", encoding="utf-8")
    assert readers.read(".half", b"") == Document(text="half \ud83d", title="é 😀")


def test_sections_come_with_the_document() -> None:
    readers = ChildReaders()
    head = b"From a Thu Jan  1 00:00:00 2004\nFrom: Ada <a@b.c>\nSubject: Tea\nDate: Thu, 1 Jan 2004 10:00:00 +0000\n"
    try:
        [section] = readers.read(".mbox", head + b"\nAt five.\n").sections
    finally:
        readers.close()
    assert section == Section(0, "Tea", "2004-01-01", "Ada")


def test_one_child_reads_many_files_and_another_one_helps_only_if_it_is_busy(readers: ChildReaders) -> None:
    assert len({readers.read(".who", b"").text for _ in range(5)}) == 1
    with ThreadPoolExecutor(3) as threads:
        assert 1 <= len(set(threads.map(lambda _: readers.read(".who", b"").text, range(30)))) <= 3


@pytest.mark.parametrize(
    ("ending", "content", "reason"),
    [
        (".refuse", b"", r"^it is not to be read; leave it out$"),
        (".fail", b"", r"^it cannot be read \(ZeroDivisionError\); it may be damaged: "),
        (".nest", b"", "^it is nested too deeply to be read; "),
        (".eat", b"", "^it takes more than 1,000 MB of memory to read; "),
        (".die", b"", r"^reading it failed \(SIGSEGV\); it may be damaged: "),
        (".abort", b"always", "^it takes more than 1,000 MB of memory to read; "),
        (".boast", b"", "^it holds more than can be kept; "),
        (".leave", b"", r"^reading it failed \(exit code 3\); it may be damaged: "),
        (".fill", str(MAX_CHARACTERS + 1).encode(), "^it holds more than 20,000,000 characters; "),
    ],
)
def test_a_reader_that_fails_is_a_reason_and_the_next_file_is_read(
    readers: ChildReaders, ending: str, content: bytes, reason: str
) -> None:
    with pytest.raises(DocumentError, match=reason):
        readers.read(ending, content)
    assert readers.read(".txt", b"The next file.").text == "The next file."


def test_as_much_text_as_is_allowed_comes_through(readers: ChildReaders) -> None:
    assert len(readers.read(".fill", str(MAX_CHARACTERS).encode()).text) == MAX_CHARACTERS
    emoji = "😀" * MAX_CHARACTERS
    assert readers.read(".txt", emoji.encode()).text == emoji


@pytest.mark.parametrize(
    ("ending", "reason"),
    [(".spin", "^it takes more than 30 s of computing to read; "), (".sleep", "^it took more than 4 s to read; ")],
)
def test_a_reader_that_takes_too_long_is_ended(
    readers: ChildReaders, monkeypatch: pytest.MonkeyPatch, ending: str, reason: str
) -> None:
    monkeypatch.setenv("TEST_CPU_SECONDS", "1")
    monkeypatch.setattr("rag.isolation.WALL_SECONDS", 4.0)
    began = time.monotonic()
    with pytest.raises(DocumentError, match=reason):
        readers.read(ending, b"x")
    assert time.monotonic() - began < 8
    assert readers.read(".txt", b"The next file.").text == "The next file."


def test_the_limit_of_computing_is_for_each_file(readers: ChildReaders, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_CPU_SECONDS", "2")
    paragraphs = b"<p>A sentence of the text.</p>" * 40_000
    before = readers.read(".who", b"").text
    for _ in range(6):  # more than two seconds together
        readers.read(".html", paragraphs)
    assert readers.read(".who", b"").text == before


def test_memory_that_files_before_took_fails_no_good_file(readers: ChildReaders) -> None:
    half = str(450_000_000).encode()
    assert [readers.read(".keep", half).text for _ in range(4)] == ["1 kept", "2 kept", "1 kept", "2 kept"]
    assert readers.read(".abort", b"").text == "there was memory"


@pytest.mark.parametrize(
    ("ending", "passes"), [(".die", False), (".boast", False), (".leave", True), (".sleep", True), (".refuse", False)]
)
def test_a_failure_that_may_pass_is_told_from_one_that_lasts(
    readers: ChildReaders, monkeypatch: pytest.MonkeyPatch, ending: str, passes: bool
) -> None:
    monkeypatch.setattr("rag.isolation.WALL_SECONDS", 4.0)
    with pytest.raises(DocumentError) as refused:
        readers.read(ending, b"")
    assert isinstance(refused.value, ReadingFailed) == passes


def test_a_reply_that_was_not_heard_is_not_given_to_the_next_file(
    readers: ChildReaders, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    readers.read(".txt", b"A file before.")
    with monkeypatch.context() as patch:
        patch.setattr("rag.isolation.json.loads", interrupt)
        with pytest.raises(KeyboardInterrupt):
            readers.read(".txt", b"Not heard.")
    assert readers.read(".txt", b"The next file.").text == "The next file."


def test_a_child_imports_nothing_from_the_folder_it_is_started_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "csv", "types", "rag"):
        (tmp_path / f"{name}.py").write_text(f"open({str(tmp_path / 'owned')!r}, 'w')")
    monkeypatch.chdir(tmp_path)
    readers = ChildReaders()
    try:
        assert readers.read(".csv", b"Team,Cups\nLeafs,13\n").text == "Team: Leafs; Cups: 13."
    finally:
        readers.close()
    assert not (tmp_path / "owned").exists()


def test_what_a_parser_prints_is_no_reply(readers: ChildReaders) -> None:
    assert readers.read(".say", b"").text == "true"
    assert readers.read(".txt", b"The next file.").text == "The next file."


def test_a_reader_writes_no_file(readers: ChildReaders, tmp_path: Path) -> None:
    assert readers.read(".write", str(tmp_path / "a").encode()).text == "refused: File too large"
    assert not (tmp_path / "a").read_bytes()


def test_closing_ends_also_a_child_that_reads(readers: ChildReaders) -> None:
    with ThreadPoolExecutor() as threads:
        reading = threads.submit(readers.read, ".sleep", b"")
        time.sleep(0.5)
        readers.close()
        with pytest.raises(DocumentError, match=r"^reading it failed \(SIGKILL\); "):
            reading.result(timeout=5)
    with pytest.raises(DocumentError, match=r"^the reading was stopped; ingest it again$"):
        readers.read(".txt", b"x")
