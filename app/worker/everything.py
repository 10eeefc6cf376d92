"""Judging all of a stretch again, and fitting a background where there is none."""

import time
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
from app.sources.store import CLOCKS_MARGIN
from app.worker.round import changes_waiting, run_round

MICROS = 1_000_000
ROWS_AT_ONCE = 50_000
OTHERS_AT_WORK_S = 0.2
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
    rules, fitted = ensure_background(database, zone_name, actor=actor, now=clock())
    with database.write() as session:
        first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
        low = first if fitted else _bounds(from_at, first, max)
        high = last if fitted else _bounds(through_at, last, min)
        if low is not None and high is not None and low <= high:
            session.add(Change(kind="all", from_at=low - CLOCKS_MARGIN, through_at=high + CLOCKS_MARGIN))
    changed = 0
    while True:
        result = run_round(database, clock(), zone_name)
        changed += result.changed
        if result.stretch is not None and low is not None and high is not None:
            progress(low, high, result.stretch[1])
        if result.more:
            database.yield_to_others()
        elif changes_waiting(database) == 0:
            break
        else:
            time.sleep(OTHERS_AT_WORK_S)
    return Correlation(rules=rules, fitted=fitted, changed=changed, from_at=low, through_at=high)


def ensure_background(
    database: Database, zone_name: str, *, actor: str, now: datetime
) -> tuple[RulesInForce, bool]:
    """The rules in force; a background is fitted for them if they had none and there are enough calls."""
    with database.write() as session:
        rules = rules_in_force(session, now)
    if rules.has_fitted_background:
        return rules, False
    with database.read() as session:
        background = fit_background(session, zone_name)
    if background.calls == 0:
        return rules, False
    with database.write() as session:
        return put_in_force(session, rules.parameters, background, actor=actor, now=now), True


def fit_background(session: Session, zone_name: str) -> Background:
    """A uniform background from every stored call, and each call source's rhythm."""
    longitude, latitude, nature = _located_calls(session)
    coverage = load_coverage(session)
    if coverage is not None:
        inside = coverage.contains(longitude, latitude)
        longitude, latitude, nature = longitude[inside], latitude[inside], nature[inside]
    rhythms = {}
    period_s = 0.0
    for feed in load_call_feeds(session):
        told = [(low + feed.offset_micros, high + feed.offset_micros) for low, high in feed.covered]
        rhythms[feed.name] = fit_rhythm(_call_times(session, feed.id), told, zone_name)
        period_s = max(period_s, sum(high - low for low, high in told) / MICROS)
    return fit_uniform(
        longitude,
        latitude,
        nature,
        coverage_m2=coverage.area_m2 if coverage else None,
        period_s=period_s,
        rhythms=rhythms,
        time_zone=zone_name,
    )


def _call_times(session: Session, source_id: int) -> Integers:
    micros = dialect_of(session).micros(Call.received_at)
    statement = select(micros).where(Call.source_id == source_id)
    rows = session.scalars(statement.execution_options(yield_per=ROWS_AT_ONCE))
    return np.fromiter(rows, dtype=np.int64)


def _located_calls(session: Session) -> tuple[Floats, Floats, Integers]:
    """Longitude, latitude and nature of every located call that counts as a report, read in parts."""
    statement = select(Call.longitude, Call.latitude, Call.nature).where(
        Call.longitude.is_not(None), Call.origin.in_(_COUNTING)
    )
    index = {nature.value: place for place, nature in enumerate(NATURES)}
    result = session.execute(statement.execution_options(yield_per=ROWS_AT_ONCE))
    parts = [
        np.array([(row.longitude, row.latitude, index[row.nature]) for row in part], dtype=np.float64)
        for part in result.partitions()
    ]
    table = np.concatenate([np.empty((0, 3)), *parts])
    return table[:, 0], table[:, 1], table[:, 2].astype(np.int64)


def _bounds(
    asked: datetime | None, there: datetime | None, stricter: Callable[[datetime, datetime], datetime]
) -> datetime | None:
    if there is None:
        return None
    return there if asked is None else stricter(asked, there)
