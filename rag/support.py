"""Support: do sentences say what a statement says? Vetoes first, and the judge for all that they leave."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rag.quotations import find_spoken, find_words
from rag.types import Judge, Opinion, Proof, Support
from rag.vetoes import find_veto

SURE = 0.0
"""Log-odds of support from which a cited sentence proves a statement; see `python -m training.evaluate`."""
TITLE_WORTH = 3.0
"""In log-odds: what the title may add. It tells what "it" is; a claim in it, which may be hostile, is no quote."""
QUESTION_WORTH = 1.0
"""In log-odds: what the question, whose words make others look right, may add beside a sentence that nobody cited."""
WHOLE = 6  # words: a shorter statement may say nothing without its question
POSSIBLE = -3.0
"""From which a cited sentence is worth a reader's look."""
POSSIBLE_IF_FOUND = -1.0
"""From which one is that nobody cited: of many that are tried one looks right by chance."""

CHECKER = "judge 1"
"""Names the rules and weights that give verdicts: raise it with every change of them."""
WHOLE_QUOTE = 0.95  # of its characters
COPY = Support("sure", float("inf"))


def weigh_support(
    statement: str, proofs: Sequence[Proof], *, judge: Judge, question: str = "", shown: str = ""
) -> list[Support]:
    """How far each proof supports the statement, which may answer a question.

    `shown` is all that was read for the answer. A sentence of a language that the judge does not read is never sure,
    unless the statement copies it.
    """
    veto = partial(find_veto, statement, shown=shown)
    found = [_weigh_alone(statement, proof, veto(proof.quotes, known=proof.known)) for proof in proofs]
    for at, proof in enumerate(proofs):
        if found[at] is not None:
            continue
        if not judge.reads(" ".join([statement, *proof.quotes])):
            found[at] = Support("possible", 0.0, "check the quote: Pincite does not read this language well enough")
            continue
        opinion, log_odds = _weigh_proof(statement, proof, judge=judge, question=question)
        found[at] = _weigh_opinion(log_odds, opinion.doubted, is_cited=proof.is_cited)
    return [support for support in found if support is not None]


def _weigh_proof(statement: str, proof: Proof, *, judge: Judge, question: str) -> tuple[Opinion, float]:
    """The judge's opinion, and its log-odds without what title or question alone would make of them."""
    quoted = " ".join(proof.quotes)
    [opinion] = judge.support(statement, [". ".join(filter(None, [proof.title, quoted]))], question=question)
    log_odds = opinion.log_odds
    if proof.title:
        log_odds = min(log_odds, judge.support(statement, [quoted], question=question)[0].log_odds + TITLE_WORTH)
    if question and not proof.is_cited and len(statement.split()) >= WHOLE:
        log_odds = min(log_odds, judge.support(statement, [quoted])[0].log_odds + QUESTION_WORTH)
    return opinion, log_odds


def _weigh_alone(statement: str, proof: Proof, veto: str) -> Support | None:
    """What needs no judge: a copy, or a veto; None for all else."""
    if any(statement.split() == quote.split() for quote in proof.quotes) or _is_read_out(statement, proof.quotes):
        return COPY
    return Support("none", float("-inf"), veto) if veto else None


def _is_read_out(statement: str, quotes: Sequence[str]) -> bool:
    """Is it a whole quote in quotation marks, with a few words before them: "It reads: …"?"""
    for start, end in find_spoken(statement):
        for quote in quotes:
            found = find_words(statement[start:end], quote)
            if found and found[1] - found[0] >= WHOLE_QUOTE * len(quote) and start <= len("The document reads: "):
                return end >= len(statement) - 3
    return False


def _weigh_opinion(log_odds: float, doubted: str, *, is_cited: bool) -> Support:
    says = f"do not say “{doubted}”" if doubted else "do not say this"
    if log_odds >= SURE:
        return Support("sure", log_odds)
    if log_odds >= (POSSIBLE if is_cited else POSSIBLE_IF_FOUND):
        reason = f"check the quote: it may not say “{doubted}”" if doubted else "check the quote: it may not say this"
        return Support("possible", log_odds, reason)
    return Support("none", log_odds, f"the quoted sentences {says}")
