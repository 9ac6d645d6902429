"""Log in: a name and a password with each request to the user who makes it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from functools import partial

import anyio
from starlette.applications import Starlette
from starlette.authentication import AuthCredentials, AuthenticationBackend, AuthenticationError, SimpleUser
from starlette.middleware.authentication import AuthenticationMiddleware
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response

OPEN = ("/healthz",)
"""What tells nothing."""
CHALLENGE = {"WWW-Authenticate": 'Basic realm="Pincite", charset="UTF-8"'}
GUESS_SECONDS = 1.0
SCHEMES: Mapping[str, Callable[[bytes], bytes]] = {
    "basic": partial(base64.b64decode, validate=True),
    "bearer": bytes,
}
"""Of the `Authorization` header: each with what reads `name:password` from what is sent."""


def add_login(site: Starlette, passwords: Mapping[str, str]) -> None:
    """Refuse who does not send one of the names and its password; with none of them everybody is let in.

    As HTTP's Basic, which every browser asks for; or `name:password` as the key of an OpenAI client.
    """
    if passwords:
        site.add_middleware(AuthenticationMiddleware, backend=Passwords(passwords), on_error=refuse)


class Passwords(AuthenticationBackend):
    def __init__(self, passwords: Mapping[str, str]) -> None:
        self._digests = {name: _digest(password) for name, password in passwords.items()}

    async def authenticate(self, conn: HTTPConnection) -> tuple[AuthCredentials, SimpleUser] | None:
        if conn.scope["path"] in OPEN:
            return None
        name, password = read_credentials(conn.headers.get("authorization", ""))
        known = self._digests.get(name, b"")
        if not hmac.compare_digest(known, _digest(password)):
            if name or password:
                await anyio.sleep(GUESS_SECONDS)
            raise AuthenticationError
        return AuthCredentials(), SimpleUser(name)


def refuse(_: HTTPConnection, __: AuthenticationError) -> Response:
    return PlainTextResponse("Log in with your name and password.", status_code=401, headers=CHALLENGE)


def read_credentials(header: str) -> tuple[str, str]:
    """The name and the password of an `Authorization` header; both empty if there are none in it."""
    kind, _, given = header.partition(" ")
    try:
        sent = given.strip(" \t").encode("latin-1")  # as headers are decoded
        name, _, password = SCHEMES[kind.lower()](sent).decode().partition(":")
    except (KeyError, ValueError):
        return "", ""
    return name, password


def _digest(password: str) -> bytes:
    """Of one length for all: how long a password is tells nothing by the time that it takes to compare it."""
    return hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest()
