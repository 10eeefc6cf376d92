"""The fixed-window table of stored alerts and calls, with its numerators, denominators, period and chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import shapely
from shapely.geometry import shape
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.core.errors import InvalidParameterError
from app.correlation.columns import Booleans, Integers
from app.correlation.completeness import clip, merge, subtract
from app.correlation.sensitivity import MINUTES, SHIFTS_DAYS, Points, Row, fixed_window_table, shifted_into
from app.db.database import as_of, dialect_of
from app.db.models import Alert, Call, Zone
from app.domain.time import format_millis, from_micros, to_micros
from app.domain.vocabulary import NOT_GUNFIRE_CLASSES, AlertStatus, Nature, Origin
from app.rules.store import RulesInForce
from app.sources.coverage import find_long_gaps, load_call_feeds

UNITS = ("incidents", "alerts")
GUN_NATURES = (Nature.SHOTS_FIRED, Nature.SHOOTING)
_MARGIN = timedelta(minutes=MINUTES[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What to count: by incidents or alerts, when, which natures of calls, and where."""

    unit: str = "incidents"
    from_at: datetime | None = None
    to_at: datetime | None = None
    natures: Sequence[Nature] = GUN_NATURES
    zone: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """The answer; `denominator` counts incidents or alerts, as asked."""

    question: Question
    from_at: datetime | None
    to_at: datetime | None
    denominator: int
    alerts: int
    calls: int
    rows: Sequence[Row]
    shifted_into_covered: Sequence[int]
    as_of: datetime | None

    def document(self) -> dict[str, Any]:
        """The table as JSON."""
        return {
            "unit": self.question.unit,
            "as_of": format_millis(self.as_of) if self.as_of else None,
            "from": format_millis(self.from_at) if self.from_at else None,
            "to": format_millis(self.to_at) if self.to_at else None,
            "natures": [nature.value for nature in self.question.natures],
            "zone": self.question.zone,
            "small": False,
            "denominator": self.denominator,
            "alerts": self.alerts,
            "calls": self.calls,
            "shifts": [
                {"days": days, "alerts_in_covered_time": count}
                for days, count in zip(SHIFTS_DAYS, self.shifted_into_covered, strict=True)
            ],
            "rows": [
                {
                    "minutes": row.minutes,
                    "radius_m": row.radius_m,
                    "reported": row.reported,
                    "calls_with_alert": row.calls_with_alert,
                    "chance_mean": row.chance_mean,
                    "chance": list(row.chance),
                }
                for row in self.rows
            ],
        }


def measure_sensitivity(session: Session, question: Question, rules: RulesInForce) -> Sensitivity:
    """Count the table. Active alerts with a position, and calls that can be reports, enter. Times as told."""
    polygon = _zone_polygon(session, question.zone)
    alerts, alert_count = _alerts(session, question, polygon)
    calls = _calls(session, question, polygon)
    times = alerts.micros[alerts.counts]
    covered = _covered(session, rules, times)
    asked_or_found = [
        question.from_at or (from_micros(int(times.min())) if len(times) else None),
        question.to_at or (from_micros(int(times.max())) if len(times) else None),
    ]
    return Sensitivity(
        question=question,
        from_at=asked_or_found[0],
        to_at=asked_or_found[1],
        denominator=len(np.unique(alerts.unit[alerts.counts])),
        alerts=alert_count,
        calls=int(calls.counts.sum()),
        rows=fixed_window_table(alerts, calls),
        shifted_into_covered=shifted_into(times, covered),
        as_of=as_of(session),
    )


def _alerts(session: Session, question: Question, polygon: Any) -> tuple[Points, int]:
    conditions = [
        Alert.longitude.is_not(None),
        Alert.status == AlertStatus.ACTIVE,
        Alert.classification.not_in([word.value for word in NOT_GUNFIRE_CLASSES]),
    ]
    columns = _columns(session, Alert, Alert.started_at, [Alert.incident_id], conditions, question)
    if question.unit == "alerts":
        unit = np.arange(len(columns[0]))
    else:
        known = [-1 - place if of is None else of for place, of in enumerate(columns[3])]
        unit = np.unique(np.array(known, dtype=np.int64), return_inverse=True)[1]
    points = _points(columns, unit, question, polygon)
    return points, int(points.counts.sum())


def _calls(session: Session, question: Question, polygon: Any) -> Points:
    words = [nature.value for nature in question.natures]
    # As they stand in the index of calls about gunfire, which a bound value would not meet.
    natures: Any = bindparam("natures", words, expanding=True, literal_execute=True)
    conditions = [
        Call.longitude.is_not(None),
        Call.nature.in_(natures),
        Call.origin.in_([origin.value for origin in Origin if origin.counts_as_report]),
    ]
    columns = _columns(session, Call, Call.received_at, [], conditions, question)
    return _points(columns, np.arange(len(columns[0])), question, polygon)


def _columns(
    session: Session, model: Any, time: Any, more: Sequence[Any], conditions: list[Any], question: Question
) -> list[Sequence[Any]]:
    """Microseconds, longitude, latitude and more as columns, in order of time."""
    dialect = dialect_of(session)
    if question.from_at is not None:
        conditions.append(time >= question.from_at - _MARGIN - timedelta(days=-SHIFTS_DAYS[0]))
    if question.to_at is not None:
        conditions.append(time <= question.to_at + _MARGIN + timedelta(days=SHIFTS_DAYS[-1]))
    statement = (
        select(dialect.micros(time).label("micros"), model.longitude, model.latitude, *more)
        .where(*conditions)
        .order_by(time, model.id)
    )
    columns: list[Sequence[Any]] = dialect.columns_of(session, statement)
    return columns


def _points(columns: Sequence[Sequence[Any]], unit: Integers, question: Question, polygon: Any) -> Points:
    micros = np.array(columns[0], dtype=np.int64)
    longitude = np.array(columns[1], dtype=np.float64)
    latitude = np.array(columns[2], dtype=np.float64)
    counts: Booleans = np.ones(len(micros), dtype=bool)
    if question.from_at is not None:
        counts &= micros >= to_micros(question.from_at)
    if question.to_at is not None:
        counts &= micros < to_micros(question.to_at)
    if polygon is not None:
        counts &= shapely.intersects_xy(polygon, longitude, latitude)
    return Points(micros=micros, longitude=longitude, latitude=latitude, unit=unit, counts=counts)


def _zone_polygon(session: Session, name: str | None) -> Any:
    if name is None:
        return None
    found = session.scalars(select(Zone.geometry).where(Zone.name == name)).all()
    if not found:
        names = ", ".join(session.scalars(select(Zone.name).order_by(Zone.name).limit(20))) or "none yet"
        reason = f"there is no zone {name!r} (known: {names})"
        raise InvalidParameterError(reason, errors=[{"pointer": "/query/zone", "reason": reason}])
    polygon = shapely.union_all([shape(geometry) for geometry in found])
    shapely.prepare(polygon)
    return polygon


def _covered(session: Session, rules: RulesInForce, times: Integers) -> list[tuple[int, int]]:
    """Time that every call feed covers, its gaps of an hour taken out, as far as the shifted alerts reach."""
    if len(times) == 0:
        return []
    reach = max(-SHIFTS_DAYS[0], SHIFTS_DAYS[-1]) * 86_400_000_000
    window = (int(times.min()) - reach, int(times.max()) + reach)
    feeds = [feed for feed in load_call_feeds(session) if feed.covered]
    covered = [window] if feeds else []
    for feed in feeds:
        gaps = find_long_gaps(session, feed, window, rules.background, rules.parameters.gap_expected_calls)
        told = subtract(clip(feed.covered, window), gaps)
        covered = subtract(covered, subtract([window], told))
    return merge(clip(covered, window))
