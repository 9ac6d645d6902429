"""Confirm: what a language model says of the statements that the judge left open, to verdicts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from rag.types import Quote, Statement

LINE = re.compile(r"^\W*(\d+)\W+\**(yes|no)\b", re.IGNORECASE | re.MULTILINE)
ONE_WORD = re.compile(r"^\W*(yes|no)\b", re.IGNORECASE)
CONFIRMED = "the model confirms it"
REFUTED = "the model, asked again, says that the quote does not say this"


def read_replies(reply: str, *, count: int) -> list[bool | None]:
    """Yes or no for each of so many statements; None where the reply gives neither."""
    given = {int(number): word.casefold() == "yes" for number, word in LINE.findall(reply)}
    if not given and count == 1 and (word := ONE_WORD.match(reply)):
        given = {1: word[1].casefold() == "yes"}
    return [given.get(number) for number in range(1, count + 1)]


def apply_replies(statements: Sequence[Statement], replies: Sequence[bool | None]) -> list[Statement]:
    """The statements, each unconfirmed one with the verdict of its reply; their quotes are numbered anew.

    `replies` are for the unconfirmed statements alone, in their order; one without a reply stays as it is.
    """
    waiting = iter(replies)
    found: list[Statement] = []
    for statement in statements:
        reply = next(waiting, None) if statement.verdict == "unconfirmed" else None
        if reply is None:
            found.append(statement)
        elif reply:
            found.append(replace(statement, verdict="supported", reason=CONFIRMED))
        else:
            found.append(replace(statement, verdict="unsupported", reason=REFUTED, quotes=()))
    return _number(found)


def quotes_of(statements: Sequence[Statement]) -> list[Quote]:
    """Every quote of the statements once, in the order of their numbers."""
    return list(dict.fromkeys(quote for statement in statements for quote in statement.quotes))


def _number(statements: Sequence[Statement]) -> list[Statement]:
    numbers = {quote: number for number, quote in enumerate(quotes_of(statements), 1)}
    return [
        replace(statement, quotes=tuple(replace(quote, number=numbers[quote]) for quote in statement.quotes))
        for statement in statements
    ]
