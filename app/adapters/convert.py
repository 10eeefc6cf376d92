"""One value of a feed to one value of a record. Every function raises Unusable with the reason in words.

Feeds write numbers and truth values as text as often as not; both spellings are read. A truth value is no
number. Where a value is kept after a change (a text cut to its limit), Altered carries it and the reason.
"""

import math
import re
from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from app.adapters.errors import Altered, Unusable
from app.domain.time import EPOCH, TimeError, parse_instant

Convert = Callable[[Any], Any]
Word = TypeVar("Word", bound=StrEnum)

MAX_ID = 255
MAX_TEXT = 255
MAX_ADDRESS = 500
MAX_NARRATIVE = 20_000
MAX_URL = 2_000
MAX_ROUNDS = 10_000
MAX_UNCERTAINTY_M = 100_000.0
MAX_REVISION = 2**62
MAX_RESPONDERS = 50
# Beyond this many bits Python refuses to write an integer out, and no feed means it.
_MAX_INTEGER_BITS = 1_024
_DECIMAL = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_CONTROL_BUT_LINES = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_URL = re.compile(
    r"https?://[^\s\x00-\x20\x7f-\x9f\ud800-\udfff/?#]+[^\s\x00-\x20\x7f-\x9f\ud800-\udfff]*", re.I
)
_TRUE = frozenset({"true", "yes", "y", "t", "1"})
_FALSE = frozenset({"false", "no", "n", "f", "0"})


def identifier(value: Any) -> str:
    """A text or an integer as the record's id: 1 to 255 characters, kept to the letter."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise Unusable("must be a text or an integer")
    if isinstance(value, int):
        if value.bit_length() > _MAX_INTEGER_BITS:
            raise Unusable(f"must have 1 to {MAX_ID} characters")
        value = str(value)
    if not 1 <= len(value) <= MAX_ID:
        raise Unusable(f"must have 1 to {MAX_ID} characters")
    if _CONTROL.search(value):
        raise Unusable("must not contain control characters or broken Unicode")
    return str(value)


def instant(time_zone: ZoneInfo | None, ambiguous_time: str | None) -> Convert:
    """A converter of RFC 3339 text to an aware datetime in UTC; the mapping's zone where it has no offset."""

    def convert(value: Any) -> datetime:
        if not isinstance(value, str):
            raise Unusable("must be a date and time as text, like 2026-07-04T21:04:05-05:00")
        try:
            return parse_instant(value, time_zone=time_zone, ambiguous_time=ambiguous_time)
        except TimeError as error:
            raise Unusable(_UNSTORABLE.sub("\ufffd", str(error))) from error

    return convert


def plausible(moment: datetime, latest: datetime) -> None:
    """Unusable for a time before 1970 or after `latest`."""
    if moment > latest:
        raise Unusable(f"{moment.isoformat()} lies in the future")
    if moment < EPOCH:
        raise Unusable(f"{moment.isoformat()} lies before 1970")


def number(value: Any) -> float:
    """A finite float from a number or its decimal text."""
    kind = type(value)
    if kind is float:
        result = value
    elif kind is int:
        result = float(value) if value.bit_length() <= _MAX_INTEGER_BITS - 1 else math.inf
    elif kind is str:
        text = value.strip()
        if len(text) > 64 or not _DECIMAL.fullmatch(text):
            raise Unusable("is not a number")
        result = float(text)
    else:
        raise Unusable("is not a number")
    if not math.isfinite(result):
        raise Unusable("is not a finite number")
    return float(result)


def ranged(low: float, high: float, unit: str = "") -> Convert:
    """A converter to a number from low to high, both included."""

    def convert(value: Any) -> float:
        result = number(value)
        if not low <= result <= high:
            raise Unusable(f"{result:g} is not within {low:g} to {high:g}{unit}")
        return result

    return convert


def integer(low: int, high: int) -> Convert:
    """A converter to a whole number from low to high: 3, "3" and 3.0 are, 3.5 is not."""

    def convert(value: Any) -> int:
        if type(value) is int:
            whole = value
        elif type(value) is str and value.strip().isascii() and value.strip().isdigit() and len(value) < 40:
            whole = int(value)
        else:
            decimal = number(value)
            if not decimal.is_integer():
                raise Unusable(f"{decimal:g} is not a whole number")
            whole = int(decimal)
        if not low <= whole <= high:
            raise Unusable(f"is not within {low} to {high}")
        return whole

    return convert


def truth(value: Any) -> bool:
    """True and false, also as yes/no, y/n, 1/0 in text or numbers."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    word = value.strip().lower() if isinstance(value, str) else None
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise Unusable("is neither true nor false")


def text(limit: int, *, lines: bool = False) -> Convert:
    """A converter to a text of at most `limit` characters without control characters.

    With `lines`, line ends and tabs stay. What a database cannot hold (NUL, half a surrogate pair)
    becomes the replacement character.
    """
    pattern = _CONTROL_BUT_LINES if lines else _CONTROL

    def convert(value: Any) -> str:
        if type(value) is not str:
            value = _number_as_text(value)
        value = value.strip() if not lines else value
        reason = None
        if pattern.search(value):
            value = pattern.sub(" ", _UNSTORABLE.sub("\ufffd", value))
            reason = "control characters or broken Unicode were replaced"
        if len(value) > limit:
            value = value[:limit]
            reason = f"was cut to {limit} characters"
        if reason is not None:
            raise Altered(value, reason)
        return str(value)

    return convert


def url(value: Any) -> str:
    """An http or https address."""
    address = value.strip() if isinstance(value, str) else ""
    if len(address) > MAX_URL or not _URL.fullmatch(address):
        raise Unusable("is not an http or https address")
    return str(address)


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts, or one text split at commas and semicolons."""
    items = re.split("[,;]", value) if isinstance(value, str) else value
    if not isinstance(items, list):
        raise Unusable("must be a list of texts, or one text with commas")
    convert = text(MAX_TEXT)
    kept, reason = [], None
    for item in items:
        try:
            kept.append(convert(item))
        except Altered as altered:
            kept.append(str(altered.value))
            reason = str(altered)
        except Unusable:
            reason = "an item that is no text was dropped"
    named = tuple(item for item in kept if item)
    if len(named) > MAX_RESPONDERS:
        named, reason = named[:MAX_RESPONDERS], f"was cut to {MAX_RESPONDERS} items"
    if reason is not None:
        raise Altered(named or None, reason)
    return named


def normal(code: str) -> str:
    """A code as our words are spelled: lower case, blanks and hyphens as underscores."""
    return code.strip().lower().replace(" ", "_").replace("-", "_")


def _number_as_text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise Unusable("is not a text")
    if isinstance(value, int):
        if value.bit_length() > _MAX_INTEGER_BITS:
            raise Unusable("is not a text")
        return str(value)
    return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
