"""An incident that is not there as of the time that was asked for: not known yet, or never."""

from datetime import datetime

from sqlalchemy import select

from app.core.errors import NotFoundError
from app.db import Database
from app.db.models import Incident
from app.domain.time import format_millis
from app.incidents.queries import named


def no_incident(database: Database, incident: str, as_of: datetime | None) -> NotFoundError:
    """The error that says why there is no such incident by id or number, at a time or (None) now."""
    called = repr(incident[:64])
    if as_of is not None:
        with database.read() as session:
            first = session.scalar(select(Incident.created_at).where(named(incident)))
        if first is not None and first > as_of:
            return NotFoundError(f"incident {called} was first known at {format_millis(first)}")
        if first is not None:
            return NotFoundError(f"what was known of incident {called} at that time was not kept")
    return NotFoundError(f"there is no incident {called}")
