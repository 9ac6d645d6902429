"""Prove: does a quote support a statement? Deterministic, with the reason in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set

from rag.words import STOP_WORDS, capitalised_of, content_words, figures_of, names_of, stem, words_of

ENOUGH_WORDS = 0.6  # of a statement's content words
NEGATIONS = frozenset(
    """
    no not never none neither nor nobody cannot without unable denied denies deny refused refuses
    kein keine keinen nao ne nicht nie niemals nunca ohne без не нельзя нет δεν μη μην χωρις لا لم لن ليس ليست
    """.casefold().split()
)
"""As `words_of` gives them; of words that only come with another negation ("никто не", "ne … pas") the other alone."""
CLAUSE = re.compile(r"[,;:–—()]|\bbut\b|\band\b|\bthat\b|(?=\bnor\b)", re.IGNORECASE)
NO = re.compile("不|没|沒|無|无|非|未|勿|ない|なく|なかっ|なけれ|ません|ずに|ぬ|않|아니|없|못|ไม่|มิ")
"""What negates in Chinese, Japanese, Korean and Thai, wherever in a clause it stands."""
STOP = re.compile(r"[、，,;；。！？!?.()（）]")
CONNECTIVES = frozenset(
    """
    according additionally albeit although another consequently despite finally following furthermore hence however
    indeed instead like likewise many meanwhile moreover nevertheless nonetheless one others otherwise overall rather
    regarding several similarly since specifically still though thus unlike whereas yes yet
    """.split()
)
"""Words that open a sentence with a capital and add nothing that a quote would have to hold."""
BELONGING = ("n", "an", "ian", "i", "ese")  # Russia and Russian, Iran and Iranian, Iraq and Iraqi, Japan and Japanese
CARDINALS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
)
ORDINALS = "first second third fourth fifth sixth seventh eighth ninth tenth"
SCALES = "twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion trillion dozen half"
NUMBER_WORDS = {
    **{word: word for word in SCALES.split()},
    **{word: str(number) for number, word in enumerate(CARDINALS.split())},
    **{word: str(number) for number, word in enumerate(ORDINALS.split(), 1)},
}
NUMBER_WORDS.pop("one")  # mostly a pronoun


def find_fault(statement: str, quotes: Sequence[str]) -> str:
    """What keeps the quotes from supporting the statement, in words for the reader; "" if nothing does.

    Figures and names of the statement must stand in a quote; so must most of its content words; and what one of them
    negates, the other must not affirm.
    """
    quoted = " \n".join(quotes)
    if missing := sorted(_figures(statement) - _figures(quoted)):
        return f"the figure {missing[0]} is in no quoted sentence"
    quoted_words = {stem(word) for word in words_of(quoted)}
    if missing := sorted(name for name in names_of(statement) if not _is_named(name, quoted_words)):
        return f"the name “{missing[0]}” is in no quoted sentence"
    openers = capitalised_of(statement) - CONNECTIVES  # may be names: "Putin visited Tehran"
    if missing := sorted(word for word in openers if not _is_named(word, quoted_words)):
        return f"the word “{missing[0]}” is in no quoted sentence"
    words = {stem(word) for word in content_words(statement)}
    if len(words & quoted_words) < ENOUGH_WORDS * len(words):
        return f"the quoted sentences do not say “{', '.join(sorted(words - quoted_words)[:3])}”"
    return _find_negation(statement, quoted) or _find_turned_clause(statement, quoted)


def _is_named(name: str, quoted: Set[str]) -> bool:
    """Is the name quoted, or what belongs to it: "Russian" says "Russia", and the other way round?"""
    bases = [name, *(name.removesuffix(ending) for ending in BELONGING if name.endswith(ending))]
    return any(stem(base + ending) in quoted for base in bases if len(base) >= 4 for ending in ("", *BELONGING)) or (
        stem(name) in quoted
    )


def _figures(text: str) -> set[str]:
    return figures_of(text) | {NUMBER_WORDS[word] for word in words_of(text) if word in NUMBER_WORDS}


def _find_negation(statement: str, quoted: str) -> str:
    """A word may be affirmed as often as the quotes affirm it, and negated if they negate it at all."""
    affirmed, negated = _by_sign(quoted)
    said, unsaid = _by_sign(statement)
    if turned := sorted(word for word in said if negated[word] and said[word] > affirmed[word]):
        return f"the quoted sentences negate “{turned[0]}”"
    if invented := sorted(word for word in unsaid if not negated[word]):
        return f"the quoted sentences do not negate “{invented[0]}”"
    return ""


def _find_turned_clause(statement: str, quoted: str) -> str:
    """A clause says no if and only if the quoted clause that shares the most words with it does."""
    if not NO.search(statement + quoted):
        return ""
    sources = [(clause, set(words_of(clause))) for clause in STOP.split(quoted)]
    for clause in STOP.split(statement):
        words = set(words_of(clause))
        source, shared = max(sources, key=lambda source: len(words & source[1]))
        if words & shared and bool(NO.search(clause)) != bool(NO.search(source)):
            return f"the quoted sentences {'do not ' if NO.search(clause) else ''}negate “{clause.strip()}”"
    return ""


def _by_sign(text: str) -> tuple[Counter[str], Counter[str]]:
    """How often the stem of each content word is affirmed, and how often negated.

    Negated are those after an odd number of negations in their clause; those before it, if none is after.
    """
    affirmed: Counter[str] = Counter()
    negated: Counter[str] = Counter()
    for clause in CLAUSE.split(re.sub(r"n['’]t\b", " not", text)):
        is_negated = False
        before: list[str] = []
        since: list[str] = []
        for word in words_of(clause):
            if word in NEGATIONS:
                (negated if is_negated else affirmed).update(since)
                is_negated, before, since = not is_negated, since, []
            elif word not in STOP_WORDS:
                since.append(stem(word))
        (negated if is_negated else affirmed).update(since)
        if is_negated and not since:
            affirmed.subtract(before)
            negated.update(before)
    return affirmed, negated
