"""The self-match trap: a call feed that holds the records which the alerts themselves created.

Such a record appears in the dispatch system within seconds of its alert, at its very place. Where the
source's mapping does not say so (`[origin] sensor`), it counts as a citizen's call, and every alert becomes
"reported". What gives it away is how many alerts have a counting call within 30 s and 300 m: of the model's
own callers (median lag 90 s, position error 300 m) 1.6 a shooting would give at most 7 % of alerts even if
every shooting were reported, and 1 to 2 % at the usual fifth. The chance level is the mean over the same
alerts shifted by one to three whole days to either side.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.correlation.columns import Floats, Integers
from app.db.database import dialect_of
from app.db.models import Alert, Call, Source
from app.domain.geodesy import near_distance_m
from app.domain.time import from_micros
from app.domain.vocabulary import AlertStatus, Origin, SourceKind
from app.sources.feeds import compiled_mapping
from app.sources.store import list_sources

MICROS = 1_000_000
DAY_MICROS = 86_400 * MICROS
WITHIN_S = 30
WITHIN_M = 300.0
SHIFTS_DAYS = (-3, -2, -1, 1, 2, 3)
SUSPICIOUS_SHARE = 0.10
FEWEST_MATCHES = 5
_MOST_CODES = 5
_COUNTING = [origin.value for origin in Origin if origin.counts_as_report]


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What one call source shows. The shares by chance are means over day-shifted alerts."""

    source: str
    alerts: int
    calls: int
    matched_alerts: int
    matched_calls: int
    matched_alerts_by_chance: float
    matched_calls_by_chance: float
    codes: list[tuple[str, int]]
    code_expression: str

    @property
    def is_suspicious(self) -> bool:
        """Whether sensor records most likely pass for citizens' calls."""
        if self.alerts == 0 or self.matched_alerts < FEWEST_MATCHES:
            return False
        excess = (self.matched_alerts - self.matched_alerts_by_chance) / self.alerts
        return excess > SUSPICIOUS_SHARE


@dataclass(frozen=True, slots=True)
class _Points:
    """Times in true microseconds, ascending, and places in degrees. Shapes (n,)."""

    micros: Integers
    longitude: Floats
    latitude: Floats


def diagnose(session: Session) -> list[Diagnosis]:
    """Every call source against all active, located alerts."""
    alerts = _sorted([_alerts_of(session, source) for source in list_sources(session, SourceKind.ALERTS)])
    return [_diagnose(session, source, alerts) for source in list_sources(session, SourceKind.CALLS)]


def _diagnose(session: Session, source: Source, alerts: _Points) -> Diagnosis:
    calls, codes = _calls_of(session, source, alerts)
    matched_alerts, matched_calls = _matches(alerts, calls, 0)
    shifted = [_matches(alerts, calls, days) for days in SHIFTS_DAYS]
    found = Counter(codes[place] or "(no code)" for place in matched_calls.tolist())
    return Diagnosis(
        source=source.name,
        alerts=len(alerts.micros),
        calls=len(calls.micros),
        matched_alerts=len(matched_alerts),
        matched_calls=len(matched_calls),
        matched_alerts_by_chance=float(np.mean([len(of_alerts) for of_alerts, _ in shifted])),
        matched_calls_by_chance=float(np.mean([len(of_calls) for _, of_calls in shifted])),
        codes=found.most_common(_MOST_CODES),
        code_expression=compiled_mapping(source.mapping).fields.get("nature_code", "nature"),
    )


def _matches(alerts: _Points, calls: _Points, shift_days: int) -> tuple[Integers, Integers]:
    """Places of the alerts and of the calls that lie together once the alerts are shifted in time."""
    shifted = alerts.micros + shift_days * DAY_MICROS
    low = np.searchsorted(calls.micros, shifted - WITHIN_S * MICROS, "left")
    high = np.searchsorted(calls.micros, shifted + WITHIN_S * MICROS, "right")
    counts = high - low
    alert = np.repeat(np.arange(len(shifted)), counts)
    # Within each alert's stretch of calls: 0, 1, 2 … from its first one.
    call = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts) + np.repeat(low, counts)
    distance_m = near_distance_m(
        alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call]
    )
    near = distance_m <= WITHIN_M
    return np.unique(alert[near]), np.unique(call[near])


def _alerts_of(session: Session, source: Source) -> _Points:
    micros = dialect_of(session).micros(Alert.started_at)
    rows = session.execute(
        select(micros, Alert.longitude, Alert.latitude).where(
            Alert.source_id == source.id,
            Alert.status == AlertStatus.ACTIVE,
            Alert.started_at.is_not(None),
            Alert.longitude.is_not(None),
        )
    ).all()
    return _points(rows, source)


def _calls_of(session: Session, source: Source, alerts: _Points) -> tuple[_Points, list[str | None]]:
    """The located calls that count as reports, around the time of the alerts, and their codes."""
    micros = dialect_of(session).micros(Call.received_at)
    if len(alerts.micros) == 0:
        return _points([], source), []
    span = timedelta(days=max(SHIFTS_DAYS) + 1)
    first, last = from_micros(int(alerts.micros[0])) - span, from_micros(int(alerts.micros[-1])) + span
    rows = session.execute(
        select(micros, Call.longitude, Call.latitude, Call.nature_code)
        .where(
            Call.source_id == source.id,
            Call.received_at.between(first, last),
            Call.longitude.is_not(None),
            Call.origin.in_(_COUNTING),
        )
        .order_by(Call.received_at)
    ).all()
    return _points([row[:3] for row in rows], source), [row[3] for row in rows]


def _points(rows: Sequence[Sequence[Any]], source: Source) -> _Points:
    offset = round(compiled_mapping(source.mapping).clock_offset_s * MICROS)
    return _Points(
        np.array([row[0] for row in rows], dtype=np.int64) - offset,
        np.array([row[1] for row in rows], dtype=np.float64),
        np.array([row[2] for row in rows], dtype=np.float64),
    )


def _sorted(parts: list[_Points]) -> _Points:
    if not parts:
        nothing = np.zeros(0)
        return _Points(nothing.astype(np.int64), nothing, nothing)
    micros = np.concatenate([part.micros for part in parts])
    order = np.argsort(micros, kind="stable")
    return _Points(
        micros[order],
        np.concatenate([part.longitude for part in parts])[order],
        np.concatenate([part.latitude for part in parts])[order],
    )
