"""Offer to programs what `gradio_client` finds: the answer and the hits as JSON, as Python has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, TypeVar

import gradio as gr
from gradio.events import api

from rag import PinciteError
from ui.places import Busy, Places
from ui.tools import MOST_HITS
from ui.users import User, Users

Result = TypeVar("Result")


def offer_to_programs(users: Users) -> None:
    """Within the blocks of an app."""

    def answer(question: str, request: gr.Request) -> dict[str, Any]:
        """The answer from the documents, with the quotes that prove it."""
        user = user_of(users, request)
        return tell_errors(user.places, lambda: asdict(user.answer(question)))

    def search(question: str, request: gr.Request, k: int = 5) -> list[dict[str, Any]]:
        """The `k` passages nearest to the question, best first."""
        user = user_of(users, request)
        return tell_errors(user.places, lambda: [asdict(hit) for hit in user.search(question, k=min(k, MOST_HITS))])

    for endpoint in (answer, search):
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)


def user_of(users: Users, request: gr.Request) -> User:
    assert request.request is not None  # every event here comes with one
    return users.of(request.request)


def tell_errors(places: Places, ask: Callable[[], Result]) -> Result:
    """What goes wrong on purpose is told to the program that asks, and not in the terminal."""
    try:
        with places.take():
            return ask()
    except (Busy, PinciteError) as error:
        raise gr.Error(str(error), print_exception=False) from error
