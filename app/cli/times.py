"""Times and dates on the command line."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import typer

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_SPAN = re.compile(r"(\d{1,5})([dhm])")
_UNIT = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}


def read_time(text: str | None, zone: ZoneInfo, option: str) -> datetime | None:
    """The time that an option gives, if it is given."""
    return None if text is None else need_time(text, zone, option)


def need_time(text: str, zone: ZoneInfo, option: str) -> datetime:
    """A time with an offset, or a date: its midnight in the agency's zone. Usage error for the rest."""
    from app.domain.time import TimeError, parse_instant

    given = text.strip()
    try:
        if _DATE.fullmatch(given):
            # A day whose midnight the clocks skipped begins with the first instant after it (fold 0).
            return datetime.fromisoformat(given).replace(tzinfo=zone).astimezone(UTC)
        return parse_instant(given)
    except (TimeError, ValueError, OverflowError) as error:
        raise typer.BadParameter(
            f"{given[:40]!r} is neither a time with an offset, like 2026-07-04T21:04:05-05:00,"
            f" nor a date, like 2026-07-04 (midnight in {zone.key})",
            param_hint=option,
        ) from error


def read_as_of(text: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The time of --as-of, which must have been. Raises InvalidParameterError."""
    from app.domain.parameters import AS_OF, moment_asked

    given = read_time(text, zone, "--as-of")
    return None if given is None else moment_asked({AS_OF.name: given}, now)


def read_expiry(text: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """When something ends: a span from now (30d, 12h), a date or a time."""
    span = _SPAN.fullmatch(text.strip()) if text else None
    if span is not None:
        return now + int(span[1]) * _UNIT[span[2]]
    try:
        return read_time(text, zone, "--expires")
    except typer.BadParameter as error:
        raise typer.BadParameter(f"{error}, nor a span, like 30d or 12h", param_hint="--expires") from error
