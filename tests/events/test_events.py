"""The log: in the order of commits, in the caller's transaction, and never changed."""

import time
from threading import Event as Signal
from threading import Thread

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from app.db import Database
from app.db.models import Event
from app.events import EventType, append_events
from app.events.store import NewEvent
from tests.conftest import NOW


def event(number: int) -> NewEvent:
    document = {"number": number, "deep": {"none": None, "text": "ü"}}
    return NewEvent(
        type=EventType.UPDATED,
        at=NOW,
        historical=number % 2 == 1,
        incident_id=None,  # type: ignore[arg-type]
        document=document,
    )


def numbers(database: Database) -> list[int]:
    with database.read() as session:
        return [each.document["number"] for each in session.scalars(select(Event).order_by(Event.id))]


def test_what_is_written_is_read(database: Database) -> None:
    with database.write() as session:
        append_events(session, [])
        append_events(session, [event(0), event(1)])
    with database.read() as session:
        first, second = session.scalars(select(Event).order_by(Event.id)).all()
    assert (first.type, first.at, first.historical, second.historical) == (
        "incident.updated",
        NOW,
        False,
        True,
    )
    assert first.document == event(0).document


@pytest.mark.parametrize("statement", ["UPDATE events SET type = 'x'", "DELETE FROM events"])
def test_it_cannot_be_changed(database: Database, statement: str) -> None:
    with database.write() as session:
        append_events(session, [event(0)])
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))
    assert numbers(database) == [0]


@pytest.mark.parametrize("table", ["verdict_changes", "rules_uses", "audit_entries", "alert_revisions"])
def test_other_trails_cannot_be_changed_either(database: Database, table: str) -> None:
    with database.read() as session:
        if database.is_embedded:
            query = f"SELECT count(*) FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{table}'"
            query += " AND sql LIKE '%append-only%'"
            assert session.scalar(text(query)) == 2
        else:
            query = f"SELECT count(*) FROM pg_trigger WHERE tgrelid = '{table}'::regclass"
            query += " AND tgname LIKE '%append_only'"
            assert session.scalar(text(query)) == 1


def test_nobody_sees_a_later_id_before_an_earlier_one(database: Database) -> None:
    """A reader that asks for "id > last" while two write must skip nothing."""
    appended, seen = Signal(), []

    def slow() -> None:
        with database.write() as session:
            append_events(session, [event(1)])
            appended.set()
            time.sleep(0.3)

    def quick() -> None:
        appended.wait(5)
        with database.write() as session:
            append_events(session, [event(2)])
        seen.extend(numbers(database))

    threads = [Thread(target=slow), Thread(target=quick)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert seen == [1, 2]


def test_what_is_rolled_back_was_never_said(database: Database) -> None:
    with database.write() as session:
        append_events(session, [event(1)])
        session.rollback()
    assert numbers(database) == []
