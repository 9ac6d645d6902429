"""Prove: do quotes support a statement? Deterministic, with the reason in words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import dropwhile, takewhile

from rag.amounts import NUMBER_WORDS, Amount, amounts_of
from rag.lexicon import CONNECTIVES, CURRENCIES, DAYS, LIGHT, MONTHS, OPPOSITES, QUANTIFIERS, SIGNS, UNITS
from rag.negation import CLAUSE, find_negation
from rag.orders import find_order
from rag.quotations import find_spoken, find_words
from rag.roots import nation_of, root_of
from rag.wording import find_rewording
from rag.words import (
    AS_WRITTEN,
    STOP_WORDS,
    capitalised_of,
    content_words,
    figures_of,
    full_names_of,
    names_of,
    stem,
    words_of,
)

ENOUGH_WORDS = 0.7  # of a statement's content words
WHOLE = 4  # content words: fewer are an answer such as "On December 28"
MOST_MISSING = 2
MOST_TAKEN = 1  # word of the question that no quote has
FOUND_WORDS = 0.85  # of them, where the quotes were looked for and not cited
TOGETHER = 0.5  # of a clause's content words that one quote has
AT = frozenset({"in", "on", "at"})
TIME = re.compile(
    r"\b(in|on|at|before|after|since|until|till)\s+"
    rf"(\d[\d:.,]*\d|\d|(?:{'|'.join((*MONTHS, *DAYS))})(?:\s+\d+)?)(?!\w)",
    re.IGNORECASE,
)
POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they)\b|^\W*(?:the|this|these|those|his|her|its|their|such|both)\b", re.IGNORECASE
)
"""A sentence about somebody whom one before it names."""
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


@dataclass(frozen=True)
class Said:
    """What a text says, as the checks need it."""

    text: str

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def roots(self) -> frozenset[str]:
        signs = (word for sign, word in SIGNS.items() if sign in self.text)
        return frozenset(map(root_of, [*self.words, *signs]))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(map(nation_of, names_of(self.text)))

    @cached_property
    def openers(self) -> frozenset[str]:
        """Words with a capital only because they open a sentence, or names: "Putin visited Tehran"."""
        return frozenset(map(nation_of, capitalised_of(self.text) - CONNECTIVES)) - self.names

    @cached_property
    def held(self) -> frozenset[str]:
        """The words as they are, for names: "Adams" is not "Adam"."""
        return frozenset(map(nation_of, self.words))

    @cached_property
    def common(self) -> frozenset[str]:
        """The roots of all that is no name."""
        names = names_of(self.text)
        return frozenset(root_of(word) for word in self.words if word not in names)

    def written(self, word: str) -> str:
        """A word, or what it stands for, as the text has it."""
        return next((each for each in AS_WRITTEN.findall(self.text) if word in map(nation_of, words_of(each))), word)

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts_of(self.text)

    @cached_property
    def figures(self) -> frozenset[str]:
        return frozenset({amount.value for amount in self.amounts} | figures_of(self.text))


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
    """The names and figures of a clause stand in one sentence, or in one that points back to those before it."""
    if len(quotes) < 2:
        return ""
    held = [_facts_at(quotes, at) for at in range(len(quotes))]
    for clause in map(Said, _clauses(said.text)):
        facts = (clause.names | clause.openers | clause.figures) & frozenset().union(*held)
        if len(facts) > 1 and not any(facts <= its for its in held):
            best = max(held, key=lambda its: len(facts & its))
            one, other = (said.written(min(some)) for some in (facts & best, facts - best))
            return f"no one of the quoted sentences has both “{one}” and “{other}”"
    return ""


def _apart(said: Said, quotes: Sequence[Said], quoted: Said) -> str:
    """Most of what a clause says stands in one sentence: two that each have some of it do not say it."""
    for clause in map(Said, _clauses(said.text)) if len(quotes) > 1 else ():
        words = {root_of(word) for word in content_words(clause.text)} & quoted.roots
        if words and max(len(words & quote.roots) for quote in quotes) < TOGETHER * len(words):
            return "no one of the quoted sentences says most of it"
    return ""


def _facts_at(quotes: Sequence[Said], at: int) -> frozenset[str]:
    quote = quotes[at]
    own = quote.held | quote.figures | _full_names(quotes, quote.held)
    pointer = POINTS_BACK.search(quote.text)
    if not pointer or names_of(quote.text[: pointer.start()]):
        return own
    if pointer.group().casefold() not in ("he", "she", "it", "they"):
        return own.union(*(before.held for before in quotes[:at]))
    return own.union(*(_subject(before) for before in quotes[:at]))


def _full_names(quotes: Sequence[Said], held: frozenset[str]) -> frozenset[str]:
    """All words of the names whose last word is held: "Sergeev" is the "Igor Sergeev" of another quote.

    Not where two names of the quotes end in it.
    """
    names: dict[str, set[frozenset[str]]] = {}
    for name in (name for quote in quotes for name in full_names_of(quote.text)):
        *_, last = words = [nation_of(word) for word in name]
        names.setdefault(last, set()).add(frozenset(words))
    return frozenset().union(*(max(names[last], key=len) for last in held & names.keys() if _is_one(names[last])))


def _is_one(names: Set[frozenset[str]]) -> bool:
    longest = max(names, key=len)
    return all(name <= longest for name in names)


def _subject(before: Said) -> frozenset[str]:
    """The first name of a sentence, all words of it, and the figures: whom "he" after it means."""
    name = takewhile(_is_capital, dropwhile(lambda word: not _is_capital(word), AS_WRITTEN.findall(before.text)))
    return frozenset(nation_of(bare) for word in name for bare in words_of(word)) | before.figures


def _is_capital(word: str) -> bool:
    return word[0].isupper() and STOP_WORDS.isdisjoint(words_of(word))


def _reworded(said: Said, quotes: Sequence[Said], _: Said) -> str:
    return find_rewording(said.text, [quote.text for quote in quotes], said.names | said.openers | said.figures)


def _ordered(said: Said, quotes: Sequence[Said], _: Said) -> str:
    """A document that tells its reader to say a thing does not say it."""
    verb = next(filter(None, (find_order(said.text, quote.text) for quote in quotes)), "")
    return f"the quoted sentence does not say it, it asks to “{verb}” it" if verb else ""


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
    wanted = {root_of(word): word for word in content_words(question.text) if question.text}
    taken = [word for root, word in wanted.items() if root in said.roots - LIGHT and root not in quoted.roots]
    if len(taken) > MOST_TAKEN:
        return f"the quoted sentences do not say “{', '.join(taken[:3])}”, which is the question's"
    if len(set(said.words) - STOP_WORDS) >= WHOLE:
        return ""
    asked = {root_of(word): word for word in content_words(question.text) if question.text}
    missing = [word for root, word in asked.items() if root not in quoted.roots]
    if len(missing) > len(asked) / 2:
        return f"the quoted sentences are not about “{', '.join(missing[:3])}”"
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


def _clauses(text: str) -> Iterator[str]:
    """The clauses; one that says little is part of the next, and at the end of the one before."""
    clauses, waiting = [], ""
    for part in CLAUSE.split(text):
        waiting = f"{waiting} {part}".strip()
        if len(set(words_of(waiting)) - STOP_WORDS) > 2:
            clauses.append(waiting)
            waiting = ""
    if waiting and clauses:
        clauses[-1] += f" {waiting}"
    yield from clauses or [text]
