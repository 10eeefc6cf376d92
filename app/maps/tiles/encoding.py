"""Features of a tile in the bytes of Mapbox Vector Tiles 2.1, where no database encodes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import mapbox_vector_tile
import numpy as np
import shapely
from mapbox_vector_tile.Mapbox import vector_tile_pb2
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from app.domain.tiles import EXTENT, HALF_RADIANS, MOST_LATITUDE, QUARTER_PI, Scale

_OPTIONS = {"y_coord_down": True, "extents": EXTENT}
_A_POINT = 1
_MOVE_TO_ONE = 9
_VERSION = 2
_FIELDS = {str: "string_value", bool: "bool_value", int: "int_value", float: "double_value"}


@dataclass(frozen=True, slots=True)
class Point:
    """A feature at a tile's whole numbers; `id` is None where it has none of its own."""

    id: int | None
    x: int
    y: int
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Area:
    """A feature that covers polygons in a tile's whole numbers."""

    id: int
    polygons: BaseGeometry
    properties: Mapping[str, Any]


def encode_points(layer: str, points: Iterable[Point]) -> bytes:
    """A tile of one layer of points; nothing where there is none.

    By the library's messages and not by its encoder, which makes an object of geometry of every point and
    takes four times as long.
    """
    tile = vector_tile_pb2.tile()
    told = tile.layers.add(name=layer, version=_VERSION, extent=EXTENT)
    keys: dict[str, int] = {}
    values: dict[tuple[type, Any], int] = {}
    add = told.features.add
    for point in points:
        tags: list[int] = []
        for name, value in point.properties.items():
            tags.append(keys.setdefault(name, len(keys)))
            tags.append(values.setdefault((value.__class__, value), len(values)))
        # Lengths from the tile's corner, doubled: the least bit is the sign.
        add(id=point.id, tags=tags, type=_A_POINT, geometry=(_MOVE_TO_ONE, 2 * point.x, 2 * point.y))
    if not told.features:
        return b""
    told.keys.extend(keys)
    for kind, value in values:
        told.values.add(**{_FIELDS[kind]: value})
    encoded: bytes = tile.SerializeToString()
    return encoded


def encode_areas(layer: str, areas: Iterable[Area]) -> bytes:
    """A tile of one layer of areas; nothing where there is none."""
    told = [{"geometry": one.polygons, "id": one.id, "properties": one.properties} for one in areas]
    if not told:
        return b""
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
