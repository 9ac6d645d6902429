"""The questions on the seed document: which are answered with the gold sentence quoted, and which abstained from.

python -m tests.benchmarks.seeds              # the answerer of the settings: embedded, or a model by OPENAI_BASE_URL
"""

import json
import re
import tempfile
import time
from pathlib import Path

from rag import Answer, ModelError, Settings, connect, ingest_seeds

QUESTIONS = Path(__file__).parents[2] / "seeds" / "questions.jsonl"


def main() -> None:
    with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home))) as assistant:
        ingest_seeds(assistant)
        print("| id | gold quoted | answer right | quotes | verdicts | confidence | s |\n|---|---|---|---|---|---|---|")
        rows = []
        for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            began = time.perf_counter()
            try:
                answer = assistant.answer(question["question"], history=question.get("history", ()))
            except ModelError as error:
                print(f"| {question['id']} | {error} |")
                continue
            rows.append(judge(question, answer, time.perf_counter() - began))
            print(f"| {' | '.join(rows[-1])} |", flush=True)
        can = [row for row in rows if row[1] != "–"]
        cannot = [row for row in rows if row[1] == "–"]
        print(
            f"\n{assistant.model}: {sum(row[1] == 'yes' for row in can)} of {len(can)} quote the gold sentence,",
            end=" ",
        )
        print(f"{sum(row[2] == 'yes' for row in can)} are right;", end=" ")
        print(f"{sum(row[2] == 'abstained' for row in cannot)} of {len(cannot)} unanswerable ones abstain")


def judge(question: dict[str, object], answer: Answer, seconds: float) -> tuple[str, ...]:
    """A row of the table; "–" for a question that the document does not answer."""
    gold, pattern = str(question.get("gold", "")), str(question.get("answer", ""))
    quoted = "–" if not gold else "yes" if any(gold in quote.text for quote in answer.quotes) else "no"
    right = "abstained" if answer.abstained else "yes" if pattern and re.search(pattern, answer.text) else "no"
    verdicts = ", ".join(statement.verdict for statement in answer.statements)
    return (
        str(question["id"]),
        quoted,
        right,
        str(len(answer.quotes)),
        verdicts,
        f"{answer.confidence:.2f}",
        f"{seconds:.1f}",
    )


if __name__ == "__main__":
    main()
