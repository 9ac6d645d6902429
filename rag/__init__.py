"""Answers from your own documents, every sentence with the exact words that prove it."""

from rag.assistant import Assistant
from rag.connect import answer, connect, example_questions, ingest_seeds, verify
from rag.documents import read_documents
from rag.errors import (
    AnswerError,
    DocumentError,
    EmbedderError,
    LibraryError,
    LibraryLocked,
    ModelError,
    PinciteError,
    PromptTooLong,
    QuestionError,
    SettingsError,
)
from rag.evaluation import Evaluation, evaluate
from rag.examination import Examination, Fault
from rag.export import to_bibtex, to_csl, to_markdown
from rag.markdown import render_statements
from rag.metrics import JudgedQuote, Metrics, Outcome
from rag.questions import Gold, Question, read_questions
from rag.settings import Settings
from rag.types import (
    Answer,
    AnswerEvent,
    Document,
    Event,
    Hit,
    HitsEvent,
    IngestProgress,
    IngestReport,
    Message,
    OnIngest,
    Passage,
    Progress,
    Quotation,
    Quote,
    Section,
    Sentence,
    Statement,
    StatementEvent,
    TextEvent,
    Usage,
)
from rag.upkeep import backup, examine, restore
from rag.verification import Verification, read_answer

__all__ = [
    "Answer",
    "AnswerError",
    "AnswerEvent",
    "Assistant",
    "Document",
    "DocumentError",
    "EmbedderError",
    "Evaluation",
    "Event",
    "Examination",
    "Fault",
    "Gold",
    "Hit",
    "HitsEvent",
    "IngestProgress",
    "IngestReport",
    "JudgedQuote",
    "LibraryError",
    "LibraryLocked",
    "Message",
    "Metrics",
    "ModelError",
    "OnIngest",
    "Outcome",
    "Passage",
    "PinciteError",
    "Progress",
    "PromptTooLong",
    "Question",
    "QuestionError",
    "Quotation",
    "Quote",
    "Section",
    "Sentence",
    "Settings",
    "SettingsError",
    "Statement",
    "StatementEvent",
    "TextEvent",
    "Usage",
    "Verification",
    "answer",
    "backup",
    "connect",
    "evaluate",
    "examine",
    "example_questions",
    "ingest_seeds",
    "read_answer",
    "read_documents",
    "read_questions",
    "render_statements",
    "restore",
    "to_bibtex",
    "to_csl",
    "to_markdown",
    "verify",
]
