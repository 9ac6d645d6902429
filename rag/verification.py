"""Verify: a saved answer's quotes, sliced anew from the documents, and its statements, held against them anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from rag.errors import AnswerError
from rag.markdown import render_statements
from rag.prompts import abstention
from rag.quotations import find_spoken, find_words
from rag.support import find_fault
from rag.types import Answer, Document, Passage, Quotation, Quote, Statement

MAKE_IT = "save one with `pincite ask QUESTION --json`"

FindDocument = Callable[[Quote | Passage], Document | None]
FindWhole = Callable[[str], Document | None]


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of an answer's quotes and statements."""

    quotes: int
    """How many were sliced anew."""
    faults: tuple[str, ...]
    """What does not hold, a line each; empty if all does."""
    notes: tuple[str, ...] = ()
    """Documents that have changed since, though not where they are quoted."""


def read_answer(path: str | Path) -> Answer:
    """Read an answer that was saved as JSON; raises `AnswerError` with the path if there is none."""
    path = Path(path)
    from pydantic import TypeAdapter, ValidationError  # its types are built here alone

    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
        json.dumps(value, ensure_ascii=False).encode()  # half a character, which JSON can hold, is no text
        return TypeAdapter(Answer).validate_python(value)
    except OSError as error:
        raise AnswerError(f"{path} cannot be read ({error.strerror}); check the path") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "answer"
        raise AnswerError(f"{path} is no answer of Pincite ({where}: {first['msg']}); {MAKE_IT}") from error
    except (ValueError, RecursionError) as error:
        raise AnswerError(f"{path} is not JSON in UTF-8; {MAKE_IT}") from error


def verify_answer(answer: Answer, *, find_document: FindDocument) -> Verification:
    """Hold every quote against its document, every statement against its quotes, and the text against both.

    What no document can tell is left: the question, the confidence, the scores of the hits, the notes.
    """
    spoken = [spoken for statement in answer.statements for spoken in statement.quotations]
    quotes = dict.fromkeys(
        [
            *answer.quotes,
            *(quote for statement in answer.statements for quote in statement.quotes),
            *(quotation.words for quotation in spoken if quotation.words),
        ]
    )
    documents = {quote: find_document(quote) for quote in quotes}
    faults = [
        f"{f'quote {quote.number}' if quote.number else 'quoted words'}: {fault}"
        for quote, document in documents.items()
        for fault in _quote_faults(quote, document)
    ]
    changed = {
        document.id: f"{_name(quote)} has changed since; what is quoted of it has not"
        for quote, document in documents.items()
        if document and quote.document_digest and quote.document_digest != document.digest and not faults
    }
    faults += [*_hit_faults(answer, find_document), *_answer_faults(answer)]
    return Verification(len(quotes), tuple(faults), tuple(changed.values()))


def find_among(documents: Iterable[Document], *, read: FindWhole | None = None) -> FindDocument:
    """Find the document of a quote or passage: the one of its source, or else of its id, or of its digest.

    A file that changed has another id and the same source; a copy of what it was is not it. Of several with one source
    it is the one with the id. `read` gives the whole document by its id where these have no text.
    """
    by_source: dict[str, dict[str, Document]] = {}
    by_name: dict[str, Document] = {}
    for document in documents:
        by_source.setdefault(document.source, {})[document.id] = document
        by_name |= {document.id: document, document.digest: document}

    def find(quote: Quote | Passage) -> Document | None:
        there = by_source.get(quote.source, {}) if quote.source else {}
        names = [name for name in (quote.document_id, quote.document_digest) if name in by_name]
        found = there.get(quote.document_id) or next(iter([*there.values(), *(by_name[name] for name in names)]), None)
        return read(found.id) if read and found else found

    return cache(find)


def _quote_faults(quote: Quote, document: Document | None) -> Iterator[str]:
    if document is None:
        yield f"there is no document {quote.document_id!r} ({_name(quote)})"
        return
    if quote.document_digest == document.digest and quote.document_id != document.id:
        yield f"the answer gives the document {quote.document_id!r}, and its source is {document.id!r}"
    at = quote.start
    if not quote.text.strip():
        yield "it quotes no words"
    elif not 0 <= quote.start < quote.end or document.text[quote.start : quote.end] != quote.text:
        at = document.text.find(quote.text)
        now = f"they stand at {at}–{at + len(quote.text)}" if at >= 0 else "they are nowhere in it"
        yield f"{_name(quote)} does not hold its words at {quote.start}–{quote.end}; {now}"
    if at < 0:
        return
    held = asdict(document.section_at(at)) | {"page": document.page_at(at)}
    for name in ("title", "date", "author", "publisher", "page"):
        if (said := getattr(quote, name)) != held[name]:
            yield f"the answer gives {_shown(name, said)}, and the document has {_shown(name, held[name])}"


def _shown(name: str, value: object) -> str:
    return f"the {name} “{value}”" if value else f"no {name}"


def _hit_faults(answer: Answer, find_document: FindDocument) -> Iterator[str]:
    """Passages that were altered; those of a document that has changed since may be as they were."""
    for hit in answer.hits:
        passage = hit.passage
        document = find_document(passage)
        is_same = document is not None and passage.document_digest == document.digest
        if document and is_same and document.text[passage.start : passage.end] != passage.text:
            yield f"passage {hit.rank}: {_name(passage)} does not hold its words at {passage.start}–{passage.end}"


def _answer_faults(answer: Answer) -> Iterator[str]:
    numbers = [quote.number for quote in answer.quotes]
    if numbers != list(range(1, len(numbers) + 1)):
        yield f"the quotes are numbered {', '.join(map(str, numbers))} and not from 1 up"
    for place, statement in enumerate(answer.statements, 1):
        yield from (f"statement {place}{fault}" for fault in _statement_faults(statement, answer))
    if answer.abstained != (not answer.quotes):
        yield "it abstained, and yet quotes" if answer.abstained else "it did not abstain, and quotes nothing"
    elif answer.text != (abstention(answer.missing) if answer.abstained else render_statements(answer.statements)):
        yield f"the answer's text is not that of its {'abstention' if answer.abstained else 'statements'}"


def _statement_faults(statement: Statement, answer: Answer) -> Iterator[str]:
    unlisted = [quote.number for quote in statement.quotes if quote not in answer.quotes]
    if unlisted:
        yield f": quote {unlisted[0]} is not among the answer's quotes"
    spans = [(quotation.start, quotation.end) for quotation in statement.quotations]
    is_copied = any(statement.text.split() == quote.text.split() for quote in statement.quotes)
    if spans != ([] if is_copied else list(find_spoken(statement.text))):
        yield ": what is told of its words in quotation marks is not of these words"
    for quotation in statement.quotations:
        if not _stands(statement.text[quotation.start : quotation.end], quotation, statement):
            yield f": its words in quotation marks are said to be {quotation.standing}, and are not"
    if bool(statement.quotes) != (statement.verdict != "unsupported"):
        cites = f"cites {len(statement.quotes)} quotes" if statement.quotes else "cites no quote"
        yield f" is said to be {statement.verdict} and {cites}"
    elif statement.quotes:
        quoted, is_found = [quote.text for quote in statement.quotes], statement.verdict == "re-pointed"
        if fault := find_fault(statement.text, quoted, question=answer.searched_for, is_found=is_found):
            yield f" is not supported: {fault}"


def _stands(written: str, quotation: Quotation, statement: Statement) -> bool:
    """Does the document's text have the words, and is that a document that the statement quotes, if it quotes any?"""
    has = bool(quotation.words and find_words(written, quotation.words.text))
    if not statement.quotes:
        return has == (quotation.standing != "not found")
    cited = {quote.document_id for quote in statement.quotes}
    return has and quotation.standing == "verified" and bool(quotation.words and quotation.words.document_id in cited)


def _name(quote: Quote | Passage) -> str:
    return f"“{quote.title or quote.source or quote.document_id}”"
