"""Veto: what is never without a veto, and what always is."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import pytest

from rag.vetoes import find_veto
from rag.words import names_of
from tests.sentences import every_sentence, seed_sentences, squad_sentences

VISIT = "Russian Defense Minister Igor Sergeev’s visit to Tehran last week was the first since Iran’s 1979 revolution."
SALES = "Analysts predict that Russia could earn as much as US$7-8 billion in arms sale revenues from Iran."


def without_veto(changed: Iterator[tuple[str, str]]) -> list[str]:
    """The changed sentences that their originals would be taken to support; there must be changes at all."""
    pairs = list(changed)
    assert len(pairs) > 50
    return [new for old, new in pairs if not find_veto(new, [old])]


def test_no_sentence_is_vetoed_by_itself() -> None:
    assert len(seed_sentences()) > 25
    assert len(squad_sentences()) == 500
    assert {sentence: veto for sentence in every_sentence() if (veto := find_veto(sentence, [sentence]))} == {}


def test_typography_is_no_veto() -> None:
    marks = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", " ": "\n"})
    assert [s for s in seed_sentences() if find_veto(s.translate(marks), [s])] == []
    assert [s for s in seed_sentences() if find_veto(s, [s.translate(marks)])] == []
    assert [s for s in every_sentence() if find_veto(unicodedata.normalize("NFD", s), [s])] == []
    assert [s for s in every_sentence() if find_veto(s, [unicodedata.normalize("NFD", s)])] == []


def test_a_changed_number_is_always_vetoed() -> None:
    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence():
            for figure in re.finditer(r"\d+", sentence):
                yield sentence, f"{sentence[: figure.start()]}{int(figure[0]) + 7777}{sentence[figure.end() :]}"

    assert without_veto(changed()) == []


def test_a_name_of_elsewhere_is_always_vetoed() -> None:
    def changed() -> Iterator[tuple[str, str]]:
        for sentence in every_sentence():
            for name in sorted(names_of(sentence)):
                new = re.sub(rf"\b{re.escape(name)}\b", "Zanzibar", sentence, flags=re.IGNORECASE)
                if new != sentence and "zanzibar" in names_of(new):
                    yield sentence, new

    assert without_veto(changed()) == []


@pytest.mark.parametrize(
    ("statement", "quote"),
    [
        # figures, in any notation
        ("It cost six million pounds.", "It cost £6m."),
        ("It cost £6 million.", "It cost six million pounds."),
        ("It cost $1.2 billion.", "It cost $1,200 million."),
        ("It cost €1.2bn.", "It cost 1,200 million euros."),
        ("Russia could earn US$7–8 billion.", SALES),
        ("Russia could earn between 7 and 8 billion dollars.", SALES),
        ("It sold 1216 tanks.", "It sold 1,216 tanks."),
        ("The council has twelve members.", "The council has 12 members."),
        ("It rose by 5 percent.", "It rose by 5%."),
        ("The 19th century was long.", "The nineteenth century was long."),
        ("It lasted from 1939 to 1945.", "It lasted 1939–45."),
        ("It lasted 123 years.", "It lasted from 1795 to 1918, as the years are counted."),
        ("Three members voted.", "Ann, Ben and Carl voted; they are members."),
        ("It runs 48 km.", "It runs 48 kilometres."),
        # dates
        ("It opened on 3 January 2001.", "It opened on January 3, 2001."),
        ("It opened on 3 January 2001.", "It opened on 2001-01-03."),
        ("It opened in Sept. 2001.", "It opened in September 2001."),
        # names
        ("The Iranian minister met him.", "The minister of Iran met him."),
        ("The EU met.", "The European Union met."),
        ("The European Union met.", "The EU met."),
        ("The UN Council met.", "The Council of the United Nations met."),
        ("J. Smith met him.", "John Smith met him."),
        ("President Putin met him.", "Putin met him."),
        ("The American team won.", "The US team won."),
        ("He met Emile Zola.", "He met Émile Zola."),
        ("The U.S. left.", "Then the US left."),
        ("The bank holds ETFs.", "The bank holds an ETF."),
        # frames
        ("Yes, the bridge opened in 1932.", "The bridge opened in 1932."),
        ("According to the document, the bridge opened in 1932.", "The bridge opened in 1932."),
        # words in quotation marks, and identifiers
        ("He called it 'a gift to all'.", "He called it “a gift to all”."),
        ("Invoice INV-2024-0113 is paid.", "INV-2024-0113 | paid"),
    ],
)
def test_what_says_the_same_in_another_notation_is_not_vetoed(statement: str, quote: str) -> None:
    assert find_veto(statement, [quote]) == ""


@pytest.mark.parametrize(
    ("statement", "quote", "veto"),
    [
        ("It cost £7m.", "It cost £6m.", "the figure £7m is in no quoted sentence"),
        ("It cost $6 million.", "It cost £6 million.", "the quoted sentences do not say “$6 million dollar”"),
        ("It cost $1.2 million.", "It cost $1.2 billion.", "the figure $1.2 million is in no quoted sentence"),
        ("The visit was the first since 1978.", VISIT, "the figure 1978 is in no quoted sentence"),
        ("The visit was the second since 1979.", VISIT, "the figure second is in no quoted sentence"),
        ("Russia could earn 8 billion.", SALES, "the figure 8 billion is in no quoted sentence"),
        ("It has thirteen members.", "It has 12 members.", "the figure thirteen is in no quoted sentence"),
        ("It has nine members.", "It has eight members.", "the figure nine is in no quoted sentence"),
        ("It killed thirty.", "It killed thirty-one.", "the figure thirty is in no quoted sentence"),
        ("It killed hundreds.", "It killed thousands.", "the figure hundreds is in no quoted sentence"),
        ("It was -5 degrees.", "It was 5 degrees.", "the figure -5 is in no quoted sentence"),
        ("It took ten months.", "It took ten years.", "the quoted sentences do not say “ten month”"),
        ("Adults take 50g of it.", "Adults take 50mg of it.", "the quoted sentences do not say “50g”"),
        ("It had 5 women and 3 men.", "It had 3 women and 5 men.", "the quoted sentences do not say “5 women”"),
        ("It opened on 4 May.", "It opened on 3 May.", "the date “4 May” is in no quoted sentence"),
        ("It opened in June.", "It opened in May.", "the date “June” is in no quoted sentence"),
        ("It opened on a Monday.", "It opened on a Tuesday.", "the day “Monday” is in no quoted sentence"),
        ("The minister Igor Ivanov came.", VISIT, "the name “Ivanov” is in no quoted sentence"),
        ("It met Adams.", "It met Adam.", "the name “Adams” is in no quoted sentence"),
        ("The Romanian army left.", "The Roman army left.", "the name “Romanian” is in no quoted sentence"),
        ("It met Niger.", "It met Nigeria.", "the name “Niger” is in no quoted sentence"),
        ("He met Иван.", "He met Пётр.", "the name “Иван” is in no quoted sentence"),
        ("He calls it “a bad deal”.", "He calls it a deal.", "the words “a bad deal” are in no quoted sentence"),
        ("Box N079 holds 3 eggs.", "Box N078 holds 3 eggs.", "“N079” is in no quoted sentence"),
        ("The bridge opened.", "Did the bridge open?", "the quoted sentence asks it and does not say it"),
        ("Russia sold arms.", "", "it has no quote"),
        ("?", "It has words.", "it has no words"),
    ],
)
def test_a_veto_names_what_no_quote_holds(statement: str, quote: str, veto: str) -> None:
    assert find_veto(statement, [quote]) == veto


def test_what_the_document_tells_of_itself_needs_no_quote() -> None:
    statement, quote = "Kanye West’s “Runaway” opens with a piano.", "The song opens with a piano."
    assert find_veto(statement, [quote]) != ""
    assert find_veto(statement, [quote], known="Runaway (Kanye West song)\n2010-10-04") == ""


def test_a_word_that_opens_the_statement_is_a_name_where_it_was_read_as_one() -> None:
    statement, quote = "Putin visited Tehran.", "Sergeev visited Tehran."
    assert find_veto(statement, [quote]) == ""  # "Buyers visited Tehran" looks the same; the judge decides
    assert find_veto(statement, [quote], shown="He met Vladimir Putin.") == "the name “Putin” is in no quoted sentence"
    assert find_veto("Construction began.", ["They began to build."], shown="They began construction.") == ""


def test_words_left_out_of_a_quotation_are_looked_for_in_a_moment() -> None:
    quoted = ["He said zz " + "a " * 2_000 + "."]
    assert "are in no quoted sentence" in find_veto("He said “a… a… a… a… a… a… a… zz”.", quoted)
    assert find_veto("He said “zz … a a”.", quoted) == ""
