"""Which incident a disposition belongs to, however alerts are grouped since: that of what it was about.

A disposition knows the alerts that its incident had, the founding one first. It belongs to the incident of
the first of them that is still active, else to that of the founding one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from app.db.database import dialect_of, rows_as_dicts
from app.db.models import Alert, DispositionAlert, DispositionChange, Incident
from app.db.versions import changed_at, keep_versions
from app.domain.vocabulary import AlertStatus, Classification


def disposition_history(session: Session, incident_id: int) -> list[dict[str, Any]]:
    """Every disposition that belongs to an incident now, in the order in which they were made."""
    return _by_home(session, [incident_id]).get(incident_id, [])


def disposition_histories(session: Session, incident_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The same of many incidents, by id; those about which nobody said anything are left out."""
    wanted = set(incident_ids)
    homes = _by_home(session, incident_ids)
    return {incident: changes for incident, changes in homes.items() if incident in wanted}


def carry_dispositions(session: Session, incident_ids: Iterable[int], now: datetime) -> dict[int, str | None]:
    """After a regrouping, in its transaction: what holds for each incident that a disposition may have left.

    Their rows are locked before the dispositions are read, so that nobody decides meanwhile.
    """
    ids = sorted(set(incident_ids))
    if not ids:
        return {}
    _lock(session, ids)
    homes = _by_home(session, ids)
    if not homes:
        return {}
    elsewhere = sorted(set(homes) - set(ids))
    if elsewhere:
        _lock(session, elsewhere)
        homes = _by_home(session, [*ids, *elsewhere])
    held = {incident: homes[incident][-1]["disposition"] if incident in homes else None for incident in homes}
    held |= {incident: None for incident in ids if incident not in held}
    for incident, disposition in sorted(held.items()):
        differs = and_(Incident.id == incident, Incident.disposition.is_distinct_from(disposition))
        keep_versions(session, Incident.__table__, differs, now)
        session.execute(
            update(Incident)
            .where(differs)
            .values(disposition=disposition, updated_at=changed_at(Incident.__table__, now)),
            execution_options={"synchronize_session": False},
        )
    return held


def _lock(session: Session, ids: Sequence[int]) -> None:
    dialect = dialect_of(session)
    session.execute(
        dialect.lock_rows(select(Incident.id).where(dialect.one_of(Incident.id, ids)).order_by(Incident.id))
    ).all()


def _by_home(session: Session, incident_ids: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    """The dispositions that are about any alert of these incidents, by the incident they belong to."""
    one_of = dialect_of(session).one_of
    concerned = (
        select(DispositionAlert.disposition_id)
        .join(Alert, DispositionAlert.alert_id == Alert.id)
        .where(one_of(Alert.incident_id, incident_ids))
    )
    changes = rows_as_dicts(
        session.execute(
            select(*DispositionChange.__table__.c)
            .where(DispositionChange.id.in_(concerned))
            .order_by(DispositionChange.id)
        )
    )
    if not changes:
        return {}
    alerts: dict[int, list[Mapping[str, Any]]] = {}
    statement = (
        select(
            DispositionAlert.disposition_id,
            Alert.incident_id,
            Alert.status,
            Alert.classification,
        )
        .join(Alert, DispositionAlert.alert_id == Alert.id)
        .where(one_of(DispositionAlert.disposition_id, [change["id"] for change in changes]))
        .order_by(DispositionAlert.disposition_id, DispositionAlert.place)
    )
    for row in rows_as_dicts(session.execute(statement)):
        alerts.setdefault(row["disposition_id"], []).append(row)
    homes: dict[int, list[dict[str, Any]]] = {}
    for change in changes:
        about = alerts[change["id"]]
        home = next((alert for alert in about if _is_active(alert)), about[0])["incident_id"]
        homes.setdefault(home, []).append(change)
    return homes


def _is_active(alert: Mapping[str, Any]) -> bool:
    return bool(alert["status"] == AlertStatus.ACTIVE and Classification(alert["classification"]).is_gunfire)
