"""From when until when a zone holds, as the properties of a file tell it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.domain.time import parse_instant

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_FROM, _TO = "valid_from", "valid_to"


@dataclass(frozen=True, slots=True)
class Validity:
    """A zone holds from `valid_from` until before `valid_to`, in UTC; None: without end on that side."""

    valid_from: datetime | None
    valid_to: datetime | None


ALWAYS = Validity(None, None)


def read_validity(properties: Mapping[str, Any], time_zone: ZoneInfo) -> Validity:
    """The properties `valid_from` and `valid_to`, in whatever case: times with an offset, or dates.

    A date is its midnight in `time_zone`, so the day of `valid_to` is left out. ValueError with the reason,
    because a zone that held at another time than it says would be counted where it was not.
    """
    told = {name.casefold(): value for name, value in properties.items()}
    valid_from, valid_to = (_read(name, told.get(name), time_zone) for name in (_FROM, _TO))
    if valid_from is not None and valid_to is not None and valid_from >= valid_to:
        raise ValueError(f"{_TO} is not after {_FROM}")
    return Validity(valid_from, valid_to)


def _read(name: str, value: Any, time_zone: ZoneInfo) -> datetime | None:
    if value is None or value == "":
        return None
    text = value.strip() if isinstance(value, str) else ""
    try:
        if _DATE.fullmatch(text):
            # A day whose midnight the clocks skipped begins with the first instant after it (fold 0).
            return datetime.fromisoformat(text).replace(tzinfo=time_zone).astimezone(UTC)
        return parse_instant(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{name} {str(value)[:40]!r} is neither a time with an offset, like 2026-07-04T21:04:05-05:00,"
            " nor a date, like 2026-07-04"
        ) from None
