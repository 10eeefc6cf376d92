"""The work that follows an incident: made and changed by people, each change kept with who made it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import NotFoundError, UnusableRecordError
from app.db.database import dialect_of, rows_as_dicts
from app.db.models import FollowUp, FollowUpChange, Incident
from app.db.paging import Page, Sort, cut
from app.db.versions import changed_at, keep_versions
from app.domain.ids import read_id
from app.domain.vocabulary import Finding, FollowUpKind, FollowUpOutcome, FollowUpState
from app.incidents.dispositions import lock_incident
from app.incidents.documents import plain
from app.incidents.queries import Redirect, named, survivor

MOST_COUNTED = 10_000
OUTCOME = "outcome"
COUNTED: dict[FollowUpKind, tuple[str, ...]] = {
    FollowUpKind.OUTREACH: (
        *("doors", "contacts", "surveys", "referrals"),
        *("heard_it", "called_it_in", "afraid_to_call"),
    ),
    FollowUpKind.CANVASS: ("doors", "contacts", "witnesses", "victims", "recordings"),
    FollowUpKind.CAMERA_PULL: ("cameras", "recordings", "persons", "vehicles"),
    FollowUpKind.EVIDENCE_SEARCH: tuple(word.value for word in Finding),
}
COLUMNS = (
    *("id", "incident_id", "kind", "state", "rule", "reason", "assignee", "due_at", "note", "results"),
    *("created_by", "created_at", "updated_at"),
)
FOLLOW_UP_FIELDS = ("id", "incident_id", "incident_number", *COLUMNS[2:])
DEFAULT_SORT = "-created_at"
SORTS = {
    way + name: Sort(
        name=way + name, column=getattr(FollowUp, name), id_column=FollowUp.id, descending=bool(way)
    )
    for name, way in (("created_at", "-"), ("created_at", ""), ("due_at", ""), ("due_at", "-"))
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpFilters:
    """Which follow-ups. Empty and None: no matter; `due_to` itself is excluded."""

    states: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    assignee: str | None = None
    due_from: datetime | None = None
    due_to: datetime | None = None


def create_follow_up(
    session: Session,
    incident: str,
    kind: FollowUpKind,
    fields: Mapping[str, Any],
    *,
    actor: str,
    now: datetime,
) -> dict[str, Any] | Redirect:
    """Make a follow-up in the caller's transaction.

    `fields`: state (open unless told), assignee, due_at, note, results. Raises NotFoundError and
    UnusableRecordError.
    """
    row = lock_incident(session, incident)
    if isinstance(row, Redirect):
        return row
    check_results(kind, fields.get("results", {}))
    values = {"state": FollowUpState.OPEN.value, "results": {}, **fields}
    statement = insert(FollowUp).values(
        incident_id=row.id,
        alert_id=row.founding_alert_id,
        kind=kind.value,
        is_touched=True,
        created_by=actor,
        created_at=now,
        updated_at=now,
        **values,
    )
    follow_up_id = session.scalars(statement.returning(FollowUp.id)).one()
    said = {name: value for name, value in values.items() if value not in (None, {})}
    _write_down(
        session, follow_up_id, {"kind": kind.value, **said}, actor=actor, action="follow-up.create", now=now
    )
    return _told(session, follow_up_id)


def change_follow_up(
    session: Session, follow_up_id: str, fields: Mapping[str, Any], *, actor: str, now: datetime
) -> dict[str, Any]:
    """Change some fields in the caller's transaction; those that are so already are passed over.

    Two who change one at once wait for each other. Raises NotFoundError and UnusableRecordError.
    """
    wanted = FollowUp.id == read_id(follow_up_id)
    session.execute(dialect_of(session).lock_rows(select(FollowUp.id).where(wanted))).all()
    row = session.scalars(select(FollowUp).where(wanted)).first()
    if row is None:
        raise NotFoundError(f"there is no follow-up {follow_up_id[:64]!r}")
    if "results" in fields:
        check_results(FollowUpKind(row.kind), fields["results"])
    changed = {name: value for name, value in fields.items() if getattr(row, name) != value}
    if changed:
        follow_ups = FollowUp.__table__
        keep_versions(session, follow_ups, wanted, now)
        moment = changed_at(follow_ups, now)
        session.execute(
            update(FollowUp).where(wanted).values(**changed, is_touched=True, updated_at=moment),
            execution_options={"synchronize_session": False},
        )
        _write_down(session, row.id, changed, actor=actor, action="follow-up.change", now=now)
    return _told(session, row.id)


def list_follow_ups(
    session: Session, filters: FollowUpFilters, sort: str, limit: int, cursor: str | None
) -> Page:
    """A page of follow-ups as documents, without their histories. Raises InvalidParameterError."""
    conditions: list[ColumnElement[bool]] = []
    if filters.states:
        conditions.append(FollowUp.state.in_(filters.states))
    if filters.kinds:
        conditions.append(FollowUp.kind.in_(filters.kinds))
    if filters.assignee is not None:
        conditions.append(FollowUp.assignee == filters.assignee)
    if filters.due_from is not None:
        conditions.append(FollowUp.due_at >= filters.due_from)
    if filters.due_to is not None:
        conditions.append(FollowUp.due_at < filters.due_to)
    order = SORTS[sort]
    found = session.execute(order.page(_select().where(*conditions), limit, cursor)).mappings().all()
    rows, following = cut(found, limit, order)
    return Page(items=[follow_up_document(row) for row in rows], next_cursor=following)


def find_follow_ups(session: Session, incident: str) -> dict[str, Any] | Redirect | None:
    """An incident's follow-ups with their histories, in the order in which they were made."""
    columns = (Incident.id, Incident.number, Incident.merged_into_id)
    row = session.execute(select(*columns).where(named(incident))).first()
    if row is None:
        return None
    if row.merged_into_id is not None:
        return Redirect(str(survivor(session, row.merged_into_id)))
    found = rows_as_dicts(
        session.execute(_select().where(FollowUp.incident_id == row.id).order_by(FollowUp.id))
    )
    return {
        "incident_id": str(row.id),
        "number": row.number,
        "follow_ups": [_with_history(session, each) for each in found],
        "links": {"next": None},
    }


def follow_up_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """A follow-up as JSON."""
    ids = {name: str(row[name]) for name in ("id", "incident_id")}
    return {name: ids[name] if name in ids else plain(row[name]) for name in FOLLOW_UP_FIELDS}


def check_results(kind: FollowUpKind, results: Any) -> None:
    """Refuse results that are no counts of the kind's own words, nor its outcome. UnusableRecordError.

    The words are closed, so that nobody who was asked is ever named.
    """
    if not isinstance(results, Mapping):
        problems = {"": "expected an object"}
    else:
        known = f"{', '.join(COUNTED[kind])}, {OUTCOME}"
        problems = {
            f"/{name}": reason
            for name, value in results.items()
            if (reason := _problem(name, value, COUNTED[kind], known)) is not None
        }
    if problems:
        errors = [{"pointer": f"/results{at}", "reason": reason} for at, reason in problems.items()]
        raise UnusableRecordError("the document cannot be used", errors=errors)


def _problem(name: str, value: Any, counted: tuple[str, ...], known: str) -> str | None:
    if name == OUTCOME:
        words = [word.value for word in FollowUpOutcome]
        return None if value in words else f"expected one of {', '.join(words)}"
    if name not in counted:
        return f"known are {known}"
    if type(value) is not int or not 0 <= value <= MOST_COUNTED:
        return f"expected a whole number from 0 to {MOST_COUNTED:,}"
    return None


def _write_down(
    session: Session, follow_up_id: int, fields: Mapping[str, Any], *, actor: str, action: str, now: datetime
) -> None:
    """Into the follow-up's history and the audit trail, in this transaction."""
    told = {name: plain(value) for name, value in fields.items()}
    session.execute(
        insert(FollowUpChange).values(follow_up_id=follow_up_id, actor=actor, changed_at=now, fields=told)
    )
    append_audit(session, at=now, actor=actor, action=action, target=f"follow-up:{follow_up_id}", detail=told)


def _told(session: Session, follow_up_id: int) -> dict[str, Any]:
    (row,) = rows_as_dicts(session.execute(_select().where(FollowUp.id == follow_up_id)))
    return _with_history(session, row)


def _with_history(session: Session, row: Mapping[str, Any]) -> dict[str, Any]:
    statement = (
        select(FollowUpChange.changed_at, FollowUpChange.actor, FollowUpChange.fields)
        .where(FollowUpChange.follow_up_id == row["id"])
        .order_by(FollowUpChange.id)
    )
    history = [
        {name: plain(value) for name, value in change.items()}
        for change in rows_as_dicts(session.execute(statement))
    ]
    return {**follow_up_document(row), "history": history}


def _select() -> Any:
    columns = [getattr(FollowUp, name) for name in COLUMNS]
    return select(*columns, Incident.number.label("incident_number")).join(
        Incident, FollowUp.incident_id == Incident.id
    )
