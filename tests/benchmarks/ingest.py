"""How much of the bare embedder's pace an ingest of files keeps: the documents of squad2 as text files.

python -m tests.benchmarks.ingest [ROUNDS]
"""

import sys
import tempfile
import time
from pathlib import Path

from rag import Settings, connect
from rag.embedders import MAX_TOKENS, open_tokenizer
from tests.benchmarks.sets import load_documents


def main(rounds: int = 3) -> None:
    print("| files | passages | tokens | bare embedder, tokens/s | ingest, tokens/s | share | again |\n|" + "---|" * 7)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "documents"
        folder.mkdir()
        rows = load_documents("squad2")
        for number, row in enumerate(rows):
            (folder / f"{number:04}.txt").write_text(f"{row['title']}\n\n{row['text']}", encoding="utf-8")
        for round in range(rounds):
            print(measure(folder, Path(place) / f"home-{round}", len(rows)))


def measure(folder: Path, home: Path, files: int) -> str:
    """One after the other, so that a slow minute of the machine meets both."""
    with connect(Settings(home=home, model=None)) as assistant:
        began = time.perf_counter()
        report = assistant.ingest(folder)
        ingest = time.perf_counter() - began
        assert (len(report.added) + len(report.unchanged), report.failed) == (files, ())
        catalog = assistant.library.catalog
        texts = [passage.titled for passage in catalog.passages(catalog.numbers()).values()]
        began = time.perf_counter()
        assistant.embed(texts)
        embed = time.perf_counter() - began
        began = time.perf_counter()
        assert len(assistant.ingest(folder).unchanged) == files
        again = time.perf_counter() - began
    tokens = sum(min(len(row.ids), MAX_TOKENS) for row in open_tokenizer().encode_batch(texts))
    return (
        f"| {files:,} | {len(texts):,} | {tokens:,} | {tokens / embed:,.0f} | {tokens / ingest:,.0f} "
        f"| {embed / ingest:.0%} | {again:.2f} s |"
    )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
