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
from app.domain.ids import read_id
from app.domain.vocabulary import Decision, Origin
from app.events import EventType
from app.events.store import NewEvent, append_events, is_historical
from app.incidents.confirmations import confirmed_alerts
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

    It is about alerts, each that the incident has now, so that it outlives regrouping and retractions. Raises
    NotFoundError; ConflictError when the call is confirmed for another incident; UnusableRecordError for a
    call that can report nothing.
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
    left = _left_over(session, call, decision, int(found["id"]))
    alerts = session.scalars(
        select(Alert).where(Alert.incident_id == int(found["id"])).order_by(Alert.started_at, Alert.id)
    ).all()
    write_decision(session, left, call, Decision.AUTOMATIC, note, actor=actor, now=now)
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
    """Decide about a call and some alerts, and queue their times and the call's."""
    if not alerts:
        return
    words = {"call_id": call.id, "decision": decision, "note": note, "actor": actor, "decided_at": now}
    session.execute(insert(LinkDecision), [{"alert_id": alert.id, **words} for alert in alerts])
    mappings = {row.id: row.mapping for row in session.execute(select(Source.id, Source.mapping))}
    times = [(alert.source_id, alert.started_at) for alert in alerts] + [(call.source_id, call.received_at)]
    for source_id, told in times:
        if told is not None:
            true = told - timedelta(seconds=compiled_mapping(mappings[source_id]).clock_offset_s)
            session.add(Change(kind="decision", from_at=true, through_at=true))


def _call(session: Session, call_id: str) -> Call:
    number = read_id(call_id)
    call = None if number is None else session.get(Call, number)
    if call is None:
        raise NotFoundError(f"there is no call {call_id[:64]!r}")
    return call


def _left_over(session: Session, call: Call, decision: Decision, incident_id: int) -> Sequence[Alert]:
    """Alerts elsewhere that the call is confirmed for by what is now decided anew: they are to lose it.

    A call explains at most one incident: ConflictError where it is confirmed for another. Two who confirm it
    at once wait for each other.
    """
    session.execute(dialect_of(session).lock_rows(select(Call.id).where(Call.id == call.id)))
    alerts = confirmed_alerts(session, [call.id]).get(call.id, [])
    if not alerts:
        return []
    home = alerts[0].incident_id
    if decision is Decision.CONFIRMED and home not in (None, incident_id):
        raise ConflictError(
            f"call {call.id} is confirmed for incident {home}; set that back to `automatic` first"
        )
    if home != incident_id and decision is not Decision.CONFIRMED:
        return []
    elsewhere = [alert.alert_id for alert in alerts if alert.incident_id != incident_id]
    return session.scalars(
        select(Alert).where(dialect_of(session).one_of(Alert.id, elsewhere)).order_by(Alert.id)
    ).all()
