"""Which questions are to be answered, and which were left."""

from __future__ import annotations

from ui.due import SECONDS, Due
from ui.turns import LEFT, Turn

FIRST, SECOND = Turn("Who?", asked="1"), Turn("When?", asked="2")


def test_each_question_is_claimed_once_and_in_its_order() -> None:
    due = Due()
    due.ask(SECOND)
    due.ask(FIRST)
    assert [due.claim([FIRST, SECOND]) for _ in range(3)] == [FIRST, SECOND, None]
    assert due.holds(FIRST)
    due.end(FIRST)
    assert (due.holds(FIRST), due.holds(SECOND)) == (False, True)


def test_a_question_that_has_ended_is_not_claimed() -> None:
    due = Due()
    due.ask(FIRST)
    assert due.claim([FIRST.end(LEFT)]) is None


def test_a_question_whose_answer_nobody_asks_for_was_left() -> None:
    moments = [0.0]
    due = Due(now=lambda: moments[0])
    due.ask(FIRST)
    due.ask(SECOND)
    assert due.claim([SECOND]) == SECOND
    moments[0] = SECONDS - 1
    assert due.holds(FIRST)
    moments[0] = SECONDS
    assert (due.holds(FIRST), due.claim([FIRST])) == (False, None)
    assert due.holds(SECOND)  # its model may be slow


def test_nobody_is_waited_for_that_never_asked() -> None:
    assert not Due().holds(FIRST)
    assert Due().claim([FIRST]) is None
