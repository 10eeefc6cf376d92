"""A feed's codes to the closed sets of the vocabulary, by the mapping's tables."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic

from app.adapters.convert import Word, normal


@dataclass(frozen=True, slots=True)
class WordTable(Generic[Word]):
    """Codes to words: exactly as written first, then without case and outer blanks, then our own spelling."""

    exact: Mapping[str, Word]
    folded: Mapping[str, Word]
    own: Mapping[str, Word]

    @classmethod
    def of(cls, words: type[Word], table: Mapping[str, Word]) -> "WordTable[Word]":
        """A table over one vocabulary; of codes that differ only in case the first counts."""
        folded: dict[str, Word] = {}
        for code, word in table.items():
            folded.setdefault(code.strip().casefold(), word)
        return cls(dict(table), folded, {word.value: word for word in words})

    def of_code(self, code: str) -> Word | None:
        """The word that the table gives for the agency's or vendor's code."""
        word = self.exact.get(code)
        return self.folded.get(code.strip().casefold()) if word is None else word

    def of_word(self, code: str) -> Word | None:
        """The word, from the table or because the feed already uses ours."""
        word = self.of_code(code)
        return self.own.get(normal(code)) if word is None else word
