"""Pages of features: where the database can, it spells them itself, and only their text crosses over."""

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from types import ModuleType
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import ColumnElement, Dialect, Select, func, literal_column, select, type_coerce
from sqlalchemy.types import NullType

from app.db import Database
from app.db.features import FeatureForm, Kind, feature_writer
from app.maps.collections import Collection
from app.maps.crs import CRS84, moved
from app.maps.questions import Question
from app.maps.remembered import RememberedFeatures

A_PART = 1_000
# What is larger is put together, packed and hashed for longer than others should wait.
_MOST_QUICK = 100
_LEAST_COUNTED = 1_000
_PAGES_COUNTED = 2
_CROWD_AGE_S = 60.0
_MOST_CROWDS = 256
# Conditions are the same where a request's words are: its question is remembered.
Crowd = tuple[Collection, tuple[ColumnElement[bool], ...], int]
_crowds: WeakKeyDictionary[Database, dict[Crowd, float]] = WeakKeyDictionary()
_USUAL_LIMITS = frozenset({10, 50, 100, 500, A_PART})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Features as JSON texts by comma, how many, the cursor behind them (None: no more), and of how many.

    `matched` is None where it was not counted: on later pages, and above `most_counted`; that more match is
    remembered for a minute.
    """

    text: bytes
    returned: int
    cursor: str | None
    matched: int | None


def most_counted(limit: int) -> int:
    """Up to how many matches are counted: two pages, and at least 1,000."""
    return max(_LEAST_COUNTED, _PAGES_COUNTED * limit)


def read_page(
    database: Database, question: Question, remembered: RememberedFeatures | None = None
) -> Iterator[Part]:
    """A page in parts of at most A_PART features, each read by itself, so that memory stays flat."""
    question = _by_best_way(database, question)
    left, cursor = question.limit, question.cursor
    while True:
        asked = replace(question, limit=min(left, A_PART), cursor=cursor)
        part = _read_part(database, asked, question.limit, remembered)
        left -= part.returned
        cursor = part.cursor
        yield part
        if left <= 0 or cursor is None:
            return


async def read_remembered(
    database: Database, question: Question, remembered: RememberedFeatures
) -> Part | None:
    """A small page without conditions, read in the event loop; None where that is not to be had.

    Handing it to a thread would take longer than all else about it.
    """
    key, quick, sort, limit = question.collection.key_text, database.quick, question.sort, question.limit
    if quick is None or key is None or limit > _MOST_QUICK:
        return None
    if not (_tells_all(question) and question.system == CRS84):
        return None
    if question.cursor is None and not _is_crowd(database, question, most_counted(limit)):
        return None
    asked = _whole_page(database, question, key, 0)
    read = None if asked is None else await quick.texts(*asked, limit - 1)
    if read is None:
        return None
    keys, row = read
    texts = remembered.known(keys[:limit])
    if texts is None:
        return None
    behind = sort.cursor(_named(_keys(question), row)) if len(keys) > limit else None
    return _part(texts, behind, None, 0)


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


def _read_part(
    database: Database, question: Question, asked: int, remembered: RememberedFeatures | None = None
) -> Part:
    collection = question.collection
    form, spelled = _feature(collection, database.dialect, question.names)
    most = most_counted(asked) if asked and question.cursor is None else 0
    if spelled is None or question.system != CRS84:
        return _put_together(database, question, form, most)
    key = collection.key_text
    if remembered is not None and key is not None and _tells_all(question):
        keys, behind, matched = _spelled(database, question, key, most)
        texts = remembered.texts(keys, lambda unknown: _texts_of(database, collection, key, spelled, unknown))
        if texts is not None:
            return _part(texts, behind, matched, most)
        # Something changed between the two looks; one statement sees everything at one moment.
    texts, behind, matched = _spelled(database, question, spelled, most)
    return _part(texts, behind, matched, most)


def _by_best_way(database: Database, question: Question) -> Question:
    """The question as it is best put: a box that holds very many features is not looked up by place.

    Only in the collection's own order: for another all that match have to be sorted anyhow.
    """
    collection, box = question.collection, question.box
    if box is None or not collection.is_point or question.sort.name != collection.order:
        return question
    edges = (box.west, box.south, box.east, box.north)
    limit = None if question.is_narrow else min(question.limit, A_PART)
    is_crowded = database.dialect.is_crowded(database.reading_engine, collection.model, *edges, limit)
    return replace(question, conditions=question.if_crowded) if is_crowded else question


def _tells_all(question: Question) -> bool:
    return question.names == tuple(question.collection.properties)


def _is_whole(question: Question) -> bool:
    """Whether it is about the whole collection."""
    return question.conditions == question.collection.conditions


def _texts_of(
    database: Database, collection: Collection, key: str, spelled: str, keys: Sequence[bytes]
) -> dict[bytes, bytes]:
    """Features as texts by their keys; without those that have other keys by now."""
    ids = [int(one.partition(b".")[0]) for one in keys]
    columns: list[Any] = [literal_column(spelled), literal_column(key)]
    statement = select(*columns).where(database.dialect.one_of(collection.model.id, ids))
    with database.cursor_once(statement) as cursor:
        texts, row = database.dialect.FEATURES.texts_of(cursor)
        found = {row(place)[0].encode(): text for place, text in enumerate(texts)}
    return {one: found[one] for one in keys if one in found}


@lru_cache(maxsize=128)
def _feature(
    collection: Collection, dialect: ModuleType, names: tuple[str, ...]
) -> tuple[FeatureForm, str | None]:
    """What a feature is made of, and the SQL of its text where the database spells it."""
    form = collection.form(dialect, names)
    return form, dialect.FEATURES.feature_text(form)


def _spelled(
    database: Database, question: Question, spelled: str, most: int
) -> tuple[list[bytes], str | None, int | None]:
    """What one statement says of each feature of a page, the cursor behind them, and how many match."""
    sort, limit, keys = question.sort, question.limit, _keys(question)
    if question.cursor is None and most and _is_crowd(database, question, most):
        most = 0
    asked = _whole_page(database, question, spelled, most)
    statement, values = asked or (_page_statement(question, spelled, most, database.dialect), None)
    with database.cursor_once(statement, values) as cursor:
        texts, row = database.dialect.FEATURES.texts_of(cursor)
        matched = (row(0)[-1] if texts else 0) if most else None
        behind = sort.cursor(_named(keys, row(limit - 1))) if len(texts) > limit else None
    if matched is not None and matched > most:
        _remember_crowd(database, question, most)
    return texts[:limit], behind, matched


def _whole_page(
    database: Database, question: Question, spelled: str, most: int
) -> tuple[str, Mapping[str, Any]] | None:
    """Text and values of a page of a whole collection; None where it is another, or begins behind a null."""
    if not _is_whole(question):
        return None
    dialect, compiler, sort = database.dialect, database.reading_engine.dialect, question.sort
    if question.cursor is None:
        return _page_text(question, spelled, most, dialect, compiler)
    place = sort.place(question.cursor)
    if place is None:
        return None
    text, values = _page_text(replace(question, cursor=sort.any_cursor), spelled, most, dialect, compiler)
    return text, {**values, **dialect.FEATURES.bound(place)}


def _page_statement(question: Question, spelled: str, most: int, dialect: ModuleType) -> Select[Any]:
    sort, usual = question.sort, question.limit in _USUAL_LIMITS
    columns: list[Any] = [literal_column(spelled), *map(_as_given, _keys(question))]
    if most:
        columns.append(_matched(question, most).scalar_subquery())
    is_narrow = spelled == question.collection.key_text
    narrow = dialect.FEATURES.SORTS_WHOLE_ROWS and not _is_whole(question) and not is_narrow
    asked = select(question.collection.model.id) if narrow else select(*columns)
    page = sort.page(asked.where(*question.conditions), question.limit, question.cursor)
    if usual:
        # Told in the text, so that the database need not plan anew for every number that could be bound.
        page = page.limit(literal_column(str(question.limit + 1)))
    return sort.ordered(select(*columns).where(question.collection.model.id.in_(page))) if narrow else page


@lru_cache(maxsize=128)
def _page_text(
    question: Question, spelled: str, most: int, dialect: ModuleType, compiler: Dialect
) -> tuple[str, Mapping[str, Any]]:
    """The statement of a page that map clients ask for again and again: the whole collection in its order.

    From the beginning, then without values to bind, or from a place that is told when it is run.
    """
    text: tuple[str, Mapping[str, Any]] = dialect.FEATURES.statement_text(
        _page_statement(question, spelled, most, dialect), compiler, literal_binds=question.cursor is None
    )
    return text


def _is_crowd(database: Database, question: Question, most: int) -> bool:
    """Whether more features than so many were found a moment ago to match."""
    return time.monotonic() < _crowds_of(database).get((question.collection, question.conditions, most), 0.0)


def _remember_crowd(database: Database, question: Question, most: int) -> None:
    crowds = _crowds_of(database)
    if len(crowds) >= _MOST_CROWDS:
        crowds.clear()
    crowds[question.collection, question.conditions, most] = time.monotonic() + _CROWD_AGE_S


def _crowds_of(database: Database) -> dict[Crowd, float]:
    """Until when it is taken for granted that more features than so many meet conditions."""
    return _crowds.setdefault(database, {})


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
    cursor = sort.cursor(_named(keys, kept[-1])) if len(rows) > question.limit else None
    return _part([write(row[len(keys) :]) for row in kept], cursor, matched, most)


def _as_given(column: Any) -> Any:
    """A column whose values are not turned into ours: of keys, only those of the last row are looked at."""
    return type_coerce(column, NullType())


def _part(texts: Sequence[bytes], cursor: str | None, matched: int | None, most: int) -> Part:
    told = None if matched is None or matched > most else matched
    return Part(text=b",".join(texts), returned=len(texts), cursor=cursor, matched=told)


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
