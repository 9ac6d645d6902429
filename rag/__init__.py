"""Answers from your own documents, every sentence with the exact words that prove it."""

from rag.assistant import Assistant
from rag.connect import answer, connect, example_questions, ingest_seeds
from rag.errors import (
    DocumentError,
    EmbedderError,
    LibraryError,
    LibraryLocked,
    ModelError,
    PinciteError,
    SettingsError,
)
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerEvent,
    Document,
    Event,
    Hit,
    HitsEvent,
    IngestReport,
    Message,
    Passage,
    Progress,
    Quote,
    Sentence,
    Statement,
    StatementEvent,
    TextEvent,
    Usage,
)

__all__ = [
    "Answer",
    "AnswerEvent",
    "Assistant",
    "Document",
    "DocumentError",
    "EmbedderError",
    "Event",
    "Hit",
    "HitsEvent",
    "IngestReport",
    "LibraryError",
    "LibraryLocked",
    "Message",
    "ModelError",
    "Passage",
    "PinciteError",
    "Progress",
    "Quote",
    "Sentence",
    "Settings",
    "SettingsError",
    "Statement",
    "StatementEvent",
    "TextEvent",
    "Usage",
    "answer",
    "connect",
    "example_questions",
    "ingest_seeds",
]
