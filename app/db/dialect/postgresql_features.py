"""PostgreSQL: features as texts, put together by the server."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from sqlalchemy import Dialect, Select

from app.db.features import FeatureForm, Field, Kind

SORTS_WHOLE_ROWS = False


def feature_text(form: FeatureForm) -> str | None:
    """The SQL of a whole feature as JSON text: put together from its values, which is cheapest."""
    table = form.table
    geometry = f"{table}.geometry::text"
    if form.is_point:
        degrees = f"{table}.longitude || ',' || {table}.latitude"
        geometry = f"coalesce('{{\"type\":\"Point\",\"coordinates\":[' || {degrees} || ']}}', 'null')"
    members = " || ',".join(f'"{field.name}":\' || {_spelled(field)}' for field in form.fields)
    properties = f"'{{{members} || '}}'" if form.fields else "'{}'"
    return (
        f'\'{{"type":"Feature","id":"\' || {table}.id || \'","geometry":\' || {geometry}'
        f" || ',\"properties\":' || {properties} || '}}'"
    )


def statement_text(
    statement: Select[Any], compiler: Dialect, *, literal_binds: bool
) -> tuple[str, Mapping[str, Any]]:
    """A statement's text and the values of its parameters; as literals they stand in the text."""
    compiled = statement.compile(dialect=compiler, compile_kwargs={"literal_binds": literal_binds})
    return str(compiled), {} if literal_binds else compiled.params


def bound(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Values as the driver takes them."""
    return values


def run_alone(
    connection: psycopg.Connection[Any], text: str, values: Mapping[str, Any], *, binary: bool
) -> psycopg.Cursor[Any]:
    """The cursor of one statement of its own, which the server keeps prepared."""
    connection.autocommit = True
    try:
        return connection.cursor(binary=binary).execute(text, values, prepare=True)
    finally:
        if not connection.closed:
            connection.autocommit = False


def texts_of(cursor: Any) -> tuple[list[bytes], Callable[[int], Sequence[Any]]]:
    """The first column of a cursor's rows as it came, and what gives the other columns of one row."""
    result = cursor.pgresult

    def row(place: int) -> Sequence[Any]:
        cursor.scroll(place, mode="absolute")
        told: Sequence[Any] = cursor.fetchone()
        return told[1:]

    return [result.get_value(place, 0) for place in range(result.ntuples)], row


def _spelled(field: Field) -> str:
    if field.kind is Kind.TEXT:
        return f"coalesce(to_json({field.sql})::text, 'null')"
    if field.kind is Kind.INSTANT:
        spelled = f'to_char({field.sql}, \'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"\')'
        spelled = f"'\"' || {spelled} || '\"'"
        return f"coalesce({spelled}, 'null')"
    if field.kind is Kind.NUMBER:
        # Clients guess types from the first features they see: 25 would be a whole number, 25.0 is none.
        is_whole = f"{field.sql} = trunc({field.sql}) AND abs({field.sql}) < 1e15"
        return f"coalesce({field.sql}::text || CASE WHEN {is_whole} THEN '.0' ELSE '' END, 'null')"
    return f"coalesce({field.sql}::text, 'null')"
