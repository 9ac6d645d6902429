"""A program to be killed: ingests, removes or rebuilds without end, and says what is done.

python -m tests.durability.victim HOME ingest|remove|rebuild FIRST
"""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

from rag import Document
from tests.test_ingest import assembled, embed_by_hash

AT_ONCE = 5  # documents


def text_of(id: str) -> str:
    """Some passages, different for every document."""
    number = int(id)
    return "\n\n".join(f"Sentence {line} of document {number}. " * 30 for line in range(1 + number % 7))


def main(home: str, doing: str, first: str) -> None:
    with assembled(Path(home), embed_by_hash) as assistant:
        assistant.library.level()
        say("ready")
        if doing == "ingest":
            for at in count(int(first), AT_ONCE):
                documents = [Document(id=f"{n}", text=text_of(f"{n}")) for n in range(at, at + AT_ONCE)]
                assistant.ingest(documents)
                say(*(document.id for document in documents))
        elif doing == "remove":
            for document in assistant.documents():
                say(f"?{document.id}")  # it may be gone from now on
                assistant.remove(document.id)
                say(document.id)
        else:
            for at in count():
                assistant.library.rebuild()
                say(f"{at}")


def say(*words: str) -> None:
    print(*words, sep="\n", flush=True)  # noqa: T201  # to the test that kills it


if __name__ == "__main__":
    main(*sys.argv[1:])
