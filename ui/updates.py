"""Update: what the page is to show next to changes of its parts, by part; those that are not named stay."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import Any

import gradio as gr
from gradio.components.chatbot import Message, MessageDict

from rag import Holding, Scope
from ui.conversations import Conversation
from ui.desk import Shown
from ui.layout import ASK, STOP, Layout
from ui.render import render_answer, render_download, render_question
from ui.scopes import head_scope, list_documents, list_publishers
from ui.sources import render_sources

Updates = dict[Any, Any]
Messages = list[MessageDict | Message]


def show(layout: Layout, shown: Shown, holdings: Sequence[Holding]) -> Updates:
    """All of it; the `holdings` are asked for only if there is a scope to show."""
    if shown.is_refused:
        gr.Warning(html.escape(shown.notice))
        return {layout.replaced: shown.replaced}
    return {
        **show_talk(layout, shown),
        layout.replaced: shown.replaced,
        **show_question(layout, shown.question, is_answering=shown.is_answering),
        **show_shelf(layout, shown.conversation.id, shown.titles),
        **show_scope(layout, shown.scope, holdings),
    }


def show_talk(layout: Layout, shown: Shown) -> Updates:
    """The conversation and its sources; a notice, if there is one."""
    if shown.notice:
        gr.Warning(html.escape(shown.notice))
    conversation = shown.conversation
    return {
        layout.conversation: conversation,
        layout.chat: list_messages(conversation, replaced=shown.replaced),
        layout.sources: render_sources(conversation.turns),
    }


def list_messages(conversation: Conversation, *, replaced: str = "") -> Messages:
    messages: Messages = []
    turns = conversation.turns
    for number, turn in enumerate(turns, start=1):
        path = f"/conversations/{conversation.id}/{number}"
        is_replaced, is_last = bool(replaced) and turn.asked == replaced, number == len(turns)
        answer = render_answer(turn, number=number, path=path, is_last=is_last, is_replaced=is_replaced)
        messages.append({"role": "user", "content": render_question(turn.question)})
        messages.append({"role": "assistant", "content": answer})
    return messages


def show_question(layout: Layout, question: str | None, *, is_answering: bool | None) -> Updates:
    changes: dict[str, Any] = {} if question is None else {"value": question}
    if is_answering is not None:
        changes |= {"submit_btn": not is_answering and ASK, "stop_btn": is_answering and STOP}
    return {layout.question: gr.Textbox(**changes)} if changes else {}  # the user may be typing the next one


def show_shelf(layout: Layout, id: str, titles: Mapping[str, str] | None) -> Updates:
    """The conversations, and what may be done with the one that is open: its title, its download."""
    if titles is None:
        return {layout.id: id}
    choices = [(title, each) for each, title in titles.items()]
    chosen = id if id in titles else None
    return {
        layout.id: id,
        layout.past: gr.Radio(choices=choices, value=chosen, visible=bool(choices)),
        layout.open: gr.Group(visible=bool(chosen)),
        layout.title: titles.get(id, ""),
        layout.download: render_download(id),
    }


def show_scope(layout: Layout, scope: Scope | None, holdings: Sequence[Holding]) -> Updates:
    if scope is None:
        return {}
    documents = list_documents(holdings, scope.documents)
    publishers = list_publishers(holdings, scope.publishers)
    return {
        layout.documents: gr.Dropdown(choices=documents, value=list(scope.documents)),
        layout.publishers: gr.Dropdown(choices=publishers, value=list(scope.publishers)),
        layout.since: scope.since,
        layout.until: scope.until,
        layout.scope: gr.Accordion(head_scope(scope)),
    }


def ask_whether_sure(layout: Layout, *, is_asked: bool) -> Updates:
    return {layout.remove: gr.Button(visible=not is_asked), layout.sure: gr.Row(visible=is_asked)}
