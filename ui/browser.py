"""Show: questions typed in a browser to answers with their sources beside them, as a Gradio app."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Callable, Generator, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeVar

import gradio as gr
from fastapi import FastAPI
from gradio.components.chatbot import ExampleMessage, Message, MessageDict
from gradio.events import api

from rag import EVERYTHING, PinciteError, Scope
from ui.conversations import LONGEST_TITLE, Conversation
from ui.desk import Desk, Shown
from ui.guard import HOST
from ui.listening import listen
from ui.parts import HEAD
from ui.places import THREADS, Busy, Places
from ui.render import (
    render_answer,
    render_download,
    render_question,
    render_status,
    render_trouble,
    render_welcome,
)
from ui.scopes import head_scope, list_documents, list_publishers, read_scope
from ui.sources import render_sources
from ui.turns import BROKEN, STOPPED
from ui.users import User, Users

MOST_HITS = 100
PAGES, LEFT_PAGES = 1_000, 20
"""Whose state is kept, half a megabyte each: of all those that were used last, and how many may have been left.
One that lost its connection counts as left, and may come back."""
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


class Page:
    """What the events of the page call: each does something at the desk of the user who asks, and shows it."""

    def __init__(self, users: Users, examples: Sequence[str]) -> None:
        self._users, self._examples = users, examples

    def at_desk(self, act: Callable[..., Shown]) -> Callable[..., list[Any]]:
        def change_page(conversation: Conversation, id: str, request: gr.Request, *given: Any) -> list[Any]:
            user = user_of(self._users, request)
            return show(act(Desk(user), find_shown(user, conversation, id), *given), user)

        return change_page

    def open(self, id: str, request: gr.Request) -> list[Any]:
        user = user_of(self._users, request)
        return show(Desk(user).open(id), user)

    def open_new(self, request: gr.Request) -> list[Any]:
        return self.open("", request)

    def ask(
        self,
        typed: str,
        conversation: Conversation,
        id: str,
        documents: Sequence[str] | None,
        publishers: Sequence[str] | None,
        since: str | None,
        until: str | None,
        event: gr.EventData,
        request: gr.Request,
    ) -> list[Any]:
        user, scope = user_of(self._users, request), read_scope(documents, publishers, since, until)
        question = event.value["text"] if isinstance(event.target, gr.Chatbot) else typed
        return show(Desk(user).ask(question, find_shown(user, conversation, id), scope=scope), user)

    async def go_on(self, conversation: Conversation, request: gr.Request) -> AsyncIterator[list[Any]]:
        """Not named `answer`: Gradio would call the one for programs `answer_1`.

        In a silence it changes nothing each second: only then does Gradio look whether the page is still open.
        """
        user = user_of(self._users, request)

        def answer() -> Generator[list[Any]]:
            with closing(Desk(user).answer(conversation)) as shown:
                yield from map(show_talk, shown)

        async with aclosing(listen(answer(), user.places.threads)) as heard:
            async for changes in heard:
                yield changes or [gr.skip()] * 3

    def greet(self, request: gr.Request) -> list[Any]:
        """What a page shows that is opened, the conversation or the documents that its address names; the status."""
        user, asked = user_of(self._users, request), request.query_params
        shown = Desk(user).open(asked.get("conversation", ""))
        if (documents := asked.getlist("document")) and not shown.conversation.turns:
            shown = replace(shown, scope=Scope(documents))
        try:
            holdings = user.holdings()
        except PinciteError as error:
            trouble = gr.Chatbot([], placeholder=render_trouble(str(error)), examples=[])
            return [shown.conversation, trouble, *[gr.skip()] * 12, ""]
        state, messages, *rest = show(shown, user)
        offered: list[ExampleMessage] = [{"text": example} for example in self._examples] if holdings else []
        chat = gr.Chatbot(messages, placeholder=render_welcome(len(holdings)), examples=offered)
        return [state, chat, *rest, render_status(len(holdings), model=user.model, name=user.name)]


def build_app(users: Users, *, examples: Sequence[str]) -> gr.Blocks:
    """The page, not yet served. The library and the conversations are read again whenever the page is loaded."""
    page = Page(users, examples)
    app: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_height=True, fill_width=True) as app:
        state, opened = gr.State(Conversation()), gr.Textbox(visible=False)
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
                with gr.Accordion(head_scope(EVERYTHING), open=False, elem_id="scope") as scope:
                    picked = build_scope()
                    every = gr.Button("Ask all documents", size="sm")
                box = build_question_box()
                again, change = (gr.Button(elem_id=name, elem_classes="unseen") for name in ("again", "change"))
            with gr.Column(elem_id="proof", scale=2, min_width=0):
                gr.Markdown('<h2 class="panel-title">Sources</h2>', latex_delimiters=[])
                sources = gr.Markdown(render_sources(()), latex_delimiters=[], elem_id="sources")
        shown = [state, chat, sources, box, opened, past, this, title, whole, *picked, scope]
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        many: dict[str, Any] = {**quiet, "concurrency_limit": None}  # the places are the limit
        asked = [
            gr.on([box.submit, chat.example_select], page.ask, [box, state, opened, *picked], shown, **many),
            again.click(page.at_desk(Desk.ask_again), [state, opened], shown, **many),
        ]
        # by itself: at each step Gradio builds every output anew, also what stays as it is
        many["trigger_mode"] = "multiple"  # or nothing could be answered while a stopped answer waits for its model
        answered = [each.success(page.go_on, state, [state, chat, sources], **many) for each in asked]
        for each in (*asked, *answered):
            each.failure(page.at_desk(partial(Desk.end, why=BROKEN)), [state, opened], shown, **quiet)
        for each in answered:
            each.then(lambda: set_question_box(None, is_answering=False), None, box, queue=False, **quiet)
        at_once: dict[str, Any] = {**quiet, "cancels": [*asked, *answered], "queue": False}
        box.stop(page.at_desk(partial(Desk.end, why=STOPPED)), [state, opened], shown, **at_once)
        change.click(page.at_desk(Desk.take_back), [state, opened], shown, **at_once)
        fresh.click(page.open_new, None, shown, **at_once)
        past.input(page.open, past, shown, **at_once)
        title.submit(page.at_desk(Desk.rename), [state, opened, title], shown, queue=False, **quiet)
        for button, is_asked in ((remove, True), (yes, False), (no, False)):
            button.click(partial(ask_whether_sure, is_asked=is_asked), None, [remove, sure], queue=False, **quiet)
        yes.click(page.at_desk(Desk.remove), [state, opened], shown, **at_once)
        gr.on(
            [*(choice.input for choice in picked), *(date.blur for date in picked[2:])],  # what is pasted is no input
            lambda *picked: gr.Accordion(head_scope(read_scope(*picked))),
            picked,
            scope,
            trigger_mode="always_last",
            queue=False,
            **quiet,
        )
        every.click(lambda: [[], [], "", "", gr.Accordion(head_scope(EVERYTHING))], None, [*picked, scope], **quiet)
        app.load(page.greet, None, [*shown, status], **quiet)
        app.unload(lambda: forget_pages(app))
        offer_to_programs(users)
    app.max_threads = THREADS
    app.state_session_capacity = PAGES
    app.queue()
    return app


def forget_pages(app: gr.Blocks) -> None:
    """Gradio keeps them for an hour."""
    pages = app.state_holder.session_data
    left = [page for page, state in list(pages.items()) if state.is_closed]
    for page in left[:-LEFT_PAGES]:
        pages.pop(page, None)


def find_shown(user: User, conversation: Conversation, id: str) -> Conversation:
    """What the page shows: its state, or what is kept under the id that it sends if its state was forgotten."""
    return conversation if conversation.id == id else user.conversations.read(id) or conversation


def user_of(users: Users, request: gr.Request) -> User:
    assert request.request is not None  # every event here comes with one
    return users.of(request.request)


def offer_to_programs(users: Users) -> None:
    """What `gradio_client` finds: the answer and the hits as JSON, as Python has them."""

    def answer(question: str, request: gr.Request) -> dict[str, Any]:
        """The answer from the documents, with the quotes that prove it."""
        user = user_of(users, request)
        return tell_errors(user.places, lambda: asdict(user.answer(question)))

    def search(question: str, request: gr.Request, k: int = 5) -> list[dict[str, Any]]:
        """The `k` passages nearest to the question, best first."""
        user = user_of(users, request)
        return tell_errors(user.places, lambda: [asdict(hit) for hit in user.search(question, k=min(k, MOST_HITS))])

    for endpoint in (answer, search):
        api(endpoint, api_name=endpoint.__name__, concurrency_limit=None)


def tell_errors(places: Places, ask: Callable[[], Result]) -> Result:
    """What goes wrong on purpose is told to the program that asks, and not in the terminal."""
    try:
        with places.take():
            return ask()
    except (Busy, PinciteError) as error:
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


def build_scope() -> list[Any]:
    """What a user picks of the library."""
    many: dict[str, Any] = {"multiselect": True, "choices": [], "scale": 3, "min_width": 150}
    date: dict[str, Any] = {"max_length": 20, "max_lines": 1, "scale": 1, "min_width": 100}
    with gr.Row():
        return [
            gr.Dropdown(label="Documents", **many),
            gr.Dropdown(label="Publishers", **many),
            gr.Textbox(label="From", placeholder="2001-05", **date),
            gr.Textbox(label="To", placeholder="2003", **date),
        ]


def set_scope(scope: Scope | None, user: User) -> list[Any]:
    if scope is None:
        return [gr.skip()] * 5
    holdings = user.holdings()
    documents = gr.Dropdown(choices=list_documents(holdings, scope.documents), value=list(scope.documents))
    publishers = gr.Dropdown(choices=list_publishers(holdings, scope.publishers), value=list(scope.publishers))
    return [documents, publishers, scope.since, scope.until, gr.Accordion(head_scope(scope))]


def ask_whether_sure(*, is_asked: bool) -> list[Any]:
    return [gr.Button(visible=not is_asked), gr.Row(visible=is_asked)]


def set_question_box(question: str | None, *, is_answering: bool | None) -> Any:
    changes: dict[str, Any] = {} if question is None else {"value": question}
    if is_answering is not None:
        changes |= {"submit_btn": not is_answering and ASK, "stop_btn": is_answering and STOP}
    return gr.Textbox(**changes) if changes else gr.skip()  # the user may be typing the next question


def show(shown: Shown, user: User) -> list[Any]:
    """The changes of the page: the talk, the question box, the shelf, the scope."""
    box = set_question_box(shown.question, is_answering=shown.is_answering)
    shelf, scope = set_shelf(shown.conversation.id, shown.titles), set_scope(shown.scope, user)
    return [*show_talk(shown), box, *shelf, *scope]


def show_talk(shown: Shown) -> list[Any]:
    """The conversation, its messages and sources; a notice, if there is one."""
    conversation, turns = shown.conversation, shown.conversation.turns
    messages: Messages = []
    for number, turn in enumerate(turns, start=1):
        path = f"/conversations/{conversation.id}/{number}"
        answer = render_answer(turn, number=number, path=path, is_last=number == len(turns))
        messages.append({"role": "user", "content": render_question(turn.question)})
        messages.append({"role": "assistant", "content": answer})
    if shown.notice:
        gr.Warning(html.escape(shown.notice))
    return [conversation, messages, render_sources(turns)]


def set_shelf(id: str, titles: Mapping[str, str] | None) -> list[Any]:
    """Which is open, the list of conversations, and what may be done with the open one: its title, its download."""
    if titles is None:
        return [id, *[gr.skip()] * 4]
    choices = [(title, each) for each, title in titles.items()]
    chosen = id if id in titles else None
    past = gr.Radio(choices=choices, value=chosen, visible=bool(choices))
    return [id, past, gr.Group(visible=bool(chosen)), titles.get(id, ""), render_download(id)]


def mount_chat(site: FastAPI, users: Users, *, examples: Sequence[str]) -> None:
    """The chat at `/`."""
    gr.mount_gradio_app(
        site,
        build_app(users, examples=examples),
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
