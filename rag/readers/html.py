"""Read HTML: bytes to a document of the text that a visitor sees."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from rag.readers.articles import Headline, divide
from rag.readers.dates import to_iso_date
from rag.readers.decoding import decode
from rag.readers.details import clean_author, clean_publisher, clean_title
from rag.readers.page import Node, Page, Seen, parse_page, see
from rag.types import Document

DECLARATION_BYTES = 4096
MAX_NAME = 100

_DECLARATION = re.compile(
    rb"""<meta[^>]{1,200}?charset\s*=\s*["']?([\w.:-]+)|<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_AUTHOR_TAGS = ("author", "article:author", "dc.creator", "citation_author")
_PUBLISHER_TAGS = ("og:site_name", "publisher", "dc.publisher", "citation_publisher")
_DATE_TAGS = ("article:published_time", "date", "dc.date", "dcterms.date", "datepublished", "citation_publication_date")


def read_html(content: bytes, *, declared: str = "") -> Document:
    """Navigation is left out, unless nothing else is there. Raises DocumentError if the tags are nested without end.

    What comes with the page, as a mail's header does, may declare its encoding.
    """
    markup, encoding = decode(content, declared=declared or _declared_encoding(content))
    page = parse_page(markup)
    seen = see(page)
    document = Document(
        text=seen.text,
        title=_title(page),
        date=next(filter(None, map(to_iso_date, _meta(page, *_DATE_TAGS))), None),
        publisher=clean_publisher(_first(_meta(page, *_PUBLISHER_TAGS))),
        author=clean_author(_first(name for name in _meta(page, *_AUTHOR_TAGS) if "//" not in name)),
        encoding=encoding,
    )
    divided = divide(document, list(_headlines(seen))) if seen.starts else document
    if divided.sections:
        return replace(document, sections=divided.sections)
    return document if document.date else replace(document, date=_first_time(page))


def text_of_markup(markup: str) -> str:
    """The text of a page or of a part of one, as `read_html` reads it."""
    return see(parse_page(markup)).text


def _declared_encoding(content: bytes) -> str:
    match = _DECLARATION.search(content[:DECLARATION_BYTES])
    return (match[1] or match[2]).decode("ascii", "replace") if match else ""


def _title(page: Page) -> str:
    written = (node.text() for selector in ("title", "h1") for node in page.css(selector) if not _is_in_svg(node))
    return clean_title(_first([*_meta(page, "og:title"), *written]))


def _is_in_svg(node: Node) -> bool:
    return node.parent is not None and node.parent.tag == "svg"


def _first_time(node: Page | Node) -> str | None:
    times = (time.attributes.get("datetime") or "" for time in node.css("time[datetime]"))
    return next(filter(None, map(to_iso_date, times)), None)


def _headlines(seen: Seen) -> Iterator[Headline]:
    """The headings that may name an article; if the page marks its articles as such, the first of each alone."""
    headings = [(start, node, _holder(node)) for start, node in seen.starts if node.tag != "article"]
    whole = {node.mem_id: start for start, node in seen.starts if node.tag == "article" and not _holder(node.parent)}
    named = {article.mem_id for _, _, article in headings if article}
    are_marked = len(whole) > 1 and whole.keys() <= named
    for start, node, article in headings:
        end = seen.text.find("\n", start)
        title = seen.text[start : end if end >= 0 else None]
        if not are_marked:
            yield Headline(start, title, start + len(title), node.tag or "")
        elif article and (begin := whole.pop(article.mem_id, None)) is not None:
            yield Headline(begin, title, start + len(title), "article", is_article=True,
                           date=_first_time(article), author=_author(article))  # fmt: skip


def _holder(node: Node | None) -> Node | None:
    """The outermost article that the node is in."""
    found = None
    while node is not None:
        found = node if node.tag == "article" else found
        node = node.parent
    return found


def _author(article: Node) -> str:
    names = (clean_author(node.text()) for node in article.css("[rel~=author], [itemprop~=author], .byline, .author"))
    return next((name for name in names if name and len(name) <= MAX_NAME), "")


def _meta(page: Page, *names: str) -> list[str]:
    """The contents of these meta tags, in the order of the names."""
    found: list[tuple[int, str]] = []
    for node in page.css("meta[content]"):
        attributes = node.attributes
        name = (attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or "").lower()
        if name in names:
            found.append((names.index(name), attributes["content"] or ""))
    return [content for _, content in sorted(found, key=lambda pair: pair[0])]


def _first(values: Iterable[str]) -> str:
    return next(filter(None, (" ".join(value.split()) for value in values)), "")
