"""Real input: three weeks of Milwaukee's call log, on both databases, against the numbers known of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import system_clock
from app.core.settings import Settings
from app.correlation.judge import judge
from app.correlation.sensitivity import SHIFTS_DAYS
from app.db import Database
from app.db.models import Alert, AuditEntry, Call, Event, Incident, Link, Source
from app.domain.time import to_micros
from app.domain.vocabulary import Nature, SourceKind, Verdict, ZoneKind
from app.incidents.filters import IncidentFilters
from app.incidents.queries import list_incidents
from app.insight.questions import reporting_question, response_question
from app.insight.reporting import measure_reporting
from app.insight.response import measure_response
from app.insight.sensitivity import Question, measure_sensitivity
from app.intake.files import import_file
from app.places.zone_import import import_zones
from app.rules.store import rules_now
from app.sources.coverage import completeness_within, load_call_feeds
from app.sources.feeds import load_feed
from app.worker.everything import correlate
from app.worker.neighbourhood import Neighbourhood, load_alerts, load_calls, load_clocks
from tests import milwaukee_by_pandas as by_pandas
from tests.feeds import add_feed
from tests.kept import Kept

ROOT = Path(__file__).parents[1]
MAPPINGS = ROOT / "tests" / "data" / "milwaukee"
ZONE = "America/Chicago"
CHICAGO = ZoneInfo(ZONE)
DAY_MICROS = 86_400_000_000

REPORTED = {
    1: (2, 6, 8, 11),
    5: (6, 14, 18, 27),
    10: (7, 17, 22, 38),
    15: (7, 17, 23, 40),
    30: (8, 20, 29, 53),
    60: (9, 25, 38, 78),
}
CALLS_WITH_ALERT = {
    1: (2, 7, 9, 12),
    5: (5, 11, 14, 23),
    10: (6, 14, 18, 33),
    15: (6, 14, 19, 35),
    30: (7, 17, 24, 44),
    60: (8, 20, 30, 63),
}
CHANCE_AT_5_MIN = {250: (0, 0, 0, 0, 0, 0), 500: (0, 1, 1, 0, 1, 0), 1000: (2, 1, 3, 1, 1, 3)}

pytestmark = [pytest.mark.milwaukee, pytest.mark.slow]


@pytest.fixture
def city(settings: Settings, kept: Kept, milwaukee: Path, tmp_path: Path) -> Iterator[Database]:
    """The table taken in as alerts and as calls, and judged, on the database that a test is about."""
    database = judged(settings, kept, milwaukee, tmp_path)
    yield database
    database.dispose()


def judged(settings: Settings, kept: Kept, milwaukee: Path, folder: Path) -> Database:
    database = Database(settings)

    def make() -> None:
        take_in(database, milwaukee, folder, "")
        database.dispose()

    kept("milwaukee", settings, make)
    return database


def take_in(database: Database, milwaukee: Path, folder: Path, variant: str) -> list[dict[str, int]]:
    file = folder / "calls_for_service.csv"
    if not file.exists():
        file.symlink_to(milwaukee / "calls_for_service.csv")
    with database.write() as session:
        import_zones(
            session,
            milwaukee / "police_districts.geojson",
            kind=ZoneKind.DISTRICT,
            name_property="POLICE",
            actor="test",
            now=system_clock(),
        )
    counts = []
    for name, kind in (("acoustic", SourceKind.ALERTS), ("cad", SourceKind.CALLS)):
        with database.write() as session:
            if session.scalar(select(Source.id).where(Source.name == name)) is None:
                add_feed(
                    session,
                    name,
                    kind,
                    (MAPPINGS / f"{kind.value}{variant}.toml").read_text(),
                    now=system_clock(),
                )
            feed = load_feed(session, name, system_clock())
        counts.append(
            import_file(
                database, system_clock, feed, file, as_of=None, actor="test", progress=lambda _read: None
            )
        )
    judge_all(database)
    return counts


def judge_all(database: Database) -> int:
    return correlate(
        database,
        system_clock,
        ZONE,
        from_at=None,
        through_at=None,
        actor="test",
        progress=lambda *_: None,
    ).changed


def verdicts_of(database: Database) -> dict[frozenset[str], tuple[object, ...]]:
    """Verdict, probability, reason and links of each incident, by the ids of its alerts."""
    with database.read() as session:
        members: dict[int, set[str]] = {}
        for external_id, incident in session.execute(select(Alert.external_id, Alert.incident_id)):
            members.setdefault(incident, set()).add(external_id)
        links: dict[int, list[tuple[str, float]]] = {}
        statement = select(Link.incident_id, Call.external_id, Link.probability).join(Call)
        for incident, external_id, probability in session.execute(statement):
            links.setdefault(incident, []).append((external_id, probability))
        rows = session.execute(
            select(
                Incident.id,
                Incident.verdict,
                Incident.probability_reported,
                Incident.reason,
                Incident.rules_version,
            )
        )
        return {
            frozenset(members[row.id]): (
                row.verdict,
                row.probability_reported,
                row.reason,
                row.rules_version,
                tuple(sorted(links.get(row.id, []))),
            )
            for row in rows
        }


def test_the_fixed_window_table_is_the_known_one(database: Database, milwaukee: Path, tmp_path: Path) -> None:
    take_in(database, milwaukee, tmp_path, "-unbounded")
    with database.read() as session:
        rules = rules_now(session)
        alerts = measure_sensitivity(
            session, Question(unit="alerts", natures=(Nature.SHOTS_FIRED,)), rules
        ).document()
        incidents = measure_sensitivity(
            session, Question(unit="incidents", natures=(Nature.SHOTS_FIRED,)), rules
        ).document()
    assert (alerts["unit"], alerts["alerts"], alerts["calls"]) == ("alerts", 332, 430)
    assert (alerts["from"], alerts["to"]) == ("2018-05-01T05:09:31.000Z", "2018-05-21T11:49:37.000Z")
    assert incidents["denominator"] == 317
    cells = {(row["minutes"], row["radius_m"]): row for row in alerts["rows"]}
    assert len(cells) == 24
    table = by_pandas.read_table(milwaukee)
    for minutes in REPORTED:
        for radius_m, counts in by_pandas.fixed_windows(table, minutes).items():
            cell = cells[minutes, radius_m]
            assert (cell["reported"], cell["calls_with_alert"]) == counts
    for minutes, reported in REPORTED.items():
        found = [cells[minutes, radius_m] for radius_m in (100, 250, 500, 1000)]
        assert tuple(row["reported"] for row in found) == reported
        assert tuple(row["calls_with_alert"] for row in found) == CALLS_WITH_ALERT[minutes]
    for radius_m, counts in CHANCE_AT_5_MIN.items():
        assert tuple(cells[5, radius_m]["chance"]) == counts
        assert cells[5, radius_m]["chance_mean"] == sum(counts) / 6


@pytest.mark.postgis
def test_both_databases_say_the_same(
    sqlite_settings: Settings, postgresql_settings: Settings, kept: Kept, milwaukee: Path, tmp_path: Path
) -> None:
    said = []
    for settings in (sqlite_settings, postgresql_settings):
        database = judged(settings, kept, milwaukee, tmp_path)
        said.append(verdicts_of(database))
        database.dispose()
    assert said[0] == said[1]


def test_the_verdicts(city: Database, milwaukee: Path, tmp_path: Path) -> None:
    """In one test, because taking the table in is most of the time."""
    said = verdicts_of(city)
    only_reports_above_chance(city, [verdict for verdict, *_ in said.values()])
    sensor_records_report_nothing(city)
    repeating_everything_changes_nothing(city, milwaukee, tmp_path)


def only_reports_above_chance(city: Database, verdicts: Sequence[object]) -> None:
    reported = verdicts.count("reported")
    assert len(verdicts) == 318
    assert 10 <= reported <= 60
    assert verdicts.count("indeterminate") == 3
    assert verdicts.count("pending") == verdicts.count("withdrawn") == 0
    by_chance = np.mean([reports_with_shift(city, days) for days in SHIFTS_DAYS])
    assert reports_with_shift(city, 0) == reported
    assert by_chance <= reported / 4
    assert by_chance <= 0.03 * len(verdicts)
    page = " ".join((ROOT / "docs" / "milwaukee.md").read_text(encoding="utf-8").split())
    assert f"find {by_chance:.1f} reports on average instead of {reported}" in page


def reports_with_shift(city: Database, days: int) -> int:
    """How many incidents the same rules call reported when the alerts' times are shifted by whole days."""
    with city.read() as session:
        rules = rules_now(session)
        clocks = load_clocks(session)
        start, end = (to_micros(moment) for moment in _bounds(session))
        everything = frozenset(session.scalars(select(Alert.id)))
        loaded = load_alerts(session, Neighbourhood(everything, (start, end)), clocks)
        columns = replace(loaded.columns, started_micros=loaded.columns.started_micros + days * DAY_MICROS)
        calls = load_calls(session, replace(loaded, columns=columns), clocks, rules.parameters)
        window = (start - 4 * DAY_MICROS, end + 4 * DAY_MICROS)
        feeds = completeness_within(
            session,
            load_call_feeds(session),
            window,
            rules.background,
            rules.parameters.gap_expected_calls,
        )
        judged = judge(columns, calls, feeds, rules.background, rules.parameters, to_micros(system_clock()))
    return sum(incident.verdict is Verdict.REPORTED for incident in judged)


def _bounds(session: Session) -> tuple[datetime, datetime]:
    first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
    return first, last


def sensor_records_report_nothing(city: Database) -> None:
    with city.read() as session:
        natures = session.scalars(select(Call.nature_code).join(Link)).all()
        sensors = session.scalars(select(Call.origin).where(Call.nature_code == "SHOTSPOTTER")).all()
    assert natures
    assert "SHOTSPOTTER" not in natures
    assert len(sensors) == 333
    assert set(sensors) == {"sensor"}


def repeating_everything_changes_nothing(city: Database, milwaukee: Path, tmp_path: Path) -> None:
    before = verdicts_of(city)
    with city.read() as session:
        events = session.query(Event).count()
    counts = take_in(city, milwaukee, tmp_path, "")
    assert [count["duplicate"] for count in counts] == [333, 33_968]
    assert judge_all(city) == 0
    assert verdicts_of(city) == before
    with city.read() as session:
        assert session.query(Event).count() == events
        assert session.query(AuditEntry).filter_by(action="import.start").count() == 4


def listed(database: Database) -> list[dict[str, Any]]:
    with database.read() as session:
        return list_incidents(session, IncidentFilters(), limit=1000).items


def ids_of(item: dict[str, Any]) -> tuple[str, ...]:
    return tuple(alert["external_id"] for alert in item["alerts"])


def test_shares_and_intervals_are_what_pandas_gives(city: Database, milwaukee: Path) -> None:
    incidents = listed(city)
    assert len(incidents) > 300
    rows = by_pandas.incidents_of(
        by_pandas.read_table(milwaukee),
        milwaukee,
        {ids_of(item): item["verdict"] for item in incidents if item["longitude"] is not None},
    )
    for by in ("hour", "weekday", "month", "zone"):
        expected = by_pandas.shares(rows, by)
        with city.read() as session:
            found = measure_reporting(session, reporting_question({"by": by, "min_count": 1}), CHICAGO)
        shown = {row["group"]: row for row in found["rows"] if row["denominator"]}
        shown.pop(None, None)
        assert set(shown) == set(expected.index), by
        for group, row in expected.iterrows():
            told = shown[group]
            assert (told["numerator"], told["denominator"]) == (row["numerator"], row["denominator"]), group
            for name in ("share", "low", "high"):
                assert told[name] == pytest.approx(row[name], abs=1e-4), (group, name)
    verdicts = Counter(item["verdict"] for item in incidents)
    assert found["totals"]["numerator"] == verdicts["reported"] > 0
    assert found["totals"]["denominator"] == verdicts["reported"] + verdicts["unreported"]
    expected_calls = sum(
        item["probability_reported"] for item in incidents if item["verdict"] in ("reported", "unreported")
    )
    assert found["totals"]["expected"] == pytest.approx(expected_calls, abs=1e-3)
    assert found["calls_without_alert"] is None, "no coverage is known of this city"


def test_lags_are_what_pandas_gives_and_what_the_log_does_not_have_is_missing(
    city: Database, milwaukee: Path
) -> None:
    """It tells neither publication nor dispatch; the first call of each reported incident it does."""
    incidents = [item for item in listed(city) if item["verdict"] != "withdrawn"]
    with city.read() as session:
        found = measure_response(session, response_question({}))["totals"]
        calls = session.execute(
            select(Link.incident_id, Call.external_id).join(Call).where(Link.probability >= 0.5)
        ).all()
    for name in ("publication", "dispatch", "arrival"):
        assert (found[name]["count"], found[name]["missing"]) == (0, len(incidents))
    reporting = {ids_of(item): [call for one, call in calls if str(one) == item["id"]] for item in incidents}
    lags = by_pandas.first_call_lags(by_pandas.read_table(milwaukee), reporting)
    assert found["first_call"]["count"] == len(lags) > 20
    assert found["first_call"]["mean"] == pytest.approx(lags.mean(), abs=2e-3)
    for name, share in (("p10", 0.1), ("median", 0.5), ("p90", 0.9)):
        assert found["first_call"][name]["value"] == pytest.approx(lags.quantile(share), abs=2e-3), name
