"""Where features are, as Shapely has it: points, and areas that are all multipolygons."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray


def points(longitudes: Sequence[float | None], latitudes: Sequence[float | None]) -> NDArray[Any]:
    """Points from degrees; None where one is not known."""
    degrees = np.array([longitudes, latitudes], dtype=float).T
    found: NDArray[Any] = shapely.points(degrees)
    found[np.isnan(degrees).any(axis=1)] = None
    return found


def areas(geometries: Sequence[Any]) -> NDArray[Any]:
    """Multipolygons from polygons and multipolygons in GeoJSON, for layers take one kind only."""
    found = shapely.from_geojson([orjson.dumps(_as_multiple(geometry)) for geometry in geometries])
    return np.asarray(found, dtype=object)


def _as_multiple(geometry: Any) -> Any:
    told = orjson.loads(geometry) if isinstance(geometry, str) else geometry
    if told["type"] == "Polygon":
        return {"type": "MultiPolygon", "coordinates": [told["coordinates"]]}
    return told
