"""Storing what a feed says of its completeness, with word to the worker of all that it changes."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from app.correlation.completeness import Interval, subtract
from app.domain.time import from_micros
from app.intake.store import FARTHEST_AHEAD, Stretch, record_changes
from app.sources.coverage import load_call_feeds, state_coverage
from app.sources.feeds import Feed


def state(
    session: Session,
    feed: Feed,
    *,
    kind: str,
    from_at: datetime | None,
    through_at: datetime,
    now: datetime,
) -> None:
    """Store one statement and let the worker look at every time that it makes or unmakes complete.

    One statement can reach beyond its own interval: the first heartbeat ends the allowance for late calls,
    and an earlier beginning makes the feed count for every incident since.
    """
    before = _covered(session, feed)
    state_coverage(session, feed.id, kind=kind, from_at=from_at, through_at=through_at, received_at=now)
    after = _covered(session, feed)
    changed = [
        Stretch("coverage", from_micros(low), from_micros(high))
        for low, high in (*subtract(before, after), *subtract(after, before))
    ]
    if after and (not before or after[0][0] < before[0][0]):
        until = from_micros(before[0][0]) if before else now + FARTHEST_AHEAD
        changed.append(Stretch("coverage", from_micros(after[0][0]), until))
    record_changes(session, changed)


def _covered(session: Session, feed: Feed) -> Sequence[Interval]:
    return next((known.covered for known in load_call_feeds(session) if known.id == feed.id), ())
