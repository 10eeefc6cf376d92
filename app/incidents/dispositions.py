"""What an analyst found out about an incident. It never touches the verdict: that says who reported it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import NotFoundError, UnusableRecordError
from app.db.database import dialect_of
from app.db.models import Alert, DispositionAlert, DispositionChange, Incident
from app.db.versions import changed_at, keep_versions
from app.domain.geodesy import geodesic_m
from app.domain.vocabulary import Disposition
from app.events import EventType
from app.events.store import NewEvent, append_events, is_historical
from app.incidents.documents import EVIDENCE_POSITION, disposition_document
from app.incidents.queries import Redirect, find_incident, named

# Vendors locate to tens of metres; a distance like this is another incident's, or swapped coordinates.
FARTHEST_EVIDENCE_M = 5_000.0


def decide_disposition(
    session: Session,
    incident: str,
    disposition: Disposition | None,
    note: str | None,
    evidence: Mapping[str, int],
    position: Mapping[str, float | None] | None = None,
    *,
    actor: str,
    now: datetime,
) -> dict[str, Any] | Redirect:
    """Write down a disposition (None takes it back) in the caller's transaction; the answer as a document.

    `position` is where the evidence lay: longitude, latitude, uncertainty_m. It is about the alerts that the
    incident has now, so that it outlives regrouping. Raises NotFoundError, and UnusableRecordError for a
    position too far away to be the incident's.
    """
    row = lock_incident(session, incident)
    if isinstance(row, Redirect):
        return row
    _check_position(row, position)
    word = None if disposition is None else disposition.value
    found = {**evidence, **({} if position is None else {EVIDENCE_POSITION: dict(position)})}
    change = {
        "disposition": word,
        "note": note,
        "evidence": found,
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
    incidents, is_it = Incident.__table__, Incident.id == row.id
    keep_versions(session, incidents, is_it, now)
    session.execute(
        update(Incident).where(is_it).values(disposition=word, updated_at=changed_at(incidents, now)),
        execution_options={"synchronize_session": False},
    )
    detail: dict[str, Any] = {"disposition": word, "note": note, "evidence": dict(evidence)}
    if position is not None:
        detail[EVIDENCE_POSITION] = dict(position)
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


def _check_position(incident: Incident, position: Mapping[str, float | None] | None) -> None:
    """Refuse a place of evidence that cannot be this incident's: another one was meant, or a slip."""
    if position is None or incident.longitude is None or incident.latitude is None:
        return
    longitude, latitude = position["longitude"], position["latitude"]
    if longitude is None or latitude is None:
        return
    distance_m = geodesic_m(incident.longitude, incident.latitude, longitude, latitude)
    if distance_m > FARTHEST_EVIDENCE_M:
        reason = (
            f"it lies {distance_m / 1000:,.0f} km from incident {incident.number};"
            f" at most {FARTHEST_EVIDENCE_M / 1000:.0f} km are taken"
        )
        raise UnusableRecordError(
            "the document cannot be used", errors=[{"pointer": f"/{EVIDENCE_POSITION}", "reason": reason}]
        )


def _alert_ids(session: Session, incident: Incident) -> list[int]:
    """The incident's alerts, the founding one first, then by their times."""
    ids = session.scalars(
        select(Alert.id).where(Alert.incident_id == incident.id).order_by(Alert.started_at, Alert.id)
    ).all()
    return sorted(ids, key=lambda alert_id: alert_id != incident.founding_alert_id)
