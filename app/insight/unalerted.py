"""The other direction: calls about gunfire, inside coverage, that no incident explains. Counts only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Integers
from app.db.database import dialect_of
from app.db.models import Alert, Call, Link
from app.domain.geodesy import Floats
from app.domain.time import format_millis, to_micros
from app.domain.vocabulary import Nature, Origin
from app.insight.tally import share_of
from app.places.zones import load_coverage

GUN_NATURES = (Nature.SHOTS_FIRED, Nature.SHOOTING)
REPORTING_ORIGINS = tuple(origin for origin in Origin if origin.counts_as_report)
LINKED = 0.5
# Who may see incidents need not be one who may see calls: fewer are not told, whatever `min_count` says.
FEWEST_CALLS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Unalerted:
    """Calls inside coverage over whole days of the agency; `count` of them belong to no incident."""

    from_at: datetime
    to_at: datetime
    inside: int
    count: int
    unknown_origin: int
    unlocated: int

    def document(self, min_count: int) -> dict[str, Any]:
        """The counts with their share; all null where there are too few."""
        fewest = max(min_count, FEWEST_CALLS)
        small = self.inside < fewest
        shown = {} if small else share_of(self.count, self.inside)
        return {
            "from": format_millis(self.from_at),
            "to": format_millis(self.to_at),
            "natures": [nature.value for nature in GUN_NATURES],
            "origins": [origin.value for origin in REPORTING_ORIGINS],
            "small": small,
            "numerator": None if small else self.count,
            "denominator": None if small else self.inside,
            "share": shown.get("share"),
            "low": shown.get("low"),
            "high": shown.get("high"),
            "unknown_origin": None if small or self.unknown_origin < fewest else self.unknown_origin,
            "unlocated": None if self.unlocated < fewest else self.unlocated,
        }


def count_unalerted(
    session: Session, from_at: datetime | None, to_at: datetime | None, zone: ZoneInfo
) -> Unalerted | None:
    """Count them; None without coverage in the period, or without any alert to bound an open one.

    A call is inside where it lies in a zone that held at its time. A period is widened to whole days of the
    agency: from differences of shorter ones a single call could be told. Where it is open, it reaches as far
    as the alerts do.
    """
    coverage = load_coverage(session)
    first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
    begin, end = from_at or first, to_at or last
    if begin is None or end is None:
        return None
    begin, end = _midnight(begin, zone), _midnight_after(end, zone, is_part=to_at is None)
    if not coverage.during(to_micros(begin), to_micros(end) - 1):
        return None
    longitude, latitude, unknown, linked, micros = _calls(session, begin, end)
    inside = coverage.contains(longitude, latitude, micros)
    return Unalerted(
        from_at=begin,
        to_at=end,
        inside=int(inside.sum()),
        count=int((inside & ~linked).sum()),
        unknown_origin=int((inside & unknown).sum()),
        unlocated=int((np.isnan(longitude) & coverage.held(micros)).sum()),
    )


def _calls(
    session: Session, begin: datetime, end: datetime
) -> tuple[Floats, Floats, Booleans, Booleans, Integers]:
    """Calls of gunfire that can be reports: place, whether of unknown origin, whether linked, and when.

    The natures stand in the statement as they do in the index made for it, which holds all that is read.
    """
    dialect = dialect_of(session)
    is_linked = Call.id.in_(select(Link.call_id).where(Link.probability >= LINKED))
    words = [nature.value for nature in GUN_NATURES]
    natures: Any = bindparam("natures", words, expanding=True, literal_execute=True)
    columns = dialect.columns_of(
        session,
        select(
            Call.longitude,
            Call.latitude,
            (Call.origin == Origin.UNKNOWN).label("is_unknown"),
            is_linked.label("is_linked"),
            dialect.micros(Call.received_at).label("micros"),
        ).where(
            Call.nature.in_(natures),
            Call.origin.in_([origin.value for origin in REPORTING_ORIGINS]),
            Call.received_at >= begin,
            Call.received_at < end,
        ),
    )
    longitude, latitude = (np.array(column, dtype=np.float64) for column in columns[:2])
    unknown, linked = (np.array(column, dtype=bool) for column in columns[2:4])
    return longitude, latitude, unknown, linked, np.array(columns[4], dtype=np.int64)


def _midnight(moment: datetime, zone: ZoneInfo) -> datetime:
    """The beginning of the day that a moment lies in."""
    day = moment.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    # Back and forth: a midnight that the clocks skipped is the first instant after it.
    return day.astimezone(moment.tzinfo)


def _midnight_after(moment: datetime, zone: ZoneInfo, *, is_part: bool) -> datetime:
    """The end of the day; a midnight is one already, unless it is itself part of the period."""
    begin = _midnight(moment, zone)
    if begin == moment and not is_part:
        return moment
    following = begin.astimezone(zone).replace(tzinfo=None) + timedelta(hours=36)
    return _midnight(following.replace(tzinfo=zone), zone).astimezone(moment.tzinfo)
