"""The trail: each entry's hash covers the one before, and nobody changes what was written."""

from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import Row, select, text
from sqlalchemy.exc import DBAPIError

from app.audit import append_audit
from app.audit.store import FIRST_HASH, entry_hash
from app.db import Database
from app.db.models import AuditEntry
from tests.conftest import Clock


def write(database: Database, clock: Clock, count: int) -> None:
    for number in range(count):
        with database.write() as session:
            append_audit(
                session,
                at=clock() + timedelta(microseconds=number),
                actor="key:größe",
                action="source.add",
                target=f"source:{number}",
                detail={"z": 1.5, "a": [None, True, "ü"], "nested": {"y": 1, "x": number}},
            )


def entries(database: Database) -> list[Row[tuple[object, ...]]]:
    with database.read() as session:
        return list(session.execute(select(*AuditEntry.__table__.c).order_by(AuditEntry.id)).all())


def verifies(rows: list[Row[tuple[object, ...]]]) -> bool:
    previous = FIRST_HASH
    for row in rows:
        if row.previous_hash != previous or entry_hash(row._mapping) != row.hash:
            return False
        previous = row.hash
    return True


def test_the_chain_verifies_as_read_back(database: Database, clock: Clock) -> None:
    write(database, clock, 5)
    rows = entries(database)
    assert len(rows) == 5
    assert rows[0].previous_hash == bytes(32)
    assert verifies(rows)
    assert not verifies(rows[1:])
    assert not verifies([rows[0], *rows[2:]])


@pytest.mark.parametrize(
    "change",
    [
        {"actor": "other"},
        {"action": "source.remove"},
        {"target": "source:x"},
        {"detail": {}},
        {"at": datetime(2020, 1, 1, tzinfo=UTC)},
        {"previous_hash": b"x" * 32},
    ],
)
def test_every_field_is_in_the_hash(change: dict[str, object]) -> None:
    entry = {
        "at": datetime(2026, 7, 4, tzinfo=UTC),
        "actor": "a",
        "action": "b",
        "target": "c",
        "detail": {"d": 1},
        "previous_hash": FIRST_HASH,
    }
    assert entry_hash({**entry, **change}) != entry_hash(entry)


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
def test_it_cannot_be_changed(database: Database, clock: Clock, statement: str) -> None:
    write(database, clock, 1)
    with pytest.raises(DBAPIError, match="append-only"), database.write() as session:
        session.execute(text(statement))
    assert verifies(entries(database))


def test_what_is_rolled_back_leaves_no_hole(database: Database, clock: Clock) -> None:
    write(database, clock, 1)
    with database.write() as session:
        append_audit(session, at=clock(), actor="a", action="b", target="c")
        session.rollback()
    write(database, clock, 1)
    assert len(entries(database)) == 2
    assert verifies(entries(database))


def test_many_at_once_make_one_chain(database: Database, clock: Clock) -> None:
    barrier = Barrier(4)

    def run() -> None:
        barrier.wait()
        write(database, clock, 5)

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(entries(database)) == 20
    assert verifies(entries(database))
