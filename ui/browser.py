"""Show: questions typed in a browser to answers with their sources beside them, as a Gradio app."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import gradio as gr
from fastapi import FastAPI
from gradio.components.chatbot import ExampleMessage, Message, MessageDict
from gradio.events import api

from rag import Assistant, PinciteError
from ui.completions import add_completions
from ui.conversations import LONGEST_TITLE, Conversation, Conversations
from ui.desk import Desk, Shown
from ui.document_page import add_documents
from ui.downloads import add_downloads
from ui.feedback import Feedback, add_feedback
from ui.guard import guard_site
from ui.library_page import add_library
from ui.parts import HEAD, add_parts
from ui.render import (
    render_answer,
    render_download,
    render_question,
    render_status,
    render_trouble,
    render_welcome,
)
from ui.sources import render_sources
from ui.turns import BROKEN, STOPPED

HOST = "127.0.0.1"
QUESTIONS_AT_ONCE = 4
WAITING_QUESTIONS = 20
MOST_HITS = 100
MAX_QUESTION = 4_000
"""Characters."""
ASK, STOP = "Ask", "Stop"
FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.blue,
    neutral_hue=gr.themes.colors.stone,
    font=FONTS,  # the machine's own: a named font of Gradio's would be fetched
    font_mono=("ui-monospace", "monospace"),
)

Result = TypeVar("Result")
Messages = list[MessageDict | Message]


def build_app(assistant: Assistant, desk: Desk, *, examples: Sequence[str]) -> gr.Blocks:
    """The page, not yet served. The library and the conversations are read again whenever the page is loaded."""

    def ask(typed: str, conversation: Conversation, event: gr.EventData) -> Iterator[list[Any]]:
        is_example = isinstance(event.target, gr.Chatbot)
        yield from map(show, desk.ask(event.value["text"] if is_example else typed, conversation))

    def ask_again(conversation: Conversation) -> Iterator[list[Any]]:
        yield from map(show, desk.ask_again(conversation))

    def greet(request: gr.Request) -> list[Any]:
        """What a page shows that is opened, a conversation if its address names one; and the status."""
        state, messages, *rest = show(desk.open(request.query_params.get("conversation", "")))
        try:
            documents = assistant.documents()
        except PinciteError as error:
            return [state, gr.Chatbot(messages, placeholder=render_trouble(str(error)), examples=[]), *rest, ""]
        offered: list[ExampleMessage] = [{"text": example} for example in examples] if documents else []
        chat = gr.Chatbot(messages, placeholder=render_welcome(documents), examples=offered)
        return [state, chat, *rest, render_status(documents, model=assistant.model)]

    app: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_height=True, fill_width=True) as app:
        state = gr.State(Conversation())
        with gr.Sidebar("Conversations", open=False, width=300, elem_id="shelf"):
            gr.Markdown('<h2 class="panel-title">Conversations</h2>', latex_delimiters=[])
            past = gr.Radio(label="Conversations", show_label=False, container=False, visible=False, elem_id="past")
            with gr.Group(visible=False, elem_id="this") as this:
                title = gr.Textbox(label="Title", submit_btn="Rename", max_length=LONGEST_TITLE, max_lines=1)
                whole = gr.Markdown(latex_delimiters=[])
                remove = gr.Button("Delete this conversation", size="sm")
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
                again, change = (gr.Button(elem_id=name, elem_classes="unseen") for name in ("again", "change"))
            with gr.Column(elem_id="proof", scale=2, min_width=0):
                gr.Markdown('<h2 class="panel-title">Sources</h2>', latex_delimiters=[])
                sources = gr.Markdown(render_sources(()), latex_delimiters=[], elem_id="sources")
        shown = [state, chat, sources, box, past, this, title, whole]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        few: dict[str, Any] = {**quiet, "concurrency_limit": QUESTIONS_AT_ONCE, "concurrency_id": "questions"}
        few["trigger_mode"] = "multiple"  # or nothing could be asked while a stopped answer waits for its model
        asked = [
            gr.on([box.submit, chat.example_select], ask, [box, state], shown, **few),
            again.click(ask_again, state, shown, **few),
        ]
        for each in asked:
            each.failure(lambda conversation: show(desk.end(conversation, why=BROKEN)), state, shown, **quiet)
            each.then(lambda: set_question_box(None, is_answering=False), None, box, queue=False, **quiet)
        at_once: dict[str, Any] = {**quiet, "cancels": asked, "queue": False}
        box.stop(lambda conversation: show(desk.end(conversation, why=STOPPED)), state, shown, **at_once)
        change.click(lambda conversation: show(desk.take_back(conversation)), state, shown, **at_once)
        fresh.click(lambda: show(desk.open("")), None, shown, **at_once)
        past.input(lambda id: show(desk.open(id)), past, shown, **at_once)
        title.submit(lambda *given: show(desk.rename(*given)), [state, title], shown, queue=False, **quiet)
        for button, is_asked in ((remove, True), (yes, False), (no, False)):
            button.click(partial(ask_whether_sure, is_asked=is_asked), None, [remove, sure], queue=False, **quiet)
        yes.click(lambda conversation: show(desk.remove(conversation)), state, shown, **at_once)
        app.load(greet, None, [*shown, status], **quiet)
        offer_to_programs(assistant)
    app.queue(max_size=WAITING_QUESTIONS)
    return app


def offer_to_programs(assistant: Assistant) -> None:
    """What `gradio_client` finds: the answer and the hits as JSON, as Python has them."""

    def answer(question: str) -> dict[str, Any]:
        """The answer from the documents, with the quotes that prove it."""
        return tell_errors(lambda: asdict(assistant.answer(question)))

    def search(question: str, k: int = 5) -> list[dict[str, Any]]:
        """The `k` passages nearest to the question, best first."""
        return tell_errors(lambda: [asdict(hit) for hit in assistant.search(question, k=min(k, MOST_HITS))])

    for endpoint in (answer, search):
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=QUESTIONS_AT_ONCE, concurrency_id="questions")


def tell_errors(ask: Callable[[], Result]) -> Result:
    """What goes wrong on purpose is told to the program that asks, and not in the terminal."""
    try:
        return ask()
    except PinciteError as error:
        raise gr.Error(str(error), print_exception=False) from error


def build_chat() -> gr.Chatbot:
    return gr.Chatbot(
        elem_id="chat",
        show_label=False,
        container=False,
        autoscroll=False,  # what is being read stays where it is while more comes
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


def ask_whether_sure(*, is_asked: bool) -> list[Any]:
    return [gr.Button(visible=not is_asked), gr.Row(visible=is_asked)]


def set_question_box(question: str | None, *, is_answering: bool | None) -> Any:
    changes: dict[str, Any] = {} if question is None else {"value": question}
    if is_answering is not None:
        changes |= {"submit_btn": not is_answering and ASK, "stop_btn": is_answering and STOP}
    return gr.Textbox(**changes) if changes else gr.skip()  # the reader may be typing the next question


def show(shown: Shown) -> list[Any]:
    """The changes of the page: the conversation, its messages and sources, the question box, what is on the shelf."""
    conversation, turns = shown.conversation, shown.conversation.turns
    messages: Messages = []
    for number, turn in enumerate(turns, start=1):
        path = f"/conversations/{conversation.id}/{number}"
        answer = render_answer(turn, number=number, path=path, is_last=number == len(turns))
        messages.append({"role": "user", "content": render_question(turn.question)})
        messages.append({"role": "assistant", "content": answer})
    if shown.notice:
        gr.Warning(html.escape(shown.notice))
    box = set_question_box(shown.question, is_answering=shown.is_answering)
    return [conversation, messages, render_sources(turns), box, *set_shelf(conversation.id, shown.titles)]


def set_shelf(id: str, titles: Mapping[str, str] | None) -> list[Any]:
    """The list of conversations, and what may be done with the one that is open: its title, its download."""
    if titles is None:
        return [gr.skip()] * 4
    choices = [(title, each) for each, title in titles.items()]
    chosen = id if id in titles else None
    past = gr.Radio(choices=choices, value=chosen, visible=bool(choices))
    return [past, gr.Group(visible=bool(chosen)), titles.get(id, ""), render_download(id)]


def build_site(assistant: Assistant, folder: Path, *, examples: Sequence[str]) -> FastAPI:
    """The chat and the documents, behind the checks that keep other sites and other hosts out.

    Conversations, and what is said of answers, are kept in the folder.
    """
    conversations, feedback = Conversations(folder / "conversations"), Feedback(folder / "feedback.jsonl")
    app = build_app(assistant, Desk(assistant, conversations), examples=examples)
    site = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_parts(site)
    add_documents(site, assistant)
    add_library(site, assistant)
    add_feedback(site, conversations, feedback)  # before the downloads, to which every other name belongs
    add_downloads(site, conversations)
    add_completions(site, assistant)
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
