"""Which holidays lie in a period, and what a group of incidents has to do with them."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.holidays import holidays_between
from app.insight.groups import Group, of_calendar_month, of_month
from app.insight.questions import By

EPOCH_DAY = date(1970, 1, 1)
_INSTANT = timedelta(microseconds=1)


def marked(
    region: str | None, zone: ZoneInfo, spans: Iterable[tuple[datetime | None, datetime | None]]
) -> dict[int, str]:
    """The holidays of the agency's days in periods (their ends left out), by day since 1970-01-01."""
    if region is None:
        return {}
    found: dict[int, str] = {}
    for begin, end in spans:
        if begin is not None and end is not None:
            first, last = begin.astimezone(zone).date(), (end - _INSTANT).astimezone(zone).date()
            found |= {
                (day - EPOCH_DAY).days: name for day, name in holidays_between(region, first, last).items()
            }
    return dict(sorted(found.items()))


def of_group(by: By, group: Group, days: Mapping[int, str], *, is_compared: bool) -> list[dict[str, str]]:
    """The holidays that a row by month or by holiday is about; none of the others."""
    if by is By.MONTH:
        of_day = of_calendar_month if is_compared else of_month
        those = [day for day in days if of_day(day) == group]
    else:
        those = [day for day, name in days.items() if by is By.HOLIDAY and name == group.name]
    return [{"date": (EPOCH_DAY + timedelta(days=day)).isoformat(), "name": days[day]} for day in those]


def flat(holidays: Iterable[Mapping[str, Any]]) -> str:
    """The same in one cell of a table."""
    return "; ".join(f"{each['date']} {each['name']}" for each in holidays)
