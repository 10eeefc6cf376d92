"""The reference systems that map clients may ask in: longitude and latitude, and web Mercator. Pure."""

import math
from collections.abc import Mapping
from typing import Any

from app.domain.areas import Box

CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
WEB_MERCATOR = "http://www.opengis.net/def/crs/EPSG/0/3857"
SYSTEMS = (CRS84, WEB_MERCATOR)
_RADIUS_M = 6378137.0
# Where web Mercator ends: its map is a square.
_NORTHMOST = 85.051128779806604
_EDGE_M = math.pi * _RADIUS_M


def to_mercator(longitude: float, latitude: float) -> tuple[float, float]:
    """A place in metres of EPSG:3857; what lies beyond the map's edge is drawn at it."""
    bounded = min(max(latitude, -_NORTHMOST), _NORTHMOST)
    north = math.log(math.tan(math.pi / 4 + math.radians(bounded) / 2))
    return round(_RADIUS_M * math.radians(longitude), 3), round(_RADIUS_M * north, 3)


def moved(geometry: Mapping[str, Any]) -> dict[str, Any]:
    """A GeoJSON geometry in degrees as one in metres of EPSG:3857."""
    return {"type": geometry["type"], "coordinates": _moved(geometry["coordinates"])}


def box_of(numbers: list[float], system: str) -> Box:
    """A box from four numbers, or six with heights, which do not matter. ValueError in words."""
    if len(numbers) not in (4, 6) or not all(map(math.isfinite, numbers)):
        raise ValueError("expected four numbers such as -88.1,42.9,-87.8,43.2, or six with heights")
    if len(numbers) == 6:
        west, south, lowest, east, north, highest = numbers
        if lowest > highest:
            raise ValueError(f"its lower height {lowest:g} is above its upper height {highest:g}")
    else:
        west, south, east, north = numbers
    if system == WEB_MERCATOR:
        (west, south), (east, north) = _degrees(west, south), _degrees(east, north)
    for value, most, name in (
        (west, 180, "longitude"),
        (east, 180, "longitude"),
        (south, 90, "latitude"),
        (north, 90, "latitude"),
    ):
        if abs(value) > most:
            raise ValueError(f"{name} {value:g} is not between -{most} and {most}")
    if south > north:
        raise ValueError(f"its south edge {south:g} lies north of its north edge {north:g}")
    return Box(west=west, south=south, east=east, north=north)


def wkt_of(box: Box) -> str:
    """A box as WKT in degrees; two polygons where it spans the antimeridian."""
    spans = [(box.west, box.east)] if box.west <= box.east else [(box.west, 180.0), (-180.0, box.east)]
    rings = (
        f"(({west} {box.south}, {east} {box.south}, {east} {box.north}, {west} {box.north},"
        f" {west} {box.south}))"
        for west, east in spans
    )
    return f"MULTIPOLYGON ({', '.join(rings)})"


def _degrees(x_m: float, y_m: float) -> tuple[float, float]:
    """A place of EPSG:3857 in degrees; a box may reach a little beyond the map."""
    if abs(x_m) > _EDGE_M * 1.01 or abs(y_m) > _EDGE_M * 8:
        raise ValueError(f"{x_m:g},{y_m:g} lies outside EPSG:3857, whose unit is the metre")
    longitude = min(max(math.degrees(x_m / _RADIUS_M), -180.0), 180.0)
    return longitude, math.degrees(2 * math.atan(math.exp(y_m / _RADIUS_M)) - math.pi / 2)


def _moved(coordinates: Any) -> Any:
    if coordinates and isinstance(coordinates[0], int | float):
        return list(to_mercator(coordinates[0], coordinates[1]))
    return [_moved(part) for part in coordinates]
