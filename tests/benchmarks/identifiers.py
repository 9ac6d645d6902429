"""Questions with an identifier: is the first quote about it, in tables and prose, and is an absent one declined?

python -m tests.benchmarks.identifiers
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from random import Random

from rag import Assistant, Document, Settings, connect

ROWS = 60  # of each kind of record
ASKED = 34  # of them
ABSENT = 9  # of each kind
FARMS = "Ashby Birchwood Calder Denholm Eastry Farnley Garstang Hexham".split()


@dataclass(frozen=True)
class Record:
    """One thing with an identifier, how texts tell of it, and what is asked of it."""

    identifier: str
    row: str
    prose: str
    question: str


def boxes(random: Random) -> Iterator[Record]:
    for number in random.sample(range(1, 999), ROWS + ABSENT):
        name, eggs, farm = f"N{number:03}", random.randint(6, 240), random.choice(FARMS)
        row = f"Box: {name}; Eggs: {eggs}; Farm: {farm}"
        prose = f"Box {name} came from {farm} farm. It holds {eggs} eggs."
        yield Record(name, row, prose, f"How many eggs are in box {name}?")


def invoices(random: Random) -> Iterator[Record]:
    for number in random.sample(range(1, 9999), ROWS + ABSENT):
        name, sum_, day = f"INV-2024-{number:04}", random.randint(100, 9900), random.randint(1, 28)
        row = f"Invoice: {name}; Amount: €{sum_}; Due: {day} May 2024"
        prose = f"Invoice {name} for €{sum_} is due on {day} May 2024."
        yield Record(name, row, prose, f"What is the amount of invoice {name}?")


def faults(random: Random) -> Iterator[Record]:
    for _ in range(ROWS + ABSENT):
        name, seconds = f"{random.randrange(16**8):08x}", random.randint(2, 90)
        row = f"Code: {name}; Meaning: valve {random.randint(1, 40)} does not close; Retry after: {seconds} s"
        prose = f"Error {name} means that a valve does not close; the pump tries again after {seconds} seconds."
        yield Record(name, row, prose, f"After how many seconds is error {name} retried?")


def fill(assistant: Assistant, records: list[Record], *, kind: str) -> None:
    table = "\n".join(record.row for record in records)
    prose = [" ".join(record.prose for record in records[at : at + 6]) for at in range(0, len(records), 6)]
    texts = {"table": table, "prose": "\n\n".join(prose)}
    assistant.ingest([Document(id=f"{kind} {records[0].identifier}", text=texts[kind], title=f"Records, {kind}")])


def main() -> None:
    random, right, asked, declined, absent = Random(7), 0, 0, 0, 0
    for kind in ("table", "prose"):
        for make in (boxes, invoices, faults):
            records = list(make(random))
            held, missing = records[:ROWS], records[ROWS:]
            with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home), model=None)) as assistant:
                fill(assistant, held, kind=kind)
                answers = [(record, assistant.answer(record.question)) for record in random.sample(held, ASKED)]
                found = sum(
                    bool(answer.quotes) and about(record, answer.quotes[0].text, held) for record, answer in answers
                )
                refused = [assistant.answer(record.question) for record in missing]
            named = sum(
                answer.abstained and record.identifier in answer.text
                for record, answer in zip(missing, refused, strict=True)
            )
            print(
                f"{kind}, {make.__name__}: {found} of {len(answers)} right first, "
                f"{named} of {len(missing)} declined by name"
            )
            right, asked, declined, absent = (
                right + found,
                asked + len(answers),
                declined + named,
                absent + len(missing),
            )
    print(f"all: {right} of {asked} right first, {declined} of {absent} declined by name")
    sys.exit(0)


def about(record: Record, quote: str, records: list[Record]) -> bool:
    """Is the quote of this record alone?"""
    parts = {part for part in (record.row, *record.prose.split(". "))}
    others = {other.identifier for other in records} - {record.identifier}
    return not any(other in quote for other in others) and any(part.rstrip(".") in quote for part in parts)


if __name__ == "__main__":
    main()
