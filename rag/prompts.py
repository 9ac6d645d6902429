"""Prompt: question, sentences and history to the messages for a model, within its window."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from string import Template

from rag.errors import QuestionError
from rag.headlines import is_headline
from rag.resources import resource
from rag.types import CountTokens, Message, Sentence

MESSAGE_TOKENS = 8  # what a chat template adds to a message; those of known models add 3 to 8
SPARE = 0.9  # a model's own tokenizer counts some 10 % more than ours


@dataclass(frozen=True, slots=True)
class Prompt:
    """Messages, and the sentences they number: the number of a sentence is its place in `sentences`, from 1."""

    messages: tuple[Message, ...]
    sentences: tuple[Sentence, ...]
    tokens: int
    """As we count them; the model's own tokenizer counts some more or fewer."""

    @property
    def digest(self) -> str:
        """A SHA-256 of the messages as JSON."""
        return hashlib.sha256(json.dumps(self.messages, sort_keys=True).encode()).hexdigest()


def write_prompt(
    question: str,
    sentences: Sequence[Sentence],
    *,
    history: Sequence[Message],
    max_tokens: int,
    count_tokens: CountTokens,
) -> Prompt:
    """The longest prompt that fits `max_tokens`.

    What does not fit is left out in this order: the oldest turns until two are left, the lowest passages until one is
    left, the last turns. The question never is: raises `QuestionError` if it does not fit with one passage.
    """
    passages = [tuple(group) for _, group in groupby(sentences, key=lambda sentence: sentence.hit)]
    turns = list(history)
    budget = int(max_tokens * SPARE)
    while True:
        prompt = _write(question, passages, turns, count_tokens)
        if prompt.tokens <= budget:
            return prompt
        if len(turns) > 2 or (turns and len(passages) <= 1):
            turns = turns[1:]
        elif len(passages) > 1:
            passages = passages[:-1]
        else:
            raise QuestionError(
                f"the question does not fit the model's window of {max_tokens} tokens; ask a shorter one or "
                "raise PINCITE_CONTEXT_TOKENS"
            )


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
    question: str, passages: Sequence[tuple[Sentence, ...]], turns: Sequence[Message], count_tokens: CountTokens
) -> Prompt:
    shown: list[str] = []
    numbered: list[Sentence] = []
    for passage in passages:
        lines = [_header(passage[0])]
        for sentence in passage:
            line = " ".join(sentence.text.split())
            if not is_headline(line):  # a headline says what follows is about, and proves nothing
                numbered.append(sentence)
                line = f"[{len(numbered)}] {line}"
            lines.append(line)
        shown.append("\n".join(lines))
    asked = _template("question").substitute(passages="\n\n".join(shown), question=question)
    messages = (
        {"role": "system", "content": _template("answer").substitute(no_answer=_no_answer())},
        *turns,
        {"role": "user", "content": asked},
    )
    tokens = sum(count_tokens(message["content"]) + MESSAGE_TOKENS for message in messages)
    return Prompt(messages, tuple(numbered), tokens)


def _header(sentence: Sentence) -> str:
    passage = sentence.hit.passage
    return "# " + ", ".join(
        " ".join(part.split()) for part in (passage.title, passage.publisher, passage.date or "") if part
    )


@cache
def _template(name: str) -> Template:
    return Template((resource("prompts") / f"{name}.md").read_text(encoding="utf-8").strip())
