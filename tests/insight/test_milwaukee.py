"""Real data: three weeks of Milwaukee, counted again by plain Python from the list of incidents."""

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.db import Database
from app.incidents.filters import IncidentFilters
from app.incidents.queries import list_incidents
from app.insight.questions import reporting_question, response_question
from app.insight.reporting import measure_reporting
from app.insight.response import measure_response
from tests.test_milwaukee import ZONE, city, judged_file

__all__ = ["city", "judged_file"]
pytestmark = pytest.mark.milwaukee
CHICAGO = ZoneInfo(ZONE)


def listed(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        return list_incidents(session, IncidentFilters(), limit=1000).items


def test_hours_and_weekdays_are_what_counting_gives(city: Database) -> None:
    incidents = listed(city)
    assert len(incidents) > 300
    for by, name in (("hour", "%H:00"), ("weekday", "%A"), ("month", "%Y-%m")):
        counted = Counter(
            (
                datetime.fromisoformat(item["started_at"]).astimezone(CHICAGO).strftime(name).lower(),
                item["verdict"],
            )
            for item in incidents
        )
        with city.read() as session:
            found = measure_reporting(session, reporting_question({"by": by}), CHICAGO)
        shown = Counter(
            {
                (row["group"], verdict): row[verdict]
                for row in found["rows"]
                for verdict in ("reported", "unreported", "indeterminate", "pending", "withdrawn")
                if row[verdict]
            }
        )
        assert shown == counted
    verdicts = Counter(item["verdict"] for item in incidents)
    assert found["totals"]["numerator"] == verdicts["reported"] > 0
    assert found["totals"]["denominator"] == verdicts["reported"] + verdicts["unreported"]
    expected = sum(
        item["probability_reported"] for item in incidents if item["verdict"] in ("reported", "unreported")
    )
    assert found["totals"]["expected"] == pytest.approx(expected, abs=1e-3)
    assert found["calls_without_alert"] is None, "no coverage is known of this city"


def test_what_the_log_does_not_have_is_missing(city: Database) -> None:
    """It tells neither publication nor dispatch; the first call of each reported incident it does."""
    incidents = [item for item in listed(city) if item["verdict"] != "withdrawn"]
    with city.read() as session:
        found = measure_response(session, response_question({}))["totals"]
    for name in ("publication", "dispatch", "arrival"):
        assert (found[name]["count"], found[name]["missing"]) == (0, len(incidents))
    lags = sorted(item["first_call_lag_s"] for item in incidents if item["first_call_lag_s"] is not None)
    assert found["first_call"]["count"] == len(lags)
    assert found["first_call"]["p10"]["value"] >= lags[0]
    assert found["first_call"]["mean"] == pytest.approx(sum(lags) / len(lags), abs=2e-3)
