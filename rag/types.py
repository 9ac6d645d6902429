"""The vocabulary: every value that flows between the steps, and the types of the parts that can be exchanged."""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol
from urllib.parse import quote

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]
    """Shape (texts, dimensions)."""
    Offsets = NDArray[np.int64]


CATALOG = "catalog.sqlite"
"""The file that makes a folder a library."""
DATE = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
MOST_TITLE = 200  # characters that are embedded: a longer one would leave no room for the text below it


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document under a title of its own, up to the next: an article of an issue, a mail of a mailbox."""

    start: int
    title: str
    date: str | None = None
    """Like the author and the publisher, the document's where it has none of its own."""
    author: str = ""
    publisher: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One source, as text. Offsets anywhere in Pincite are code points of `text`."""

    id: str = ""
    """Defaults to a hash of `text` and the owner, so that the same content is one document to all who may see it."""
    text: str = ""
    title: str = ""
    source: str = ""
    """Its path or address, as shown."""
    date: str | None = None
    """ISO 8601, as precise as the source says: `2001`, `2001-01` or `2001-01-03`."""
    publisher: str = ""
    pages: tuple[int, ...] = ()
    """Where each page starts, from page 1; empty if the format has no pages."""
    encoding: str = ""
    """The encoding the file was read with; empty for what was text already."""
    author: str = ""
    """Who wrote it; several are parted by "; "."""
    sections: tuple[Section, ...] = ()
    """In their order; what stands before the first belongs to the document itself."""
    owner: str = ""
    """The one user whose it is; empty if it is everybody's."""

    def __post_init__(self) -> None:
        if not self.id:
            owned = f"{self.owner}\0{self.text}" if self.owner else self.text
            length = 32 if self.owner else 16  # nobody is to find another of the same id
            object.__setattr__(self, "id", _hash(owned)[:length])
        object.__setattr__(self, "pages", tuple(self.pages))
        object.__setattr__(self, "sections", tuple(self.sections))

    @property
    def digest(self) -> str:
        """A hash of all but the source: with the same one there is nothing new in a document."""
        about = (self.text, self.title, self.date, self.publisher, self.pages, self.encoding)
        owner = self.owner and ("owner", self.owner)
        later = filter(
            None, (self.author, self.sections, owner)
        )  # fields of a later release change no hash while empty
        return _hash(repr((*about, *later)))

    def page_at(self, offset: int) -> int | None:
        """The page of the character at `offset`, counted from 1; None if the format has no pages."""
        return page_at(self.pages, offset)

    def section_at(self, offset: int) -> Section:
        """The section of the character at `offset`, with what it takes over from the document."""
        own = Section(0, self.title, self.date, self.author, self.publisher)
        at = bisect_right(self.sections, offset, key=lambda section: section.start)
        section = self.sections[at - 1] if at else own
        return Section(
            start=section.start,
            title=section.title or own.title,
            date=section.date or own.date,
            author=section.author or own.author,
            publisher=section.publisher or own.publisher,
        )


def page_at(pages: Sequence[int], offset: int) -> int | None:
    """The page that holds the offset, counted from 1, of pages that start at these offsets; None if there are none."""
    return bisect_right(pages, offset) or None


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Holding:
    """A document of the library, without its text: `document.text` is ""."""

    document: Document
    passages: int
    added: str
    """When what it holds now was ingested, in UTC, as ISO 8601; empty if an earlier release did it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The passages that are asked: those that fit all that is given. A passage without a date is in no range of dates.

    Like dates of documents, `since` and `until` may be as precise as `2001`, `2001-01` or `2001-01-03`; both are
    within the range, and so is a date of which only a part is known that may be within.
    """

    documents: tuple[str, ...] = ()
    """Their ids."""
    publishers: tuple[str, ...] = ()
    since: str = ""
    until: str = ""
    user: str | None = None
    """Whose documents are asked beside everybody's; None: whosever they are."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "documents", tuple(self.documents))
        object.__setattr__(self, "publishers", tuple(self.publishers))

    @property
    def fault(self) -> str:
        """Why no passage can be in it, and what to do; empty if one can."""
        for date in filter(None, (self.since, self.until)):
            if not DATE.fullmatch(date):
                return f"{date[:20]!r} is no date; write it as 2001, 2001-01 or 2001-01-03"
        if self.since and self.until and self.since > f"{self.until}~":
            return f"no date is since {self.since} and until {self.until}; exchange them"
        return ""

    def describe(self, *, format_date: Callable[[str], str] = str) -> str:
        """For example: 2 documents, published by CNN or BBC, from 2001 to 2003-05. Empty if everything is asked."""
        count = len(self.documents)
        since = f"from {format_date(self.since)}" if self.since else ""
        until = f"{'to' if since else 'until'} {format_date(self.until)}" if self.until else ""
        parts = (
            f"{count} document{'' if count == 1 else 's'}" if count else "",
            f"published by {' or '.join(self.publishers)}" if self.publishers else "",
            f"{since} {until}".strip(),
        )
        return ", ".join(filter(None, parts))


EVERYTHING = Scope()


@dataclass(frozen=True, slots=True)
class Found:
    """What given sources stand for: documents and files to load, the folders among them, and what is not there."""

    sources: tuple[Document | Path, ...]
    folders: tuple[Path, ...]
    failed: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of a source: a document, or why there is none, or neither if a file holds what it held before."""

    source: str
    """Its path, or what names a document that was given."""
    content: str = ""
    """See `Record`."""
    document: Document | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A slice of a document: `text == document.text[start:end]`. A document's passages joined are its text."""

    document_id: str
    start: int
    end: int
    text: str
    title: str = ""
    source: str = ""
    date: str | None = None
    publisher: str = ""
    pages: tuple[int, ...] = ()
    """The document's, see `Document.pages`."""
    document_digest: str = ""
    """See `Document.digest`."""
    author: str = ""

    def page_at(self, offset: int) -> int | None:
        return page_at(self.pages, offset)

    def quote(self, start: int, end: int, *, number: int = 0) -> Quote:
        """The words at these offsets of the document; number 0 is of words that are no citation."""
        return Quote(
            number=number,
            document_id=self.document_id,
            start=start,
            end=end,
            text=self.text[start - self.start : end - self.start],
            title=self.title,
            source=self.source,
            date=self.date,
            publisher=self.publisher,
            page=self.page_at(start),
            document_digest=self.document_digest,
            author=self.author,
        )

    @property
    def titled(self) -> str:
        """What is embedded, see `titled`."""
        return titled(self.title, self.text)


def titled(title: str, text: str) -> str:
    """The text below its title, which says what "it" and "the visit" are about."""
    return f"{title[:MOST_TITLE]}\n{text}" if title else text


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that the search found; rank 1 is the best, scores fall with the rank."""

    passage: Passage
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Sentence:
    """A slice of a hit's passage: `text == document.text[start:end]`, with no white space around it."""

    hit: Hit
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """The exact words that prove a statement: `text == document.text[start:end]`."""

    number: int
    """The citation `[n]`: counted from 1 in order of first use; 0 of words that are no citation, see `Quotation`."""
    document_id: str
    start: int
    end: int
    text: str
    title: str = ""
    source: str = ""
    date: str | None = None
    publisher: str = ""
    page: int | None = None
    document_digest: str = ""
    """Tells whether the document has changed since, see `Document.digest`."""
    author: str = ""

    @property
    def path(self) -> str:
        """Where `pincite chat` shows it in its document, below the address of the chat: a permalink to send."""
        return f"/documents/{quote(self.document_id, safe='')}?start={self.start}&end={self.end}"


@dataclass(frozen=True, slots=True)
class Draft:
    """A sentence of an answer before it is proved, with the numbers of the sentences that it points to."""

    text: str
    numbers: tuple[int, ...]


Verdict = Literal["supported", "re-pointed", "unsupported"]
Standing = Literal["verified", "misattributed", "not found"]


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that a model put in quotation marks: `statement.text[start:end]`, without the marks."""

    start: int
    end: int
    standing: Standing
    """Whether a document that the statement cites has the words, but for typography, or another one, or none."""
    words: Quote | None
    """What the document has; of words not found the nearest to them, or None if nothing comes near."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One sentence of the answer with the quotes that prove it; none if it is unsupported."""

    text: str
    quotes: tuple[Quote, ...]
    verdict: Verdict
    reason: str = ""
    """Why the verdict is not plainly "supported", in words for the reader."""
    quotations: tuple[Quotation, ...] = ()
    """What it has in quotation marks, unless the whole statement is a sentence of a document."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the calls for an answer, as the server counted them; not of the one that words a follow-up."""

    prompt_tokens: int = 0
    answer_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        return Usage(self.prompt_tokens + other.prompt_tokens, self.answer_tokens + other.answer_tokens)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the documents say to a question, or an abstention with the nearest hits."""

    question: str
    searched_for: str
    """The question as it stood alone for the search."""
    text: str
    """Markdown with citations `[1]`; the words of documents and models are escaped in it."""
    statements: tuple[Statement, ...]
    quotes: tuple[Quote, ...]
    abstained: bool
    confidence: float
    """Probability, in [0, 1], that the quotes answer the question. Of an abstention: that the best sentence would,
    or 0 if a language model found none."""
    hits: tuple[Hit, ...]
    model: str
    """The model's name, "the server's model" if the settings name none, or "embedded"."""
    usage: Usage = Usage()
    incomplete: str = ""
    """Why the model stopped before its end; empty if it did not."""
    notes: tuple[str, ...] = ()
    """What the program had to correct, a line each."""
    prompt_digest: str = ""
    """A SHA-256 of the messages that the model was sent, as JSON; empty without a model."""
    missing: tuple[str, ...] = ()
    """The names and figures of the question that no hit mentions."""
    scope: Scope = EVERYTHING
    """What was asked, whoever did."""


@dataclass(frozen=True, slots=True)
class HitsEvent:
    """The search is done."""

    hits: tuple[Hit, ...]
    searched_for: str
    kind: ClassVar[str] = "hits"


@dataclass(frozen=True, slots=True)
class TextEvent:
    """More text of the statement under way, not yet proved; its `StatementEvent` replaces it."""

    text: str
    kind: ClassVar[str] = "text"


@dataclass(frozen=True, slots=True)
class StatementEvent:
    """A statement is closed and proved."""

    statement: Statement
    kind: ClassVar[str] = "statement"


@dataclass(frozen=True, slots=True)
class AnswerEvent:
    """The end: the whole answer."""

    answer: Answer
    kind: ClassVar[str] = "answer"


Event = HitsEvent | TextEvent | StatementEvent | AnswerEvent


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did: the sources it added, updated, found unchanged, removed; and those that failed."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    """Pairs of source and reason."""


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far an ingest is."""

    sources: int
    """Of which all is kept."""
    all_sources: int
    passages: int
    """Embedded up to now; those that were known are not counted."""
    share: float
    """Of all that there is to do, by the sources' size, in [0, 1]; it never falls."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a source held when it was ingested last."""

    source: str
    content: str
    """Tells a file's bytes, and how they are read, from all others; "" of what was given as a `Document`."""
    document_id: str | None
    """What it held when it could be read last; None if it never could."""
    reason: str = ""
    """Why a file cannot be read; empty if it can."""


@dataclass(frozen=True, slots=True)
class Embedder:
    """The `embed` part with what a library must know of it."""

    embed: Embed
    fingerprint: str
    """Changes whenever the vectors would: vectors of two fingerprints are never compared."""
    dimensions: int
    reads: Callable[[str], bool] = lambda _: True
    """Whether it knows the script of a text; the vector of one that it does not says nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class TokenVectors:
    """The tokens of a text, in order, and the vector that each has in it."""

    starts: Offsets
    """Where each begins in the text, in characters."""
    ends: Offsets
    vectors: Vectors
    """One row a token, not scaled; their mean is the text's."""


Message = Mapping[str, Any]
"""A turn of a conversation: `{"role": "user" | "assistant" | "system", "content": text, or parts with a "text"}`."""

Embed = Callable[[Sequence[str]], "Vectors"]
"""One row a text, in the order of the texts, each of length 1."""
EmbedTokens = Callable[[Sequence[str]], list[TokenVectors]]
"""The tokens of each text, in the order of the texts, without those that the model does not know or cannot reach."""
Generate = Callable[[Sequence[Message]], Iterator["str | Usage"]]
"""Streams a model's text in pieces; may yield one `Usage` at the end."""
SplitText = Callable[[str], list[str]]
"""Text to its sentences; joined they are the text."""
FindPassages = Callable[[str], Sequence[Passage]]
"""The passages that may hold the words."""


class FindFault(Protocol):
    """What keeps the quotes from supporting the statement, in words; "" if nothing does."""

    def __call__(self, statement: str, quotes: Sequence[str], /, *, is_found: bool) -> str:
        """`is_found`: nobody cited the quotes, they are the best that there are."""


ReadFile = Callable[[str, bytes], Document]
"""The document of a file with this ending and content; raises `DocumentError` with the reason alone."""
CountTokens = Callable[[str], int]
Progress = Callable[[int, int], None]
"""Told `(done, total)` while long work goes on."""
OnIngest = Callable[[IngestProgress], None]
"""Called from several threads, one at a time; it must not call the assistant."""
