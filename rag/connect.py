"""Connect: settings to an assistant with real parts, the only place that picks them."""

from __future__ import annotations

import atexit
import json
import logging
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING
from uuid import uuid4

from rag.assistant import Assistant
from rag.catalog import Catalog
from rag.documents import load_document
from rag.errors import EmbedderError, LibraryError
from rag.isolation import ChildReaders
from rag.library import Library
from rag.lock import own_library
from rag.resources import resource
from rag.seal import INDEX
from rag.settings import Settings
from rag.tokens import open_counter
from rag.types import CATALOG, EVERYTHING, Answer, Document, Embedder, Generate, Message, Scope
from rag.verification import Verification, find_among, verify_answer

if TYPE_CHECKING:
    from rag.collection import Indexes
    from rag.embedders import MiniLM

SEED = "000_fe5675aafdfdfcf7.txt"
EXAMPLES = ("seed-01", "seed-08", "seed-15", "seed-17")

LINE_SECONDS = 20.0  # that a model may take to make a follow-up stand alone: a rule does it otherwise
LINE_TOKENS = 100

_log = logging.getLogger(__name__)
_opening = Lock()


def connect(settings: Settings | None = None, *, rebuild: bool = False) -> Assistant:
    """Open the library of the settings, made if it is not there, and own it until the assistant is closed.

    Raises `LibraryLocked` if another process owns it; `EmbedderError` if another embedder made it, unless it is opened
    to `rebuild` it.
    """
    settings = settings or Settings()
    with ExitStack() as opened:  # closes what is open if anything fails, an interrupt too
        lock = own_library(settings.home)
        opened.callback(lock.release)
        readers = ChildReaders()
        opened.callback(readers.close)
        from rag.embedders import open_minilm  # numpy and onnxruntime: only who connects waits for them

        minilm = open_minilm()  # reads for every answer, whoever embeds for the search
        embedder = _open_embedder(settings, minilm)
        require_own_folder(settings.home)
        catalog = Catalog(settings.home / CATALOG)
        opened.callback(catalog.close)
        _require_embedder(catalog, embedder, rebuild=rebuild)
        library = Library(catalog, _find_indexes(settings, catalog))
        opened.callback(library.close)

        def release() -> None:
            readers.close()
            lock.release()

        assistant = Assistant(
            library=library,
            embed=embedder.embed,
            fingerprint=embedder.fingerprint,
            reads=embedder.reads,
            embed_tokens=minilm.embed_tokens,
            count_tokens=open_counter(),
            generate=_open_generate(settings, timeout=settings.timeout, max_tokens=settings.answer_tokens),
            restate=_open_generate(settings, timeout=min(settings.timeout, LINE_SECONDS), max_tokens=LINE_TOKENS),
            retry=settings.retry,
            model=settings.model_name,
            passages=settings.passages,
            passage_tokens=settings.passage_tokens,
            prompt_tokens=settings.context_tokens - settings.answer_tokens,
            max_quotes=settings.max_quotes,
            threshold=settings.threshold,
            read_file=readers.read,
            release=release,
        )
        if not rebuild:
            library.level()
        opened.pop_all()
    return assistant


def ingest_seeds(assistant: Assistant) -> bool:
    """Give a library that never held anything the document that Pincite ships, so that there is something to ask.

    True if it did; a library that was emptied stays empty.
    """
    if assistant.library.catalog.was_filled():
        return False
    path = resource("seeds") / SEED
    _log.warning("the library is empty: ingesting the document that Pincite ships, %s", SEED)
    assistant.ingest([load_document(path, source=path.name)])
    return True


def example_questions(assistant: Assistant) -> list[str]:
    """A few questions on the seed document, the last of which it does not answer; none if the library lacks it."""
    if not any(document.source == SEED for document in assistant.documents()):
        return []
    lines = (resource("seeds") / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    questions = {question["id"]: str(question["question"]) for question in map(json.loads, lines)}
    return [questions[id] for id in EXAMPLES]


def answer(question: str, history: Sequence[Message] = (), *, scope: Scope = EVERYTHING) -> Answer:
    """Answer from the default library; a new one starts with the seed document. It is owned until the program ends."""
    with _opening:
        assistant = _default_assistant()
    return assistant.answer(question, history, scope=scope)


def verify(answer: Answer, documents: Iterable[Document] | None = None) -> Verification:
    """Hold a saved answer against the documents, or against the default library as it is now."""
    if documents is not None:
        return verify_answer(answer, find_document=find_among(documents))
    with _opening:
        assistant = _default_assistant()
    return assistant.verify(answer)


@cache
def _default_assistant() -> Assistant:
    with ExitStack() as opened:  # what failed once may be tried again
        assistant = opened.enter_context(connect())
        ingest_seeds(assistant)
        opened.pop_all()
    atexit.register(assistant.close)
    return assistant


def _find_indexes(settings: Settings, catalog: Catalog) -> Indexes:
    from rag.collection import (
        folder_indexes,
        server_indexes,
    )  # chromadb: who is refused the library does not wait for it

    if settings.chroma_url is None:
        return folder_indexes(settings.home)
    library = catalog.fact("library")
    if library is None:
        library = f"pincite-{uuid4().hex}"
        catalog.keep_fact("library", library)
    return server_indexes(settings.chroma_url.get_secret_value(), library)


def library_embedder(settings: Settings) -> str:
    """The fingerprint of the embedder of the settings."""
    from rag.embedders import open_minilm

    return _open_embedder(settings, open_minilm()).fingerprint


def _open_embedder(settings: Settings, minilm: MiniLM) -> Embedder:
    if settings.embedding_model is None:
        return minilm.embedder
    from rag.models import open_embedder

    return open_embedder(
        model=settings.embedding_model,
        api_key=settings.key,
        base_url=settings.openai_base_url,
        timeout=settings.timeout,
    )


def _open_generate(settings: Settings, *, timeout: float, max_tokens: int) -> Generate | None:
    if settings.answerer is None:
        return None
    from rag.models import open_generate

    return open_generate(
        model=settings.answerer,
        api_key=settings.key,
        base_url=settings.openai_base_url,
        timeout=timeout,
        max_tokens=max_tokens,
    )


def require_own_folder(home: Path) -> None:
    """An index may be made anew at any time: one that is not beside a catalog may be somebody else's."""
    indexes = [path.name for path in home.iterdir() if INDEX.fullmatch(path.name)]
    if indexes and not (home / CATALOG).exists():
        raise LibraryError(
            f"{home} holds a folder {indexes[0]!r} and no library; choose another PINCITE_HOME, or move that folder "
            "away"
        )


def _require_embedder(catalog: Catalog, embedder: Embedder, *, rebuild: bool) -> None:
    """A library without passages takes any embedder."""
    made_with = catalog.fact("embedder")
    if catalog.is_empty():
        catalog.keep_fact("embedder", embedder.fingerprint)
    elif made_with != embedder.fingerprint and not rebuild:
        raise EmbedderError(
            f"the library was made with the embedder {made_with}, not {embedder.fingerprint}; "
            "set PINCITE_EMBEDDING_MODEL back, or run `pincite rebuild` to embed it anew"
        )
