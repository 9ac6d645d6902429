"""Judge: gold and a library to proofs, and a quote to whether it shows one of them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from rag.errors import QuestionError
from rag.questions import Gold, GoldMode, Question
from rag.types import Document, Quote

ENOUGH = 0.5
"""The share of a slice that a right quote holds, or of the quote that lies in the slice."""
MAX_SHOWN = 60  # characters of gold in a message

_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "\N{SOFT HYPHEN}": "",
    }
)
_LETTER = "[0-9a-z\N{LATIN SMALL LETTER SHARP S}-\N{LATIN SMALL LETTER T WITH CURL}]"
_WORD_ENDS = rf"(?:(?<!{_LETTER})|(?!{_LETTER}))"
"""Not between two letters or figures; scripts without spaces between words are left out."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Gold as the library holds it."""

    document_ids: tuple[str, ...]
    """At least one."""
    start: int = 0
    end: int = 0
    """0 if there is no slice."""
    words: str = ""
    """In plain form; none beside a slice."""


def is_right(quote: Quote, proofs: Sequence[Proof], *, mode: GoldMode = "any") -> bool:
    """Whether the quote shows one of the proofs.

    Words: the quote, of a document that holds them, holds them or is a part of them. Slices: half of one lies in the
    quote, or half of the quote lies in one; with mode "all" in all of them together. A document alone counts only if
    nothing more exact is given: the quote is from it. The rule for slices is that of the project's benchmarks.
    """
    own = [proof for proof in proofs if quote.document_id in proof.document_ids]
    if all(not proof.words and not proof.end for proof in proofs):
        return bool(own)
    said = plain_form(quote.text)
    if any(proof.words and (holds(said, proof.words) or holds(proof.words, said)) for proof in own):
        return True
    quoted = _positions(quote)
    slices = [_positions(proof) for proof in own if proof.end]
    groups = [set().union(*slices)] if mode == "all" else slices
    return any(len(quoted & each) >= ENOUGH * len(each) for each in slices) or any(
        len(quoted & each) >= ENOUGH * len(quoted) for each in groups
    )


def plain_form(text: str) -> str:
    """One form for all that typography varies: Unicode form, quote marks, dashes, white space, and case."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_TYPOGRAPHY).casefold().split())


def holds(text: str, words: str) -> bool:
    """Whether the words stand in the text, cutting no word of it: "7" is not in "1979". Both are in plain form."""
    return words in text and re.search(f"{_WORD_ENDS}{re.escape(words)}{_WORD_ENDS}", text) is not None


def find_proofs(
    questions: Sequence[Question], documents: Sequence[Document], *, read: Callable[[str], Document | None]
) -> list[tuple[Proof, ...]]:
    """The proofs of each question. `read` gives a document with its text by its id; none is read twice.

    Raises `QuestionError` for gold that the library does not hold: no answer could be right.
    """
    asked = [(question, gold) for question in questions for gold in question.gold]
    named = {gold: _named(gold.document, documents, place=question.place) for question, gold in asked}
    words = {gold: plain_form(gold.words) for gold in named}
    found: dict[Gold, list[str]] = {gold: [] for gold in named}
    for id in (document.id for document in documents):
        golds = [gold for gold, name in named.items() if name in ("", id)]
        document = read(id) if any(gold.words or gold.end for gold in golds) else None
        text = document.text if document else ""
        plain = plain_form(text)
        for gold in golds:
            if _is_held(gold, words[gold], text=text, plain=plain):
                found[gold].append(id)
    for question, gold in asked:
        if not found[gold]:
            raise QuestionError(f"{question.place}: {_missing(gold)}")
    return [
        tuple(
            Proof(tuple(found[gold]), gold.start, gold.end, words="" if gold.end else words[gold])
            for gold in question.gold
        )
        for question in questions
    ]


def _named(name: str, documents: Sequence[Document], *, place: str) -> str:
    """The id of the document; "" if none is named."""
    last = PurePath(name).parts
    if not last:
        return ""
    ways: tuple[Callable[[Document], bool], ...] = (
        lambda document: document.id == name,
        lambda document: document.source == name,
        lambda document: document.title == name,
        lambda document: PurePath(document.source).parts[-len(last) :] == last,
    )
    for is_meant in ways:
        ids = [document.id for document in documents if is_meant(document)]
        if len(ids) > 1:
            raise QuestionError(f"{place}: {len(ids)} documents are called {name!r}; name one by its id, as listed")
        if ids:
            return ids[0]
    raise QuestionError(f"{place}: the library holds no document {name!r}; `pincite list` shows what it holds")


def _is_held(gold: Gold, words: str, *, text: str, plain: str) -> bool:
    if gold.end:
        return gold.end <= len(text) and words in ("", plain_form(text[gold.start : gold.end]))
    return not gold.words or (words != "" and holds(plain, words))


def _missing(gold: Gold) -> str:
    words = gold.words if len(gold.words) <= MAX_SHOWN else f"{gold.words[: MAX_SHOWN - 1]}…"
    if not gold.document:
        return f"no document holds the gold {words!r}; correct it, or ingest the document that does"
    if not gold.end:
        return f"the document {gold.document!r} does not hold the gold {words!r}; correct it, or ingest it anew"
    held = f"hold the gold {words!r} from {gold.start} to {gold.end}" if words else f"reach to {gold.end}"
    return f'the document {gold.document!r} does not {held}; correct "start" and "end"'


def _positions(place: Proof | Quote) -> set[int]:
    return set(range(place.start, place.end))
