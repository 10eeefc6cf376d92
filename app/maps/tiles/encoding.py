"""Features of a tile in the bytes of Mapbox Vector Tiles 2.1, where no database encodes them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from app.domain.tiles import EXTENT, HALF_RADIANS, MOST_LATITUDE, QUARTER_PI, Scale

_OPTIONS = {"y_coord_down": True, "extents": EXTENT}


@dataclass(frozen=True, slots=True)
class Drawn:
    """A feature in a tile's whole numbers; None: without an id of its own."""

    id: int | None
    place: BaseGeometry
    properties: Mapping[str, Any]


def encode(layer: str, features: Sequence[Drawn]) -> bytes:
    """A tile of one layer; nothing where there is nothing."""
    if not features:
        return b""
    told = [{"geometry": one.place, "id": one.id, "properties": one.properties} for one in features]
    encoded: bytes = mapbox_vector_tile.encode({"name": layer, "features": told}, default_options=_OPTIONS)
    return encoded


def area_in(scale: Scale, area: BaseGeometry, margin: int) -> BaseGeometry | None:
    """An area in a tile's whole numbers, cut off at a margin beyond it; None where too little is left."""
    on_map = shapely.clip_by_rect(area, -180, -MOST_LATITUDE, 180, MOST_LATITUDE)
    moved = shapely.transform(on_map, lambda degrees: _moved(scale, degrees))
    if not shapely.is_valid(moved):
        moved = shapely.make_valid(moved)
    cut = shapely.clip_by_rect(moved, -margin, -margin, EXTENT + margin, EXTENT + margin)
    left = list(_polygons(shapely.set_precision(cut, 1.0)))
    return shapely.MultiPolygon(left) if left else None


def _moved(scale: Scale, degrees: NDArray[np.float64]) -> NDArray[np.float64]:
    x = (degrees[:, 0] + 180.0) * scale.per_degree - scale.first_x
    north = np.log(np.tan(degrees[:, 1] * HALF_RADIANS + QUARTER_PI))
    return np.column_stack((x, scale.middle - north * scale.per_radian - scale.first_y))


def _polygons(geometry: BaseGeometry) -> Iterable[BaseGeometry]:
    return (part for part in shapely.get_parts(geometry) if part.geom_type == "Polygon" and not part.is_empty)
