"""Download: answers of kept conversations, in the forms that other programs take."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from urllib.parse import quote

from fastapi import FastAPI, Request, Response

from rag import Answer, to_bibtex, to_csl, to_markdown
from ui.conversations import Conversation
from ui.users import Users

NOT_THERE = "There is no such answer; it may have been deleted."


def add_downloads(site: FastAPI, users: Users) -> None:
    """`/conversations/<id>/<number of the turn>.<ending>`, and `/conversations/<id>.md` for all turns."""

    @site.get("/conversations/{id}/{name}")
    def send_answer(id: str, name: str, request: Request) -> Response:
        number, _, ending = name.partition(".")
        found = users.of(request).conversations.find_answer(id, number)
        answer = found[0].turns[found[1] - 1].answer if found else None
        if answer is None or ending not in FORMS:
            return Response(NOT_THERE, status_code=404, media_type="text/plain")
        kind, write = FORMS[ending]
        return _file(write(answer, str(request.base_url)), f"answer-{number}.{ending}", kind)

    @site.get("/conversations/{id}.md")
    def send_conversation(id: str, request: Request) -> Response:
        conversation = users.of(request).conversations.read(id)
        if conversation is None:
            return Response(NOT_THERE, status_code=404, media_type="text/plain")
        content, title = _all_turns(conversation, str(request.base_url)), conversation.title or "conversation"
        return _file(content, f"{title}.md", "text/markdown")


def _file(content: str, name: str, kind: str) -> Response:
    kept = "".join(character if character.isalnum() or character in " .-_" else "_" for character in name)
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(kept)}"}  # RFC 6266
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=headers)


def _all_turns(conversation: Conversation, site: str) -> str:
    answers = (turn.answer for turn in conversation.turns)
    return "\n".join(
        to_markdown(answer, site=site, label=f"{number}-") for number, answer in enumerate(answers, start=1) if answer
    )


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


Write = Callable[[Answer, str], str]
"""An answer, and the address of this site, to the content of a file."""
FORMS: dict[str, tuple[str, Write]] = {
    "md": ("text/markdown", lambda answer, site: to_markdown(answer, site=site)),
    "json": ("application/json", lambda answer, _: _to_json(asdict(answer))),
    "csl.json": ("application/vnd.citationstyles.csl+json", lambda answer, _: _to_json(to_csl(answer))),
    "bib": ("application/x-bibtex", lambda answer, _: to_bibtex(answer)),
}
"""By ending: the kind of file, and what writes it."""
