"""Receive: a model's stream to text, with what it used and why it ended early, if it did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Self

from rag.errors import ModelError
from rag.types import Usage

NOTHING = Usage()
READ = 0.6  # of our count of a prompt's tokens: no tokenizer needs so few


class Reply:
    """Iterate it once for the text; after that the rest is known."""

    def __init__(self, pieces: Iterable[str | Usage], *, spent: Usage = NOTHING) -> None:
        self._pieces = pieces
        self.text = ""
        self.usage = spent
        """What this call used, and what was `spent` before it."""
        self._spent = spent
        self.incomplete = ""
        """Why the model stopped before its end; empty if it did not."""

    def begin(self) -> Self:
        """Wait for the first piece; raises what the server refuses the request with."""
        pieces = iter(self._pieces)
        first = next(pieces, None)
        self._pieces = pieces if first is None else chain([first], pieces)
        return self

    def find_truncation(self, sent: int) -> str:
        """What to tell of a server that read less than the `sent` tokens; "" if it read all, or does not say."""
        read = self.usage.prompt_tokens - self._spent.prompt_tokens
        if not 0 < read < READ * sent:
            return ""
        return (
            f"the server read only {read:,} of some {sent:,} tokens of the prompt: give the model a larger window, or "
            "lower PINCITE_CONTEXT_TOKENS"
        )

    def __iter__(self) -> Iterator[str]:
        """Raises `ModelError` if there was no text at all before it; text that did come ends without one."""
        begun, half = False, ""
        try:
            for piece in self._pieces:
                if isinstance(piece, Usage):
                    self.usage = self._spent + piece
                    continue
                text = half + piece
                half = text[-1:] if "\ud800" <= text[-1:] <= "\udbff" else ""  # the rest of it is in the next piece
                begun = begun or bool(text.strip())
                shown = _whole_characters(text.removesuffix(half))
                self.text += shown
                yield shown
        except ModelError as error:
            if not begun:
                raise
            self.incomplete = str(error)


def _whole_characters(text: str) -> str:
    """Two halves side by side become their character, a lone one U+FFFD."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
