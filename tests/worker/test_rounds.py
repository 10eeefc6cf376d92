"""What rounds write and what they need not: rules, history, events, numbers; in small parts as in one."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.correlation.parameters import Parameters
from app.db.models import Change, Event, Incident, VerdictChange
from app.rules.store import put_in_force
from app.worker import round as rounds
from tests.correlation.conftest import place
from tests.worker.conftest import SHOTS, Town, instant


def test_new_rules_are_told_and_written_down(town: Town) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    town.alert("A")
    town.call("C", 60, place(900, 900), nature="disturbance")
    town.work_off()
    assert town.verdict("A") == "unreported"
    with town.database.write() as session:
        rules = put_in_force(session, Parameters(prior_reported=0.9), None, actor="test", now=town.clock())
        session.add(Change(kind="all", from_at=instant(0), through_at=instant(0)))
    town.work_off()
    assert town.incident("A").rules_version == rules.version
    assert len(town.history("A")) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_second_round_writes_nothing(town: Town, count: int) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    for number in range(count):
        town.alert(f"A{number}", number * 10)
    town.alert("B", 30, place(5000))
    town.call("C")
    town.call("S", 70, origin="sensor")
    town.work_off()
    with town.database.read() as session:
        before = _counts(session)
    town.clock.advance(60)
    with town.database.write() as session:
        session.add(Change(kind="all", from_at=instant(-86_400), through_at=instant(86_400)))
    assert town.work_off() == 0
    with town.database.read() as session:
        assert _counts(session) == before
        assert session.scalar(select(func.max(Incident.updated_at))) == instant(4000)


def _counts(session: object) -> list[int | None]:
    tables = (Event, VerdictChange, Incident)
    return [
        session.scalar(select(func.count()).select_from(table))  # type: ignore[attr-defined]
        for table in tables
    ]


def test_events_follow_the_commits_and_know_what_is_history(town: Town) -> None:
    town.clock.now = SHOTS + timedelta(hours=6)
    town.alert("old", -1)
    town.alert("new", 0, place(5000))
    town.work_off()
    with town.database.read() as session:
        rows = session.execute(select(Event.id, Event.historical, Event.at).order_by(Event.id)).all()
    assert [row.historical for row in rows] == [True, True, False, False]
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    town.clock.advance(60)
    town.retract("new")
    town.work_off()
    last = town.events()[-1]
    assert last.id > rows[-1].id
    assert last.type == "incident.withdrawn"
    assert last.historical
    assert last.at == town.clock()


def test_numbers_are_of_the_year_in_the_agencys_zone(town: Town) -> None:
    """05:59:59Z on New Year's Day is still the old year in Chicago."""
    town.clock.now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for key, time in (
        ("last", "2026-01-01T05:59:59Z"),
        ("first", "2026-01-01T06:00:00Z"),
        ("second", "2026-01-01T07:00:00Z"),
    ):
        town.deliver("sensors", {"external_id": key, "revision": 1, "started_at": time,
                                 "longitude": place(len(key) * 3000)[0], "latitude": place()[1],
                                 "classification": "single_gunshot"})  # fmt: skip
    town.work_off()
    numbers = [town.incident(key).number for key in ("last", "first", "second")]
    assert numbers == ["2025-000001", "2026-000001", "2026-000002"]
    town.deliver("sensors", {"external_id": "more", "revision": 1, "started_at": "2026-01-01T05:00:00Z",
                             "longitude": place()[0], "latitude": place()[1],
                             "classification": "single_gunshot"})  # fmt: skip
    town.work_off()
    assert town.incident("more").number == "2025-000002"


def test_more_alerts_at_one_instant_than_a_round_holds_come_to_an_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with dates for times puts a day's alerts at midnight."""
    monkeypatch.setattr(rounds, "MOST_ALERTS", 4)
    town.clock.now = instant(4000)
    town.deliver(
        "sensors",
        *[
            {"external_id": f"A{number}", "revision": 1, "started_at": instant(number // 6).isoformat(),
             "longitude": place(number * 3000)[0], "latitude": place()[1]}
            for number in range(12)
        ],
    )  # fmt: skip
    with town.database.write() as session:
        session.add(Change(kind="all", from_at=instant(0), through_at=instant(60)))
    town.work_off()
    assert len(town.incidents()) == 12
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0


def test_work_in_small_parts_is_as_in_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MOST_ALERTS", 3)
    town.clock.now = instant(90_000)
    town.heartbeat(90_000)
    for number in range(8):
        town.alert(f"A{number}", number * 55)
    town.alert("far", 70_000)
    town.call("C", 420)
    with town.database.write() as session:
        session.add(Change(kind="all", from_at=instant(-10), through_at=instant(80_000)))
    town.work_off()
    assert town.members() == {frozenset(f"A{number}" for number in range(8)), frozenset({"far"})}
    assert (town.verdict("A0"), town.verdict("far")) == ("reported", "unreported")


def test_what_comes_in_now_does_not_wait_until_years_are_judged_again(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "MOST_ALERTS", 3)
    town.clock.now = instant(90_000)
    for number in range(12):
        town.alert(f"A{number}", number * 5000)
    rounds.run_round(town.database, town.clock(), "UTC")
    town.alert("now", 89_000)
    rounds.run_round(town.database, town.clock(), "UTC")
    assert len(town.incidents()) == 6
    assert town.incident("now").started_at == instant(89_000)
    town.work_off()
    assert len(town.incidents()) == 13
