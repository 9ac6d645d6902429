"""What many test files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from rag import Assistant, Settings, connect
from rag.embedders import MiniLM, open_minilm
from rag.types import Embedder, EmbedTokens
from tests.local_model import local_model

__all__ = ["local_model"]

hypothesis.settings.register_profile("shared machine", deadline=None)
hypothesis.settings.load_profile("shared machine")


@pytest.fixture(scope="session")
def minilm() -> MiniLM:
    return open_minilm()


@pytest.fixture(scope="session")
def embedder(minilm: MiniLM) -> Embedder:
    return minilm.embedder


@pytest.fixture(scope="session")
def embed_tokens(minilm: MiniLM) -> EmbedTokens:
    return minilm.embed_tokens


@pytest.fixture
def assistant(tmp_path: Path) -> Iterator[Assistant]:
    """Connected to a new library in `tmp_path / "home"`, with no language model."""
    with connect(Settings(home=tmp_path / "home", model=None)) as assistant:
        yield assistant


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="every fault that a library must live through, not a part")


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    """Whether to test in full what takes long."""
    return bool(request.config.getoption("full"))
