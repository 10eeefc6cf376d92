"""The parameters of a query: one table reads them, refuses what is wrong, and documents them. Pure."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from app.core.errors import InvalidParameterError
from app.domain.time import parse_instant

MOST_CHARACTERS = 200
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LOST_PLUS = re.compile(r" (?=\d{2}:?\d{2}$)")
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")

Read = Callable[[str], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter. `read` raises ValueError in words for the caller; `many`: a comma list, or repeated."""

    name: str
    description: str
    read: Read
    schema: Mapping[str, Any] = field(default_factory=lambda: {"type": "string"})
    many: bool = False

    def document(self) -> dict[str, Any]:
        """The parameter as OpenAPI describes it."""
        schema: Mapping[str, Any] = {"type": "array", "items": self.schema} if self.many else self.schema
        described = {"name": self.name, "in": "query", "description": self.description, "schema": schema}
        return {**described, "style": "form", "explode": False} if self.many else described


def read_parameters(parameters: Sequence[Parameter], given: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """The values of a query by name, without those not given. InvalidParameterError names each wrong one."""
    texts: dict[str, list[str]] = {}
    for name, text in given:
        texts.setdefault(name, []).append(text)
    known = {parameter.name: parameter for parameter in parameters}
    values: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, listed in texts.items():
        if name not in known:
            problems[name] = _unknown(name, list(known))
            continue
        try:
            values[name] = _read(known[name], listed)
        except ValueError as error:
            problems[name] = str(error)
    if problems:
        raise InvalidParameterError(
            "; ".join(f"{_shown(name)}: {reason}" for name, reason in problems.items()),
            errors=[
                {"pointer": f"/query/{_shown(name)}", "reason": reason} for name, reason in problems.items()
            ],
        )
    return values


def whole_number(least: int, most: int) -> Read:
    """A whole number within bounds."""

    def read(text: str) -> int:
        if _WHOLE_NUMBER.fullmatch(text) is None or not least <= int(text) <= most:
            raise ValueError(f"expected a whole number from {least:,} to {most:,}")
        return int(text)

    return read


def word_parameter(
    name: str, description: str, of: type[StrEnum] | Sequence[str], *, default: str | None = None
) -> Parameter:
    """A parameter that is one word of a closed set."""
    known = [str(word) for word in of]

    def read(text: str) -> str:
        if text not in known:
            raise ValueError(f"{_shown(text)!r} is none of {', '.join(known)}")
        return text

    schema = {"type": "string", "enum": known, **({"default": default} if default else {})}
    return Parameter(name=name, description=description, read=read, schema=schema)


def words_parameter(name: str, description: str, of: type[StrEnum] | Sequence[str]) -> Parameter:
    """A parameter that is one or several words of a closed set."""
    return replace(word_parameter(name, description, of), many=True)


def yes_or_no(text: str) -> bool:
    """`true` or `false`."""
    if text not in ("true", "false"):
        raise ValueError("expected true or false")
    return text == "true"


def words(text: str) -> str:
    """Some text to look for."""
    if not text.strip():
        raise ValueError("is empty")
    if len(text) > MOST_CHARACTERS:
        raise ValueError(f"is longer than {MOST_CHARACTERS} characters")
    if _CONTROL.search(text):
        raise ValueError("has control characters in it")
    return text.strip()


def instant(text: str) -> datetime:
    """A time with its offset; a raw `+` in an address arrives as a blank, which is read as one."""
    return parse_instant(_LOST_PLUS.sub("+", text))


AS_OF = Parameter(
    name="as_of",
    description="As it was known at this time, which may not lie in the future; unless told, as it is now.",
    read=instant,
    schema={"type": "string", "format": "date-time"},
)


def moment_asked(values: Mapping[str, Any], now: datetime) -> datetime | None:
    """The time of `as_of` to its millisecond's end; None: now is meant. InvalidParameterError if yet to come.

    Answers tell times to the millisecond, so what changed at a time that one tells was known at it.
    """
    asked: datetime | None = values.get(AS_OF.name)
    if asked is None:
        return None
    if asked > now:
        reason = "lies in the future"
        raise InvalidParameterError(
            f"{AS_OF.name}: {reason}", errors=[{"pointer": f"/query/{AS_OF.name}", "reason": reason}]
        )
    return asked.replace(microsecond=asked.microsecond // 1000 * 1000 + 999)


def _read(parameter: Parameter, texts: Sequence[str]) -> Any:
    if parameter.many:
        return tuple(
            dict.fromkeys(parameter.read(part.strip()) for text in texts for part in text.split(","))
        )
    if len(texts) > 1:
        raise ValueError("is given more than once")
    return parameter.read(texts[0])


def _unknown(name: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, known, n=1)
    hint = f"; did you mean {close[0]}?" if close else f"; known are {', '.join(known)}"
    return f"there is no such parameter{hint}"


def _shown(text: str) -> str:
    return _CONTROL.sub("?", text[:64])
