"""Which zones a point lies in at a time, and how much of the city the sensors cover when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, shape
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Floats, Integers
from app.db.models import Zone
from app.domain.geodesy import EQUATORIAL_RADIUS_M
from app.domain.time import to_micros
from app.domain.vocabulary import ZoneKind

ALWAYS = (np.iinfo(np.int64).min, np.iinfo(np.int64).max)
Span = tuple[int, int]
# What is another when a zone is: its time of change, and for clocks that stand still its bounds.
_SEEN: tuple[Any, ...] = (
    *(Zone.id, Zone.name, Zone.updated_at, Zone.valid_from, Zone.valid_to),
    *(Zone.west, Zone.south, Zone.east, Zone.north),
)


_remembered: "WeakKeyDictionary[Engine, tuple[tuple[Any, ...], ZoneIndex]]" = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class ZoneIndex:
    """All zones with their polygons (WGS84 degrees, edges straight in longitude and latitude).

    `spans` are when each held: microseconds since 1970 from the first to before the second.
    """

    ids: tuple[int, ...]
    names: tuple[str, ...]
    spans: tuple[Span, ...]
    tree: shapely.STRtree

    def containing(self, longitude: float | None, latitude: float | None, at: datetime) -> list[int]:
        """Places (in `ids`) of the zones that held then and have the point in them or on their edge."""
        if longitude is None or latitude is None or not self.ids:
            return []
        point, micros = shapely.Point(longitude, latitude), to_micros(at)
        found = (int(place) for place in self.tree.query(point, predicate="intersects"))
        return sorted(place for place in found if self.spans[place][0] <= micros < self.spans[place][1])


def load_zone_index(session: Session) -> ZoneIndex:
    """Every zone but coverage, by kind and name; drawn anew only when one of them is another.

    Two hundred zones take longer to draw than a round of the worker has else to do.
    """
    zones = select(*_SEEN).where(Zone.kind != ZoneKind.COVERAGE).order_by(Zone.kind, Zone.name, Zone.id)
    engine = session.get_bind().engine
    seen = tuple(tuple(row) for row in session.execute(zones))
    known = _remembered.get(engine)
    if known is None or known[0] != seen:
        known = _remembered[engine] = (seen, _draw(session.execute(zones.add_columns(Zone.geometry)).all()))
    return known[1]


def _draw(rows: Sequence[Any]) -> ZoneIndex:
    return ZoneIndex(
        tuple(row.id for row in rows),
        tuple(row.name for row in rows),
        tuple(_span(row.valid_from, row.valid_to) for row in rows),
        shapely.STRtree([shape(row.geometry) for row in rows]),
    )


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the city."""

    polygon: MultiPolygon
    area_m2: float

    def contains(self, longitude: Floats, latitude: Floats) -> Booleans:
        """Which points lie inside; False for NaN. Shape (n,)."""
        return _contains(self.polygon, longitude, latitude)


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where the sensors listen, and when: what the zones of each span cover together."""

    parts: tuple[tuple[Span, MultiPolygon], ...]

    def contains(self, longitude: Floats, latitude: Floats, micros: Integers) -> Booleans:
        """Which points lay in a zone that held at their time; False for NaN. Shape (n,)."""
        inside = np.zeros(len(longitude), dtype=bool)
        for span, polygon in self.parts:
            held = np.flatnonzero(_within(span, micros))
            inside[held] |= _contains(polygon, longitude[held], latitude[held])
        return inside

    def held(self, micros: Integers) -> Booleans:
        """At which times there was any. Shape (n,)."""
        there = np.zeros(len(micros), dtype=bool)
        for span, _ in self.parts:
            there |= _within(span, micros)
        return there

    def during(self, from_micros: int, through_micros: int) -> list[MultiPolygon]:
        """The parts that held at any time of a period, its ends included."""
        return [
            polygon for (low, high), polygon in self.parts if low <= through_micros and high > from_micros
        ]

    def over(self, from_micros: int, through_micros: int) -> Area | None:
        """All that was covered at any time of a period; None: nothing was."""
        polygons = self.during(from_micros, through_micros)
        if not polygons:
            return None
        polygon = _joined(polygons)
        return Area(polygon, area_m2(polygon))


def load_coverage(session: Session) -> Coverage:
    """The coverage zones, those of one span as one polygon."""
    rows = session.execute(
        select(Zone.geometry, Zone.valid_from, Zone.valid_to)
        .where(Zone.kind == ZoneKind.COVERAGE)
        .order_by(Zone.name)
    ).all()
    by_span: dict[Span, list[Any]] = {}
    for row in rows:
        by_span.setdefault(_span(row.valid_from, row.valid_to), []).append(shape(row.geometry))
    return Coverage(tuple((span, _joined(by_span[span])) for span in sorted(by_span)))


def area_m2(polygon: MultiPolygon) -> float:
    """The area on a sphere of equal-area radius, by Lambert's cylindrical equal-area projection."""
    equal_area_radius_m = 0.99888 * EQUATORIAL_RADIUS_M

    def project(degrees: Floats) -> Floats:
        radians = np.radians(degrees)
        return np.column_stack((radians[:, 0], np.sin(radians[:, 1]))) * equal_area_radius_m

    return float(shapely.transform(polygon, project).area)


def _span(valid_from: datetime | None, valid_to: datetime | None) -> Span:
    return (
        ALWAYS[0] if valid_from is None else to_micros(valid_from),
        ALWAYS[1] if valid_to is None else to_micros(valid_to),
    )


def _within(span: Span, micros: Integers) -> Booleans:
    return np.asarray((micros >= span[0]) & (micros < span[1]))


def _contains(polygon: MultiPolygon, longitude: Floats, latitude: Floats) -> Booleans:
    shapely.prepare(polygon)
    located = ~np.isnan(longitude)
    inside = np.zeros(len(longitude), dtype=bool)
    inside[located] = shapely.contains_xy(polygon, longitude[located], latitude[located])
    return inside


def _joined(polygons: Sequence[Any]) -> MultiPolygon:
    union = shapely.union_all(polygons)
    return union if isinstance(union, MultiPolygon) else MultiPolygon([union])
