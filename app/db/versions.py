"""Keeping what rows were: called by whoever is about to change or delete them, in the same transaction."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, case, func, insert, literal, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import KNOWN_FROM, VERSIONS
from app.db.models.base import Instant


def keep_versions(session: Session, table: Any, condition: ColumnElement[bool], now: datetime) -> None:
    """Copy the rows that meet a condition, as known until now, before they change; they stay locked.

    The new row must say that it is known from `changed_at(table, now)` on. What became known only now is not
    copied: at no time was it what was known.
    """
    versions = VERSIONS[table.name]
    names = [column.name for column in versions.c if column.name not in ("version_id", "superseded_at")]
    replaced = (
        select(*(table.c[name] for name in names), literal(now, Instant))
        .where(condition, known_from(table) < now)
        .order_by(*table.primary_key.columns)
    )
    session.connection().execute(
        insert(versions).from_select([*names, "superseded_at"], dialect_of(session).lock_rows(replaced))
    )


def changed_at(table: Any, now: datetime) -> ColumnElement[datetime]:
    """Since when a row that changes now is known: not before what it replaces, should a clock be behind."""
    return case((known_from(table) > now, known_from(table)), else_=literal(now, Instant))


def known_from(table: Table) -> ColumnElement[datetime]:
    """Since when a row is as it is."""
    columns = [table.c[name] for name in KNOWN_FROM[table.name]]
    return func.coalesce(*columns) if len(columns) > 1 else columns[0]
