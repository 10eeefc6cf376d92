"""Instants as feeds write them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.time import (
    EPOCH,
    TimeError,
    format_instant,
    format_millis,
    from_micros,
    localize,
    parse_instant,
    to_micros,
)

CHICAGO = ZoneInfo("America/Chicago")
ZONES = (
    "America/Chicago",
    "Europe/Berlin",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Africa/Casablanca",
    "UTC",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-07-04T21:04:05Z", "2026-07-04T21:04:05.000000Z"),
        ("2026-07-04T21:04:05-05:00", "2026-07-05T02:04:05.000000Z"),
        ("2026-07-04 21:04:05+0530", "2026-07-04T15:34:05.000000Z"),
        ("2026-07-04t21:04:05.1z", "2026-07-04T21:04:05.100000Z"),
        ("2026-07-04T21:04:05,123456789Z", "2026-07-04T21:04:05.123456Z"),
        (" 2026-07-04T21:04:05 Z ", "2026-07-04T21:04:05.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2016-12-31T17:59:60.5-06:00", "2017-01-01T00:00:00.500000Z"),
        ("2026-07-04T21:04:05+23:59", "2026-07-03T21:05:05.000000Z"),
    ],
)
def test_what_is_read(text: str, expected: str) -> None:
    assert format_instant(parse_instant(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-07-04",
        "2026-07-04T21:04Z",
        "20260704T210405Z",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-07-04T24:00:00Z",
        "2026-07-04T21:60:00Z",
        "2026-07-04T21:04:61Z",
        "2026-07-04T21:04:05+24:00",
        "2026-07-04T21:04:05+99:99",
        "2026-07-04T21:04:05.Z",
        "2026-07-04T21:04:05.1234567890Z",
        "2026-07-04T21:04:05ZZ",
        "2026-07-04T21:04:05Z\n2026",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-01:00",
        "9999-12-31T23:59:60Z",
        "-2026-07-04T21:04:05Z",
        "1783195445",
        "2026-07-04T21:04:05\x00Z",
        "2026-07-04T21:04:05\udc80",
    ],
)
def test_what_is_refused(text: str) -> None:
    with pytest.raises(TimeError):
        parse_instant(text)
    with pytest.raises(TimeError):
        parse_instant(text, time_zone=CHICAGO, ambiguous_time="earlier")


def test_a_time_without_offset_needs_the_mappings_zone() -> None:
    with pytest.raises(TimeError, match="no offset"):
        parse_instant("2026-07-04T21:04:05")
    found = parse_instant("2026-07-04T21:04:05", time_zone=CHICAGO)
    assert format_millis(found) == "2026-07-05T02:04:05.000Z"
    kept = parse_instant("2026-07-04T21:04:05Z", time_zone=CHICAGO)
    assert format_millis(kept) == "2026-07-04T21:04:05.000Z"


def test_the_hour_that_is_skipped_is_refused_whatever_the_mapping_says() -> None:
    for choice in (None, "earlier", "later"):
        with pytest.raises(TimeError, match="does not exist"):
            parse_instant("2026-03-08T02:30:00", time_zone=CHICAGO, ambiguous_time=choice)
    assert parse_instant("2026-03-08T01:59:59", time_zone=CHICAGO).hour == 7
    assert parse_instant("2026-03-08T03:00:00", time_zone=CHICAGO).hour == 8


def test_the_hour_that_is_repeated_needs_the_mappings_word() -> None:
    text = "2026-11-01T01:30:00"
    with pytest.raises(TimeError, match="happened twice"):
        parse_instant(text, time_zone=CHICAGO)
    assert parse_instant(text, time_zone=CHICAGO, ambiguous_time="earlier").hour == 6
    assert parse_instant(text, time_zone=CHICAGO, ambiguous_time="later").hour == 7


def test_a_reason_quotes_no_more_than_a_little() -> None:
    with pytest.raises(TimeError) as caught:
        parse_instant("x" * 100_000)
    assert len(str(caught.value)) < 200


@given(st.text(max_size=40))
def test_garbage_is_refused_and_nothing_else_is_raised(text: str) -> None:
    for zone in (None, CHICAGO):
        try:
            parse_instant(text, time_zone=zone)
        except TimeError:
            continue


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_back(instant: datetime) -> None:
    assert parse_instant(instant.isoformat()) == instant
    assert from_micros(to_micros(instant)) == instant
    if instant.year >= 1970:
        assert parse_instant(format_instant(instant)) == instant
        assert abs(parse_instant(format_millis(instant)) - instant) < timedelta(milliseconds=1)


@given(
    st.datetimes(EPOCH.replace(year=1971, tzinfo=None), EPOCH.replace(year=2090, tzinfo=None)),
    st.sampled_from(ZONES),
    st.sampled_from([None, "earlier", "later"]),
)
def test_a_local_time_is_refused_or_comes_back_as_it_was(
    local: datetime, name: str, choice: str | None
) -> None:
    zone = ZoneInfo(name)
    try:
        instant = localize(local, zone, choice)
    except TimeError:
        return
    assert instant.tzinfo is UTC
    assert instant.astimezone(zone).replace(tzinfo=None, fold=0) == local
