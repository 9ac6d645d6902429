"""A judge by words alone, for tests of what is built on a judge: sure of what says no other words, and of no more."""

from __future__ import annotations

from collections.abc import Sequence

from rag.support import COPY
from rag.types import Judge, Opinion, Proof, Support
from rag.vetoes import find_veto
from rag.words import content_words, stem, words_of


def weigh_by_words(statement: str, proofs: Sequence[Proof]) -> list[Support]:
    return [_weigh(statement, proof) for proof in proofs]


def _weigh(statement: str, proof: Proof) -> Support:
    if statement.split() in (quote.split() for quote in proof.quotes):
        return COPY
    quoted = " ".join([*proof.quotes, proof.title])
    if veto := find_veto(statement, proof.quotes, known=proof.known):
        return Support("none", float("-inf"), veto)
    missing = find_missing(statement, quoted)
    return Support("none", -9.0, f"the quoted sentences do not say “{missing}”") if missing else Support("sure", 9.0)


def find_missing(statement: str, quoted: str) -> str:
    """The first word of the statement that the quotes lack, "not" among them."""
    held = {stem(word) for word in words_of(quoted)}
    wanted = [*content_words(statement), *(word for word in words_of(statement) if word == "not")]
    return next((word for word in wanted if stem(word) not in held), "")


def _support(statement: str, evidence: Sequence[str], /, *, question: str = "") -> list[Opinion]:
    del question
    missing = [find_missing(statement, text) for text in evidence]
    return [Opinion(-9.0 if each else 9.0, each) for each in missing]


WORD_JUDGE = Judge(support=_support)


def constant_judge(log_odds: float, doubted: str = "") -> Judge:
    """A judge that thinks the same of everything."""

    def support(_: str, evidence: Sequence[str], /, *, question: str = "") -> list[Opinion]:
        del question
        return [Opinion(log_odds, doubted)] * len(evidence)

    return Judge(support=support)
