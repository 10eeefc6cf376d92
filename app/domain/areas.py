"""Where to look: a box or a circle on the globe, as people write them in a query. Degrees, WGS84."""

import math
from dataclasses import dataclass

FARTHEST_M = 100_000.0


class AreaError(ValueError):
    """A text that is no such area: the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """West, south, east, north, all edges included; west > east spans the antimeridian."""

    west: float
    south: float
    east: float
    north: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """Every place within a geodesic distance of a point."""

    longitude: float
    latitude: float
    radius_m: float


def parse_box(text: str) -> Box:
    """`west,south,east,north` (RFC 7946, section 5). Raises AreaError."""
    west, south, east, north = _numbers(text, 4, "west,south,east,north such as -88.1,42.9,-87.8,43.2")
    for longitude in (west, east):
        _check_longitude(longitude)
    for latitude in (south, north):
        _check_latitude(latitude)
    if south > north:
        raise AreaError(f"its south edge {south:g} lies north of its north edge {north:g}")
    return Box(west=west, south=south, east=east, north=north)


def parse_circle(text: str) -> Circle:
    """`longitude,latitude,metres`, at most 100 km. Raises AreaError."""
    longitude, latitude, radius_m = _numbers(text, 3, "longitude,latitude,metres such as -87.94,43.01,500")
    _check_longitude(longitude)
    _check_latitude(latitude)
    if not 0 < radius_m <= FARTHEST_M:
        raise AreaError(f"{radius_m:g} metres is not above 0 and at most {FARTHEST_M:,.0f}")
    return Circle(longitude=longitude, latitude=latitude, radius_m=radius_m)


def _numbers(text: str, count: int, example: str) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise AreaError(f"expected {count} numbers: {example}")
    return numbers


def _check_longitude(value: float) -> None:
    if abs(value) > 180:
        raise AreaError(f"longitude {value:g} is not between -180 and 180")


def _check_latitude(value: float) -> None:
    if abs(value) > 90:
        raise AreaError(f"latitude {value:g} is not between -90 and 90")
