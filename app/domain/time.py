"""Instants: RFC 3339 in, UTC inside, microseconds since 1970 for arithmetic."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# Sources' clocks are off by at most a day, so what they told lies within this of the true time.
CLOCKS_MARGIN = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_DATE_TIME = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d{1,9}))?\s*(Z|z|[+-]\d{2}:?\d{2})?"
)


class TimeError(ValueError):
    """A time that cannot be placed: the message says why, in words for the sender."""


def parse_instant(
    text: str, *, time_zone: ZoneInfo | None = None, ambiguous_time: str | None = None
) -> datetime:
    """An RFC 3339 time (a blank for the T is tolerated) as an aware datetime in UTC.

    A time without an offset needs `time_zone`; one that the clock change skipped is refused, and one
    that it repeated too, unless `ambiguous_time` is "earlier" or "later". Raises TimeError.
    """
    match = _DATE_TIME.fullmatch(text.strip())
    if match is None:
        raise TimeError(f"{text[:40]!r} is not a date and time like 2026-07-04T21:04:05-05:00")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    microsecond = int((fraction or "0")[:6].ljust(6, "0"))
    leap = second == "60"
    try:
        local = datetime(  # noqa: DTZ001 - the zone comes next
            int(year),
            int(month),
            int(day),
            int(hour),
            int(minute),
            59 if leap else int(second),
            microsecond,
        )
        if offset is not None:
            instant = datetime.fromisoformat(local.isoformat() + _colon_offset(offset)).astimezone(UTC)
        elif time_zone is None:
            raise TimeError(f"{text[:40]!r} has no offset from UTC and the mapping names no time_zone")
        else:
            instant = localize(local, time_zone, ambiguous_time)
        return instant + timedelta(seconds=1) if leap else instant
    except TimeError:
        raise
    except (ValueError, OverflowError) as error:
        raise TimeError(f"{text[:40]!r} is no possible time: {error}") from error


def localize(local: datetime, time_zone: ZoneInfo, ambiguous_time: str | None = None) -> datetime:
    """A wall-clock time of a zone in UTC; TimeError for the hour that is skipped or repeated."""
    first = local.replace(tzinfo=time_zone, fold=0)
    second = local.replace(tzinfo=time_zone, fold=1)
    if first.utcoffset() == second.utcoffset():
        return first.astimezone(UTC)
    if first.astimezone(UTC).astimezone(time_zone).replace(tzinfo=None) != local:
        raise TimeError(f"{local} does not exist in {time_zone.key}: the clocks went forward over it")
    if ambiguous_time == "earlier":
        return first.astimezone(UTC)
    if ambiguous_time == "later":
        return second.astimezone(UTC)
    raise TimeError(
        f"{local} happened twice in {time_zone.key}: the mapping must say"
        ' ambiguous_time = "earlier" or "later"'
    )


def format_instant(instant: datetime) -> str:
    """RFC 3339 in UTC to the microsecond, with Z: one spelling for every instant."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def format_millis(instant: datetime) -> str:
    """RFC 3339 in UTC to the millisecond, as every answer gives it."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_micros(instant: datetime) -> int:
    """Microseconds since 1970-01-01 UTC, exact."""
    return (instant - EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The instant that many microseconds after 1970-01-01 UTC."""
    return EPOCH + timedelta(microseconds=micros)


def _colon_offset(offset: str) -> str:
    if offset in "Zz":
        return "+00:00"
    return offset if ":" in offset else f"{offset[:3]}:{offset[3:]}"
