"""Statements of every kind read the tables as they were known at a time, and change nothing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import exists, func, insert, literal, select, text, union_all, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import aliased

from app.db import Database
from app.db.as_of import as_known
from app.db.database import as_of, dialect_of
from app.db.dialect import sqlite
from app.db.models import VERSIONS, Base, Call, CallRevision, MissedGunfire, Source
from app.db.versions import changed_at, keep_versions
from app.domain.vocabulary import SourceKind
from tests.conftest import NOW

CALLS = Call.__table__
# Tables that a session as of a time reads as they are today.
TODAYS = {
    *("sources", "source_secrets", "imports", "covered_stretches", "rejects", "changes", "number_series"),
    *("zones", "cameras", "rules", "backgrounds", "keys", "key_sessions"),
    *("audit_entries", "answered_requests"),
    # Each row belongs to one of a table that is cut.
    "disposition_alerts",
}
HERE, THERE = (-87.94, 43.01), (-87.80, 43.20)


def after(minutes: float) -> datetime:
    return NOW + timedelta(minutes=minutes)


def change(database: Database, now: datetime, external_id: str = "a", **values: Any) -> None:
    with database.write() as session:
        keep_versions(session, CALLS, Call.external_id == external_id, now)
        session.execute(
            update(CALLS)
            .where(Call.external_id == external_id)
            .values(changed_at=changed_at(CALLS, now), **values)
        )


def add_call(database: Database, external_id: str, stored_at: datetime) -> int:
    with database.write() as session:
        source_id = session.scalars(select(Source.id)).one()
        row: dict[str, Any] = {
            **{"source_id": source_id, "external_id": external_id, "revision": 1, "fingerprint": b""},
            **{"received_at": NOW, "line": "911", "nature": "shots_fired", "origin": "citizen"},
            **{"priority": "first", "longitude": HERE[0], "latitude": HERE[1], "stored_at": stored_at},
        }
        return session.scalars(insert(Call).values(**row).returning(Call.id)).one()


@pytest.fixture
def history(database: Database, add_feed: Callable[..., str]) -> Database:
    """A call that is told at 0, changed at 10 and moved at 20, and another that comes at 15 minutes."""
    add_feed("cad", SourceKind.CALLS)
    add_call(database, "a", after(0))
    change(database, after(10), priority="second")
    add_call(database, "b", after(15))
    change(database, after(20), priority="third", longitude=THERE[0], latitude=THERE[1])
    return database


def test_a_table_is_what_was_known(history: Database) -> None:
    def seen(minutes: float) -> list[str | None]:
        with history.read(as_of=after(minutes)) as session:
            assert as_of(session) == after(minutes)
            return list(session.scalars(select(Call.priority).order_by(Call.external_id)))

    assert [seen(minutes) for minutes in (-1, 0, 9.99, 10, 14.99, 15, 19.99, 20, 99)] == [
        [],
        ["first"],
        ["first"],
        ["second"],
        ["second"],
        ["second", "first"],
        ["second", "first"],
        ["third", "first"],
        ["third", "first"],
    ]
    with history.read() as session:
        assert as_of(session) is None
        assert list(session.scalars(select(Call.priority).order_by(Call.external_id))) == ["third", "first"]


def test_of_every_table_it_is_said_how_it_is_read() -> None:
    """A new one is either shadowed, with its versions or by when its rows came, or today's on purpose."""
    versions = {table.name for table in VERSIONS.values()}
    tables = set(Base.metadata.tables) - versions
    shadowed = {name for name in tables if "WITH" in as_known(f"SELECT 1 FROM {name}", NOW, sqlite)}
    assert shadowed | TODAYS == tables
    assert not shadowed & TODAYS


def _statements() -> dict[str, Any]:
    other = aliased(Call)
    counted = select(Call.source_id, func.count().label("calls")).group_by(Call.source_id).subquery()
    return {
        "compound": union_all(select(Call.priority), select(literal("x")).where(literal(False))),
        "subquery": select(select(Call.priority).subquery().c.priority),
        "scalar subquery": select(select(Call.priority).scalar_subquery()),
        "exists": select(literal("second")).where(exists().where(Call.priority == "second")),
        "in": select(Source.name).where(
            Source.id.in_(select(Call.source_id).where(Call.priority == "second"))
        ),
        "alias": select(other.priority),
        "join": select(Call.priority).join(Source, Call.source_id == Source.id),
        "outer join": select(counted.c.calls).select_from(Source).outerjoin(counted),
        "self join": select(other.priority).join(Call, Call.id == other.id),
        "with": select(select(Call.priority).cte("ours").c.priority),
        "text": text("SELECT priority FROM calls"),
    }


def test_every_kind_of_statement_is_covered(history: Database) -> None:
    for kind, statement in _statements().items():
        expected = {"in": "cad", "outer join": 1}.get(kind, "second")
        for _ in range(2):
            with history.read(as_of=after(12)) as session:
                assert session.execute(statement).scalars().all() == [expected], kind
                assert session.connection().execute(statement).scalars().all() == [expected], kind
        with history.read(as_of=after(-1)) as session:
            assert session.execute(statement).scalar() is None, kind


def test_rows_as_objects_and_lists_of_values(history: Database) -> None:
    with history.read(as_of=after(12)) as session:
        ids = session.scalars(select(Call.id)).all()
        one_of = dialect_of(session).one_of
        assert [row.priority for row in session.scalars(select(Call).where(one_of(Call.id, ids)))] == [
            "second"
        ]
        assert session.get(Call, ids[0]).priority == "second"


def test_places_are_those_of_that_time(history: Database) -> None:
    """The index of positions knows only where things are now."""
    for minutes, here, there in ((12, ["a"], []), (16, ["a", "b"], []), (30, ["b"], ["a"])):
        with history.read(as_of=after(minutes)) as session:
            dialect = dialect_of(session)
            for place, expected in ((HERE, here), (THERE, there)):
                box = (place[0] - 0.01, place[1] - 0.01, place[0] + 0.01, place[1] + 0.01)
                for condition in (dialect.near(Call, *place, 100.0), dialect.in_box(Call, *box)):
                    found = session.scalars(select(Call.external_id).where(condition))
                    assert sorted(found) == expected


def test_what_is_only_added_to_is_cut_and_what_is_set_later_is_not_yet(history: Database) -> None:
    with history.write() as session:
        call_id = session.scalars(select(Call.id).where(Call.external_id == "a")).one()
        body = {"fingerprint": b"", "outcome": "accepted", "record": {}, "raw": {}, "call_id": call_id}
        rows = [{**body, "revision": number, "stored_at": after(number)} for number in (1, 2, 3)]
        session.execute(insert(CallRevision), rows)
        filed = {"happened_at": NOW, "longitude": 0.0, "latitude": 0.0, "evidence": {}, "actor": "t"}
        session.execute(insert(MissedGunfire).values(**filed, created_at=after(1), withdrawn_at=after(2)))
    withdrawn = select(MissedGunfire.withdrawn_at)
    for minutes, revisions, expected in ((0, 0, []), (1, 1, [None]), (2, 2, [after(2)]), (9, 3, [after(2)])):
        with history.read(as_of=after(minutes)) as session:
            assert session.scalar(select(func.count()).select_from(CallRevision)) == revisions
            assert session.scalars(withdrawn).all() == expected


def test_a_clock_that_is_behind_leaves_one_row_for_every_time(history: Database) -> None:
    change(history, after(5), "b", priority="late")
    change(history, after(18), "b", priority="last")
    for minutes, expected in ((14, []), (16, ["late"]), (17, ["late"]), (18, ["last"])):
        with history.read(as_of=after(minutes)) as session:
            found = session.scalars(select(Call.priority).where(Call.external_id == "b")).all()
            assert found == expected


def somebody_waits(database: Database) -> bool:
    with database.read() as session:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(session.scalar(text(f"{waiting} AND datname = current_database()")))


def test_two_who_change_a_row_at_once_leave_one_row_for_every_time(history: Database) -> None:
    """Who comes second keeps what the first made of it, not what both found."""
    came_second = Thread(target=change, args=(history, after(30)), kwargs={"priority": "second at once"})
    with history.write() as session:
        keep_versions(session, CALLS, Call.external_id == "a", after(29))
        came_second.start()
        while came_second.is_alive() and not history.is_embedded and not somebody_waits(history):
            pass
        session.execute(
            update(CALLS)
            .where(Call.external_id == "a")
            .values(changed_at=changed_at(CALLS, after(29)), priority="first at once")
        )
    came_second.join()
    for minutes, expected in ((28, "third"), (29, "first at once"), (30, "second at once")):
        with history.read(as_of=after(minutes)) as session:
            found = session.scalars(select(Call.priority).where(Call.external_id == "a")).all()
            assert found == [expected]


def test_what_changed_twice_at_a_moment_was_only_the_last(history: Database) -> None:
    change(history, after(30), priority="fourth")
    change(history, after(30), priority="fifth")
    with history.read() as session:
        assert len(session.execute(select(VERSIONS["calls"])).all()) == 3
    with history.read(as_of=after(30)) as session:
        assert session.scalars(select(Call.priority).where(Call.external_id == "a")).all() == ["fifth"]


def test_nobody_writes_into_the_past(history: Database) -> None:
    with pytest.raises(DBAPIError), history.read(as_of=after(12)) as session:
        session.execute(update(CALLS).values(priority="other"))
    with history.read() as session:
        assert session.scalars(select(Call.priority).where(Call.external_id == "a")).all() == ["third"]
