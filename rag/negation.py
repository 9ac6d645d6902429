"""Negate: what a text affirms and what it negates, and whether two texts agree in it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Set

from rag.lexicon import NEGATIONS
from rag.roots import root_of
from rag.words import AS_WRITTEN, STOP_WORDS, words_of

NEW_SUBJECT = r"(?:the|an?|he|she|it|they|we|his|her|its|their|this|that|these|those|there|in|on|at|(?-i:[A-Z])\w*)\b"
CLAUSE = re.compile(
    rf",(?!\s*(?:[“\"«]|including|such as))|[;:—()]|\s–\s|[.!?]\s|\bbut\b|\band\b(?=\s+{NEW_SUBJECT})|(?=\bnor\b)",
    re.IGNORECASE,
)
"""Where what is denied ends: not at "that", and at "and" only before a new subject."""
NOT = re.compile(
    r"(?<=do|is|as|re|ve|ad|wo|ld|ca|st|es|id|ed|ai)n(?:['’´`ʼ]t|t(?<=dont|isnt|asnt|rent|vent|adnt|wont|ldnt|cant|idnt))\b",
    re.IGNORECASE,
)
"""n't with any mark, and without one where it is no other word."""
NO = re.compile("不|没|沒|無|无|非|未|勿|ない|なく|なかっ|なけれ|ません|ずに|ぬ|않|아니|없|못|ไม่|มิ")
"""What negates in Chinese, Japanese, Korean and Thai, wherever in a clause it stands."""
STOP = re.compile(r"[、，,;；。！？!?.()（）]")


def find_negation(statement: str, quoted: str) -> str:
    """What the statement negates or affirms that the quotes do not, in words for the reader; "" if they agree."""
    return _find_turned_word(statement, quoted) or _find_turned_clause(statement, quoted)


def _find_turned_word(statement: str, quoted: str) -> str:
    """A word may be affirmed as often as the quotes affirm it, and negated if they negate it at all."""
    affirmed, negated = _by_sign(quoted)
    said, unsaid = _by_sign(statement)
    if turned := {word for word in said if negated[word] and said[word] > affirmed[word]}:
        return f"the quoted sentences negate “{_first(turned, statement)}”"
    if invented := {word for word in unsaid if not negated[word]}:
        return f"the quoted sentences do not negate “{_first(invented, statement)}”"
    return ""


def _first(stems: Set[str], text: str) -> str:
    """The first of these words as the text has it; a figure only if there is no other."""
    written: list[str] = [
        word for word in AS_WRITTEN.findall(text) if not stems.isdisjoint(map(root_of, words_of(word)))
    ]
    return min(written, key=lambda word: word[0].isdecimal(), default=min(stems))


def _find_turned_clause(statement: str, quoted: str) -> str:
    """A clause says no if and only if the quoted clause that shares the most words with it does."""
    if not NO.search(statement + quoted):
        return ""
    sources = [(clause, set(words_of(clause))) for clause in STOP.split(quoted)]
    for clause in STOP.split(statement):
        words = set(words_of(clause))
        says_no = bool(NO.search(clause))
        source, shared = max(sources, key=lambda it: (len(words & it[1]), bool(NO.search(it[0])) == says_no))
        if words & shared and says_no != bool(NO.search(source)):
            return f"the quoted sentences {'do not ' if says_no else ''}negate “{clause.strip()}”"
    return ""


def _by_sign(text: str) -> tuple[Counter[str], Counter[str]]:
    """How often the stem of each content word is affirmed, and how often negated.

    Negated are those after an odd number of negations in their clause; those before it, if none is after.
    """
    affirmed: Counter[str] = Counter()
    negated: Counter[str] = Counter()
    for clause in CLAUSE.split(NOT.sub(" not", text)):
        is_negated = False
        before: list[str] = []
        since: list[str] = []
        for word in words_of(clause):
            if word in NEGATIONS:
                (negated if is_negated else affirmed).update(since)
                is_negated, before, since = not is_negated, since, []
            elif word not in STOP_WORDS:
                since.append(root_of(word))
        (negated if is_negated else affirmed).update(since)
        if is_negated and not since:
            affirmed.subtract(before)
            negated.update(before)
    return affirmed, negated
