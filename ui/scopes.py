"""Choose: what a user picks of the library to a scope, and a scope to words."""

from __future__ import annotations

from collections.abc import Sequence

from rag import EVERYTHING, Holding, Scope, name_source
from ui.inert import visible
from ui.sources import format_date

MOST_CHOICES = 1_000
"""Documents that are offered one by one; of a larger library the page of the library offers all."""
LONGEST_NAME = 100
GONE = "A document that is not there any more"

Choices = list[tuple[str, str | int | float]]
"""What is shown, and what it stands for."""


def read_scope(
    documents: Sequence[str] | None, publishers: Sequence[str] | None, since: str | None, until: str | None
) -> Scope:
    """None is what a field holds that nobody has filled."""
    dates = {"since": (since or "").strip(), "until": (until or "").strip()}
    return Scope(tuple(documents or ()), tuple(publishers or ()), **dates)


def head_scope(scope: Scope) -> str:
    """What stands over the choice."""
    if scope.fault:
        return f"Nothing can be asked so: {scope.fault}"
    return f"Asks only {scope.describe(format_date=format_date)}" if scope != EVERYTHING else "Asks all documents"


def list_documents(holdings: Sequence[Holding], chosen: Sequence[str]) -> Choices:
    """The titles, with those that are chosen in any case."""
    titles = {each.document.id: _name(each) for each in holdings}
    offered = dict.fromkeys([*chosen, *list(titles)[:MOST_CHOICES]])
    return [(titles.get(id, GONE), id) for id in offered]


def list_publishers(holdings: Sequence[Holding], chosen: Sequence[str]) -> Choices:
    """Those of documents and of their parts."""
    names = {section.publisher for each in holdings for section in each.document.sections}
    names |= {each.document.publisher for each in holdings}
    return [(_shorten(visible(name)), name) for name in sorted({*names, *chosen} - {""})]


def _name(holding: Holding) -> str:
    document = holding.document
    return _shorten(visible(document.title or name_source(document.source) or "Untitled"))


def _shorten(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1].rstrip()}…"
