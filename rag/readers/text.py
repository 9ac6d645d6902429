"""Read plain text: bytes to a document."""

from __future__ import annotations

from rag.readers.articles import divide
from rag.readers.decoding import decode
from rag.readers.details import find_details
from rag.types import Document


def read_text(content: bytes) -> Document:
    text, encoding = decode(content)
    title, date, publisher, author = find_details(text)
    document = Document(text=text, title=title, date=date, publisher=publisher, author=author, encoding=encoding)
    return divide(document)
