"""Serve programs: questions in OpenAI's form of a chat to answers in it, with a permalink for every citation."""

from __future__ import annotations

import json
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import asdict
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ValidationError

from rag import (
    Answer,
    AnswerEvent,
    Message,
    PinciteError,
    QuestionError,
    StatementEvent,
    name_source,
    render_statements,
)
from ui.listening import listen_for
from ui.places import Busy
from ui.requests import GONE, Refused, describe_fault, read_body
from ui.users import User, Users

MODEL = "pincite"
CITATION = re.compile(r"(?<!\\)\[(\d+)\]")
"""In the text of an answer, where the brackets of documents and models are escaped."""


Pieces = Generator["str | Answer"]
"""The answer's text, and the answer last."""


class Asked(BaseModel):
    """What is read of a request; whatever else a client sends does not matter."""

    messages: list[dict[str, Any]]
    stream: bool = False


def add_completions(site: FastAPI, users: Users) -> None:
    """`POST /v1/chat/completions`, `GET /v1/models` and `GET /healthz`; errors are in OpenAI's form too."""

    @site.exception_handler(Refused)
    async def refuse(_: Request, error: Exception) -> Response:
        assert isinstance(error, Refused)
        return JSONResponse(_error(error), status_code=error.status)

    @site.get("/healthz")
    def tell_health() -> dict[str, str]:
        return {"status": "ok"}

    @site.get("/v1/models")
    def list_models() -> dict[str, Any]:
        return {"object": "list", "data": [{"id": MODEL, "object": "model", "created": 0, "owned_by": MODEL}]}

    @site.post("/v1/chat/completions")
    async def complete(request: Request) -> Response:
        asked = _read(await read_body(request))
        question, history = _question(asked.messages)
        address = str(request.base_url).rstrip("/")
        user = users.of(request)
        pieces = listen_for(request, _answer(user, question, history), user.places.threads)
        first = await anext(pieces, None)  # what cannot be asked or reached is refused by its status
        if asked.stream and first is not None:
            return StreamingResponse(_events(first, pieces, address), media_type="text/event-stream")
        last = [first, *[piece async for piece in pieces]][-1]
        return JSONResponse(_completion(last, address)) if isinstance(last, Answer) else GONE


def _error(refused: Refused) -> dict[str, Any]:
    kind = "invalid_request_error" if refused.status < 500 else "server_error"
    return {"error": {"message": str(refused), "type": kind, "param": None, "code": None}}


def _read(body: bytes) -> Asked:
    try:
        return Asked.model_validate_json(body)
    except ValidationError as error:
        raise Refused(400, f"the request cannot be read ({describe_fault(error)}); send messages") from error


def _question(messages: Sequence[Message]) -> tuple[str, list[Message]]:
    """The last message and those before it; what a system message says is not asked of the documents."""
    if not messages or messages[-1].get("role") != "user":
        raise Refused(400, "the last message must be the user's: the question")
    content = messages[-1].get("content")
    parts = [{"text": content}] if isinstance(content, str) else content if isinstance(content, list) else []
    texts = [part["text"] for part in parts if isinstance(part, Mapping) and isinstance(part.get("text"), str)]
    return "\n".join(texts), list(messages[:-1])


def _answer(user: User, question: str, history: Sequence[Message]) -> Pieces:
    """The answer's text as it is proved, and the answer last.

    A statement that nothing supports waits for one that is: without any, the answer is an abstention.
    """
    waiting, sent = "", ""
    try:
        with user.places.take():
            for event in user.stream(question, history):
                if isinstance(event, StatementEvent):
                    waiting += " " * bool(waiting or sent) + render_statements([event.statement])
                    if event.statement.quotes or sent:
                        yield waiting
                        waiting, sent = "", sent + waiting
                elif isinstance(event, AnswerEvent):
                    yield event.answer.text.removeprefix(sent)
                    yield event.answer
    except QuestionError as error:
        raise Refused(400, str(error)) from error
    except Busy as error:
        raise Refused(429, str(error)) from error
    except PinciteError as error:
        raise Refused(503, str(error)) from error


async def _events(first: str | Answer, pieces: AsyncGenerator[str | Answer], address: str) -> AsyncIterator[str]:
    """Server-sent events: a chunk for each piece, and the citations and the whole answer with the last."""
    head = {"id": f"chatcmpl-{time.time_ns()}", "object": "chat.completion.chunk", "created": int(time.time())}

    def event(delta: Mapping[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return f"data: {json.dumps({**head, 'model': MODEL, 'choices': [choice], **more})}\n\n"

    yield event({"role": "assistant", "content": ""})
    try:
        async with aclosing(pieces):
            piece: str | Answer | None = first
            while piece is not None:
                if isinstance(piece, Answer):
                    ended = {"usage": _usage(piece), "answer": asdict(piece)}
                    yield event({"annotations": _annotations(piece, address)}, _finish(piece), **ended)
                else:
                    yield event({"content": piece})
                piece = await anext(pieces, None)
    except Refused as error:
        yield f"data: {json.dumps(_error(error))}\n\n"
    yield "data: [DONE]\n\n"


def _completion(answer: Answer, address: str) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    return {
        "id": f"chatcmpl-{time.time_ns()}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": MODEL,
        "choices": [
            {
                "index": 0,
                "message": {**message, "annotations": _annotations(answer, address)},
                "logprobs": None,
                "finish_reason": _finish(answer),
            }
        ],
        "usage": _usage(answer),
        "answer": asdict(answer),
    }


def _annotations(answer: Answer, address: str) -> list[dict[str, Any]]:
    """A citation for each `[n]` of the text, from its start to its end."""
    quotes = {str(quote.number): quote for quote in answer.quotes}
    marks = [(mark, quotes[mark[1]]) for mark in CITATION.finditer(answer.text) if mark[1] in quotes]
    return [
        {
            "type": "url_citation",
            "url_citation": {
                "start_index": mark.start(),
                "end_index": mark.end(),
                "title": quote.title or name_source(quote.source),
                "url": address + quote.path,
            },
        }
        for mark, quote in marks
    ]


def _finish(answer: Answer) -> str:
    return "length" if answer.incomplete else "stop"


def _usage(answer: Answer) -> dict[str, int]:
    spent = answer.usage
    total = spent.prompt_tokens + spent.answer_tokens
    return {"prompt_tokens": spent.prompt_tokens, "completion_tokens": spent.answer_tokens, "total_tokens": total}
