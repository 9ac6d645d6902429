"""Prove: what rules make of real sentences, false and true, as statements and as words in quotation marks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from rag.support import find_fault
from tests.falsified import Row, make_table, read_table

SAME_WORDS = {"typography", "case at the start", "line breaks", "hyphenation"}


def shares(rows: Iterable[tuple[str, bool]]) -> dict[str, tuple[int, int]]:
    """How many are as they should be, of how many, by kind; printed, for whoever runs it with -s."""
    counts: dict[str, Counter[bool]] = {}
    for kind, is_well in rows:
        counts.setdefault(kind, Counter())[is_well] += 1
    for kind, count in sorted(counts.items()):
        print(f"{kind:28} {count[True]} of {count.total()}")  # noqa: T201  # a table to read
    return {kind: (count[True], count.total()) for kind, count in counts.items()}


def is_refused(row: Row) -> bool:
    return bool(find_fault(row.statement, row.sentences))


def test_the_table_is_what_its_generator_makes() -> None:
    rows = read_table()
    assert rows == make_table()
    assert sum(not row.true for row in rows) > 500
    assert sum(row.true for row in rows) > 400
    assert len({row.kind for row in rows}) > 20


def test_false_statements_are_not_supported() -> None:
    table = shares((row.kind, is_refused(row)) for row in read_table() if not row.true)
    assert sum(well for well, _ in table.values()) >= 0.98 * sum(total for _, total in table.values())
    assert {kind: counts for kind, counts in table.items() if counts[0] < 0.9 * counts[1]} == {}


def test_true_statements_are_supported() -> None:
    table = shares((row.kind, not is_refused(row)) for row in read_table() if row.true)
    assert sum(well for well, _ in table.values()) >= 0.98 * sum(total for _, total in table.values())
    assert {kind: counts for kind, counts in table.items() if counts[0] < 0.95 * counts[1]} == {}


def in_marks(row: Row) -> Row:
    """The statement as words that somebody is said to have used; marks within it would end them."""
    bare = row.statement.translate(str.maketrans(dict.fromkeys('“”"')))
    return Row(row.kind, row.true, f"It reads: “{bare}”", row.sentences)


def test_every_false_quote_is_refused() -> None:
    table = shares((row.kind, is_refused(in_marks(row))) for row in read_table() if not row.true)
    assert {kind: counts for kind, counts in table.items() if counts[0] < counts[1]} == {}


def test_every_true_quote_is_accepted() -> None:
    rows = [row for row in read_table() if row.kind in SAME_WORDS]
    table = shares((row.kind, not is_refused(in_marks(row))) for row in rows)
    assert set(table) == SAME_WORDS
    assert {kind: counts for kind, counts in table.items() if counts[0] < counts[1]} == {}
