"""Export: an answer to what other programs take: Markdown with footnotes, CSL-JSON, BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import PurePath

from rag.markdown import escape_markdown, render_statement, visible
from rag.types import Answer, Quote

BIBTEX = str.maketrans(
    {
        **{mark: f"\\{mark}" for mark in "$&#_%"},
        **{"{": "\\textbraceleft{}", "}": "\\textbraceright{}"},  # BibTeX counts braces, escaped or not
        **{"\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}"},
    }
)
ADDRESS = re.compile(r"https?://[^\s{}\\<>\"]+")
DATE = re.compile(r"(\d{4})(?:-(0[1-9]|1[0-2]))?(?:-(0[1-9]|[12]\d|3[01]))?", re.ASCII)


def name_source(source: str) -> str:
    """What a source is called elsewhere than on its machine: a path there is nobody else's, the name of its file is."""
    return PurePath(source).name if PurePath(source).is_absolute() else source


def to_markdown(answer: Answer, *, site: str = "", label: str = "") -> str:
    """The question, the answer and a footnote for each quote.

    `site` is the address of a chat that shows the quotes; `label` stands before the number of each footnote, so that
    several answers fit into one text.
    """

    def cite(quote: Quote) -> str:
        return f"[^{label}{quote.number}]"

    said = (
        answer.text if answer.abstained else " ".join(render_statement(each, cite=cite) for each in answer.statements)
    )
    asked = answer.scope.describe()
    ids = f" ({', '.join(answer.scope.documents)})" if answer.scope.documents else ""
    scope = f"Asked only of: {asked}{ids}" if asked else ""
    remarks = [f"> {escape_markdown(remark)}" for remark in (scope, *answer.notes, answer.incomplete) if remark]
    notes = [f"{cite(quote)}: {_footnote(quote, site)}" for quote in answer.quotes]
    return "\n\n".join([f"# {escape_markdown(answer.question)}", said, *remarks, *notes]) + "\n"


def _footnote(quote: Quote, site: str) -> str:
    page = f"page {quote.page}" if quote.page else ""
    about = (quote.title, quote.author, quote.publisher, quote.date or "", page, name_source(quote.source))
    words = f"“{quote.text}” {', '.join(part for part in about if part)}".rstrip()
    return escape_markdown(words) + (f" <{site.rstrip('/')}{quote.path}>" if site else "")


def to_csl(answer: Answer) -> list[dict[str, object]]:
    """The sources of the quotes, each once, as items of CSL-JSON (Citation Style Language 1.0.2)."""
    return [_item(key, quotes) for key, quotes in _sources(answer).items()]


def _item(key: str, quotes: list[Quote]) -> dict[str, object]:
    first = quotes[0]
    fields: dict[str, object] = {
        "title": first.title or first.source,
        "author": [{"literal": name} for name in _authors(first)],
        "issued": {"date-parts": [_date_parts(first)]} if _date_parts(first) else None,
        "publisher": first.publisher,
        "page": _pages(quotes),
        "URL": first.source if ADDRESS.fullmatch(first.source) else "",
        "note": "" if ADDRESS.fullmatch(first.source) else first.source,
    }
    return {"id": key, "type": "document", **{name: value for name, value in fields.items() if value}}


def to_bibtex(answer: Answer) -> str:
    """The sources of the quotes, each once, as entries of BibTeX."""
    return "\n".join(_entry(key, quotes) for key, quotes in _sources(answer).items())


def _entry(key: str, quotes: list[Quote]) -> str:
    first = quotes[0]
    parts = _date_parts(first)
    is_address = bool(ADDRESS.fullmatch(first.source))
    fields = {
        "title": f"{{{_bibtex(first.title or first.source)}}}",  # in braces of its own, or its capitals would fall
        "author": " and ".join(f"{{{_bibtex(name)}}}" for name in _authors(first)),
        "year": f"{parts[0]}" if parts else "",
        "date": first.date if parts and first.date else "",
        "publisher": _bibtex(first.publisher),
        "pages": _pages(quotes),
        "url": first.source if is_address else "",
        "note": "" if is_address else _bibtex(first.source),
    }
    said = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items() if value)
    return f"@misc{{{key},\n{said}}}\n"


def _bibtex(words: str) -> str:
    return " ".join(words.split()).translate(BIBTEX)


def _sources(answer: Answer) -> Mapping[str, list[Quote]]:
    """The quotes by their source, under a key of its author or title, and year; with no character that is not seen."""
    by_source: dict[tuple[object, ...], list[Quote]] = {}
    for quote in map(_visible, answer.quotes):
        source = (quote.document_id, quote.title, quote.author, quote.publisher, quote.date)
        by_source.setdefault(source, []).append(quote)
    keyed: dict[str, list[Quote]] = {}
    for quotes in by_source.values():
        key = _key(quotes[0])
        keyed[key if key not in keyed else f"{key}-{len(keyed) + 1}"] = quotes
    return keyed


def _visible(quote: Quote) -> Quote:
    return replace(
        quote,
        title=visible(quote.title),
        author=visible(quote.author),
        publisher=visible(quote.publisher),
        source=name_source(visible(quote.source)),
    )


def _key(quote: Quote) -> str:
    last_name = _authors(quote)[0].split()[-1] if _authors(quote) else ""
    letters = unicodedata.normalize("NFKD", last_name or quote.title)
    word = re.search(r"[A-Za-z]{2,}", letters.encode("ascii", "ignore").decode())
    year = _date_parts(quote)[:1]
    return (word[0].lower() if word else "source") + "".join(map(str, year))


def _authors(quote: Quote) -> list[str]:
    return [name for name in map(str.strip, quote.author.split(";")) if name]


def _date_parts(quote: Quote) -> list[int]:
    """Year, month and day, as far as they are known."""
    found = DATE.fullmatch(quote.date or "")
    return [int(part) for part in found.groups() if part] if found else []


def _pages(quotes: Iterable[Quote]) -> str:
    return ", ".join(map(str, sorted({quote.page for quote in quotes if quote.page})))
