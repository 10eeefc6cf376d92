"""What is in a tile: encoded by the database where it can, and clustered where it is too much."""

from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

import orjson
import shapely
from sqlalchemy import Dialect, Select, and_, select, type_coerce
from sqlalchemy.types import NullType

from app.db import Database
from app.db.features import Field, Kind, value_reader
from app.domain.tiles import EXTENT, Tile, north_edge, place_in, scale_of, west_edge
from app.maps.questions import Question
from app.maps.tiles.addresses import TileQuestion
from app.maps.tiles.clusters import read_clusters
from app.maps.tiles.encoding import Area, Point, area_in, encode_areas, encode_points
from app.maps.tiles.layers import MARGIN, MOST_FEATURES, layer_of
from app.maps.tiles.remembered import RememberedTiles, UnchangedTiles


def read_tile(
    database: Database, asked: TileQuestion, remembered: RememberedTiles, unchanged: UnchangedTiles
) -> bytes:
    """A tile of one layer: features one by one, or clustered when far off or too many; empty without any."""
    question, tile = asked.features, asked.tile
    is_near = tile.zoom > layer_of(question.collection).last_clustered_zoom
    if is_near and not remembered.knows(asked.key):
        encoded = unchanged.get(asked.key, database.state(), lambda: _one_by_one(database, question, tile))
        if encoded is not None:
            return encoded
    return remembered.get(asked.key, lambda: _clustered(database, question, tile))


def _one_by_one(database: Database, question: Question, tile: Tile) -> bytes | None:
    """Every feature by itself; None where there are too many."""
    if not question.collection.is_point:
        return _areas(database, question, tile)
    return _points(database, question, tile, MOST_FEATURES)


def _points(database: Database, question: Question, tile: Tile, most: int) -> bytes | None:
    """Every point by itself; None where they are more than the most."""
    collection, dialect = question.collection, database.dialect
    is_whole = question.conditions == collection.conditions
    make = _text_of_points if is_whole else _statement_of_points
    statement = make(question, tile, most, dialect, database.reading_engine.dialect)
    if statement is not None:
        with database.cursor_once(statement, binary=True) as cursor:
            encoded, count = cursor.fetchone()
        return None if count > most else bytes(encoded or b"")
    conditions = [*question.conditions, dialect.TILES.in_tile(collection.model, tile)]
    rows = _rows(database, question, conditions, most + 1)
    return None if len(rows) > most else encode_points(collection.id, _points_of(question, tile, rows))


def _statement_of_points(
    question: Question, tile: Tile, most: int, dialect: ModuleType, _compiler: Dialect
) -> Select[Any] | None:
    collection = question.collection
    conditions = [*question.conditions, dialect.TILES.in_tile(collection.model, tile)]
    fields = collection.form(dialect, question.names).fields
    statement: Select[Any] | None = dialect.TILES.tile_of_points(
        collection.id, collection.model, fields, conditions, tile, most
    )
    return statement


@lru_cache(maxsize=512)
def _text_of_points(
    question: Question, tile: Tile, most: int, dialect: ModuleType, compiler: Dialect
) -> str | None:
    """The same as text for tiles without a filter, which are asked for again and again."""
    statement = _statement_of_points(question, tile, most, dialect, compiler)
    if statement is None:
        return None
    text, _ = dialect.FEATURES.statement_text(statement, compiler, literal_binds=True)
    return str(text)


def _areas(database: Database, question: Question, tile: Tile) -> bytes:
    collection, dialect = question.collection, database.dialect
    conditions = [*question.conditions, _meets(collection.model, tile)]
    statement = dialect.TILES.tile_of_areas(
        collection.id, collection.model, _fields(database, question), conditions, tile, MARGIN
    )
    if statement is not None:
        with database.read_once() as connection:
            return bytes(connection.execute(statement).one()[0] or b"")
    rows = _rows(database, question, conditions, None)
    return encode_areas(collection.id, _areas_of(question, tile, rows))


def _clustered(database: Database, question: Question, tile: Tile) -> bytes:
    """A feature for each square of the tile: how many there are, or the one that is there."""
    model = question.collection.model
    clusters = read_clusters(database, question, tile)
    alone = [one.first_id for one in clusters if one.count == 1]
    points: list[Point] = []
    if alone:
        conditions = [*question.conditions, database.dialect.one_of(model.id, alone)]
        points += _points_of(question, tile, _rows(database, question, conditions, None))
    scale = scale_of(tile)
    for one in clusters:
        if one.count > 1:
            x, y = place_in(scale, one.longitude, one.latitude)
            points.append(Point(None, x, y, {"count": one.count, **one.counts}))
    return encode_points(question.collection.id, points)


def _rows(
    database: Database, question: Question, conditions: Sequence[Any], most: int | None
) -> Sequence[Any]:
    """Narrow rows: id, longitude and latitude or the geometry, then the properties; in the order of ids."""
    model, dialect = question.collection.model, database.dialect
    place = [model.longitude, model.latitude] if question.collection.is_point else [model.geometry]
    values = [
        dialect.micros(property_.on(dialect)) if property_.kind is Kind.INSTANT else property_.on(dialect)
        for property_ in (question.collection.properties[name] for name in question.names)
    ]
    columns = [type_coerce(one, NullType()) for one in (model.id, *place, *values)]
    labelled: list[Any] = [one.label(f"value_{index}") for index, one in enumerate(columns)]
    statement: Select[Any] = select(*labelled)
    with database.read_once() as connection:
        return connection.execute(statement.where(*conditions).order_by(model.id).limit(most)).all()


def _points_of(question: Question, tile: Tile, rows: Sequence[Any]) -> Iterator[Point]:
    scale, read = scale_of(tile), _properties_reader(question)
    for row in rows:
        x, y = place_in(scale, row[1], row[2])
        yield Point(row[0], x, y, read(row[3:]))


def _areas_of(question: Question, tile: Tile, rows: Sequence[Any]) -> Iterator[Area]:
    scale, read = scale_of(tile), _properties_reader(question)
    for row in rows:
        text = row[1] if isinstance(row[1], str) else orjson.dumps(row[1]).decode()
        polygons = area_in(scale, shapely.from_geojson(text), MARGIN)
        if polygons is not None:
            yield Area(row[0], polygons, read(row[2:]))


def _properties_reader(question: Question) -> Callable[[Sequence[Any]], dict[str, Any]]:
    """What makes properties of a row's values; nulls are left out."""
    names = question.names
    reads = [
        (name, value_reader(kind))
        for name in names
        if (kind := question.collection.properties[name].kind) in (Kind.INSTANT, Kind.TRUTH)
    ]

    def read(values: Sequence[Any]) -> dict[str, Any]:
        told = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        for name, as_told in reads:
            if name in told:
                told[name] = as_told(told[name])
        return told

    return read


def _meets(model: Any, tile: Tile) -> Any:
    """Areas whose envelope meets a tile or its margin."""
    share = MARGIN / EXTENT
    zoom, row, column = tile.zoom, tile.row, tile.column
    return and_(
        model.west <= west_edge(zoom, column + 1 + share),
        model.east >= west_edge(zoom, column - share),
        model.south <= north_edge(zoom, row - share),
        model.north >= north_edge(zoom, row + 1 + share),
    )


def _fields(database: Database, question: Question) -> Sequence[Field]:
    return question.collection.form(database.dialect, question.names).fields
