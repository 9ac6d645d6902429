"""Render: questions and what has arrived of their answers to HTML in which no word of a document or model is code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence

from rag import Answer, Document, Hit, Passage, Quote, Statement
from ui.quotations import list_remarks, split_struck
from ui.turns import Turn

NEIGHBOURHOOD = 250
"""Characters shown on each side of a quote."""
NEAREST_MEANS = "Nearest passages: no sentence in them answers with enough certainty"
NEAREST = 3
"""Passages shown when the documents do not answer."""
CONFIDENCE_MEANS = "How likely it is that these quotes answer the question, from questions whose answers are known"
MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
KEPT_FORMATS = "\u200c\u200d"  # the joiners that Persian and the scripts of India need
END = '<div class="end"></div>'
"""Follows the last block: without it Gradio would take a block for a new one when the next is added after it."""
LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


def escape(text: str) -> str:
    """`text` as inert HTML on one line, which is inert Markdown too: every ASCII punctuation mark is an entity."""
    return "".join(map(_escape_character, visible(text)))


def visible(text: str) -> str:
    """Its lines, without control, direction and invisible characters: they could reorder or hide their neighbours."""
    text = LINE_ENDS.sub("\n", text)
    return text.translate({ord(character): _seen(character) for character in set(text)})


def _seen(character: str) -> str:
    if character in KEPT_FORMATS or character in "\n\t":
        return character
    return {"Cc": "", "Cf": "", "Cs": "\ufffd"}.get(unicodedata.category(character), character)


def _escape_character(character: str) -> str:
    if character == "\n":
        return "&#10;"  # a real line break could end the block and start a Markdown one
    if character == "\t":
        return " "
    return f"&#{ord(character)};" if character.isascii() and not character.isalnum() and character != " " else character


def isolate(text: str) -> str:
    """Escaped, and unable to turn the direction of the text around it."""
    return f"<bdi>{escape(text)}</bdi>"


def render_question(question: str) -> str:
    return f'<div class="question" dir="auto">{escape(question)}</div>'


def render_answer(turn: Turn, *, number: int, path: str = "") -> str:
    """The answer so far as one HTML block; `number` tells the turns of a conversation apart.

    `path` is where the answer is to be downloaded once it is there, without an ending; empty if nowhere.
    """
    abstained = turn.answer is not None and turn.answer.abstained
    body = _render_abstention(turn, number) if abstained else _render_statements(turn, number)
    if turn.answer is not None:
        body += "" if abstained else _render_confidence(turn.answer.confidence)
        body += _render_searched_for(turn.answer)
        body += "".join(f'<p class="note">{isolate(note)}</p>' for note in turn.answer.notes)
        if turn.answer.incomplete:
            body += f'<p class="notice">The answer is incomplete: {isolate(turn.answer.incomplete)}</p>'
        body += _render_actions(path, with_sources=bool(turn.answer.quotes)) if path else ""
    if turn.failure:
        body += _render_failure(turn.failure)
    kind = "answer abstained" if abstained else "answer"
    return f'<div class="{kind}" id="answer-{number}">{body}</div>'


def _render_actions(path: str, *, with_sources: bool) -> str:
    """What may be done with the answer; where no script copies, those links download as well."""
    links = [("copy", "md", "Copy"), ("copy-notes", "md", "Copy with footnotes")]
    links += [("get", "md", "Markdown"), ("get", "json", "JSON")]
    links += [("get", "csl.json", "CSL-JSON"), ("get", "bib", "BibTeX")] if with_sources else []
    shown = (f'<a class="{kind}" href="{escape(path)}&#46;{ending}">{label}</a>' for kind, ending, label in links)
    return f'<p class="actions">{" ".join(shown)}</p>'


def render_download(id: str) -> str:
    """Of a whole conversation."""
    return f'<a class="get" href="/conversations/{escape(id)}.md">Download it as Markdown</a>' if id else ""


def _render_searched_for(answer: Answer) -> str:
    """What a follow-up took up from the turns before, so that a reader sees when it took up too much."""
    if answer.searched_for == answer.question:
        return ""
    return f'<p class="note">Searched for: {isolate(answer.searched_for)}</p>'


def _render_confidence(confidence: float) -> str:
    return f'<p class="confidence" title="{CONFIDENCE_MEANS}">Confidence {confidence:.0%}</p>'


def _render_failure(message: str) -> str:
    return f'<p class="failure" role="alert">{isolate(message)}</p>'


def _render_statements(turn: Turn, number: int) -> str:
    parts = [_render_statement(statement, number) for statement in turn.statements]
    if turn.open_text:
        parts.append(f'<span class="open">{isolate(turn.open_text)}</span>')
    if parts:
        return f'<p dir="auto">{" ".join(parts)}</p>'
    if turn.answer is None and not turn.failure:
        waiting = "Searching your documents…" if turn.hits is None else "Reading the passages found…"
        return f'<p class="waiting" role="status">{waiting}</p>'
    return ""


def _render_statement(statement: Statement, number: int) -> str:
    parts = (f"<del>{escape(text)}</del>" if struck else escape(text) for text, struck in split_struck(statement))
    text = f"<bdi>{''.join(parts)}</bdi>"
    citations = "".join(render_citation(quote, number=number) for quote in statement.quotes)
    if statement.verdict == "supported":
        return f'<span class="statement">{text}{citations}</span>'
    is_elsewhere = any(quotation.standing == "misattributed" for quotation in statement.quotations)
    unsupported = "Wrong source" if is_elsewhere else "Not in your documents"
    label = {"re-pointed": "Source corrected", "unsupported": unsupported}[statement.verdict]
    reason = f": {isolate(statement.reason)}" if statement.reason else ""
    remarks = "".join(f'<span class="remark">{isolate(remark)}</span>' for remark in list_remarks(statement))
    verdict = f'<span class="verdict">{label}{reason}</span>{remarks}'
    return f'<span class="statement {statement.verdict}">{text}{citations} {verdict}</span>'


def render_citation(quote: Quote, *, number: int) -> str:
    title = f"Source {quote.number}: {_name(quote)}"
    return (
        f'<a class="citation" href="#source-{number}-{quote.number}" title="{escape(title)}">'
        f"&#91;{quote.number}&#93;</a>"
    )


def _render_abstention(turn: Turn, number: int) -> str:
    headline, stop, rest = turn.answer.text.partition(". ") if turn.answer else ("", "", "")
    body = f'<p class="headline">{isolate(headline + stop.strip())}</p>'
    if rest:
        body += f"<p>{isolate(rest)}</p>"
    if turn.statements:
        withdrawn = "".join(f"<li>{_render_statement(statement, number)}</li>" for statement in turn.statements)
        body += f"<p>Withdrawn, because nothing in them supports it:</p><ul>{withdrawn}</ul>"
    if turn.hits:
        return body + f'<p><a class="nearest-link" href="#nearest-{number}">See the nearest passages</a></p>'
    return body + "<p>No passage comes near the question.</p>"


def render_sources(turns: Sequence[Turn]) -> str:
    """The sources of all turns, newest question first; each heading and card a block, so that streaming redraws few."""
    blocks: list[str] = []
    for number, turn in reversed(list(enumerate(turns, start=1))):
        if cards := list(_render_cards(turn, number)):
            blocks += [f'<h3 class="asked" dir="auto">{escape(turn.question)}</h3>', *cards]
    if not blocks:
        return '<div class="no-sources">The sources of an answer appear here, each with the words that prove it.</div>'
    return "\n\n".join([*blocks, END])


def _render_cards(turn: Turn, number: int) -> Iterable[str]:
    hits = turn.hits or ()
    if turn.answer is not None and turn.answer.abstained:
        nearest = hits[:NEAREST]
        if nearest:
            yield f'<p class="nearest-heading" id="nearest-{number}">{NEAREST_MEANS}</p>'
        for hit in nearest:
            yield _render_passage(hit.passage)
        return
    for quote in turn.quotes:
        yield render_source(quote, hits, number=number)


def render_source(quote: Quote, hits: Sequence[Hit], *, number: int) -> str:
    """A card with the quote in its neighbourhood; it never changes, so that it is drawn once while others come."""
    before, after = find_neighbourhood(quote, hits)
    label = f'<a class="back" href="#answer-{number}" title="Back to the answer">{quote.number}</a>'
    return (
        f'<article class="source" id="source-{number}-{quote.number}" tabindex="-1">'
        f"<header>{label}<cite>{isolate(_name(quote))}</cite></header>{_render_origin(quote, quote.page)}"
        f'<blockquote dir="auto">{escape(before)}<mark>{escape(quote.text)}</mark>{escape(after)}</blockquote>'
        f"{_render_whole(quote)}</article>"
    )


def _render_whole(quote: Quote) -> str:
    return f'<a class="whole" href="{escape(quote.path)}" target="_blank">Read it in the document</a>'


def _render_passage(passage: Passage) -> str:
    text = _shorten(passage.text.strip(), 2 * NEIGHBOURHOOD)
    return (
        f'<article class="source nearest"><header><cite>{isolate(_name(passage))}</cite></header>'
        f"{_render_origin(passage, passage.page_at(passage.start))}"
        f'<blockquote dir="auto">{escape(text)}</blockquote>'
        f"{_render_whole(passage.quote(passage.start, passage.end))}</article>"
    )


def _name(source: Quote | Passage) -> str:
    return source.title or source.source or "Untitled"


def _render_origin(source: Quote | Passage, page: int | None) -> str:
    parts = (source.author, source.publisher, format_date(source.date), f"page {page}" if page else "", source.source)
    return f'<p class="origin">{" · ".join(isolate(part) for part in parts if part)}</p>'


def format_date(date: str | None) -> str:
    """`2001-01-03` as `3 January 2001`; what is no ISO date stays as it is."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])(?:-(\d{2}))?", date or "", re.ASCII)
    if not found:
        return date or ""
    year, month, day = found.groups()
    return f"{int(day)} {MONTHS[int(month) - 1]} {year}" if day else f"{MONTHS[int(month) - 1]} {year}"


def find_neighbourhood(quote: Quote, hits: Iterable[Hit]) -> tuple[str, str]:
    """The text before and after the quote in its passage, cut between words; empty if no hit holds the quote."""
    for passage in (hit.passage for hit in hits):
        holds = passage.start <= quote.start and quote.end <= passage.end
        if passage.document_id == quote.document_id and holds:
            before = passage.text[: quote.start - passage.start].lstrip()
            after = passage.text[quote.end - passage.start :].rstrip()
            return _shorten(before, NEIGHBOURHOOD, keep_end=True), _shorten(after, NEIGHBOURHOOD)
    return "", ""


def _shorten(text: str, length: int, *, keep_end: bool = False) -> str:
    if len(text) <= length:
        return text
    if keep_end:
        cut = text[-length:]
        return "… " + (cut.split(maxsplit=1)[-1] if re.search(r"\s\S", cut) else cut)
    cut = text[:length]
    return (cut.rsplit(maxsplit=1)[0] if re.search(r"\S\s", cut) else cut) + " …"


def render_welcome(documents: Sequence[Document]) -> str:
    """What an empty chat says."""
    if documents:
        return (
            '<div class="welcome"><p class="headline">Ask your documents</p>'
            "<p>Every sentence of an answer points to the exact words that prove it.</p></div>"
        )
    return (
        '<div class="welcome empty"><p class="headline">Your library is empty</p>'
        "<p>Stop the chat with Ctrl-C, add documents, and start it again:</p>"
        "<p><code>pincite ingest PATH</code></p></div>"
    )


def render_trouble(message: str) -> str:
    """What an empty chat says when the library cannot be read."""
    return f'<div class="welcome"><p class="headline">Your library cannot be read</p>{_render_failure(message)}</div>'


def render_status(documents: Sequence[Document], *, model: str) -> str:
    count = "1 document" if len(documents) == 1 else f"{len(documents):,} documents"
    how = "answers without a language model" if model == "embedded" else f"answers with {isolate(model)}"
    return f'<div class="status">{count} · {how}</div>'
