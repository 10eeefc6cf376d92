from datetime import UTC, datetime

import pytest

from app.adapters import FeedMapping, Parsed, Refused
from app.adapters.results import Result

NOW = datetime(2026, 7, 5, tzinfo=UTC)
TOML = 'kind = "alerts"\nformat = "csv"\n{more}\n[fields]\nexternal_id = "id"\nstarted_at = "time"\n'
CHICAGO = 'time_zone = "America/Chicago"'


def apply(time: str, more: str = CHICAGO) -> Result:
    mapping = FeedMapping.from_toml(TOML.format(more=more))
    return mapping.apply({"id": "1", "time": time}, ordinal=0, line=None, now=NOW)


@pytest.mark.parametrize(
    ("time", "more", "kept"),
    [
        ("2018-05-01 00:10:28", CHICAGO, datetime(2018, 5, 1, 5, 10, 28, tzinfo=UTC)),
        ("2018-05-01T00:10:28.5", CHICAGO, datetime(2018, 5, 1, 5, 10, 28, 500_000, tzinfo=UTC)),
        ("2018-01-01 00:10:28", CHICAGO, datetime(2018, 1, 1, 6, 10, 28, tzinfo=UTC)),
        ("2018-05-01T00:10:28Z", CHICAGO, datetime(2018, 5, 1, 0, 10, 28, tzinfo=UTC)),
        ("2018-05-01T00:10:28+02:00", "", datetime(2018, 4, 30, 22, 10, 28, tzinfo=UTC)),
        (
            "2025-11-02 01:30:00",
            CHICAGO + '\nambiguous_time = "earlier"',
            datetime(2025, 11, 2, 6, 30, tzinfo=UTC),
        ),
        (
            "2025-11-02 01:30:00",
            CHICAGO + '\nambiguous_time = "later"',
            datetime(2025, 11, 2, 7, 30, tzinfo=UTC),
        ),
    ],
)
def test_time(time: str, more: str, kept: datetime) -> None:
    result = apply(time, more)
    assert isinstance(result, Parsed)
    assert result.record.started_at == kept


@pytest.mark.parametrize(
    ("time", "more", "reason"),
    [
        ("2026-03-08 02:30:00", CHICAGO, "does not exist"),
        ("2026-03-08 02:30:00", CHICAGO + '\nambiguous_time = "later"', "does not exist"),
        ("2025-11-02 01:30:00", CHICAGO, "happened twice"),
        ("2018-05-01 00:10:28", "", "no offset"),
        ("0001-01-01 00:00:00", CHICAGO, "before 1970"),
        ("0001-01-01T00:00:00+14:00", "", "possible"),
        ("9999-12-31 23:59:60", CHICAGO, "possible"),
        ("05/01/2018 00:10", CHICAGO, "date and time"),
        ("\ud800", CHICAGO, "date and time"),
    ],
)
def test_refused_time(time: str, more: str, reason: str) -> None:
    result = apply(time, more)
    assert isinstance(result, Refused)
    assert reason in result.errors[0].reason
    assert "\ud800" not in result.errors[0].reason
