"""Filing what was found out about an alert's shots; alerts, counts of rounds and verdicts stay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.adapters.shot_report import RefusedReportError, ReportOfShots, read_shot_report
from app.audit import append_audit
from app.core.errors import NotFoundError, UnusableRecordError
from app.db.database import dialect_of
from app.db.models import Alert, Incident, ShotReport
from app.domain.ids import read_id
from app.events import EventType
from app.events.store import NewEvent, append_events, is_historical
from app.incidents.queries import Redirect, find_incident, named, survivor
from app.incidents.shots import account_document, accounts_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """A report as it is stored; `is_new` unless the same one was filed before."""

    report_id: int
    is_new: bool
    warnings: list[dict[str, str]]


def post_shot_report(
    session: Session, incident: str, document: Any, *, actor: str, now: datetime
) -> dict[str, Any] | Redirect:
    """File a report about one of an incident's alerts in the caller's transaction; the account as a document.

    `document` is the report with `alert`, the alert's id, which only an incident of one alert can do without.
    The same report again is answered with the one there is. Raises NotFoundError and UnusableRecordError.
    """
    columns = (Incident.id, Incident.number, Incident.merged_into_id)
    row = session.execute(select(*columns).where(named(incident))).first()
    if row is None:
        raise NotFoundError(f"there is no incident {incident[:64]!r}")
    if row.merged_into_id is not None:
        return Redirect(str(survivor(session, row.merged_into_id)))
    if not isinstance(document, Mapping):
        raise _unusable("", "expected an object")
    alert = _alert(session, row.id, row.number, document.get("alert"))
    report = {name: value for name, value in document.items() if name != "alert"}
    filed = file_shot_report(session, alert, report, actor=actor, now=now)
    account = next(each for each in accounts_of(session, [alert.id]) if each.report_id == filed.report_id)
    return {"incident_id": str(row.id), **account_document(account), "warnings": filed.warnings}


def file_shot_report(session: Session, alert: Alert, document: Any, *, actor: str, now: datetime) -> Filed:
    """File a report about an alert in the caller's transaction, with an event where it has an incident.

    Raises UnusableRecordError.
    """
    around = None
    if alert.longitude is not None and alert.latitude is not None:
        around = (alert.longitude, alert.latitude)
    try:
        report, problems = read_shot_report(document, around)
    except RefusedReportError as error:
        errors = [{"pointer": each.pointer, "reason": each.reason} for each in error.problems]
        raise UnusableRecordError("the document cannot be used", errors=errors) from error
    warnings = [{"pointer": each.pointer, "reason": each.reason} for each in problems]
    told = report.document()
    fingerprint = sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).digest()
    statement = (
        dialect_of(session)
        .insert_ignoring(ShotReport.__table__)
        .values(alert_id=alert.id, **told, fingerprint=fingerprint, actor=actor, stored_at=now)
        .returning(ShotReport.id)
    )
    report_id = session.scalars(statement).first()
    if report_id is not None:
        _tell(session, alert, report, len(warnings), actor=actor, now=now)
        return Filed(report_id=report_id, is_new=True, warnings=warnings)
    same = (ShotReport.alert_id == alert.id, ShotReport.fingerprint == fingerprint)
    report_id = session.scalars(select(ShotReport.id).where(*same)).one()
    return Filed(report_id=report_id, is_new=False, warnings=warnings)


def _alert(session: Session, incident_id: int, number: str, named_as: Any) -> Alert:
    """The alert that a report names, which must be of the incident. Raises UnusableRecordError."""
    if named_as is None:
        alerts = session.scalars(
            select(Alert)
            .where(Alert.incident_id == incident_id, Alert.started_at.is_not(None))
            .order_by(Alert.id)
        ).all()
        if len(alerts) == 1:
            return alerts[0]
        ids = ", ".join(str(alert.id) for alert in alerts[:20])
        raise _unusable("/alert", f"name one of the incident's {len(alerts)} alerts: {ids}")
    text = str(named_as) if isinstance(named_as, str | int) and not isinstance(named_as, bool) else ""
    number_of_alert = read_id(text)
    alert = None if number_of_alert is None else session.get(Alert, number_of_alert)
    if alert is None or alert.started_at is None:
        raise _unusable("/alert", f"there is no alert {text[:64]!r}")
    if alert.incident_id != incident_id:
        other = session.scalar(select(Incident.number).where(Incident.id == alert.incident_id))
        where = f"to incident {other}" if other else "to no incident yet"
        raise _unusable("/alert", f"alert {alert.id} belongs {where}, not to {number}")
    return alert


def _tell(
    session: Session, alert: Alert, report: ReportOfShots, warnings: int, *, actor: str, now: datetime
) -> None:
    """Into the audit trail, and to whoever follows the incident; without its words."""
    told = {
        "alert_id": str(alert.id),
        "provenance": report.provenance.value,
        "rounds": report.rounds,
        "shooters": report.shooters,
        "shots": len(report.shots),
    }
    detail = {**told, "reference": report.reference, "note": report.note, "warnings": warnings}
    append_audit(session, at=now, actor=actor, action="shots.file", target=f"alert:{alert.id}", detail=detail)
    if alert.incident_id is None:
        return
    incident = find_incident(session, str(alert.incident_id), with_calls=False)
    if not isinstance(incident, dict):
        return
    ended_at = session.scalars(select(Incident.ended_at).where(Incident.id == alert.incident_id)).one()
    append_events(
        session,
        [
            NewEvent(
                type=EventType.REVIEWED,
                at=now,
                historical=is_historical(now, ended_at),
                incident_id=alert.incident_id,
                document={
                    **{name: value for name, value in incident.items() if name != "history"},
                    "review": {"shots": told},
                },
            )
        ],
    )


def _unusable(pointer: str, reason: str) -> UnusableRecordError:
    return UnusableRecordError("the document cannot be used", errors=[{"pointer": pointer, "reason": reason}])
