"""Values of a property as clients write them: typed, checked, and only ever bound."""

import math
from datetime import datetime, timedelta
from typing import Any

from app.db.features import Kind
from app.domain.parameters import words
from app.domain.time import parse_instant
from app.maps.properties import Property

_MOST_WHOLE = 2**63 - 1
# QGIS writes an interval without a begin like this; before the year 1 there are no times here.
_OPEN_BEGIN = "0000-01-01T00:00:00Z"


def read_value(property_: Property, text: str) -> Any:
    """The value that a query's text means for a property. ValueError in words for the caller."""
    match property_.kind:
        case Kind.WHOLE | Kind.NUMBER:
            try:
                return typed(property_, float(text))
            except ValueError as error:
                raise ValueError(f"{property_.name} is a number, {text[:40]!r} is none") from error
        case Kind.TRUTH:
            if text not in ("true", "false"):
                raise ValueError(f"{property_.name} is true or false, not {text[:40]!r}")
            return text == "true"
        case Kind.INSTANT:
            return parse_instant(text)
        case _:
            return typed(property_, words(text))


def typed(property_: Property, value: Any) -> Any:
    """A value that may be compared with a property. ValueError in words where its type is another."""
    told = f"{value!r}"[:40]
    match property_.kind:
        case Kind.TEXT:
            if not isinstance(value, str):
                raise ValueError(f"{property_.name} is a text, {told} is none")
            if "\x00" in value:
                raise ValueError("a text has no zero character")
            if property_.words and value not in property_.words:
                raise ValueError(f"{property_.name}: {told} is none of {', '.join(property_.words)}")
        case Kind.TRUTH:
            if not isinstance(value, bool):
                raise ValueError(f"{property_.name} is true or false, not {told}")
        case Kind.INSTANT:
            if not isinstance(value, datetime):
                raise ValueError(f"{property_.name} is a time: write TIMESTAMP('2026-07-04T21:04:05Z')")
        case _:
            if isinstance(value, bool) or not isinstance(value, int | float):
                raise ValueError(f"{property_.name} is a number, {told} is none")
            if not math.isfinite(value) or abs(value) > _MOST_WHOLE:
                raise ValueError(f"{told} is no possible number")
    return value


def to_end_of_millisecond(moment: datetime) -> datetime:
    """Answers tell times to the millisecond, so whatever is told as a time is at it."""
    return moment + timedelta(microseconds=999) if moment.microsecond % 1000 == 0 else moment


def read_interval(text: str) -> tuple[datetime | None, datetime | None]:
    """An instant or a closed interval, None for an open end (OGC API - Features, 7.15.4). ValueError."""
    begin, slash, end = text.partition("/")
    if not slash:
        moment = parse_instant(begin)
        return moment, to_end_of_millisecond(moment)
    first = None if begin in ("", "..", _OPEN_BEGIN) else parse_instant(begin)
    last = None if end in ("", "..") else parse_instant(end)
    if first is not None and last is not None and last < first:
        raise ValueError("the interval ends before it begins")
    return first, None if last is None else to_end_of_millisecond(last)
