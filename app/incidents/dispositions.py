"""What an analyst found out about an incident. It never touches the verdict: that says who reported it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import NotFoundError
from app.db.database import dialect_of
from app.db.models import Alert, DispositionAlert, DispositionChange, Incident
from app.domain.vocabulary import Disposition
from app.events import EventType
from app.events.store import NewEvent, append_events, is_historical
from app.incidents.documents import disposition_document
from app.incidents.queries import Redirect, find_incident, named


def decide_disposition(
    session: Session,
    incident: str,
    disposition: Disposition | None,
    note: str | None,
    evidence: Mapping[str, int],
    *,
    actor: str,
    now: datetime,
) -> dict[str, Any] | Redirect:
    """Write down a disposition (None takes it back) in the caller's transaction; the answer as a document.

    It is about the alerts that the incident has now, so that it outlives regrouping. Raises NotFoundError.
    """
    row = lock_incident(session, incident)
    if isinstance(row, Redirect):
        return row
    word = None if disposition is None else disposition.value
    change = {
        "disposition": word,
        "note": note,
        "evidence": dict(evidence),
        "actor": actor,
        "decided_at": now,
    }
    statement = insert(DispositionChange).values(incident_id=row.id, **change)
    change_id = session.scalars(statement.returning(DispositionChange.id)).one()
    session.execute(
        insert(DispositionAlert),
        [
            {"disposition_id": change_id, "alert_id": alert_id, "place": place}
            for place, alert_id in enumerate(_alert_ids(session, row))
        ],
    )
    session.execute(
        update(Incident).where(Incident.id == row.id).values(disposition=word, updated_at=now),
        execution_options={"synchronize_session": False},
    )
    detail = {"disposition": word, "note": note, "evidence": dict(evidence)}
    append_audit(
        session, at=now, actor=actor, action="incident.dispose", target=f"incident:{row.id}", detail=detail
    )
    document = find_incident(session, str(row.id), with_calls=False)
    if not isinstance(document, dict):
        raise NotFoundError(f"there is no incident {incident[:64]!r}")
    shown = {name: value for name, value in document.items() if name != "history"}
    append_events(
        session,
        [
            NewEvent(
                type=EventType.REVIEWED,
                at=now,
                historical=is_historical(now, row.ended_at),
                incident_id=row.id,
                document={**shown, "review": {"disposition": word, "evidence": dict(evidence)}},
            )
        ],
    )
    return {"incident_id": str(row.id), **disposition_document(change)}


def lock_incident(session: Session, incident: str) -> Incident | Redirect:
    """An incident by id or number that nobody else changes until the commit. Raises NotFoundError."""
    session.execute(dialect_of(session).lock_rows(select(Incident.id).where(named(incident)))).all()
    row = session.scalars(select(Incident).where(named(incident))).first()
    if row is None:
        raise NotFoundError(f"there is no incident {incident[:64]!r}")
    if row.merged_into_id is None:
        return row
    found = find_incident(session, str(row.id), with_calls=False)
    if isinstance(found, Redirect):
        return found
    raise NotFoundError(f"there is no incident {incident[:64]!r}")


def _alert_ids(session: Session, incident: Incident) -> list[int]:
    """The incident's alerts, the founding one first, then by their times."""
    ids = session.scalars(
        select(Alert.id).where(Alert.incident_id == incident.id).order_by(Alert.started_at, Alert.id)
    ).all()
    return sorted(ids, key=lambda alert_id: alert_id != incident.founding_alert_id)
