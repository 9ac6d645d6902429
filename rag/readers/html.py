"""Read HTML: bytes to a document of the text that a visitor sees."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from enum import IntEnum
from typing import NamedTuple

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rag.errors import DocumentError
from rag.readers.dates import to_iso_date
from rag.readers.decoding import decode
from rag.readers.text import clean_publisher, clean_title
from rag.types import Document

MAX_NESTING = 20_000_000
"""Sum over all tags of the number of elements open at each: the parser's time grows with it, 0.1 s at this bound."""
DECLARATION_BYTES = 4096


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_DECLARATION = re.compile(
    rb"""<meta[^>]{1,200}?charset\s*=\s*["']?([\w.:-]+)|<\?xml[^>]{1,200}?encoding\s*=\s*["']([\w.:-]+)""",
    re.IGNORECASE,
)
_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<raw>script|style|title|textarea)\b.*?(?:</(?P=raw)|\Z)"
    r"|<(?P<end>/?)(?P<name>[a-z][^\s/<>]*+)(?P<attributes>[^<>]*+)",
    re.DOTALL | re.IGNORECASE,
)
_NEVER_NESTED = _tags(
    "a area base body br col dd dt embed head hr html img input li link meta option p param source tbody td tfoot th"
    " thead tr track wbr"
)

_HIDDEN = _tags(
    "annotation annotation-xml audio canvas datalist del head iframe noembed noframes noscript object s script strike"
    " style svg template video"
)
_NAVIGATION = _tags("nav")
_PAGE_FRAME = _tags("aside footer header")
"""Navigation, unless they belong to an article."""
_FRAME_ROLES = frozenset(["banner", "complementary", "contentinfo", "search"])
_ARTICLE = _tags("article main")
_PUBLISHER_TAGS = ("og:site_name", "publisher", "dc.publisher", "citation_publisher")
_DATE_TAGS = ("article:published_time", "date", "dc.date", "dcterms.date", "datepublished", "citation_publication_date")
_INVISIBLE = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\n\r\f\xa0]+")


class Break(IntEnum):
    """What stands between two pieces of text; of several, the greatest."""

    NONE = 0
    SPACE = 1
    CELL = 2
    LINE = 3
    PARAGRAPH = 4
    ROW = 5
    """A line that the paragraphs within rows and list items do not widen."""
    TABLE = 6


_BETWEEN = {
    Break.NONE: "",
    Break.SPACE: " ",
    Break.CELL: " | ",
    Break.LINE: "\n",
    Break.PARAGRAPH: "\n\n",
    Break.ROW: "\n",
    Break.TABLE: "\n\n",
}
_CELLS = _tags("td th")
_ROWS = _tags("dd dt li option tr")
_LISTS = _tags("dl menu ol ul")
_PARAGRAPHS = _tags(
    "address article aside blockquote body caption center details dialog div fieldset figcaption figure footer form h1"
    " h2 h3 h4 h5 h6 header hr legend main nav optgroup p pre search section select summary textarea"
)


class Visit(NamedTuple):
    node: LexborNode
    leaving: bool


def read_html(content: bytes) -> Document:
    """Navigation is left out, unless nothing else is there. Raises DocumentError if the tags are nested without end."""
    markup, encoding = decode(content, declared=_declared_encoding(content))
    if _nesting(markup) > MAX_NESTING:
        raise DocumentError("its tags are nested too deeply to be a page; save it again as text")
    page = LexborHTMLParser(markup)
    return Document(
        text=_text(page, with_navigation=False) or _text(page, with_navigation=True),
        title=_title(page),
        date=_date(page),
        publisher=clean_publisher(_first(_meta(page, *_PUBLISHER_TAGS))),
        encoding=encoding,
    )


def _declared_encoding(content: bytes) -> str:
    match = _DECLARATION.search(content[:DECLARATION_BYTES])
    return (match[1] or match[2]).decode("ascii", "replace") if match else ""


def _nesting(markup: str) -> int:
    """An estimate: the parser alone knows what is open, but knows it too late."""
    open_tags: Counter[str] = Counter()
    depth = nesting = 0
    for match in _TAG.finditer(markup):
        name = (match["name"] or "").lower()
        is_empty = bool(name) and match["attributes"].endswith("/") and bool(open_tags["svg"] or open_tags["math"])
        if not name or name in _NEVER_NESTED or is_empty:
            nesting += depth
        elif not match["end"]:
            open_tags[name] += 1
            depth += 1
            nesting += depth
        elif open_tags[name]:
            open_tags[name] -= 1
            depth -= 1
    return nesting


def _title(page: LexborHTMLParser) -> str:
    written = (node.text() for selector in ("title", "h1") for node in page.css(selector) if not _is_in_svg(node))
    return clean_title(_first([*_meta(page, "og:title"), *written]))


def _is_in_svg(node: LexborNode) -> bool:
    return node.parent is not None and node.parent.tag == "svg"


def _date(page: LexborHTMLParser) -> str | None:
    said = _meta(page, *_DATE_TAGS)
    times = [node.attributes.get("datetime") or "" for node in page.css("time[datetime]")]
    return next(filter(None, map(to_iso_date, [*said, *times])), None)


def _meta(page: LexborHTMLParser, *names: str) -> list[str]:
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


def _text(page: LexborHTMLParser, *, with_navigation: bool) -> str:
    pieces: list[str] = []
    pending = Break.NONE
    preformatted = 0
    for node, leaving in _visits(page.root, with_navigation=with_navigation):
        tag = node.tag or ""
        if tag == "-text":
            text, before, after = _folded(node.text_content or "", is_preformatted=preformatted > 0)
            pending = max(pending, before)
            if text:
                pieces += [_BETWEEN[pending] if pieces else "", text]
                pending = after
            continue
        if tag == "pre":
            preformatted += -1 if leaving else 1
            pieces[-1:] = [piece.rstrip() for piece in pieces[-1:]]
        pending = _break_at(node, pending, leaving=leaving)
    return "".join(pieces).strip()


def _folded(text: str, *, is_preformatted: bool) -> tuple[str, Break, Break]:
    """The text and what the white space around it stands for; preformatted text keeps its own."""
    if is_preformatted:
        return text, Break.NONE, Break.NONE
    folded = _SPACE.sub(
        " ", text.replace("\xad", "")
    )  # a soft hyphen is not seen, and would hide the word from a search
    before = Break.SPACE if folded.startswith(" ") else Break.NONE
    after = Break.SPACE if folded.endswith(" ") else Break.NONE
    return folded.strip(" "), before, after


def _break_at(node: LexborNode, pending: Break, *, leaving: bool) -> Break:
    tag = node.tag or ""
    if tag == "br":
        return pending if leaving else Break.PARAGRAPH if pending == Break.LINE else max(pending, Break.LINE)
    if tag in _CELLS:
        return Break.CELL if leaving and pending < Break.ROW else pending
    if tag in _ROWS:
        return Break.ROW if pending < Break.TABLE else pending
    if tag == "table":
        return Break.TABLE
    if tag in _LISTS:
        return Break.ROW if node.parent and node.parent.tag == "li" else Break.TABLE
    if tag in _PARAGRAPHS and pending != Break.CELL:
        return max(pending, Break.PARAGRAPH)
    return pending


def _visits(root: LexborNode | None, *, with_navigation: bool) -> Iterator[Visit]:
    """Every seen element on entering and on leaving, every text once. A loop: pages nest deeper than Python calls."""
    node, articles = root, 0
    while node is not None:
        if node.tag == "-text":
            yield Visit(node, leaving=False)
        elif _is_seen(node, with_navigation=with_navigation, in_article=articles > 0):
            yield Visit(node, leaving=False)
            if node.first_child is not None:
                articles += node.tag in _ARTICLE
                node = node.first_child
                continue
            yield Visit(node, leaving=True)
        while node is not None and node.next is None:
            node = node.parent
            if node is not None:
                articles -= node.tag in _ARTICLE
                yield Visit(node, leaving=True)
        node = node.next if node is not None else None


def _is_seen(node: LexborNode, *, with_navigation: bool, in_article: bool) -> bool:
    tag = node.tag or ""
    if not tag or tag.startswith("-") or tag in _HIDDEN:
        return False
    if tag in ("html", "body"):  # some pages hide themselves until a script has run
        return True
    attributes = node.attributes
    if "hidden" in attributes or attributes.get("aria-hidden") == "true":
        return False
    if tag == "dialog" and "open" not in attributes:
        return False
    if _INVISIBLE.search(attributes.get("style") or ""):
        return False
    return with_navigation or not _is_navigation(tag, attributes.get("role") or "", in_article=in_article)


def _is_navigation(tag: str, role: str, *, in_article: bool) -> bool:
    if tag in _NAVIGATION or role == "navigation":
        return True
    return not in_article and (tag in _PAGE_FRAME or role in _FRAME_ROLES)
