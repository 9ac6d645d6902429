"""What counts as a word, a figure and a name: pure functions on text, for every step that compares texts."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import groupby, pairwise

import Stemmer

WORDS_VERSION = f"2, Unicode {unicodedata.unidata_version}, Snowball {Stemmer.version()}"
"""Names what `words_of` and `stem` give: raise it with every change of that, and libraries renew their word index."""
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e"  # Thai
    "\u0e81-\u0ece\u0edc-\u0edf"  # Lao
    "\u1000-\u103f\u1050-\u108f\u109a-\u109d"  # Burmese
    "\u1780-\u17d3\u17d7\u17dc\u17dd"  # Khmer
    "\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"  # kana
    "\u3005-\u3007\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Chinese
    "\uac00-\ud7a3"  # Korean has spaces, but particles stick to its words
)
"""Letters, and marks on them, of scripts whose words cannot be told by spaces."""
_MARKS = "".join(mark for mark in map(chr, range(0x0900, 0x1900)) if unicodedata.category(mark) in ("Mn", "Mc"))
"""Vowels and tones from India to Cambodia: what `\\w` leaves out."""
_N = re.compile(f"[{_UNSPACED}]+")
_LETTER = re.compile(f".[{_MARKS}]*")
_SPACED = rf"[^\W_{_UNSPACED}]+(?:[{_MARKS}]+[^\W_{_UNSPACED}]*)*"
WORD = re.compile(rf"{_SPACED}(?:['’]{_SPACED})*|{_N.pattern}")
"""A word as written, or a whole run of letters that no spaces part."""
FIGURE = re.compile(r"\d+(?:[.,:/–-]\d+)*")
INITIALISM = re.compile(r"\b[A-Z]\.(?: ?[A-Z]\.)+")
AS_WRITTEN = re.compile(f"{FIGURE.pattern}(?![^\\W_])|{INITIALISM.pattern}|{WORD.pattern}")
"""Whatever `figures_of`, `names_of` and `words_of` find, as the text has it: "US", "7-8", "U.S.", "1990s"."""
STOP_WORDS = frozenset(
    """
    a about after again all also am an and any are as at be because been before being between both but by can
    could did do does doing during each either for from further had has have having he her here hers him his
    how i if in into is it its itself just me might more most must my no nor not of off on once only or other
    our out over own said same shall she should so some such than that the their theirs them themselves then
    there these they this those through to too under until up upon us very was we were what when where whether
    which while who whom whose why will with would you your yours
    """  # and pairs of letters, see `words_of`, that say as little in Japanese, Chinese and Korean
    """
    です ます すか した して する され れて れた れる いる いて いた ある ない ませ せん から まで には では
    とは との での への とい いう うに よう この その これ それ こと もの ので のは のか でき きる なり なる
    なけ けれ れば ばな りま しま れま らな くだ ださ さい どの どん なに でし しょ ょう いつ どこ だれ なぜ
    は が を に の で と も か へ や
    什么 什麼 么是 麼是 是什 怎么 怎麼 怎样 怎樣 如何 哪里 哪裡 哪些 哪个 哪個 多少 是多 是否 为什 為什 谁 誰 吗
    嗎 呢 的 了 是 在 有 和 与 與 或 也 都
    니까 니다 습니 합니 입니 있습 됩니 무엇 엇입 어떤 어떻 떻게 누가 누구 언제 어디 얼마 마입 에서 이 그 저
    """  # and words of Russian, Greek and Arabic, as `words_of` gives them
    """
    а без бы был была были было быть в вам вас во вот все вы где да для до его ее если есть еще же за зачем и из или им
    их к какая какие какое какои ко когда котора которые которыи кто куда ли либо между может можно мы на над не него
    нибудь но о об он она они оно от по под почему при с сам со сколько так также такои там то того тоже только том ты у
    уже чего чеи чем что чтобы эта эти это этого этои этот я
    αν απο αυτα αυτη αυτο αυτος για γιατι δεν ειναι ενα ενας εχει η ηταν θα και κατα με μεταξυ μια μπορει να ο οι οπως
    οτι ποια ποιες ποιο ποιοι ποιος ποσα ποσο ποτε που προς πρεπει πως σε στα στη στην στις στο στον στους τα τη την της
    τι τις το τον του τους των ως
    الا التي الذي الذين الى ام ان انه او اين بعد بين تلك ثم حتى ذلك على عن عند في قبل قد كان كانت كم كما كيف لماذا ما
    ماذا متى مع من هذا هذه هل هم هو هي و يجب
    """.casefold().split()
)

_english = Stemmer.Stemmer("english")
_STEMMERS = {  # by the script that Unicode names a letter with
    script: Stemmer.Stemmer(language)
    for script, language in {"ARABIC": "arabic", "CYRILLIC": "russian", "GREEK": "greek"}.items()
}
_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")  # where a line may or must not break


def words_of(text: str) -> list[str]:
    """The words in order: lower case, without accents, possessives or the points of "U.S.".

    Where no spaces tell words, they are the overlapping pairs of letters; a letter alone is one.
    """
    return list(_words_of(text))


@lru_cache(maxsize=4_000)  # an answer asks for those of a sentence some ten times
def _words_of(text: str) -> tuple[str, ...]:
    return tuple(part for word in WORD.findall(fold(text).casefold()) for part in _parts(word))


def content_words(text: str) -> list[str]:
    """The words that carry meaning, "US" among them and "us" not; all of them if none does ("Who is it?")."""
    words, names = words_of(text), names_of(text)
    return [word for word in words if word not in STOP_WORDS or word in names] or words


def stems_of(text: str) -> list[str]:
    """The content words without their endings: "weapons" and "weapon" are one."""
    return [stem(word) for word in content_words(text)]


def units_of(text: str) -> list[tuple[str, ...]]:
    """What a text asks for, each as the words that it may be found in: itself, or those that share the letter.

    "東京は" gives 東 in 東京 and 京 in 東京 or 京は, where no spaces part words; は says nothing.
    """
    units: list[tuple[str, ...]] = []
    for word in WORD.findall(fold(text).casefold()):
        parts = _parts(word)
        letters = _LETTER.findall(word) if len(parts) > 1 else parts
        units += [tuple(parts[max(0, at - 1) : at + 1]) for at, each in enumerate(letters) if each not in STOP_WORDS]
    return list(dict.fromkeys(units))


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word without its ending, as the main language of its script forms them."""
    script = "" if word.isascii() else unicodedata.name(word[0], "").split(" ")[0]
    return str(_STEMMERS.get(script, _english).stemWord(word))


def figures_of(text: str) -> set[str]:
    """The numbers as written, thousands separators removed: "US$7-8" gives "7-8", "1,216" gives "1216".

    The digits of all scripts and widths are one.
    """
    if not text.isascii():
        text = _with_plain_digits(text.translate(_FULL_WIDTH))
    return {re.sub(r"(?<=\d),(?=\d{3}\b)", "", figure).replace("–", "-") for figure in FIGURE.findall(text)}


def capitalised_of(text: str) -> set[str]:
    """The words written with a capital, lower case as `words_of` gives them; those that open a sentence too.

    And all that no spaces part: with no capitals to tell it, any of them may be of a name.
    """
    runs = _N.findall("" if text.isascii() else fold(text).casefold())
    return {name for _, name in _capitalised(text)} | {part for run in runs for part in _parts(run)}


def names_of(text: str) -> set[str]:
    """The words written with a capital inside a sentence, or in capitals: lower case, as `words_of` gives them."""
    return {name for opens, name in _capitalised(text) if not opens}


def full_names_of(text: str) -> list[list[str]]:
    """The names of several words, each as its words: "Igor Sergeev", and what stands before it with a capital."""
    runs = groupby(AS_WRITTEN.findall(text), key=is_capital)
    names = [[bare for word in words for bare in words_of(word)] for is_name, words in runs if is_name]
    return [name for name in names if len(name) > 1]


def is_capital(word: str) -> bool:
    """May the word, as written, be a part of a name?"""
    return word[0].isupper() and STOP_WORDS.isdisjoint(words_of(word))


def is_latin(text: str) -> bool:
    """Are most of its letters Latin? True of a text without letters."""
    letters = [] if text.isascii() else [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
    return 2 * latin >= len(letters)


def _capitalised(text: str) -> Iterator[tuple[bool, str]]:
    """Each word with a capital, and whether that may be only because it opens a sentence."""
    plain = fold(text)
    for match in WORD.finditer(plain):
        word, bare, before = match.group(), _bare(match.group().casefold()), plain[: match.start()].rstrip(" \"'“‘(")
        in_capitals = word[1:2].isupper()
        is_name = in_capitals and not text.isupper()  # "US" is one, "us" is none
        if word[0].isupper() and (is_name or bare not in STOP_WORDS):
            yield (not before or before[-1] in ".!?:;\n。！？") and not in_capitals, bare


def _parts(word: str) -> list[str]:
    if word.isascii() or not _N.match(word):
        return [_bare(word)]
    letters = _LETTER.findall(word)
    return [letter + following for letter, following in pairwise(letters)] or letters


def fold(text: str) -> str:
    """Without accents, forms and widths of letters, what is not seen, and the points of "U.S."."""
    return _folded(INITIALISM.sub(lambda match: re.sub("[. ]", "", match.group()), text))


def _bare(word: str) -> str:
    if word.isalnum():
        return word
    return re.sub(r"['’]s?$", "", word.replace("’", "'")).replace("'", "")


def _folded(text: str) -> str:
    if text.isascii():
        return text
    decomposed = unicodedata.normalize("NFKD", _with_plain_digits(_INVISIBLE.sub("", text)))
    bare = "".join(character for character in decomposed if not _is_accent(character))
    return unicodedata.normalize("NFC", bare)  # puts together what is one letter: Hangul, kana


def _with_plain_digits(text: str) -> str:
    return _OTHER_DIGIT.sub(lambda digit: str(unicodedata.decimal(digit.group())), text)


def _is_accent(character: str) -> bool:
    """Is the word the same without this mark? Not those of kana and from India to Laos: classes 8, 9 and 84 to 132."""
    kind = unicodedata.combining(character)
    return kind > 0 and not (kind in (8, 9) or 84 <= kind <= 132)
