"""Storing what a feed says of its completeness, with word to the worker of all that it changes."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.correlation.completeness import Interval, subtract
from app.db.models import CoveredStretch, Source
from app.domain.time import format_instant, from_micros
from app.intake.store import FARTHEST_AHEAD, Stretch, record_changes
from app.sources.coverage import load_call_feed, load_call_feeds
from app.sources.feeds import Feed


def state_heartbeat(session: Session, feed: Feed, through: datetime, now: datetime) -> None:
    """A feed's word that it is complete up to a time; believed no further than the moment it came."""
    believed = min(through, now)
    with _coverage_changing(session, feed.id, now):
        source = session.get_one(Source, feed.id, with_for_update={"key_share": True})
        source.last_received_at = now
        if source.heartbeat_from is None or believed < source.heartbeat_from:
            source.heartbeat_from = believed
        if source.heartbeat_through is None or believed > source.heartbeat_through:
            source.heartbeat_through = believed
        session.flush()


def state_import(
    session: Session, feed: Feed, from_at: datetime, through_at: datetime, now: datetime
) -> None:
    """An ended import: the feed is complete from the least to the greatest time in it."""
    low, high = from_at, min(through_at, now)
    if high < low:
        return
    own = CoveredStretch.source_id == feed.id
    touching = session.scalars(
        select(CoveredStretch).where(own, CoveredStretch.from_at <= high, CoveredStretch.through_at >= low)
    ).all()
    if any(stretch.from_at <= low and stretch.through_at >= high for stretch in touching):
        return
    low = min([low, *(stretch.from_at for stretch in touching)])
    high = max([high, *(stretch.through_at for stretch in touching)])
    with _coverage_changing(session, feed.id, now):
        _forget(session, [stretch.id for stretch in touching])
        session.execute(insert(CoveredStretch).values(source_id=feed.id, from_at=low, through_at=high))


def lower_watermark(session: Session, name: str, through: datetime, *, actor: str, now: datetime) -> None:
    """Take back what a call feed was believed to cover after a time; for administrators, who must say so.

    What the feed says from now on counts again.
    """
    feed = load_call_feed(session, name)
    told = through + timedelta(microseconds=feed.offset_micros)
    source = session.get_one(Source, feed.id, with_for_update={"key_share": True})
    with _coverage_changing(session, feed.id, now):
        for first, last in (("heartbeat_from", "heartbeat_through"), ("pushed_from", "pushed_through")):
            if getattr(source, last) is not None and getattr(source, last) > told:
                setattr(source, last, told if getattr(source, first) <= told else None)
            if getattr(source, last) is None:
                setattr(source, first, None)
        after = session.scalars(
            select(CoveredStretch).where(
                CoveredStretch.source_id == feed.id, CoveredStretch.through_at > told
            )
        ).all()
        _forget(session, [stretch.id for stretch in after if stretch.from_at > told])
        session.execute(
            update(CoveredStretch)
            .where(CoveredStretch.source_id == feed.id, CoveredStretch.through_at > told)
            .values(through_at=told)
        )
        session.flush()
    append_audit(
        session,
        at=now,
        actor=actor,
        action="source.lower-watermark",
        target=f"source:{name}",
        detail={"through": format_instant(through)},
    )


@contextmanager
def _coverage_changing(session: Session, source_id: int, now: datetime) -> Iterator[None]:
    """Let the worker look at every time that the block makes or unmakes complete.

    A statement can reach beyond its own interval: the first heartbeat ends the allowance for late calls,
    and an earlier beginning makes the feed count for every incident since.
    """
    before = _covered(session, source_id)
    yield
    session.expire_all()
    after = _covered(session, source_id)
    changed = [
        Stretch("coverage", from_micros(low), from_micros(high))
        for low, high in (*subtract(before, after), *subtract(after, before))
    ]
    starts = [covered[0][0] for covered in (before, after) if covered]
    if len(starts) == 1:
        changed.append(Stretch("coverage", from_micros(starts[0]), now + FARTHEST_AHEAD))
    elif starts and starts[0] != starts[1]:
        changed.append(Stretch("coverage", from_micros(min(starts)), from_micros(max(starts))))
    record_changes(session, changed)


def _covered(session: Session, source_id: int) -> list[Interval]:
    return [
        interval for feed in load_call_feeds(session) if feed.id == source_id for interval in feed.covered
    ]


def _forget(session: Session, ids: list[int]) -> None:
    session.execute(delete(CoveredStretch).where(CoveredStretch.id.in_(ids)))
