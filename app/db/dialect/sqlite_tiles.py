"""SQLite: rows of a tile; they are encoded elsewhere."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, cast, select
from sqlalchemy import column as sql_column
from sqlalchemy import table as sql_table

from app.db.features import Field
from app.domain.tiles import Tile

# Wider than this, whatever is there is likelier in the tile than not, and quicker read in its order.
_WIDEST_INDEXED_DEG = 1.0


def in_tile(model: Any, tile: Tile) -> ColumnElement[bool]:
    """Rows whose position lies in a tile. The degrees decide, the index only narrows."""
    west, south, east, north = tile.bounds
    inside = and_(
        model.longitude >= west, model.longitude < east, model.latitude >= south, model.latitude < north
    )
    if tile.east - tile.west > _WIDEST_INDEXED_DEG:
        return inside
    return and_(model.id.in_(indexed(model, west, south, east, north)), inside)


def indexed(model: Any, west: float, south: float, east: float, north: float) -> Select[Any]:
    """The ids that the R*Tree finds in a box, and some beside it."""
    index = sql_table(
        f"{model.__tablename__}_rtree", *map(sql_column, ("id", "west", "east", "south", "north"))
    )
    return select(index.c.id).where(
        index.c.west <= east, index.c.east >= west, index.c.south <= north, index.c.north >= south
    )


def whole(number: ColumnElement[float]) -> ColumnElement[int]:
    """The whole number at or below one that is not negative."""
    return cast(number, Integer)


def tile_of_points(
    layer: str, model: Any, fields: Sequence[Field], conditions: Sequence[Any], tile: Tile, most: int
) -> None:
    """None: SQLite encodes no tiles."""
    del layer, model, fields, conditions, tile, most


def tile_of_areas(
    layer: str, model: Any, fields: Sequence[Field], conditions: Sequence[Any], tile: Tile, margin: int
) -> None:
    """None: SQLite encodes no tiles."""
    del layer, model, fields, conditions, tile, margin
