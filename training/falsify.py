"""Falsify: a sentence to statements that say something else, and to statements that say as much, by rule.

They cost nothing, so every epoch makes new ones. Each rule changes one thing; the true ones are edited as visibly as
the false ones, or a model would learn that an edit is a fault.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random

from rag.lexicon import OPPOSITES
from rag.words import is_capital, names_of

NAME = re.compile(r"(?:[A-Z][\w’'.-]*\w)(?: (?:of |the |de |van )?[A-Z][\w’'.-]*\w)*")
ACTIVE = re.compile(rf"({NAME.pattern}) (?:had |has |have )?([a-z]+ed) ({NAME.pattern})(.*)", re.DOTALL)
NUMBER = re.compile(r"\d[\d,.]*\d|\d")
MONTHS = "January February March April May June July August September October November December".split()
DATE = re.compile(rf"\b({'|'.join(MONTHS)})\b(?: (\d{{1,2}})\b(?!,\d))?")
NEGATION = re.compile(r"\b(?:not|never|no longer) |n['’]t\b")
ANY_NEGATION = re.compile(r"\b(?:not|never|no|nor|none|neither|without|cannot)\b|n['’]t\b", re.IGNORECASE)
AUXILIARY = re.compile(
    r"\b(?:is|was|were|are|has|had|have|would|will|can|could|shall|may|might|must|should|did|does|do)\b (?!not)"
)
PREPOSITIONS = {
    "before": "after", "after": "before", "from": "to", "to": "from", "for": "against", "against": "for",
    "with": "without", "without": "with", "until": "since", "since": "until", "over": "under", "under": "over",
    "above": "below", "below": "above", "inside": "outside", "outside": "inside", "into": "out of",
    "toward": "away from", "towards": "away from", "by": "for", "during": "after", "within": "beyond",
    "through": "around", "behind": "in front of", "despite": "because of", "because of": "despite",
    "in addition to": "instead of", "instead of": "in addition to", "like": "unlike", "unlike": "like",
}  # fmt: skip
CONJUNCTIONS = {
    "because": "although", "although": "because", "though": "because", "if": "unless", "unless": "if",
    "while": "because", "so that": "even though", "and": "or", "or": "and", "but": "because", "when": "unless",
    "whereas": "because", "until": "after", "since": "although", "as well as": "rather than",
    "rather than": "as well as", "even if": "only if", "only if": "even if", "so": "but", "before": "after",
    "after": "before", "once": "before",
}  # fmt: skip
QUANTITIES = {
    "all": "some", "some": "all", "many": "all", "several": "most", "most": "few", "at least": "at most",
    "at most": "at least", "more than": "less than", "less than": "more than", "up to": "more than",
    "fewer than": "more than", "nearly": "well over", "almost": "more than", "each": "only one",
    "every": "hardly any", "only": "also", "over": "under", "never": "always", "always": "never", "often": "always",
    "usually": "never", "sometimes": "always", "rarely": "often", "may": "must", "might": "will", "can": "must",
    "could": "did", "should": "cannot", "must": "may", "both": "neither of", "few": "most", "mainly": "only",
    "partly": "wholly", "half": "all", "a majority": "a minority", "first": "last", "last": "first",
    "likely": "certain", "unlikely": "certain", "possible": "certain", "suggested": "proved", "suggests": "proves",
    "plans to": "has begun to", "planned to": "had begun to", "hopes to": "will", "expected to": "known to",
    "probably": "certainly", "twice": "three times", "once": "twice", "double": "triple", "annual": "monthly",
    "daily": "weekly", "any": "no", "further": "no further", "still": "no longer", "already": "not yet",
    "not yet": "already",
}  # fmt: skip
UNITS = {
    "billion": "million", "million": "billion", "thousand": "million", "months": "years", "years": "months",
    "hours": "days", "minutes": "hours", "days": "weeks", "weeks": "months", "tons": "pounds", "dollars": "pounds",
    "kilometers": "miles", "kilometres": "miles", "miles": "kilometers", "meters": "feet", "metres": "feet",
    "percent": "percentage points", "kg": "g", "km": "m", "mg": "g", "year": "month", "month": "week",
    "week": "month", "hour": "day", "square": "cubic",
}  # fmt: skip


SYNONYMS = {
    "bought": "purchased", "began": "started", "said": "stated", "about": "approximately", "large": "big",
    "show": "demonstrate", "shows": "demonstrates", "showed": "demonstrated", "help": "assist", "use": "employ",
    "used": "employed", "need": "require", "needs": "requires", "also": "in addition", "however": "but",
    "get": "obtain", "begin": "start", "begins": "starts", "end": "finish", "ended": "finished", "build": "construct",
    "built": "constructed", "many": "numerous", "important": "significant", "aimed at": "meant for",
    "in order to": "to", "so that": "in order that", "because": "since", "although": "though", "allows": "lets",
    "allow": "let", "must": "has to", "several": "a number of", "near": "close to", "including": "among them",
    "currently": "at present", "now": "at present", "often": "frequently", "almost": "nearly", "around": "about",
    "people": "persons", "country": "nation", "countries": "nations", "company": "firm", "companies": "firms",
    "children": "kids", "buy": "purchase", "sell": "market", "make": "create", "made": "created",
    "quickly": "rapidly", "fast": "quick", "hard": "difficult", "difficult": "hard", "only": "just",
    "main": "principal", "start": "begin", "started": "began", "noted": "observed", "announced": "made known",
    "called": "named", "stressed": "underscored", "underscored": "stressed", "according to": "in the words of",
    "each": "every", "entire": "whole", "whole": "entire", "per cent": "percent", "will": "is going to",
    "cannot": "can not", "don't": "do not", "can't": "cannot", "isn't": "is not", "doesn't": "does not",
    "won't": "will not", "wasn't": "was not",
}  # fmt: skip
SPELLED = {
    "2": "two", "3": "three", "4": "four", "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
    "10": "ten", "11": "eleven", "12": "twelve", "20": "twenty", "30": "thirty", "100": "one hundred",
}  # fmt: skip
FRAMES = (
    "Yes, {}", "According to the text, {}", "According to the report, {}", "The document says that {}",
    "The source states that {}", "In short, {}", "Indeed, {}", "The passage notes that {}", "As the text puts it, {}",
)  # fmt: skip
EXTRAS = (
    "for the first time", "as planned", "without any delay", "on the advice of its lawyers", "to save money",
    "in secret", "at a cost of ${n} million", "in {y}", "under pressure from the press",
    "with the support of local residents", "despite earlier promises", "after a long dispute",
    "for a period of {n} years", "to the anger of most voters there", "and critics welcomed it",
    "which nobody had expected", "as part of a wider reform", "in order to comply with the law",
    "in cooperation with the European Union", "for security reasons", "more than {n} percent of the time",
    "which cost {n} people their jobs", "and has since been confirmed", "before the end of {y}",
    "because of the weather", "as a result of new rules", "which experts consider a success", "with immediate effect",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """A statement made of sentences, the rule that made it, and the sentences that it is put to."""

    kind: str
    supported: bool
    statement: str
    evidence: tuple[str, ...]
    wrong: tuple[tuple[int, int], ...] | None = ()
    """Where in the statement the words stand that the rule changed for the worse; None where that is not known."""


def falsify(sentences: Sequence[str], at: int, random: Random, *, names: bool = False) -> Edit | None:
    """A statement made, by a random rule, of the sentence at this place of a passage, which does not support it."""
    first = [_turn_passive_wrongly, _swap_names] if names else []
    for rule in (*first, *random.sample(FALSE_RULES, len(FALSE_RULES))):
        statement = rule(sentences, at, random)
        if statement and statement.split() != sentences[at].split():
            evidence = (sentences[at],)
            if rule in (_join_as_cause, _splice) and at:
                evidence = (sentences[at - 1], sentences[at])
            if rule is _splice and random.random() < 0.3:
                evidence = (sentences[at],)
            surrounded = _surround(evidence, sentences, at, random)
            if statement not in surrounded:
                dressed = _dress(statement, random)
                source = " ".join(evidence)
                wrong = _find_changed(statement, source, dressed)
                return Edit(rule.__name__.strip("_"), False, dressed, surrounded, wrong)
    return None


def vary(sentences: Sequence[str], at: int, random: Random) -> Edit:
    """A statement that the sentence at this place of a passage supports, edited by random rules."""
    sentence = sentences[at]
    if at and random.random() < 0.15:
        before = sentences[at - 1].rstrip(" .")
        return Edit("two sentences", True, f"{before}, and {_lower(sentence)}", (sentences[at - 1], sentence))
    kinds = []
    for rule in random.sample(TRUE_RULES, len(TRUE_RULES)):
        changed = rule(sentence, random)
        if changed and len(changed.split()) > 3:
            sentence, kinds = changed, [*kinds, rule.__name__.strip("_")]
        if len(kinds) == random.choice((1, 2, 2, 3)):
            break
    return Edit(" ".join(kinds[:1]), True, _dress(sentence, random), _surround((sentences[at],), sentences, at, random))


def space_out(text: str) -> str:
    """The text with its punctuation apart from its words, as corpora of tokens have it."""
    text = re.sub(r"[“”\"]", "''", re.sub(r"(?<!\w)[“\"](?=\w)", "`` ", text))
    return re.sub(
        r" +",
        " ",
        re.sub(
            r"(?<!\d)([,;:?!()%])|([,;:?!()%])(?!\d)|(\.)(?=\s|$)|(?<=\w)(['’]s)\b|(?<=\w)(-)(?=\w)",
            lambda m: f" {m[0]} ",
            text,
        ),
    ).strip()


def _find_changed(statement: str, source: str, dressed: str) -> tuple[tuple[int, int], ...] | None:
    """The words of the dressed statement that are not the source's, or that stand where it has more."""
    start = dressed.find(statement[1:12]) - 1
    if start < 0 or dressed[start + 1 : start + len(statement) - 1] != statement[1:-1]:
        return None
    words = list(re.finditer(r"\S+", statement))
    ours, theirs = (
        [match[0].casefold().strip(".,;") for match in words],
        [word.casefold().strip(".,;") for word in source.split()],
    )
    changed: set[int] = set()
    for kind, _, _, first, last in difflib.SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes():
        if kind in ("replace", "insert"):
            changed.update(range(first, last))
        elif kind == "delete":
            changed.update(range(first, min(first + 1, len(ours))))
    return tuple((start + words[at].start(), start + words[at].end()) for at in sorted(changed))


def _dress(statement: str, random: Random) -> str:
    """What says nothing of whether it is true: a frame, another case, other typography."""
    statement = statement[:1].upper() + statement[1:]
    if random.random() < 0.08:
        statement = random.choice(FRAMES).format(_lower(statement))
    if random.random() < 0.05:
        statement = space_out(statement)
    return statement if statement.rstrip()[-1:] in ".!?”\"'" else f"{statement.rstrip(' ,;')}."


def _surround(evidence: tuple[str, ...], sentences: Sequence[str], at: int, random: Random) -> tuple[str, ...]:
    """With a sentence beside it, now and then, or with its punctuation apart."""
    if random.random() < 0.15 and at and len(evidence) == 1:
        evidence = (sentences[at - 1], *evidence)
    if random.random() < 0.1 and at + 1 < len(sentences):
        evidence = (*evidence, sentences[at + 1])
    return tuple(map(space_out, evidence)) if random.random() < 0.1 else evidence


def _lower(sentence: str) -> str:
    """With a small first letter, unless the first word is written in capitals."""
    return sentence if sentence[1:2].isupper() else sentence[:1].lower() + sentence[1:]


def _exchange(table: dict[str, str]) -> Callable[[Sequence[str], int, Random], str]:
    pattern = re.compile(
        rf"(?<![\w-])(?:{'|'.join(sorted(map(re.escape, table), key=len, reverse=True))})(?![\w-])", re.IGNORECASE
    )

    def exchange(sentences: Sequence[str], at: int, random: Random) -> str:
        found = [match for match in pattern.finditer(sentences[at]) if match.start()]
        if not found:
            return ""
        match = random.choice(found)
        return _put(sentences[at], match, table[match[0].lower()])

    return exchange


def _put(sentence: str, match: re.Match[str], instead: str) -> str:
    return sentence[: match.start()] + instead + sentence[match.end() :]


def _names(text: str) -> list[re.Match[str]]:
    known = names_of(text)
    return [match for match in NAME.finditer(text) if known & set(re.findall(r"\w+", match[0].lower()))]


def _swap_names(sentences: Sequence[str], at: int, random: Random) -> str:
    """Who did it to whom: two names of the sentence in each other's places."""
    found = [match for match in _names(sentences[at]) if match[0].lower() not in map(str.lower, MONTHS)]
    if len({match[0] for match in found}) < 2:
        return ""
    one, other = sorted(random.sample(found, 2), key=lambda match: match.start())
    text = sentences[at]
    if one[0] == other[0] or text[one.end() : other.start()].strip() in ("and", ",", "or", ", and", "and the"):
        return ""  # the members of a list may stand in any order
    return text[: one.start()] + other[0] + text[one.end() : other.start()] + one[0] + text[other.end() :]


def _other_name(sentences: Sequence[str], at: int, random: Random) -> str:
    found = _names(sentences[at])
    others = [match[0] for sentence in sentences for match in _names(sentence) if match[0] not in sentences[at]]
    return _put(sentences[at], random.choice(found), random.choice(others)) if found and others else ""


def _other_number(sentences: Sequence[str], at: int, random: Random) -> str:
    found = list(NUMBER.finditer(sentences[at]))
    if not found:
        return ""
    match = random.choice(found)
    others = [
        number
        for sentence in sentences
        for number in NUMBER.findall(sentence)
        if number not in sentences[at] and len(number) == len(match[0])
    ]
    if others and random.random() < 0.6:
        return _put(sentences[at], match, random.choice(others))
    digits = list(match[0])
    place = random.choice([at for at, digit in enumerate(digits) if digit.isdigit()])
    digits[place] = random.choice([digit for digit in "123456789" if digit != digits[place]])
    return _put(sentences[at], match, "".join(digits))


def _other_date(sentences: Sequence[str], at: int, random: Random) -> str:
    found = list(re.finditer(rf"\b(?:{'|'.join(MONTHS)}|(?:1[5-9]|20)\d\d)\b", sentences[at]))
    if not found:
        return ""
    match = random.choice(found)
    other = (
        random.choice(MONTHS)
        if match[0].isalpha()
        else str(int(match[0]) + random.choice((-10, -3, -2, -1, 1, 2, 3, 10)))
    )
    return _put(sentences[at], match, other)


def _drop_negation(sentences: Sequence[str], at: int, random: Random) -> str:
    found = list(NEGATION.finditer(sentences[at]))
    if not found:
        return (
            re.sub(r"\bfailed to (\w+)", r"managed to \1", sentences[at], count=1)
            if "failed to" in sentences[at]
            else ""
        )
    return _put(sentences[at], random.choice(found), "").replace("ca ", "can ").replace("wo ", "will ")


def _add_negation(sentences: Sequence[str], at: int, random: Random) -> str:
    if ANY_NEGATION.search(sentences[at]):
        return ""
    found = list(AUXILIARY.finditer(sentences[at]))
    if found:
        match = random.choice(found)
        return _put(sentences[at], match, match[0] + random.choice(("not ", "not ", "never ", "no longer ")))
    return (
        re.sub(r"\b(to|managed to) (?=[a-z]{3})", "failed to ", sentences[at], count=1)
        if " managed to " in sentences[at]
        else ""
    )


def _opposite(sentences: Sequence[str], at: int, random: Random) -> str:
    found = [match for match in re.finditer(r"\b[a-z]{3,}\b", sentences[at]) if match[0] in OPPOSITES]
    if not found:
        return ""
    match = random.choice(found)
    others = sorted(OPPOSITES[match[0]])
    alike = [other for other in others if other[-2:] == match[0][-2:]] or others
    return _put(sentences[at], match, random.choice(alike))


def _add(sentences: Sequence[str], at: int, random: Random) -> str:
    extra = random.choice(EXTRAS).format(n=random.randint(2, 90), y=random.randint(1950, 2024))
    sentence = sentences[at].rstrip(" .!?")
    commas = [match.start() for match in re.finditer(r", (?:which|who|and|but|while) ", sentence)]
    if commas and random.random() < 0.4:
        place = random.choice(commas)
        return f"{sentence[:place]} {extra}{sentence[place:]}."
    return f"{sentence}{',' if extra.startswith(('which', 'and')) else ''} {extra}."


def _append_clause(sentences: Sequence[str], at: int, random: Random) -> str:
    """A clause of another sentence of the passage, told of this one's subject."""
    other = random.choice([sentence for place, sentence in enumerate(sentences) if place != at])
    clauses = re.findall(
        r"(?:, (?:which|who|and|but) | (?:because|in order to|so that|after|before|for|in|by|with) )[^,;]{12,80}",
        other.rstrip(" ."),
    )
    return f"{sentences[at].rstrip(' .!?')}{random.choice(clauses)}." if clauses else ""


def _join_as_cause(sentences: Sequence[str], at: int, random: Random) -> str:
    if not at:
        return ""
    before = sentences[at - 1].rstrip(" .!?")
    if random.random() < 0.5:
        return f"{before} because {_lower(sentences[at])}"
    return f"{sentences[at].rstrip(' .!?')}, which is why {_lower(before)}."


def _splice(sentences: Sequence[str], at: int, random: Random) -> str:
    """The beginning of one sentence and the end of the one before it, or the other way round."""
    if not at:
        return ""
    ours, theirs = sentences[at].split(), sentences[at - 1].split()
    if min(len(ours), len(theirs)) < 8:
        return ""
    one, other = (ours, theirs) if random.random() < 0.5 else (theirs, ours)
    return " ".join([*one[: len(one) // 2], *other[len(other) // 2 :]])


def _cut_middle(sentences: Sequence[str], at: int, random: Random) -> str:
    words = sentences[at].split()
    if len(words) < 15:
        return ""
    first = len(words) // 3 + random.randint(-2, 2)
    return " ".join(words[:first] + words[2 * len(words) // 3 + random.randint(-1, 2) :])


def _other_sentence(sentences: Sequence[str], at: int, random: Random) -> str:
    return random.choice([sentence for place, sentence in enumerate(sentences) if place != at])


def _shorten(sentence: str, random: Random) -> str:
    """Up to a clause that can be done without."""
    cuts = [
        match.start()
        for match in re.finditer(r"(?:, (?:and|but|which|who|while|although|where) |; | \(|, [a-z]+ing )", sentence)
        if match.start() > 25
    ]
    return f"{sentence[: random.choice(cuts)].rstrip(' ,;')}." if cuts else ""


def _drop_aside(sentence: str, random: Random) -> str:
    """Without what stands in brackets, or what opens the sentence before a comma: "In 1998, "."""
    bare = re.sub(r" ?\([^()]*\)", "", sentence)
    if bare != sentence and random.random() < 0.7:
        return bare
    bare = re.sub(
        r"^(?:In|On|At|By|After|During|Since|For|From|With|As|To|Following|Under|Despite) [^,]{3,50}, (?=\w)", "", bare
    )
    if bare != sentence:
        return bare[:1].upper() + bare[1:]
    aside = re.sub(r", (?:which|who|a|an|the|also|known|including|such as) [^,]{5,70},(?= )", "", sentence, count=1)
    return aside if aside != sentence else ""


def _synonym(sentence: str, random: Random) -> str:
    found = [
        match
        for match in re.finditer(r"[\w'’]+(?: (?:to|at|order to|that|as))?|\w+", sentence)
        if match.start() and (match[0].lower() in SYNONYMS or match[0].split(" ")[0].lower() in SYNONYMS)
    ]
    if not found:
        return ""
    match = random.choice(found)
    first, _, rest = match[0].partition(" ")
    instead = SYNONYMS.get(match[0].lower()) or f"{SYNONYMS[first.lower()]} {rest}".strip()
    return _put(sentence, match, instead)


def _respell(sentence: str, random: Random) -> str:
    """Numbers in words or digits, dates in another order, units in short."""
    choices = [
        DATE.sub(lambda date: f"{date[2]} {date[1]}" if date[2] else date[0], sentence),
        re.sub(r"(?<![\d.,])(\d{1,3})(?![\d.,])", lambda number: SPELLED.get(number[0], number[0]), sentence, count=1),
        re.sub(
            rf"\b({'|'.join(SPELLED.values())})\b",
            lambda word: next(digit for digit, name in SPELLED.items() if name == word[0]),
            sentence,
            count=1,
        ),
        sentence.replace(" percent", "%").replace("%", " percent")
        if "%" in sentence
        else sentence.replace(" percent", "%"),
        sentence.replace("United States", "US").replace("U.S.", "US").replace("United Kingdom", "UK"),
        sentence.translate(str.maketrans({"’": "'", "“": '"', "”": '"', "—": "–"})),
        sentence[:1].lower() + sentence[1:],
        sentence,
    ]
    changed = [choice for choice in choices if choice != sentence]
    return random.choice(changed) if changed else ""


def _swap_list(sentence: str, random: Random) -> str:
    """Two names that stand beside each other in a list, in the other order."""
    names = _names(sentence)
    pairs = [(one, two) for one, two in pairwise(names) if sentence[one.end() : two.start()] in (" and ", ", ", " or ")]
    if not pairs:
        return ""
    one, two = random.choice(pairs)
    return sentence[: one.start()] + two[0] + sentence[one.end() : two.start()] + one[0] + sentence[two.end() :]


def _turn_passive(sentence: str, _: Random) -> str:
    """Who did it last: "Rome was attacked by Gaul" of "Gaul attacked Rome"."""
    found = ACTIVE.match(sentence)
    if found and not is_capital(found[1].split()[0]):
        return ""
    return f"{found[3]} was {found[2]} by {found[1]}{found[4]}" if found else ""


def _turn_passive_wrongly(sentences: Sequence[str], at: int, _: Random) -> str:
    found = ACTIVE.match(sentences[at])
    if found and not is_capital(found[1].split()[0]):
        return ""
    return f"{found[1]} was {found[2]} by {found[3]}{found[4]}" if found else ""


def _keep(sentence: str, _: Random) -> str:
    return sentence


_other_preposition, _other_conjunction = _exchange(PREPOSITIONS), _exchange(CONJUNCTIONS)
_other_quantity, _other_unit = _exchange(QUANTITIES), _exchange(UNITS)
for _rule, _name in (
    (_other_preposition, "preposition"),
    (_other_conjunction, "conjunction"),
    (_other_quantity, "quantity"),
    (_other_unit, "unit"),
):
    _rule.__name__ = _name
FALSE_RULES = [  # the more often a rule is named, the earlier it is tried: those that rarely fit come first
    *[_turn_passive_wrongly] * 6, *[_swap_names] * 6, *[_drop_negation] * 6, *[_other_date] * 4, *[_other_unit] * 4,
    *[_other_number] * 3, *[_add_negation] * 3, *[_opposite] * 3, *[_other_conjunction] * 3, *[_other_quantity] * 3,
    *[_other_name] * 2,
    *[_other_preposition] * 3, _add, *[_append_clause] * 2, _join_as_cause,
    *[_splice] * 3, *[_cut_middle] * 3, _other_sentence,
]  # fmt: skip
TRUE_RULES = [_shorten, _shorten, _drop_aside, _drop_aside, _synonym, _synonym, _respell, _respell, _keep]
TRUE_RULES += [_swap_list, _swap_list, _turn_passive, _turn_passive, _turn_passive]


def make_edits(
    passages: Sequence[Sequence[str]], random: Random, *, share: float = 1.0, names: float = 0.0
) -> Iterator[Edit]:
    """For a share of the sentences of each passage one false and one true statement.

    `names`: of how many of the false two names are swapped wherever a sentence has two.
    """
    for sentences in passages:
        for at, sentence in enumerate(sentences) if len(sentences) > 1 else ():
            if len(sentence.split()) < 6 or random.random() >= share:
                continue
            if edit := falsify(sentences, at, random, names=random.random() < names):
                yield edit
            yield vary(sentences, at, random)
