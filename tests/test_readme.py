"""The README: its examples run and its tables tell the truth."""

import asyncio
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import typer
from mcp import Client
from typer.main import get_command

from rag import Settings, connect, ingest_seeds
from rag.readers import READERS
from tests.chat_page import serving
from ui.terminal import app

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PYTHON = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
JSON = re.findall(r"```json\n(.*?)```", README, re.DOTALL)
SHELL = "".join(re.findall(r"```bash\n(.*?)```", README, re.DOTALL))


@pytest.mark.parametrize("example", PYTHON)
def test_every_python_example_runs(example: str, tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "PINCITE_"))}
    done = subprocess.run(
        [sys.executable, "-c", example],
        cwd=tmp_path,
        env=environment | {"PINCITE_HOME": str(tmp_path / "home"), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (0, False), done.stderr
    assert "[1]" in done.stdout


def test_the_questions_of_the_readme_are_asked_and_guarded_as_it_says(tmp_path: Path) -> None:
    [questions] = [each for each in JSON if '"question"' in each]
    commands = re.findall(r"^pincite eval .*", SHELL, re.MULTILINE)
    assert len(commands) == 3
    (tmp_path / "questions.jsonl").write_text(questions, encoding="utf-8")
    with connect(Settings(home=tmp_path / "home", model=None)) as assistant:
        ingest_seeds(assistant)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("OPENAI_", "PINCITE_"))}
    done = subprocess.run(
        ["bash", "-e", "-c", "\n".join(commands)],
        cwd=tmp_path,
        env=environment
        | {"PINCITE_HOME": str(tmp_path / "home"), "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, "pincite: " in done.stderr) == (0, False), done.stderr
    assert done.stdout.count("\n0 of 3 questions went wrong (model: embedded)\n") == 2


def test_every_command_of_the_readme_exists() -> None:
    commands = set(re.findall(r"^(?:export .*\n)?pincite (\w+)", SHELL, re.MULTILINE))
    command = get_command(app)
    assert isinstance(command, typer.core.TyperGroup)
    assert commands == set(command.commands)
    assert len(commands) == 12


def test_the_settings_table_names_every_setting_and_its_default() -> None:
    rows = dict(re.findall(r"^\| `((?:PINCITE|OPENAI)_\w+)` \| ([^|]*?) ?\|", README, re.MULTILINE))
    defaults = {}
    for name, field in Settings.model_fields.items():
        variable = name.upper() if name.startswith("openai") else f"PINCITE_{name.upper()}"
        default = field.get_default()
        defaults[variable] = "the user's data folder" if name == "home" else "" if default is None else f"{default:g}"
    assert rows == defaults


def test_every_ending_that_is_read_is_named() -> None:
    [table] = re.findall(r"^\| what \| read from it \|\n(?:\|.*\n)+", README, re.MULTILINE)
    named = set(re.findall(r"\.[a-z]+(?=[ `])", table)) | {".pdf"}
    assert named == set(READERS)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    assert "./run test" in SHELL
    assert (ROOT / ".ci" / "run").read_text(encoding="utf-8").rstrip().endswith("\n./run test")


def test_every_link_and_picture_of_the_readme_is_there() -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)\)", README)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_request_of_the_readme_is_answered(tmp_path: Path) -> None:
    [request] = re.findall(r"^curl http://127.0.0.1:7860(\S+) -d '(.*)'$", SHELL, re.MULTILINE)
    with connect(Settings(home=tmp_path / "home", model=None)) as assistant:
        ingest_seeds(assistant)
        with serving(assistant, folder=tmp_path / "kept") as address:
            reply = httpx.post(address.rstrip("/") + request[0], content=request[1])
    assert "Sergeev" in reply.json()["choices"][0]["message"]["content"]


def test_the_tools_of_the_readme_are_there(tmp_path: Path) -> None:
    [configuration] = [each for each in JSON if '"mcpServers"' in each]
    url = json.loads(configuration)["mcpServers"]["pincite"]["url"]

    async def ask(address: str) -> str:
        async with Client(address) as client:
            return str(await client.call_tool("answer", {"question": "Who visited Tehran?"}))

    with connect(Settings(home=tmp_path / "home", model=None)) as assistant:
        ingest_seeds(assistant)
        with serving(assistant, folder=tmp_path / "kept") as address:
            assert "Sergeev" in asyncio.run(ask(url.replace("http://127.0.0.1:7860/", address)))
    assert url.startswith("http://127.0.0.1:7860/")
