"""What counts as a word, a figure and a name: pure functions on text, for every step that compares texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import Stemmer

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
FIGURE = re.compile(r"\d+(?:[.,:/–-]\d+)*")
INITIALISM = re.compile(r"\b(?:[A-Z]\.){2,}")
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
    return [_bare(word) for word in WORD.findall(_plain(text).lower())]


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


def capitalised_of(text: str) -> set[str]:
    """The words written with a capital, lower case as `words_of` gives them; those that open a sentence too."""
    return {name for _, name in _capitalised(text)}


def names_of(text: str) -> set[str]:
    """The words written with a capital inside a sentence, or in capitals: lower case, as `words_of` gives them."""
    return {name for opens, name in _capitalised(text) if not opens}


def _capitalised(text: str) -> Iterator[tuple[bool, str]]:
    """Each word with a capital, and whether that may be only because it opens a sentence."""
    plain = _plain(text)
    for match in WORD.finditer(plain):
        word, bare, before = match.group(), _bare(match.group().lower()), plain[: match.start()].rstrip(" \"'“‘(")
        in_capitals = word[1:2].isupper()
        is_name = in_capitals and not text.isupper()  # "US" is one, "us" is none
        if word[0].isupper() and (is_name or bare not in STOP_WORDS):
            yield (not before or before[-1] in ".!?:;\n") and not in_capitals, bare


def _plain(text: str) -> str:
    """Without accents and the points of "U.S."."""
    return _without_accents(INITIALISM.sub(lambda match: match.group().replace(".", ""), text))


def _bare(word: str) -> str:
    return re.sub(r"['’]s?$", "", word.replace("’", "'")).replace("'", "")


def _without_accents(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(character for character in decomposed if not unicodedata.combining(character))
