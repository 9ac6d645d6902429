"""Guard: a site to one that answers only its own pages, and whose pages may run and load only what is ours."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HOST = "127.0.0.1"
# Gradio sets styles inline, and scripts too in its one page: those are named by their hashes. No eval.
POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
)
PRIVATE = ("/documents/", "/conversations/", "/library", "/v1/", "/gradio_api/mcp")
"""What no browser is to keep."""
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Gate:
    """The names under which the site is asked. By a name of its own another site could make browsers ask for it."""

    hosts: tuple[str, ...] = (HOST, "localhost")
    any_address: bool = False
    """Also every IP address: such a name nobody else can own."""
    origins: tuple[str, ...] = ()
    """Where pages of ours come from besides, `https://pincite.example.org`: a proxy stands before the site there."""

    @property
    def schemes(self) -> dict[str, str]:
        """Of the `origins`, by host: what the proxy is asked by, and not what it asks by."""
        return {parts.netloc: parts.scheme for parts in map(urlsplit, self.origins)}

    def admits(self, host: str) -> bool:
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:  # no address at all
            return False
        return name in self.hosts or (self.any_address and _is_address(name))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def guard_site(site: Starlette, gate: Gate) -> None:
    """Refuse what another site asks for or asks of another host, and tell the browser what a page of ours may do."""
    site.add_middleware(guard_app, gate=gate)


def guard_app(app: ASGIApp, gate: Gate) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        if scope["type"] == "http":
            scope["scheme"] = gate.schemes.get(Headers(scope=scope).get("host", ""), scope["scheme"])
        await find_refusal(scope, gate, app)(scope, receive, add_policy(send, path=scope["path"]))

    return guarded


def find_refusal(scope: Scope, gate: Gate, app: ASGIApp) -> ASGIApp:
    """What answers the request: the app, or a refusal in its place."""
    asked = Headers(scope=scope)
    host = asked.get("host", "")
    if not gate.admits(host):
        return PlainTextResponse("Pincite is not at this address.", status_code=400)
    own = (f"{scope['scheme']}://{host}", *gate.origins)
    is_embedded = asked.get("sec-fetch-site") == "cross-site" and asked.get("sec-fetch-mode") != "navigate"
    if asked.get("origin", own[0]) not in own or is_embedded:
        return PlainTextResponse("Another site may not ask Pincite.", status_code=403)
    return app


def add_policy(send: Send, *, path: str) -> Send:
    """Hold each response's head until its first piece is there, for the hashes of the scripts in Gradio's page."""
    head: Message = {}

    async def send_with_policy(message: Message) -> None:
        nonlocal head
        if message["type"] == "http.response.start":
            head = message
            return
        if head:
            headers = MutableHeaders(scope=head)
            page = message.get("body", b"") if path == "/" else b""
            headers["Content-Security-Policy"] = POLICY.format(scripts=hash_scripts(page))
            headers["Cross-Origin-Resource-Policy"] = "same-origin"
            if path.startswith(PRIVATE):
                headers["Cache-Control"] = "no-store"
            headers["X-Content-Type-Options"] = "nosniff"
            headers["Referrer-Policy"] = "no-referrer"
            await send(head)
            head = {}
        await send(message)

    return send_with_policy


def hash_scripts(page: bytes) -> str:
    digests = (hashlib.sha256(script).digest() for script in INLINE_SCRIPT.findall(page))
    return " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
