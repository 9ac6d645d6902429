"""Show: questions typed in a browser to answers with their sources beside them, as a Gradio app."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Generator, Sequence
from contextlib import aclosing, closing
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.components.chatbot import ExampleMessage

from rag import EVERYTHING, PinciteError, Scope
from ui.conversations import Conversation
from ui.desk import Desk, Shown
from ui.gradio_api import offer_to_programs, user_of
from ui.guard import HOST
from ui.layout import Layout, lay_out
from ui.listening import listen
from ui.places import THREADS
from ui.render import render_status, render_trouble, render_welcome
from ui.scopes import head_scope, read_scope
from ui.static_files import HEAD
from ui.turns import BROKEN, STOPPED
from ui.updates import Updates, ask_whether_sure, list_messages, show, show_question, show_talk
from ui.users import User, Users

PAGES, LEFT_PAGES = 1_000, 20
"""Whose state is kept, half a megabyte each: of all those that were used last, and how many may have been left.
One that lost its connection counts as left, and may come back."""
FONTS = ("ui-sans-serif", "system-ui", "sans-serif")
THEME = gr.themes.Base(
    primary_hue=gr.themes.colors.blue,
    neutral_hue=gr.themes.colors.stone,
    font=FONTS,  # the machine's own: a named font of Gradio's would be fetched
    font_mono=("ui-monospace", "monospace"),
)


class Page:
    """What the events of the page call: each does something at the desk of the user who asks, and shows it."""

    def __init__(self, layout: Layout, users: Users, examples: Sequence[str]) -> None:
        self._layout, self._users, self._examples = layout, users, examples

    def at_desk(self, act: Callable[..., Shown]) -> Callable[..., Updates]:
        """An event that takes the conversation, its id, and what else is to be given."""

        def change_page(conversation: Conversation, id: str, request: gr.Request, *given: Any) -> Updates:
            user = user_of(self._users, request)
            return self._show(act(Desk(user), find_shown(user, conversation, id), *given), user)

        return change_page

    def ask(
        self,
        typed: str,
        conversation: Conversation,
        id: str,
        replaced: str,
        documents: Sequence[str] | None,
        publishers: Sequence[str] | None,
        since: str | None,
        until: str | None,
        event: gr.EventData,
        request: gr.Request,
    ) -> Updates:
        question = event.value["text"] if isinstance(event.target, gr.Chatbot) else typed
        scope = read_scope(documents, publishers, since, until)

        def ask(desk: Desk, shown: Conversation) -> Shown:
            instead_of = next((turn for turn in shown.turns if replaced and turn.asked == replaced), None)
            return desk.ask(question, shown, scope=scope, instead_of=instead_of)

        return self.at_desk(ask)(conversation, id, request)

    async def go_on(self, conversation: Conversation, request: gr.Request) -> AsyncIterator[Updates]:
        """Not named `answer`: Gradio would call the one for programs `answer_1`.

        In a silence it changes nothing each second: only then does Gradio look whether the page is still open.
        """
        user = user_of(self._users, request)

        def answer() -> Generator[Updates]:
            with closing(Desk(user).answer(conversation)) as shown:
                yield from map(partial(show_talk, self._layout), shown)

        async with aclosing(listen(answer(), user.places.threads)) as heard:
            async for updates in heard:
                yield updates or gr.skip()
        yield gr.skip()  # there may have been nothing to answer

    def finish(self, conversation: Conversation, id: str, request: gr.Request) -> Updates:
        """The button to ask is back, if no answer is under way any more."""
        user = user_of(self._users, request)
        shown = find_shown(user, conversation, id)
        kept = user.conversations.read(shown.id) or shown
        is_answering = any(not turn.has_ended for turn in kept.turns)
        return {self._layout.id: shown.id, **show_question(self._layout, None, is_answering=is_answering)}

    def open(self, id: str, request: gr.Request) -> Updates:
        user = user_of(self._users, request)
        return self._show(Desk(user).open(id), user)

    def open_new(self, request: gr.Request) -> Updates:
        return self.open("", request)

    def greet(self, request: gr.Request) -> Updates:
        """What a page shows that is opened, the conversation or the documents that its address names; the status."""
        user, asked = user_of(self._users, request), request.query_params
        shown = Desk(user).open(asked.get("conversation", ""))
        if (documents := asked.getlist("document")) and not shown.conversation.turns:
            shown = replace(shown, scope=Scope(documents))
        return self._show(shown, user, is_opened=True)

    def _show(self, shown: Shown, user: User, *, is_opened: bool = False) -> Updates:
        layout = self._layout
        try:
            holdings = user.holdings() if shown.scope is not None else []
        except PinciteError as error:
            trouble = gr.Chatbot([], placeholder=render_trouble(str(error)), examples=[])
            return {layout.conversation: shown.conversation, layout.chat: trouble, layout.status: ""}
        updates = show(layout, shown, holdings)
        if is_opened:
            offered: list[ExampleMessage] = [{"text": example} for example in self._examples] if holdings else []
            messages, welcome = list_messages(shown.conversation), render_welcome(len(holdings))
            updates[layout.chat] = gr.Chatbot(messages, placeholder=welcome, examples=offered)
            updates[layout.status] = render_status(len(holdings), model=user.model, name=user.name)
        return updates


def build_app(users: Users, *, examples: Sequence[str]) -> gr.Blocks:
    """The page, not yet served. The library and the conversations are read again whenever the page is loaded."""
    app: gr.Blocks
    with gr.Blocks(title="Pincite", analytics_enabled=False, fill_height=True, fill_width=True) as app:
        layout, buttons = lay_out()
        page = Page(layout, users, examples)
        conversation, everything = [layout.conversation, layout.id], list(layout)
        quiet: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking: dict[str, Any] = {**quiet, "concurrency_limit": None}  # the places are the limit
        asked = [
            gr.on(
                [layout.question.submit, layout.chat.example_select],
                page.ask,
                [layout.question, *conversation, layout.replaced, *layout.picked],
                everything,
                **asking,
            ),
            buttons.again.click(page.at_desk(Desk.ask_again), conversation, everything, **asking),
        ]
        # by "multiple", or nothing could be answered while a stopped answer waits for its model
        answering: dict[str, Any] = {**asking, "trigger_mode": "multiple"}
        answered = [each.success(page.go_on, layout.conversation, layout.shown, **answering) for each in asked]
        for each in (*asked, *answered):
            each.failure(page.at_desk(partial(Desk.end, why=BROKEN)), conversation, everything, **quiet)
        for each in answered:
            each.then(page.finish, conversation, [layout.question, layout.id], queue=False, **quiet)
        at_once: dict[str, Any] = {**quiet, "cancels": [*asked, *answered], "queue": False}
        layout.question.stop(page.at_desk(partial(Desk.end, why=STOPPED)), conversation, everything, **at_once)
        buttons.change.click(page.at_desk(Desk.change), conversation, everything, queue=False, **quiet)
        buttons.leave.click(page.at_desk(Desk.leave_as_it_is), conversation, everything, queue=False, **quiet)
        buttons.new.click(page.open_new, None, everything, **at_once)
        layout.past.input(page.open, layout.past, everything, **at_once)
        rename = page.at_desk(Desk.rename)
        layout.title.submit(rename, [*conversation, layout.title], everything, queue=False, **quiet)
        for button, is_asked in ((layout.remove, True), (buttons.delete, False), (buttons.keep, False)):
            sure = partial(ask_whether_sure, layout, is_asked=is_asked)
            button.click(sure, None, [layout.remove, layout.sure], queue=False, **quiet)
        buttons.delete.click(page.at_desk(Desk.remove), conversation, everything, **at_once)
        gr.on(
            # what is pasted is no input
            [*(each.input for each in layout.picked), layout.since.blur, layout.until.blur],
            lambda *chosen: gr.Accordion(head_scope(read_scope(*chosen))),
            layout.picked,
            layout.scope,
            trigger_mode="always_last",
            queue=False,
            **quiet,
        )
        buttons.everything.click(
            lambda: [[], [], "", "", gr.Accordion(head_scope(EVERYTHING))],
            None,
            [*layout.picked, layout.scope],
            **quiet,
        )
        app.load(page.greet, None, everything, **quiet)
        app.unload(lambda: forget_pages(app))
        offer_to_programs(users)
    app.max_threads = THREADS
    app.state_session_capacity = PAGES
    app.queue()
    return app


def find_shown(user: User, conversation: Conversation, id: str) -> Conversation:
    """What the page shows: its state, or what is kept under the id that it sends if its state was forgotten."""
    return conversation if conversation.id == id else user.conversations.read(id or "") or conversation


def forget_pages(app: gr.Blocks) -> None:
    """Gradio keeps them for an hour."""
    pages = app.state_holder.session_data
    left = [page for page, state in list(pages.items()) if state.is_closed]
    for page in left[:-LEFT_PAGES]:
        pages.pop(page, None)


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
