"""What the report reads beside the incident's own queries. Of calls only what the coarse map needs."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from app.db.database import as_of, dialect_of, rows_as_dicts
from app.db.models import VERSIONS, Alert, AlertRevision, Call, Event, Incident, Link, Source, Zone

ALERT_FIELDS = (
    *("external_id", "status", "classification", "vendor_classification", "confidence"),
    *("started_at", "published_at", "stored_at", "longitude", "latitude", "uncertainty_m", "address"),
    *("rounds", "full_auto", "high_capacity", "multiple_shooters", "direction_deg", "speed_mps"),
)


def find_alerts(session: Session, incident_id: int) -> list[dict[str, Any]]:
    """The incident's alerts in the order of their times, each with its source and that source's mapping."""
    columns = [getattr(Alert, name) for name in ("id", "revision", *ALERT_FIELDS)]
    statement = (
        select(*columns, Source.name.label("source"), Source.mapping)
        .join(Source, Alert.source_id == Source.id)
        .where(Alert.incident_id == incident_id)
        .order_by(Alert.started_at, Source.name, Alert.external_id)
    )
    return rows_as_dicts(session.execute(statement))


def find_former_alerts(session: Session, incident_id: int) -> list[dict[str, Any]]:
    """Alerts that were once in the incident and are no more, such as retracted ones, as they stand.

    With when they last left it, and the number of the incident that they are in.
    """
    versions, moment = VERSIONS[Alert.__tablename__], as_of(session)
    left = (
        select(versions.c.id, func.max(versions.c.superseded_at).label("left_at"))
        .where(versions.c.incident_id == incident_id)
        .group_by(versions.c.id)
    )
    if moment is not None:
        left = left.where(versions.c.superseded_at <= moment)
    of_incident = left.subquery()
    names = ("id", "external_id", "status", "classification", "rounds", "started_at", "stored_at")
    statement = (
        select(
            *(getattr(Alert, name) for name in names),
            Source.name.label("source"),
            Incident.number.label("incident_number"),
            of_incident.c.left_at,
        )
        .join(of_incident, of_incident.c.id == Alert.id)
        .join(Source, Alert.source_id == Source.id)
        .outerjoin(Incident, Alert.incident_id == Incident.id)
        .where(Alert.incident_id.is_distinct_from(incident_id))
        .order_by(Alert.started_at, Source.name, Alert.external_id)
    )
    return rows_as_dicts(session.execute(statement))


def find_revisions(session: Session, alert_ids: list[int]) -> dict[int, list[dict[str, Any]]]:
    """Every body that came about the alerts, by alert, in the order in which they were stored."""
    names = ("alert_id", "revision", "outcome", "stored_at", "record")
    statement = (
        select(*(getattr(AlertRevision, name) for name in names))
        .where(dialect_of(session).one_of(AlertRevision.alert_id, alert_ids))
        .order_by(AlertRevision.id)
    )
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows_as_dicts(session.execute(statement)):
        found.setdefault(row["alert_id"], []).append(row)
    return found


def find_call_places(session: Session, incident_id: int) -> dict[str, Mapping[str, Any]]:
    """Where the linked calls came from, by id: to be made coarse before anybody sees it."""
    names = ("id", "longitude", "latitude", "uncertainty_m")
    statement = (
        select(*(getattr(Call, name) for name in names))
        .join(Link, Link.call_id == Call.id)
        .where(Link.incident_id == incident_id)
    )
    return {str(row["id"]): row for row in rows_as_dicts(session.execute(statement))}


def find_zones(
    session: Session, west: float, south: float, east: float, north: float, at: datetime
) -> list[dict[str, Any]]:
    """The zones that held at a time and whose box meets a box, by kind and name."""
    statement = (
        select(Zone.kind, Zone.name, Zone.geometry)
        .where(
            Zone.west <= east,
            Zone.east >= west,
            Zone.south <= north,
            Zone.north >= south,
            or_(Zone.valid_from.is_(None), Zone.valid_from <= at),
            or_(Zone.valid_to.is_(None), Zone.valid_to > at),
        )
        .order_by(Zone.kind, Zone.name, Zone.id)
    )
    return rows_as_dicts(session.execute(statement))


def find_last_event(session: Session, incident_id: int) -> dict[str, Any] | None:
    """The last entry about the incident in the ordered log."""
    statement = (
        select(Event.id, Event.type, Event.at)
        .where(Event.incident_id == incident_id)
        .order_by(Event.id.desc())
        .limit(1)
    )
    rows = rows_as_dicts(session.execute(statement))
    return rows[0] if rows else None
