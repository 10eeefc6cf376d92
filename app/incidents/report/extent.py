"""What part of the map a report shows, and the zones in it. Pure; degrees in, degrees out."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry import shape

from app.domain.geodesy import degrees_around
from app.domain.sectors import DISC_SIGMAS

LEAST_REACH_M = 250.0
MOST_REACH_M = 2_500.0
ASPECT = 1.75
_MARGIN = 1.12


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """A box on the globe around the incident; `reach_m` is half its height."""

    longitude: float
    latitude: float
    reach_m: float
    west: float
    south: float
    east: float
    north: float

    def document(self) -> dict[str, float]:
        """As JSON."""
        names = ("longitude", "latitude", "reach_m", "west", "south", "east", "north")
        return {name: getattr(self, name) for name in names}


def extent_of(positions: Iterable[Mapping[str, Any]], others: Iterable[tuple[float, float]]) -> Extent | None:
    """A box that holds the alerts' 95 % discs, and the other points as far as the largest map goes."""
    discs = [(each["longitude"], each["latitude"], each["uncertainty_m"]) for each in positions]
    if not discs:
        return None
    longitude = _middle([lon for lon, _, _ in discs])
    latitude = _middle([lat for _, lat, _ in discs])
    reaches = [LEAST_REACH_M]
    for lon, lat, sigma_m in discs:
        reaches.append(_reach_m(longitude, latitude, lon, lat) + DISC_SIGMAS * sigma_m)
    far = [reach for lon, lat in others if (reach := _reach_m(longitude, latitude, lon, lat)) <= MOST_REACH_M]
    reach_m = round(max([*reaches, *far]) * _MARGIN, 1)
    half_width, half_height = degrees_around(latitude, reach_m)
    return Extent(
        longitude=longitude,
        latitude=latitude,
        reach_m=reach_m,
        west=round(longitude - half_width * ASPECT, 6),
        south=round(latitude - half_height, 6),
        east=round(longitude + half_width * ASPECT, 6),
        north=round(latitude + half_height, 6),
    )


def outlines(zones: Iterable[Mapping[str, Any]], extent: Extent) -> list[dict[str, Any]]:
    """The zones' outlines inside the extent as lines, each with a point inside to write its name at."""
    box = shapely.box(extent.west, extent.south, extent.east, extent.north)
    told = []
    for zone in zones:
        area = shapely.make_valid(shape(zone["geometry"]))
        inside = area.intersection(box)
        if inside.is_empty or inside.area == 0:
            continue
        label = inside.representative_point()
        told.append(
            {
                "kind": zone["kind"],
                "name": zone["name"],
                "label": [round(label.x, 6), round(label.y, 6)],
                "outline": [_rounded(line) for line in _lines(area.boundary.intersection(box))],
            }
        )
    return told


def _middle(values: list[float]) -> float:
    return round((min(values) + max(values)) / 2, 6)


def _reach_m(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """How far a box around the first point must reach to hold the second; it is wider than it is high."""
    half_width, half_height = degrees_around(latitude, 1_000.0)
    across = abs((other_longitude - longitude + 180.0) % 360.0 - 180.0) / half_width / ASPECT
    return 1_000.0 * max(across, abs(other_latitude - latitude) / half_height)


def _lines(geometry: Any) -> Iterator[Any]:
    for part in getattr(geometry, "geoms", [geometry]):
        if part.geom_type in ("LineString", "LinearRing") and not part.is_empty:
            yield part


def _rounded(line: Any) -> list[list[float]]:
    return [[round(float(x), 6), round(float(y), 6)] for x, y in line.coords]
