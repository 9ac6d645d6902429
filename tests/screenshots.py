"""Photographs the pages for the README: `python -m tests.screenshots` writes docs/screenshots/.

Light and dark, desktop and phone: the chat before the first question, an answer, the source beside it, the library.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from rag import Assistant, Document, Settings, connect, example_questions, ingest_seeds
from tests.chat_page import Scheme, ask, serving, visiting

FOLDER = Path(__file__).parents[1] / "docs" / "screenshots"
SIZES = {"desktop": 1280, "phone": 390}
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
QUESTION = "Who visited Tehran?"
OTHERS = [
    Document(
        title=title,
        publisher=publisher,
        date=date,
        source=source,
        text=f"{title}. " + "The council met in the town hall, heard both sides, and put off its decision. " * length,
    )
    for title, publisher, date, source, length in (
        ("Council puts off the harbour bridge", "Harwick Evening Post", "2024-03-18", "press/bridge.html", 6),
        ("Annual report of the harbour board", "Harbour Board", "2023", "reports/harbour-2023.pdf", 60),
        ("Minutes of the planning committee", "", "2024-02-27", "minutes/2024-02-27.docx", 25),
        ("港湾委員会の年次報告", "港湾委員会", "2022-11", "reports/2022-ja.pdf", 12),
        ("محضر لجنة التخطيط", "لجنة التخطيط", "2024-01-09", "minutes/2024-01-09.docx", 9),
    )
]


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    args = ["--no-sandbox", "--disable-gpu"]
    with a_library() as assistant, sync_playwright() as playwright, TemporaryDirectory() as place:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=args)
        with serving(assistant, examples=example_questions(assistant), folder=Path(place)) as address:
            for device, width in SIZES.items():
                for scheme in SCHEMES:
                    with visiting(browser, address, width=width, scheme=scheme) as page:
                        photograph(page, address, f"{device}-{scheme}")
        browser.close()


@contextmanager
def a_library() -> Iterator[Assistant]:
    with TemporaryDirectory() as home, connect(Settings(home=Path(home), model=None)) as assistant:
        ingest_seeds(assistant)
        assistant.ingest(OTHERS)
        yield assistant


def photograph(page: Page, address: str, kind: str) -> None:
    keep(page, f"empty-{kind}")
    answer = ask(page, QUESTION)
    if kind.startswith("desktop"):  # on a phone the source stands below
        answer.locator("a.citation").first.click()
    keep(page, f"answer-{kind}")
    page.get_by_role("link", name="Read it in the document").first.click()
    page.locator("#reader mark").first.wait_for()
    keep(page, f"source-{kind}")
    page.goto(f"{address}library")
    keep(page, f"library-{kind}")


def keep(page: Page, name: str) -> None:
    page.mouse.move(0, 0)
    page.wait_for_timeout(600)
    picture = Image.open(BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(FOLDER / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
