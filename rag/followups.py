"""Follow up: a question and the turns before it to a question that stands alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from rag.types import Message
from rag.words import (
    AS_WRITTEN,
    STOP_WORDS,
    content_words,
    figures_of,
    full_names_of,
    names_of,
    stem,
    stems_of,
    words_of,
)

OPENS_ON_MORE = re.compile(r"\s*(?:and|but|so|what about|how about|which of)\b", re.IGNORECASE)
POINTS_BACK = re.compile(
    r"\b(?:he|she|it|they|him|her|them|his|hers|its|their|that|this|those|these|there)\b", re.IGNORECASE
)
NAMES_A_THING = re.compile(r"\bthe [^\W\d_]", re.IGNORECASE)
FEW_WORDS = 3  # measured: with 2, R@5 of mtrag's follow-ups falls by .006
MOST_QUESTIONS = 3  # measured, as is the next: more find no more
MOST_WORDS = 12
SAYS_LITTLE = frozenset(map(stem, STOP_WORDS))
MOST_CHARACTERS = 1_000  # of an earlier question: what follows was pasted


def plain_turns(history: Sequence[Message] | None) -> list[Message]:
    """The turns of user and assistant with their text; a content given in parts, as browsers do, is joined."""
    turns: list[Message] = []
    for turn in history or ():
        content = turn.get("content")
        parts = [content] if isinstance(content, str) else content if isinstance(content, (list, tuple)) else []
        texts = [part.get("text") if isinstance(part, Mapping) else part for part in parts]
        text = "\n".join(text for text in texts if isinstance(text, str) and text.strip())
        if text and turn.get("role") in ("user", "assistant"):
            turns.append({"role": turn["role"], "content": text})
    return turns


def stand_alone(question: str, history: Sequence[Message]) -> str:
    """The question, and in brackets the words that it leans on: "Why? (Washington sanctioned Russian companies)".

    They are those of the question before, and of the one before that if it leans too, and so on back. A question that
    neither points back nor shares a word with the one before opens a new subject and stays as it is.
    What cannot be encoded (half a surrogate pair) becomes "?".
    """
    earlier = [turn["content"][:MOST_CHARACTERS] for turn in history if turn["role"] == "user"]
    words = [word for text in _leans_on(question, earlier[-MOST_QUESTIONS:]) for word in _content(text)]
    new = list(islice(_new(words, stems_of(question)), MOST_WORDS))
    whole = f"{question} ({' '.join(new)})" if new else question
    return whole.encode("utf-8", "replace").decode()


def restated(said: str, question: str, history: Sequence[Message]) -> str:
    """The question that a model `said` stands alone; "" if it is none, or another one.

    It is another if it has not half of the question's words, or a name or figure that nobody spoke of.
    """
    line = next((line for line in said.splitlines() if line.strip()), "")
    asked = re.sub(r"^\s*[\w-]*\s*question:\s*", "", line, flags=re.IGNORECASE).strip(' "“”*')
    known = " ".join([question, *(turn["content"] for turn in history)])
    facts = names_of(asked) | figures_of(asked)
    held = {*words_of(known), *figures_of(known)}
    ends_alike = asked[-1:] in ("?", "？", "؟", question.strip()[-1:]) or question.strip()[-1:].isalnum()
    is_one = len(asked) <= MOST_CHARACTERS and ends_alike
    own, kept = ({stem(word) for word in words_of(text)} - SAYS_LITTLE for text in (question, asked))
    is_same = 2 * len(own & kept) >= len(own) and _shares_a_word(asked, known)
    return asked if asked and is_one and is_same and facts <= held else ""


def _leans_on(question: str, earlier: Sequence[str]) -> Iterator[str]:
    """The earlier questions that it cannot do without, the last first."""
    for before in reversed(earlier):
        if not (_leans_back(question) or _shares_a_word(question, before)):
            return
        yield before
        question = before


def _leans_back(question: str) -> bool:
    pointer = POINTS_BACK.search(question)
    if OPENS_ON_MORE.match(question) or (pointer and not names_of(question[: pointer.start()])):
        return True  # a name before "he" is whom it means, one after it is not
    words = len(content_words(question))
    is_whole = words > 1 and NAMES_A_THING.search(question)  # "When did the theatre close?"
    return words < FEW_WORDS and not names_of(question) and not is_whole


def _shares_a_word(question: str, other: str) -> bool:
    """Of a name the last word counts: the "United States" are not what the "State Department" is about."""
    return not _topics(question).isdisjoint(_topics(other))


def _topics(text: str) -> set[str]:
    within = {stem(word) for name in full_names_of(text) for word in name[:-1]}
    last = {stem(name[-1]) for name in full_names_of(text)}
    return set(stems_of(text)) - (within - last)


def _content(text: str) -> Iterator[str]:
    """The words that carry meaning, as written."""
    return (word for word in AS_WRITTEN.findall(text) if not STOP_WORDS.issuperset(words_of(word)))


def _new(words: Iterable[str], known: Iterable[str]) -> Iterator[str]:
    """Each word once, without those that are known, whatever their endings."""
    seen = set(known)
    for word in words:
        stems = {stem(bare) for bare in words_of(word)}
        if not stems <= seen:
            yield word
        seen |= stems
