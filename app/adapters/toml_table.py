"""Reading a TOML table strictly: every key known, every value of its type, every fault named."""

from collections.abc import Iterable
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from app.adapters.errors import MappingError

Word = TypeVar("Word", bound=StrEnum)


class Table:
    """One table of a mapping file; `name` is "" for the top, else what stands in the brackets."""

    def __init__(self, data: dict[str, Any], name: str = "") -> None:
        self.data = data
        self.name = name

    def key(self, key: str) -> str:
        """How a fault names this key."""
        return f"[{self.name}] {key}" if self.name else key

    def check_keys(self, known: Iterable[str]) -> None:
        """MappingError for a key that is not known, with the nearest that is."""
        names = sorted(str(name) for name in known)
        for key in self.data:
            if key in names:
                continue
            near = get_close_matches(key, names, n=1)
            hint = f", did you mean {near[0]!r}?" if near else f"; known are {', '.join(names)}"
            raise MappingError(f"{self.key(key)}: unknown key{hint}")

    def text(self, key: str) -> str | None:
        """A text that is not blank, or None where the key is missing."""
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, str) or not value.strip():
            raise MappingError(f"{self.key(key)}: expected a text, found {value!r}")
        return value

    def required(self, key: str) -> str:
        """A text that must be there."""
        value = self.text(key)
        if value is None:
            raise MappingError(f"{self.key(key)}: is missing")
        return value

    def choice(self, key: str, choices: Iterable[str]) -> str | None:
        """One of the given texts, or None where the key is missing."""
        value = self.text(key)
        options = list(choices)
        if value is not None and value not in options:
            raise MappingError(f"{self.key(key)}: expected one of {', '.join(options)}, found {value!r}")
        return value

    def boolean(self, key: str, default: bool) -> bool:
        """True or false, or the default where the key is missing."""
        value = self.data.get(key, default)
        if not isinstance(value, bool):
            raise MappingError(f"{self.key(key)}: expected true or false, found {value!r}")
        return value

    def number(self, key: str, low: float, high: float) -> float | None:
        """A number from low to high, or None where the key is missing."""
        value = self.data.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise MappingError(
                f"{self.key(key)}: expected a number from {low:g} to {high:g}, found {value!r}"
            )
        return float(value)

    def names(self, key: str) -> tuple[str, ...]:
        """A list of texts, empty where the key is missing."""
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise MappingError(f"{self.key(key)}: expected a list of texts, found {value!r}")
        return tuple(value)

    def table(self, key: str) -> "Table":
        """A table below this one, empty where it is missing."""
        value = self.data.get(key, {})
        if not isinstance(value, dict):
            raise MappingError(f"{self.key(key)}: expected a table [{key}], found {value!r}")
        return Table(value, key)

    def words(self, key: str, vocabulary: type[Word]) -> dict[str, Word]:
        """A table of codes to words of one vocabulary."""
        below = self.table(key)
        found: dict[str, Word] = {}
        for code in below.data:
            word = below.required(code)
            try:
                found[code] = vocabulary(word)
            except ValueError as error:
                options = ", ".join(vocabulary)
                raise MappingError(
                    f"{below.key(repr(code))}: expected one of {options}, found {word!r}"
                ) from error
        return found
