"""SQLite: features as texts, built where nobody waits for the interpreter."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, Select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from app.db.features import FeatureForm, Field, Kind
from app.domain.time import to_micros

# A row's columns are worked out before rows are sorted, for those too that are no part of the page.
SORTS_WHOLE_ROWS = True

_BY_NAME = SQLiteDialect_pysqlite(paramstyle="named")
# Of the year 1, so that what lies before 1970 is cut to the millisecond downwards too.
_SECONDS_BEFORE_1970 = 62_135_596_800
_HARD_NUMBERS = (
    *(sign * number / 7 for number in range(1, 1260, 13) for sign in (1, -1)),
    # What SQLite 3.40 takes their fifteen digits for, although these are nearer to another number.
    *(43.027599311729404, -87.82163861260631, -78.24596619613379, -148.30663440645299, -64.71807054010699),
)
_TEN_TO_THE_18TH = "1000000000000000000"


def feature_text(form: FeatureForm) -> str | None:
    """The SQL of a whole feature as JSON text; None where this SQLite cannot spell every number."""
    if not _spells_numbers():
        return None
    table = form.table
    geometry = f"coalesce({table}.geometry, 'null')"
    if form.is_point:
        longitude, latitude = _number(f"{table}.longitude"), _number(f"{table}.latitude")
        geometry = (
            f"CASE WHEN {table}.longitude IS NULL OR {table}.latitude IS NULL THEN 'null' ELSE"
            f" '{{\"type\":\"Point\",\"coordinates\":[' || {longitude} || ',' || {latitude} || ']}}' END"
        )
    members = " || ',".join(f'"{field.name}":\' || {_spelled(field)}' for field in form.fields)
    properties = f"'{{{members} || '}}'" if form.fields else "'{}'"
    return (
        f'\'{{"type":"Feature","id":"\' || {table}.id || \'","geometry":\' || {geometry}'
        f" || ',\"properties\":' || {properties} || '}}'"
    )


def statement_text(
    statement: Select[Any], _compiler: Dialect, *, literal_binds: bool
) -> tuple[str, Mapping[str, Any]]:
    """A statement's text and the values of its parameters by name; as literals they stand in the text."""
    compiled = statement.compile(dialect=_BY_NAME, compile_kwargs={"literal_binds": literal_binds})
    return str(compiled), {} if literal_binds else compiled.params


def bound(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values as the driver takes them: instants as they are stored."""
    return {name: to_micros(one) if isinstance(one, datetime) else one for name, one in values.items()}


def run_alone(
    connection: sqlite3.Connection, text: str, values: Mapping[str, Any], *, binary: bool
) -> sqlite3.Cursor:
    """The cursor of one statement of its own."""
    del binary
    return connection.execute(text, values)


def texts_of(cursor: sqlite3.Cursor) -> tuple[list[bytes], Callable[[int], Sequence[Any]]]:
    """The first column of a cursor's rows, and what gives the other columns of one row."""
    rows = cursor.fetchall()
    return [row[0].encode() for row in rows], lambda place: rows[place][1:]


def _spelled(field: Field) -> str:
    return _SPELLED[field.kind](field.sql)


def _number(sql: str) -> str:
    """Fifteen digits where these are the number, else the seventeen that always are.

    As SQLite may read its own text as a neighbour of the number, the digits are divided by a power of ten
    instead: both are exact, and so is the one rounding (W. Clinger, How to read floating point numbers
    accurately, 1990).
    """
    text = f"CAST({sql} AS TEXT)"
    digits = f"CAST(replace({text}, '.', '') AS INTEGER)"
    power = f"CAST(substr('{_TEN_TO_THE_18TH}', 1, 1 + length({text}) - instr({text}, '.')) AS INTEGER)"
    return (
        f"CASE WHEN {sql} IS NULL THEN 'null' WHEN {digits} / CAST({power} AS REAL) = {sql}"
        f" THEN {text} ELSE printf('%!.17g', {sql}) END"
    )


def _instant(sql: str) -> str:
    since = f"({sql} + {_SECONDS_BEFORE_1970 * 1_000_000})"
    seconds = f"{since} / 1000000 - {_SECONDS_BEFORE_1970}"
    whole = f"strftime('%Y-%m-%dT%H:%M:%S', {seconds}, 'unixepoch')"
    return f"coalesce('\"' || {whole} || printf('.%03dZ\"', {since} / 1000 % 1000), 'null')"


_SPELLED: Mapping[Kind, Callable[[str], str]] = {
    Kind.TEXT: lambda sql: f"json_quote({sql})",
    Kind.WHOLE: lambda sql: f"coalesce({sql}, 'null')",
    Kind.NUMBER: _number,
    Kind.INSTANT: _instant,
    Kind.TRUTH: lambda sql: f"CASE WHEN {sql} IS NULL THEN 'null' WHEN {sql} THEN 'true' ELSE 'false' END",
}


@lru_cache(maxsize=1)
def _spells_numbers() -> bool:
    """Whether numbers are read back as they were: that depends on the processor that SQLite was built for."""
    with closing(sqlite3.connect(":memory:")) as connection:
        asked = f"SELECT {_number('?1')}"
        return all(float(connection.execute(asked, (one,)).fetchone()[0]) == one for one in _HARD_NUMBERS)
