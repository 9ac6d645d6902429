"""Lay out: the chat's page, with nothing on it yet."""

from __future__ import annotations

from typing import Any, NamedTuple

import gradio as gr

from rag import EVERYTHING
from ui.conversations import LONGEST_TITLE, Conversation
from ui.scopes import head_scope
from ui.sources import render_sources

MAX_QUESTION = 4_000
"""Characters."""
ASK, STOP = "Ask", "Stop"
UNSEEN = ("again", "change", "leave")
"""Buttons that links in the last answer stand for."""


class Layout(NamedTuple):
    """What the page is made of and changes."""

    conversation: gr.State
    chat: gr.Chatbot
    sources: gr.Markdown
    id: gr.Textbox
    """Of the conversation: unlike its state the browser keeps it."""
    replaced: gr.Textbox
    """When the question was asked in whose place the next one comes."""
    question: gr.Textbox
    documents: gr.Dropdown
    publishers: gr.Dropdown
    since: gr.Textbox
    until: gr.Textbox
    scope: gr.Accordion
    past: gr.Radio
    """The conversations."""
    open: gr.Group
    """What may be done with the open one, when one is open."""
    title: gr.Textbox
    download: gr.Markdown
    remove: gr.Button
    sure: gr.Row
    """Asks whether it is to be deleted."""
    status: gr.Markdown

    @property
    def picked(self) -> list[Any]:
        """What is asked."""
        return [self.documents, self.publishers, self.since, self.until]

    @property
    def shown(self) -> list[Any]:
        """What an answer changes. No more: Gradio builds each anew at each step, also if it stays as it is."""
        return [self.conversation, self.chat, self.sources]


class Buttons(NamedTuple):
    new: gr.Button
    again: gr.Button
    change: gr.Button
    leave: gr.Button
    everything: gr.Button
    delete: gr.Button
    keep: gr.Button


def lay_out() -> tuple[Layout, Buttons]:
    """Within the blocks of an app."""
    conversation, id, replaced = gr.State(Conversation()), gr.Textbox(visible=False), gr.Textbox(visible=False)
    with gr.Sidebar("Conversations", open=False, width=300, elem_id="shelf"):
        gr.Markdown('<h2 class="panel-title">Conversations</h2>', latex_delimiters=[])
        past = gr.Radio(label="Conversations", show_label=False, container=False, visible=False, elem_id="past")
        with gr.Group(visible=False, elem_id="this") as open:
            title = gr.Textbox(label="Title", submit_btn="Rename", max_length=LONGEST_TITLE, max_lines=1)
            download = gr.Markdown(latex_delimiters=[])
            remove = gr.Button("Delete this conversation", size="sm")
            with gr.Row(visible=False) as sure:
                delete, keep = gr.Button("Delete for good", size="sm", variant="stop"), gr.Button("Keep it", size="sm")
    with gr.Row(elem_id="top"):
        gr.Markdown('<h1 class="brand">Pincite</h1>', latex_delimiters=[])
        status = gr.Markdown(latex_delimiters=[])
        new = gr.Button("New conversation", size="sm", elem_id="fresh", scale=0)
    with gr.Row(elem_id="desk"):
        with gr.Column(elem_id="talk", scale=3, min_width=0):
            chat = build_chat()
            with gr.Accordion(head_scope(EVERYTHING), open=False, elem_id="scope") as scope:
                picked = build_scope()
                everything = gr.Button("Ask all documents", size="sm")
            question = build_question_box()
            again, change, leave = (gr.Button(elem_id=name, elem_classes="unseen") for name in UNSEEN)
        with gr.Column(elem_id="proof", scale=2, min_width=0):
            gr.Markdown('<h2 class="panel-title">Sources</h2>', latex_delimiters=[])
            sources = gr.Markdown(render_sources(()), latex_delimiters=[], elem_id="sources")
    layout = Layout(
        conversation,
        chat,
        sources,
        id,
        replaced,
        question,
        *picked,
        scope,
        past,
        open,
        title,
        download,
        remove,
        sure,
        status,
    )
    return layout, Buttons(new, again, change, leave, everything, delete, keep)


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


def build_scope() -> tuple[gr.Dropdown, gr.Dropdown, gr.Textbox, gr.Textbox]:
    """What a user picks of the library."""
    many: dict[str, Any] = {"multiselect": True, "choices": [], "scale": 3, "min_width": 150}
    date: dict[str, Any] = {"max_length": 20, "max_lines": 1, "scale": 1, "min_width": 100}
    with gr.Row():
        return (
            gr.Dropdown(label="Documents", **many),
            gr.Dropdown(label="Publishers", **many),
            gr.Textbox(label="From", placeholder="2001-05", **date),
            gr.Textbox(label="To", placeholder="2003", **date),
        )
