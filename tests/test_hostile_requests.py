"""Requests that mean harm: each is refused, and reads, writes and runs nothing."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.chat_page import serving
from tests.test_browser import SCRIPTS, ScriptedAssistant

SECRET = "The secret of the library"
EVIL = {"Origin": "http://evil.example"}
NULL = {"Origin": "null"}
EMBEDDED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
JSON = {"Content-Type": "application/json"}
ASKED = json.dumps({"messages": [{"role": "user", "content": "Who visited Tehran?"}]}).encode()
ROUTES = (
    *("GET /", "GET /config", "GET /library", "GET /documents/x", "GET /conversations/x.md", "GET /v1/models"),
    *(
        "POST /v1/chat/completions",
        "POST /library/remove",
        "POST /library/dismiss",
        "PUT /library/files/a.txt",
        "POST /conversations/x/1/feedback",
    ),
    *("POST /gradio_api/queue/join", "POST /gradio_api/upload", "POST /gradio_api/mcp/", "GET /pincite/script.js"),
)


@dataclass(frozen=True)
class Attack:
    request: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def upload(*, parts: int, size: int, name: str = "a.txt") -> tuple[dict[str, str], bytes]:
    part = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n{"x" * size}\r\n'
    return {"Content-Type": "multipart/form-data; boundary=x"}, (part * parts + "--x--\r\n").encode()


ATTACKS = [
    *(Attack(route, EVIL) for route in ROUTES),
    *(Attack(route, NULL) for route in ROUTES if not route.startswith("GET")),
    *(Attack(f"GET {path}", {"Host": "evil.example"}) for path in ("/", "/library", "/documents/x", "/v1/models")),
    *(
        Attack(f"GET {path}", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})
        for path in ("/library", "/")
    ),
    *(
        Attack(f"GET {path}")
        for path in (
            *("/file=/etc/passwd", "/gradio_api/file=/etc/passwd", "/gradio_api/file={folder}/secret.txt"),
            *("/gradio_api/file=../../../../etc/passwd", "/gradio_api/file/etc/passwd", "/file/..%2f..%2fetc%2fpasswd"),
            *("/gradio_api/file=http://evil.example/a", "/gradio_api/proxy=http://evil.example/a"),
            *("/documents/..%2f..%2f..%2fetc%2fpasswd", "/documents/{folder}/secret.txt", "/documents/%00"),
            *("/documents/x?start=-1&end=2", "/documents/x?start=0&end=99999999999999999999", "/documents/x?start=a"),
            *("/conversations/..%2f..%2fsecret.md", "/conversations/..%2fsecret/1.json", "/conversations/%2e%2e/1.md"),
            *(
                "/conversations/20260101-000000-000000/1.exe",
                "/conversations/secret/1.md",
                "/pincite/..%2f..%2fbrowser.py",
            ),
            *("/pincite/browser.py", "/assets/..%2f..%2f..%2fetc%2fpasswd", "/static/..%2f..%2fetc%2fpasswd"),
        )
    ),
    Attack("POST /gradio_api/upload", *upload(parts=1, size=2_000_000)),
    Attack("POST /gradio_api/upload", *upload(parts=1_500, size=2)),
    Attack("POST /gradio_api/upload", *upload(parts=1, size=5_000, name="<script>alert(1)</script>" * 20)),
    Attack("POST /v1/chat/completions", JSON, b"[" * 100_000),
    Attack("POST /v1/chat/completions", JSON, ASKED.replace(b"Who", b"x" * 2_000_000)),
    Attack("POST /library/remove", JSON, b'{"id": {"$ne": ""}}'),
    Attack("POST /conversations/x/1/feedback", JSON, b'{"judgement": "<script>"}'),
    Attack("POST /library/dismiss", JSON, b'{"source": "/etc/passwd"}'),
    Attack("POST /library/dismiss", JSON, b'{"source": ["/etc/passwd"]}'),
    *(
        Attack(f"PUT /library/files/{name}", body=b"x")
        for name in (
            *("..%2f..%2fevil.txt", "%2e%2e%2fevil.txt", "..", ".ssh", "%2fetc%2fevil", "a%00.txt", "a%0a.txt"),
            *("..%5cevil.txt", "x" * 300 + ".txt", "a%E2%80%AEtxt.exe", ""),
        )
    ),
    Attack("POST /library/files/a.txt", *upload(parts=1_500, size=2)),
    Attack("PUT /documents/x"),
    Attack("DELETE /conversations/x.md"),
]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[ScriptedAssistant, str, Path]]:
    folder = tmp_path_factory.mktemp("kept")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    (folder / "secret.jsonl").write_text(json.dumps({"title": SECRET}) + "\n", encoding="utf-8")
    assistant = ScriptedAssistant(SCRIPTS)
    with serving(assistant, folder=folder) as address:
        yield assistant, address, folder


@pytest.mark.parametrize(
    "attack", ATTACKS, ids=lambda attack: f"{attack.request[:60]} {[*attack.headers.values()][:1]}"
)
def test_a_hostile_request_is_refused_and_does_nothing(
    served: tuple[ScriptedAssistant, str, Path], attack: Attack
) -> None:
    assistant, address, folder = served
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    method, path = attack.request.replace("{folder}", str(folder)).split(" ")
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    try:
        connection.request(method, path, body=attack.body or None, headers=attack.headers)
        reply = connection.getresponse()
        said = reply.read()
    except (BrokenPipeError, ConnectionResetError):  # it was not read to its end
        said, status = b"", 400
    else:
        status = reply.status
    finally:
        connection.close()
    assert 400 <= status < 500
    assert [word for word in (SECRET.encode(), b"root:", b"def build_app") if word in said] == []
    assert b"<script>alert" not in said
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert assistant.histories == []


def test_there_are_forty_and_an_honest_request_is_answered(served: tuple[ScriptedAssistant, str, Path]) -> None:
    _, address, _ = served
    assert len(ATTACKS) >= 40
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=20)
    connection.request("POST", "/v1/chat/completions", body=ASKED, headers={"Origin": address.rstrip("/")})
    assert connection.getresponse().status == 200
    connection.close()
