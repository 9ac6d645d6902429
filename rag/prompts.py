"""Prompt: question, sentences and history to the messages for a model, within its window."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import groupby
from string import Template

from rag.errors import QuestionError
from rag.headlines import is_headline
from rag.resources import resource
from rag.types import CountTokens, Message, Sentence, Statement

MESSAGE_TOKENS = 8  # what a chat template adds to a message; those of known models add 3 to 8
MOST_TURNS = 6  # that a question is made to stand alone by
MOST_CHARACTERS = 400  # of each
SPARE = 0.9  # a model's own tokenizer counts some 10 % more than ours


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages, and the sentences they number: the number of a sentence is its place in `sentences`, from 1."""

    messages: tuple[Message, ...]
    sentences: tuple[Sentence, ...]
    tokens: int
    """As we count them; the model's own tokenizer counts some more or fewer."""
    nearest: str = ""
    """What shows sentences once more, by the question, with their numbers; empty if it shows none."""

    @property
    def digest(self) -> str:
        """A SHA-256 of the messages as JSON."""
        return hashlib.sha256(json.dumps(self.messages, sort_keys=True).encode()).hexdigest()


def write_prompt(
    question: str,
    sentences: Sequence[Sentence],
    *,
    nearest: Sequence[Sentence] = (),
    history: Sequence[Message],
    max_tokens: int,
    count_tokens: CountTokens,
) -> Prompt:
    """The longest prompt that fits `max_tokens`; the `nearest` of its sentences are shown once more, by the question.

    What does not fit is left out in this order: the oldest turns until two are left, the lowest passages until one is
    left, the sentences shown twice, the last turns. The question never is: raises `QuestionError` if it does not fit
    with one passage.
    """
    passages = [tuple(group) for _, group in groupby(sentences, key=lambda sentence: sentence.hit)]
    turns = list(history)
    budget = int(max_tokens * SPARE)
    while True:
        prompt = _write(question, passages, nearest, turns, count_tokens)
        if prompt.tokens <= budget:
            return prompt
        if len(turns) > 2:
            turns = turns[1:]
        elif len(passages) > 1:
            passages = passages[:-1]
        elif nearest:
            nearest = ()
        elif turns:
            turns = turns[1:]
        else:
            raise QuestionError(
                f"the question does not fit the model's window of {max_tokens} tokens; ask a shorter one or "
                "raise PINCITE_CONTEXT_TOKENS"
            )


def write_retry(
    prompt: Prompt, *, question: str, said: str, refused: Sequence[Statement], count_tokens: CountTokens
) -> Prompt:
    """The prompt with what the model said to it and what was wrong with that; it may be longer than the window."""
    faults = [_template("fault").substitute(statement=each.text, reason=each.reason) for each in refused]
    asked = _template("retry").substitute(
        faults="\n".join(faults), nearest=prompt.nearest, question=question, no_answer=_no_answer()
    )
    turns = ({"role": "assistant", "content": said}, {"role": "user", "content": asked})
    return replace(
        prompt, messages=(*prompt.messages, *turns), tokens=prompt.tokens + _count_messages(turns, count_tokens)
    )


def write_stand_alone(question: str, history: Sequence[Message]) -> list[Message]:
    """What asks a model to make the question stand alone; of the turns the last ones, each cut."""
    turns = "\n".join(f"{turn['role'].capitalize()}: {_cut(turn['content'])}" for turn in history[-MOST_TURNS:])
    return [{"role": "user", "content": _template("stand_alone").substitute(turns=turns, question=question)}]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MOST_CHARACTERS else line[:MOST_CHARACTERS] + " …"


def is_no_answer(statement: str) -> bool:
    """Is it the line that a model was told to write when the documents do not answer?"""
    return statement.strip(' .*"').casefold() == _no_answer().strip(" .").casefold()


def abstention(missing: Sequence[str]) -> str:
    """What a reader is told when the documents do not answer, with the words of the question that no passage has."""
    says = _template("abstention").template
    if not missing:
        return says
    return f"{says} " + _template("missing_words").substitute(words=", ".join(f"“{word}”" for word in missing))


def _no_answer() -> str:
    return _template("no_answer").template


def _write(
    question: str,
    passages: Sequence[tuple[Sentence, ...]],
    nearest: Sequence[Sentence],
    turns: Sequence[Message],
    count_tokens: CountTokens,
) -> Prompt:
    shown: list[str] = []
    numbered: dict[Sentence, str] = {}
    for passage in passages:
        lines = [_header(passage[0])]
        for sentence in passage:
            line = " ".join(sentence.text.split())
            if not is_headline(line):  # a headline says what follows is about, and proves nothing
                numbered[sentence] = line = f"[{len(numbered) + 1}] {line}"
            lines.append(line)
        shown.append("\n".join(lines))
    again = "\n".join(numbered[sentence] for sentence in nearest if sentence in numbered)
    again = f"\n{_template('nearest').substitute(nearest=again)}\n" if again else ""
    asked = _template("question").substitute(passages="\n\n".join(shown), nearest=again, question=question)
    messages = (
        {"role": "system", "content": _template("answer").substitute(no_answer=_no_answer())},
        *turns,
        {"role": "user", "content": asked},
    )
    return Prompt(messages, tuple(numbered), _count_messages(messages, count_tokens), again)


def _count_messages(messages: Sequence[Message], count_tokens: CountTokens) -> int:
    return sum(count_tokens(message["content"]) + MESSAGE_TOKENS for message in messages)


def _header(sentence: Sentence) -> str:
    passage = sentence.hit.passage
    parts = (passage.title, passage.author, passage.publisher, passage.date or "")
    return "# " + ", ".join(" ".join(part.split()) for part in parts if part)


@cache
def _template(name: str) -> Template:
    return Template((resource("prompts") / f"{name}.md").read_text(encoding="utf-8").strip())
