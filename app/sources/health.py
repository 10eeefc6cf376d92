"""How each feed is doing: last received, watermark, lag, gaps, rejects."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.correlation.background import Background
from app.correlation.parameters import Parameters
from app.db.models import Alert, Call, Reject, Source
from app.domain.time import from_micros
from app.domain.vocabulary import SourceKind
from app.sources.coverage import CallFeed, find_gaps, load_call_feeds
from app.sources.store import list_sources

LOOK_BACK = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceHealth:
    """One feed's state. `watermark` and `gaps` exist for call feeds only.

    Gaps and records are of the last 30 days of its data: however much is stored, counting costs the same.
    """

    name: str
    kind: SourceKind
    created_at: datetime
    disabled_at: datetime | None
    last_received_at: datetime | None
    watermark: datetime | None
    lag_s: float | None
    gaps: list[tuple[datetime, datetime]]
    records: int
    records_with_warnings: int
    rejects: int


def source_health(
    session: Session, background: Background, parameters: Parameters, now: datetime
) -> list[SourceHealth]:
    """Every feed by name."""
    waiting = (
        select(Reject.source_id, func.count().label("waiting"))
        .where(Reject.resolved_at.is_(None))
        .group_by(Reject.source_id)
    )
    rejects = {row.source_id: row.waiting for row in session.execute(waiting)}
    feeds = {feed.id: feed for feed in load_call_feeds(session)}
    healths = []
    for source in list_sources(session):
        records, warned = _recent_records(session, source)
        feed = feeds.get(source.id)
        watermark = from_micros(feed.covered[-1][1]) if feed and feed.covered else None
        healths.append(
            SourceHealth(
                name=source.name,
                kind=SourceKind(source.kind),
                created_at=source.created_at,
                disabled_at=source.disabled_at,
                last_received_at=source.last_received_at,
                watermark=watermark,
                lag_s=(now - watermark).total_seconds() if watermark else None,
                gaps=_recent_gaps(session, feed, background, parameters) if feed else [],
                records=records,
                records_with_warnings=warned,
                rejects=rejects.get(source.id, 0),
            )
        )
    return healths


def _recent_records(session: Session, source: Source) -> tuple[int, int]:
    """How many records, and how many of them with warnings."""
    if source.last_received_at is None:
        return 0, 0
    model: type[Alert | Call] = Alert if source.kind == SourceKind.ALERTS else Call
    time = Alert.started_at if source.kind == SourceKind.ALERTS else Call.received_at
    of_source = (model.source_id == source.id, time.is_not(None))
    latest: datetime | None = session.scalar(select(time).where(*of_source).order_by(time.desc()).limit(1))
    if latest is None:
        return 0, 0
    records, warned = session.execute(
        select(func.count(), func.count(model.warnings)).where(*of_source, time > latest - LOOK_BACK)
    ).one()
    return records, warned


def _recent_gaps(
    session: Session, feed: CallFeed, background: Background, parameters: Parameters
) -> list[tuple[datetime, datetime]]:
    if not feed.covered:
        return []
    end = feed.covered[-1][1]
    window = (end - _micros(LOOK_BACK), end)
    gaps = find_gaps(session, feed, window, background, parameters.gap_expected_calls)
    return [(from_micros(low), from_micros(high)) for low, high in gaps]


def _micros(delta: timedelta) -> int:
    return delta // timedelta(microseconds=1)
