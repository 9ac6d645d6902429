"""Evaluate: questions, asked of an assistant, to what became of each and the metrics."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import perf_counter

from rag.assistant import MAX_QUESTION, Assistant
from rag.errors import LibraryError, ModelError, QuestionError
from rag.gold import Proof, find_proofs, is_right
from rag.metrics import DEPTH, JudgedQuote, Metrics, Outcome, measure
from rag.questions import Question
from rag.types import Progress, Quote

SEARCHED = 100  # passages, of which the documents are ranked by their best
PATIENCE = 3  # failures of the model at the start that end it


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well an assistant answered."""

    model: str
    """As in the answers: the model's name, or "embedded"."""
    metrics: Metrics
    outcomes: tuple[Outcome, ...]
    """In the order of the questions."""


def evaluate(assistant: Assistant, questions: Sequence[Question], *, on_progress: Progress | None = None) -> Evaluation:
    """Search for, ask and judge every question.

    All are checked before one is asked: raises `QuestionError` for one that cannot be asked or whose gold the library
    does not hold, and `LibraryError` for a library without documents. A question at which the model fails is noted as
    such; if it fails at each of the first three, raises that `ModelError`.
    """
    documents = assistant.documents()
    if not documents:
        raise LibraryError("the library is empty; `pincite ingest PATH` fills it")
    for question in questions:
        if not 0 < len(question.text.strip()) <= len(question.text) <= MAX_QUESTION:
            raise QuestionError(
                f"{question.place}: a question has from 1 to {MAX_QUESTION:,} characters; ask such a one"
            )
    proofs = find_proofs(questions, documents, read=assistant.document)
    outcomes: list[Outcome] = []
    if on_progress:
        on_progress(0, len(questions))
    for question, shown_by in zip(questions, proofs, strict=True):
        outcomes.append(_ask(assistant, question, shown_by))
        if len(outcomes) == min(PATIENCE, len(questions)) and all(outcome.failure for outcome in outcomes):
            raise ModelError(outcomes[-1].failure)
        if on_progress:
            on_progress(len(outcomes), len(questions))
    return Evaluation(assistant.model, measure(outcomes), tuple(outcomes))


def _ask(assistant: Assistant, question: Question, proofs: Sequence[Proof]) -> Outcome:
    outcome = Outcome(
        id=question.id,
        question=question.text,
        answerable=question.answerable,
        relevant=tuple(dict.fromkeys(id for proof in proofs for id in proof.document_ids)),
        matches=False if question.pattern else None,
    )
    try:
        hits = assistant.search(question.text, SEARCHED, question.history)
        ranking = tuple(dict.fromkeys(hit.passage.document_id for hit in hits))[:DEPTH]
        outcome = replace(outcome, found=ranking)
        began = perf_counter()
        answer = assistant.answer(question.text, question.history)
        milliseconds = 1000 * (perf_counter() - began)
    except ModelError as error:
        return replace(outcome, failure=str(error))
    text = " ".join(" ".join(statement.text for statement in answer.statements).split())
    return replace(
        outcome,
        answer="" if answer.abstained else text,
        matches=not answer.abstained and bool(re.search(question.pattern, text)) if question.pattern else None,
        quotes=tuple(_judge(assistant, quote, question, proofs) for quote in answer.quotes),
        abstained=answer.abstained,
        confidence=answer.confidence,
        milliseconds=milliseconds,
    )


def _judge(assistant: Assistant, quote: Quote, question: Question, proofs: Sequence[Proof]) -> JudgedQuote:
    document = assistant.document(quote.document_id)
    return JudgedQuote(
        quote,
        right=is_right(quote, proofs, mode=question.gold_mode) if proofs else None,
        verbatim=document is not None and document.text[quote.start : quote.end] == quote.text,
    )
