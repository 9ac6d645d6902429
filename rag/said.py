"""Prove: a text to what it says, as words, names and figures for the checks to compare."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from rag.amounts import Amount, amounts_of
from rag.lexicon import CONNECTIVES, SIGNS
from rag.roots import nation_of, root_of
from rag.words import AS_WRITTEN, capitalised_of, figures_of, names_of, words_of


@dataclass(frozen=True)
class Said:
    """What a text says, as the checks need it."""

    text: str

    @cached_property
    def words(self) -> list[str]:
        return words_of(self.text)

    @cached_property
    def roots(self) -> frozenset[str]:
        signs = (word for sign, word in SIGNS.items() if sign in self.text)
        return frozenset(map(root_of, [*self.words, *signs]))

    @cached_property
    def names(self) -> frozenset[str]:
        return frozenset(map(nation_of, names_of(self.text)))

    @cached_property
    def openers(self) -> frozenset[str]:
        """Words with a capital only because they open a sentence, or names: "Putin visited Tehran"."""
        return frozenset(map(nation_of, capitalised_of(self.text) - CONNECTIVES)) - self.names

    @cached_property
    def held(self) -> frozenset[str]:
        """The words as they are, for names: "Adams" is not "Adam"."""
        return frozenset(map(nation_of, self.words))

    @cached_property
    def common(self) -> frozenset[str]:
        """The roots of all that is no name."""
        names = names_of(self.text)
        return frozenset(root_of(word) for word in self.words if word not in names)

    def written(self, word: str) -> str:
        """A word, or what it stands for, as the text has it."""
        return next((each for each in AS_WRITTEN.findall(self.text) if word in map(nation_of, words_of(each))), word)

    @cached_property
    def amounts(self) -> list[Amount]:
        return amounts_of(self.text)

    @cached_property
    def figures(self) -> frozenset[str]:
        return frozenset({amount.value for amount in self.amounts} | figures_of(self.text))
