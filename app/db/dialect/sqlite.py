"""SQLite: R*Trees for space, one writer at a time, and functions of ours where SQL has none."""

import math
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from time import monotonic
from typing import Any

import orjson
from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Connection,
    Engine,
    Select,
    Subquery,
    Table,
    Text,
    and_,
    event,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.dialects.sqlite.dml import Insert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.db.dialect import sqlite_features, sqlite_tiles
from app.db.dialect.sqlite_tiles import indexed
from app.db.wakeups import Stop
from app.domain.geodesy import degrees_around, is_within
from app.domain.patterns import is_like
from app.domain.relations import area_relates, point_relates
from app.domain.time import to_micros

DRIVER = "sqlite+pysqlite"
# In one statement, however SQLite was built.
_MOST_VARIABLES = 900
_STEPS_BETWEEN_LOOKS = 1_000
# How many times as long a row takes that the R*Tree found as one that is passed over in the order of a page.
_FOUND_IN_PASSED_OVER = 4
NAME = "sqlite"
TILES = sqlite_tiles
FEATURES = sqlite_features
ALONE: dict[str, Any] = {}
# A connection can tell what others changed since it was asked last, but no two tell alike.
STATE: str | None = None
CHANGES = "changes"
EVENTS = "events"


def engine_options(url: URL, limits: Settings | None, *, writes: bool) -> dict[str, Any]:
    """Keyword arguments of create_engine; makes the folder that the file lies in. Nothing is cut off here."""
    del limits, writes
    if url.database:
        Path(url.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    return {"connect_args": {"timeout": 30, "check_same_thread": False}}


def quick_reader(url: URL, options: Mapping[str, Any]) -> None:
    """Nothing: who reads a file waits for it, and the event loop must not."""
    del url, options


def prepare_engine(engine: Engine, *, writes: bool) -> None:
    """Durable commits, foreign keys, and BEGIN IMMEDIATE for writers; others cannot write."""

    @event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        connection.create_function("earshot_within", 5, _is_within, deterministic=True)
        connection.create_function("earshot_like", 2, is_like, deterministic=True)
        connection.create_function("earshot_lower", 1, _lower, deterministic=True)
        connection.create_function("earshot_point_relates", 4, point_relates, deterministic=True)
        connection.create_function("earshot_area_relates", 3, area_relates, deterministic=True)
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            "busy_timeout=30000",
            "cache_size=-65536",
            f"query_only={'OFF' if writes else 'ON'}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def limit_time(engine: Engine, seconds: float) -> None:
    """Give up on whatever keeps a connection of an engine longer (OperationalError)."""
    deadline = "earshot_deadline"

    @event.listens_for(engine, "connect")
    def _watch(connection: sqlite3.Connection, record: Any) -> None:
        is_late = lambda: monotonic() > record.info.get(deadline, math.inf)  # noqa: E731
        connection.set_progress_handler(is_late, _STEPS_BETWEEN_LOOKS)

    @event.listens_for(engine, "checkout")
    def _start(_connection: sqlite3.Connection, record: Any, _proxy: Any) -> None:
        record.info[deadline] = monotonic() + seconds


def micros(column: ColumnElement[Any]) -> ColumnElement[int]:
    """An instant as microseconds since 1970."""
    return type_coerce(column, BigInteger)


def instant_literal(moment: datetime) -> str:
    """An instant within a statement's text."""
    return str(to_micros(moment))


def stored(table: str) -> str:
    """A table itself, within a common table expression of its name: only the table has a schema."""
    return f"main.{table}"


def rows_as_of(table: str, columns: Sequence[str], versions: str, known_from: Sequence[str]) -> str:
    """The select of a table's rows as they were known at a `{moment}`; `known_from`: the first that is set.

    Nothing within a union is looked up by an index once the statement has an order. So a row that is never
    deleted (one with an id) is looked up itself, and the version that held then beside it.
    """
    now, was = (
        f"coalesce({', '.join(f'{row}.{name}' for name in known_from)}, NULL)" for row in ("now", "was")
    )
    if "id" not in columns:
        names = ", ".join(f'"{name}"' for name in columns)
        return (
            f"SELECT {names} FROM main.{table} AS now WHERE {now} <= {{moment}}"
            f" UNION ALL SELECT {names} FROM {versions} AS was"
            f" WHERE {was} <= {{moment}} AND superseded_at > {{moment}}"
        )
    values = ", ".join(
        f'CASE WHEN {now} <= {{moment}} THEN now."{name}" ELSE was."{name}" END AS "{name}"'
        for name in columns
        if name != "id"
    )
    return (
        f"SELECT now.id, {values} FROM main.{table} AS now LEFT JOIN {versions} AS was"
        f" ON was.id = now.id AND was.superseded_at > {{moment}} AND {was} <= {{moment}}"
        f" WHERE {now} <= {{moment}} OR was.id IS NOT NULL"
    )


def index_shadows(table: str, versions: str) -> dict[str, str]:
    """What stands for a table's R*Tree at a `{moment}`, by name. It only narrows: the degrees decide."""
    body = (
        f"SELECT id, west, east, south, north FROM main.{table}_rtree"
        f" UNION ALL SELECT id, longitude, longitude, latitude, latitude FROM {versions}"
        " WHERE longitude IS NOT NULL AND superseded_at > {moment}"
    )
    return {f"{table}_rtree": body}


def in_box(
    model: Any, west: float, south: float, east: float, north: float, *, is_crowded: bool = False
) -> ColumnElement[bool]:
    """Rows whose position lies in the closed box; west > east spans the antimeridian.

    Those of a crowded one are found by whatever else is asked.
    """
    if west > east:
        halves = ((west, 180.0), (-180.0, east))
        return or_(
            *(in_box(model, first, south, last, north, is_crowded=is_crowded) for first, last in halves)
        )
    inside = and_(model.longitude.between(west, east), model.latitude.between(south, north))
    return inside if is_crowded else and_(model.id.in_(indexed(model, west, south, east, north)), inside)


def is_crowded(
    engine: Engine, model: Any, west: float, south: float, east: float, north: float, limit: int | None
) -> bool:
    """Whether so many rows lie in the closed box that a page of them comes sooner in the page's own order.

    The R*Tree finds all of them, for them to be sorted; the order has to pass over `limit * all / matches`
    rows (without a limit, where little of what lies there may be asked for: over all). SQLite's planner takes
    the same way for every box.
    """
    if west > east:
        halves = ((west, 180.0), (-180.0, east))
        return any(is_crowded(engine, model, first, south, last, north, limit) for first, last in halves)
    with engine.connect() as connection:
        rows = connection.scalar(select(func.coalesce(func.max(model.id), 0))) or 0
        shares = rows // _FOUND_IN_PASSED_OVER
        least = shares if limit is None else math.isqrt(limit * shares) + 1
        found = indexed(model, west, south, east, north).limit(1).offset(least)
        return connection.scalar(found) is not None


def near(model: Any, longitude: float, latitude: float, radius_m: float) -> ColumnElement[bool]:
    """Rows whose position lies within a geodesic distance."""
    half_width, half_height = degrees_around(latitude, radius_m)
    boxes = _boxes(longitude, latitude, half_width, half_height)
    within = func.earshot_within(
        model.longitude, model.latitude, longitude, latitude, radius_m, type_=Boolean
    )
    return and_(or_(*(model.id.in_(indexed(model, *box)) for box in boxes)), within)


def relates(model: Any, relation: str, wkt: str) -> ColumnElement[bool]:
    """Rows whose place has a relation (`intersects`, `within`, …) to a geometry, in the plane of degrees."""
    told: ColumnElement[bool]
    if hasattr(model, "longitude"):
        told = func.earshot_point_relates(model.longitude, model.latitude, relation, wkt, type_=Boolean)
    else:
        told = func.earshot_area_relates(type_coerce(model.geometry, Text), relation, wkt, type_=Boolean)
    return told


def like(column: ColumnElement[Any], pattern: ColumnElement[str]) -> ColumnElement[bool]:
    r"""Texts of a pattern: `%` any characters, `_` one, `\` before what is meant itself; case matters."""
    told: ColumnElement[bool] = func.earshot_like(column, pattern, type_=Boolean)
    return told


def folded(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text in lower case."""
    return func.earshot_lower(column, type_=Text)


def joined(query: str) -> str:
    """The SQL of a query's texts, in its order, as one text."""
    return f"coalesce((SELECT group_concat(name, '; ') FROM ({query})), '')"


def insert_ignoring(target: Table) -> Insert:
    """An insert that passes over rows whose unique key is taken."""
    return insert(target).on_conflict_do_nothing()


def insert_new(
    session: Session, target: Table, rows: Sequence[Mapping[str, Any]], *, bulk: bool = False
) -> dict[tuple[int, str], int]:
    """Insert what is not there yet; the new rows' ids by (source_id, external_id)."""
    del bulk
    connection = session.connection()
    last = connection.scalar(select(func.coalesce(func.max(target.c.id), 0))) or 0
    _insert(session, target, rows, ignoring=True)
    # As one value: the interpreter is let go of, and waited for, with every row that is fetched.
    new = connection.exec_driver_sql(
        "SELECT json_group_array(json_array(source_id, external_id, id))"
        f" FROM {target.name} WHERE id > ?",  # a name of ours
        (last,),
    ).scalar_one()
    return {(source_id, external_id): id_ for source_id, external_id, id_ in orjson.loads(new)}


def add_rows(session: Session, target: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add a few rows, passing over those whose unique key is taken."""
    _insert(session, target, rows, ignoring=True)


@contextmanager
def pipeline(session: Session) -> Iterator[None]:
    """Send statements without waiting for each one's answer: here none has to be waited for."""
    del session
    yield


def copy_rows(session: Session, target: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows that are known to be new."""
    _insert(session, target, rows, ignoring=False)


def one_of(column: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Membership in a list of any length, as one bound parameter."""
    text = orjson.dumps(list(values)).decode()
    return column.in_(select(sql_column("value")).select_from(func.json_each(text)))


def columns_of(session: Session, statement: Select[Any] | CompoundSelect[Any]) -> list[Sequence[Any]]:
    """A statement's rows as columns, in its order; empty ones without rows."""
    rows = session.connection().execute(statement).all()
    return list(zip(*rows, strict=True)) if rows else [()] * len(statement.selected_columns)


def spans(of: Iterable[tuple[datetime, datetime]]) -> Subquery:
    """Any number of spans of time as a table of `low` and `high`, as one bound parameter."""
    text = orjson.dumps([(to_micros(low), to_micros(high)) for low, high in of]).decode()
    pair = func.json_each(text).table_valued("value").c.value
    low, high = (
        func.json_extract(pair, f"$[{place}]").label(name) for place, name in enumerate(("low", "high"))
    )
    return select(low, high).subquery("spans")


def store_area(session: Session, zone_id: int, wkt: str) -> None:
    """Nothing: zones are few, their GeoJSON is enough."""
    del session, zone_id, wkt


def lock_rows(statement: Select[Any]) -> Select[Any]:
    """Rows that stay as read until the commit: the immediate transaction already sees to it."""
    return statement


def claim(statement: Select[Any]) -> Select[Any]:
    """Rows that no other worker takes: there is only one writer."""
    return statement


def lock_log(session: Session, name: str) -> None:
    """Order appends by commit: one writer at a time does."""
    del session, name


def lock_slabs(session: Session, slabs: Iterable[int] | None) -> None:
    """Keep other workers from stretches of time (None: from all): one writer at a time does."""
    del session, slabs


def notify_events(session: Session) -> None:
    """Wake other processes that read the event log: not to be had, polling finds what is new."""
    del session


def listen(engine: Engine, channel: str, announce: Callable[[], None], stop: Stop) -> None:
    """Hear of other processes' commits: not to be had, polling finds them."""
    del engine, channel, announce, stop


def _insert(session: Session, target: Table, rows: Sequence[Mapping[str, Any]], *, ignoring: bool) -> None:
    """Many rows by the driver itself: SQLAlchemy's own way takes as long as the database does.

    As many as go into one statement are one: the driver lets go of the interpreter with every step, and has
    to wait until the event loop lets go of it.
    """
    names, connection = tuple(rows[0]), session.connection()
    most = _MOST_VARIABLES // len(names)
    for start in range(0, len(rows), most):
        part = rows[start : start + most]
        text, prepared = _insert_text(target, names, len(part), ignoring)
        values = [process(row[name]) if process else row[name] for row in part for name, process in prepared]
        connection.exec_driver_sql(text, tuple(values))


@lru_cache(maxsize=256)
def _insert_text(
    target: Table, names: tuple[str, ...], rows: int, ignoring: bool
) -> tuple[str, list[tuple[str, Any]]]:
    """The statement for rows of these columns, and what turns each value into one of the driver's."""
    dialect = SQLiteDialect_pysqlite(json_serializer=lambda value: orjson.dumps(value).decode())
    columns = ", ".join(f'"{name}"' for name in names)
    marks = ", ".join([f"({', '.join('?' * len(names))})"] * rows)
    processors = [(name, target.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    conflict = " ON CONFLICT DO NOTHING" if ignoring else ""
    return f"INSERT INTO {target.name} ({columns}) VALUES {marks}{conflict}", processors


def _boxes(
    longitude: float, latitude: float, half_width: float, half_height: float
) -> list[tuple[float, float, float, float]]:
    south, north = max(latitude - half_height, -90.0), min(latitude + half_height, 90.0)
    west, east = longitude - half_width, longitude + half_width
    if half_width >= 180:
        return [(-180.0, south, 180.0, north)]
    boxes = [(max(west, -180.0), south, min(east, 180.0), north)]
    if west < -180:
        boxes.append((west + 360, south, 180.0, north))
    if east > 180:
        boxes.append((-180.0, south, east - 360, north))
    return boxes


def _is_within(
    longitude: float | None,
    latitude: float | None,
    other_longitude: float,
    other_latitude: float,
    radius_m: float,
) -> bool:
    if longitude is None or latitude is None:
        return False
    return is_within(longitude, latitude, other_longitude, other_latitude, radius_m)


def _lower(text: str | None) -> str | None:
    return None if text is None else text.lower()
