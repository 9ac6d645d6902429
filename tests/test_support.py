"""Prove: what is never without fault, and what always is."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from rag.lexicon import NEGATIONS
from rag.passages import split_text
from rag.support import find_fault
from rag.words import STOP_WORDS, capitalised_of, words_of

ROOT = Path(__file__).parents[1]
SEED = ROOT / "seeds" / "000_fe5675aafdfdfcf7.txt"
SQUAD = ROOT.parent / "shared" / "eval" / "data" / "squad2" / "documents.jsonl"
NEGATION = re.compile(rf"\b(?:{'|'.join(sorted(NEGATIONS))})\b|n['’]t\b", re.IGNORECASE)

VISIT = "Russian Defense Minister Igor Sergeev’s visit to Tehran last week was the first since Iran’s 1979 revolution."
SALES = "Analysts predict that Russia could earn as much as US$7-8 billion in arms sale revenues from Iran."
SUPPLIES = "An official said that no missile supplies are being considered during the visit."
REFUSAL = "Moscow will not sell missiles, but it delivers spare parts to Tehran."


@cache
def seed_sentences() -> list[str]:
    return sentences_of(SEED.read_text(encoding="utf-8"))


@cache
def squad_sentences() -> list[str]:
    if not SQUAD.exists():
        pytest.skip(f"no squad2: {SQUAD} is absent")
    lines = SQUAD.read_text(encoding="utf-8").splitlines()
    sentences = [sentence for line in lines for sentence in sentences_of(json.loads(line)["text"])]
    return sentences[:: len(sentences) // 500][:500]


def sentences_of(text: str) -> list[str]:
    return [sentence.strip() for sentence in split_text(text) if sentence.strip()]


def every_sentence() -> list[str]:
    return [*seed_sentences(), *squad_sentences()]


def without_fault(changed: Iterator[tuple[str, str]]) -> list[str]:
    """The changed sentences that their originals would be taken to support; there must be changes at all."""
    pairs = list(changed)
    assert len(pairs) > 50
    return [new for old, new in pairs if not find_fault(new, [old])]


# properties


def test_every_sentence_of_the_seed_supports_itself() -> None:
    assert len(seed_sentences()) > 25
    assert {sentence: fault for sentence in seed_sentences() if (fault := find_fault(sentence, [sentence]))} == {}


def test_every_sentence_of_squad_supports_itself() -> None:
    assert len(squad_sentences()) == 500
    assert {sentence: fault for sentence in squad_sentences() if (fault := find_fault(sentence, [sentence]))} == {}


def test_every_sentence_supports_itself_beside_others_and_in_other_typography() -> None:
    marks = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", " ": "\n"})
    assert [s for s in seed_sentences() if find_fault(s.translate(marks), [s])] == []
    assert [s for s in seed_sentences() if find_fault(s, [s.translate(marks)])] == []
    assert [s for s in every_sentence() if find_fault(unicodedata.normalize("NFD", s), [s])] == []
    assert [s for s in every_sentence() if find_fault(s, [unicodedata.normalize("NFD", s)])] == []


def test_a_changed_number_is_never_without_fault() -> None:
    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence():
            for figure in re.finditer(r"\d+", sentence):
                yield sentence, f"{sentence[: figure.start()]}{int(figure[0]) + 7777}{sentence[figure.end() :]}"

    assert without_fault(changed()) == []


def test_a_name_of_elsewhere_is_never_without_fault_wherever_it_stands() -> None:
    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence():
            for name in sorted(capitalised_of(sentence)):
                new = re.sub(rf"\b{re.escape(name)}\b", "Zanzibar", sentence, flags=re.IGNORECASE)
                if new != sentence:
                    yield sentence, new

    assert without_fault(changed()) == []


def test_a_dropped_negation_is_never_without_fault() -> None:
    """Where it is the only one, and negates more than "do" and "so"."""

    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence():
            if len(found := list(NEGATION.finditer(sentence))) == 1:
                before, behind = sentence[: found[0].start()], sentence[found[0].end() :]
                if set(words_of(re.split(r"[,;:–—()]", behind)[0])) - STOP_WORDS:
                    yield sentence, before + behind

    assert without_fault(changed()) == []


def test_an_added_negation_is_never_without_fault() -> None:
    """Where there was none, and it negates more than "do" and "so"."""

    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence():
            for verb in re.finditer(r"\b(?:is|was|were|are|has|had|would|will|can|could) (?=([^\W\d_]+))", sentence):
                if not NEGATION.search(sentence) and verb[1].lower() not in STOP_WORDS:
                    yield sentence, f"{sentence[: verb.end()]}not {sentence[verb.end() :]}"

    assert without_fault(changed()) == []


# examples


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("Igor Sergeev visited Tehran.", VISIT),
        ("Sergeev's visit was the first since 1979.", VISIT),
        ("Russia could earn US$7–8 billion.", SALES),
        ("No missile supplies were considered.", SUPPLIES),
        ("Moscow won't sell missiles.", REFUSAL),
        ("Moscow delivers spare parts.", REFUSAL),
        ("However, Moscow delivers spare parts.", REFUSAL),
        ("The council has twelve members.", "The council has 12 members."),
        ("He met Emile Zola.", "He met Émile Zola."),
        ("He met Émile Zola.", "He met E\u0301mile Zola."),
        ("The U.S. left.", "Then the US left."),
        ("It sold 1216 tanks.", "It sold 1,216 tanks."),
    ],
)
def test_a_true_statement_is_without_fault(statement: str, quote: str) -> None:
    assert find_fault(statement, [quote]) == ""


@pytest.mark.parametrize(
    ("statement", "quote", "fault"),
    [
        ("Putin visited Tehran last week.", VISIT, "the word “Putin” is in no quoted sentence"),
        ("Igor Ivanov visited Tehran last week.", VISIT, "the name “Ivanov” is in no quoted sentence"),
        ("The visit was the first since 1978.", VISIT, "the figure 1978 is in no quoted sentence"),
        ("The visit was the second since 1979.", VISIT, "the figure 2 is in no quoted sentence"),
        ("Russia could earn 7-8 million.", SALES, "the figure million is in no quoted sentence"),
        ("Russia could earn 8 billion.", SALES, "the figure 8 is in no quoted sentence"),
        ("It has thirteen members.", "It has 12 members.", "the figure 13 is in no quoted sentence"),
        ("Missile supplies were considered.", SUPPLIES, "the quoted sentences negate “Missile”"),
        ("Moscow will sell missiles.", REFUSAL, "the quoted sentences negate “sell”"),
        ("Moscow refuses to deliver spare parts.", REFUSAL, "the quoted sentences do not negate “deliver”"),
        ("The U.S. visited Tehran last week.", VISIT, "the name “U.S.” is in no quoted sentence"),
        ("He met Čapek.", "He met Zola.", "the name “Čapek” is in no quoted sentence"),
        ("He met Иван.", "He met Пётр.", "the name “Иван” is in no quoted sentence"),
        ("He is able.", "He is not.", "the quoted sentences do not say “able”"),
        ("It was not “just opened”.", "It was “just opened”.", "the quoted sentences do not negate “opened”"),
        ("The visit brought quarrels, gloom.", VISIT, "the quoted sentences do not say “brought, quarrels, gloom”"),
        ("He did object.", "He came, or so they say; he did object not.", "the quoted sentences negate “object”"),
        ("No arms are not sold.", "No arms are sold.", "the quoted sentences negate “sold”"),
        ("The sign is green.", "The sign is neither red nor green.", "the quoted sentences negate “green”"),
        ("Russia sold arms.", "", "the word “Russia” is in no quoted sentence"),
        ("It killed nineteen.", "It killed eighteen.", "the figure 19 is in no quoted sentence"),
        ("It killed thirty.", "It killed thirty-one.", "the figure 30 is in no quoted sentence"),
        ("It killed hundreds.", "It killed thousands.", "the figure hundreds is in no quoted sentence"),
        ("It cost $6 million.", "It cost £6 million.", "the quoted sentences do not say $6"),
        ("It was -5 degrees.", "It was 5 degrees.", "the quoted sentences do not say -5"),
        ("It took ten months.", "It took ten years.", "the quoted sentences do not say “months”"),
        ("It had 5 women and 3 men.", "It had 3 women and 5 men.", "the quoted sentences do not say “5 women”"),
        ("Profits rose by 5%.", "Profits fell by 5%.", "the quoted sentences do not say “rose”"),
        ("All members signed.", "Some members signed.", "the quoted sentences do not say “all”"),
        ("It met Adams.", "It met Adam.", "the name “Adams” is in no quoted sentence"),
        ("Julian came.", "Julia came.", "the word “Julian” is in no quoted sentence"),
        ("The Romanian army left.", "The Roman army left.", "the name “Romanian” is in no quoted sentence"),
        ("Iran sold Russia tanks.", "Russia sold Iran tanks.", "where the quoted sentence has “Russia”, it has “Iran”"),
        ("He calls it “a bad deal”.", "He calls it a deal.", "the words “a bad deal” are in no quoted sentence"),
        ("The minister was old.", "The house of the minister was old.", "before “The” it leaves out “… of”"),
    ],
)
def test_a_false_statement_has_its_fault_named(statement: str, quote: str, fault: str) -> None:
    assert find_fault(statement, [quote]) == fault


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("The company opened a plant in Texas.", "The company plans to open a plant in Texas."),
        ("The bill passed the Senate.", "The bill failed to pass the Senate."),
        ("Smith murdered his wife.", "Smith was acquitted of murdering his wife."),
        ("The shop is open on Sunday.", "The shop is open every day except Sunday."),
        ("The president resigned in 1973.", "The vice president resigned in 1973."),
        ("The income is taxable.", "The income is non-taxable."),
        ("The fine is $500.", "The fine is at least $500."),
        (
            "The committee illegally approved the budget of the city of Austin.",
            "The committee approved the budget of the city of Austin.",
        ),
        (
            "Russia earned US$7-8 billion in arms sale revenues from Iran.",
            "Russia could earn as much as US$7-8 billion in arms sale revenues from Iran.",
        ),
        ("The vaccine causes heart problems.", "Regulators found no evidence that the vaccine causes heart problems."),
        ("The firm paid bribes.", "It is not true that the firm paid bribes."),
        ("Smith is guilty.", "Nobody said, “Smith is guilty.”"),
        ("Patients should operate machinery.", "Patients should not drive and operate machinery."),
        ("He came.", "He didn´t come."),
        ("He came.", "He didnt come."),
        ("Germany was invaded by Poland in 1939.", "Germany invaded Poland in 1939."),
        ("Instagram bought Facebook in 2012.", "Instagram was bought by Facebook in 2012."),
        ("The landlord must give notice to the tenant.", "The tenant must give notice to the landlord."),
        ("Seals eat sharks.", "Sharks eat seals."),
        ("Adults take 50g of aspirin.", "Adults take 50mg of aspirin."),
        ("The WHO approved the vaccine.", "It was the Chinese who approved the vaccine."),
        ("The US signed the treaty.", "They asked us, and Canada signed the treaty."),
        ("The bridge opened in May.", "The bridge may be opened."),
        (
            "Vladimir Putin visited Tehran.",
            "Igor Sergeev’s visit to Tehran tested relations with Vladimir Putin’s Russia.",
        ),
    ],
)
def test_what_a_model_gets_wrong_by_a_word_is_not_supported(statement: str, quote: str) -> None:
    assert find_fault(statement, [quote]) != ""


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("The army withdrew from Leeds.", "The army has withdrawn from Leeds."),
        ("It rose by 5 percent.", "It rose by 5%."),
        ("It opened in 1932.", "It opened in [May] 1932."),
        ("It cost 5 million dollars.", "It cost $5 million."),
        ("It opened on 3 January 2001.", "It opened on January 3, 2001."),
        ("The 19th century was long.", "The nineteenth century was long."),
        ("Yes, the bridge opened in 1932.", "The bridge opened in 1932."),
        ("According to the document, the bridge opened in 1932.", "The bridge opened in 1932."),
        ("Poland was invaded by Germany in 1939.", "Germany invaded Poland in 1939."),
    ],
)
def test_what_a_model_says_in_other_words_is_supported(statement: str, quote: str) -> None:
    assert find_fault(statement, [quote]) == ""


def test_two_quotes_may_support_what_neither_does_alone() -> None:
    statement = "Igor Sergeev visited Tehran last week, and no missile supplies are considered."
    quotes = [VISIT, SUPPLIES]
    assert [bool(find_fault(statement, [quote])) for quote in quotes] == [True, True]
    assert find_fault(statement, quotes) == ""


@pytest.mark.parametrize(
    ("statement", "quotes", "fault"),
    [
        (
            "Ivanov visited Moscow.",
            ["Ivanov visited Tehran.", "Petrov visited Moscow."],
            "no one of the quoted sentences has both “Ivanov” and “Moscow”",
        ),
        ("Ivanov visited Moscow.", ["Ivanov came in May.", "Later he visited Moscow."], ""),
        ("Ivanov visited Tehran, and Petrov visited Moscow.", ["Ivanov visited Tehran.", "Petrov visited Moscow."], ""),
        (
            "The old bridge over the Tay was opened by the mayor of Perth.",
            ["The old bridge over the Tay fell in a storm.", "The school was opened by the mayor of Perth."],
            "“Tay” and “was” are of two places, and joined to one sentence",
        ),
        (
            "It sent arms to allies in Iraq, Libya and Cuba.",
            ["It sent arms to allies in the world.", "These are Iraq, Libya and Cuba."],
            "",
        ),
    ],
)
def test_what_two_sentences_say_is_not_mixed(statement: str, quotes: list[str], fault: str) -> None:
    assert find_fault(statement, quotes) == fault


def test_words_left_out_of_a_quotation_are_looked_for_in_a_moment() -> None:
    quoted = ["He said zz " + "a " * 2_000 + "."]
    assert "are in no quoted sentence" in find_fault("He said “a… a… a… a… a… a… a… zz”.", quoted)
    assert find_fault("He said “zz … a a”.", quoted) == ""


def test_a_few_words_are_an_answer_only_of_quotes_on_what_is_asked() -> None:
    when, who = "When did Igor Sergeev first visit Tehran?", "Which newspaper reported a message to Washington?"
    assert find_fault("Last week.", [VISIT], question=when) == ""
    assert find_fault("Tehran.", [VISIT], question=who) == (
        "the quoted sentences are not about “newspaper, reported, message”"
    )
    assert find_fault("Igor Sergeev’s visit to Tehran was the first since 1979.", [VISIT], question=who) == ""


def test_no_quote_supports_nothing() -> None:
    assert [s for s in seed_sentences() if not find_fault(s, [])] == []


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        ("Russia wants ties with Iraq.", "The Russian move towards ties that Moscow wants with Iraq."),
        ("The Iranian minister met him.", "The minister of Iran met him."),
        (
            "It would sell weapons.",
            "It would violate no agreements by selling weapons, and it would sell only weapons.",
        ),
    ],
)
def test_what_belongs_to_a_name_names_it_and_a_word_may_be_affirmed_beside_a_negation(
    statement: str, quote: str
) -> None:
    assert find_fault(statement, [quote]) == ""


@pytest.mark.parametrize(
    ("statement", "quote"), [("It met Niger.", "It met Nigeria."), ("It met India.", "It met Indiana.")]
)
def test_a_name_that_begins_like_another_is_not_it(statement: str, quote: str) -> None:
    assert "is in no quoted sentence" in find_fault(statement, [quote])


@pytest.mark.parametrize(
    ("quote", "true", "false"),
    [
        ("任何人的财产，不得任意剥夺。", "不得任意剥夺。", "得任意剥夺。"),
        ("东京是日本的首都。", "东京是日本的首都", "京都是日本的首都。"),
        ("教育は、無償でなければならない。", "教育は、無償でなければならない", "教育は、有償でなければならない。"),
        ("残虐な刑罰は、許されない。", "刑罰は、許されない。", "残虐な刑罰は、許される。"),
        ("모든 노예매매는 금지되지 않는다.", "노예매매는 금지되지 않는다.", "모든 노예매매는 금지되는다."),
        ("บุคคลใดจะถูกทรมานไม่ได้", "จะถูกทรมานไม่ได้", "บุคคลใดจะถูกทรมานได้"),
    ],
)
def test_where_no_spaces_part_words_a_statement_says_what_the_quote_says(quote: str, true: str, false: str) -> None:
    assert (find_fault(quote, [quote]), find_fault(true, [quote])) == ("", "")
    assert find_fault(false, [quote]) != ""


@pytest.mark.parametrize(
    ("quote", "false"),
    [
        ("Никто не должен содержаться в рабстве.", "Должен содержаться в рабстве."),
        ("Der Vertrag ist nicht gültig.", "Der Vertrag ist gültig."),
        ("Der Vertrag ist gültig.", "Der Vertrag ist nicht gültig."),
        ("Le traité ne prévoit pas de sanctions.", "Le traité prévoit de sanctions."),
        ("El acuerdo no permite sanciones.", "El acuerdo permite sanciones."),
        ("Η δουλεία δεν επιτρέπεται.", "Η δουλεία επιτρέπεται."),
        ("لا يجوز تجريد أحد من ملكه.", "يجوز تجريد أحد من ملكه."),
    ],
)
def test_a_statement_does_not_turn_what_is_said_in_another_language(quote: str, false: str) -> None:
    assert find_fault(quote, [quote]) == ""
    assert "negate" in find_fault(false, [quote])


ALLIANCE = "The talks provided a boost to an alliance of Russia, Iran, China and India to oppose NATO."
SANCTIONED = (
    "Washington has sanctioned a handful of companies for their dealings, and has threatened more if they go on."
)


@pytest.mark.parametrize(
    ("statement", "quote", "supported"),
    [
        ("Russia, Iran, China, and India oppose NATO.", ALLIANCE, True),
        ("The alliance is of Russia, China, Iran and India.", ALLIANCE, True),
        ("Russia, Iran, China and India might oppose NATO.", ALLIANCE, True),
        ("Russia, Iran, China and Pakistan oppose NATO.", ALLIANCE, False),
        ("Washington has sanctioned a handful of companies for their dealings.", SANCTIONED, True),
        ("Washington has sanctioned a handful of companies, and has threatened more.", SANCTIONED, False),
        ("The bank pays the whole sum.", "The bank pays the whole sum provided that the fire was reported.", False),
        (
            "An agreement was signed by U. S. Vice President Al Gore.",
            "An agreement–signed by U.S. Vice President Al Gore.",
            True,
        ),
        ("He called it 'a gift to all'.", "He called it “a gift to all”.", True),
        ("He called it 'a gift to us'.", "He called it “a gift to all”.", False),
        ("He called it “a gift, to all”.", "He called it “a gift to all”.", False),
    ],
)
def test_what_a_list_a_condition_and_quotation_marks_say(statement: str, quote: str, supported: bool) -> None:
    assert (find_fault(statement, [quote]) == "") == supported


@pytest.mark.parametrize(
    ("statement", "quotes", "fault"),
    [
        (
            "The bridge opened in 1932.",
            ["Did the bridge open in 1932?"],
            "the quoted sentence asks it and does not say it",
        ),
        ("The bridge opened in 1932.", ["Did the bridge open?", "The bridge opened in 1932."], ""),
        ("Did the bridge open in 1932?", ["Did the bridge open in 1932?"], ""),
        ("The bridge opened in 1932.", ["The bridge opened after 1932."], "say “after 1932”, not “in 1932”"),
        ("The bridge opened on May 3.", ["The bridge opened before May 3."], "say “before May 3”, not “on May 3”"),
        ("The bridge opened in 1932.", ["The bridge opened in 1932, and was shut before 1932 ended."], ""),
        ("The bridge opened after 1932.", ["The bridge opened after 1932."], ""),
        ("The bridge opened in 1932.", ["The bridge of 1932 was opened."], ""),
        ("The city is known as big.", ["The city is known for its big port."], "known as"),
        ("The Union won the battle.", ["The Union suffered a defeat in the battle."], "won"),
    ],
)
def test_a_question_a_time_and_a_defeat_are_no_proof(statement: str, quotes: list[str], fault: str) -> None:
    found = find_fault(statement, quotes)
    assert fault in found if fault else found == ""
