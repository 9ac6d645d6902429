"""Follow-up questions: what the turns before bring to the search, and what they cost a question on a new subject.

    python -m tests.benchmarks.followups                     # some 3 minutes

R@1, R@5 and nDCG@10 of documents. Follow-ups: the answerable open questions of mtrag with history; its sample are those
in the harness' `--limit 150`. New subject: the answerable questions of clapnq and squad2, which stand alone, each after
three others of its set, drawn once for all; for squad2 also after others on the same article.
"""

import random
import re
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from rag import Document, Settings, connect
from rag.assistant import CANDIDATES, Assistant
from rag.followups import OPENS_ON_MORE, POINTS_BACK, plain_turns, stand_alone
from rag.retrieval import fuse
from rag.types import Message
from rag.words import content_words, names_of
from tests.benchmarks.sets import EVAL, require_sets

require_sets()
sys.path.insert(0, str(EVAL))  # the harness is no package: found here, untyped, and only after this line
from bench_data import DataSet, Question, load_set  # type: ignore[import-not-found]  # noqa: E402  # see above
from bench_metrics import document_scores  # type: ignore[import-not-found]  # noqa: E402  # see above

Turns = Sequence[Message]
Searched = Callable[[str, Turns], list[str]]
"""The texts that are searched for, by a question and its turns; each counts alike."""

METRICS = ("R@1", "R@5", "nDCG@10")
SAMPLE = 150
DEPTH = 30
TURNS_BEFORE = 3
NAME = re.compile(r"\b[A-Z][\w’'-]*(?: [A-Z][\w’'-]*)*")


def users(turns: Turns) -> list[str]:
    return [turn["content"] for turn in turns if turn["role"] == "user"]


def last_turn(question: str, _: Turns) -> list[str]:
    return [question]


def one_text(question: str, turns: Turns) -> list[str]:
    return [stand_alone(question, turns)]


def kept(question: str, turns: Turns) -> list[str]:
    return [question, question, stand_alone(question, turns)]


def whole_question(question: str, turns: Turns) -> list[str]:
    """The question before as it is, where `stand_alone` takes words of it."""
    leans = stand_alone(question, turns) != question
    return [question, question, f"{question} {users(turns)[-1]}" if leans else question]


def always(question: str, turns: Turns) -> list[str]:
    return [question, question, f"{question} ({' '.join(content_words(users(turns)[-1]))})"]


def only_pointing(question: str, turns: Turns) -> list[str]:
    """Without the rules of the shared word and of the few words."""
    points = OPENS_ON_MORE.match(question) or POINTS_BACK.search(question)
    return kept(question, turns) if points else [question]


def with_name(question: str, turns: Turns) -> list[str]:
    """The first "he" or "it" replaced by the last name that the questions before hold; else as kept."""
    names = [name for text in users(turns) for name in NAME.findall(text) if names_of(f"the {name}") <= names_of(text)]
    pronoun = re.search(r"\b(?:he|she|it|they|him|them|this|that|these|those)\b", question, re.IGNORECASE)
    if not pronoun or not names or names_of(question):
        return kept(question, turns)
    return [question, question, question[: pronoun.start()] + names[-1] + question[pronoun.end() :]]


def with_answer_names(question: str, turns: Turns) -> list[str]:
    """And, for a question with "he" or "it", the first two names of the last answer."""
    asked = stand_alone(question, turns)
    said = turns[-1]["content"] if turns[-1]["role"] == "assistant" else ""
    names = list(dict.fromkeys(word for word in said.split() if names_of(f"the {word}") & names_of(said)))[:2]
    leans = asked != question and POINTS_BACK.search(question)
    return [question, question, f"{asked} ({' '.join(names)})" if leans and names else asked]


VARIANTS: dict[str, Searched] = {
    "last turn alone": last_turn,
    "all user turns as one text": lambda question, turns: [" ".join([*users(turns), question])],
    "**kept: 2 x question, 1 x stand-alone text**": kept,
    "0 x question": one_text,
    "1 x question": lambda question, turns: kept(question, turns)[1:],
    "3 x question": lambda question, turns: [question, *kept(question, turns)],
    "the whole question before, not its words": whole_question,
    "only the last question, no further back": lambda question, turns: kept(question, turns[-2:]),
    "the question before, always": always,
    "only where it points back": only_pointing,
    "pronoun replaced by the last name": with_name,
    "and the first two names of the last answer": with_answer_names,
    "and the whole last answer": lambda question, turns: [*kept(question, turns), turns[-1]["content"]],
}


@dataclass(frozen=True)
class Found:
    """A passage in the words of the harness."""

    doc_id: str


Scores = dict[str, dict[str, list[float]]]
"""By variant and question id: the metrics."""


def measure(assistant: Assistant, questions: Sequence[Question]) -> Scores:
    embed = cache(lambda text: assistant.embed([text])[0])

    def search(texts: Sequence[str]) -> list[Found]:
        """As `Assistant.search`, for any texts."""
        vector = np.mean([embed(text) for text in texts], axis=0)[None]
        words = [word for text in texts for word in content_words(text)]
        found = assistant.library.find(vector, words, limit=CANDIDATES)
        return [Found(found.passages[number].document_id) for number in fuse(found.by_meaning, found.by_words)][:DEPTH]

    scores = {
        name: {
            question.id: score(search(searched(question.text, plain_turns(question.history))), question)
            for question in questions
        }
        for name, searched in VARIANTS.items()
    }
    scores["`Assistant.search`, as it is"] = {
        question.id: score(
            [Found(hit.passage.document_id) for hit in assistant.search(question.text, DEPTH, question.history)],
            question,
        )
        for question in questions
    }
    return scores


def score(found: Sequence[Found], question: Question) -> list[float]:
    scores = document_scores(found, question.gold_docs)
    return [scores[metric] for metric in METRICS]


def answerable(data: DataSet) -> list[Question]:
    return [question for question in data.questions if question.answerable and question.gold_docs]


def follow_ups(data: DataSet) -> list[Question]:
    return [question for question in answerable(data) if question.history]


def after_any(data: DataSet) -> list[Question]:
    """Each question after others of the set, which it does not lean on."""
    return [after(question, answerable(data)) for question in answerable(data)]


def after_same_article(data: DataSet) -> list[Question]:
    titles = {document.id: document.title for document in data.documents}
    together: dict[str, list[Question]] = {}
    for question in answerable(data):
        together.setdefault(titles[question.gold_docs[0]], []).append(question)
    return [after(question, group) for group in together.values() for question in group if len(group) > 1]


def after(question: Question, others: Sequence[Question]) -> Question:
    others = [other for other in others if other is not question]
    history = [
        turn
        for other in random.Random(question.id).sample(others, min(TURNS_BEFORE, len(others)))
        for turn in ({"role": "user", "content": other.text}, {"role": "assistant", "content": other.answers[0]})
    ]
    return replace(question, history=history)


GROUPS: dict[str, tuple[str, Callable[[DataSet], list[Question]]]] = {
    "mtrag": ("mtrag", follow_ups),
    "clapnq, new subject": ("clapnq", after_any),
    "squad2, new subject": ("squad2", after_any),
    "squad2, same article": ("squad2", after_same_article),
}


def print_table(columns: dict[str, Scores]) -> None:
    """A row a variant, a column a group of questions."""
    header = [f"{group} ({len(next(iter(scores.values())))})" for group, scores in columns.items()]
    print(f"| searched for | {' | '.join(header)} |")
    print("|---" * (len(header) + 1) + "|")
    for name in next(iter(columns.values())):
        means = [np.mean(list(scores[name].values()), axis=0) for scores in columns.values()]
        print(f"| {name} | {' | '.join(' '.join(f'{value:.3f}' for value in mean) for mean in means)} |")


def main() -> None:
    columns: dict[str, Scores] = {}
    sample = {question.id for question in load_set(EVAL / "data" / "mtrag", ("open",), SAMPLE).questions}
    for set_name in dict.fromkeys(set_name for set_name, _ in GROUPS.values()):
        print(f"{set_name}: embedding and searching", file=sys.stderr)
        data = load_set(EVAL / "data" / set_name, ("open",))
        with tempfile.TemporaryDirectory() as home, connect(Settings(home=Path(home), model=None)) as assistant:
            assistant.ingest([Document(id=d.id, title=d.title, text=d.text) for d in data.documents])
            for group, (of, choose) in GROUPS.items():
                if of == set_name:
                    columns[group] = measure(assistant, choose(data))
    of_sample = {name: {id: row for id, row in rows.items() if id in sample} for name, rows in columns["mtrag"].items()}
    print_table({"mtrag": columns["mtrag"], "its sample": of_sample, **columns})


if __name__ == "__main__":
    main()
