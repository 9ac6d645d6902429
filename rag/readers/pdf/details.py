"""PDF details: what a file says of itself, and its first words, to title, date, author and publisher."""

from __future__ import annotations

import re
from collections.abc import Mapping

from rag.readers.dates import to_iso_date
from rag.readers.details import MAX_KEPT_CHARACTERS, Details, clean_title, find_details
from rag.readers.pdf.lines import MARKER
from rag.readers.properties import clean_properties

FIRST_YEAR = 1993
"""PDF did not exist before."""
MIN_LETTERS = 0.8
"""Share of letters and spaces in a headline: what a scanner takes for large letters has less."""
HEAD_CHARACTERS = 1000

_FILE_NAME = re.compile(
    r"\.(?:docx?|pdf|tex|dvi|jpe?g|png|tiff?|indd|pptx?|xlsx?|rtf|od[tsp]|html?|pages|qxd|ps|eps|txt|cdr|ai)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(r"\(.*\)|unspecified|anonymous|print|scan\w*|layout ?\d*|https?://\S+", re.IGNORECASE)
_WRITING_PROGRAM = re.compile(
    r"\b(?:tex|latex|xetex|luatex|pdftex|typst|lyx|word|powerpoint|excel|writer|impress|calc|pages|keynote|indesign"
    r"|framemaker|quarkxpress|publisher|scribus)\b",
    re.IGNORECASE,
)
_SECTION_NAMES = frozenset("abstract contents introduction preface summary foreword".split())
_DATE = re.compile(r"D:(\d{4})(\d\d)?(\d\d)?")


def find_pdf_details(metadata: Mapping[str, str], *, text: str, headline: str) -> Details:
    """The date is the one that the text begins with, or when a program for writing made the file.

    A scanner, a browser or a converter says when it ran, which may be decades after the words were written.
    """
    stated = find_details(text)
    is_written = _WRITING_PROGRAM.search(metadata.get("Creator", ""))
    made = _made(metadata.get("CreationDate", "")) if is_written else None
    title, author = _clean(metadata.get("Title", "")), _clean(metadata.get("Author", ""))
    is_login = " " not in author and author.islower()
    known = clean_properties(title, authors=[] if is_login else author.split(";"))
    return Details(
        title=(known.title if _is_title(title, text) else "") or _headline(headline),
        date=stated.date or made,
        publisher=stated.publisher,
        author=known.author or stated.author,
    )


def _clean(value: str) -> str:
    words = "".join(character if character.isprintable() else " " for character in value).split()
    return "" if _PLACEHOLDER.fullmatch(" ".join(words)) else " ".join(words)


def _is_title(title: str, text: str) -> bool:
    """A title is more than the name of a file; one word may be either, unless the text begins with it."""
    if _FILE_NAME.search(title) or not any(map(str.isalpha, title)):
        return False
    is_name = " " not in title and (title.islower() or re.search(r"[\d_.-]", title))
    return not is_name or title.casefold() in text[:HEAD_CHARACTERS].casefold()


def _headline(words: str) -> str:
    """The largest words, if they read as a title and name no section."""
    first, _, rest = words.partition(" ")
    letters = sum(character.isalpha() or character.isspace() for character in words)
    if not rest or first[0].islower() or MARKER.fullmatch(first) or rest.lower() in _SECTION_NAMES or " | " in words:
        return ""
    return clean_title(words) if letters > MIN_LETTERS * len(words) and len(words) <= MAX_KEPT_CHARACTERS else ""


def _made(value: str) -> str | None:
    match = _DATE.match(value)
    if not match or int(match[1]) < FIRST_YEAR:
        return None
    return to_iso_date("-".join(filter(None, match.groups())))
