"""Sessions that nobody asks for any more: written down as locked, then deleted."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from app.access.keys import KEY_PATTERN, KeyRing, create_key
from app.access.sessions import LockTimes, Sessions, sign_in, sign_out, tidy_sessions
from app.core.errors import SessionLockedError, UnauthenticatedError
from app.db import Database
from app.db.models import AuditEntry, KeySession
from app.domain.vocabulary import Role
from tests.conftest import Clock

TIMES = LockTimes(timedelta(minutes=30), timedelta(hours=12))


def begin(database: Database, clock: Clock) -> str:
    """A new session of a new key."""
    with database.write() as session:
        key = create_key(
            session,
            role=Role.VIEWER,
            source_name=None,
            name=None,
            scopes=None,
            expires_at=None,
            actor="test",
            now=clock(),
        )
    assert KEY_PATTERN.fullmatch(key)
    holder = KeyRing(database, 0).check(key, clock())
    assert holder is not None
    with database.write() as session:
        return sign_in(session, holder, address="10.0.0.1", now=clock())


def told(database: Database) -> list[tuple[str, str]]:
    """What the trail says of sessions."""
    with database.read() as session:
        entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    return [(entry.action, entry.detail.get("because", "")) for entry in entries if entry.action[0] == "s"]


def test_what_locked_unnoticed_is_written_down_once_and_deleted_after_a_week(
    database: Database, clock: Clock
) -> None:
    tokens = [begin(database, clock)]
    clock.advance(1200)
    tokens.append(begin(database, clock))
    clock.advance(660)
    for _ in range(2):
        with database.write() as session:
            tidy_sessions(session, TIMES, clock())
    assert told(database)[2:] == [("session.lock", "idle")]
    sessions = Sessions(database, TIMES, 0)
    with pytest.raises(SessionLockedError):
        sessions.require(tokens[0], clock())
    assert sessions.require(tokens[1], clock()).locked_at is None
    clock.advance(7 * 86_400)
    with database.write() as session:
        tidy_sessions(session, TIMES, clock())
        assert session.scalars(select(KeySession)).all() == []
    assert told(database)[3:] == [("session.lock", "idle")]
    with pytest.raises(UnauthenticatedError):
        sessions.require(tokens[0], clock())


def test_what_was_locked_stays_so_when_the_operator_allows_more(database: Database, clock: Clock) -> None:
    token = begin(database, clock)
    clock.advance(1800)
    with pytest.raises(SessionLockedError):
        Sessions(database, TIMES, 0).require(token, clock())
    patient = Sessions(database, LockTimes(timedelta(hours=2), timedelta(hours=12)), 0)
    with pytest.raises(SessionLockedError):
        patient.require(token, clock())


def test_ids_are_not_used_twice(database: Database, clock: Clock) -> None:
    """The trail speaks of sessions that are gone."""
    seen = set()
    for _ in range(3):
        token = begin(database, clock)
        with database.write() as session:
            seen.add(session.scalars(select(KeySession.id)).one())
            sign_out(session, token, because="test", now=clock())
    assert len(seen) == 3


def test_the_memory_for_sessions_is_bounded(
    database: Database, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.access.sessions._MOST_REMEMBERED", 2)
    sessions = Sessions(database, TIMES, 60)
    for _ in range(5):
        sessions.require(begin(database, clock), clock())
    assert len(sessions._known) <= 2


def test_short_locks_are_counted_finer(database: Database, clock: Clock) -> None:
    sessions = Sessions(database, LockTimes(timedelta(seconds=60), timedelta(hours=12)), 60)
    token = begin(database, clock)
    for _ in range(20):
        clock.advance(50)
        sessions.move(token, sessions.require(token, clock()), clock())
    clock.advance(60)
    with pytest.raises(SessionLockedError):
        sessions.require(token, clock())
