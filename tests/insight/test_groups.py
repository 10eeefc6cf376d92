"""Clocks that change, and calendars that are whole."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.time import to_micros
from app.insight.groups import (
    NOT_KNOWN,
    Group,
    in_order,
    of_calendar_month,
    of_month,
    of_rounds,
    of_week_hour,
    of_weekday,
    offset_changes,
)
from app.insight.questions import By

CHICAGO = ZoneInfo("America/Chicago")


def day(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)).days


@pytest.mark.parametrize(
    "zone", ["America/Chicago", "UTC", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]
)
def test_offsets_are_those_of_the_zone_to_the_second(zone):
    """Casablanca changes four times a year; Lord Howe by half an hour."""
    info = ZoneInfo(zone)
    first, last = datetime(2024, 1, 1, tzinfo=UTC), datetime(2026, 12, 31, tzinfo=UTC)
    changes = offset_changes(info, first, last)
    for place, (micros, offset) in enumerate(changes):
        for seconds in (0, -1):
            moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=micros, seconds=seconds)
            expected = offset if seconds == 0 else changes[max(place - 1, 0)][1]
            assert moment.astimezone(info).utcoffset() == timedelta(microseconds=expected)
    assert changes[0][0] == to_micros(first)
    moment = first
    while moment < last:
        known = [offset for micros, offset in changes if micros <= to_micros(moment)][-1]
        assert moment.astimezone(info).utcoffset() == timedelta(microseconds=known)
        moment += timedelta(hours=1)


def test_one_instant_is_a_stretch_too():
    moment = datetime(2026, 7, 1, tzinfo=UTC)
    assert offset_changes(CHICAGO, moment, moment) == [(to_micros(moment), -5 * 3600 * 1_000_000)]


def test_days_and_hours_have_their_names():
    assert of_weekday(day(datetime(2026, 7, 4, tzinfo=UTC))).name == "saturday"
    assert of_month(day(datetime(2026, 12, 31, tzinfo=UTC))).name == "2026-12"
    assert of_calendar_month(day(datetime(2026, 12, 31, tzinfo=UTC))).name == "december"
    assert of_week_hour(167) == Group(name="sunday 23:00", weekday="sunday", hour=23)
    assert [of_rounds(count).name for count in (None, 0, 1, 2, 4, 5, 10, 20, 500)] == [
        *(None, None, "1", "2 to 4", "2 to 4", "5 to 9", "10 to 19", "20 and more", "20 and more")
    ]


def test_orders():
    months = [Group(name="2026-01"), Group(name="2025-11")]
    assert [group.name for group in in_order(By.MONTH, months, lambda _: 0)] == [
        "2025-11",
        "2025-12",
        "2026-01",
    ]
    zones = [NOT_KNOWN, *(Group(name=name, zone_id=1, zone_kind="beat") for name in "abc")]
    ranked = in_order(By.ZONE, zones, lambda group: {"b": 3, None: 9}.get(group.name, 1))
    assert [group.name for group in ranked] == ["b", "a", "c", None]
    assert in_order(By.ROUNDS, [NOT_KNOWN], lambda _: 0)[-1] == NOT_KNOWN
