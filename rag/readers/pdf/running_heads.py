"""Running heads: the pages of a document without what is printed at the edge of each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from rag.readers.pdf.lines import Run

EDGE = 0.12
"""Share of the page's height at its top and at its foot."""
NUMBER_EDGE = 0.17
"""The same for a bare page number."""
MIN_REPEATS = 3
MAX_CHARACTERS = 200
SAME_HEIGHT = 3.0
"""Points."""
LARGE = 1.15
"""Of the size of most text: what is larger is a heading, wherever it stands."""

_NUMBER = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[\W_]*(?:page|p\.|seite|página|pagina)?\s*(?:\d{1,3}|[ivxlc]{1,6})(?:\s*(?:/|of|von|de)\s*\d{1,4})?[\W_]*",
    re.IGNORECASE,
)


Key = tuple[str, int, str]


class Sheet(NamedTuple):
    """A page: its upright text and, by their angle, the texts that run in other directions."""

    runs: Sequence[Run] = ()
    turned: Sequence[Sequence[Run]] = ()
    bottom: float = 0.0
    top: float = 0.0


def without_running_heads(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Left out at the edge: bare page numbers, what several pages have at one height, and what counts the pages there.

    A page never loses all that it has.
    """
    sizes: Counter[float] = Counter()
    for sheet in sheets:
        for run in sheet.runs:
            sizes[round(run.size, 1)] += len(run.text)
    largest = LARGE * sizes.most_common(1)[0][0] if sizes else 0.0
    repeated = Counter(key for number, sheet in enumerate(sheets) for key in _keys_of(sheet, number))
    return [_without_heads(sheet, number, repeated, largest) for number, sheet in enumerate(sheets)]


def _without_heads(sheet: Sheet, number: int, repeated: Counter[Key], largest: float) -> Sheet:
    rows = _rows(sheet.runs)
    heads = [row[0].size <= largest and _is_head(row, sheet, number, repeated) for row in rows]
    kept = [place for place, is_head in enumerate(heads) if not is_head]
    first, last = (kept[0], kept[-1]) if kept else (0, len(rows) - 1)
    runs = {run.order for row in rows[first : last + 1] for run in row}  # what has text beyond it is no head
    turned = [runs for runs in sheet.turned if repeated[_turned_key(runs)] < MIN_REPEATS]
    return sheet._replace(runs=[run for run in sheet.runs if run.order in runs], turned=turned)


def _is_head(row: Sequence[Run], sheet: Sheet, number: int, repeated: Counter[Key]) -> bool:
    """Two pages alone may begin alike by chance, but do not count themselves by chance as well."""
    if _is_at_edge(row, sheet, NUMBER_EDGE) and _PAGE_NUMBER.fullmatch(_text(row)):
        return True
    keys = _keys(row, sheet, number) if _is_at_edge(row, sheet, EDGE) else []
    repeats = [repeated[key] for key in keys]
    return any(count >= MIN_REPEATS for count in repeats) or (repeats[:1] == [2] and 2 in repeats[1:])


def _rows(runs: Sequence[Run]) -> list[list[Run]]:
    rows: list[list[Run]] = []
    for run in sorted(runs, key=lambda run: -run.y):
        if rows and rows[-1][0].y - run.y < run.size / 2:
            rows[-1].append(run)
        else:
            rows.append([run])
    return rows


def _text(row: Sequence[Run]) -> str:
    return " ".join(run.text for run in sorted(row, key=lambda run: run.x0))


def _is_at_edge(row: Sequence[Run], sheet: Sheet, share: float) -> bool:
    edge = share * (sheet.top - sheet.bottom)
    return not sheet.bottom + edge < row[0].y < sheet.top - edge


def _keys_of(sheet: Sheet, number: int) -> set[Key]:
    rows = [row for row in _rows(sheet.runs) if _is_at_edge(row, sheet, EDGE)]
    return {key for row in rows for key in _keys(row, sheet, number)} | {_turned_key(runs) for runs in sheet.turned}


def _turned_key(runs: Sequence[Run]) -> Key:
    return "turned", 0, _NUMBER.sub("#", " ".join(run.text for run in runs))


def _keys(row: Sequence[Run], sheet: Sheet, number: int) -> list[Key]:
    """What the row says but for its numbers, and by how much each of its numbers differs from the page's."""
    text = _text(row)[:MAX_CHARACTERS]
    height = round((row[0].y - sheet.bottom) / SAME_HEIGHT)
    counted = [("counts", height, str(int(figures) - number)) for figures in _NUMBER.findall(text) if len(figures) < 5]
    return [("says", height, _NUMBER.sub("#", text.casefold())), *counted]
