"""What analysts decide about an incident's calls; the worker takes it into account right after the commit."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from app.audit import append_audit
from app.core.errors import ConflictError, NotFoundError, UnusableRecordError
from app.db.database import dialect_of
from app.db.models import Alert, Call, Change, LinkDecision, Source
from app.domain.vocabulary import Decision, Origin
from app.events import EventType
from app.events.store import NewEvent, append_events, is_historical
from app.incidents.queries import Redirect, find_incident
from app.sources.feeds import compiled_mapping


def decide_link(
    session: Session,
    incident: str,
    call_id: str,
    decision: Decision,
    note: str | None,
    *,
    actor: str,
    now: datetime,
) -> dict[str, Any] | Redirect:
    """Write down a decision in the caller's transaction; the answer as a document.

    It is about alerts, so that it outlives regrouping: a confirmation is tied to the incident's first alert,
    a rejection to each. Raises NotFoundError; ConflictError when the call is confirmed for another incident;
    UnusableRecordError for a call that can report nothing.
    """
    found = find_incident(session, incident, with_calls=False)
    if found is None:
        raise NotFoundError(f"there is no incident {incident[:64]!r}")
    if isinstance(found, Redirect):
        return found
    call = _call(session, call_id)
    if call.origin == Origin.SENSOR and decision is not Decision.AUTOMATIC:
        reason = "this record was created by the alert itself, so it reports nothing"
        raise UnusableRecordError(reason, errors=[{"pointer": "/path/call_id", "reason": reason}])
    if decision is Decision.CONFIRMED:
        _require_free(session, call, int(found["id"]))
    alerts = session.scalars(
        select(Alert).where(Alert.incident_id == int(found["id"])).order_by(Alert.started_at, Alert.id)
    ).all()
    write_decision(session, alerts, call, decision, note, actor=actor, now=now)
    detail = {"call": str(call.id), "decision": decision.value, "note": note}
    append_audit(
        session, at=now, actor=actor, action="link.decide", target=f"incident:{found['id']}", detail=detail
    )
    document = {name: value for name, value in found.items() if name != "history"}
    append_events(
        session,
        [
            NewEvent(
                type=EventType.REVIEWED,
                at=now,
                historical=is_historical(now, max(alert.started_at or now for alert in alerts)),
                incident_id=int(found["id"]),
                document={**document, "review": {"call_id": str(call.id), "decision": decision.value}},
            )
        ],
    )
    return {"incident_id": found["id"], "call_id": str(call.id), "decision": decision.value, "note": note}


def write_decision(
    session: Session,
    alerts: Sequence[Alert],
    call: Call,
    decision: Decision,
    note: str | None,
    *,
    actor: str,
    now: datetime,
) -> None:
    """Decide about a call and the alerts of one incident, and queue their times and the call's."""
    for place, alert in enumerate(alerts):
        is_later = place > 0 and decision is Decision.CONFIRMED
        session.execute(
            insert(LinkDecision).values(
                alert_id=alert.id,
                call_id=call.id,
                decision=Decision.AUTOMATIC if is_later else decision,
                note=note,
                actor=actor,
                decided_at=now,
            )
        )
    mappings = {row.id: row.mapping for row in session.execute(select(Source.id, Source.mapping))}
    times = [(alert.source_id, alert.started_at) for alert in alerts] + [(call.source_id, call.received_at)]
    for source_id, told in times:
        if told is not None:
            true = told - timedelta(seconds=compiled_mapping(mappings[source_id]).clock_offset_s)
            session.add(Change(kind="decision", from_at=true, through_at=true))


def _call(session: Session, call_id: str) -> Call:
    is_number = call_id.isascii() and call_id.isdigit() and len(call_id) < 19
    call = session.get(Call, int(call_id)) if is_number else None
    if call is None:
        raise NotFoundError(f"there is no call {call_id[:64]!r}")
    return call


def _require_free(session: Session, call: Call, incident_id: int) -> None:
    """A call explains at most one incident; two who confirm it at once wait for each other."""
    session.execute(dialect_of(session).lock_rows(select(Call.id).where(Call.id == call.id)))
    statement = (
        select(LinkDecision.alert_id, LinkDecision.decision, Alert.incident_id)
        .join(Alert, LinkDecision.alert_id == Alert.id)
        .where(LinkDecision.call_id == call.id)
        .order_by(LinkDecision.id)
    )
    last = {row.alert_id: row for row in session.execute(statement)}
    for row in last.values():
        if row.decision == Decision.CONFIRMED and row.incident_id not in (None, incident_id):
            raise ConflictError(
                f"call {call.id} is confirmed for incident {row.incident_id}; set that back to"
                " `automatic` first"
            )
