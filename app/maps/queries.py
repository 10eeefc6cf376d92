"""Pages of features: where the database can, it spells them itself, and only their text crosses over."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, func, literal_column, select, type_coerce
from sqlalchemy.types import NullType

from app.db import Database
from app.db.features import FeatureForm, Kind, feature_writer
from app.maps.crs import CRS84, moved
from app.maps.questions import Question

A_PART = 1_000
_LEAST_COUNTED = 1_000
_PAGES_COUNTED = 10
_USUAL_LIMITS = frozenset({10, 50, 100, 500, A_PART})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Features as JSON texts by comma, how many, the cursor behind them (None: no more), and of how many.

    `matched` is None where it was not counted: on later pages, and above `most_counted`.
    """

    text: bytes
    returned: int
    cursor: str | None
    matched: int | None


def most_counted(limit: int) -> int:
    """Up to how many matches are counted: ten pages, and at least 1,000."""
    return max(_LEAST_COUNTED, _PAGES_COUNTED * limit)


def read_page(database: Database, question: Question) -> Iterator[Part]:
    """A page in parts of at most A_PART features, each read by itself, so that memory stays flat."""
    left, cursor = question.limit, question.cursor
    while True:
        part = _read_part(database, replace(question, limit=min(left, A_PART), cursor=cursor), question.limit)
        left -= part.returned
        cursor = part.cursor
        yield part
        if left <= 0 or cursor is None:
            return


def find_feature(database: Database, question: Question, feature_id: int) -> bytes | None:
    """One feature by its id, or None."""
    model = question.collection.model
    one = replace(
        question,
        conditions=(*question.conditions, model.id == feature_id),
        limit=1,
        sort=question.collection.sort("id"),
    )
    part = _read_part(database, one, 0)
    return part.text or None


def _read_part(database: Database, question: Question, asked: int) -> Part:
    form = question.collection.form(database.dialect, question.names)
    spelled = database.dialect.feature_text(form) if question.system == CRS84 else None
    counting = asked and question.cursor is None
    if spelled is not None:
        return _spelled(database, question, spelled, most_counted(asked) if counting else 0)
    return _put_together(database, question, form, most_counted(asked) if counting else 0)


def _spelled(database: Database, question: Question, spelled: str, most: int) -> Part:
    """One statement, whose rows are whole features as text."""
    sort, limit, keys = question.sort, question.limit, _keys(question)
    is_first = question.conditions == question.collection.conditions and question.cursor is None
    build = _first_page if is_first else _page_statement
    statement = build(question, spelled, most)
    with database.read_once() as connection:
        rows = connection.execute(statement).all()
    kept = rows[:limit]
    matched = (rows[0][-1] if rows else 0) if most else None
    place = len(keys)
    text = ",".join([row[place] for row in kept]).encode()
    cursor = sort.cursor(_named(keys, kept[-1])) if len(rows) > limit else None
    return _part(text, len(kept), cursor, matched, most)


def _page_statement(question: Question, spelled: str, most: int) -> Select[Any]:
    columns = [*map(_as_given, _keys(question)), literal_column(spelled)]
    if most:
        columns.append(_matched(question, most).scalar_subquery())
    statement = question.sort.page(
        select(*columns).where(*question.conditions), question.limit, question.cursor
    )
    if question.limit in _USUAL_LIMITS:
        # Told in the text, so that the database need not plan anew for every number that could be bound.
        statement = statement.limit(literal_column(str(question.limit + 1)))
    return statement


@lru_cache(maxsize=128)
def _first_page(question: Question, spelled: str, most: int) -> Select[Any]:
    """The statement of a page that map clients ask for again and again: no condition, from the beginning."""
    return _page_statement(question, spelled, most)


def _put_together(database: Database, question: Question, form: FeatureForm, most: int) -> Part:
    """The same from narrow rows, put together here."""
    model, dialect, sort = question.collection.model, database.dialect, question.sort
    place = [model.longitude, model.latitude] if form.is_point else [model.geometry]
    values = [
        dialect.micros(property_.on(dialect)) if property_.kind is Kind.INSTANT else property_.on(dialect)
        for property_ in (question.collection.properties[name] for name in question.names)
    ]
    keys = _keys(question)
    told = [_as_given(column) for column in (*keys, model.id, *place, *values)]
    labelled = [column.label(f"value_{index}") for index, column in enumerate(told)]
    rows_of: Select[Any] = select(*labelled)
    statement = sort.page(rows_of.where(*question.conditions), question.limit, question.cursor)
    with database.read_once() as connection:
        rows = connection.execute(statement).all()
        matched = connection.execute(_matched(question, most)).scalar_one() if most else None
    kept = rows[: question.limit]
    write = feature_writer(form, None if question.system == CRS84 else moved)
    text = b",".join([write(row[len(keys) :]) for row in kept])
    cursor = sort.cursor(_named(keys, kept[-1])) if len(rows) > question.limit else None
    return _part(text, len(kept), cursor, matched, most)


def _as_given(column: Any) -> Any:
    """A column whose values are not turned into ours: of keys, only those of the last row are looked at."""
    return type_coerce(column, NullType())


def _part(text: bytes, returned: int, cursor: str | None, matched: int | None, most: int) -> Part:
    told = None if matched is None or matched > most else matched
    return Part(text=text, returned=returned, cursor=cursor, matched=told)


def _named(keys: Sequence[Any], row: Any) -> dict[str, Any]:
    """The values of a row's first columns by their names."""
    return {column.key: row[index] for index, column in enumerate(keys)}


def _keys(question: Question) -> list[Any]:
    sort = question.sort
    return [sort.id_column] if sort.column is sort.id_column else [sort.column, sort.id_column]


def _matched(question: Question, most: int) -> Select[Any]:
    """How many match, counted no further than one beyond the most."""
    model = question.collection.model
    bound: Any = literal_column(str(most + 1)) if question.limit in _USUAL_LIMITS else most + 1
    found = select(model.id).where(*question.conditions).limit(bound).subquery("found")
    return select(func.count()).select_from(found)
