"""Finding alerts and calls: pages of them, and one with every body that ever came about it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of, rows_as_dicts
from app.db.models import Alert, AlertRevision, Call, CallRevision, Source
from app.db.paging import Page, Sort, cut
from app.domain.ids import read_id
from app.records.documents import (
    ALERT_COLUMNS,
    CALL_COLUMNS,
    alert_document,
    call_document,
    revision_document,
)
from app.records.filters import RecordFilters
from app.sources.store import find_source


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTable:
    """Alerts or calls: how they are stored and shown."""

    model: Any
    revisions: Any
    owner: str
    time: str
    columns: Sequence[str]
    searched: Sequence[str]
    document: Callable[[Mapping[str, Any]], dict[str, Any]]

    @property
    def sorts(self) -> dict[str, Sort]:
        """By time, the newest first unless told."""
        column, id_column = getattr(self.model, self.time), self.model.id
        return {
            way + self.time: Sort(
                name=way + self.time, column=column, id_column=id_column, descending=bool(way)
            )
            for way in ("-", "")
        }


ALERTS = RecordTable(
    model=Alert,
    revisions=AlertRevision,
    owner="alert_id",
    time="started_at",
    columns=ALERT_COLUMNS,
    searched=("external_id", "address"),
    document=alert_document,
)
CALLS = RecordTable(
    model=Call,
    revisions=CallRevision,
    owner="call_id",
    time="received_at",
    columns=CALL_COLUMNS,
    searched=("external_id", "address", "nature_code"),
    document=call_document,
)


def list_records(
    session: Session, table: RecordTable, filters: RecordFilters, sort: str, limit: int, cursor: str | None
) -> Page:
    """A page of alerts or of calls, never with the people in them. Raises InvalidParameterError."""
    order = table.sorts[sort]
    statement = _select(table).where(*record_conditions(session, table, filters))
    found = session.execute(order.page(statement, limit, cursor)).mappings().all()
    rows, following = cut(found, limit, order)
    return Page(items=[table.document(row) for row in rows], next_cursor=following)


def find_alert(session: Session, alert_id: str, *, with_raw: bool) -> dict[str, Any] | None:
    """An alert with all its revisions; the bodies as they came only for administrators."""
    row = _one(session, ALERTS, alert_id)
    if row is None:
        return None
    revisions = _revisions(session, ALERTS, row["id"], with_raw=with_raw)
    return {**alert_document(row), "revisions": [revision_document(one, {"audio_url"}) for one in revisions]}


def find_audio_url(session: Session, alert_id: str) -> str | None:
    """Where an alert's recording is, if there is one."""
    row = _one(session, ALERTS, alert_id)
    url: str | None = row["audio_url"] if row else None
    return url


def find_call(session: Session, call_id: str, *, with_people: bool, with_raw: bool) -> dict[str, Any] | None:
    """A call with all its revisions; caller and narrative only where asked for."""
    people = ("caller", "narrative") if with_people else ()
    row = _one(session, CALLS, call_id, people)
    if row is None:
        return None
    hidden = set() if with_people else {"caller", "narrative"}
    revisions = _revisions(session, CALLS, row["id"], with_raw=with_raw and with_people)
    return {
        **call_document(row, with_people=with_people),
        **{name: row[name] for name in people},
        "revisions": [revision_document(one, hidden) for one in revisions],
    }


def _select(table: RecordTable, more: Sequence[str] = ()) -> Any:
    columns = [getattr(table.model, name) for name in (*table.columns, *more)]
    return select(*columns, Source.name.label("source")).join(Source, table.model.source_id == Source.id)


def _one(session: Session, table: RecordTable, record_id: str, more: Sequence[str] = ()) -> Any:
    number = read_id(record_id)
    if number is None:
        return None
    statement = _select(table, more).where(table.model.id == number)
    return session.execute(statement).mappings().first()


def _revisions(
    session: Session, table: RecordTable, record_id: int, *, with_raw: bool
) -> list[dict[str, Any]]:
    revisions = table.revisions
    columns = [revisions.revision, revisions.outcome, revisions.stored_at, revisions.record]
    statement = (
        select(*columns, *([revisions.raw] if with_raw else []))
        .where(getattr(revisions, table.owner) == record_id)
        .order_by(revisions.id)
    )
    return rows_as_dicts(session.execute(statement))


def record_conditions(
    session: Session, table: RecordTable, filters: RecordFilters
) -> list[ColumnElement[bool]]:
    """The filters as conditions on a table's rows. Raises InvalidParameterError for an unknown source."""
    model, dialect = table.model, dialect_of(session)
    time = getattr(model, table.time)
    conditions: list[ColumnElement[bool]] = [
        getattr(model, name).in_(wanted) for name, wanted in filters.words.items()
    ]
    if filters.from_at is not None:
        conditions.append(time >= filters.from_at)
    if filters.to_at is not None:
        conditions.append(time < filters.to_at)
    if filters.source is not None:
        conditions.append(model.source_id == find_source(session, filters.source).id)
    if (box := filters.box) is not None:
        conditions.append(dialect.in_box(model, box.west, box.south, box.east, box.north))
    if (near := filters.near) is not None:
        conditions.append(dialect.near(model, near.longitude, near.latitude, near.radius_m))
    if filters.text is not None:
        columns = (getattr(model, name) for name in table.searched)
        conditions.append(or_(*(column.icontains(filters.text, autoescape=True) for column in columns)))
    return conditions
