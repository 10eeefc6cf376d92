"""Reading the event log in its order, each event with what was said of its incident before."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import Event
from app.events.store import EventType

_EVENTS: Any = Event.__table__
_COLUMNS = tuple(_EVENTS.c[name] for name in ("id", "type", "at", "historical", "incident_id", "document"))
# Made once: every event is read by it, in every process.
_AFTER = (
    select(*_COLUMNS)
    .where(_EVENTS.c.id > bindparam("after"))
    .order_by(_EVENTS.c.id)
    .limit(bindparam("most", type_=Integer()))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedEvent:
    """An event as it was written; `before`: the incident as the event before it told it, None: it was new.

    Without `incident_id` it is about something else.
    """

    id: int
    type: str
    at: datetime
    historical: bool
    incident_id: int | None
    document: Mapping[str, Any]
    before: Mapping[str, Any] | None


def newest_event_id(session: Session) -> int:
    """The id of the last event; 0 while there is none."""
    return session.scalar(select(func.max(Event.id))) or 0


def is_in_log(session: Session, event_id: int) -> bool:
    """Whether an event of this id was written; before the first of all there is 0."""
    return event_id == 0 or session.scalar(select(Event.id).where(Event.id == event_id)) is not None


def events_after(session: Session, after: int, most: int) -> list[LoggedEvent]:
    """The next events after an id, at most so many, in the order in which they were committed."""
    rows = session.connection().execute(_AFTER, {"after": after, "most": most}).all()
    if not rows:
        return []
    last_told = _last_told(session, _first_seen(rows), rows[0].id)
    events = []
    for row in rows:
        events.append(
            LoggedEvent(
                id=row.id,
                type=row.type,
                at=row.at,
                historical=row.historical,
                incident_id=row.incident_id,
                document=row.document,
                before=last_told.get(row.incident_id),
            )
        )
        last_told[row.incident_id] = row.document
    return events


def _first_seen(rows: Sequence[Any]) -> set[int]:
    """Incidents that had been told of before these events: others begin with `opened`."""
    first: dict[int, str] = {}
    for row in rows:
        if row.incident_id is not None:
            first.setdefault(row.incident_id, row.type)
    return {incident_id for incident_id, type_ in first.items() if type_ != EventType.OPENED}


def _last_told(session: Session, incident_ids: Iterable[int], before: int) -> dict[int | None, Any]:
    """What the last event before an id said of each incident."""
    wanted = sorted(incident_ids)
    if not wanted:
        return {}
    last = (
        select(func.max(Event.id))
        .where(dialect_of(session).one_of(Event.incident_id, wanted), Event.id < before)
        .group_by(Event.incident_id)
    )
    found = session.execute(select(Event.incident_id, Event.document).where(Event.id.in_(last)))
    return {row.incident_id: row.document for row in found}
