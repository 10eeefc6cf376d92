"""From GeoJSON coordinates to polygons that every map and every database reads alike. Pure."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Polygon, mapping

_FEWEST_POSITIONS = 4
_HALF_THE_GLOBE_DEG = 180.0


Ring = list[tuple[float, float]]


def read_rings(geometry: Any) -> list[list[Ring]]:
    """The rings of each part of a Polygon or MultiPolygon, exterior first. ValueError with the reason."""
    if not isinstance(geometry, Mapping) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
        kind = geometry.get("type") if isinstance(geometry, Mapping) else None
        raise ValueError(f"a zone is a Polygon or MultiPolygon, this is {kind or 'nothing'}")
    coordinates = geometry.get("coordinates")
    parts = [coordinates] if geometry["type"] == "Polygon" else coordinates
    if not isinstance(parts, list) or not parts:
        raise ValueError("it has no coordinates")
    if not all(isinstance(part, list) and part for part in parts):
        raise ValueError("it has a polygon without rings")
    return [[_ring(ring) for ring in part] for part in parts]


def bounds_of(parts: list[list[Ring]]) -> tuple[float, float, float, float]:
    """West, south, east, north, if the first of each pair is the longitude."""
    positions = [position for part in parts for ring in part for position in ring]
    longitudes, latitudes = zip(*positions, strict=True)
    return min(longitudes), min(latitudes), max(longitudes), max(latitudes)


def repaired(parts: list[list[Ring]]) -> tuple[list[Polygon], list[str]]:
    """Valid polygons, and what was wrong with those drawn. ValueError where nothing has an area."""
    polygons = []
    warnings = []
    for part in parts:
        drawn = Polygon(part[0], part[1:])
        if drawn.is_valid:
            polygons.append(drawn)
            continue
        warnings.append(f"repaired: {shapely.is_valid_reason(drawn)}")
        polygons.extend(_polygons_of(shapely.make_valid(drawn)))
    if not polygons:
        raise ValueError("nothing of it has an area")
    return polygons, warnings


def join(polygons: list[Polygon]) -> Polygon | MultiPolygon:
    """One valid area, exterior rings counter-clockwise (RFC 7946, 3.1.6). ValueError: there is none."""
    joined = polygons[0] if len(polygons) == 1 else shapely.union_all(polygons)
    parts = list(_polygons_of(joined))
    if not parts:
        raise ValueError("nothing of it has an area")
    for part in parts:
        west, _, east, _ = part.bounds
        if east - west > _HALF_THE_GLOBE_DEG:
            raise ValueError(
                "it spans more than half the globe: cut it at the antimeridian (RFC 7946, 3.1.9)"
            )
    whole = parts[0] if len(parts) == 1 else MultiPolygon(parts)
    oriented: Polygon | MultiPolygon = shapely.orient_polygons(whole, exterior_cw=False)
    return oriented


def as_geojson(area: Polygon | MultiPolygon) -> dict[str, Any]:
    """An area as GeoJSON."""
    document: dict[str, Any] = mapping(area)
    return document


def as_wkt(area: Polygon | MultiPolygon) -> str:
    """An area as a MULTIPOLYGON, every digit kept."""
    whole = area if isinstance(area, MultiPolygon) else MultiPolygon([area])
    text: str = shapely.to_wkt(whole, rounding_precision=-1)
    return text


def _ring(positions: Any) -> Ring:
    if not isinstance(positions, list) or len(positions) < _FEWEST_POSITIONS:
        raise ValueError("a ring has fewer than four positions")
    ring = [_position(position) for position in positions]
    if ring[0] != ring[-1]:
        raise ValueError("a ring is not closed: its last position must repeat its first")
    return ring


def _position(position: Any) -> tuple[float, float]:
    if not isinstance(position, list) or len(position) < 2:
        raise ValueError("a position is no pair of numbers")
    longitude, latitude = position[:2]
    if not (_is_number(longitude) and _is_number(latitude)):
        raise ValueError("a position is no pair of finite numbers")
    return float(longitude), float(latitude)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _polygons_of(geometry: Any) -> Iterator[Polygon]:
    for part in shapely.get_parts(geometry, return_index=False):
        if isinstance(part, Polygon):
            if not part.is_empty:
                yield part
        elif shapely.get_num_geometries(part) > 1:
            yield from _polygons_of(part)
