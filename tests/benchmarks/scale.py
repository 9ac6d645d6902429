"""How a library grows: time, memory, disk and the pace of questions from 1,000 to 100,000 passages.

    pip install matplotlib
    python -m tests.benchmarks.scale [PASSAGES]      # 100,000: half an hour; writes docs/scale.png

The documents of all sets, and again with their sentences in other orders: as many passages, and none of them twice.
"""

import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from matplotlib import pyplot

from rag import Assistant, Document, Settings, connect
from rag.passages import split_text
from tests.benchmarks.sets import load_documents, load_questions

SETS = ("squad2", "clapnq", "mtrag", "scifact", "cmu_qa", "chroma_chunking")
STOPS = (1_000, 3_000, 10_000, 30_000, 100_000)
AT_ONCE = 100  # documents of one ingest
PICTURE = Path(__file__).parents[2] / "docs" / "scale.png"


def main(most: int = STOPS[-1]) -> None:
    questions = [row["question"] for row in load_questions("squad2")][:200]
    rows = []
    print(
        "| passages | ingest, s | memory, MB | disk, MB | search p50, ms | p95 | answer p50, ms | p95 |\n"
        + "|---" * 8
        + "|"
    )
    with tempfile.TemporaryDirectory() as place:
        settings = Settings(home=Path(place) / "home", model=None)
        with connect(settings) as assistant:
            spent, documents = 0.0, documents_without_end()
            for stop in (stop for stop in STOPS if stop <= most):
                spent += ingest_up_to(assistant, documents, stop)
                row = [stop, spent, memory(), disk(settings.home), *pace(assistant, questions)]
                rows.append(row)
                print("| " + " | ".join(f"{value:,.0f}" for value in row) + " |", flush=True)
        began = time.perf_counter()
        with connect(settings) as assistant:
            print(f"\nopened again in {time.perf_counter() - began:.1f} s", flush=True)
            began = time.perf_counter()
            assistant.rebuild()
            print(f"rebuilt in {time.perf_counter() - began:.1f} s")
    draw(rows)
    print(json.dumps(rows))


def documents_without_end() -> Iterator[Document]:
    chance = random.Random(0)
    texts = [(row["title"], row["text"]) for name in SETS for row in load_documents(name)]
    for round in range(1_000):
        for number, (title, text) in enumerate(texts):
            sentences = split_text(text)
            if round:
                chance.shuffle(sentences)
            yield Document(id=f"{round}-{number}", text=" ".join(map(str.strip, sentences)), title=title)


def ingest_up_to(assistant: Assistant, documents: Iterator[Document], passages: int) -> float:
    spent = 0.0
    while len(assistant.library.catalog.numbers()) < passages:
        given = [next(documents) for _ in range(AT_ONCE)]
        began = time.perf_counter()
        assert assistant.ingest(given).failed == ()
        spent += time.perf_counter() - began
    return spent


def pace(assistant: Assistant, questions: list[str]) -> list[float]:
    """Milliseconds of a search and of an answer, p50 and p95 of each."""
    figures: list[float] = []
    for ask in (assistant.search, assistant.answer):
        times = []
        for question in questions:
            began = time.perf_counter()
            ask(question)
            times.append(1000 * (time.perf_counter() - began))
        figures += np.percentile(times[10:], [50, 95]).tolist()
    return figures


def memory() -> float:
    """Megabytes that the process holds now."""
    [line] = [line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS")]
    return int(line.split()[1]) / 1024


def disk(home: Path) -> float:
    return int(subprocess.run(["du", "-sb", home], capture_output=True, check=True).stdout.split()[0]) / 1_000_000


def draw(rows: list[list[float]]) -> None:
    passages, spent, held, stored, p50, p95, *_ = zip(*rows, strict=True)
    figure, axes = pyplot.subplots(1, 3, figsize=(12, 3.4), layout="constrained")
    for axis, title, series in (
        (axes[0], "ingest, minutes", {"": [seconds / 60 for seconds in spent]}),
        (axes[1], "megabytes", {"memory": held, "disk": stored}),
        (axes[2], "a search, milliseconds", {"p50": p50, "p95": p95}),
    ):
        for label, values in series.items():
            axis.plot(passages, values, marker="o", label=label)
        axis.set(title=title, xlabel="passages", xscale="log", ylim=(0, None))
        if len(series) > 1:
            axis.legend()
        axis.grid(alpha=0.3)
    figure.savefig(PICTURE, dpi=110)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
