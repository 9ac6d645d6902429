"""Support: what the vetoes and the judge say of a statement and its quotes, together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import pytest

from rag.support import COPY, POSSIBLE, POSSIBLE_IF_FOUND, SURE, weigh_support
from rag.types import Judge, Level, Opinion, Proof
from tests.sentences import every_sentence, seed_sentences
from tests.word_judge import WORD_JUDGE, constant_judge

VISIT = "Russian Defense Minister Igor Sergeev’s visit to Tehran last week was the first since Iran’s 1979 revolution."
SALES = "Analysts predict that Russia could earn as much as US$7-8 billion in arms sale revenues from Iran."
SUPPLIES = "An official said that no missile supplies are being considered during the visit."
REFUSAL = "Moscow will not sell missiles, but it delivers spare parts to Tehran."


def level_of(statement: str, quotes: Sequence[str], judge: Judge, *, question: str = "", title: str = "") -> Level:
    [support] = weigh_support(statement, [Proof(tuple(quotes), title, title)], judge=judge, question=question)
    return support.level


def share_supported(pairs: Iterator[tuple[str, str]], judge: Judge) -> float:
    """Of the changed sentences, those that their originals would surely support; there must be changes at all."""
    levels = [level_of(new, [old], judge) for old, new in pairs]
    assert len(levels) > 30
    return sum(level == "sure" for level in levels) / len(levels)


# how a verdict comes about


def test_a_copy_is_sure_and_a_veto_is_none_whatever_the_judge_thinks() -> None:
    [copy] = weigh_support("It  rained.", [Proof(("It rained.",))], judge=constant_judge(-9.0))
    assert copy == COPY
    [veto] = weigh_support("It cost £7m.", [Proof(("It cost £6m.",))], judge=constant_judge(9.0))
    assert (veto.level, veto.reason) == ("none", "the figure £7m is in no quoted sentence")


@pytest.mark.parametrize(
    ("odds", "is_cited", "level"),
    [
        (SURE, True, "sure"),
        (SURE, False, "sure"),
        (POSSIBLE_IF_FOUND, False, "possible"),
        (POSSIBLE_IF_FOUND - 0.1, False, "none"),
        (POSSIBLE, True, "possible"),
        (POSSIBLE - 0.1, True, "none"),
    ],
)
def test_what_was_found_must_be_likelier_to_be_shown(odds: float, is_cited: bool, level: Level) -> None:
    proof = Proof(("It was wet.",), is_cited=is_cited)
    [support] = weigh_support("It rained a lot.", [proof], judge=constant_judge(odds, "rained"))
    assert support.level == level
    assert (
        support.reason
        == {
            "sure": "",
            "possible": "check the quote: it may not say “rained”",
            "none": "the quoted sentences do not say “rained”",
        }[level]
    )


def test_the_title_is_put_before_the_sentences_for_the_judge_and_its_names_need_no_quote() -> None:
    seen: list[Sequence[str]] = []

    def support(_: str, evidence: Sequence[str], /, *, question: str = "") -> list[Opinion]:
        del question
        seen.append(evidence)
        return [Opinion(1.0)]

    proof = Proof(("The song opens with a piano.", "It is long."), "Runaway", "Runaway\nKanye West")
    [weighed] = weigh_support("“Runaway” by Kanye West is long.", [proof], judge=Judge(support=support))
    assert weighed.level == "sure"
    both = "The song opens with a piano. It is long."
    assert seen == [[f"Runaway. {both}"], [both]]  # the title alone proves nothing


@pytest.mark.parametrize(
    ("statement", "quote", "level"),
    [
        ("Der Vertrag ist gültig.", "Der Vertrag ist gültig.", "sure"),
        ("Der Vertrag ist seit Mai gültig.", "Gültig ist der Vertrag seit dem Monat Mai.", "possible"),
        ("Der Vertrag ist seit Juni 1999 gültig.", "Gültig ist der Vertrag seit dem Monat Mai.", "none"),
        ("任何人的财产，不得任意剥夺。", "任何人的财产，不得任意剥夺。", "sure"),
        ("不得任意剥夺。", "任何人的财产，不得任意剥夺。", "possible"),
    ],
)
def test_another_language_is_held_to_the_facts_and_is_to_be_checked(
    statement: str, quote: str, level: Level, judge: Judge
) -> None:
    assert level_of(statement, [quote], judge) == level


def test_proofs_are_weighed_in_their_order() -> None:
    proofs = [Proof((SALES,)), Proof((VISIT,)), Proof(("Sergeev’s visit to Tehran.",))]
    supports = weigh_support("Sergeev’s visit was to Tehran.", proofs, judge=WORD_JUDGE)
    assert [support.level for support in supports] == ["none", "sure", "sure"]


# what the trained judge knows


def test_every_sentence_supports_itself_in_other_typography(judge: Judge) -> None:
    marks = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-"})
    assert [s for s in seed_sentences() if level_of(s.translate(marks), [s], judge) != "sure"] == []


def test_a_changed_name_at_the_beginning_is_hardly_ever_supported(judge: Judge) -> None:
    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence()[:200]:
            if found := re.match(r"[A-Z][a-z]{3,} (?=[a-z]+ed )", sentence):
                yield sentence, f"Zanzibar {sentence[found.end() :]}"
            elif found := re.match(r"(?:The|An?|In|This) (?:[a-z]+ ){0,1}", sentence):
                yield sentence, f"Zanzibar’s {sentence[found.end() :]}"

    assert share_supported(changed(), judge) <= 0.1


IN_OTHER_WORDS = [
    ("Igor Sergeev visited Tehran.", VISIT),
    ("Sergeev's visit was the first since 1979.", VISIT),
    ("Russia could earn US$7–8 billion.", SALES),
    ("Moscow won't sell missiles.", REFUSAL),
    ("Moscow delivers spare parts.", REFUSAL),
    ("However, Moscow delivers spare parts.", REFUSAL),
    ("The council has twelve members.", "The council has 12 members."),
    ("The army withdrew from Leeds.", "The army has withdrawn from Leeds."),
    ("It cost 5 million dollars.", "It cost $5 million."),
    ("Poland was invaded by Germany in 1939.", "Germany invaded Poland in 1939."),
    ("The firm purchased the mill.", "The firm bought the mill."),
    ("It was meant to limit arms sales.", "It was aimed at limiting arms sales."),
]
WRONG_BY_A_WORD = [
    ("Missile supplies were considered.", SUPPLIES),
    ("Moscow will sell missiles.", REFUSAL),
    ("The company opened a plant in Texas.", "The company plans to open a plant in Texas."),
    ("The bill passed the Senate.", "The bill failed to pass the Senate."),
    ("The court ruled for the tenant.", "The court ruled against the tenant."),
    ("The firm moved to Paris.", "The firm moved from Paris."),
    ("The shop is open until 5 May.", "The shop is open from 5 May."),
    ("Germany was invaded by Poland in 1939.", "Germany invaded Poland in 1939."),
    ("The landlord must give notice to the tenant.", "The tenant must give notice to the landlord."),
    ("Profits rose by 5%.", "Profits fell by 5%."),
    ("The firm paid bribes.", "It is not true that the firm paid bribes."),
    ("Mongolia lies in Asia.", VISIT),
]


def test_what_a_model_says_in_other_words_is_mostly_supported_and_never_withdrawn(judge: Judge) -> None:
    levels = [level_of(statement, [quote], judge) for statement, quote in IN_OTHER_WORDS]
    assert levels.count("sure") >= 0.7 * len(levels)
    assert "none" not in levels


def test_what_a_model_gets_wrong_by_a_word_is_not_mostly_supported(judge: Judge) -> None:
    """Roles exchanged in a copy and a plan told as done are what the judge misses most, see `training/README.md`."""
    levels = [level_of(statement, [quote], judge) for statement, quote in WRONG_BY_A_WORD]
    assert levels.count("sure") <= 0.5 * len(levels)
