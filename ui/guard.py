"""Guard: a site to one that answers only its own pages, and whose pages may run and load only what is ours."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio sets styles inline, and scripts too in its one page: those are named by their hashes. No eval.
POLICY = (
    "default-src 'self'; script-src 'self' {scripts}; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; object-src 'none'; base-uri 'self'; form-action 'none'; frame-ancestors 'none'"
)
PRIVATE = ("/documents/", "/conversations/", "/library", "/v1/")
"""What no browser is to keep."""
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\bsrc=)[^>]*>(.*?)</script>", re.DOTALL)


def guard_site(site: Starlette, *, hosts: Sequence[str]) -> None:
    """Refuse what another site asks for or asks of another host, and tell the browser what a page of ours may do."""
    site.add_middleware(TrustedHostMiddleware, allowed_hosts=hosts)
    site.add_middleware(guard_app)  # the last comes first: what the other refuses has its headers too


def guard_app(app: ASGIApp) -> ASGIApp:
    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        own = f"http://{asked.get('host')}"
        answer = app
        is_embedded = asked.get("sec-fetch-site") == "cross-site" and asked.get("sec-fetch-mode") != "navigate"
        if asked.get("origin", own) != own or is_embedded:
            answer = PlainTextResponse("Another site may not ask Pincite.", status_code=403)
        await answer(scope, receive, add_policy(send, path=scope["path"]))

    return guarded


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
