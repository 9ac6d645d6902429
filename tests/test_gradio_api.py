"""Gradio's own API: the real client asks, and is answered as Python is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client
from gradio_client.exceptions import AppError

from rag import Assistant, Document
from tests.chat_page import serving

MEMO = Document(id="memo", title="Memo", text="The bridge opened in 1932. It cost six million.", source="m.txt")


@pytest.fixture
def client(assistant: Assistant, tmp_path: Path) -> Iterator[Client]:
    assistant.ingest(MEMO)
    with serving(assistant) as address:
        client = Client(address, verbose=False, download_files=str(tmp_path / "files"), analytics_enabled=False)
        yield client
        client.close()


def as_json(value: object) -> Any:
    return json.loads(json.dumps(value))


@pytest.mark.parametrize("question", ["When did the bridge open?", "What is the capital of Mongolia?"])
def test_an_answer_and_its_hits_are_those_of_python(client: Client, assistant: Assistant, question: str) -> None:
    assert client.predict(question, api_name="/answer") == as_json(asdict(assistant.answer(question)))
    hits = [asdict(hit) for hit in assistant.search(question, k=3)]
    assert client.predict(question, 3, api_name="/search") == as_json(hits)


def test_nothing_else_is_offered(client: Client) -> None:
    told = client.view_api(return_format="dict", print_info=False)
    assert sorted(told["named_endpoints"]) == ["/answer", "/search"]
    assert told["unnamed_endpoints"] == {}


def test_a_question_that_cannot_be_asked_says_why(client: Client) -> None:
    with pytest.raises(AppError, match="the question is empty; ask in words"):
        client.predict(" ", api_name="/answer")
