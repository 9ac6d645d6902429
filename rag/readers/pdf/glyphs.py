"""Glyphs: the letters of a page, as they are printed, to runs of text."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from rag.readers.pdf.lines import RTL, Run

MAX_GAP = 0.8
"""In sizes: what is farther from the letter before it begins a run of its own."""
MAX_STEP = 0.12
"""In sizes: what stands higher or lower is a raised or lowered figure, or another line."""
MAX_RTL_STEP = 0.5
"""The same for scripts that have no raised figures but marks above their letters."""
MIN_SPACE = 0.15
MAX_REACH = 12

_ACCENTS = {
    "`": "\u0300",
    "´": "\u0301",
    "ˆ": "\u0302",
    "˜": "\u0303",
    "¯": "\u0304",
    "˘": "\u0306",
    "˙": "\u0307",
    "¨": "\u0308",
    "˚": "\u030a",
    "˝": "\u030b",
    "ˇ": "\u030c",
    "¸": "\u0327",
    "˛": "\u0328",
}
"""Accents that a file may print over a letter, and those that join it."""
_FORMS = re.compile(r"[\ufb00-\ufb06\ufb13-\ufdff\ufe70-\ufefc]")
"""Ligatures, and letters in the shape that their neighbours give them."""


_STRAY = re.compile(r"(?<![^\W\d_])\ufffd+(?![^\W\d_])")
_BROKEN_FF = re.compile(r"(?<=[^\W\d_])↵(?=[^\W\d_])")
"""What the PDF printer of macOS makes of a ligature."""


class Glyph(NamedTuple):
    """A letter, or several in a row; " " parts two words and "\\n" two lines. Points, y upwards, as if upright."""

    text: str
    x0: float
    x1: float
    y: float
    size: float
    is_bold: bool = False


def is_accent(letter: str) -> bool:
    """Whether it may be printed over another letter, up to `MAX_REACH` away in the file."""
    return letter in _ACCENTS


class _Draft:
    """A run under way."""

    def __init__(self, glyph: Glyph, order: int) -> None:
        self.glyphs = [glyph]
        self.order = order
        self.x0, self.x1, self.y, self.size = glyph.x0, glyph.x1, glyph.y, glyph.size
        self.is_rtl = _is_rtl(glyph)

    def takes(self, glyph: Glyph, *, is_spaced: bool) -> bool:
        step = MAX_RTL_STEP if self.is_rtl and _is_rtl(glyph) else MAX_STEP
        if abs(glyph.y - self.y) > step * max(self.size, glyph.size):
            return False
        if _is_rtl(glyph) != self.is_rtl and (self.is_rtl or _is_rtl(glyph)):
            return False
        if not 0.6 < glyph.size / self.size < 1.7:
            return False
        if self.is_rtl:
            return not is_spaced and min(abs(self.x0 - glyph.x1), abs(glyph.x0 - self.x1)) < MAX_GAP * self.size
        gap = glyph.x0 - self.x1
        return -MAX_GAP * self.size < gap < MAX_GAP * self.size and not (gap < 0 and is_spaced and glyph.x0 < self.x0)

    def add(self, glyph: Glyph) -> None:
        self.glyphs.append(glyph)
        self.x0, self.x1 = min(self.x0, glyph.x0), max(self.x1, glyph.x1)

    def accent(self, glyph: Glyph) -> bool:
        """Put an accent on the letter that it is printed over, if it is one of the last."""
        middle = (glyph.x0 + glyph.x1) / 2
        for position in range(len(self.glyphs) - 1, max(-1, len(self.glyphs) - MAX_REACH), -1):
            letter = self.glyphs[position]
            if letter.x0 < middle < letter.x1 and letter.text.isalpha() and abs(letter.y - glyph.y) < letter.size:
                self.glyphs[position] = letter._replace(text=_accented(letter.text, glyph.text))
                return True
        return False

    def run(self) -> Run:
        text = _normalised("".join(glyph.text for glyph in (_from_right(self.glyphs) if self.is_rtl else self.glyphs)))
        is_bold = all(glyph.is_bold or glyph.text == " " for glyph in self.glyphs)
        size = Counter(glyph.size for glyph in self.glyphs).most_common(1)[0][0]
        return Run(text.strip(), self.x0, self.x1, self.y, size, is_bold, self.order)


def to_runs(glyphs: Iterable[Glyph]) -> list[Run]:
    """In the order of the file. Accents that were printed over a letter become part of it."""
    drafts: list[_Draft] = []
    between = ""
    accents: list[Glyph] = []
    for order, glyph in enumerate(glyphs):
        if glyph.text in (" ", "\n"):
            between = max(between, glyph.text, key=("", "\n", " ").index)
            continue
        if glyph.text in _ACCENTS:
            if not (drafts and drafts[-1].accent(glyph)):
                accents.append(glyph)
            continue
        for accent in accents:
            if glyph.x0 < (accent.x0 + accent.x1) / 2 < glyph.x1 and glyph.text.isalpha():
                glyph = glyph._replace(text=_accented(glyph.text, accent.text))
            else:
                drafts.append(_Draft(accent, order))
        accents = []
        if drafts and drafts[-1].takes(glyph, is_spaced=bool(between)):
            gap = glyph.x0 - drafts[-1].x1
            if between == " " or (between and gap > MIN_SPACE * glyph.size):
                drafts[-1].add(glyph._replace(text=" ", x1=glyph.x0))
            drafts[-1].add(glyph)
        else:
            drafts.append(_Draft(glyph, order))
        between = ""
    drafts += [_Draft(accent, 0) for accent in accents]
    return [run for run in (draft.run() for draft in drafts) if run.text]


def _accented(letter: str, accent: str) -> str:
    plain = {"ı": "i", "ȷ": "j"}.get(letter, letter)
    return unicodedata.normalize("NFC", plain + _ACCENTS[accent])


def _is_mark(glyph: Glyph) -> bool:
    return unicodedata.category(glyph.text[0]) == "Mn"


def _is_rtl(glyph: Glyph) -> bool:
    return bool(RTL.match(glyph.text))


def _from_right(glyphs: list[Glyph]) -> list[Glyph]:
    """Files and PDFium have the letters of a word in any order; only where they stand is sure.

    Of those in one place, which one shape stands for, PDFium has the last first. Marks follow their letter.
    """
    letters = [glyph for glyph in reversed(glyphs) if not _is_mark(glyph)]
    ordered = sorted(letters, key=lambda glyph: -glyph.x0)
    for mark in filter(_is_mark, glyphs):
        middle = (mark.x0 + mark.x1) / 2
        below = [place for place, glyph in enumerate(ordered) if glyph.x0 <= middle]
        ordered.insert(below[0] + 1 if below else len(ordered), mark)
    return ordered


def _normalised(text: str) -> str:
    text = _STRAY.sub("", _BROKEN_FF.sub("ff", text))
    return _FORMS.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)
