"""Show: questions typed in a browser to answers with their sources beside them, as a Gradio app."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import FastAPI, Response
from gradio.components.chatbot import ExampleMessage

from rag import Assistant, PinciteError
from ui.document_page import add_documents
from ui.guard import guard_site
from ui.render import (
    render_answer,
    render_question,
    render_sources,
    render_status,
    render_trouble,
    render_welcome,
)
from ui.turns import Turn, add_event, list_history

HOST = "127.0.0.1"
QUESTIONS_AT_ONCE = 4
WAITING_QUESTIONS = 20
MAX_QUESTION = 4_000
"""Characters."""
ASK, STOP = "Ask", "Stop"
STOPPED = "You stopped this answer."
BROKEN = "Pincite failed while answering; its terminal says how."
PARTS = ("colours.css", "document.css", "style.css", "document.js", "script.js")
KINDS = {"css": "text/css", "js": "text/javascript"}
HEAD = "".join(
    f'<link rel="stylesheet" href="/pincite/{name}">'
    if name.endswith("css")
    else f'<script src="/pincite/{name}" defer></script>'
    for name in PARTS
)
"""Not `css=`: Gradio rewrites what it is given there, and breaks selectors with commas in them."""
FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.blue,
    neutral_hue=gr.themes.colors.stone,
    font=FONTS,  # the machine's own: a named font of Gradio's would be fetched
    font_mono=("ui-monospace", "monospace"),
)

Shown = tuple[tuple[Turn, ...], list[dict[str, str]], str, Any]
"""The conversation, its messages, its sources and what changes in the question box."""


def build_app(assistant: Assistant, *, examples: Sequence[str]) -> gr.Blocks:
    """The page, not yet served. The library is read again whenever the page is loaded."""

    def answer(typed: str, turns: tuple[Turn, ...], event: gr.EventData) -> Iterator[Shown]:
        question = event.value["text"] if isinstance(event.target, gr.Chatbot) else typed.strip()
        if not question:
            yield show(turns, box=gr.Textbox(value=""))
            return
        box: Any = gr.Textbox(value="", submit_btn=False, stop_btn=STOP)
        for turn in stream_turn(assistant, question, turns):
            yield show((*turns, turn), box=box)
            box = gr.skip()  # the reader may be typing the next question

    def greet() -> tuple[gr.Chatbot, str]:
        try:
            documents = assistant.documents()
        except PinciteError as error:
            return gr.Chatbot(placeholder=render_trouble(str(error)), examples=[]), ""
        shown: list[ExampleMessage] = [{"text": example} for example in examples] if documents else []
        welcome = gr.Chatbot(placeholder=render_welcome(documents), examples=shown)
        return welcome, render_status(documents, model=assistant.model)

    app: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_height=True, fill_width=True) as app:
        turns = gr.State(())
        with gr.Row(elem_id="top"):
            gr.Markdown('<h1 class="brand">Pincite</h1>', latex_delimiters=[])
            status = gr.Markdown(latex_delimiters=[])
            fresh = gr.Button("New conversation", size="sm", elem_id="fresh", scale=0)
        with gr.Row(elem_id="desk"):
            with gr.Column(elem_id="talk", scale=3, min_width=0):
                chat = build_chat()
                box = build_question_box()
            with gr.Column(elem_id="proof", scale=2, min_width=0):
                gr.Markdown('<h2 class="panel-title">Sources</h2>', latex_delimiters=[])
                sources = gr.Markdown(render_sources(()), latex_delimiters=[], elem_id="sources")
        shown = [turns, chat, sources, box]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asked = gr.on(
            [box.submit, chat.example_select], answer, [box, turns], shown, concurrency_limit=QUESTIONS_AT_ONCE, **quiet
        )
        asked.failure(partial(end, why=BROKEN), turns, shown, **quiet)
        asked.then(free_question_box, None, box, queue=False, **quiet)
        box.stop(partial(end, why=STOPPED), turns, shown, cancels=asked, queue=False, **quiet)
        fresh.click(partial(end, (), why=""), None, shown, cancels=asked, queue=False, **quiet)
        app.load(greet, None, [chat, status], **quiet)
    app.queue(max_size=WAITING_QUESTIONS)
    return app


def build_chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        show_label=False,
        container=False,
        sanitize_html=True,
        allow_tags=False,
        latex_delimiters=[],
        buttons=[],
        feedback_options=None,
        allow_file_downloads=False,
        height="100%",
        layout="panel",
    )


def build_question_box() -> gr.Textbox:
    return gr.Textbox(
        elem_id="question",
        show_label=False,
        label="Your question",
        placeholder="Ask a question",
        container=False,
        autofocus=True,
        lines=1,
        max_lines=6,
        max_length=MAX_QUESTION,
        submit_btn=ASK,
    )


def free_question_box() -> gr.Textbox:
    return gr.Textbox(submit_btn=ASK, stop_btn=False)


def stream_turn(assistant: Assistant, question: str, turns: Sequence[Turn]) -> Iterator[Turn]:
    """The turn as it grows. An error ends it with one line; what was received stays.

    Gradio may take each turn, and so the assistant's next event, in another thread.
    """
    turn = Turn(question)
    yield turn
    try:
        for event in assistant.stream(question, history=list_history(turns)):
            turn = add_event(turn, event)
            yield turn
    except PinciteError as error:
        yield replace(turn, failure=str(error))


def end(turns: tuple[Turn, ...], *, why: str) -> Shown:
    """The conversation with its last answer ended; what was received stays."""
    if turns and turns[-1].answer is None and not turns[-1].failure:
        turns = (*turns[:-1], replace(turns[-1], failure=why))
    return show(turns, box=free_question_box())


def show(turns: tuple[Turn, ...], *, box: Any) -> Shown:
    messages = []
    for number, turn in enumerate(turns, start=1):
        messages.append({"role": "user", "content": render_question(turn.question)})
        messages.append({"role": "assistant", "content": render_answer(turn, number=number)})
    return turns, messages, render_sources(turns), box


def build_site(assistant: Assistant, *, examples: Sequence[str]) -> FastAPI:
    """The chat and the documents, behind the checks that keep other sites and other hosts out."""
    app = build_app(assistant, examples=examples)
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for name in PARTS:
        add_part(site, name)
    add_documents(site, assistant)
    gr.mount_gradio_app(
        site,
        app,
        path="/",
        server_name=HOST,
        footer_links=[],
        run_history=False,  # or every question would be kept in the browser, with an offer to upload it
        max_file_size="1kb",  # nothing is uploaded here
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=THEME,
        head=HEAD,
    )
    guard_site(site, hosts=[HOST, "localhost"])
    return site


def add_part(site: FastAPI, name: str) -> None:
    content, kind = (files("ui") / name).read_bytes(), KINDS[name.rpartition(".")[2]]

    @site.get(f"/pincite/{name}")
    def send_part() -> Response:
        return Response(content, media_type=kind)
