"""Confirm: a model's yes and no to verdicts."""

from __future__ import annotations

import pytest

from rag.confirmation import CONFIRMED, REFUTED, apply_replies, read_replies
from rag.types import Quote, Statement

ONE, TWO, THREE = (Quote(number, "d", number, number + 1, str(number)) for number in (1, 2, 3))
STATEMENTS = [
    Statement("A.", (ONE,), "unconfirmed", "check the quote"),
    Statement("B.", (TWO,), "supported"),
    Statement("C.", (TWO, THREE), "unconfirmed", "check the quote"),
    Statement("D.", (), "unsupported", "no"),
]


@pytest.mark.parametrize(
    ("reply", "count", "replies"),
    [
        ("1. yes\n2. no", 2, [True, False]),
        ("1: Yes, it does.\n2) **No**", 2, [True, False]),
        ("2. no", 2, [None, False]),
        ("Yes.", 1, [True]),
        ("No, it does not.", 1, [False]),
        ("Yes.", 2, [None, None]),
        ("I cannot tell", 1, [None]),
        ("", 1, [None]),
        ("7. yes", 1, [None]),
    ],
)
def test_each_statement_gets_its_own_word(reply: str, count: int, replies: list[bool | None]) -> None:
    assert read_replies(reply, count=count) == replies


def test_a_yes_supports_a_no_withdraws_and_quotes_are_numbered_anew() -> None:
    [a, b, c, d] = apply_replies(STATEMENTS, [False, True])
    assert (a.verdict, a.reason, a.quotes) == ("unsupported", REFUTED, ())
    assert (b.verdict, [quote.number for quote in b.quotes]) == ("supported", [1])
    assert (c.verdict, c.reason, [quote.number for quote in c.quotes]) == ("supported", CONFIRMED, [1, 2])
    assert d == STATEMENTS[3]


def test_a_statement_without_a_reply_stays_as_it_is() -> None:
    assert apply_replies(STATEMENTS, [None, None]) == STATEMENTS
    assert apply_replies(STATEMENTS, []) == STATEMENTS
