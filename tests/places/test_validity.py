"""Zones that held for a time: read from files, counted only then, on both databases."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import orjson
import pytest
from sqlalchemy import insert, select, update

from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.parameters import Parameters
from app.db.models import Alert, Call, Zone
from app.domain.time import to_micros
from app.domain.vocabulary import SourceKind, ZoneKind
from app.insight.unalerted import count_unalerted
from app.places.validity import ALWAYS, Validity, read_validity
from app.places.zone_import import import_zones
from app.places.zones import load_coverage, load_zone_index
from app.worker.history import History, fit_from
from tests.conftest import NOW
from tests.places.conftest import collection, square
from tests.records.conftest import alert, service

__all__ = ["service"]
CHICAGO = ZoneInfo("America/Chicago")
IN_A = (-87.945, 43.005)
IN_B = (-87.935, 43.005)


def day(number):
    return datetime(2026, 6, number, tzinfo=UTC)


def take_in(database, *features, kind=ZoneKind.COVERAGE):
    with database.write() as session:
        return import_zones(
            session,
            orjson.dumps(collection(*features)),
            kind=kind,
            name_property="NAME",
            time_zone=CHICAGO,
            actor="test",
            now=NOW,
        )


def validities(database):
    with database.read() as session:
        return {zone.name: (zone.valid_from, zone.valid_to) for zone in session.scalars(select(Zone))}


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({}, ALWAYS),
        ({"valid_from": None, "valid_to": ""}, ALWAYS),
        ({"VALID_FROM": "2026-06-01"}, Validity(datetime(2026, 6, 1, 5, tzinfo=UTC), None)),
        (
            {"valid_from": "2026-03-08T02:00:00-06:00", "valid_to": "2026-03-09"},
            Validity(datetime(2026, 3, 8, 8, tzinfo=UTC), datetime(2026, 3, 9, 5, tzinfo=UTC)),
        ),
    ],
)
def test_what_a_file_says(properties, expected):
    assert read_validity(properties, CHICAGO) == expected


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        ({"valid_from": "summer"}, "valid_from 'summer' is neither a time"),
        ({"valid_to": 20260601}, "valid_to '20260601' is neither"),
        ({"valid_to": "2026-06-31"}, "valid_to '2026-06-31' is neither"),
        ({"valid_from": "2026-06-01T00:00:00"}, "is neither a time with an offset"),
        ({"valid_from": "2026-06-01", "valid_to": "2026-06-01"}, "valid_to is not after valid_from"),
    ],
)
def test_what_nobody_can_place_refuses_the_zone(database, properties, reason):
    result = take_in(database, square(0, "A", **properties), square(1, "B"))
    assert (result.new, result.rejected) == (1, 1)
    assert reason in result.errors[0]
    assert validities(database) == {"B": (None, None)}


def test_a_file_changes_when_a_zone_held(database):
    july = datetime(2026, 7, 1, 5, tzinfo=UTC)
    take_in(database, square(0, "A", valid_to="2026-07-01"))
    assert validities(database) == {"A": (None, july)}
    again = take_in(database, square(0, "A", valid_to="2026-07-01"))
    assert (again.unchanged, again.changed) == (1, 0)
    assert take_in(database, square(0, "A")).changed == 1
    assert validities(database) == {"A": (None, None)}
    split = take_in(database, square(0, "A"), square(1, "A", valid_to="2026-07-01"))
    assert (split.unchanged, split.rejected) == (1, 1)
    assert "name them apart" in split.errors[0]


def test_coverage_holds_from_its_first_instant_until_before_its_last(database):
    take_in(
        database,
        square(0, "A", valid_from="2026-06-02T00:00:00Z", valid_to="2026-06-04T00:00:00Z"),
        square(1, "B", valid_from="2026-06-03T00:00:00Z"),
    )
    with database.read() as session:
        coverage = load_coverage(session)
    micros = np.array([to_micros(day(number)) for number in (1, 2, 3, 4)])
    just_before = micros - 1
    longitude, latitude = (np.full(4, degrees) for degrees in IN_A)
    assert coverage.contains(longitude, latitude, micros).tolist() == [False, True, True, False]
    assert coverage.contains(longitude, latitude, just_before).tolist() == [False, False, True, True]
    longitude, latitude = (np.full(4, degrees) for degrees in IN_B)
    assert coverage.contains(longitude, latitude, micros).tolist() == [False, False, True, True]
    assert coverage.held(micros).tolist() == [False, True, True, True]
    nowhere = np.full(4, np.nan)
    assert not coverage.contains(nowhere, nowhere, micros).any()


def test_the_coverage_of_a_period_is_all_that_held_in_it(database):
    with database.read() as session:
        assert load_coverage(session).over(0, to_micros(NOW)) is None
    take_in(database, square(0, "A", valid_to="2026-06-02T00:00:00Z"), square(0, "A2"))
    take_in(database, square(1, "B", valid_from="2026-06-03T00:00:00Z"))
    with database.read() as session:
        coverage = load_coverage(session)
    one = coverage.over(to_micros(day(1)), to_micros(day(2)))
    both = coverage.over(to_micros(day(1)), to_micros(day(3)))
    assert one.polygon.bounds == pytest.approx((-87.95, 43.0, -87.94, 43.01))
    assert both.area_m2 == pytest.approx(2 * one.area_m2, rel=1e-3), "what lies twice counts once"


def test_an_incident_gets_the_zones_of_its_time(service):
    june, july = "2026-07-01T10:00:00Z", "2026-07-01T04:00:00Z"
    take_in(
        service.database,
        square(0, "old", valid_to=june),
        square(0, "new", valid_from=june),
        square(0, "gone", valid_to=july),
        kind=ZoneKind.BEAT,
    )
    here = {"longitude": IN_A[0], "latitude": IN_A[1]}
    service.post("/v1/alerts/sensors", "vendor", [alert(number, **here) for number in (1, 3, 4)])
    service.judge()
    found = service.get("/v1/incidents?sort=started_at").json()["incidents"]
    assert [item["zones"] for item in found] == [["old"], ["old"], ["new"]]
    with service.database.read() as session:
        index = load_zone_index(session)
    assert index.containing(*IN_A, day(1)) == [0, 2]


def test_calls_count_as_inside_only_while_it_was_covered(database, add_feed):
    add_feed("sensors", SourceKind.ALERTS)
    add_feed("cad", SourceKind.CALLS)
    take_in(database, square(0, "A", valid_from="2026-06-05T00:00:00Z"))
    with database.write() as session:
        plain = {"fingerprint": b"", "revision": 0, "stored_at": NOW}
        session.execute(
            insert(Alert),
            [
                {
                    **plain,
                    "source_id": 1,
                    "external_id": f"a-{number}",
                    "status": "active",
                    "classification": "unclassified",
                    "started_at": day(number),
                }
                for number in (1, 9)
            ],
        )
        for place, count in ((IN_A, 6), (IN_B, 3), ((None, None), 5)):
            for number in (2, 7):
                rows = [
                    {
                        **plain,
                        "source_id": 2,
                        "external_id": f"c-{place}-{number}-{each}",
                        "received_at": day(number),
                        "longitude": place[0],
                        "latitude": place[1],
                        "line": "911",
                        "nature": "shots_fired",
                        "origin": "citizen",
                    }
                    for each in range(count)
                ]
                session.execute(insert(Call), rows)

    def counted(from_at=None, to_at=None):
        with database.read() as session:
            return count_unalerted(session, from_at, to_at, CHICAGO)

    found = counted()
    assert (found.inside, found.count, found.unlocated) == (6, 6, 5)
    assert counted(to_at=day(3)) is None, "nothing was covered then"
    with database.write() as session:
        session.execute(update(Zone).values(valid_from=None))
    assert (counted().inside, counted().unlocated) == (12, 10)


def test_the_background_takes_all_that_was_covered_in_its_period(database):
    """Calls come whether or not sensors listen: the area is of the whole period, not of each call's time."""
    count = 300
    numbers = np.arange(count)
    times = np.linspace(to_micros(day(1)), to_micros(day(5)) - 1, count).astype(np.int64)
    calls = CallColumns(
        id=numbers,
        names_alert_key=numbers * 0 - 1,
        received_micros=times,
        longitude=np.where(numbers % 2, IN_A[0], IN_B[0]),
        latitude=np.full(count, IN_A[1]),
        uncertainty_m=np.full(count, 50.0),
        clock_error_s=np.zeros(count),
        nature=np.zeros(count, dtype=np.int64),
        counts_as_report=np.ones(count, dtype=bool),
        is_sensor=np.zeros(count, dtype=bool),
    )
    none, whole = np.empty(0), np.empty(0, dtype=np.int64)
    alerts = AlertColumns(
        id=whole,
        name_key=whole,
        started_micros=whole,
        longitude=none,
        latitude=none,
        uncertainty_m=none,
        clock_error_s=none,
        is_active=np.empty(0, dtype=bool),
    )
    history = History(alerts=alerts, calls=calls, covered=[(to_micros(day(1)), to_micros(day(5)))])

    def fit():
        with database.read() as session:
            return fit_from(session, history, Parameters(), "UTC")

    assert "99 %" in fit().basis
    take_in(database, square(0, "A", valid_to="2026-06-02T00:00:00Z"))
    take_in(database, square(5, "later", valid_from="2026-06-05T00:00:01Z"))
    fitted = fit()
    assert (fitted.basis, fitted.calls) == ("uniform over the coverage", count // 2)
    with database.read() as session:
        area = load_coverage(session).over(*history.covered[0])
    assert fitted.area_m2 == area.area_m2
