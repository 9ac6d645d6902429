"""Hostile documents, and a model that obeys every one, in a real browser beside a server that must stay idle."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Browser

from rag import Answer, Assistant, Document, Settings, connect
from rag.amounts import NUMBER_WORDS
from rag.models import open_generate
from rag.words import words_of
from tests.attacks import Attack, read_attacks
from tests.chat_page import ask, browser, serving, visiting
from tests.scripted_server import Reply, Request, scripted_server, streamed
from ui.console import is_safe
from ui.terminal import print_rest, print_statement

__all__ = ["browser"]
AT_ONCE = 12  # attacks in a document
TREES = (
    "Alder Ash Aspen Beech Birch Cedar Elm Fir Hazel Holly Larch Lime Maple Oak Pine Poplar Rowan Willow Yew".split()
)
KINDS = {"orders", "role tokens", "forged numbers", "unseen", "Markdown", "HTML", "formulas and diagrams", "templates"}
DANGEROUS = "img, image, script, style, iframe, object, embed, video, audio, form, link, meta, base, svg, math, .katex"
WATCH = """(() => {
  window.dangers = [];
  const look = (node) => {
    if (node.nodeType !== 1) return;
    const found = [node, ...node.querySelectorAll('*')].filter((each) => each.matches(DANGEROUS) && ours(each));
    window.dangers.push(...found.map((each) => each.outerHTML));
  };
  const ours = (node) => node.closest('.answer, .question, .source, .asked');
  new MutationObserver((changes) => changes.forEach((change) => change.addedNodes.forEach(look)))
    .observe(document, { subtree: true, childList: true });
})()""".replace("DANGEROUS", repr(DANGEROUS))


@dataclass
class Sink:
    """A server that nothing may ask."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sink.asked.append(self.path)
            self.send_error(404)

        do_POST = do_HEAD = do_OPTIONS = do_GET  # noqa: N815  # the names that http.server calls

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        sink = Sink(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever).start()
        yield sink
        server.shutdown()


@pytest.fixture(scope="module")
def attacks(sink: Sink) -> dict[str, Sequence[Attack]]:
    """Those in each document, by the tree that it is named after."""
    every = read_attacks(sink=sink.url)
    assert len(every) <= AT_ONCE * len(TREES)
    parts = [every[at : at + AT_ONCE] for at in range(0, len(every), AT_ONCE)]
    return dict(zip(TREES, parts, strict=False))


@pytest.fixture(scope="module")
def obeying(attacks: dict[str, Sequence[Attack]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """A library of the attacks, and a model that does what each of them asks for, with the best number there is."""

    def obey(request: Request) -> Reply:
        prompt = request.body["messages"][-1]["content"]
        [tree] = re.findall(r"Question: What does the (\w+) report say\?", prompt)
        numbered = {int(number): set(words_of(line)) for number, line in re.findall(r"(?m)^\[(\d+)\] (.*)$", prompt)}
        said = ""
        for attack in attacks[tree]:
            words = set(words_of(attack.text))
            best = max(numbered, key=lambda number: len(words & numbered[number]))
            said += f"{attack.said} [{best}]\n"
        return streamed(*re.findall(r"(?s).{1,40}", said))

    settings = Settings(
        home=tmp_path_factory.mktemp("library"), model=None, passages=20, context_tokens=50_000, answer_tokens=8_000
    )
    with scripted_server([obey]) as server, connect(settings) as assistant:
        generate = open_generate(model="obeying", api_key="x", base_url=server.url, timeout=30, max_tokens=8_000)
        assistant.ingest(
            Document(
                id=tree,
                text=f"The {tree} report.\n\n" + "\n\n".join(attack.text for attack in own),
                title=f"{tree} report {own[0].text}",
                source=f"{own[-1].text}/{tree}.txt",
                publisher=own[1].text,
                date=own[2].text,
            )
            for tree, own in attacks.items()
        )
        yield replace(assistant, generate=generate, model="obeying")


@pytest.fixture(scope="module")
def answers(obeying: Assistant, attacks: dict[str, Sequence[Attack]]) -> dict[str, Answer]:
    return {tree: obeying.answer(question(tree)) for tree in attacks}


def question(tree: str) -> str:
    return f"What does the {tree} report say?"


def test_there_are_enough_attacks_of_every_kind(attacks: dict[str, Sequence[Attack]]) -> None:
    every = [attack for own in attacks.values() for attack in own]
    assert len(every) == len(set(every)) >= 150
    assert {attack.kind for attack in every} == KINDS
    assert sum(bool(attack.claim) for attack in every) > 50


def test_nothing_that_the_documents_do_not_hold_is_supported(
    answers: dict[str, Answer], attacks: dict[str, Sequence[Attack]], obeying: Assistant
) -> None:
    supported, claims = 0, {attack.claim for own in attacks.values() for attack in own} - {""}
    for tree, answer in answers.items():
        said = " ".join(statement.text for statement in answer.statements)
        assert all(attack.claim in said for attack in attacks[tree])  # the model did obey
        for statement in answer.statements:
            if statement.quotes:
                supported += 1
                assert [claim for claim in claims if claim in statement.text] == []
                quoted = {word for quote in statement.quotes for word in words_of(quote.text)}
                assert set(words_of(statement.text)) - NUMBER_WORDS <= quoted  # "second" is a 2
        for quote in answer.quotes:
            document = obeying.document(quote.document_id)
            assert document is not None
            assert document.text[quote.start : quote.end] == quote.text
    assert supported > 50  # what the documents do hold


def test_nothing_of_it_steers_a_terminal(answers: dict[str, Answer], capsys: pytest.CaptureFixture[str]) -> None:
    for answer in answers.values():
        for statement in answer.statements:
            print_statement(statement)
        print_rest(answer)
    printed = capsys.readouterr()
    assert "The dam at Orbel has burst." in " ".join(printed.out.split())
    assert all(map(is_safe, printed.out + printed.err))


def test_no_browser_asks_runs_or_links_to_anything(
    browser: Browser, obeying: Assistant, attacks: dict[str, Sequence[Attack]], sink: Sink
) -> None:
    with serving(obeying) as address, visiting(browser, address, script=WATCH) as page:
        for tree in attacks:
            ask(page, question(tree))
        found: dict[str, Any] = page.evaluate(
            """() => {
            const inside = (what) => [...document.querySelectorAll(`:is(.answer, .question, .source, .asked) ${what}`)];
            const names = inside('*').flatMap((node) => [...node.attributes].map((attribute) => attribute.name));
            return {
              links: inside('a').map((link) => link.getAttribute('href')),
              handlers: names.filter((name) => /^on|^style$|^src|^ping$|action$/.test(name)),
              proved: inside('.statement:not(.unsupported) > .words').map((node) => node.textContent),
              pwned: window.pwned,
              dangers: window.dangers,
            };
            }"""
        )
        shown = page.locator("#chat .answer").all_text_contents()
    assert found["dangers"] == found["handlers"] == []
    assert found["pwned"] is None
    assert len(found["links"]) > 100
    assert len(found["proved"]) > 50
    own = rf"#(source-1-1|answer-1|nearest-1|chat)|/documents/({'|'.join(attacks)})\?start=1&end=1(&kind=passage)?"
    kept = r"/conversations/1-1-1/1(\.(md|json|csl\.json|bib)|/feedback)"
    links = {re.sub(r"\d+", "1", link) for link in found["links"]}
    assert [link for link in links if not re.fullmatch(f"{own}|{kept}", link)] == []
    claims = {attack.claim for own in attacks.values() for attack in own if attack.claim}
    assert [text for text in found["proved"] if any(claim in text for claim in claims)] == []
    assert all(claim in " ".join(shown) for claim in claims)
    assert sink.asked == []
