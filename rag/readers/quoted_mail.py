"""Quoted mail: the text of a mail to the same without the marks `>`, and to sections that say whose words each is."""

from __future__ import annotations

import re

from rag.readers.dates import to_iso_date
from rag.types import Section

_MARKS = re.compile(r"(?:> ?)+")
_VERBS = "wrote|a écrit|escribió|ha scritto|schreef|escreveu"
_WROTE = re.compile(rf"(?:on|am|le|el|il|op|em)\s.{{4,200}}?(?:schrieb|{_VERBS})\b.{{0,80}}:", re.IGNORECASE)
_PERSON = r"(?P<name>[^\W\d][^,<>\d:\"]{1,60}?)\"?\s*(?:<[^>]*>)?\s*"
_NAMES = (
    re.compile(rf"schrieb\s+\"?{_PERSON}:$", re.IGNORECASE),
    re.compile(rf"(?:,|\d(?:\s?[AP]M)?,?)\s+\"?{_PERSON}(?:{_VERBS}).{{0,20}}:$", re.IGNORECASE),
)
_DATE = re.compile(r"\d{1,2}\.? [^\W\d]+\.? \d{4}|[^\W\d]+ \d{1,2}, \d{4}|\d{4}-\d\d-\d\d")


def divide_mail(text: str, own: Section) -> tuple[str, list[Section]]:
    """No sections if nothing is quoted; else each run of lines of one depth is one, by whom the line above it names."""
    lines = text.split("\n")
    if not any(line.startswith(">") for line in lines):
        return text, []
    voices = {0: own}
    written: list[str] = []
    sections: list[Section] = []
    length, depth_before, named = 0, 0, Section(0, own.title)
    for line in lines:
        marks = _MARKS.match(line)
        depth = marks[0].count(">") if marks else 0
        words = line[marks.end() :] if marks else line
        if depth > depth_before:
            quoted = Section(0, own.title, named.date or own.date, named.author or f"quoted by {own.author}")
            voices |= {deeper: quoted for deeper in range(depth_before + 1, depth + 1)}
            named = Section(0, own.title)
        if depth != depth_before and words.strip():
            voice = voices[depth]
            sections.append(Section(length, voice.title, voice.date, voice.author))
            depth_before = depth
        if _WROTE.fullmatch(words.strip()):
            named = _named(words.strip(), own)
        written.append(words)
        length += len(words) + 1
    return "\n".join(written), sections


def _named(line: str, own: Section) -> Section:
    """Who wrote what is quoted below the line, and when, as far as it says so."""
    name = next(filter(None, (pattern.search(line) for pattern in _NAMES)), None)
    date = _DATE.search(line)
    return Section(0, own.title, to_iso_date(date[0]) if date else None, name["name"].strip() if name else "")
