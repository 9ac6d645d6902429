"""Hyphens: the lines of a paragraph to one line, with the words that were broken at their ends."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

MIN_PART = 4
"""Letters of both parts of a compound that are words of their own."""

LONG_PART = 6
"""Letters of a second part that is no ending, as it is in "high-er" and "short-age"."""

_BROKEN = re.compile(r"([^\W_][\w’'-]*)-$")
_WORD = re.compile(r"[^\W_]+(?:[-’'][^\W_]+)*")
_CJK = r"[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]"
_NO_SPACE_AFTER = re.compile(rf"(?:—|{_CJK}|[^\W_][–/])$")
_NO_SPACE_BEFORE = re.compile(rf"—|{_CJK}")
_FIRST_PARTS = frozenset(
    "cross eight ex five four full half high large left long low mid multi nine non one quasi right self seven short"
    " single six small so state ten three two well world".split()
)
"""Those that begin more compounds than other words."""
_LAST_PARTS = frozenset(
    "aware based bound built centric century class date depth driven effective end first free friendly grade happy head"
    " known language last less level life like line made making minded old oriented optimized party preserving profit"
    " proof quality ready related resistant rich round scale sensitive side size solving specific speed standing style"
    " term time tuned type up wide year".split()
)


def words_of(lines: Iterable[str]) -> Counter[str]:
    """How often each word and each hyphenated word occurs, but for the parts of what is broken at the end of a line."""
    words: Counter[str] = Counter()
    is_broken = False
    for line in lines:
        found = _WORD.findall(_BROKEN.sub("", line).lower())
        words.update(found[1:] if is_broken else found)
        is_broken = bool(_BROKEN.search(line))
    return words


def join_lines(lines: Sequence[str], words: Counter[str]) -> list[str]:
    """The lines as pieces of one text, each with the space before it; no space and no hyphen in a broken word."""
    pieces: list[str] = []
    for line in lines:
        last = pieces[-1] if pieces else ""
        if not pieces:
            pieces.append(line)
        elif last.endswith("\u00ad"):
            pieces[-1] = last.rstrip("\u00ad")
            pieces.append(line)
        elif broken := _BROKEN.search(last):
            if not _keeps_hyphen(broken[1], line, words):
                pieces[-1] = last[:-1]
            pieces.append(line)
        elif _NO_SPACE_AFTER.search(last) and (last[-1] in "—–/" or _NO_SPACE_BEFORE.match(line)):
            pieces.append(line)
        else:
            pieces.append(f" {line}")
    return [piece.replace("\u00ad", "") for piece in pieces]


def _keeps_hyphen(first: str, line: str, words: Counter[str]) -> bool:
    """Whether the word has a hyphen of its own. Its other places in the document decide, else what its parts are."""
    match = _WORD.match(line)
    if not match or not match[0][0].islower() or len(first) == 1 or not first.isalpha():
        return True
    first, second = first.lower(), match[0].lower()
    joined, compound = words[first + second], words[f"{first}-{second}"]
    if joined or compound:
        return compound > joined
    head = second.split("-")[0]
    if first in _FIRST_PARTS and (words[head] or len(head) >= LONG_PART):
        return True
    if min(len(first), len(head)) < MIN_PART or not words[first]:
        return False
    return head in _LAST_PARTS or words[head] > 0
