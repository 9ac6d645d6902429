"""Render: questions and what has arrived of their answers to HTML in which no word of a document or model is code."""

from __future__ import annotations

from itertools import starmap

from rag import EVERYTHING, Answer, Quote, Statement
from ui.inert import escape, isolate
from ui.quotations import list_remarks, split_struck
from ui.sources import format_date, name_of, shorten
from ui.turns import STOPPED, Turn

CONFIDENCE_MEANS = "How likely it is that these quotes answer the question, from questions whose answers are known"
SHOWN_ON_HOVER = 400
"""Characters of a quote."""
BREAK = ' <span class="break"></span> '
Action = tuple[str, str, str]
"""What a script does on a click, the address where none runs, and what is shown."""


REPLACED = (
    '<p class="note">Your next question takes the place of this one.</p>'
    '<p class="actions"><a class="leave" href="#chat">Leave it as it is</a></p>'
)


def render_question(question: str) -> str:
    return f'<div class="question" dir="auto">{escape(question)}</div>'


def render_answer(turn: Turn, *, number: int, path: str = "", is_last: bool = False, is_replaced: bool = False) -> str:
    """The answer so far as one HTML block; `number` tells the turns of a conversation apart.

    `path` is where the answer is to be downloaded once it is there, without an ending; empty if nowhere.
    """
    abstained = turn.answer is not None and turn.answer.abstained
    body = _render_abstention(turn, number) if abstained else _render_statements(turn, number)
    if turn.answer is not None:
        body += "" if abstained else _render_confidence(turn.answer.confidence)
        body += _render_searched_for(turn)
        body += "".join(f'<p class="note">{isolate(note)}</p>' for note in turn.answer.notes)
        if turn.answer.incomplete:
            body += f'<p class="notice">The answer is incomplete: {isolate(turn.answer.incomplete)}</p>'
    if turn.failure:
        body += _render_failure(turn.failure)
    body += _render_actions(turn, path=path, is_last=is_last) if not is_replaced else REPLACED
    kind = f"answer{' abstained' * abstained}{' replaced' * is_replaced}"
    return f'<div class="{kind}" id="answer-{number}">{body}</div>'


def _render_actions(turn: Turn, *, path: str, is_last: bool) -> str:
    """What may be done with the answer, and in a second line what may be said of it or tried instead."""
    uses, views = _list_uses(turn.answer, path) if turn.answer and path else ([], [])
    tries = [("again", "#chat", "Ask again"), ("change", "#chat", "Change the question")]
    tries = tries if is_last and turn.has_ended else []
    lines = [" ".join(starmap(_render_action, line)) for line in (uses, [*views, *tries]) if line]
    return f'<p class="actions">{BREAK.join(lines)}</p>' if lines else ""


def _list_uses(answer: Answer, path: str) -> tuple[list[Action], list[Action]]:
    """Where no script copies, those links download as well."""
    sources = [("get", f"{path}.csl.json", "CSL-JSON"), ("get", f"{path}.bib", "BibTeX")] if answer.quotes else []
    uses = [
        *(("copy", f"{path}.md", "Copy"), ("copy-notes", f"{path}.md", "Copy with footnotes")),
        *(("get", f"{path}.md", "Markdown"), ("get", f"{path}.json", "JSON"), *sources),
    ]
    return uses, [("judge", f"{path}/feedback", view) for view in ("Right", "Wrong", "Wrong source")]


def _render_action(kind: str, address: str, label: str) -> str:
    return f'<a class="{kind}" href="{escape(address)}">{label}</a>'


def render_download(id: str) -> str:
    """Of a whole conversation."""
    return f'<a class="get" href="/conversations/{escape(id)}.md">Download it as Markdown</a>' if id else ""


def _render_searched_for(turn: Turn) -> str:
    """What a follow-up took up from the turns before, so that a user sees when it took up too much; and the scope."""
    notes = []
    if turn.answer and turn.answer.searched_for != turn.answer.question:
        notes.append(f"Searched for: {isolate(turn.answer.searched_for)}")
    if turn.scope != EVERYTHING:
        notes.append(f"Asked only of: {isolate(turn.scope.describe(format_date=format_date))}")
    return "".join(f'<p class="note">{note}</p>' for note in notes)


def _render_confidence(confidence: float) -> str:
    return f'<p class="confidence" title="{CONFIDENCE_MEANS}">Confidence {confidence:.0%}</p>'


def _render_failure(message: str) -> str:
    kind = "failure stopped" if message == STOPPED else "failure"  # what the user wanted is no fault
    return f'<p class="{kind}" role="alert">{isolate(message)}</p>'


def _render_statements(turn: Turn, number: int) -> str:
    parts = [_render_statement(statement, number) for statement in turn.statements]
    if turn.open_text:
        parts.append(f'<span class="open">{_render_words(escape(turn.open_text))}</span>')
    if parts:
        return f'<p dir="auto">{" ".join(parts)}</p>'
    if turn.answer is None and not turn.failure:
        waiting = "Searching your documents…" if turn.hits is None else "Reading the passages found…"
        return f'<p class="waiting" role="status">{waiting}</p>'
    return ""


def _render_statement(statement: Statement, number: int) -> str:
    parts = (f"<del>{escape(text)}</del>" if struck else escape(text) for text, struck in split_struck(statement))
    text = _render_words("".join(parts))
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


def _render_words(words: str) -> str:
    """Escaped words that turn no neighbour; unlike those of a `bdi` they count for the `dir="auto"` around them."""
    return f'<span class="words">{words}</span>'


def render_citation(quote: Quote, *, number: int) -> str:
    words = shorten(" ".join(quote.text.split()), SHOWN_ON_HOVER)
    title = f"“{words}” {name_of(quote)}"
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
        withdrawn = "".join(
            f'<li dir="auto">{_render_statement(statement, number)}</li>' for statement in turn.statements
        )
        body += f"<p>Withdrawn, because nothing in them supports it:</p><ul>{withdrawn}</ul>"
    if turn.hits:
        return body + f'<p><a class="nearest-link" href="#nearest-{number}">See the nearest passages</a></p>'
    return body + "<p>No passage comes near the question.</p>"


def render_welcome(documents: int) -> str:
    """What an empty chat says."""
    if documents:
        return (
            '<div class="welcome"><p class="headline">Ask your documents</p>'
            "<p>Every sentence of an answer points to the exact words that prove it.</p></div>"
        )
    return (
        '<div class="welcome empty"><p class="headline">Your library is empty</p>'
        '<p><a href="/library">Add documents in the library</a>, and ask here.</p></div>'
    )


def render_trouble(message: str) -> str:
    """What an empty chat says when the library cannot be read."""
    return f'<div class="welcome"><p class="headline">Your library cannot be read</p>{_render_failure(message)}</div>'


def render_status(documents: int, *, model: str, name: str = "") -> str:
    """`name` is the user's who has logged in."""
    count = "1 document" if documents == 1 else f"{documents:,} documents"
    how = "answers without a language model" if model == "embedded" else f"answers with {isolate(model)}"
    who = f" · {isolate(name)}" if name else ""
    return f'<div class="status"><a href="/library">{count}</a> · {how}{who}</div>'
