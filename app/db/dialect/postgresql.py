"""PostgreSQL with PostGIS: geographies, COPY, row locks, advisory locks and NOTIFY."""

import math
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import (
    URL,
    BigInteger,
    Boolean,
    ColumnElement,
    CompoundSelect,
    Engine,
    Select,
    Subquery,
    Table,
    TextClause,
    and_,
    bindparam,
    case,
    cast,
    extract,
    false,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.dialects.postgresql.dml import Insert
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg as postgresql_dialect
from sqlalchemy.orm import Session
from sqlalchemy.types import Float, NullType, Text

from app.core.settings import Settings
from app.db.dialect import postgresql_features, postgresql_listen, postgresql_tiles
from app.db.dialect.postgresql_quick import QuickReader
from app.db.models.base import POINT_SQL
from app.domain.time import format_instant, to_micros

DRIVER = "postgresql+psycopg"
NAME = "postgresql"
TILES = postgresql_tiles
FEATURES = postgresql_features
listen = postgresql_listen.listen
# Of a connection for one statement: no words around it that the server answers one by one.
ALONE = {"isolation_level": "AUTOCOMMIT"}
# The same until a transaction that wrote something ends; another server's transactions count anew. A standby
# does not tell which transactions it waits for, so nothing is told of its state.
STATE: str | None = (
    "SELECT CASE WHEN pg_is_in_recovery() THEN NULL"
    " ELSE pg_current_snapshot()::text || ' ' || pg_postmaster_start_time()::text END"
)
CHANGES = "earshot_commits"
EVENTS = "earshot_events"
_SLAB_SPACE = 0x6561
_ALL_SLABS = 0
_WIDEST_INDEXED_BOX_DEG = 20.0
# The index rounds outwards to single precision, about half a metre.
_INDEX_MARGIN_DEG = 0.0001


def engine_options(url: URL, limits: Settings | None, *, writes: bool) -> dict[str, Any]:
    """Keyword arguments of create_engine. Said when connecting, so that no session has to say it again."""
    del url
    # Compiling a statement takes longer than any of ours runs: half a second for a count of a year.
    told = {"timezone": "UTC", "jit": "off", "client_encoding": "UTF8"}
    if not writes:
        told |= {"default_transaction_isolation": r"repeatable\ read", "default_transaction_read_only": "on"}
    if limits is not None and writes:
        told["lock_timeout"] = _milliseconds(limits.lock_timeout_s)
        told["idle_in_transaction_session_timeout"] = _milliseconds(limits.idle_timeout_s)
    elif limits is not None:
        told["statement_timeout"] = _milliseconds(limits.read_timeout_s)
    options = " ".join(f"-c {name}={value}" for name, value in told.items())
    return {"connect_args": {"options": options, "connect_timeout": 10}}


def quick_reader(url: URL, options: Mapping[str, Any]) -> QuickReader | None:
    """What reads in the event loop, by the options of the reading engine."""
    return QuickReader(url, options["connect_args"])


def prepare_engine(engine: Engine, *, writes: bool) -> None:
    """Nothing beyond the connection's options."""
    del engine, writes


def micros(column_: ColumnElement[Any]) -> ColumnElement[int]:
    """An instant as microseconds since 1970 (extract is exact: numeric since PostgreSQL 14)."""
    return cast(extract("epoch", column_) * 1_000_000, BigInteger)


def instant_literal(moment: datetime) -> str:
    """An instant within a statement's text."""
    return f"'{format_instant(moment)}'::timestamptz"


def stored(table: str) -> str:
    """A table itself, within a common table expression of its name: such a one does not see itself."""
    return table


def rows_as_of(table: str, columns: Sequence[str], versions: str, known_from: Sequence[str]) -> str:
    """The select of a table's rows as they were known at a `{moment}`; `known_from`: the first that is set.

    Rows and versions are put together before any condition: only in a union that has none of its own are rows
    looked up by index, as those of a table are.
    """
    known = f"coalesce({', '.join(known_from)})" if len(known_from) > 1 else known_from[0]
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f"{POINT_SQL} AS position" if name == "position" else f'"{name}"' for name in columns)
    return (
        f"SELECT {names} FROM (SELECT {names}, 'infinity'::timestamptz AS superseded_at FROM {table}"
        f" UNION ALL SELECT {values}, superseded_at FROM {versions}) AS every_version"
        f" WHERE {known} <= {{moment}} AND superseded_at > {{moment}}"
    )


def index_shadows(table: str, versions: str) -> dict[str, str]:
    """What stands for a table's index of positions at a `{moment}`: nothing, no statement names an index."""
    del table, versions
    return {}


def in_box(
    model: Any, west: float, south: float, east: float, north: float, *, is_crowded: bool = False
) -> ColumnElement[bool]:
    """Rows whose position lies in the closed box; west > east spans the antimeridian.

    The degrees decide; the index only narrows, and only for boxes small enough that their great-circle
    edges cannot bulge past it. Its edges stand in the statement's text: how many rows lie between them
    decides how they are best found.
    """
    del is_crowded
    if west > east:
        return or_(in_box(model, west, south, 180.0, north), in_box(model, -180.0, south, east, north))
    inside = and_(model.longitude.between(west, east), model.latitude.between(south, north))
    if east - west >= _WIDEST_INDEXED_BOX_DEG or north - south >= _WIDEST_INDEXED_BOX_DEG:
        return inside
    margin = _INDEX_MARGIN_DEG + (east - west) ** 2 / 300
    edges = (
        west - _INDEX_MARGIN_DEG,
        max(south - margin, -90.0),
        east + _INDEX_MARGIN_DEG,
        min(north + margin, 90.0),
    )
    told = (bindparam(None, edge, type_=Float(), literal_execute=True) for edge in edges)
    narrowed: ColumnElement[bool] = model.position.op("&&")(func.geography(func.ST_MakeEnvelope(*told, 4326)))
    # As a case it does not pass for a second condition that lets a share of the share through: the few rows
    # that would be expected then are looked for by place although thousands more come by time.
    return and_(narrowed, case((inside, true()), else_=false()))


def is_crowded(
    engine: Engine, model: Any, west: float, south: float, east: float, north: float, limit: int | None
) -> bool:
    """Nobody has to tell: the planner knows how many rows lie in a box."""
    del engine, model, west, south, east, north, limit
    return False


def near(model: Any, longitude: float, latitude: float, radius_m: float) -> ColumnElement[bool]:
    """Rows whose position lies within a geodesic distance."""
    point = func.geography(func.ST_SetSRID(func.ST_MakePoint(longitude, latitude), 4326))
    return func.ST_DWithin(model.position, point, radius_m)


def relates(model: Any, relation: str, wkt: str) -> ColumnElement[bool]:
    """Rows whose place has a relation (`intersects`, `within`, …) to a geometry, in the plane of degrees."""
    column = model.position if hasattr(model, "position") else model.area
    place = func.geometry(type_coerce(column, NullType()))
    relate = getattr(func, f"ST_{relation}")
    told: ColumnElement[bool] = relate(place, func.ST_GeomFromText(wkt, 4326), type_=Boolean)
    return told


def like(column_: ColumnElement[Any], pattern: ColumnElement[str]) -> ColumnElement[bool]:
    r"""Texts of a pattern: `%` any characters, `_` one, `\` before what is meant itself; case matters."""
    return column_.like(pattern)


def folded(column_: ColumnElement[Any]) -> ColumnElement[Any]:
    """A text in lower case."""
    return func.lower(column_)


def joined(query: str) -> str:
    """The SQL of a query's texts, in its order, as one text."""
    return f"array_to_string(ARRAY({query}), '; ')"


def insert_ignoring(target: Table) -> Insert:
    """An insert that passes over rows whose unique key is taken."""
    return insert(target).on_conflict_do_nothing()


def insert_new(
    session: Session, target: Table, rows: Sequence[Mapping[str, Any]], *, bulk: bool = False
) -> dict[tuple[int, str], int]:
    """Insert what is not there yet; the new rows' ids by (source_id, external_id)."""
    if bulk:
        return _copy_new(session, target, rows)
    statement = _insert_documents(target, tuple(rows[0]), "id, source_id, external_id")
    result = session.connection().execute(statement, {"rows": _documents(rows)})
    return {(row.source_id, row.external_id): row.id for row in result}


def add_rows(session: Session, target: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add a few rows, passing over those whose unique key is taken."""
    session.connection().execute(_insert_documents(target, tuple(rows[0]), ""), {"rows": _documents(rows)})


@contextmanager
def pipeline(session: Session) -> Iterator[None]:
    """Send statements without waiting for each one's answer; the last of them are awaited at the end."""
    connection: Any = session.connection().connection.driver_connection
    with connection.pipeline():
        yield


def copy_rows(session: Session, target: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Add many rows that are known to be new, by COPY."""
    _copy(session, target, target.name, rows)


def one_of(column_: ColumnElement[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """Membership in a list of any length, as one bound parameter."""
    listed = list(values)
    of_text = bool(listed) and isinstance(listed[0], str)
    return column_ == func.any(bindparam(None, listed, type_=ARRAY(Text() if of_text else BigInteger())))


def columns_of(session: Session, statement: Select[Any] | CompoundSelect[Any]) -> list[Sequence[Any]]:
    """A statement's rows as columns, in its order; empty ones without rows.

    One row of arrays takes a third of the time of as many rows. Numbers, texts and truth values only.
    """
    rows = statement.subquery()
    arrays = session.connection().execute(select(*(func.array_agg(column) for column in rows.c))).one()
    return [array or () for array in arrays]


def spans(of: Iterable[tuple[datetime, datetime]]) -> Subquery:
    """Any number of spans of time as a table of `low` and `high`, as two bound parameters."""
    lows, highs = zip(*((to_micros(low), to_micros(high)) for low, high in of), strict=True)
    listed = (bindparam(None, list(bounds), type_=ARRAY(BigInteger())) for bounds in (lows, highs))
    told = func.unnest(*listed).table_valued("low", "high").render_derived()
    epoch: ColumnElement[Any] = literal_column("timestamptz 'epoch'")
    unit: ColumnElement[Any] = literal_column("interval '1 microsecond'")
    return select(
        (epoch + told.c.low * unit).label("low"), (epoch + told.c.high * unit).label("high")
    ).subquery("spans")


def store_area(session: Session, zone_id: int, wkt: str) -> None:
    """Keep a zone's polygons (WKT, MULTIPOLYGON) as a geography for map clients."""
    session.execute(
        text("UPDATE zones SET area = ST_GeogFromText(:wkt) WHERE id = :id"),
        {"id": zone_id, "wkt": f"SRID=4326;{wkt}"},
    )


def lock_rows(statement: Select[Any]) -> Select[Any]:
    """Rows that stay as read until the commit.

    Their keys are not locked: whoever inserts a row that refers to one holds a share of its key, and two who
    did so would then wait for each other.
    """
    return statement.with_for_update(key_share=True)


def claim(statement: Select[Any]) -> Select[Any]:
    """Rows that no other worker has taken; they stay ours until the commit."""
    return statement.with_for_update(skip_locked=True)


def lock_log(session: Session, name: str) -> None:
    """Order appends by commit: identity values alone would appear out of order to a reader of the log."""
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": zlib.crc32(name.encode())})


def lock_slabs(session: Session, slabs: Iterable[int] | None) -> None:
    """Keep other workers from stretches of time until the commit, taken in order; None: from all of it."""
    if slabs is None:
        session.execute(
            text("SELECT pg_advisory_xact_lock(:space, :key)"), {"space": _SLAB_SPACE, "key": _ALL_SLABS}
        )
        return
    session.execute(
        text("SELECT pg_advisory_xact_lock_shared(:space, :key)"), {"space": _SLAB_SPACE, "key": _ALL_SLABS}
    )
    session.execute(
        text("SELECT pg_advisory_xact_lock(:space, slab) FROM unnest(cast(:slabs AS integer[])) AS slab"),
        {"space": _SLAB_SPACE, "slabs": sorted(set(slabs))},
    )


def notify_events(session: Session) -> None:
    """Wake other processes that read the event log, when the caller commits."""
    session.execute(text(f"NOTIFY {EVENTS}"))


@lru_cache(maxsize=64)
def _insert_documents(target: Table, names: tuple[str, ...], returning: str) -> TextClause:
    """An insert of any number of rows, sent as one JSON document: one text, prepared once, for all sizes."""
    types = postgresql_dialect()  # type: ignore[no-untyped-call]
    columns = ", ".join(names)
    declared = ", ".join(f"{name} {target.c[name].type.compile(types)}" for name in names)
    return text(  # names of ours, values bound
        f"INSERT INTO {target.name} ({columns})"
        f" SELECT {columns} FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS incoming({declared})"
        f" ON CONFLICT DO NOTHING{' RETURNING ' + returning if returning else ''}"
    )


def _milliseconds(seconds: float) -> str:
    return str(math.ceil(seconds * 1000))


def _documents(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(list(rows), default=_bytes_as_text).decode()


def _bytes_as_text(value: Any) -> str:
    if isinstance(value, bytes):
        return "\\x" + value.hex()
    raise TypeError(f"{type(value).__name__} has no place in a row")


def _copy_new(
    session: Session, target: Table, rows: Sequence[Mapping[str, Any]]
) -> dict[tuple[int, str], int]:
    names = ", ".join(_quoted(session, rows))
    staging = f"incoming_{target.name}"
    session.execute(
        text(
            f"CREATE TEMPORARY TABLE IF NOT EXISTS {staging} ON COMMIT DROP AS"
            f" SELECT {names} FROM {target.name} WITH NO DATA"
        )
    )
    session.execute(text(f"TRUNCATE {staging}"))
    _copy(session, target, staging, rows)
    result = session.execute(
        text(
            f"INSERT INTO {target.name} ({names}) SELECT {names} FROM {staging}"
            " ON CONFLICT DO NOTHING RETURNING id, source_id, external_id"
        )
    )
    return {(row.source_id, row.external_id): row.id for row in result}


def _copy(session: Session, target: Table, into: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if not rows:
        return
    names = list(rows[0])
    dialect = session.get_bind().dialect
    prepared = [(name, target.c[name].type.dialect_impl(dialect).bind_processor(dialect)) for name in names]
    cursor = session.connection().connection.cursor()
    try:
        with cursor.copy(f"COPY {into} ({', '.join(_quoted(session, rows))}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row([process(row[name]) if process else row[name] for name, process in prepared])
    finally:
        cursor.close()


def _quoted(session: Session, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    quote = session.get_bind().dialect.identifier_preparer.quote
    return [quote(name) for name in rows[0]]
