"""Sources: added, rotated, switched off, and what they are believed to have covered."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.adapters import preset_text
from app.core.errors import InvalidParameterError, NotFoundError, SourceDisabledError
from app.db import Database
from app.db.models import AuditEntry, Change
from app.domain.time import from_micros
from app.domain.vocabulary import SourceKind
from app.intake.completeness import lower_watermark, state_heartbeat, state_import
from app.sources.coverage import load_call_feed
from app.sources.feeds import load_feed
from app.sources.store import find_source, rotate_secret, set_disabled
from tests.conftest import NOW, Clock

AddFeed = Callable[..., str]


def audit(database: Database) -> list[tuple[str, str, Any]]:
    with database.read() as session:
        rows = session.execute(
            select(AuditEntry.action, AuditEntry.target, AuditEntry.detail).order_by(AuditEntry.id)
        )
        return [(row.action, row.target, row.detail) for row in rows]


def covered(database: Database, name: str = "cad") -> list[tuple[float, float]]:
    """What a feed covers, in minutes after NOW."""
    with database.read() as session:
        return [
            ((from_micros(low) - NOW).total_seconds() / 60, (from_micros(high) - NOW).total_seconds() / 60)
            for low, high in load_call_feed(session, name).covered
        ]


def minutes(number: float) -> datetime:
    return NOW + timedelta(minutes=number)


def heartbeat(database: Database, clock: Clock, through: float) -> None:
    with database.write() as session:
        state_heartbeat(session, load_feed(session, "cad", clock()), minutes(through), clock())


def imported(database: Database, clock: Clock, low: float, high: float) -> None:
    with database.write() as session:
        feed = load_feed(session, "cad", clock())
        state_import(session, feed, [(minutes(low), minutes(high))], clock())


def lower(database: Database, clock: Clock, through: float) -> None:
    with database.write() as session:
        lower_watermark(session, "cad", minutes(through), actor="admin", now=clock())


def test_adding(database: Database, add_feed: AddFeed) -> None:
    secret = add_feed("cad", SourceKind.CALLS)
    with database.read() as session:
        feed = load_feed(session, "cad", NOW)
        assert (feed.secrets, feed.kind, feed.disabled_at) == ((secret,), SourceKind.CALLS, None)
        with pytest.raises(NotFoundError):
            load_feed(session, "other", NOW)
        with pytest.raises(InvalidParameterError, match="known: cad"):
            find_source(session, "other")
    assert audit(database) == [("source.add", "source:cad", {})]


@pytest.mark.parametrize("name", ["", "CAD", "-cad", "ca d", "c" * 65, "cad/x", "cad\n"])
def test_a_name_that_is_none_is_refused(add_feed: AddFeed, name: str) -> None:
    with pytest.raises(InvalidParameterError, match="no source name"):
        add_feed(name, SourceKind.CALLS)


def test_a_second_of_the_name_and_a_mapping_of_the_other_kind_are_refused(add_feed: AddFeed) -> None:
    add_feed("cad", SourceKind.CALLS)
    with pytest.raises(InvalidParameterError, match="already"):
        add_feed("cad", SourceKind.CALLS)
    with pytest.raises(InvalidParameterError, match="the mapping is for alerts"):
        add_feed("other", SourceKind.CALLS, preset_text("generic-alerts-json"))


def test_rotation_keeps_the_old_secret_for_a_day(database: Database, add_feed: AddFeed) -> None:
    old = add_feed("cad", SourceKind.CALLS)
    with database.write() as session:
        new = rotate_secret(session, "cad", actor="admin", now=NOW)
    with database.read() as session:
        assert load_feed(session, "cad", NOW).secrets == (new, old)
        day = timedelta(hours=24)
        assert load_feed(session, "cad", NOW + day - timedelta(seconds=1)).secrets == (new, old)
        assert load_feed(session, "cad", NOW + day).secrets == (new,)
    with database.write() as session:
        newest = rotate_secret(session, "cad", actor="admin", now=NOW + timedelta(hours=1))
    with database.read() as session:
        assert load_feed(session, "cad", NOW + timedelta(hours=24)).secrets == (newest, new)
    assert [action for action, _, _ in audit(database)] == ["source.add", *["source.rotate-secret"] * 2]


def test_a_disabled_feed_is_refused(database: Database, add_feed: AddFeed) -> None:
    add_feed("cad", SourceKind.CALLS)
    with database.write() as session:
        set_disabled(session, "cad", disabled=True, actor="admin", now=NOW)
    with database.read() as session:
        feed = load_feed(session, "cad", NOW)
        assert feed.disabled_at == NOW
        with pytest.raises(SourceDisabledError):
            feed.require(SourceKind.CALLS)
        with pytest.raises(NotFoundError):
            feed.require(SourceKind.ALERTS)
    with database.write() as session:
        set_disabled(session, "cad", disabled=False, actor="admin", now=NOW)
    with database.read() as session:
        load_feed(session, "cad", NOW).require(SourceKind.CALLS)
    assert [action for action, _, _ in audit(database)] == ["source.add", "source.disable", "source.enable"]


def test_statements_are_believed_no_further_than_the_moment_they_came(
    database: Database, add_feed: AddFeed, clock: Clock
) -> None:
    add_feed("cad", SourceKind.CALLS)
    imported(database, clock, -60, 500)
    assert covered(database) == [(-60, 0)]
    imported(database, clock, 10, 20)
    heartbeat(database, clock, 500)
    assert covered(database)[-1][1] == 0


def test_imports_join_where_they_touch(database: Database, add_feed: AddFeed, clock: Clock) -> None:
    add_feed("cad", SourceKind.CALLS)
    for low, high in ((-90, -80), (-60, -50), (-50, -40), (-30, -20), (-29, -21), (-85, -70)):
        imported(database, clock, low, high)
    assert covered(database) == [(-90, -70), (-60, -40), (-30, -20)]
    imported(database, clock, -75, -25)
    assert covered(database) == [(-90, -20)]


def test_lowering_takes_back_what_lies_after_and_is_written_down(
    database: Database, add_feed: AddFeed, clock: Clock
) -> None:
    add_feed("cad", SourceKind.CALLS)
    imported(database, clock, -90, -50)
    imported(database, clock, -40, -30)
    with database.write() as session:
        session.query(Change).delete()
    lower(database, clock, -60)
    assert covered(database) == [(-90, -60)]
    with database.read() as session:
        spans = [(row.from_at, row.through_at) for row in session.scalars(select(Change))]
    assert min(low for low, _ in spans) <= minutes(-60)
    assert max(high for _, high in spans) >= minutes(-30)
    assert audit(database)[-1] == (
        "source.lower-watermark",
        "source:cad",
        {"through": "2026-07-04T11:00:00.000000Z"},
    )
    imported(database, clock, -90, -20)
    assert covered(database) == [(-90, -20)]


def test_lowering_a_heartbeat_and_lowering_below_its_beginning(
    database: Database, add_feed: AddFeed, clock: Clock
) -> None:
    add_feed("cad", SourceKind.CALLS)
    heartbeat(database, clock, -90)
    heartbeat(database, clock, -10)
    before = covered(database)
    lower(database, clock, -50)
    assert covered(database) == [(before[0][0], -50)]
    lower(database, clock, -500)
    assert covered(database) == []
    heartbeat(database, clock, -5)
    assert covered(database)[-1][1] == -5


def test_only_call_feeds_have_a_watermark(database: Database, add_feed: AddFeed, clock: Clock) -> None:
    add_feed("sensors", SourceKind.ALERTS)
    with pytest.raises(InvalidParameterError, match="only call feeds"), database.write() as session:
        lower_watermark(session, "sensors", NOW, actor="admin", now=clock())


def test_a_feeds_clock_is_taken_off_its_statements(
    database: Database, add_feed: AddFeed, clock: Clock
) -> None:
    add_feed("cad", SourceKind.CALLS, "clock_offset_s = -600\n" + preset_text("generic-calls-json"))
    imported(database, clock, -90, -50)
    assert covered(database) == [(-80, -40)]
    lower(database, clock, -60)
    assert covered(database) == [(-80, -60)]
