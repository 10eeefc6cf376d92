"""PostgreSQL: tiles that PostGIS encodes, one statement each."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    bindparam,
    cast,
    func,
    literal,
    literal_column,
    select,
    true,
    type_coerce,
)
from sqlalchemy.types import Float, NullType

from app.db.features import Field, Kind
from app.domain.tiles import EXTENT, HALF_RADIANS, MOST_LATITUDE, QUARTER_PI, Tile, scale_of

_WIDEST_INDEXED_DEG = 20.0
_WORLD = f"ST_MakeEnvelope(-180, -{MOST_LATITUDE}, 180, {MOST_LATITUDE}, 4326)"


def in_tile(model: Any, tile: Tile) -> ColumnElement[bool]:
    """Rows whose position lies in a tile. The degrees decide, the index only narrows.

    Its edges stand in the statement's text: how many rows lie between them decides how they are best found.
    """
    west, south, east, north = tile.bounds
    inside = and_(
        model.longitude >= _told(west),
        model.longitude < _told(east),
        model.latitude >= _told(south),
        model.latitude < _told(north),
    )
    return and_(narrowed(model, west, south, east, north), inside)


def narrowed(model: Any, west: float, south: float, east: float, north: float) -> ColumnElement[bool]:
    """What the index knows of boxes so small that their great-circle edges cannot bulge past it."""
    west, south, east, north = max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)
    if east - west >= _WIDEST_INDEXED_DEG or north - south >= _WIDEST_INDEXED_DEG:
        return true()
    margin = 0.0001 + (east - west) ** 2 / 300
    envelope = func.ST_MakeEnvelope(
        _told(west - 0.0001),
        _told(max(south - margin, -90.0)),
        _told(east + 0.0001),
        _told(min(north + margin, 90.0)),
        4326,
    )
    found: ColumnElement[bool] = model.position.op("&&")(func.geography(envelope))
    return found


def whole(number: ColumnElement[float]) -> ColumnElement[int]:
    """The whole number at or below one that is not negative and less than two thousand million."""
    return cast(func.floor(number), Integer)


def tile_of_points(
    layer: str, model: Any, fields: Sequence[Field], conditions: Sequence[Any], tile: Tile, most: int
) -> Select[Any] | None:
    """The statement whose one row is a whole tile and how many features are in it, at most one too many."""
    scale = scale_of(tile)
    bounded = func.least(func.greatest(model.latitude, -MOST_LATITUDE), MOST_LATITUDE)
    north = func.ln(func.tan(bounded * literal(HALF_RADIANS) + literal(QUARTER_PI)), type_=Float)
    x = func.floor((model.longitude + 180.0) * literal(scale.per_degree)) - literal(float(scale.first_x))
    y = func.floor(literal(scale.middle) - north * literal(scale.per_radian)) - literal(float(scale.first_y))
    place = func.ST_MakePoint(*(func.least(func.greatest(one, 0), EXTENT - 1) for one in (x, y)))
    rows = _rows(model, place, fields).where(*conditions).limit(literal_column(str(most + 1)))
    return _encoded(layer, rows)


def tile_of_areas(
    layer: str, model: Any, fields: Sequence[Field], conditions: Sequence[Any], tile: Tile, margin: int
) -> Select[Any] | None:
    """The same of areas, cut off where they reach further than a margin beyond the tile."""
    area = func.geometry(type_coerce(model.area, NullType()))
    on_map = func.ST_Transform(func.ST_ClipByBox2D(area, literal_column(_WORLD)), 3857)
    frame = func.ST_TileEnvelope(tile.zoom, tile.column, tile.row)
    place = func.ST_AsMVTGeom(on_map, frame, EXTENT, margin, literal_column("true"))
    rows = _rows(model, place, fields).where(*conditions).order_by(model.id).subquery("every")
    return _encoded(layer, select(rows).where(rows.c.place.is_not(None)))


def _rows(model: Any, place: Any, fields: Sequence[Field]) -> Select[Any]:
    told: list[Any] = [literal_column(_spelled(field)).label(field.name) for field in fields]
    return select(model.id.label("id"), type_coerce(place, NullType()).label("place"), *told)


def _encoded(layer: str, rows: Select[Any]) -> Select[Any]:
    encoded: Any = literal_column(f"ST_AsMVT(tile, '{layer}', {EXTENT}, 'place', 'id')")
    return select(encoded, func.count()).select_from(rows.subquery("tile"))


def _spelled(field: Field) -> str:
    if field.kind is Kind.INSTANT:
        return f'to_char({field.sql}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')'
    return field.sql


def _told(value: float) -> Any:
    return bindparam(None, value, type_=Float(), literal_execute=True)
