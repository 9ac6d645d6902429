"""Headlines: tell a line that names a text from a sentence of it."""

from __future__ import annotations

import re

MAX_CHARACTERS = 160
MAX_WORDS = 25
MIN_TITLE_WORDS = 4
"""Fewer capitalised words are as likely a name, which may be the answer to a question."""

_HASHES = re.compile(r"#{1,6}[ \t]+\S")
_LABEL = re.compile(r"[^:]{1,40}:\s+\S")
_TABLE = re.compile(r"\t|\s\|\s")
_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
_CONTRACT = re.compile(r"\b(SHALL|HEREBY|HEREIN|HEREUNDER|THEREOF)\b")
_SENTENCE_END = (".", ",", ";", ":", "…", "。", "，", "；", "：", "！", "？", "।", "؟", "۔")


def is_headline(line: str) -> bool:
    """True of a line in capitals, a line with a capital on every longer word and no full stop, or a Markdown heading.

    The line must stand alone in its text: a sentence in capitals inside a paragraph looks the same.
    Scripts without capitals have no headlines here, only Markdown headings.
    """
    line = line.strip()
    if _HASHES.match(line):
        return True
    words = _WORD.findall(line)
    if not words or len(words) > MAX_WORDS or len(line) > MAX_CHARACTERS:
        return False
    if _LABEL.match(line) or _TABLE.search(line) or _is_mostly_digits(line):
        return False
    return _is_in_capitals(line) or _is_title_like(words, line)


def ends_like_a_sentence(line: str) -> bool:
    return line.rstrip("\"'”’»)] ").endswith(_SENTENCE_END)


def _is_mostly_digits(line: str) -> bool:
    return 2 * sum(map(str.isdigit, line)) > sum(map(str.isalpha, line))


def _is_in_capitals(line: str) -> bool:
    capitals = sum(map(str.isupper, line))
    small = sum(map(str.islower, line))
    return capitals >= 4 and capitals >= 9 * small and not _CONTRACT.search(line)  # 9: a name such as McCain may occur


def _is_title_like(words: list[str], line: str) -> bool:
    if len(words) < MIN_TITLE_WORDS or ends_like_a_sentence(line):
        return False
    return words[0][0].isupper() and all(word[0].isupper() for word in words if len(word) >= 4)
