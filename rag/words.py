"""What counts as a word, a figure and a name: pure functions on text, for every step that compares texts."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
FIGURE = re.compile(r"\d+(?:[.,:/–-]\d+)*")
INITIALISM = re.compile(r"\b(?:[A-Z]\.){2,}")
CAPITALISED = re.compile(r"[A-Z\u00c0-\u00de]")
STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between both but by can
    could did do does doing during each either for from further had has have having he her here hers him his
    how i if in into is it its itself just me might more most must my no nor not of off on once only or other
    our out over own said same shall she should so some such than that the their theirs them themselves then
    there these they this those through to too under until up upon us very was we were what when where whether
    which while who whom whose why will with would you your yours
    """.split()
)

_stemmer = Stemmer.Stemmer("english")


def words_of(text: str) -> list[str]:
    """The words in order: lower case, without accents, possessives or the points of "U.S."."""
    plain = INITIALISM.sub(lambda match: match.group().replace(".", ""), text)
    return [_bare(word) for word in WORD.findall(_without_accents(plain).lower())]


def content_words(text: str) -> list[str]:
    """The words that carry meaning; all of them if none does ("Who is it?")."""
    words = words_of(text)
    return [word for word in words if word not in STOP_WORDS] or words


def stems_of(text: str) -> list[str]:
    """The content words without their endings: "weapons" and "weapon" are one."""
    return [stem(word) for word in content_words(text)]


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    return str(_stemmer.stemWord(word))


def figures_of(text: str) -> set[str]:
    """The numbers as written, thousands separators removed: "US$7-8" gives "7-8", "1,216" gives "1216"."""
    return {re.sub(r"(?<=\d),(?=\d{3}\b)", "", figure).replace("–", "-") for figure in FIGURE.findall(text)}


def names_of(text: str) -> set[str]:
    """The words written with a capital inside a sentence, or in capitals: lower case, as `words_of` gives them."""
    plain = INITIALISM.sub(lambda match: match.group().replace(".", ""), text)
    names = set()
    for match in WORD.finditer(plain):
        word = match.group()
        opens = (
            not plain[: match.start()].rstrip(" \"'“‘(") or plain[: match.start()].rstrip(" \"'“‘(")[-1] in ".!?:;\n"
        )
        if CAPITALISED.match(word) and (not opens or word[1:2].isupper()):
            names.update(words_of(word))
    return names - STOP_WORDS


def _bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", word.replace("’", "'")).replace("'", "")


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
