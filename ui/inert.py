"""Escape: the words of documents, models and users to HTML in which none of them is code."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

KEPT_FORMATS = "\u200c\u200d"  # the joiners that Persian and the scripts of India need
LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c\x85\u2028\u2029]")


@lru_cache(maxsize=4096)  # a conversation is shown anew with every word of its last answer
def escape(text: str) -> str:
    """`text` as inert HTML on one line, which is inert Markdown too: every ASCII punctuation mark is an entity."""
    return "".join(map(_escape_character, visible(text)))


def visible(text: str) -> str:
    """Its lines, without control, direction and invisible characters: they could reorder or hide their neighbours."""
    text = LINE_ENDS.sub("\n", text)
    return text.translate({ord(character): _seen(character) for character in set(text)})


def _seen(character: str) -> str:
    if character in KEPT_FORMATS or character in "\n\t":
        return character
    return {"Cc": "", "Cf": "", "Cs": "\ufffd"}.get(unicodedata.category(character), character)


def _escape_character(character: str) -> str:
    if character == "\n":
        return "&#10;"  # a real line break could end the block and start a Markdown one
    if character == "\t":
        return " "
    return f"&#{ord(character)};" if character.isascii() and not character.isalnum() and character != " " else character


def isolate(text: str) -> str:
    """Escaped, and unable to turn the direction of the text around it."""
    return f"<bdi>{escape(text)}</bdi>"
