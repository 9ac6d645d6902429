"""Real sentences, and what rules make of them: statements that are false, and statements that are as true.

`python -m tests.falsified` writes `table.jsonl` anew from the seed document and `speeches.txt`: sentences of Abraham
Lincoln (Gettysburg, 1863), Franklin D. Roosevelt (to the Congress, 8 December 1941), Harry S. Truman (6 August 1945),
Dwight D. Eisenhower (farewell address, 1961), John F. Kennedy (Rice University, 1962) and the Constitution of the
United States, all in the public domain.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rag.passages import split_text
from rag.words import names_of

HERE = Path(__file__).parent
TABLE = HERE / "table.jsonl"
SEED = HERE.parents[1] / "seeds" / "000_fe5675aafdfdfcf7.txt"
NEGATION = re.compile(r"\b(?:not|never|no|nor) ", re.IGNORECASE)
ANY_NEGATION = re.compile(r"\b(?:not|never|no|nor|none|neither|without|cannot)\b|n['’]t\b", re.IGNORECASE)
VERB = re.compile(r"\b(?:is|was|were|are|has|had|have|would|will|can|could|shall) (?=[a-z]{4})")
NAME = re.compile(r"\b[A-Z][a-z]{3,}\b")
DATES = re.compile(
    r"\b(January|February|March|April|May|June|July|August|September|October|November|December)(?: (\d{1,2}))?\b"
)
MONTH_LATER = {"January": "March", "December": "October"}
OTHER_QUANTITY = {
    "all": "some", "some": "all", "many": "all", "a handful of": "all", "several": "most", "most": "a few of",
    "at least": "at most", "more than": "less than", "as much as": "at least", "any": "no", "each": "only one",
    "only": "also", "over": "under", "never": "always", "may": "must", "can": "must", "no": "every",
}  # fmt: skip
OTHER_UNIT = {
    "billion": "million", "million": "billion", "months": "years", "years": "months", "hours": "days", "hour": "month",
    "tons": "pounds", "dollars": "pounds", "days": "years", "Years": "Months", "US$": "€", "$": "£",
}  # fmt: skip
OPPOSITE = {
    "first": "last", "previous": "next", "more": "less", "before": "after", "eastward": "westward", "new": "old",
    "strong": "weak", "friendlier": "colder", "increase": "decrease", "violate": "respect", "greatest": "smallest",
    "greater": "smaller", "largest": "smallest", "latest": "earliest", "peace": "war", "support": "oppose",
    "attacked": "defended", "great": "small", "sell": "buy", "selling": "buying", "sales": "purchases", "long": "short",
    "final": "first", "severe": "slight", "old": "new",
}  # fmt: skip
OTHER_FORM = {
    "is": "was", "was": "is", "are": "were", "were": "are", "has": "had", "have": "had", "nation": "nations",
    "forces": "force", "attack": "attacks", "sanctions": "sanction", "weapons": "weapon", "relations": "relation",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A statement, the sentences that it cites, and whether they say it."""

    kind: str
    true: bool
    statement: str
    sentences: tuple[str, ...]


def read_table() -> list[Row]:
    rows = [json.loads(line) for line in TABLE.read_text(encoding="utf-8").splitlines()]
    return [Row(row["kind"], row["true"], row["statement"], tuple(row["sentences"])) for row in rows]


def write_table() -> None:
    lines = [json.dumps(asdict(row), ensure_ascii=False) for row in make_table()]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def make_table() -> list[Row]:
    """Every rule on every sentence that it fits."""
    documents = [SEED.read_text(encoding="utf-8"), (HERE / "speeches.txt").read_text(encoding="utf-8")]
    sentences = [
        " ".join(part.split())
        for document in documents
        for part in split_text(document)
        if len(part.split()) > 7 and part.strip()[-1] in ".”"
    ]
    return [
        row
        for at, sentence in enumerate(sentences)
        for row in (*falsify(sentence, sentences[at - 9]), *vary(sentence, sentences[at - 1] if at else ""))
    ]


def falsify(sentence: str, other: str) -> Iterator[Row]:
    """False statements made of a sentence, and of one from elsewhere."""
    words, others = sentence.split(), other.split()

    def false(kind: str, statement: str, *sentences: str) -> Iterator[Row]:
        if statement != sentence or other in sentences:
            yield Row(kind, False, statement, sentences or (sentence,))

    yield from false("number changed", re.sub(r"\d+", lambda digits: str(int(digits[0]) + 3), sentence, count=1))
    if len(NEGATION.findall(sentence)) == 1:
        yield from false("negation dropped", NEGATION.sub("", sentence))
    if not ANY_NEGATION.search(sentence):
        yield from false("negation added", VERB.sub(lambda verb: f"{verb[0]}not ", sentence, count=1))
    names = [name for name in dict.fromkeys(NAME.findall(sentence)) if name.lower() in names_of(sentence)]
    if len(names) > 1:
        yield from false("names swapped", _swap(sentence, names[0], names[-1]))
    strangers = [name for name in NAME.findall(other) if name.lower() in names_of(other) and name not in sentence]
    if names and strangers:
        yield from false("name of elsewhere", sentence.replace(names[-1], strangers[-1]))
    yield from false("source swapped", sentence, other)
    spliced = " ".join([*words[: len(words) // 2], *others[len(others) // 2 :]])
    yield from false("halves spliced", spliced, sentence, other)
    yield from false("halves spliced, one cited", spliced)
    if len(words) > 14:
        yield from false("silent ellipsis", " ".join(words[: len(words) // 3] + words[2 * len(words) // 3 :]))
    for kind, table in (("quantifier changed", OTHER_QUANTITY), ("unit changed", OTHER_UNIT), ("turned", OPPOSITE)):
        yield from false(kind, _exchange(sentence, table))
    shifted = DATES.sub(lambda date: date[0].replace(date[1], MONTH_LATER.get(date[1], "May")), sentence, count=1)
    yield from false("date shifted", shifted)
    yield from false("date shifted", re.sub(r"\b(1[89]\d\d|20\d\d)\b", lambda year: str(int(year[0]) + 1), sentence))
    yield from false("invented", f"{sentence.rstrip('.')}, which the Berlin press welcomed in 1988.")
    yield from false("invented without a name", f"{sentence.rstrip('.')}, to the anger of most voters there.")


def vary(sentence: str, before: str) -> Iterator[Row]:
    """Statements that say what the sentence says."""

    def true(kind: str, statement: str, *sentences: str) -> Iterator[Row]:
        if (statement, *sentences) != (sentence, sentence):
            yield Row(kind, True, statement, sentences or (sentence,))

    yield from true("typography", sentence.translate(str.maketrans({"’": "'", "“": '"', "”": '"', "—": "–"})))
    yield from true("case at the start", sentence[0].lower() + sentence[1:])
    yield from true("line breaks", sentence, sentence.replace(" ", "\n"))
    yield from true("hyphenation", sentence, re.sub(r"\b(\w{4})(\w{4,})", "\\1\u00ad\\2", sentence))
    yield from true("date reordered", DATES.sub(lambda date: f"{date[2]} {date[1]}" if date[2] else date[0], sentence))
    yield from true("inflection", _exchange(sentence, OTHER_FORM))
    clause = re.split(r"(?<=[a-z]), (?=(?:and|but|which|who) )|; ", sentence)[0]
    if len(clause.split()) > 5:
        yield from true("shortened", clause.rstrip(".") + ".")
    if before:
        yield from true("two sentences", f"{before.rstrip('.')}, and {sentence}", before, sentence)


def _exchange(sentence: str, table: dict[str, str]) -> str:
    for word, instead in table.items():
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)" if word.isalpha() else re.escape(word), sentence)
        if found:
            return sentence[: found.start()] + instead + sentence[found.end() :]
    return sentence


def _swap(sentence: str, one: str, other: str) -> str:
    return re.sub(rf"\b(?:{one}|{other})\b", lambda name: other if name[0] == one else one, sentence)
