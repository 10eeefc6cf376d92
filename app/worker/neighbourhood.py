"""What the core needs to see around a change: whole chains of alerts, and the calls in their windows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select
from sqlalchemy.orm import Session

from app.correlation.columns import (
    AlertColumns,
    CallColumns,
    Floats,
    Integers,
    canonical_order,
    key_of_name,
)
from app.correlation.completeness import Interval, merge
from app.correlation.grouping import connected
from app.correlation.parameters import NATURES, Parameters
from app.db.database import dialect_of
from app.db.models import Alert, Call, Source
from app.domain.time import from_micros
from app.domain.vocabulary import Classification, Nature, Origin
from app.sources.feeds import compiled_mapping

MICROS = 1_000_000
# Looked at beyond what can be joined, so that one more look is seldom needed.
_LOOK_AHEAD_MICROS = 1800 * MICROS
_PART_GAP_MICROS = 6 * 3600 * MICROS
_SOURCES = select(Source.__table__.c.id, Source.__table__.c.name, Source.__table__.c.mapping)
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
    for source in session.connection().execute(_SOURCES):
        mapping = compiled_mapping(source.mapping)
        offset = round(mapping.clock_offset_s * MICROS)
        clocks[source.id] = SourceClock(source.name, offset, mapping.clock_error_s or 0.0)
    return clocks


@dataclass(frozen=True, slots=True)
class Neighbourhood:
    """Alerts that are judged together: their ids, and the stretch of true time that they fill."""

    alert_ids: frozenset[int]
    stretch: Interval


def call_reach(parameters: Parameters) -> tuple[int, int]:
    """How far before its first alert and after its last an incident's calls can matter, in microseconds."""
    before = max(parameters.window_before_s, parameters.live_before_s, parameters.cad_within_s)
    after = max(parameters.window_after_s, parameters.live_after_s, parameters.cad_within_s)
    return round(before * MICROS), round(after * MICROS)


def alert_reach(change: Interval, parameters: Parameters) -> Interval:
    """The true times at which an alert's verdict can depend on something that changed in a stretch."""
    before, after = call_reach(parameters)
    longest = round(parameters.longest_incident_s * MICROS)
    return change[0] - after - longest, change[1] + before + longest


def neighbourhoods(
    session: Session, regions: Sequence[Interval], clocks: Mapping[int, SourceClock], parameters: Parameters
) -> list[Neighbourhood]:
    """The alerts in stretches of time, with all that could be grouped or share a call with one of them.

    Hours of silence part them, so that years between two changes cost nothing.
    """
    times: dict[int, int] = {}
    for region in regions:
        times.update(_joined(session, region, clocks, parameters))
    parts: list[list[tuple[int, int]]] = []
    for micros, alert_id in sorted((micros, alert_id) for alert_id, micros in times.items()):
        if parts and micros - parts[-1][-1][0] <= _PART_GAP_MICROS:
            parts[-1].append((micros, alert_id))
        else:
            parts.append([(micros, alert_id)])
    return [
        Neighbourhood(frozenset(alert_id for _, alert_id in part), (part[0][0], part[-1][0]))
        for part in parts
    ]


def _joined(
    session: Session, region: Interval, clocks: Mapping[int, SourceClock], parameters: Parameters
) -> dict[int, int]:
    """Ids and times of the alerts in a region, and of those that chains of near ones join to them.

    Two incidents can share a call when their windows overlap and the call is within the gate of both.
    """
    link = round((parameters.window_before_s + parameters.window_after_s) * MICROS)
    link = max(link, round(parameters.link_within_s * MICROS))
    within_m = max(2 * (parameters.gate_m + parameters.widest_incident_m), parameters.link_within_m)
    low, high = region[0] - link - _LOOK_AHEAD_MICROS, region[1] + link + _LOOK_AHEAD_MICROS
    while True:
        ids, micros, longitude, latitude = _alert_points(session, (low, high), clocks)
        concerned = (micros >= region[0]) & (micros <= region[1])
        for places in connected(micros, longitude, latitude, within_micros=link, within_m=within_m):
            if concerned[places].any():
                concerned[places] = True
        joined = dict(zip(ids[concerned].tolist(), micros[concerned].tolist(), strict=True))
        first, last = min(joined.values(), default=region[0]), max(joined.values(), default=region[1])
        if first - link >= low and last + link <= high:
            return joined
        low, high = min(low, first - link - _LOOK_AHEAD_MICROS), max(high, last + link + _LOOK_AHEAD_MICROS)


def _alert_points(
    session: Session, region: Interval, clocks: Mapping[int, SourceClock]
) -> tuple[Integers, Integers, Floats, Floats]:
    """Id, time and position of the alerts in a stretch, by time."""
    found = _within(session, _POINTS, region, clocks)
    found.sort(key=lambda item: item[1])
    rows = [row for row, _ in found]
    return (
        np.array([row["id"] for row in rows], dtype=np.int64),
        np.array([micros for _, micros in found], dtype=np.int64),
        _floats(rows, "longitude"),
        _floats(rows, "latitude"),
    )


def load_alerts(
    session: Session, neighbourhood: Neighbourhood, clocks: Mapping[int, SourceClock]
) -> LoadedAlerts:
    """The alerts of a neighbourhood."""
    rows = [
        {**row, "source": clocks[row["source_id"]].name, "true_micros": micros}
        for row, micros in _within(session, _ALERTS, neighbourhood.stretch, clocks)
        if row["id"] in neighbourhood.alert_ids
    ]
    times = np.array([row["true_micros"] for row in rows], dtype=np.int64)
    order = canonical_order(times, [(row["source"], row["external_id"]) for row in rows])
    rows = [rows[place] for place in order.tolist()]
    return LoadedAlerts(
        AlertColumns(
            id=np.array([row["id"] for row in rows], dtype=np.int64),
            name_key=np.array([key_of_name(row["external_id"]) for row in rows], dtype=np.int64),
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
    """Every call that some alert's verdict can depend on, by time alone: a window holds few of a year's."""
    before, after = call_reach(parameters)
    after += round(parameters.longest_incident_s * MICROS)
    regions = merge((time - before, time + after) for time in alerts.columns.started_micros.tolist())
    found = [item for region in regions for item in _within(session, _CALLS, region, clocks)]
    unordered = np.array([micros for _, micros in found], dtype=np.int64)
    order = canonical_order(
        unordered, [(clocks[row["source_id"]].name, row["external_id"]) for row, _ in found]
    )
    rows = [found[place][0] for place in order.tolist()]
    return CallColumns(
        id=np.array([row["id"] for row in rows], dtype=np.int64),
        names_alert_key=np.array([key_of_name(row["alert_external_id"]) for row in rows], dtype=np.int64),
        received_micros=unordered[order],
        longitude=_floats(rows, "longitude"),
        latitude=_floats(rows, "latitude"),
        uncertainty_m=_floats(rows, "uncertainty_m"),
        clock_error_s=np.array([clocks[row["source_id"]].error_s for row in rows]),
        nature=np.array([_NATURE_INDEX[Nature(row["nature"])] for row in rows], dtype=np.int64),
        counts_as_report=np.array([row["origin"] in _COUNTING for row in rows], dtype=bool),
        is_sensor=np.array([row["origin"] == Origin.SENSOR for row in rows], dtype=bool),
    )


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Columns of a table, and which of it say when and by whom."""

    columns: tuple[Any, ...]
    time: Any
    source: Any


def _wanted(table: Any, time: str, names: Iterable[str]) -> _Wanted:
    return _Wanted(tuple(table.c[name] for name in names), table.c[time], table.c.source_id)


_POINTS = _wanted(Alert.__table__, "started_at", ("id", "source_id", "longitude", "latitude"))
_ALERTS = _wanted(
    Alert.__table__, "started_at", [column.name for column in Alert.__table__.c if column.name != "position"]
)
_CALLS = _wanted(
    Call.__table__,
    "received_at",
    (
        *("id", "source_id", "external_id", "longitude", "latitude", "uncertainty_m"),
        *("nature", "origin", "alert_external_id"),
    ),
)


def _within(
    session: Session, wanted: _Wanted, region: Interval, clocks: Mapping[int, SourceClock]
) -> list[tuple[dict[str, Any], int]]:
    """Rows whose time, less their source's clock offset, lies in a stretch; each with that time."""
    dialect = dialect_of(session)
    offsets = sorted({clock.offset_micros for clock in clocks.values()} or {0})
    values: dict[str, Any] = {}
    for place, offset in enumerate(offsets):
        values[f"low_{place}"], values[f"high_{place}"] = (from_micros(bound + offset) for bound in region)
    if len(offsets) == 1:
        statement = _at_one_offset(dialect, wanted)
    else:
        stretches = (_stretch(wanted, place) for place in range(len(offsets)))
        of_offset = [
            [identity for identity, clock in clocks.items() if clock.offset_micros == offset]
            for offset in offsets
        ]
        told = [
            and_(wanted.source.in_(ids), inside) for ids, inside in zip(of_offset, stretches, strict=True)
        ]
        statement = _selected(dialect, wanted).where(or_(*told))
    found = []
    for row in session.connection().execute(statement, values).mappings():
        row_values = dict(row)
        micros = int(row_values.pop("micros_"))
        found.append((row_values, micros - clocks[row_values["source_id"]].offset_micros))
    return found


@lru_cache(maxsize=8)
def _at_one_offset(dialect: ModuleType, wanted: _Wanted) -> Select[Any]:
    """Made once: a round asks this several times, and making it takes as long as the answer."""
    return _selected(dialect, wanted).where(_stretch(wanted, 0))


def _selected(dialect: ModuleType, wanted: _Wanted) -> Select[Any]:
    return select(*wanted.columns, dialect.micros(wanted.time).label("micros_"))


def _stretch(wanted: _Wanted, place: int) -> ColumnElement[bool]:
    inside: ColumnElement[bool] = wanted.time.between(bindparam(f"low_{place}"), bindparam(f"high_{place}"))
    return inside


def _floats(rows: Sequence[Mapping[str, Any]], name: str) -> Floats:
    return np.array([np.nan if row[name] is None else row[name] for row in rows], dtype=np.float64)
