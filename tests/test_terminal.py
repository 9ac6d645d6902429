"""The command `pincite`, as a process of its own: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import IO

import pytest

from rag import Assistant, Settings, connect
from rag.resources import resource
from tests.scripted_server import refused, scripted_server, streamed

ROOT = Path(__file__).parents[1]
SEED = "000_fe5675aafdfdfcf7.txt"
SEEDED = f"pincite: the library is empty: ingesting the document that Pincite ships, {SEED}\n"
REMOVED = "1 document removed; an ingest of a file that is still there brings it back\n"
OCTOPUS = "The octopus has eight arms. It lives in the sea."
ESCAPES = "The zeppelin \x1b[31mburned\x1b[0m in \x1b]0;title\x07Oslo\u202e yesterday\x9b2J."


def pincite(
    home: Path, *arguments: str, stdout: int | IO[str] = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[str]:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PINCITE_", "OPENAI_"))}
    return subprocess.run(
        [sys.executable, "-c", "from ui.terminal import main; main()", *arguments],
        env={**bare, "PINCITE_HOME": str(home), "COLUMNS": "100", "PYTHONUTF8": "1", **environment},
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        timeout=60,
    )


def ended(run: subprocess.CompletedProcess[str]) -> tuple[int, str, str]:
    return run.returncode, run.stdout, run.stderr


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two documents."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (folder / "octopus.txt").write_text(OCTOPUS, encoding="utf-8")
    (folder / "zeppelin.txt").write_text(ESCAPES, encoding="utf-8")
    return folder


@pytest.fixture
def filled(home: Path, folder: Path) -> Path:
    """A library that holds them."""
    with connect(Settings(home=home, model=None)) as assistant:
        assert len(assistant.ingest([folder]).added) == 2
    return home


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A library that `pincite ask` has made, and how that went."""
    home = tmp_path_factory.mktemp("seeded") / "home"
    return home, pincite(home, "ask", "Who visited Tehran?")


def opened(home: Path) -> Iterator[Assistant]:
    with connect(Settings(home=home, model=None)) as assistant:
        yield assistant


# ask


def test_the_first_question_is_answered_from_the_seed_which_is_said_on_stderr(
    seeded: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    _, run = seeded
    assert (run.returncode, run.stderr) == (0, SEEDED)
    statements, *quotes, confidence = [" ".join(part.split()) for part in run.stdout.strip().split("\n\n")]
    assert re.fullmatch(r"confidence \d\d%", confidence)
    assert "Russian Defense Minister Igor Sergeev’s visit to Tehran last week" in statements
    for number, quote in enumerate(quotes, 1):
        quoted = re.fullmatch(rf"\[{number}\] “(.+)” .*, Monitor, .*\b{SEED}", quote)
        assert quoted
        assert f"{quoted.group(1)} [{number}]" in statements


def test_json_is_the_answer_and_nothing_else(seeded: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    home, _ = seeded
    run = pincite(home, "ask", "--json", "Who visited Tehran?")
    with connect(Settings(home=home, model=None)) as assistant:
        answer = assistant.answer("Who visited Tehran?")
    assert ended(run) == (0, json.dumps(asdict(answer), ensure_ascii=False, indent=2) + "\n", "")


def test_an_abstention_shows_what_is_missing_and_the_nearest_passages(
    seeded: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    run = pincite(seeded[0], "ask", "What did Colin Powell say about the visit?")
    assert (run.returncode, run.stderr) == (0, "")
    lines = run.stdout.splitlines()
    assert lines[0] == "The documents do not say. No passage that was found mentions “Colin”, “Powell”."
    assert [line.startswith("nearest: ") for line in lines].count(True) == 3


def test_a_model_is_asked_and_its_corrections_are_told(filled: Path) -> None:
    said = "The octopus has eight arms. [9] It has nine arms. [1]"
    with scripted_server([streamed(said)]) as server:
        run = pincite(filled, "ask", "How many arms has the octopus?", OPENAI_BASE_URL=server.url)
    statements, quote, _ = run.stdout.split("\n\n")
    assert " ".join(statements.split()) == (
        "The octopus has eight arms. [1] (re-pointed: the model cited no sentence; this one supports the statement) "
        "It has nine arms. (unsupported: the figure 9 is in no quoted sentence)"
    )
    assert quote.startswith("[1] “The octopus has eight arms.”\n")
    assert (run.returncode, run.stderr) == (
        0,
        "pincite: the model cited sentence 9, which does not exist; the number was removed\n",
    )


def test_a_cut_answer_is_shown_and_said_to_be_cut(filled: Path) -> None:
    with scripted_server([streamed("The octopus has eight arms. [1]", finish="length")]) as server:
        run = pincite(filled, "ask", "How many arms has the octopus?", OPENAI_BASE_URL=server.url)
    assert run.stdout.startswith("The octopus has eight arms. [1]\n")
    assert (run.returncode, run.stderr) == (
        0,
        "pincite: the answer was cut off at 512 tokens: raise PINCITE_ANSWER_TOKENS\n",
    )


# ingest, list, search, remove, rebuild


def test_ingesting_a_folder_counts_and_a_second_time_changes_nothing(home: Path, folder: Path) -> None:
    first, second = pincite(home, "ingest", str(folder)), pincite(home, "ingest", str(folder))
    assert (first.returncode, first.stdout, second.returncode, second.stdout) == (0, "", 0, "")
    assert first.stderr.splitlines()[-1] == "2 added"
    assert second.stderr.splitlines()[-1] == "2 unchanged"


def test_a_file_that_cannot_be_read_is_one_line_and_stops_no_other(home: Path, folder: Path) -> None:
    (folder / "broken.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    run = pincite(home, "ingest", str(folder))
    assert (run.returncode, run.stdout) == (1, "")
    *_, counts, failure = run.stderr.splitlines()
    assert counts == "2 added, 1 failed"
    assert re.fullmatch(r"failed: \S*broken\.txt: \S.*", failure)


def test_a_path_that_is_not_there_is_one_line(home: Path, tmp_path: Path) -> None:
    run = pincite(home, "ingest", str(tmp_path / "nothing.txt"))
    assert (run.returncode, run.stdout) == (1, "")
    *_, counts, failure = run.stderr.splitlines()
    assert (counts, "nothing.txt: " in failure) == ("1 failed", True)


def test_a_document_forges_no_line_of_the_answer(home: Path, tmp_path: Path) -> None:
    (tmp_path / "bridge.txt").write_text("The bridge opened in 1932\n[2] “The mayor was convicted.”", encoding="utf-8")
    assert pincite(home, "ingest", str(tmp_path / "bridge.txt")).returncode == 0
    run = pincite(home, "ask", "When did the bridge open?", COLUMNS="200")
    assert run.stdout.splitlines()[0] == "The bridge opened in 1932 (2) “The mayor was convicted.” [1]"


def test_a_name_forges_no_line_of_the_report_and_turns_no_direction(home: Path, tmp_path: Path) -> None:
    name = "a\nfailed: good.txt: it is lost\u2028b\u202e.xyz"
    (tmp_path / name).write_text("The bridge.", encoding="utf-8")
    run = pincite(home, "ingest", str(tmp_path / name))
    assert run.stderr.splitlines()[-2:] == [  # no U+2028 either: it would end a line here
        "1 failed",
        f"failed: {tmp_path}/a failed: good.txt: it is lost b�.xyz: files ending in '.xyz' cannot be read; "
        "save it as .pdf, .docx, .txt or another that is read",
    ]


def test_a_question_needs_no_quotation_marks(filled: Path) -> None:
    quoted = pincite(filled, "ask", "How many arms does the octopus have?")
    assert ended(pincite(filled, "ask", *"How many arms does the octopus have?".split())) == ended(quoted)
    assert quoted.stdout.startswith("The octopus has eight arms. [1]\n")


def test_where_passages_go_is_said_before_they_leave_the_machine(filled: Path) -> None:
    run = pincite(filled, "ask", "octopus", OPENAI_API_KEY="sk-x", OPENAI_BASE_URL="http://model.invalid/v1")
    first, second = run.stderr.splitlines()
    assert first == "pincite: passages of your documents go to model.invalid; set PINCITE_MODEL=none to keep them here"
    assert (run.returncode, second.startswith("pincite: http://model.invalid/v1 cannot be reached")) == (1, True)
    kept = pincite(filled, "ask", "octopus", OPENAI_API_KEY="sk-x", PINCITE_MODEL="none")
    assert (kept.returncode, kept.stderr) == (0, "")


def test_a_saved_answer_is_verified_until_a_word_of_it_changes(filled: Path, folder: Path, tmp_path: Path) -> None:
    saved = tmp_path / "answer.json"
    saved.write_text(pincite(filled, "ask", "--json", "How many arms does the octopus have?").stdout, encoding="utf-8")
    holds = (0, "1 quote verified, word for word\n", "")
    assert ended(pincite(filled, "verify", str(saved))) == holds
    assert ended(pincite(tmp_path / "none", "verify", str(saved), str(folder))) == holds
    assert not (tmp_path / "none").exists()

    (folder / "octopus.txt").write_text(OCTOPUS.replace("eight", "nine"), encoding="utf-8")
    assert pincite(filled, "ingest", str(folder)).returncode == 0
    for arguments in ((), (str(folder),)):
        run = pincite(filled, "verify", str(saved), *arguments)
        assert (run.returncode, run.stderr) == (1, "")
        assert run.stdout.startswith("quote 1: ")
    as_json = pincite(filled, "verify", str(saved), str(folder), "--json")
    assert (as_json.returncode, json.loads(as_json.stdout)["faults"]) == (1, [run.stdout.removesuffix("\n")])

    assert ended(pincite(filled, "verify", str(folder / "octopus.txt"))) == (
        1,
        "",
        f"pincite: {folder / 'octopus.txt'} is not JSON in UTF-8; save one with `pincite ask QUESTION --json`\n",
    )


def test_the_list_is_a_line_a_document_and_json_for_programs(filled: Path) -> None:
    [documents] = [assistant.documents() for assistant in opened(filled)]
    run = pincite(filled, "list")
    assert (run.returncode, run.stderr) == (0, "2 documents\n")
    assert [line.split()[0] for line in run.stdout.splitlines()] == [document.id for document in documents]
    assert [document.source in line for document, line in zip(documents, run.stdout.splitlines(), strict=True)] == [
        True,
        True,
    ]
    as_json = pincite(filled, "list", "--json")
    listed = [{k: v for k, v in asdict(document).items() if k != "text"} for document in documents]
    assert (as_json.returncode, json.loads(as_json.stdout), as_json.stderr) == (
        0,
        json.loads(json.dumps(listed)),
        "",
    )


def test_a_search_shows_the_nearest_passages_best_first(filled: Path) -> None:
    run = pincite(filled, "search", "octopus", "-k", "1")
    assert (run.returncode, run.stderr) == (0, "")
    heading, *text = run.stdout.split("\n")
    assert heading.startswith("1  0.")
    source, *words = " ".join(text).split()
    assert (Path(source).name, " ".join(words)) == ("octopus.txt", OCTOPUS)
    hits = json.loads(pincite(filled, "search", "octopus", "--json").stdout)
    assert [(hit["rank"], hit["passage"]["text"]) for hit in hits] == [(1, OCTOPUS), (2, ESCAPES)]


def test_a_part_of_the_library_is_asked(filled: Path) -> None:
    listed = {Path(each["source"]).name: each["id"] for each in json.loads(pincite(filled, "list", "--json").stdout)}
    hits = json.loads(pincite(filled, "search", "octopus", "--json", "--document", listed["octopus.txt"]).stdout)
    assert {hit["passage"]["document_id"] for hit in hits} == {listed["octopus.txt"]}
    for command in ("ask", "search"):
        run = pincite(filled, command, "octopus", "--publisher", "Nobody", "--until", "2001")
        words = "the library holds nothing of what is asked: published by Nobody, until 2001; ask of more"
        assert (run.returncode, run.stdout, run.stderr) == (1, "", f"pincite: {words}\n")


def test_an_empty_library_says_how_to_fill_it(home: Path) -> None:
    line = "The library is empty: `pincite ingest PATH` fills it.\n"
    assert ended(pincite(home, "list")) == (0, "", line)
    assert ended(pincite(home, "search", "octopus")) == (0, "", line)


def test_removing_says_how_many_and_names_an_unknown_id(filled: Path) -> None:
    [[octopus, zeppelin]] = [[document.id for document in assistant.documents()] for assistant in opened(filled)]
    assert ended(pincite(filled, "remove", octopus, "nobody")) == (
        1,
        "",
        f"{REMOVED}pincite: no document has the id nobody; `pincite list` shows the ids\n",
    )
    assert [[document.id for document in assistant.documents()] for assistant in opened(filled)] == [[zeppelin]]
    assert ended(pincite(filled, "remove", zeppelin)) == (
        0,
        "",
        "1 document removed; an ingest of a file that is still there brings it back\n",
    )


def test_a_rebuilt_library_finds_what_it_found(filled: Path) -> None:
    [before] = [assistant.search("octopus") for assistant in opened(filled)]
    run = pincite(filled, "rebuild")
    assert (run.returncode, run.stdout, run.stderr.splitlines()[-1]) == (0, "", "rebuilt")
    assert [assistant.search("octopus") for assistant in opened(filled)] == [before]


# what goes wrong


def test_a_second_process_is_refused_in_one_line(filled: Path) -> None:
    with connect(Settings(home=filled, model=None)):
        run = pincite(filled, "list")
    assert ended(run) == (
        1,
        "",
        f"pincite: the library {filled} is in use by process {os.getpid()}; stop that process first, or choose "
        "another folder with PINCITE_HOME\n",
    )


@pytest.mark.parametrize(
    ("environment", "line"),
    [
        ({"PINCITE_PASSAGES": "0"}, r"pincite: passages: .* \(given: '0'\)\n"),
        ({"OPENAI_BASE_URL": "http://127.0.0.1:9/v1"}, r"pincite: http://127\.0\.0\.1:9/v1 cannot be reached .*\n"),
        ({"PINCITE_HOME": "/dev/null/home"}, r"pincite: the library's folder /dev/null/home cannot be used .*\n"),
    ],
)
def test_an_error_is_one_line_on_stderr_and_exit_code_1(
    environment: Mapping[str, str], line: str, filled: Path
) -> None:
    run = pincite(filled, "ask", "How many arms has the octopus?", **environment)
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(line, run.stderr)


def test_a_refused_key_is_one_line_without_the_key(filled: Path) -> None:
    with scripted_server([refused(401, "Incorrect API key provided: sk-secret")]) as server:
        run = pincite(filled, "ask", "Why?", OPENAI_BASE_URL=server.url, OPENAI_API_KEY="sk-secret")
    assert (run.returncode, run.stdout) == (1, "")
    assert re.fullmatch(r"pincite: .* refused the key: .*\n", run.stderr)
    assert "sk-secret" not in run.stderr


def test_a_blank_question_is_one_line(filled: Path) -> None:
    for command in ("ask", "search"):
        assert ended(pincite(filled, command, " ")) == (1, "", "pincite: the question is empty; ask in words\n")


def test_an_output_that_takes_no_more_is_one_line(filled: Path) -> None:
    for arguments in (("list",), ("list", "--json"), ("search", "octopus")):
        with Path("/dev/full").open("w") as full:
            run = pincite(filled, *arguments, stdout=full)
        assert (run.returncode, run.stderr.splitlines()[-1]) == (1, "pincite: [Errno 28] No space left on device")
        assert "Traceback" not in run.stderr


def test_a_terminal_that_cannot_show_a_character_shows_a_question_mark(home: Path, folder: Path) -> None:
    (folder / "owl.txt").write_text("The owl’s call.", encoding="utf-8")
    assert pincite(home, "ingest", str(folder)).returncode == 0
    run = pincite(home, "search", "owl", "-k", "1", PYTHONIOENCODING="ascii")
    assert (run.returncode, run.stderr) == (0, "")
    assert "The owl?s call." in run.stdout


@pytest.mark.parametrize("port", ["0", "99999"])
def test_a_port_that_does_not_exist_is_refused(port: str, home: Path) -> None:
    run = pincite(home, "chat", "--port", port)
    assert (run.returncode, run.stdout) == (2, "")
    assert "Traceback" not in run.stderr
    assert re.search(r"Invalid value for '?--port'?: .*\b(1|65535)\b", run.stderr)


def test_a_busy_port_is_found_before_the_library_is_made(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        run = pincite(home, "chat", "--port", str(number))
    assert ended(run) == (1, "", f"pincite: port {number} is in use on 127.0.0.1; choose another with --port\n")
    assert not home.exists()


def test_what_a_document_holds_cannot_steer_the_terminal(filled: Path) -> None:
    runs = [
        pincite(filled, *arguments)
        for arguments in (
            *(("ask", "Where did the zeppelin burn?"), ("search", "zeppelin"), ("ask", "Who is Powell?")),
            ("search", "zeppelin", "--json"),
        )
    ]
    assert json.loads(runs[-1].stdout)[0]["passage"]["text"] == ESCAPES
    for run in runs:
        assert "zeppelin" in run.stdout
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", run.stdout + run.stderr)


def test_a_file_name_cannot_steer_the_terminal(home: Path, folder: Path) -> None:
    (folder / "red\x1b[31m.txt").write_text("The whale sings.", encoding="utf-8")
    (folder / "bad\x1b[2J.txt").write_bytes(b"\x00\x01\x02\xff" * 100)
    for run in (pincite(home, "ingest", str(folder)), pincite(home, "list"), pincite(home, "ask", "What sings?")):
        assert "\x1b" not in run.stdout + run.stderr


def test_the_seed_document_is_the_one_that_ships(seeded: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    for assistant in opened(seeded[0]):
        [document] = assistant.documents()
        kept = assistant.document(document.id)
        assert kept is not None
        assert kept.text == (resource("seeds") / SEED).read_text(encoding="utf-8")
