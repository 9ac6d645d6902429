"""Read feeds: RSS or Atom to a document with a section an item, other XML to its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from io import BytesIO

import feedparser

from rag.errors import DocumentError
from rag.headlines import ends_like_a_sentence
from rag.readers.dates import to_iso_date
from rag.readers.decoding import decode
from rag.readers.details import clean_publisher, clean_title
from rag.readers.elements import Element, parse_xml, words_of
from rag.readers.html import read_html, text_of_markup
from rag.types import Document, Section

DECLARATION_BYTES = 200
MAX_SHORT = 80
"""Characters of values of data, which stand on lines below each other; what is longer is a paragraph."""

_ENCODING = re.compile(rb"<\?xml[^>]{1,150}?encoding\s*=\s*[\"']([\w.:-]+)")
_XML_DECLARATION = re.compile(r"\s*<\?xml[^>]{0,200}\?>")
_DTD = re.compile(
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|(?P<dtd><!DOCTYPE|<!ENTITY)", re.DOTALL | re.IGNORECASE
)
_HTML_DOCTYPE = re.compile(r"\s*<!DOCTYPE\s+html\b", re.IGNORECASE)
_CONTENT_TYPE = {"content-type": "application/xml; charset=utf-8"}


def read_feed(content: bytes) -> Document:
    declared = _ENCODING.search(content[:DECLARATION_BYTES])
    text, encoding = decode(content, declared=declared[1].decode("ascii", "replace") if declared else "")
    markup = _XML_DECLARATION.sub("", text, count=1)
    if _HTML_DOCTYPE.match(markup):
        return read_html(content)
    if any(match["dtd"] for match in _DTD.finditer(markup)):
        raise DocumentError("it holds a document type or entities, which may be harmful; save it again without them")
    feed = _parsed(markup)
    return _feed_document(feed, encoding) if feed.version else Document(text=_xml_text(markup), encoding=encoding)


def _parsed(markup: str) -> feedparser.FeedParserDict:
    source = BytesIO(markup.encode())  # a text might be taken for an address, and fetched
    try:
        return feedparser.parse(
            source, response_headers=_CONTENT_TYPE, sanitize_html=False, resolve_relative_uris=False
        )
    except (MemoryError, RecursionError):
        raise
    except Exception as error:  # feedparser raises what its code stumbles over in a damaged feed
        raise DocumentError("its feed is damaged; save it again from its address") from error


def _feed_document(feed: feedparser.FeedParserDict, encoding: str) -> Document:
    title = _words(feed.feed, "title")
    head = "\n".join(filter(None, [title, _words(feed.feed, "subtitle")]))
    texts, sections = [head] if head else [], []
    length = len(head) + 2 if head else 0
    for entry in feed.entries:
        written = " ".join(str(_first_of(entry, "published", "updated") or "").split())
        section = Section(
            start=length,
            title=clean_title(_words(entry, "title")),
            date=to_iso_date(written) or _iso_day(_first_of(entry, "published_parsed", "updated_parsed")),
            author=_authors(entry),
        )
        about = "\n".join(filter(None, [_words(entry, "title"), written, section.author]))
        if text := "\n\n".join(filter(None, [about, _body(entry)])):
            texts.append(text)
            sections.append(section)
            length += len(text) + 2
    return Document(
        text="\n\n".join(texts),
        title=clean_title(title),
        date=to_iso_date(str(_first_of(feed.feed, "updated", "published") or "")),
        publisher=clean_publisher(title),
        author=_authors(feed.feed),
        sections=tuple(sections),
        encoding=encoding,
    )


def _first_of(part: feedparser.FeedParserDict, *names: str) -> object:
    return next((part[name] for name in names if name in part), None)  # get() warns, as it takes one for another


def _words(part: feedparser.FeedParserDict, name: str) -> str:
    detail = part.get(f"{name}_detail") or {}
    return " ".join(_shown(str(part.get(name) or ""), str(detail.get("type"))).split())


def _authors(part: feedparser.FeedParserDict) -> str:
    people = [*(part.get("authors") or []), part.get("author_detail") or {}]
    names = (" ".join(str(person.get("name") or "").split()) for person in people)
    return "; ".join(dict.fromkeys(filter(None, names)))


def _body(entry: feedparser.FeedParserDict) -> str:
    parts = entry.get("content") or [entry.get("summary_detail") or {}]
    return "\n\n".join(_shown(str(part.get("value") or ""), str(part.get("type"))) for part in parts)


def _shown(text: str, kind: str) -> str:
    return text.strip() if kind == "text/plain" else text_of_markup(text)


def _iso_day(moment: object) -> str | None:
    return date(*moment[:3]).isoformat() if isinstance(moment, tuple) and moment[0] > 0 else None


def _xml_text(markup: str) -> str:
    pieces: list[str] = []
    before: tuple[Element | None, str] = (None, "")
    for parent, words in _paragraphs(parse_xml(markup.encode())):
        are_values = before[0] is parent and all(map(_is_value, (before[1], words)))
        pieces += ["" if not pieces else "\n" if are_values else "\n\n", words]
        before = (parent, words)
    return "".join(pieces)


def _is_value(words: str) -> bool:
    return len(words) <= MAX_SHORT and not ends_like_a_sentence(words)


def _paragraphs(root: Element) -> Iterator[tuple[Element | None, str]]:
    """The elements that hold words of their own, with those of the elements within them, and the parent of each."""
    waiting: list[tuple[Element | None, Element]] = [(None, root)]
    while waiting:
        parent, element = waiting.pop()
        own = [element.text, *(child.tail for child in element)]
        if any(words and words.strip() for words in own):
            yield parent, words_of(element)
        else:
            waiting += [(element, child) for child in reversed(element)]
