import json
from pathlib import Path

import pytest

from rag.errors import DocumentError
from rag.readers.notebook import read_notebook
from rag.types import Document

SHARED = Path(__file__).parents[2] / "shared"
NOTEBOOK = SHARED / "documents" / "files" / "markitdown" / "test_notebook.ipynb"
needs_shared = pytest.mark.skipif(not NOTEBOOK.is_file(), reason="the folder of shared documents is not there")


def notebook(*cells: dict[str, object], **metadata: object) -> bytes:
    return json.dumps({"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}).encode()


def code(source: str, *outputs: dict[str, object]) -> dict[str, object]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs), "execution_count": 1, "metadata": {}}


def markdown(*lines: str) -> dict[str, object]:
    return {"cell_type": "markdown", "source": list(lines), "metadata": {}}


def test_markdown_stays_and_code_is_fenced() -> None:
    content = notebook(markdown("# The *arms*\n", "\n", "It has eight."), code("import os\n\nos.name\n"), markdown(""))
    assert read_notebook(content) == Document(
        text="# The *arms*\n\nIt has eight.\n\n```python\nimport os\n\nos.name\n```", title="The arms", encoding="utf-8"
    )


def test_what_the_notebook_says_of_itself_counts() -> None:
    content = notebook(markdown("# A"), code("x"), title="B", authors=[{"name": "Ann"}, {"name": "Bo"}],
                       language_info={"name": "R"})  # fmt: skip
    document = read_notebook(content)
    assert (document.title, document.author, document.text) == ("B", "Ann; Bo", "# A\n\n```R\nx\n```")


@pytest.mark.parametrize(
    ("output", "text"),
    [
        ({"output_type": "stream", "name": "stdout", "text": ["a\n", "\x1b[1mb\x1b[0m\n"]}, "\n\n```\na\nb\n```"),
        ({"output_type": "stream", "name": "stderr", "text": "warned"}, ""),
        ({"output_type": "error", "ename": "E", "evalue": "v", "traceback": ["t"]}, ""),
        ({"output_type": "execute_result", "data": {"text/plain": "42", "text/html": "<b>42</b>"}}, "\n\n```\n42\n```"),
        ({"output_type": "display_data", "data": {"text/plain": "<Figure size 640x480 with 1 Axes>"}}, ""),
        ({"output_type": "display_data", "data": {"text/plain": "<IPython.core.display.HTML object>",
                                                  "text/html": "<p>One</p><p>Two"}}, "\n\nOne\n\nTwo"),
        ({"output_type": "display_data", "data": {"text/markdown": "**bold**", "text/plain": "x"}}, "\n\n**bold**"),
        ({"output_type": "display_data", "data": {"image/png": "iVBORw0"}}, ""),
        ({"output_type": "pyout", "text": ["42"]}, "\n\n```\n42\n```"),
        ({}, ""),
    ],
)  # fmt: skip
def test_results_are_kept_but_errors_and_pictures(output: dict[str, object], text: str) -> None:
    assert read_notebook(notebook(code("x", output))).text == f"```python\nx\n```{text}"


def test_code_with_a_fence_in_it_gets_a_longer_one() -> None:
    assert read_notebook(notebook(code("'''\n```\n'''"))).text == "````python\n'''\n```\n'''\n````"


def test_a_notebook_of_an_old_format_is_read() -> None:
    cells = [{"cell_type": "heading", "level": 2, "source": ["Old"]}, {"cell_type": "code", "input": "print 1"}]
    content = json.dumps({"worksheets": [{"cells": cells}], "nbformat": 3}).encode()
    assert read_notebook(content).text == "## Old\n\n```python\nprint 1\n```"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"cells": 1}', b'{"a": 1}', b"[" * 100_000, b"Just a text."])
def test_what_is_no_notebook_says_so(content: bytes) -> None:
    with pytest.raises(DocumentError, match=r"it is no notebook \(it has no cells\); save it again from Jupyter"):
        read_notebook(content)


def test_cells_of_any_shape_are_passed_over() -> None:
    cells = [1, None, {"source": 5}, {"cell_type": "code", "outputs": {"a": 1}, "source": ["a", 1]}, {"cell_type": []}]
    assert read_notebook(json.dumps({"cells": cells, "metadata": []}).encode()).text == "```python\na\n```"


def test_half_a_character_is_replaced() -> None:
    assert read_notebook(b'{"cells": [{"cell_type": "markdown", "source": "a \\ud800"}]}').text == "a \ufffd"


@needs_shared
def test_the_shared_notebook_is_read() -> None:
    document = read_notebook(NOTEBOOK.read_bytes())
    assert document.title == "Test Notebook Title"
    assert document.text.startswith(
        '# Test Notebook\n\n```python\nprint("markitdown")\n```\n\n```\nmarkitdown\n```\n\n##'
    )
    assert "nbformat" not in document.text
