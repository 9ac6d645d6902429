"""The questions on the seed document: which are answered with the gold sentence quoted, and which abstained from.

python -m tests.benchmarks.seeds              # the answerer of the settings: embedded, or a model by OPENAI_BASE_URL
"""

import json
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rag import Answer, Message, ModelError, Settings, Usage, connect, ingest_seeds
from rag.types import Generate

QUESTIONS = Path(__file__).parents[2] / "seeds" / "questions.jsonl"


@dataclass
class Overheard:
    """What the model was last told and what it said, for its own numbers: those before any repair."""

    generate: Generate
    prompt: str = ""
    said: str = ""

    def __call__(self, messages: Sequence[Message]) -> Iterator[str | Usage]:
        self.prompt, self.said = messages[-1]["content"], ""
        for piece in self.generate(messages):
            self.said += piece if isinstance(piece, str) else ""
            yield piece

    def cites(self, gold: str) -> bool:
        """Does a number that the model wrote stand before a sentence with the words?"""
        numbered = dict(re.findall(r"(?m)^\[(\d+)\] (.*)$", self.prompt))
        return any(gold in numbered.get(number, "") for number in re.findall(r"\[(\d+)\]", self.said))


def main() -> None:
    with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home))) as assistant:
        ingest_seeds(assistant)
        model = Overheard(assistant.generate) if assistant.generate else None
        assistant = replace(assistant, generate=model)
        print(
            "| id | own number | gold quoted | answer right | quotes | verdicts | confidence | s |\n" + "|---" * 8 + "|"
        )
        rows = []
        for line in QUESTIONS.read_text(encoding="utf-8").splitlines():
            question = json.loads(line)
            began = time.perf_counter()
            try:
                answer = assistant.answer(question["question"], history=question.get("history", ()))
            except ModelError as error:
                print(f"| {question['id']} | {error} |")
                continue
            rows.append(judge(question, answer, model, time.perf_counter() - began))
            print(f"| {' | '.join(rows[-1])} |", flush=True)
        can = [row for row in rows if row[2] != "–"]
        cannot = [row for row in rows if row[2] == "–"]
        right = [row for row in can if row[3] == "yes"]
        quoted, own = (sum(row[at] == "yes" for row in right) for at in (2, 1))
        before = f" ({own} by the model's own numbers)" if model else ""
        print(
            f"\n{assistant.model}: of {len(can)}, {len(right)} are right, {quoted} with the gold sentence{before};",
            end=" ",
        )
        print(f"{sum(row[3] == 'abstained' for row in cannot)} of {len(cannot)} unanswerable ones abstain")


def judge(question: dict[str, object], answer: Answer, model: Overheard | None, seconds: float) -> tuple[str, ...]:
    """A row of the table; "–" for a question that the document does not answer."""
    gold, pattern = str(question.get("gold", "")), str(question.get("answer", ""))
    quoted = "–" if not gold else "yes" if any(gold in quote.text for quote in answer.quotes) else "no"
    right = "abstained" if answer.abstained else "yes" if pattern and re.search(pattern, answer.text) else "no"
    verdicts = ", ".join(statement.verdict for statement in answer.statements)
    return (
        str(question["id"]),
        "yes" if model and gold and model.cites(gold) else "no" if model and gold else "–",
        quoted,
        right,
        str(len(answer.quotes)),
        verdicts,
        f"{answer.confidence:.2f}",
        f"{seconds:.1f}",
    )


if __name__ == "__main__":
    main()
