"""Nesting: markup to how deep its tags are in each other, before a parser takes its time over them."""

from __future__ import annotations

import re
from collections import Counter

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|title|textarea)\b.*?(?:</(?P=raw)|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/<>]*+)(?P<attributes>[^<>]*+)",
    re.DOTALL | re.IGNORECASE,
)
_NEVER_NESTED = frozenset(
    "a area base body br col dd dt embed head hr html img input li link meta option p param source tbody td tfoot th"
    " thead tr track wbr".split()
)


def count_nesting(markup: str) -> int:
    """An estimate: the parser alone knows what is open, but knows it too late."""
    open_tags: Counter[str] = Counter()
    depth = nesting = 0
    for match in _TAG.finditer(markup):
        name = (match["name"] or "").lower()
        is_empty = bool(name) and match["attributes"].endswith("/") and bool(open_tags["svg"] or open_tags["math"])
        if not name or name in _NEVER_NESTED or is_empty:
            nesting += depth
        elif not match["end"]:
            open_tags[name] += 1
            depth += 1
            nesting += depth
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
    return nesting
