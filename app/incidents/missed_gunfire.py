"""Gunfire that no alert told of, as people file it: what the sensors are measured against."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import ConflictError, NotFoundError, UnusableRecordError
from app.db.database import dialect_of, rows_as_dicts
from app.db.models import Incident, MissedGunfire
from app.db.paging import Page, Sort, cut
from app.domain.geodesy import geodesic_m
from app.domain.ids import read_id
from app.incidents.documents import plain

# Who files a shooting knows its time from a report or a neighbour: wider than what joins two alerts.
NEAR_S = 600.0
NEAR_M = 500.0
COLUMNS = (
    *("id", "happened_at", "longitude", "latitude", "uncertainty_m", "rounds", "evidence", "note"),
    *("actor", "created_at", "withdrawn_at"),
)
DEFAULT_SORT = "-happened_at"
SORTS = {
    way + "happened_at": Sort(
        name=way + "happened_at",
        column=MissedGunfire.happened_at,
        id_column=MissedGunfire.id,
        descending=bool(way),
    )
    for way in ("-", "")
}


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedFilters:
    """Which filings. None: no matter; `to_at` itself is excluded."""

    from_at: datetime | None = None
    to_at: datetime | None = None
    withdrawn: bool | None = None


def file_missed_gunfire(
    session: Session, fields: Mapping[str, Any], *, actor: str, now: datetime
) -> dict[str, Any]:
    """Write down a shooting that was missed, in the caller's transaction; the answer as a document.

    `fields`: happened_at, longitude, latitude, uncertainty_m, rounds, evidence, note. The answer names the
    incidents within NEAR_S and NEAR_M: perhaps it was heard after all. Raises UnusableRecordError for a time
    yet to come.
    """
    happened_at: datetime = fields["happened_at"]
    if happened_at > now:
        raise UnusableRecordError(
            "the document cannot be used",
            errors=[{"pointer": "/happened_at", "reason": "it has not happened yet"}],
        )
    row = {**fields, "actor": actor, "created_at": now, "withdrawn_at": None}
    statement = insert(MissedGunfire).values(**row).returning(MissedGunfire.id)
    row["id"] = session.scalars(statement).one()
    near = near_incidents(session, happened_at, row["longitude"], row["latitude"])
    append_audit(
        session,
        at=now,
        actor=actor,
        action="missed-gunfire.file",
        target=f"missed-gunfire:{row['id']}",
        detail={name: plain(value) for name, value in fields.items() if value not in (None, {})},
    )
    return {**missed_document(row), "near_incidents": near}


def withdraw_missed_gunfire(session: Session, missed_id: str, *, actor: str, now: datetime) -> dict[str, Any]:
    """Take a filing back in the caller's transaction; it stays readable and counts no more.

    Raises NotFoundError, and ConflictError when it is withdrawn already.
    """
    wanted = MissedGunfire.id == read_id(missed_id)
    session.execute(dialect_of(session).lock_rows(select(MissedGunfire.id).where(wanted))).all()
    found = rows_as_dicts(session.execute(_select().where(wanted)))
    if not found:
        raise NotFoundError(f"there is no missed gunfire {missed_id[:64]!r}")
    (row,) = found
    if row["withdrawn_at"] is not None:
        raise ConflictError(f"it was withdrawn at {plain(row['withdrawn_at'])} already")
    session.execute(
        update(MissedGunfire).where(wanted).values(withdrawn_at=now),
        execution_options={"synchronize_session": False},
    )
    target = f"missed-gunfire:{row['id']}"
    append_audit(session, at=now, actor=actor, action="missed-gunfire.withdraw", target=target)
    return missed_document({**row, "withdrawn_at": now})


def list_missed_gunfire(
    session: Session, filters: MissedFilters, sort: str, limit: int, cursor: str | None
) -> Page:
    """A page of filings as documents. Raises InvalidParameterError."""
    conditions: list[ColumnElement[bool]] = []
    if filters.from_at is not None:
        conditions.append(MissedGunfire.happened_at >= filters.from_at)
    if filters.to_at is not None:
        conditions.append(MissedGunfire.happened_at < filters.to_at)
    if filters.withdrawn is not None:
        is_withdrawn = MissedGunfire.withdrawn_at.is_not(None)
        conditions.append(is_withdrawn if filters.withdrawn else ~is_withdrawn)
    order = SORTS[sort]
    found = session.execute(order.page(_select().where(*conditions), limit, cursor)).mappings().all()
    rows, following = cut(found, limit, order)
    return Page(items=[missed_document(row) for row in rows], next_cursor=following)


def near_incidents(
    session: Session, happened_at: datetime, longitude: float, latitude: float
) -> list[dict[str, Any]]:
    """Incidents within NEAR_S and NEAR_M, the nearest first, withdrawn ones too: those were heard."""
    margin = timedelta(seconds=NEAR_S)
    rows: Sequence[Any] = session.execute(
        select(
            Incident.id,
            Incident.number,
            Incident.verdict,
            Incident.started_at,
            Incident.longitude,
            Incident.latitude,
        ).where(
            Incident.merged_into_id.is_(None),
            Incident.longitude.is_not(None),
            Incident.started_at.between(happened_at - margin, happened_at + margin),
        )
    ).all()
    found = [
        {
            "id": str(row.id),
            "number": row.number,
            "verdict": row.verdict,
            "lag_s": (row.started_at - happened_at).total_seconds(),
            "distance_m": round(geodesic_m(longitude, latitude, row.longitude, row.latitude), 1),
        }
        for row in rows
    ]
    near = [incident for incident in found if incident["distance_m"] <= NEAR_M]
    return sorted(near, key=lambda incident: (incident["distance_m"], int(incident["id"])))


def missed_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """A filing as JSON."""
    return {name: str(row[name]) if name == "id" else plain(row[name]) for name in COLUMNS}


def _select() -> Any:
    return select(*(getattr(MissedGunfire, name) for name in COLUMNS))
