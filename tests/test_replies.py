"""Receive: what came of a model's stream, and why it ended early."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rag.errors import ModelError
from rag.replies import Reply
from rag.types import Usage


def cut(*pieces: str | Usage) -> Iterator[str | Usage]:
    yield from pieces
    raise ModelError("the connection was lost")


def test_text_comes_through_piece_by_piece_and_the_usage_is_kept() -> None:
    reply = Reply(["Par", "", "is. ", "[1]", Usage(1500, 7)])
    assert list(reply) == ["Par", "", "is. ", "[1]"]
    assert (reply.usage, reply.incomplete) == (Usage(1500, 7), "")


def test_the_text_so_far_is_kept_and_what_was_spent_before_counts() -> None:
    reply = Reply(["Par", "is.", Usage(1500, 7)], spent=Usage(20, 2))
    text = iter(reply)
    assert (next(text), reply.text, reply.usage) == ("Par", "Par", Usage(20, 2))
    assert list(text) == ["is."]
    assert (reply.text, reply.usage) == ("Paris.", Usage(1520, 9))


def test_a_piece_is_handed_on_before_the_next_is_asked_for() -> None:
    asked: list[str] = []

    def pieces() -> Iterator[str]:
        for piece in ("a", "b"):
            asked.append(piece)
            yield piece

    assert next(iter(Reply(pieces()))) == "a"
    assert asked == ["a"]


def test_a_cut_after_text_keeps_the_text_and_says_why() -> None:
    reply = Reply(cut("Paris. ", Usage(3, 1)))
    assert list(reply) == ["Paris. "]
    assert (reply.usage, reply.incomplete) == (Usage(3, 1), "the connection was lost")


@pytest.mark.parametrize("nothing", [(), ("",), (" ", "\n"), (Usage(3, 0),)])
def test_a_cut_before_any_text_is_an_error(nothing: tuple[str | Usage, ...]) -> None:
    with pytest.raises(ModelError, match=r"^the connection was lost$"):
        list(Reply(cut(*nothing)))


def test_errors_that_are_not_the_servers_are_not_swallowed() -> None:
    def broken() -> Iterator[str]:
        yield "Paris."
        raise ZeroDivisionError("a bug")

    with pytest.raises(ZeroDivisionError, match="a bug"):
        list(Reply(broken()))


def test_a_character_cut_in_two_is_whole_again_and_a_lone_half_is_replaced() -> None:
    assert "".join(Reply(["It opened \ud83d", "\ude00. \udc00", " [1] \ud83d"])) == "It opened \U0001f600. \ufffd [1] "
