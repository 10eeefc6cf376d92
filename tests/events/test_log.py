"""Reading the log: in order, page by page, with what was said of each incident before."""

import time
from threading import Thread

import pytest

from app.core.settings import Settings
from app.db import Database
from app.db.wakeups import Stop
from app.events import EventType
from app.events.log import LoggedEvent, events_after, is_in_log, newest_event_id
from tests.stream.events import event, make_incidents, write


@pytest.fixture
def log(database: Database) -> Database:
    """A database with a log of six events about three incidents."""
    make_incidents(database)
    write(database, [event(1, EventType.OPENED, rounds=1), event(2, EventType.OPENED, rounds=2)])
    write(database, [event(1, rounds=11), event(1, rounds=12)])
    write(database, [event(2, rounds=21), event(3, rounds=3)])
    return database


def read(database: Database, after: int, most: int = 100) -> list[LoggedEvent]:
    with database.read() as session:
        return events_after(session, after, most)


def changes(events: list[LoggedEvent]) -> list[tuple[int, int | None, int]]:
    return [
        (each.id, each.before["rounds"] if each.before else None, each.document["rounds"]) for each in events
    ]


def test_each_event_knows_the_one_before_it_about_the_same_incident(log: Database) -> None:
    everything = [(1, None, 1), (2, None, 2), (3, 1, 11), (4, 11, 12), (5, 2, 21), (6, None, 3)]
    assert changes(read(log, 0)) == everything
    for after in range(7):
        assert changes(read(log, after)) == everything[after:]
        assert changes(read(log, after, 2)) == everything[after : after + 2]


def test_what_the_log_has(log: Database) -> None:
    with log.read() as session:
        assert newest_event_id(session) == 6
        assert [number for number in range(9) if is_in_log(session, number)] == [0, 1, 2, 3, 4, 5, 6]


def test_an_empty_log(database: Database) -> None:
    with database.read() as session:
        assert (newest_event_id(session), is_in_log(session, 0), is_in_log(session, 1)) == (0, True, False)
        assert events_after(session, 0, 10) == []


def test_who_waits_for_events_is_woken_by_those_alone(database: Database) -> None:
    make_incidents(database)
    seen = database.wait_for_events(-1, 0)
    with database.write():
        pass
    assert database.wait_for_events(seen, 0) == seen
    write(database, [event(1)])
    assert database.wait_for_events(seen, 0) != seen


@pytest.mark.postgis
def test_events_of_another_process_wake_who_listens(postgresql_settings: Settings) -> None:
    here, elsewhere = Database(postgresql_settings), Database(postgresql_settings)
    make_incidents(elsewhere)
    stop = Stop()
    listener = Thread(target=here.listen_for_events, args=(stop,))
    listener.start()
    seen = here.wait_for_events(-1, 0)
    deadline = time.monotonic() + 10
    # It may not listen yet when the first are written.
    while here.wait_for_events(seen, 0.1) == seen:
        assert time.monotonic() < deadline
        write(elsewhere, [event(1)])
    stop.set()
    listener.join(10)
    assert not listener.is_alive(), "it waits for the network, and was not told to stop"
    for database in (here, elsewhere):
        database.dispose()
