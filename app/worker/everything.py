"""Judging all of a stretch again, and fitting a background where there is none."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.clock import Clock
from app.correlation.background import Background, fit_rhythm, fit_uniform
from app.correlation.columns import Floats, Integers
from app.correlation.parameters import NATURES
from app.db import Database
from app.db.database import dialect_of
from app.db.models import Alert, Call, Change
from app.domain.vocabulary import Origin
from app.places.zones import load_coverage
from app.rules.store import RulesInForce, put_in_force, rules_in_force
from app.sources.coverage import load_call_feeds
from app.worker.round import changes_waiting, run_round

MICROS = 1_000_000
_COUNTING = [origin.value for origin in Origin if origin.counts_as_report]


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """What a full run did."""

    rules: RulesInForce
    fitted: bool
    changed: int
    from_at: datetime | None
    through_at: datetime | None


def correlate(
    database: Database,
    clock: Clock,
    zone_name: str,
    *,
    from_at: datetime | None,
    through_at: datetime | None,
    actor: str,
    progress: Callable[[datetime, datetime, datetime], None],
) -> Correlation:
    """Judge every alert of a stretch (None: all there are) again.

    `progress` is told, after each commit, the stretch's two ends and how far the work has come.
    """
    with database.write() as session:
        rules, fitted = ensure_background(session, zone_name, actor=actor, now=clock())
        first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
        low, high = _bounds(from_at, first, max), _bounds(through_at, last, min)
        if low is not None and high is not None and low <= high:
            session.add(Change(kind="all", from_at=low, through_at=high))
    changed = 0
    while True:
        result = run_round(database, clock(), zone_name)
        if not result.more and changes_waiting(database) == 0:
            break
        changed += result.changed
        if result.stretch is not None and low is not None and high is not None:
            progress(low, high, result.stretch[1])
    return Correlation(rules=rules, fitted=fitted, changed=changed, from_at=low, through_at=high)


def ensure_background(
    session: Session, zone_name: str, *, actor: str, now: datetime
) -> tuple[RulesInForce, bool]:
    """The rules in force; a background is fitted for them if they had none and there are enough calls."""
    rules = rules_in_force(session, now)
    if rules.has_fitted_background:
        return rules, False
    background = fit_background(session, zone_name)
    if background.calls == 0:
        return rules, False
    return put_in_force(session, rules.parameters, background, actor=actor, now=now), True


def fit_background(session: Session, zone_name: str) -> Background:
    """A uniform background from every stored call, and each call source's rhythm."""
    longitude, latitude, nature = _located_calls(session)
    coverage = load_coverage(session)
    if coverage is not None:
        inside = coverage.contains(longitude, latitude)
        longitude, latitude, nature = longitude[inside], latitude[inside], nature[inside]
    micros = dialect_of(session).micros(Call.received_at)
    rhythms = {}
    period_s = 0.0
    for feed in load_call_feeds(session):
        times = np.fromiter(session.scalars(select(micros).where(Call.source_id == feed.id)), dtype=np.int64)
        rhythms[feed.name] = fit_rhythm(times, zone_name)
        covered_s = sum(high - low for low, high in feed.covered) / MICROS
        period_s = max(period_s, covered_s or float(np.ptp(times) if len(times) else 0) / MICROS)
    return fit_uniform(
        longitude,
        latitude,
        nature,
        coverage_m2=coverage.area_m2 if coverage else None,
        period_s=period_s,
        rhythms=rhythms,
        time_zone=zone_name,
    )


def _located_calls(session: Session) -> tuple[Floats, Floats, Integers]:
    """Longitude, latitude and nature of every located call that counts as a report."""
    statement = select(Call.longitude, Call.latitude, Call.nature).where(
        Call.longitude.is_not(None), Call.origin.in_(_COUNTING)
    )
    index = {nature.value: place for place, nature in enumerate(NATURES)}
    rows = [(row.longitude, row.latitude, index[row.nature]) for row in session.execute(statement)]
    table = np.array(rows, dtype=np.float64).reshape(-1, 3)
    return table[:, 0], table[:, 1], table[:, 2].astype(np.int64)


def _bounds(
    asked: datetime | None, there: datetime | None, stricter: Callable[[datetime, datetime], datetime]
) -> datetime | None:
    if there is None:
        return None
    return there if asked is None else stricter(asked, there)
