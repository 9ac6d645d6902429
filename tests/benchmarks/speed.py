"""How fast: ingesting the documents of squad2, asking, and where the time of an answer goes.

python -m tests.benchmarks.speed
"""

import cProfile
import pstats
import tempfile
import time
from pathlib import Path

import numpy as np

from rag import Document, Settings, connect
from tests.benchmarks.sets import load_documents, load_questions

STEPS = {  # file, function: the line of the table
    ("followups.py", "stand_alone"): "make the question stand alone",
    ("embedders.py", "embed"): "embed the question",
    ("embedders.py", "embed_tokens"): "embed the words of the question and of ten passages",
    ("collection.py", "nearest"): "search by meaning (Chroma)",
    ("catalog.py", "search_words"): "search by words (FTS5)",
    ("catalog.py", "passages"): "read the passages",
    ("catalog.py", "vectors"): "read their vectors",
    ("catalog.py", "rarity"): "weigh the question's words",
    ("passages.py", "split_sentences"): "split to sentences",
    ("reader.py", "describe"): "match the sentences to the question",
    ("citations.py", "prove"): "prove",
}


def main() -> None:
    documents = [Document(id=row["id"], text=row["text"], title=row["title"]) for row in load_documents("squad2")]
    questions = [row["question"] for row in load_questions("squad2")][:200]
    with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home), model=None)) as assistant:
        began = time.perf_counter()
        assistant.ingest(documents)
        seconds = time.perf_counter() - began
        print(f"ingest: {len(documents)} documents in {seconds:.1f} s, {len(documents) / seconds:.0f} documents/s")
        began = time.perf_counter()
        assistant.ingest(documents)
        print(f"the same again: {time.perf_counter() - began:.2f} s")
        times = []
        for question in questions:
            began = time.perf_counter()
            assistant.answer(question)
            times.append(1000 * (time.perf_counter() - began))
        p50, p95 = np.percentile(times[10:], [50, 95])
        print(f"answer: the 50th {times[49]:.0f} ms; of {len(times)} p50 {p50:.0f} ms, p95 {p95:.0f} ms\n")
        profile = cProfile.Profile()
        for question in questions:
            profile.runcall(assistant.answer, question)
        print_table(pstats.Stats(profile), len(questions))


def print_table(stats: pstats.Stats, answers: int) -> None:
    """Milliseconds an answer in each step, the profiler's own cost included."""
    entries: dict[tuple[str, int, str], tuple[int, int, float, float, object]]
    entries = stats.stats  # type: ignore[attr-defined]  # pstats documents it by example, its type stubs leave it out
    spent = dict.fromkeys(STEPS, 0.0)
    whole = 0.0
    for (file, _, name), (_, _, _, cumulative, _) in entries.items():
        if (step := (Path(file).name, name)) in spent and Path(file).parent.name == "rag":
            spent[step] += cumulative
        if file.endswith("/rag/assistant.py") and name == "answer":
            whole = cumulative
    print("| step | ms | share |\n|---|---|---|")
    for step, label in STEPS.items():
        print(f"| {label} | {1000 * spent[step] / answers:.1f} | {spent[step] / whole:.0%} |")
    print(f"| whole answer | {1000 * whole / answers:.1f} | 100% |")


if __name__ == "__main__":
    main()
