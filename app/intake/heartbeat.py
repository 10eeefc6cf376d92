"""A feed's word that it is complete up to a time."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db.models import Coverage, Source
from app.intake.completeness import state
from app.sources.coverage import HEARTBEAT
from app.sources.feeds import Feed


def store_heartbeat(session: Session, feed: Feed, through: datetime, now: datetime) -> None:
    """Store a heartbeat, if it says more than those before it, and let the worker look again."""
    session.execute(update(Source).where(Source.id == feed.id).values(last_received_at=now))
    said = session.scalars(
        select(Coverage.through_at).where(
            Coverage.source_id == feed.id, Coverage.kind == HEARTBEAT, Coverage.withdrawn_at.is_(None)
        )
    ).all()
    believed = [min(earlier, now) for earlier in said]
    if believed and min(believed) <= through <= max(believed):
        return
    state(session, feed, kind=HEARTBEAT, from_at=None, through_at=through, now=now)
