"""Prove: what rules make of real sentences, false and true, as statements and as words in quotation marks."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import accumulate

from rag.citations import Prover
from rag.support import find_fault
from rag.types import Draft, Hit, Passage, Sentence
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


def verdict_of(row: Row, document: Sequence[str]) -> str:
    """That of the whole prover, which looks for other proof within the document."""
    text = "\n".join(document)
    starts = accumulate((len(sentence) + 1 for sentence in document), initial=0)
    hit = Hit(Passage("d", 0, len(text), text), 1.0, 1)
    sentences = [
        Sentence(hit, start, start + len(sentence), sentence) for start, sentence in zip(starts, document, strict=False)
    ]
    numbers = tuple(document.index(sentence) + 1 for sentence in row.sentences)
    return Prover(sentences, find_fault).prove(Draft(row.statement, numbers)).verdict


def test_no_repair_makes_a_false_statement_supported() -> None:
    rows = read_table()
    document = list(dict.fromkeys(sentence for row in rows for sentence in row.sentences))
    first = {row: min(map(document.index, row.sentences)) for row in rows}
    near = {row: [*dict.fromkeys([*document[max(0, at - 15) : at + 15], *row.sentences])] for row, at in first.items()}
    false = [row for row in rows if not row.true and row.kind != "source swapped"]  # that one is rightly repaired
    table = shares((row.kind, verdict_of(row, near[row]) == "unsupported") for row in false)
    assert sum(well for well, _ in table.values()) >= 0.98 * sum(total for _, total in table.values())
    assert {kind: counts for kind, counts in table.items() if counts[0] < 0.95 * counts[1]} == {}


def in_marks(row: Row) -> Row:
    """The statement as words that somebody is said to have used, the marks within it as marks within marks are."""
    within = re.sub(r"[“”]|\"\b|\b\"", lambda mark: "‘" if mark.group() == "“" else "’", row.statement)
    return Row(row.kind, row.true, f"It reads: “{within}”", row.sentences)


def test_every_false_quote_is_refused() -> None:
    table = shares((row.kind, is_refused(in_marks(row))) for row in read_table() if not row.true)
    assert {kind: counts for kind, counts in table.items() if counts[0] < counts[1]} == {}


def test_every_true_quote_is_accepted() -> None:
    rows = [row for row in read_table() if row.kind in SAME_WORDS]
    table = shares((row.kind, not is_refused(in_marks(row))) for row in rows)
    assert set(table) == SAME_WORDS
    assert {kind: counts for kind, counts in table.items() if counts[0] < counts[1]} == {}
