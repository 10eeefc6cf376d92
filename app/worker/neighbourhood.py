"""What the core needs to see around a change: whole chains of alerts, and the calls in their windows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from app.correlation.columns import AlertColumns, CallColumns, Floats, canonical_order
from app.correlation.completeness import Interval, merge
from app.correlation.parameters import NATURES, Parameters
from app.db.database import dialect_of
from app.db.models import Alert, Call
from app.domain.time import from_micros
from app.domain.vocabulary import Classification, Nature, Origin
from app.sources.feeds import compiled_mapping
from app.sources.store import list_sources

MICROS = 1_000_000
_CHAIN_STEP = timedelta(minutes=30)
_CLUSTER_GAP_MICROS = 6 * 3600 * MICROS
_NATURE_INDEX = {nature: index for index, nature in enumerate(NATURES)}
_COUNTING = frozenset(origin.value for origin in Origin if origin.counts_as_report)


@dataclass(frozen=True, slots=True)
class SourceClock:
    """What a source's mapping says of its clock."""

    name: str
    offset_micros: int
    error_s: float


@dataclass(frozen=True, slots=True)
class LoadedAlerts:
    """Alerts as columns, and as the rows that incidents are told from; both in canonical order."""

    columns: AlertColumns
    rows: Sequence[Mapping[str, Any]]


def load_clocks(session: Session) -> dict[int, SourceClock]:
    """Each source's clock by the source's id."""
    clocks = {}
    for source in list_sources(session):
        mapping = compiled_mapping(source.mapping)
        offset = round(mapping.clock_offset_s * MICROS)
        clocks[source.id] = SourceClock(source.name, offset, mapping.clock_error_s or 0.0)
    return clocks


def alert_reach(change: Interval, parameters: Parameters) -> Interval:
    """The true times at which an alert's verdict can depend on something that changed in a stretch."""
    after = round((parameters.window_after_s + parameters.longest_incident_s) * MICROS)
    before = round((parameters.window_before_s + parameters.longest_incident_s) * MICROS)
    return change[0] - after, change[1] + before


def close_chain(
    session: Session, region: Interval, clocks: Mapping[int, SourceClock], parameters: Parameters
) -> Interval:
    """Widen a stretch until no alert outside is close enough in time to one inside to be linked."""
    link = round(parameters.link_within_s * MICROS)
    step = _CHAIN_STEP // timedelta(microseconds=1)
    low, high = region
    while True:
        earlier = _alert_times(session, (low - step, low), clocks)
        reached = _follow(low, sorted(earlier, reverse=True), link)
        if reached == low:
            break
        low = reached
    while True:
        reached = _follow(high, sorted(_alert_times(session, (high, high + step), clocks)), link)
        if reached == high:
            break
        high = reached
    return low, high


def clusters_within(session: Session, region: Interval, clocks: Mapping[int, SourceClock]) -> list[Interval]:
    """The parts of a closed stretch that hold alerts, so that years of silence between them cost nothing."""
    clusters: list[Interval] = []
    for time in sorted(_alert_times(session, region, clocks)):
        if clusters and time - clusters[-1][1] <= _CLUSTER_GAP_MICROS:
            clusters[-1] = (clusters[-1][0], time)
        else:
            clusters.append((time, time))
    return clusters


def load_alerts(session: Session, region: Interval, clocks: Mapping[int, SourceClock]) -> LoadedAlerts:
    """Every alert whose true time lies in a stretch, closed at both ends."""
    columns = [column for column in Alert.__table__.c if column.name != "position"]
    rows = [
        {**row, "source": clocks[row["source_id"]].name, "true_micros": micros}
        for row, micros in _within(session, columns, Alert.started_at, Alert.source_id, region, clocks)
    ]
    times = np.array([row["true_micros"] for row in rows], dtype=np.int64)
    order = canonical_order(times, [(row["source"], row["external_id"]) for row in rows])
    rows = [rows[place] for place in order.tolist()]
    return LoadedAlerts(
        AlertColumns(
            id=np.array([row["id"] for row in rows], dtype=np.int64),
            started_micros=times[order],
            longitude=_floats(rows, "longitude"),
            latitude=_floats(rows, "latitude"),
            uncertainty_m=_floats(rows, "uncertainty_m"),
            clock_error_s=np.array([clocks[row["source_id"]].error_s for row in rows]),
            is_active=np.array([is_active(row) for row in rows], dtype=bool),
        ),
        rows,
    )


def is_active(alert: Mapping[str, Any]) -> bool:
    """Whether an alert stands and is of gunfire."""
    return alert["status"] == "active" and Classification(alert["classification"]).is_gunfire


def load_calls(
    session: Session, alerts: LoadedAlerts, clocks: Mapping[int, SourceClock], parameters: Parameters
) -> CallColumns:
    """Every call in the window of some alert, by time alone: a window holds few of a year's calls."""
    before = round(parameters.window_before_s * MICROS)
    after = round((parameters.window_after_s + parameters.longest_incident_s) * MICROS)
    regions = merge((time - before, time + after) for time in alerts.columns.started_micros.tolist())
    columns = [Call.id, Call.source_id, Call.external_id, Call.longitude, Call.latitude]
    columns += [Call.uncertainty_m, Call.nature, Call.origin]
    found = [
        item
        for region in regions
        for item in _within(session, columns, Call.received_at, Call.source_id, region, clocks)
    ]
    unordered = np.array([micros for _, micros in found], dtype=np.int64)
    order = canonical_order(
        unordered, [(clocks[row["source_id"]].name, row["external_id"]) for row, _ in found]
    )
    rows = [found[place][0] for place in order.tolist()]
    return CallColumns(
        id=np.array([row["id"] for row in rows], dtype=np.int64),
        received_micros=unordered[order],
        longitude=_floats(rows, "longitude"),
        latitude=_floats(rows, "latitude"),
        uncertainty_m=_floats(rows, "uncertainty_m"),
        clock_error_s=np.array([clocks[row["source_id"]].error_s for row in rows]),
        nature=np.array([_NATURE_INDEX[Nature(row["nature"])] for row in rows], dtype=np.int64),
        counts_as_report=np.array([row["origin"] in _COUNTING for row in rows], dtype=bool),
        is_sensor=np.array([row["origin"] == Origin.SENSOR for row in rows], dtype=bool),
    )


def _follow(edge: int, times: Sequence[int], link: int) -> int:
    """How far times lead away from an edge while each is within the link of the one before."""
    for time in times:
        if abs(time - edge) > link:
            break
        edge = time
    return edge


def _alert_times(session: Session, region: Interval, clocks: Mapping[int, SourceClock]) -> list[int]:
    return [
        micros
        for _, micros in _within(
            session, [Alert.id, Alert.source_id], Alert.started_at, Alert.source_id, region, clocks
        )
    ]


def _within(
    session: Session,
    columns: Sequence[Any],
    time: Any,
    source: Any,
    region: Interval,
    clocks: Mapping[int, SourceClock],
) -> list[tuple[dict[str, Any], int]]:
    """Rows whose time, less their source's clock offset, lies in a stretch; each with that time."""
    offsets = {clock.offset_micros for clock in clocks.values()} or {0}
    stretches = []
    for offset in sorted(offsets):
        ids = [identity for identity, clock in clocks.items() if clock.offset_micros == offset]
        inside = time.between(from_micros(region[0] + offset), from_micros(region[1] + offset))
        stretches.append(inside if len(offsets) == 1 else and_(source.in_(ids), inside))
    micros = dialect_of(session).micros(time).label("micros_")
    result = session.execute(select(*columns, micros).where(or_(*stretches))).mappings()
    found = []
    for row in result:
        values = dict(row)
        told = int(values.pop("micros_"))
        found.append((values, told - clocks[values["source_id"]].offset_micros))
    return found


def _floats(rows: Sequence[Mapping[str, Any]], name: str) -> Floats:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)
