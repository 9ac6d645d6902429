"""Pages: HTML to the text that a visitor sees, and where in it its articles and headings begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from rag.errors import DocumentError
from rag.readers.nesting import count_nesting

Page: TypeAlias = LexborHTMLParser
Node: TypeAlias = LexborNode

MAX_NESTING = 20_000_000
"""Sum over all tags of the number of elements open at each: the parser's time grows with it, 0.1 s at this bound."""


def _tags(names: str) -> frozenset[str]:
    return frozenset(names.split())


_HIDDEN = _tags(
    "annotation annotation-xml audio canvas datalist del head iframe noembed noframes noscript object s script strike"
    " style svg template video"
)
_NAVIGATION = _tags("nav")
_PAGE_FRAME = _tags("aside footer header")
"""Navigation, unless they belong to an article."""
_FRAME_ROLES = frozenset(["banner", "complementary", "contentinfo", "search"])
_ARTICLE = _tags("article main")
_NAMES = _tags("article h1 h2 h3 h4")
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


class Seen(NamedTuple):
    text: str
    starts: list[tuple[int, LexborNode]]
    """Where in the text each article and each heading begins."""


def parse_page(markup: str) -> Page:
    if count_nesting(markup) > MAX_NESTING:
        raise DocumentError("its tags are nested too deeply to be a page; save it again as text")
    return LexborHTMLParser(markup)


def see(page: Page) -> Seen:
    """Navigation is left out, unless nothing else is there."""
    seen = _walk(page, with_navigation=False)
    return seen if seen.text else _walk(page, with_navigation=True)


def _walk(page: Page, *, with_navigation: bool) -> Seen:
    pieces: list[str] = []
    length = 0
    starts: list[tuple[int, Node]] = []
    entered: list[Node] = []
    pending = Break.NONE
    preformatted = 0
    for node, leaving in _visits(page.root, with_navigation=with_navigation):
        tag = node.tag or ""
        if tag == "-text":
            text, before, after = _folded(node.text_content or "", is_preformatted=preformatted > 0)
            pending = max(pending, before)
            if text:
                between = _BETWEEN[pending] if pieces else ""
                starts += [(length + len(between), each) for each in entered]
                entered = []
                pieces += [between, text]
                length += len(between) + len(text)
                pending = after
            continue
        if tag in _NAMES and not leaving:
            entered.append(node)
        elif tag in _NAMES and tag != "article":
            entered = [each for each in entered if each.mem_id != node.mem_id]  # a heading without words
        if tag == "pre":
            preformatted += -1 if leaving else 1
            length -= sum(len(piece) - len(piece.rstrip()) for piece in pieces[-1:])
            pieces[-1:] = [piece.rstrip() for piece in pieces[-1:]]
        pending = _break_at(node, pending, leaving=leaving)
    text = "".join(pieces)
    shift = len(text) - len(text.lstrip())
    return Seen(text.strip(), [(max(0, start - shift), node) for start, node in starts])


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


def _break_at(node: Node, pending: Break, *, leaving: bool) -> Break:
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


def _visits(root: Node | None, *, with_navigation: bool) -> Iterator[Visit]:
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


def _is_seen(node: Node, *, with_navigation: bool, in_article: bool) -> bool:
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
