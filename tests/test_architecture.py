"""The layout: which file may import what. See the comment of each rule for why."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import rag

ROOT = Path(__file__).parents[1]
VOCABULARY = {"rag.types", "rag.errors"}
BASE = VOCABULARY | {"rag.ahead", "rag.words", "rag.headlines", "rag.processes", "rag.resources"}
"""What every step may use: it knows of no step."""
WIRING = {"rag", "rag.assistant", "rag.connect", "rag.upkeep"}
"""What may know the steps: the pipeline calls them, `connect` builds the parts, `upkeep` looks after the files under
them, `rag` names what is public."""
BELOW = {
    "rag.catalog": ("rag.database", "rag.catalog_rows"),
    "rag.citations": "rag.quotations",
    "rag.collection": "rag.seal",
    "rag.documents": ("rag.isolation", "rag.readers"),
    "rag.examination": ("rag.catalog", "rag.collection"),
    "rag.isolation": "rag.readers",
    "rag.evaluation": ("rag.assistant", "rag.gold", "rag.metrics", "rag.questions"),  # asks as a user does
    "rag.export": "rag.markdown",
    "rag.gold": "rag.questions",
    "rag.models": "rag.servers",
    "rag.library": ("rag.catalog", "rag.collection"),
    "rag.reader": "rag.matching",
    "rag.amounts": "rag.lexicon",
    "rag.negation": ("rag.lexicon", "rag.roots"),
    "rag.orders": "rag.roots",
    "rag.catalog_rows": "rag.database",
    "rag.roots": ("rag.amounts", "rag.lexicon"),
    "rag.servers": "rag.cancellation",
    "rag.said": ("rag.amounts", "rag.lexicon", "rag.roots"),
    "rag.scattered": ("rag.negation", "rag.roots", "rag.said"),
    "rag.support": (
        *("rag.amounts", "rag.lexicon", "rag.negation", "rag.orders", "rag.quotations", "rag.roots"),
        *("rag.said", "rag.scattered", "rag.wording"),
    ),
    "rag.wording": ("rag.lexicon", "rag.negation", "rag.roots"),
    "rag.verification": (
        "rag.markdown",
        "rag.prompts",
        "rag.quotations",
        "rag.support",
    ),  # judges as an answer was judged
    "rag.readers": "rag.readers",
}
"""What a step is made of, by the beginning of its name."""
ONE_FILE = {
    "chardetng_py": "rag/readers/decoding.py",
    "chromadb": "rag/collection.py",
    "feedparser": "rag/readers/feed.py",
    "filelock": "rag/lock.py",
    "gradio": ("ui/browser.py", "ui/gradio_api.py", "ui/layout.py", "ui/updates.py"),
    "httpx": "rag/collection.py",
    "lxml": "rag/readers/elements.py",
    "onnxruntime": "rag/embedders.py",
    "openai": "rag/servers.py",
    "pypdfium2": "rag/readers/pdf/pdfium.py",
    "selectolax": "rag/readers/page.py",
    "sentencex": "rag/passages.py",
    "sqlite3": "rag/database.py",
    "striprtf": "rag/readers/rtf.py",
    "tiktoken": "rag/tokens.py",
    "tokenizers": "rag/embedders.py",
    "webvtt": "rag/readers/subtitles.py",
    "xlrd": "rag/readers/xls.py",
}
"""So that a change of the package is a change of one file; of the four that are the page with Gradio."""
FILES = sorted(path for folder in ("rag", "ui") for path in (ROOT / folder).rglob("*.py"))


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


PUBLIC = {f"rag.{name}" for name in rag.__all__}
"""Among them `rag.connect`, the function, which hides the module of that name."""
MODULES = {name_of(path): path for path in FILES}


def imports_of(path: Path) -> Iterator[str]:
    """The modules that a file imports, wherever in it; `from rag import types` is `rag.types`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            assert node.module is not None
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield name if name in MODULES and name not in PUBLIC else node.module


def ours(path: Path) -> set[str]:
    return {name for name in imports_of(path) if name.split(".")[0] in ("rag", "ui")}


def test_all_files_are_seen() -> None:
    assert MODULES.keys() >= BASE | WIRING | {"rag.readers.html", "rag.citations", "ui.terminal", "ui.browser"}


@pytest.mark.parametrize("module", sorted(VOCABULARY))
def test_the_vocabulary_imports_nothing_of_ours(module: str) -> None:
    assert ours(MODULES[module]) == set()


@pytest.mark.parametrize("module", sorted(BASE - VOCABULARY))
def test_the_base_imports_only_the_base(module: str) -> None:
    assert ours(MODULES[module]) <= BASE


@pytest.mark.parametrize("module", sorted(name for name in MODULES.keys() - WIRING - BASE if name.startswith("rag")))
def test_a_step_imports_only_the_base_and_what_is_below_it(module: str) -> None:
    part_of = "rag.readers" if module.startswith("rag.readers") else module  # a folder is one step
    below = {name for name in MODULES if name.startswith(BELOW.get(part_of, "no module"))}
    assert ours(MODULES[module]) <= BASE | below


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("ui")))
def test_the_interface_imports_only_public_names(module: str) -> None:
    assert {name for name in ours(MODULES[module]) if not name.startswith("ui.")} <= {"rag"}
    names = {
        alias.name
        for node in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "rag"
        for alias in node.names
    }
    assert names <= set(rag.__all__)


@pytest.mark.parametrize("module", sorted(name for name in MODULES if name.startswith("rag")))
def test_the_library_does_not_know_the_interface(module: str) -> None:
    assert [
        name for name in imports_of(MODULES[module]) if name.split(".")[0] in ("ui", "gradio", "rich", "typer")
    ] == []


@pytest.mark.parametrize("package", sorted(ONE_FILE))
def test_each_outside_package_is_imported_in_one_file(package: str) -> None:
    users = [path for path in FILES if any(name.split(".")[0] == package for name in imports_of(path))]
    files = ONE_FILE[package]
    assert [path.relative_to(ROOT).as_posix() for path in users] == list([files] if isinstance(files, str) else files)


def test_importing_the_library_loads_nothing_heavy_that_it_may_not_need() -> None:
    program = (
        "import sys, rag; print(sorted({'gradio', 'openai', 'torch', 'httpx2', 'onnxruntime'} & sys.modules.keys()))"
    )
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout == "[]\n"
