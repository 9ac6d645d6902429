"""Serve assistants: calls of tools in the Model Context Protocol (MCP) to answers and passages, as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import version
from typing import Any, Literal

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field, ValidationError

from rag import PinciteError
from ui.listening import wait_for
from ui.places import Busy
from ui.requests import GONE, Refused, describe_fault, read_body
from ui.users import User, Users

PATH = "/gradio_api/mcp"
"""Where Gradio's own tools would be. Those are not used: their results are Python's notation and no JSON, and to call
them Gradio asks whatever host a header of the request names."""
VERSIONS = ("2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05")
"""Of the protocol; who asks for another is offered the first."""
MOST_HITS = 100
INVALID_REQUEST, UNKNOWN_METHOD, INVALID_PARAMS = -32600, -32601, -32602  # of JSON-RPC


class Question(BaseModel):
    question: str = Field(description="In words, and complete: what was asked before is not known.")


class Search(Question):
    k: int = Field(5, ge=1, le=MOST_HITS, description="How many passages.")


@dataclass(frozen=True, slots=True)
class Tool:
    description: str
    arguments: type[Question]
    call: Callable[[User, Any], dict[str, Any]]


TOOLS: Mapping[str, Tool] = {
    "answer": Tool(
        "Answer a question from the documents of this library. The citations [n] in `text` name `quotes`: the exact "
        "words of a document, which prove the sentence. If `abstained` is true, the documents do not say.",
        Question,
        lambda user, asked: asdict(user.answer(asked.question)),
    ),
    "search": Tool(
        "Find the passages of the documents of this library that are nearest to a question, best first, in `hits`.",
        Search,
        lambda user, asked: {"hits": [asdict(hit) for hit in user.search(asked.question, k=asked.k)]},
    ),
}


class Sent(BaseModel):
    """What is read of a message in JSON-RPC."""

    jsonrpc: Literal["2.0"]
    method: str
    params: dict[str, Any] = {}
    id: int | str | None = None
    """None: a notification, to which nothing is answered."""


class Failed(Exception):
    """A message that has no result: the code of JSON-RPC, and why."""

    def __init__(self, code: int, why: str) -> None:
        super().__init__(why)
        self.code = code


def add_tools(site: FastAPI, users: Users) -> None:
    """`POST /gradio_api/mcp/`: each message is answered by itself, in JSON; no session is kept and nothing streamed."""

    @site.api_route(PATH, methods=["POST", "GET", "DELETE"])
    @site.api_route(f"{PATH}/", methods=["POST", "GET", "DELETE"])
    async def reply(request: Request) -> Response:
        if request.method != "POST":  # to listen, or to end a session
            return Response(status_code=405, headers={"Allow": "POST"})
        try:
            spoken = request.headers.get("mcp-protocol-version", VERSIONS[0])
            if spoken not in VERSIONS:
                raise Refused(400, f"the protocol's version {spoken} is not spoken here, but {', '.join(VERSIONS)}")
            sent = _read(await read_body(request))
        except Refused as refused:
            error = {"code": INVALID_REQUEST, "message": str(refused)}
            return JSONResponse({"jsonrpc": "2.0", "id": None, "error": error}, status_code=refused.status)
        if sent.id is None:
            return Response(status_code=202)
        head = {"jsonrpc": "2.0", "id": sent.id}
        try:
            user = users.of(request)
            result = await wait_for(request, lambda: _result(sent, user), user.places.threads)
            return GONE if result is None else JSONResponse({**head, "result": result})
        except Failed as failed:
            return JSONResponse({**head, "error": {"code": failed.code, "message": str(failed)}})


def _read(body: bytes) -> Sent:
    try:
        return Sent.model_validate_json(body)
    except ValidationError as error:
        raise Refused(
            400, f"the message cannot be read ({describe_fault(error)}); send one message of JSON-RPC"
        ) from error


def _result(sent: Sent, user: User) -> dict[str, Any]:
    match sent.method:
        case "initialize":
            asked = sent.params.get("protocolVersion")
            return {
                "protocolVersion": asked if asked in VERSIONS else VERSIONS[0],
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "Pincite", "version": version("pincite")},
            }
        case "ping":
            return {}
        case "tools/list":
            return {"tools": [_describe(name, tool) for name, tool in TOOLS.items()]}
        case "tools/call":
            return _call(sent.params, user)
    raise Failed(UNKNOWN_METHOD, "there are only tools here: tools/list, tools/call")


def _describe(name: str, tool: Tool) -> dict[str, Any]:
    return {
        "name": name,
        "description": tool.description,
        "inputSchema": tool.arguments.model_json_schema(),
        "annotations": {"readOnlyHint": True, "openWorldHint": False},
    }


def _call(params: Mapping[str, Any], user: User) -> dict[str, Any]:
    """What the tool gives, twice: for programs, and as text for models; or why it gives nothing, for both."""
    tool = TOOLS.get(str(params.get("name")))
    if tool is None:
        raise Failed(INVALID_PARAMS, f"there is no tool of this name; call one of {', '.join(TOOLS)}")
    try:
        asked = tool.arguments.model_validate(params.get("arguments") or {})
        with user.places.take():
            given = tool.call(user, asked)
    except ValidationError as error:
        return _say(f"the arguments cannot be read ({describe_fault(error)})", is_error=True)
    except (PinciteError, Busy) as error:
        return _say(str(error), is_error=True)
    return {**_say(json.dumps(given, ensure_ascii=False), is_error=False), "structuredContent": given}


def _say(text: str, *, is_error: bool) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": is_error}
