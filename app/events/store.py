"""Appending to the event log. Ids increase in the order of commits, so "id > last" skips nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.db.database import APPENDED_EVENTS, dialect_of
from app.db.models import Event

HISTORICAL_AFTER = timedelta(hours=6)


class EventType(StrEnum):
    """What can happen to an incident or a source."""

    OPENED = "incident.opened"
    UPDATED = "incident.updated"
    REPORTED = "incident.reported"
    UNREPORTED = "incident.unreported"
    INDETERMINATE = "incident.indeterminate"
    WITHDRAWN = "incident.withdrawn"
    MERGED = "incident.merged"
    REVIEWED = "incident.reviewed"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEvent:
    """An event to be written; `document` is the incident as the list shows it."""

    type: EventType
    at: datetime
    historical: bool
    incident_id: int
    document: Mapping[str, Any]


def is_historical(at: datetime, ended_at: datetime) -> bool:
    """Whether an incident was over so long ago that nobody should be alarmed by its event."""
    return at - ended_at > HISTORICAL_AFTER


def append_events(session: Session, events: Sequence[NewEvent]) -> None:
    """Write events in the caller's transaction, last before its commit: the log stays locked until then."""
    if not events:
        return
    dialect = dialect_of(session)
    dialect.lock_log(session, "events")
    session.connection().execute(
        insert(Event.__table__),  # type: ignore[arg-type]
        [
            {
                "type": event.type.value,
                "at": event.at,
                "historical": event.historical,
                "incident_id": event.incident_id,
                "document": dict(event.document),
            }
            for event in events
        ],
    )
    dialect.notify_events(session)
    session.info[APPENDED_EVENTS] = True
