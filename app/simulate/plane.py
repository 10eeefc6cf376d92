"""A city's own plane: metres east and north of its centre, to and from WGS84 degrees."""

from dataclasses import dataclass

import numpy as np

from app.domain.geodesy import EQUATORIAL_RADIUS_M, FLATTENING, Floats

_ECCENTRICITY_SQUARED = FLATTENING * (2 - FLATTENING)


@dataclass(frozen=True, slots=True)
class Plane:
    """The sinusoidal projection: lengths within 15 km of the centre are off by less than 0.3 % (tested)."""

    longitude: float
    latitude: float

    def to_degrees(self, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
        """Longitudes and latitudes, rounded to 1e-6 degrees (a decimetre), as feeds send them."""
        latitude = self.latitude + np.degrees(north_m / self._meridional_m())
        longitude = self.longitude + np.degrees(east_m / self._parallel_m(latitude))
        return np.round(longitude, 6), np.round(latitude, 6)

    def to_metres(self, longitude: Floats, latitude: Floats) -> tuple[Floats, Floats]:
        """Metres east and north."""
        north_m = np.radians(latitude - self.latitude) * self._meridional_m()
        east_m = np.radians(longitude - self.longitude) * self._parallel_m(latitude)
        return np.asarray(east_m, dtype=np.float64), np.asarray(north_m, dtype=np.float64)

    def _meridional_m(self) -> float:
        curvature = 1 - _ECCENTRICITY_SQUARED * np.sin(np.radians(self.latitude)) ** 2
        return float(EQUATORIAL_RADIUS_M * (1 - _ECCENTRICITY_SQUARED) / curvature**1.5)

    def _parallel_m(self, latitude: Floats) -> Floats:
        angle = np.radians(latitude)
        curvature = 1 - _ECCENTRICITY_SQUARED * np.sin(angle) ** 2
        return np.asarray(EQUATORIAL_RADIUS_M * np.cos(angle) / np.sqrt(curvature), dtype=np.float64)
