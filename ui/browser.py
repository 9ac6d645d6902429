"""Show: questions typed in a browser to answers with their sources beside them, as a Gradio app."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from importlib.resources import files
from typing import Any

import gradio as gr
from fastapi import FastAPI, Response
from gradio.components.chatbot import ExampleMessage, Message, MessageDict

from rag import Assistant, PinciteError
from ui.conversations import LONGEST_TITLE, Conversation, Conversations
from ui.document_page import add_documents
from ui.downloads import add_downloads
from ui.guard import guard_site
from ui.render import (
    render_answer,
    render_download,
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

Messages = list[MessageDict | Message]
Shown = tuple[Any, ...]
"""The conversation, its messages and its sources; what changes in the question box; and what changes on the shelf: the
list, what may be done with the conversation that is open, its title and its download."""


class Desk:
    """What the page does on each event."""

    def __init__(self, assistant: Assistant, conversations: Conversations, *, examples: Sequence[str]) -> None:
        self._assistant, self._conversations, self._examples = assistant, conversations, examples

    def answer(self, typed: str, conversation: Conversation, event: gr.EventData) -> Iterator[Shown]:
        question = event.value["text"] if isinstance(event.target, gr.Chatbot) else typed.strip()
        if not question:
            yield show(conversation, box=gr.Textbox(value=""))
            return
        asked = conversation.ask(question)
        self._keep(asked)
        try:
            yield self.show_all(asked, box=gr.Textbox(value="", submit_btn=False, stop_btn=STOP))
            for turn in stream_turn(self._assistant, question, conversation.turns):
                asked = asked.with_last(turn)
                if turn.answer:
                    self._keep(asked)  # it can be downloaded as soon as it is seen
                yield show(asked)  # the reader may be typing the next question
        finally:
            self._keep(asked.end(STOPPED))

    def _keep(self, conversation: Conversation) -> None:
        """What cannot be kept is answered all the same."""
        try:
            self._conversations.keep(conversation)
        except OSError as error:
            gr.Warning(f"This conversation cannot be kept: {html.escape(error.strerror or str(error))}.")

    def end(self, conversation: Conversation, *, why: str) -> Shown:
        """What was received of the last answer stays."""
        ended = conversation.end(why)
        self._keep(ended)
        return show(ended, box=free_question_box())

    def show_all(self, conversation: Conversation, *, box: Any) -> Shown:
        """With the list of conversations, in which this one is chosen."""
        choices = [(title, id) for id, title in self._conversations.titles().items()]
        past = gr.Radio(choices=choices, value=conversation.id or None, visible=bool(choices))
        about = gr.Group(visible=bool(conversation.id)), conversation.title, render_download(conversation.id)
        return *show(conversation, box=box)[:4], past, *about

    def open(self, id: str) -> Shown:
        """The conversation, or an empty one if there is none of that id."""
        return self.show_all(self._conversations.read(id) or Conversation(), box=free_question_box())

    def rename(self, conversation: Conversation, title: str) -> Shown:
        self._conversations.rename(conversation.id, title)
        return self.open(conversation.id)

    def remove(self, conversation: Conversation) -> Shown:
        self._conversations.remove(conversation.id)
        return self.open("")

    def greet(self, request: gr.Request) -> tuple[Any, ...]:
        """What a page shows that is opened, a conversation if its address names one; and the status."""
        state, messages, *rest = self.open(request.query_params.get("conversation", ""))
        try:
            documents = self._assistant.documents()
        except PinciteError as error:
            return state, gr.Chatbot(messages, placeholder=render_trouble(str(error)), examples=[]), *rest, ""
        offered: list[ExampleMessage] = [{"text": example} for example in self._examples] if documents else []
        chat = gr.Chatbot(messages, placeholder=render_welcome(documents), examples=offered)
        return state, chat, *rest, render_status(documents, model=self._assistant.model)


def build_app(desk: Desk) -> gr.Blocks:
    """The page, not yet served. The library and the conversations are read again whenever the page is loaded."""
    app: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_height=True, fill_width=True) as app:
        state = gr.State(Conversation())
        with gr.Sidebar("Conversations", open=False, width=300, elem_id="shelf"):
            gr.Markdown('<h2 class="panel-title">Conversations</h2>', latex_delimiters=[])
            past = gr.Radio(label="Conversations", show_label=False, container=False, visible=False, elem_id="past")
            with gr.Group(visible=False, elem_id="this") as this:
                title = gr.Textbox(label="Title", submit_btn="Rename", max_length=LONGEST_TITLE, max_lines=1)
                whole = gr.Markdown(latex_delimiters=[], elem_id="whole")
                remove_it = gr.Button("Delete this conversation", size="sm")
                with gr.Row(visible=False) as sure:
                    yes, no = gr.Button("Delete for good", size="sm", variant="stop"), gr.Button("Keep it", size="sm")
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
        shown = [state, chat, sources, box, past, this, title, whole]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asked = gr.on(
            [box.submit, chat.example_select],
            desk.answer,
            [box, state],
            shown,
            concurrency_limit=QUESTIONS_AT_ONCE,
            **quiet,
        )
        asked.failure(partial(desk.end, why=BROKEN), state, shown, **quiet)
        asked.then(free_question_box, None, box, queue=False, **quiet)
        box.stop(partial(desk.end, why=STOPPED), state, shown, cancels=asked, queue=False, **quiet)
        fresh.click(partial(desk.open, ""), None, shown, cancels=asked, queue=False, **quiet)
        past.input(desk.open, past, shown, cancels=asked, queue=False, **quiet)
        title.submit(desk.rename, [state, title], shown, **quiet)
        for button, is_asked in ((remove_it, True), (yes, False), (no, False)):
            button.click(partial(gr.Row, visible=is_asked), None, sure, queue=False, **quiet)
        yes.click(desk.remove, state, shown, cancels=asked, queue=False, **quiet)
        app.load(desk.greet, None, [*shown, status], **quiet)
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


def show(conversation: Conversation, *, box: Any = None) -> Shown:
    messages: Messages = []
    for number, turn in enumerate(conversation.turns, start=1):
        messages.append({"role": "user", "content": render_question(turn.question)})
        path = f"/conversations/{conversation.id}/{number}"
        messages.append({"role": "assistant", "content": render_answer(turn, number=number, path=path)})
    shelf = [gr.skip()] * 4
    return conversation, messages, render_sources(conversation.turns), box or gr.skip(), *shelf


def build_site(assistant: Assistant, conversations: Conversations, *, examples: Sequence[str]) -> FastAPI:
    """The chat and the documents, behind the checks that keep other sites and other hosts out."""
    app = build_app(Desk(assistant, conversations, examples=examples))
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    for name in PARTS:
        add_part(site, name)
    add_documents(site, assistant)
    add_downloads(site, conversations)
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
