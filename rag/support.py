"""Prove: do quotes support a statement? Deterministic, with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from rag.amounts import NUMBER_WORDS, Amount
from rag.lexicon import CURRENCIES, DAYS, LIGHT, MONTHS, OPPOSITES, QUANTIFIERS, UNITS
from rag.negation import find_negation
from rag.orders import find_order
from rag.quotations import find_spoken, find_words
from rag.roots import root_of
from rag.said import Said
from rag.scattered import TOGETHER, find_apart, find_scattered
from rag.wording import find_rewording
from rag.words import (
    STOP_WORDS,
    content_words,
    stem,
)

ENOUGH_WORDS = 0.7  # of a statement's content words
FOUND_WORDS = 0.85  # of them, where the quotes were looked for and not cited
WHOLE = 4  # content words: fewer are an answer such as "On December 28"
MOST_MISSING = 2
MOST_TAKEN = 1  # word of the question that no quote has
AT = frozenset({"in", "on", "at"})
TIME = re.compile(
    r"\b(in|on|at|before|after|since|until|till)\s+"
    rf"(\d[\d:.,]*\d|\d|(?:{'|'.join((*MONTHS, *DAYS))})(?:\s+\d+)?)(?!\w)",
    re.IGNORECASE,
)
FRAME = re.compile(
    r"^\s*(?:yes,\s+)?(?:(?:according to|based on) the (?:\w+ )?(?:document|passage|text|article|source)s?,\s+)?",
    re.IGNORECASE,
)
"""What a model begins with, and that says nothing."""
QUESTION = re.compile(r"[?？؟][\"'”’»)\]]*\s*\Z")
UNIT_STEMS = frozenset(map(stem, UNITS))
AMBIGUOUS = STOP_WORDS | {"may", "march"}
QUANTIFIED = {
    name: (re.compile(rf"\b{name}\b", re.IGNORECASE), re.compile(rf"\b(?:{allowed})\b|n['’]t\b", re.IGNORECASE))
    for name, allowed in QUANTIFIERS.items()
}


Check = Callable[[Said, Sequence[Said], Said], str]
"""Statement, quotes one by one, quotes as one text; what is wrong, or ""."""


def find_fault(statement: str, quotes: Sequence[str], *, question: str = "", is_found: bool = False) -> str:
    """What keeps the quotes from supporting the statement, in words for the reader; "" if nothing does.

    Its figures, names and quoted words must stand in a quote, those of a clause in one; so must most of its content
    words. What a quote negates, counts, measures or puts in another place, the statement must not say otherwise.
    A few words say something only as the answer to a `question`: then the quotes must be about what it asks. Quotes
    that nobody cited, the best that were found, must have nearly all of the words.
    """
    if statement.split() in (quote.split() for quote in quotes):
        return ""
    said, each, together = Said(FRAME.sub("", statement)), [Said(quote) for quote in quotes], Said(" \n".join(quotes))
    faults = (check(said, each, together) for check in CHECKS)
    fault = next(filter(None, faults), "") or _missing_subject(said, Said(question), together)
    return fault or (_missing_words(said, each, together, enough=FOUND_WORDS) if is_found else "")


def _missing_figure(said: Said, _: Sequence[Said], quoted: Said) -> str:
    missing = sorted(said.figures - quoted.figures)
    return f"the figure {missing[0]} is in no quoted sentence" if missing else ""


def _missing_name(said: Said, _: Sequence[Said], quoted: Said) -> str:
    for kind, words in (("name", said.names), ("word", said.openers)):
        if missing := sorted(word for word in words if not _holds(quoted, word)):
            return f"the {kind} “{said.written(missing[0])}” is in no quoted sentence"
    return ""


def _missing_quotation(said: Said, _: Sequence[Said], quoted: Said) -> str:
    """Words in quotation marks are somebody's own: they stand in a quote as they are, but for typography."""
    for start, end in find_spoken(said.text):
        if not find_words(said.text[start:end], quoted.text):
            return f"the words “{said.text[start:end].strip()}” are in no quoted sentence"
    return ""


def _missing_words(said: Said, _: Sequence[Said], quoted: Said, *, enough: float = ENOUGH_WORDS) -> str:
    if not said.words:
        return "it has no words"
    words = {root_of(word): word for word in content_words(said.text) if not _is_number(word)}
    wanted = {root: word for root, word in words.items() if root not in LIGHT} or words
    missing = [word for root, word in wanted.items() if root not in quoted.roots]
    if len(missing) > min(MOST_MISSING, (1 - enough) * len(wanted)):
        return f"the quoted sentences do not say “{', '.join(missing[:3])}”"
    return ""


def _is_number(word: str) -> bool:
    return word[0].isdecimal() or word in NUMBER_WORDS


def _opposite(said: Said, _: Sequence[Said], quoted: Said) -> str:
    ours, theirs = set(said.words), set(quoted.words)
    for word in said.words:
        others = OPPOSITES.get(word, frozenset())
        turned = sorted((others & theirs) - ours)
        if turned and root_of(word) not in quoted.roots:
            return f"the quoted sentences say “{turned[0]}”, not “{word}”"
    return ""


def _quantity(said: Said, _: Sequence[Said], quoted: Said) -> str:
    ours, theirs = (" ".join(text.split()) for text in (said.text, quoted.text))
    for name, (says, allowed) in QUANTIFIED.items():
        if says.search(ours) and not allowed.search(theirs):
            return f"the quoted sentences do not say “{name}”"
    return ""


def _measure(said: Said, _: Sequence[Said], quoted: Said) -> str:
    """A figure counts the same in both: 5 women are not 5 men, $6 is not £6, ten months are not ten years."""
    for amount in said.amounts:
        same = [other for other in quoted.amounts if other.value == amount.value]
        others = [other for other in quoted.amounts if other.value != amount.value]
        if not same:
            continue
        if not any(_same_sign(amount, other, quoted) for other in same):
            return f"the quoted sentences do not say {amount.sign}{amount.value}"
        counted = next(iter(amount.near), "")
        near = {word for other in same for word in other.near}
        units = near & UNIT_STEMS
        elsewhere = counted in {word for other in others for word in other.near[:1]}
        if counted and counted not in near and ((counted in UNIT_STEMS and units) or elsewhere):
            return f"the quoted sentences do not say “{amount.value} {counted}”"
    return ""


def _time(said: Said, _: Sequence[Said], quoted: Said) -> str:
    """What was after 1932 was not in 1932."""
    held: dict[str, set[str]] = {}
    for when, what in TIME.findall(quoted.text):
        held.setdefault(what.casefold(), set()).add(when.casefold())
    for when, what in TIME.findall(said.text):
        whens = held.get(what.casefold(), set())
        if whens and when.casefold() in AT and not whens & AT:
            return f"the quoted sentences say “{min(whens)} {what}”, not “{when} {what}”"
    return ""


def _same_sign(amount: Amount, other: Amount, quoted: Said) -> bool:
    if "-" in (amount.sign, other.sign):
        return amount.sign == other.sign
    named = stem(CURRENCIES.get(amount.sign, "")) in quoted.roots
    return amount.sign in ("", other.sign) or (named and not other.sign)


def _negation(said: Said, _: Sequence[Said], quoted: Said) -> str:
    return find_negation(said.text, quoted.text)


def _scattered(said: Said, quotes: Sequence[Said], _: Said) -> str:
    return find_scattered(said, quotes)


def _apart(said: Said, quotes: Sequence[Said], quoted: Said) -> str:
    return find_apart(said, quotes, quoted)


def _reworded(said: Said, quotes: Sequence[Said], _: Said) -> str:
    return find_rewording(said.text, [quote.text for quote in quotes], said.names | said.openers | said.figures)


def _ordered(said: Said, quotes: Sequence[Said], _: Said) -> str:
    """A document that tells its reader to say a thing does not say it."""
    words = next(filter(None, (find_order(said.text, quote.text) for quote in quotes)), "")
    return f"the quoted sentence does not say it, it tells its reader to (“{words} …”)" if words else ""


def _asked(said: Said, quotes: Sequence[Said], _: Said) -> str:
    """A question says nothing of what it asks."""
    words = {root_of(word) for word in content_words(said.text)}
    telling = [quote for quote in quotes if not QUESTION.search(quote.text)]
    if len(telling) == len(quotes) or QUESTION.search(said.text):
        return ""
    told = frozenset().union(*(quote.roots for quote in telling))
    return "the quoted sentence asks it and does not say it" if len(words & told) < TOGETHER * len(words) else ""


def _missing_subject(said: Said, question: Said, quoted: Said) -> str:
    """What the statement has from the question alone is not proved; a few words must be about what it asks."""
    asked = {root_of(word): word for word in content_words(question.text) if question.text}
    missing = {root: word for root, word in asked.items() if root not in quoted.roots}
    taken = [word for root, word in missing.items() if root in said.roots - LIGHT]
    if len(taken) > MOST_TAKEN:
        return f"the quoted sentences do not say “{', '.join(taken[:3])}”, which is the question's"
    if len(set(said.words) - STOP_WORDS) < WHOLE and len(missing) > len(asked) / 2:
        return f"the quoted sentences are not about “{', '.join([*missing.values()][:3])}”"
    return ""


CHECKS: tuple[Check, ...] = (
    _missing_figure,
    _missing_name,
    _missing_quotation,
    _missing_words,
    _opposite,
    _negation,
    _quantity,
    _measure,
    _time,
    _scattered,
    _reworded,
    _ordered,
    _asked,
    _apart,
)


def _holds(quoted: Said, name: str) -> bool:
    """Is the name quoted, or what belongs to it? "Russian" says "Russia"; "us" is not "US", nor "may" May."""
    if name in AMBIGUOUS and not quoted.text.isupper():
        return name in quoted.names or name in quoted.openers
    return name in quoted.held or root_of(name) in quoted.common
