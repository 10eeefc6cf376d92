"""Keyset paging: a page begins after the last row of the one before, so that nothing is skipped or doubled.

A cursor holds the sort, the last row's value and its id. It is checked, not trusted: it can only ever say
where to begin.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, or_, tuple_

from app.core.errors import InvalidParameterError
from app.db.models.base import Instant
from app.domain.time import from_micros, to_micros

_LAST_ID = 2**63 - 1
_PLACE_VALUE, _PLACE_ID = "place_value", "place_id"
_MOST_MICROS = 253_402_300_799_999_999
_LEAST_MICROS = -62_135_596_800_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some rows as documents, and the cursor of those that follow; None after the last."""

    items: list[dict[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """An order: by a column (nulls last, both ways), then by id, which makes it total.

    `has_nulls` is told where the statement itself leaves the nulls of a nullable column out.
    """

    name: str
    column: Any
    id_column: Any
    descending: bool = False
    has_nulls: bool = True

    def page(self, statement: Select[Any], limit: int, cursor: str | None) -> Select[Any]:
        """A select of one row more than a page, so that one knows whether there is a next one."""
        if cursor is not None:
            statement = statement.where(self._after(*_decode(self, cursor)))
        return self.ordered(statement).limit(limit + 1)

    def place(self, cursor: str) -> dict[str, Any] | None:
        """What stands for a cursor in the statement of another page; None where its statement is another."""
        value, row_id = _decode(self, cursor)
        return None if value is None else {_PLACE_VALUE: value, _PLACE_ID: row_id}

    @property
    def any_cursor(self) -> str:
        """A cursor whose statement does for all that have a `place`."""
        return _encode(self.name, 0, 0)

    def ordered(self, statement: Select[Any]) -> Select[Any]:
        """A select in this order."""
        order = [self.id_column] if self.column is self.id_column else [self.column, self.id_column]
        ways = [column.desc() if self.descending else column.asc() for column in order]
        if self._nullable:
            ways.insert(0, self.column.is_(None).asc())
        return statement.order_by(*ways)

    def cursor(self, row: Any) -> str:
        """The cursor behind a row that has the sort's columns under their keys."""
        value = row[self.column.key]
        told = to_micros(value) if isinstance(value, datetime) else value
        return _encode(self.name, told, row[self.id_column.key])

    @property
    def _nullable(self) -> bool:
        return self.has_nulls and bool(self.column.property.columns[0].nullable)

    def _after(self, value: Any, row_id: int) -> ColumnElement[bool]:
        column, id_column = self.column, self.id_column
        bound_id = bindparam(_PLACE_ID, row_id, type_=id_column.type)
        beyond_id: ColumnElement[bool] = id_column < bound_id if self.descending else id_column > bound_id
        if column is id_column:
            return beyond_id
        if value is None:
            return and_(column.is_(None), beyond_id)
        place = tuple_(bindparam(_PLACE_VALUE, value, type_=column.type), bound_id)
        pair = tuple_(column, id_column)
        beyond: ColumnElement[bool] = pair < place if self.descending else pair > place
        return or_(beyond, column.is_(None)) if self._nullable else beyond


def cut(rows: Sequence[Any], limit: int, sort: Sort) -> tuple[Sequence[Any], str | None]:
    """The page's rows without the one too many, and the cursor of the next."""
    kept = rows[:limit]
    return kept, sort.cursor(kept[-1]) if len(rows) > limit else None


def _encode(name: str, value: Any, row_id: int) -> str:
    return urlsafe_b64encode(orjson.dumps([name, value, row_id])).decode().rstrip("=")


def _decode(sort: Sort, text: str) -> tuple[Any, int]:
    try:
        name, value, row_id = orjson.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (Base64Error, ValueError, TypeError) as error:
        raise _wrong() from error
    if name != sort.name:
        raise InvalidParameterError("cursor: it belongs to another sort; start again without it")
    if type(row_id) is not int or not 0 <= row_id <= _LAST_ID:
        raise _wrong()
    if value is None:
        return None, row_id
    kind = sort.column.type
    if isinstance(kind, Instant):
        if type(value) is not int or not _LEAST_MICROS <= value <= _MOST_MICROS:
            raise _wrong()
        return from_micros(value), row_id
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > _LAST_ID:
        raise _wrong()
    if isinstance(kind, Integer) and not isinstance(value, int):
        raise _wrong()
    return value, row_id


def _wrong() -> InvalidParameterError:
    return InvalidParameterError("cursor: it is none that a list of ours gave; start again without it")
