"""Whether a place is where it can be, or has its longitude and latitude swapped."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db.models import Alert, Zone

_MARGIN_DEG = 2.0
_NORTHMOST_PEOPLE = 80.0
_SOUTHMOST_PEOPLE = -60.0

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class KnownExtent:
    """Where the agency is, as far as zones or alerts tell; None before there are any."""

    bounds: Bounds | None

    def check(self, bounds: Bounds) -> None:
        """Refuse what is off the globe or swapped: ValueError with the reason."""
        west, south, east, north = bounds
        swapped = (south, west, north, east)
        if not _on_globe(bounds):
            if _on_globe(swapped):
                raise ValueError("longitude and latitude are swapped: GeoJSON puts the longitude first")
            raise ValueError(
                f"{west:g}, {south:g} is no longitude and latitude in degrees; convert a projected file to"
                " WGS84 (EPSG:4326)"
            )
        if self.bounds is not None:
            is_swapped = not _meets(self.bounds, bounds) and _meets(self.bounds, swapped)
        else:
            is_swapped = not _inhabited(bounds) and _inhabited(swapped)
        if is_swapped:
            raise ValueError(
                f"longitude {west:g}, latitude {south:g} is far from people or your other places, but near"
                " them when the two are swapped: GeoJSON puts the longitude first"
            )


def load_extent(session: Session) -> KnownExtent:
    """The extent of all zones, else of all alerts."""
    zones = select(func.min(Zone.west), func.min(Zone.south), func.max(Zone.east), func.max(Zone.north))
    alerts = select(
        func.min(Alert.longitude),
        func.min(Alert.latitude),
        func.max(Alert.longitude),
        func.max(Alert.latitude),
    )
    for statement in (zones, alerts):
        bounds = [bound for bound in session.execute(statement).one() if bound is not None]
        if bounds:
            west, south, east, north = bounds
            return KnownExtent((west, south, east, north))
    return KnownExtent(None)


def _on_globe(bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return -180 <= west <= east <= 180 and -90 <= south <= north <= 90


def _inhabited(bounds: Bounds) -> bool:
    return _on_globe(bounds) and bounds[1] >= _SOUTHMOST_PEOPLE and bounds[3] <= _NORTHMOST_PEOPLE


def _meets(known: Bounds, bounds: Bounds) -> bool:
    west, south, east, north = bounds
    return (
        west <= known[2] + _MARGIN_DEG
        and east >= known[0] - _MARGIN_DEG
        and south <= known[3] + _MARGIN_DEG
        and north >= known[1] - _MARGIN_DEG
    )
