"""What could not be used: looking through it, and forgetting it when it is old."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session, defer

from app.core.errors import NotFoundError
from app.db.database import rows_as_dicts
from app.db.models import Reject, Source
from app.db.paging import Page, Sort, cut

_NEWEST_FIRST = Sort(name="-id", column=Reject.id, id_column=Reject.id, descending=True)


def list_rejects(
    session: Session, *, source_id: int | None, with_resolved: bool, limit: int
) -> Sequence[tuple[Reject, str]]:
    """The newest rejects with the names of their sources, without their bodies."""
    statement = (
        select(Reject, Source.name)
        .join(Source, Reject.source_id == Source.id)
        .options(defer(Reject.raw))
        .order_by(Reject.id.desc())
        .limit(limit)
    )
    if source_id is not None:
        statement = statement.where(Reject.source_id == source_id)
    if not with_resolved:
        statement = statement.where(Reject.resolved_at.is_(None))
    return [(reject, name) for reject, name in session.execute(statement)]


def page_of_rejects(
    session: Session, *, source_id: int | None, with_resolved: bool, limit: int, cursor: str | None
) -> Page:
    """A page of the same: their columns but the bodies, and `source`."""
    columns = [column for column in Reject.__table__.c if column.name != "raw"]
    statement = select(*columns, Source.name.label("source")).join(Source, Reject.source_id == Source.id)
    if source_id is not None:
        statement = statement.where(Reject.source_id == source_id)
    if not with_resolved:
        statement = statement.where(Reject.resolved_at.is_(None))
    rows = rows_as_dicts(session.execute(_NEWEST_FIRST.page(statement, limit, cursor)))
    kept, following = cut(rows, limit, _NEWEST_FIRST)
    return Page(items=list(kept), next_cursor=following)


def find_reject(session: Session, reject_id: int) -> tuple[Reject, str]:
    """One reject with its body and the name of its source; NotFoundError when there is none."""
    row = session.execute(
        select(Reject, Source.name).join(Source, Reject.source_id == Source.id).where(Reject.id == reject_id)
    ).first()
    if row is None:
        raise NotFoundError(f"there is no reject {reject_id}; see `earshot rejects list`")
    return row[0], row[1]


def count_waiting(session: Session, source_id: int | None = None) -> int:
    """How many rejects nobody has resolved, of one source or of all."""
    statement = select(func.count()).select_from(Reject).where(Reject.resolved_at.is_(None))
    if source_id is not None:
        statement = statement.where(Reject.source_id == source_id)
    return session.scalar(statement) or 0


def waiting_ids(session: Session, *, source_id: int | None, after: int, limit: int) -> list[int]:
    """Ids of unresolved rejects above one, in order."""
    statement = (
        select(Reject.id)
        .where(Reject.resolved_at.is_(None), Reject.id > after)
        .order_by(Reject.id)
        .limit(limit)
    )
    if source_id is not None:
        statement = statement.where(Reject.source_id == source_id)
    return list(session.scalars(statement))


def purge_rejects(session: Session, now: datetime, days: int) -> int:
    """Delete the rejects that were stored more than `days` ago, resolved or not; how many."""
    result = cast(
        "CursorResult[Any]",
        session.execute(
            delete(Reject).where(Reject.stored_at < now - timedelta(days=days)),
            execution_options={"synchronize_session": False},
        ),
    )
    return result.rowcount
