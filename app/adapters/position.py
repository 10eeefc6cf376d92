"""Where a record is: both coordinates or neither, on the globe, not 0,0, within the source's bounds."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.adapters.convert import number
from app.adapters.errors import Unusable
from app.domain.records import FieldProblem

LONGITUDE = "/longitude"
LATITUDE = "/latitude"
Position = tuple[float | None, float | None]
NOWHERE: Position = (None, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """A box in WGS84 degrees, edges included; it does not cross the date line."""

    west: float
    south: float
    east: float
    north: float

    def holds(self, longitude: float, latitude: float) -> bool:
        """Whether the point lies in the box."""
        return self.west <= longitude <= self.east and self.south <= latitude <= self.north


def locate(
    longitude: float | None, latitude: float | None, bounds: Bounds | None
) -> tuple[Position, list[FieldProblem]]:
    """The position, or nowhere and why. Missing altogether is no problem; coordinates are never swapped."""
    if longitude is None and latitude is None:
        return NOWHERE, []
    if longitude is None:
        return NOWHERE, _problems((LATITUDE, "dropped, because there is no usable longitude"))
    if latitude is None:
        return NOWHERE, _problems((LONGITUDE, "dropped, because there is no usable latitude"))
    if longitude == 0 and latitude == 0:
        reason = "0,0 is a placeholder, not a position"
        return NOWHERE, _problems((LONGITUDE, reason), (LATITUDE, reason))
    outside = []
    if not -180 <= longitude <= 180:
        outside.append((LONGITUDE, f"{longitude:g} is not within -180 to 180"))
    if not -90 <= latitude <= 90:
        outside.append((LATITUDE, f"{latitude:g} is not within -90 to 90"))
    if not outside and (bounds is None or bounds.holds(longitude, latitude)):
        return (longitude, latitude), []
    if not outside:
        reason = "the position lies outside the source's bounds"
        outside = [(LONGITUDE, reason), (LATITUDE, reason)]
    elif len(outside) == 1:
        other = LATITUDE if outside[0][0] == LONGITUDE else LONGITUDE
        outside.append((other, "dropped, because the other coordinate is unusable"))
    if bounds is not None and bounds.holds(latitude, longitude):
        outside = [(pointer, f"{reason}; longitude and latitude look swapped") for pointer, reason in outside]
    return NOWHERE, _problems(*outside)


def point_of(geometry: Any) -> tuple[Any, Any]:
    """Longitude and latitude of a GeoJSON Point (RFC 7946, section 3.1.2), unconverted; None where missing.

    Raises Unusable for another geometry or for coordinates of another shape.
    """
    if geometry is None:
        return None, None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        raise Unusable("the geometry is not a Point")
    coordinates = geometry.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) < 2:
        if coordinates in (None, []):
            return None, None
        raise Unusable("the Point has no longitude and latitude")
    return number(coordinates[0]), number(coordinates[1])


def _problems(*found: tuple[str, str]) -> list[FieldProblem]:
    pairs: Iterable[tuple[str, str]] = found
    return [FieldProblem(pointer=pointer, reason=reason) for pointer, reason in pairs]
