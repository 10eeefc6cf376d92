"""Points clustered by the squares of a tile: how many, of which words, and where their middle is."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select

from app.db import Database
from app.domain.tiles import Tile, north_edge, west_edge
from app.maps.questions import Question
from app.maps.tiles.layers import SQUARES, SQUARES_ZOOM, layer_of

# Middles are means of whole millionths of a degree, which add up the same in any order.
_PER_DEGREE = 1_000_000


@dataclass(frozen=True, slots=True)
class Cluster:
    """What lies in one square. `first_id` is its least id."""

    count: int
    counts: Mapping[str, int]
    longitude: float
    latitude: float
    first_id: int


def read_clusters(database: Database, question: Question, tile: Tile) -> list[Cluster]:
    """What lies in each square of a tile in which anything lies."""
    words = counted_words(question)
    with database.read_once() as connection:
        rows = connection.execute(_statement(database, question, tile)).all()
    squares: dict[int, list[Any]] = defaultdict(list)
    for row in rows:
        squares[row.square].append(row)
    return [_cluster(words, squares[square]) for square in sorted(squares)]


def _cluster(words: Sequence[str], rows: Sequence[Any]) -> Cluster:
    """A square of rows, one for each word that is in it."""
    count = sum(row.count_ for row in rows)
    by_word = {row.word: row.count_ for row in rows}
    return Cluster(
        count=count,
        counts={word: by_word.get(word, 0) for word in words},
        longitude=sum(row.east for row in rows) // count / _PER_DEGREE - 180,
        latitude=sum(row.north for row in rows) // count / _PER_DEGREE - 90,
        first_id=min(row.first for row in rows),
    )


def counted_words(question: Question) -> Sequence[str]:
    """The words that are counted, each by itself."""
    name = layer_of(question.collection).counted
    return () if name is None else question.collection.properties[name].words


def _statement(database: Database, question: Question, tile: Tile) -> Select[Any]:
    collection, dialect = question.collection, database.dialect
    model, counted = collection.model, layer_of(collection).counted
    zoom = tile.zoom + SQUARES_ZOOM
    wests = [west_edge(zoom, tile.column * SQUARES + index) for index in range(SQUARES)]
    souths = [north_edge(zoom, (tile.row + 1) * SQUARES - index) for index in range(SQUARES)]
    square = _rank(model.latitude, souths) * SQUARES + _rank(model.longitude, wests)
    points = (
        select(
            square.label("square"),
            dialect.TILES.whole((model.longitude + 180.0) * _PER_DEGREE).label("east"),
            dialect.TILES.whole((model.latitude + 90.0) * _PER_DEGREE).label("north"),
            model.id.label("id"),
            (getattr(model, counted) if counted else literal_column("''")).label("word"),
        )
        .where(*question.conditions, dialect.TILES.in_tile(model, tile))
        # Kept apart from the grouping, whose groups are then known to be few.
        .offset(literal_column("0"))
        .subquery("points")
    )
    column = points.c
    return select(
        column.square,
        column.word,
        func.count().label("count_"),
        func.sum(column.east).label("east"),
        func.sum(column.north).label("north"),
        func.min(column.id).label("first"),
    ).group_by(column.square, column.word)


def _rank(column: Any, edges: Sequence[float], first: int = 0) -> ColumnElement[int]:
    """Between which of the ascending edges a value lies, from `first`; found by halves."""
    if len(edges) == 1:
        return literal_column(str(first))
    half = len(edges) // 2
    upper, lower = _rank(column, edges[half:], first + half), _rank(column, edges[:half], first)
    return case((column >= edges[half], upper), else_=lower)
