"""Several workers, and workers that die in the middle."""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert, Event, Incident
from app.worker import round as rounds
from app.worker import write
from app.worker.round import changes_waiting, run_round
from tests.conftest import Clock
from tests.correlation.conftest import place
from tests.worker.conftest import Town, furnish, instant


def outcome(town: Town) -> set[Any]:
    with town.database.read() as session:
        together: dict[int, set[str]] = {}
        for row in session.execute(select(Alert.incident_id, Alert.external_id)):
            together.setdefault(row.incident_id, set()).add(row.external_id)
    return {
        (frozenset(together[incident.id]), incident.verdict, incident.probability_reported)
        for incident in town.incidents()
    }


def test_a_worker_that_dies_is_repeated(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    town.alert("A")
    town.call("C")
    waiting = changes_waiting(town.database)

    class Killed(BaseException):
        """No edge may catch it."""

    real = rounds.write_incidents

    def die(*values: Any) -> None:
        real(*values)
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(rounds, "write_incidents", die)
        with pytest.raises(Killed):
            run_round(town.database, town.clock(), town.zone_name)
    with town.database.read() as session:
        assert [session.scalar(select(func.count()).select_from(each)) for each in (Incident, Event)] == [
            0,
            0,
        ]
    assert changes_waiting(town.database) == waiting
    town.work_off()
    assert town.verdict("A") == "reported"
    assert town.incident("A").number == "2026-000001"
    assert town.event_types() == ["opened", "reported"]


def test_dying_between_two_incidents_leaves_neither(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.clock.now = instant(90_000)
    town.alert("A")
    town.alert("B", 40_000)
    real = write.incident_values
    seen = []

    def second_time(*values: Any) -> Any:
        seen.append(values)
        if len(seen) == 2:
            raise RuntimeError("killed")
        return real(*values)

    with monkeypatch.context() as patch:
        patch.setattr(write, "incident_values", second_time)
        with pytest.raises(RuntimeError, match="killed"):
            run_round(town.database, town.clock(), town.zone_name)
    assert town.incidents() == []
    town.work_off()
    assert len(town.incidents()) == 2


@pytest.fixture
def shared_town(postgresql_settings: Settings, clock: Clock, request: pytest.FixtureRequest) -> Any:
    """A town on PostgreSQL, where several workers can be at work at once."""
    from app.domain.vocabulary import SourceKind
    from tests.feeds import add_feed

    database = Database(postgresql_settings)

    def add(name: str, kind: SourceKind, mapping: str | None = None) -> str:
        with database.write() as session:
            return add_feed(session, name, kind, mapping, now=clock())

    furnish(add)
    yield Town(database, clock)
    database.dispose()


def _together(work: list[Callable[[], object]]) -> list[BaseException]:
    """Run all at once; what went wrong. Fails when they do not end."""
    errors: list[BaseException] = []
    barrier = Barrier(len(work))

    def run(each: Callable[[], object]) -> None:
        barrier.wait()
        try:
            each()
        except BaseException as error:  # noqa: BLE001 - handed to the test
            errors.append(error)

    threads = [Thread(target=run, args=(each,), daemon=True) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert not any(thread.is_alive() for thread in threads), "the workers wait for each other"
    return errors


def _tell(town: Town) -> None:
    """Chains of alerts every few minutes for three hours, half of them reported, one change each."""
    for number in range(24):
        at = number * 450
        town.alert(f"A{number}", at)
        town.alert(f"B{number}", at + 50, place(200))
        town.alert(f"D{number}", at + 20, place(5000, 400))
        if number % 2:
            town.call(f"C{number}", at + 90)


@pytest.mark.postgis
def test_three_workers_do_as_one(shared_town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town = shared_town
    monkeypatch.setattr(rounds, "MOST_CHANGES", 7)
    town.clock.now = instant(30_000)
    town.heartbeat(29_000)
    town.work_off()
    _tell(town)

    def work() -> None:
        while run_round(town.database, town.clock(), town.zone_name).more:
            pass

    assert _together([work] * 3) == []
    town.work_off()
    found = outcome(town)
    assert len(found) == 48
    numbers = sorted(incident.number for incident in town.incidents())
    assert numbers == [f"2026-{number:06d}" for number in range(1, 49)]
    opened = [event.incident_id for event in town.events() if event.type == "incident.opened"]
    assert len(opened) == len(set(opened)) == 48
    with town.database.write() as session:
        session.execute(text("TRUNCATE calls, alerts, incidents, changes RESTART IDENTITY CASCADE"))
    _tell(town)
    monkeypatch.undo()
    town.work_off()
    assert outcome(town) == found


@pytest.mark.postgis
def test_workers_at_a_due_incident_and_at_a_change_of_it_do_not_lock_each_other_out(
    shared_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One holds the hour and is about to write the incident; another finds it due and waits for the hour."""
    town = shared_town
    town.heartbeat(120)
    town.alert("A")
    town.work_off()
    town.alert("A", revision=2, rounds=9)
    real = rounds.load_alerts

    def slowly(*values: Any) -> Any:
        found = real(*values)
        time.sleep(0.6)
        return found

    monkeypatch.setattr(rounds, "load_alerts", slowly)
    now = town.clock()

    def at_the_change() -> None:
        run_round(town.database, now, town.zone_name)

    def at_the_due_one() -> None:
        time.sleep(0.3)
        run_round(town.database, now + timedelta(days=1), town.zone_name)

    assert _together([at_the_change, at_the_due_one]) == []
    assert (town.verdict("A"), town.incident("A").rounds) == ("indeterminate", 9)


@pytest.mark.postgis
def test_the_log_is_not_held_while_a_number_is_waited_for(
    shared_town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two rounds of two places each: one writes an event first, the other takes a number first."""
    town = shared_town
    town.clock.now = instant(900_000)
    town.alert("known")
    town.work_off()
    town.alert("known", revision=2, rounds=9)
    for number in range(1, 4):
        town.alert(f"new-{number}", 200_000 * number)
    monkeypatch.setattr(rounds, "MOST_CHANGES", 2)
    real = rounds.write_incidents

    def slowly(*values: Any) -> Any:
        found = real(*values)
        time.sleep(0.5)
        return found

    monkeypatch.setattr(rounds, "write_incidents", slowly)

    def first() -> None:
        run_round(town.database, town.clock(), town.zone_name)

    def second() -> None:
        time.sleep(0.25)
        run_round(town.database, town.clock(), town.zone_name)

    assert _together([first, second]) == []
    assert len(town.incidents()) == 4
    ids = [event.id for event in town.events()]
    assert ids == sorted(ids)
    assert changes_waiting(town.database) == 0
