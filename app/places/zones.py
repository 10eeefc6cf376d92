"""Which zones a point lies in, and how much of the city the sensors cover."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from shapely.geometry import MultiPolygon, shape
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Floats
from app.db.models import Zone
from app.domain.geodesy import EQUATORIAL_RADIUS_M
from app.domain.vocabulary import ZoneKind


@dataclass(frozen=True, slots=True)
class ZoneIndex:
    """All zones with their polygons (WGS84 degrees, edges straight in longitude and latitude)."""

    ids: tuple[int, ...]
    names: tuple[str, ...]
    tree: shapely.STRtree

    def containing(self, longitude: float | None, latitude: float | None) -> list[int]:
        """Places (in `ids`) of the zones that a point lies in or on the edge of, in order."""
        if longitude is None or latitude is None or not self.ids:
            return []
        point = shapely.Point(longitude, latitude)
        return sorted(int(place) for place in self.tree.query(point, predicate="intersects"))


def load_zone_index(session: Session) -> ZoneIndex:
    """Every zone but coverage, by kind and name."""
    rows = session.execute(
        select(Zone.id, Zone.name, Zone.geometry)
        .where(Zone.kind != ZoneKind.COVERAGE)
        .order_by(Zone.kind, Zone.name, Zone.id)
    ).all()
    tree = shapely.STRtree([shape(row.geometry) for row in rows])
    return ZoneIndex(tuple(row.id for row in rows), tuple(row.name for row in rows), tree)


@dataclass(frozen=True, slots=True)
class CoverageArea:
    """Where the sensors listen, as one polygon."""

    polygon: MultiPolygon
    area_m2: float

    def contains(self, longitude: Floats, latitude: Floats) -> Booleans:
        """Which points lie inside; False for NaN. Shape (n,)."""
        shapely.prepare(self.polygon)
        located = ~np.isnan(longitude)
        inside = np.zeros(len(longitude), dtype=bool)
        inside[located] = shapely.contains_xy(self.polygon, longitude[located], latitude[located])
        return inside


def load_coverage(session: Session) -> CoverageArea | None:
    """The union of all coverage zones; None when there is none."""
    rows: Sequence[dict[str, object]] = session.scalars(
        select(Zone.geometry).where(Zone.kind == ZoneKind.COVERAGE).order_by(Zone.name)
    ).all()
    if not rows:
        return None
    union = shapely.union_all([shape(row) for row in rows])
    polygon = union if isinstance(union, MultiPolygon) else MultiPolygon([union])
    return CoverageArea(polygon, area_m2(polygon))


def area_m2(polygon: MultiPolygon) -> float:
    """The area on a sphere of equal-area radius, by Lambert's cylindrical equal-area projection."""
    equal_area_radius_m = 0.99888 * EQUATORIAL_RADIUS_M

    def project(degrees: Floats) -> Floats:
        radians = np.radians(degrees)
        return np.column_stack((radians[:, 0], np.sin(radians[:, 1]))) * equal_area_radius_m

    return float(shapely.transform(polygon, project).area)
