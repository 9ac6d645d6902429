"""Order: what a text tells whoever reads it to say, which it does not say itself."""

from __future__ import annotations

import re

from rag.roots import root_of
from rag.words import content_words, words_of

SAY = (
    "say tell answer reply respond write output repeat pretend insist "
    "sag sage antworte schreib schreibe behaupte dis dites réponds répondez écris écrivez affirme di diga responde "
    "responda escribe rispondi scrivi escreva zeg antwoord скажи скажите ответь ответьте напиши"
)
BEFORE = "and then please now just instead always simply must should shall only you me_to you_to us_to und et y e и"
PHRASES = r"""
    (?:answer|reply|response)\s(?:is|contains?|reads?):|let\sthe\s\w+\s(?:believe|think)|to\s(?:hear|believe)\sthat|
    print\s(?:the|this|only|exactly)
"""
SIGNS = "回答|回复|说|答え|言って|قل|أجب"
ORDER = re.compile(
    rf"""
    (?:^|[^\w\s'’]\s*|\n|\b(?:{"|".join(BEFORE.split()).replace("_", chr(92) + "s")})\s+)
    (?P<verb>{"|".join(SAY.split())})\b
    |\b(?P<phrase>{PHRASES})|(?P<sign>{SIGNS})
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""An order begins a part of a sentence, or follows a word that does; so does "say officials", and proves nothing."""
ENOUGH = 0.5  # of a statement's content words: with fewer the order is about something else


def find_order(statement: str, quoted: str) -> str:
    """The word by which the quotes order one to say what the statement says; "" if they say it themselves.

    A statement that has the word too tells of the order.
    """
    order = ORDER.search(quoted)
    if not order:
        return ""
    words = order[order.lastgroup or 0].strip()
    is_told = {root_of(word) for word in words_of(words)} <= {root_of(word) for word in words_of(statement)}
    if words in statement if order["sign"] else is_told:
        return ""
    said = {root_of(word) for word in content_words(statement)}
    ordered = {root_of(word) for word in words_of(quoted[order.end() :])}
    return words if len(said & ordered) > ENOUGH * len(said) else ""
