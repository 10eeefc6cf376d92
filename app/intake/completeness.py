"""Storing what a feed says of its completeness, with word to the worker of all that it changes."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.correlation.completeness import Interval, subtract
from app.db.models import CoveredStretch, Source
from app.domain.time import format_instant, from_micros
from app.intake.store import FARTHEST_AHEAD, Stretch, record_changes
from app.sources.coverage import HEARTBEAT, IMPORT, load_call_feed, load_call_feeds
from app.sources.feeds import Feed

HEARTBEATS_WITHIN = timedelta(days=7)


def state_heartbeat(session: Session, feed: Feed, through: datetime, now: datetime) -> None:
    """A feed's word that it is complete up to a time; believed no further than the moment it came.

    Heartbeats that lie near each other in time make a stretch; a stray one, of 1970 say, stands alone and
    declares nothing between complete.
    """
    session.execute(update(Source).where(Source.id == feed.id).values(last_received_at=now))
    believed = min(through, now)
    _cover(session, feed, HEARTBEAT, believed, believed, HEARTBEATS_WITHIN, now)


def state_import(
    session: Session, feed: Feed, stretches: Iterable[tuple[datetime, datetime]], now: datetime
) -> None:
    """An ended import: the feed is complete over the stretches of time in which the file has records."""
    for from_at, through_at in stretches:
        if from_at <= now:
            _cover(session, feed, IMPORT, from_at, min(through_at, now), timedelta(0), now)


def _cover(
    session: Session,
    feed: Feed,
    kind: str,
    low: datetime,
    high: datetime,
    within: timedelta,
    now: datetime,
) -> None:
    """Add a stretch; those of its kind that it touches, or comes near enough to, become one with it."""
    touching = session.scalars(
        select(CoveredStretch).where(
            CoveredStretch.source_id == feed.id,
            CoveredStretch.kind == kind,
            CoveredStretch.from_at <= high + within,
            CoveredStretch.through_at >= low - within,
        )
    ).all()
    if any(stretch.from_at <= low and stretch.through_at >= high for stretch in touching):
        return
    low = min([low, *(stretch.from_at for stretch in touching)])
    high = max([high, *(stretch.through_at for stretch in touching)])
    with _coverage_changing(session, feed.id, now):
        _forget(session, [stretch.id for stretch in touching])
        session.execute(
            insert(CoveredStretch).values(source_id=feed.id, kind=kind, from_at=low, through_at=high)
        )


def lower_watermark(session: Session, name: str, through: datetime, *, actor: str, now: datetime) -> None:
    """Take back what a call feed was believed to cover after a time; for administrators, who must say so.

    What the feed says from now on counts again.
    """
    feed = load_call_feed(session, name)
    told = through + timedelta(microseconds=feed.offset_micros)
    source = session.get_one(Source, feed.id, with_for_update={"key_share": True})
    with _coverage_changing(session, feed.id, now):
        if source.pushed_through is not None and source.pushed_through > told:
            source.pushed_through = told
        if source.pushed_from is not None and source.pushed_from > told:
            source.pushed_from = source.pushed_through = None
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
