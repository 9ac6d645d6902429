"""Data: the passages of `training/data` to examples of support and of reading.

A passage of which a hash says so is held out: no training sees it, and every figure of the README is of those.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from rag.passages import split_text
from tests.benchmarks.sets import load_documents
from training.falsify import Edit, make_edits, space_out

DATA = Path(__file__).with_name("data")
HELD_OUT = 5  # one passage of so many
WHOLE = 6  # words: a shorter answer says nothing without its question
RAW = "cmu_qa"
"""Whole articles, of which rules make pairs; none of the sets that are read or proved for a figure."""
PASSAGE = 7  # sentences of a raw passage
CELLS = {"true": "free", "near_true": "close", "false": "close", "far_false": "free"}


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage with its questions and statements, as `training/README.md` describes its fields."""

    id: str
    title: str
    sentences: tuple[str, ...]
    fields: dict[str, Any]

    @property
    def held_out(self) -> bool:
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % HELD_OUT == 0

    def pick(self, numbers: Sequence[int]) -> tuple[str, ...]:
        return tuple(self.sentences[number - 1] for number in sorted(numbers))


@dataclass(frozen=True, slots=True)
class Pair:
    """A statement, the sentences that it is put to, and whether they support it."""

    statement: str
    evidence: tuple[str, ...]
    title: str
    supported: bool
    kind: str
    cell: str = ""
    question: str = ""
    """What the statement answers, where it is needed to understand it."""
    wrong: tuple[tuple[int, int], ...] | None = None
    """Where in the statement its faults stand; None where that is not known, empty for a supported one."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question beside a passage, and the places of the sentences that answer it; none if it does not."""

    question: str
    title: str
    sentences: tuple[str, ...]
    gold: frozenset[int]
    passage: str


def load_passages() -> list[Passage]:
    """Every passage of `training/data/passages*.jsonl`, with what the other files add to it."""
    known = {row["id"]: row for row in _read("passages*.jsonl")}
    for more in _read("questions*.jsonl"):
        row = known[more["id"]]
        row["more_asks"] = [*row.get("more_asks", ()), *more["asks"]]
        row["near"] = [*row["near"], *more["near"]]
    for more in _read("statements*.jsonl"):
        for cell in CELLS:
            known[more["id"]][cell] = [*known[more["id"]][cell], *more[cell]]
    return [Passage(row["id"], row["title"], tuple(row["sentences"]), row) for row in known.values()]


def _read(pattern: str) -> Iterator[dict[str, Any]]:
    for path in sorted(DATA.glob(pattern)):
        yield from map(json.loads, path.read_text(encoding="utf-8").splitlines())


def written_pairs(passage: Passage) -> Iterator[Pair]:
    """The statements of the four cells: close to the text or freely worded, supported or not."""
    for name, cell in CELLS.items():
        for each in passage.fields.get(name, ()):
            supported = "true" in name
            yield Pair(each["s"], passage.pick(each["from"]), passage.title, supported, each.get("k", name), cell)


def answer_pairs(passage: Passage, random: Random) -> Iterator[Pair]:
    """Answers put to the sentences that they rest on, with their questions; and to those of another question."""
    asks = [ask for ask in passage.fields["asks"] if "a" in ask]
    for ask in random.sample(asks, (len(asks) + 1) // 2):
        evidence = passage.pick(ask["gold"])
        question = ask["q"] if random.random() < 0.6 else ""
        yield Pair(ask["a"], evidence, passage.title, True, "answer", question=question)
        yield Pair(ask["alt"], evidence, passage.title, True, "answer", question=ask["q"])
        others = [other for other in asks if not set(other["gold"]) & set(ask["gold"])]
        if others:
            other = random.choice(others)
            yield Pair(ask["a"], passage.pick(other["gold"]), passage.title, False, "other evidence", question=question)
            if len(other["alt"].split()) < WHOLE:
                evidence = passage.pick(other["gold"])
                yield Pair(other["alt"], evidence, passage.title, False, "other question", question=ask["q"])


def load_raw() -> list[tuple[str, tuple[str, ...]]]:
    """Title and sentences of passages of whole articles, which nobody labelled."""
    found = []
    for document in load_documents(RAW):
        sentences = [" ".join(part.split()) for part in split_text(document["text"])]
        sentences = [each for each in sentences if 5 < len(each.split()) < 60 and each[-1] in '.!?”"']
        title = document.get("title", "")
        found += [(title, tuple(sentences[at : at + PASSAGE])) for at in range(0, len(sentences) - 1, PASSAGE)]
    return found


def support_pairs(
    passages: Sequence[Passage],
    random: Random,
    *,
    raw: Sequence[tuple[str, tuple[str, ...]]] = (),
    share: float = 1.0,
) -> list[Pair]:
    """An epoch's pairs: all that was written, and for a share of the sentences what the rules make of them anew.

    Of the raw passages the rules alone make pairs.
    """
    pairs: list[Pair] = []
    for passage in passages:
        written = [*written_pairs(passage), *answer_pairs(passage, random)]
        pairs += [_roughen(pair, passage, random) for pair in written]
        edits = make_edits([passage.sentences], random, share=share)
        title = passage.title if random.random() < 0.9 else ""
        pairs += [_edited(edit, title) for edit in edits]
    for title, sentences in raw:
        pairs += [_edited(edit, title) for edit in make_edits([sentences], random, names=0.5)]
    strangers = random.sample(pairs, len(pairs) // 20)
    for one, other in zip(strangers, random.sample(strangers, len(strangers)), strict=True):
        if one.title != other.title:
            pairs.append(Pair(one.statement, other.evidence, other.title, False, "stranger", question=one.question))
    random.shuffle(pairs)
    return pairs


def _edited(edit: Edit, title: str) -> Pair:
    return Pair(edit.statement, edit.evidence, title, edit.supported, edit.kind, wrong=edit.wrong)


def _roughen(pair: Pair, passage: Passage, random: Random) -> Pair:
    """As documents are: with a sentence beside it now and then, with punctuation apart, without a title.

    A false statement keeps its sentences: another one might say it.
    """
    evidence, statement, question = pair.evidence, pair.statement, pair.question
    if pair.supported and random.random() < 0.15:
        places = [passage.sentences.index(sentence) for sentence in evidence]
        beside = [place for place in (min(places) - 1, max(places) + 1) if 0 <= place < len(passage.sentences)]
        places = sorted({*places, random.choice(beside)}) if beside else places
        evidence = tuple(passage.sentences[place] for place in places)
    if random.random() < 0.12:
        evidence = tuple(map(space_out, evidence))
        statement = space_out(statement) if random.random() < 0.3 else statement
    if not question and len(statement.split()) >= WHOLE and random.random() < 0.25:
        of_these = random.random() < 0.8
        asks = [
            ask["q"]
            for ask in passage.fields["asks"]
            if not of_these or set(passage.pick(ask["gold"])) & set(pair.evidence)
        ]
        question = random.choice(asks) if asks else ""
    wrong = () if pair.supported else None
    return Pair(statement, evidence, pair.title, pair.supported, pair.kind, pair.cell, question, wrong)


def reading_asks(passage: Passage) -> Iterator[Ask]:
    """The passage's questions, those that it answers and those that it does not."""
    for ask in (*passage.fields["asks"], *passage.fields.get("more_asks", ())):
        gold = frozenset(number - 1 for number in ask["gold"])
        yield Ask(ask["q"], passage.title, passage.sentences, gold, passage.id)
    for question in passage.fields["near"]:
        yield Ask(question, passage.title, passage.sentences, frozenset(), passage.id)
