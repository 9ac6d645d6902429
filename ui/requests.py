"""Read requests: what is sent is read within bounds, and what cannot be answered is refused with its status and why."""

from __future__ import annotations

from fastapi import Request, Response
from pydantic import ValidationError

MAX_BODY = 1_000_000
"""Bytes."""
GONE = Response(status_code=499)
"""To a client that has gone: nobody reads it."""


class Refused(Exception):
    """A request that is not answered: its status, and why."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status


async def read_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(413, f"the request is longer than {MAX_BODY:,} bytes; send less")
    return body


def describe_fault(error: ValidationError) -> str:
    """The first, with the place where it is."""
    [first, *_] = error.errors()
    return f"{'.'.join(map(str, first['loc'])) or 'JSON'}: {first['msg']}"
