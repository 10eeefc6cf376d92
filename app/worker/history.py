"""All that is stored, as columns: what a background and parameters are fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.correlation.background import Background
from app.correlation.background_fit import LocatedCalls, fit_background
from app.correlation.columns import NO_NAME, AlertColumns, CallColumns, Floats, Integers
from app.correlation.completeness import merge
from app.correlation.explained import unexplained
from app.correlation.parameters import NATURES, Parameters
from app.correlation.rhythm import fit_rhythm
from app.db.database import dialect_of
from app.db.models import Alert, Call
from app.domain.vocabulary import AlertStatus, Classification, Origin
from app.places.zones import load_coverage
from app.sources.coverage import load_call_feeds
from app.worker.neighbourhood import MICROS, SourceClock, load_clocks

ROWS_AT_ONCE = 50_000
_COUNTING = [origin.value for origin in Origin if origin.counts_as_report]
_GUNFIRE = [word.value for word in Classification if word.is_gunfire]
_NATURE_INDEX = {nature.value: place for place, nature in enumerate(NATURES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """Every active, located alert and every located call that counts as a report, each in order of time.

    `covered` are the intervals of true time that the call feeds cover.
    """

    alerts: AlertColumns
    calls: CallColumns
    covered: Sequence[tuple[int, int]]


def load_history(session: Session) -> History:
    """Read it in parts. The order is by value, so both databases give the same bits."""
    clocks = load_clocks(session)
    feeds = load_call_feeds(session)
    return History(
        alerts=_alerts(session, clocks),
        calls=_calls(session, clocks),
        covered=merge(span for feed in feeds for span in feed.covered),
    )


def wholly_covered(history: History, parameters: Parameters) -> History:
    """Only the alerts whose windows the call feeds cover, so that silence is silence."""
    before, after = (round(s * MICROS) for s in (parameters.window_before_s, parameters.window_after_s))
    micros = history.alerts.started_micros
    whole = np.zeros(len(micros), dtype=bool)
    for low, high in history.covered:
        whole |= (micros - before >= low) & (micros + after <= high)
    return replace(history, alerts=history.alerts.take(np.flatnonzero(whole).astype(np.int64)))


def fit_from(session: Session, history: History, parameters: Parameters, zone_name: str) -> Background:
    """A background from an agency's own calls less those that its shootings explain."""
    first = _fit(session, history, np.ones(len(history.calls)), zone_name)
    if first.calls == 0:
        return first
    return _fit(session, history, unexplained(history.alerts, history.calls, first, parameters), zone_name)


def _fit(session: Session, history: History, weight: Floats, zone_name: str) -> Background:
    calls = history.calls
    rhythms = {}
    for feed in load_call_feeds(session):
        told = [(low + feed.offset_micros, high + feed.offset_micros) for low, high in feed.covered]
        rhythms[feed.name] = fit_rhythm(_call_times(session, feed.id), told, zone_name)
    # Calls come whether or not sensors listen, so any coverage of the period bounds the whole of it.
    periods = history.covered
    coverage = load_coverage(session).over(periods[0][0], periods[-1][1]) if periods else None
    return fit_background(
        LocatedCalls(
            received_micros=calls.received_micros,
            longitude=calls.longitude,
            latitude=calls.latitude,
            nature=calls.nature,
            weight=weight,
        ),
        covered=history.covered,
        in_coverage=coverage.contains(calls.longitude, calls.latitude) if coverage else None,
        coverage_m2=coverage.area_m2 if coverage else None,
        rhythms=rhythms,
        time_zone=zone_name,
    )


def _alerts(session: Session, clocks: dict[int, SourceClock]) -> AlertColumns:
    micros = dialect_of(session).micros(Alert.started_at)
    statement = select(Alert.source_id, micros, Alert.longitude, Alert.latitude, Alert.uncertainty_m).where(
        Alert.status == AlertStatus.ACTIVE,
        Alert.classification.in_(_GUNFIRE),
        Alert.started_at.is_not(None),
        Alert.longitude.is_not(None),
    )
    source, times, longitude, latitude, uncertainty_m = _columns(session, statement, 5)
    micros_, order = _in_order(source, times, clocks, longitude, latitude, uncertainty_m)
    return AlertColumns(
        id=np.arange(len(order)),
        name_key=np.full(len(order), NO_NAME),
        started_micros=micros_,
        longitude=longitude[order],
        latitude=latitude[order],
        uncertainty_m=uncertainty_m[order],
        clock_error_s=_clock_errors(source[order], clocks),
        is_active=np.ones(len(order), dtype=bool),
    )


def _calls(session: Session, clocks: dict[int, SourceClock]) -> CallColumns:
    micros = dialect_of(session).micros(Call.received_at)
    statement = select(
        Call.source_id, micros, Call.longitude, Call.latitude, Call.uncertainty_m, Call.nature
    ).where(Call.longitude.is_not(None), Call.origin.in_(_COUNTING))
    source, times, longitude, latitude, uncertainty_m, nature = _columns(session, statement, 6)
    micros_, order = _in_order(source, times, clocks, longitude, latitude, uncertainty_m, nature)
    return CallColumns(
        id=np.arange(len(order)),
        names_alert_key=np.full(len(order), NO_NAME),
        received_micros=micros_,
        longitude=longitude[order],
        latitude=latitude[order],
        uncertainty_m=uncertainty_m[order],
        clock_error_s=_clock_errors(source[order], clocks),
        nature=nature[order].astype(np.int64),
        counts_as_report=np.ones(len(order), dtype=bool),
        is_sensor=np.zeros(len(order), dtype=bool),
    )


def _columns(session: Session, statement: Any, count: int) -> list[Floats]:
    """A query's columns as arrays of float64; microseconds since 1970 fit for two centuries."""
    parts = [np.empty((0, count))]
    for part in session.execute(statement.execution_options(yield_per=ROWS_AT_ONCE)).partitions():
        rows = [tuple(_number(value) for value in row) for row in part]
        parts.append(np.array(rows, dtype=np.float64))
    table = np.concatenate(parts)
    return [np.ascontiguousarray(table[:, place]) for place in range(count)]


def _number(value: Any) -> float:
    if value is None:
        return np.nan
    return float(_NATURE_INDEX[value]) if isinstance(value, str) else float(value)


def _in_order(
    source: Floats, times: Floats, clocks: dict[int, SourceClock], *values: Floats
) -> tuple[Integers, Integers]:
    """True times in order, and the order: by time, then by value, whatever the rows' ids are."""
    micros = times.astype(np.int64)
    for identity, clock in clocks.items():
        micros[source == identity] -= clock.offset_micros
    order = np.lexsort((*reversed(values), micros)).astype(np.int64)
    return micros[order], order


def _clock_errors(source: Floats, clocks: dict[int, SourceClock]) -> Floats:
    errors = np.zeros(len(source))
    for identity, clock in clocks.items():
        errors[source == identity] = clock.error_s
    return errors


def _call_times(session: Session, source_id: int) -> Integers:
    micros = dialect_of(session).micros(Call.received_at)
    statement = select(micros).where(Call.source_id == source_id)
    rows = session.scalars(statement.execution_options(yield_per=ROWS_AT_ONCE))
    return np.fromiter(rows, dtype=np.int64)
