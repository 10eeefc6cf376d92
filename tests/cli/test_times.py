from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import typer

from app.cli.times import read_expiry, read_time

CHICAGO = ZoneInfo("America/Chicago")
NOW = datetime(2026, 7, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("2026-07-04", datetime(2026, 7, 4, 5, tzinfo=UTC)),
        (" 2026-01-04 ", datetime(2026, 1, 4, 6, tzinfo=UTC)),
        ("2026-07-04T21:04:05-05:00", datetime(2026, 7, 5, 2, 4, 5, tzinfo=UTC)),
        ("2026-07-04T21:04:05Z", datetime(2026, 7, 4, 21, 4, 5, tzinfo=UTC)),
    ],
)
def test_a_time_or_a_date(text, expected):
    assert read_time(text, CHICAGO, "--from") == expected


def test_a_day_without_midnight_begins_with_its_first_instant():
    # In Santiago the clocks went from 00:00 to 01:00 on 2022-09-11.
    found = read_time("2022-09-11", ZoneInfo("America/Santiago"), "--from")
    assert found == datetime(2022, 9, 11, 4, tzinfo=UTC)


@pytest.mark.parametrize("text", ["2026-07-04T21:04:05", "2026-02-30", "now", "", "20260704", "0001-01-01"])
def test_what_is_no_instant_is_refused_with_a_hint(text):
    with pytest.raises(typer.BadParameter, match="2026-07-04T21:04:05-05:00"):
        read_time(text, ZoneInfo("Asia/Tokyo"), "--from")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (None, None),
        ("30d", NOW + timedelta(days=30)),
        ("12h", NOW + timedelta(hours=12)),
        ("2026-08-01", datetime(2026, 8, 1, 5, tzinfo=UTC)),
    ],
)
def test_when_something_ends(text, expected):
    assert read_expiry(text, CHICAGO, NOW) == expected
