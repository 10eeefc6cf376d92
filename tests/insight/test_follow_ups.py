"""GET /v1/insight/follow-ups on zones whose reporting is drawn with a known share, on both databases."""

import csv
import io
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert

from app.core.settings import Settings
from app.correlation.parameters import Parameters
from app.db import Database
from app.db.models import FollowUp, FollowUpChange, Incident, IncidentZone, Zone
from app.insight.follow_up_schemas import FollowUpEffect
from app.insight.intervals import newcombe, wilson
from app.rules.store import put_in_force
from tests.conftest import Clock
from tests.insight.conftest import settings_of
from tests.records.conftest import T0, Service, serving

PATH = "/v1/insight/follow-ups"
DAY = timedelta(days=1)
NOW = T0 + 200 * DAY
# By zone: the days on which outreach was done.
OUTREACH = {1: (60.0, 100.0, 110.0), 2: (180.0,), 3: ()}
SHARE_BEFORE, SHARE_AFTER = 0.1, 0.5


def shootings() -> list[tuple[float, int, bool]]:
    """Day, zone and whether it was reported: five a week and zone, over 200 days."""
    rng = np.random.default_rng(5)
    rows = []
    for zone, done in OUTREACH.items():
        for day in np.sort(rng.uniform(0, 200, 140)).tolist():
            share = SHARE_AFTER if done and day >= done[0] else SHARE_BEFORE
            rows.append((day, zone, bool(rng.random() < share)))
    return rows


def fill(database: Database, rows: list[tuple[float, int, bool]]) -> None:
    with database.write() as session:
        version = put_in_force(session, Parameters(), None, actor="test", now=NOW).version
        shape = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
        corners = {"west": 0, "south": 0, "east": 1, "north": 1}
        for zone_id, kind in ((1, "beat"), (2, "beat"), (3, "district")):
            values = {"id": zone_id, "kind": kind, "name": f"Zone {zone_id}", "geometry": shape, **corners}
            session.execute(insert(Zone).values(**values, properties={}, updated_at=NOW))
        incidents = [_incident(number, row, version) for number, row in enumerate(rows, 1)]
        incidents.append(_incident(len(rows) + 1, (1.0, 1, False), version) | {"verdict": "indeterminate"})
        session.execute(insert(Incident), incidents)
        inside = [
            {"incident_id": number, "zone_id": row[1], "known_at": T0} for number, row in enumerate(rows, 1)
        ]
        session.execute(insert(IncidentZone), inside)
        _follow_up(session, rows, inside)


def _incident(number: int, row: tuple[float, int, bool], version: str) -> dict[str, Any]:
    at = T0 + row[0] * DAY
    times = dict.fromkeys(
        ("started_at", "ended_at", "closes_at", "decided_at", "created_at", "updated_at"), at
    )
    counts = dict.fromkeys(("alert_count", "call_count", "cad_record_count"), 0)
    return {
        **times,
        **counts,
        "id": number,
        "number": f"2026-{number:06}",
        "founding_alert_id": number,
        "verdict": "reported" if row[2] else "unreported",
        "needs_review": False,
        "reason": "",
        "classification": "multiple_gunshots",
        "rules_version": version,
        "window_covered": True,
    }


def _follow_up(session: Any, rows: Any, inside: Any) -> None:
    """Outreach as above, a search and a canvass in zone 1, a search that is still open."""
    in_zone = {
        zone: next(each["incident_id"] for each in inside if each["zone_id"] == zone) for zone in OUTREACH
    }
    work = [
        (in_zone[zone], "outreach", "done", {"doors": 10, "surveys": 2}, day)
        for zone, days in OUTREACH.items()
        for day in days
    ]
    work += [
        (in_zone[1], "evidence_search", "done", {"casings": 3, "arrests": 1}, 50.0),
        (in_zone[1], "canvass", "done", {"victims": 1, "outcome": "found"}, 55.0),
        (in_zone[3], "evidence_search", "open", {"casings": 9}, 56.0),
        (len(rows) + 1, "camera_pull", "done", {"outcome": "nothing"}, 57.0),
    ]
    for number, (incident, kind, state, results, day) in enumerate(work, 1):
        at = T0 + day * DAY
        values = {"id": number, "incident_id": incident, "kind": kind, "state": state, "results": results}
        made = {"is_touched": True, "created_by": "test", "created_at": at - DAY, "updated_at": at}
        session.execute(insert(FollowUp).values(**values, **made, alert_id=number))
        for moment, fields in ((at - DAY, {"kind": kind}), (at, {"state": state})):
            session.execute(
                insert(FollowUpChange).values(
                    follow_up_id=number, actor="test", changed_at=moment, fields=fields
                )
            )
    # It was done once before, and opened again; and a later note is no second outreach.
    day_60 = T0 + OUTREACH[1][0] * DAY
    for moment, fields in ((day_60 - 0.5 * DAY, {"state": "done"}), (NOW - DAY, {"note": "thanks"})):
        session.execute(
            insert(FollowUpChange).values(follow_up_id=1, actor="test", changed_at=moment, fields=fields)
        )


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def town(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    settings: Settings = settings_of(request, tmp_path_factory.mktemp("town"))
    with serving(settings, Clock(NOW)) as running:
        _add_alerts(running)
        fill(running.database, shootings())
        yield running


def _add_alerts(service: Service) -> None:
    """Follow-ups belong to alerts, too."""
    alerts = [{"external_id": str(number), "started_at": T0.isoformat()} for number in range(20)]
    service.post("/v1/alerts/sensors", "vendor", alerts)


def ask(town: Service, query: str = "", who: str = "analyst") -> dict[str, Any]:
    answer = town.get(f"{PATH}?{query}", who)
    assert answer.status_code == 200, answer.text
    FollowUpEffect.model_validate(answer.json())
    document: dict[str, Any] = answer.json()
    return document


def counted(zone: int, begin: float, end: float) -> tuple[int, int]:
    """Reported, of all, by plain Python."""
    those = [reported for day, where, reported in shootings() if where == zone and begin <= day < end]
    return sum(those), len(those)


def test_before_the_first_and_after_the_last(town):
    rows = {row["zone_id"]: row["reporting"] for row in ask(town, "days=30")["rows"]}
    told = rows["1"]
    before, after = counted(1, 30, 60), counted(1, 110, 140)
    assert (told["before"]["numerator"], told["before"]["denominator"]) == before
    assert (told["after"]["numerator"], told["after"]["denominator"]) == after
    interval, change = wilson(*after), newcombe(*after, *before)
    assert (told["after"]["low"], told["after"]["high"]) == pytest.approx(
        (interval.low, interval.high), abs=1e-6
    )
    assert told["difference"] == pytest.approx(
        {"value": change.value, "low": change.low, "high": change.high}, abs=1e-6
    )
    assert told["difference"]["low"] <= SHARE_AFTER - SHARE_BEFORE <= told["difference"]["high"]
    assert told["before"]["complete"] is told["after"]["complete"] is True
    assert rows["2"]["after"]["complete"] is False, "the end is yet to come"
    assert rows["2"]["after"]["to"] == "2027-01-17T03:00:00.000Z"
    assert "3" not in rows, "nothing is done there"


def test_after_each_until_the_next(town):
    (told,) = (row["reporting"] for row in ask(town, "days=30")["rows"] if row["zone_id"] == "1")
    spans = ((60, 90), (100, 110), (110, 140))
    assert [(each["numerator"], each["denominator"]) for each in told["after_each"]] == [
        counted(1, *span) for span in spans
    ]
    ends = [each["to"] for each in told["after_each"]]
    starts = [each["from"] for each in told["after_each"]]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False)), "no window overlaps"
    assert [each["done_at"] for each in told["after_each"]] == starts


def test_what_began_before_the_records_is_said_to_be_cut(town):
    (told,) = (row["reporting"] for row in ask(town, "days=90")["rows"] if row["zone_id"] == "1")
    assert told["before"]["complete"] is False
    first = min(day for day, _, _ in shootings())
    assert told["before"]["from"] == (T0 + first * DAY).isoformat(timespec="milliseconds").replace(
        "+00:00", "Z"
    )


def test_what_was_found_is_added_up(town):
    found = ask(town)
    (row,) = (row for row in found["rows"] if row["zone_id"] == "1")
    assert row["kinds"]["outreach"]["done"] == 3
    assert row["kinds"]["outreach"]["results"]["doors"] == 30
    assert row["kinds"]["outreach"]["results"]["contacts"] is None
    assert row["kinds"]["canvass"]["outcomes"] == {"found": 1, "nothing": 0, "not_possible": 0}
    expected = {
        "casings": 3,
        "bullet_holes": None,
        "firearms": None,
        "victims": 1,
        "witnesses": None,
        "arrests": 1,
    }
    assert row["found"] == found["totals"]["found"] == expected
    nowhere = found["rows"][-1]
    assert (nowhere["zone"], nowhere["kinds"]["camera_pull"]["done"], nowhere["reporting"]) == (None, 1, None)
    assert found["counted"]["follow_ups"] == 7
    assert any("Regression to the mean" in limit for limit in found["counted"]["limits"])


def test_only_zones_of_a_kind(town):
    rows = ask(town, "zone_kind=district")["rows"]
    assert [row["zone"] for row in rows] == [None]


def test_small_counts_have_no_share(town):
    (told,) = (row["reporting"] for row in ask(town, "min_count=99")["rows"] if row["zone_id"] == "1")
    assert (told["before"]["small"], told["before"]["share"], told["difference"]) == (True, None, None)


def test_the_table_as_csv(town):
    rows = list(csv.DictReader(io.StringIO(town.get(f"{PATH}?f=csv&days=30").text)))
    assert [row["zone"] for row in rows] == ["Zone 1", "Zone 2", ""]
    assert rows[0]["after_numerator"] == str(counted(1, 110, 140)[0])
    assert (rows[0]["done_outreach"], rows[0]["found_casings"], rows[0]["found_firearms"]) == ("3", "3", "")


@pytest.mark.parametrize("query", ["days=6", "days=x", "zone_kind=coverage", "min_count=0", "by=zone"])
def test_what_is_wrong_is_pointed_at(town, query):
    answer = town.get(f"{PATH}?{query}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"][0]["pointer"] == f"/query/{query.partition('=')[0]}"


def test_before_anything_was_done(service):
    found = service.get(PATH).json()
    FollowUpEffect.model_validate(found)
    assert (found["rows"], found["counted"]["follow_ups"]) == ([], 0)
