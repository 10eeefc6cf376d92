"""The data of an incident's report, from which every form is made. There is nothing of callers in it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib.metadata import version
from typing import Any

from sqlalchemy.orm import Session

from app.db.database import as_of
from app.domain.revisions import number_of
from app.domain.vocabulary import AlertStatus, Disposition, TimelineKind, Verdict
from app.incidents.cameras import CameraQuestion, find_cameras
from app.incidents.documents import plain
from app.incidents.follow_ups import find_follow_ups
from app.incidents.queries import Redirect, find_incident
from app.incidents.report.calls import call_documents, coarse_m, coarse_share, coarse_words
from app.incidents.report.canonical import hash_of
from app.incidents.report.extent import Extent, extent_of, outlines
from app.incidents.report.method import limits, meaning, what_would_change
from app.incidents.report.queries import (
    ALERT_FIELDS,
    find_alerts,
    find_call_places,
    find_former_alerts,
    find_last_event,
    find_revisions,
    find_zones,
)
from app.incidents.report.response import response_documents
from app.incidents.report.revisions import RevisionKind, revision_documents
from app.incidents.report.sequence import account_documents
from app.incidents.shots import find_shots, list_shots
from app.incidents.timeline import find_timeline
from app.rules.store import find_rules
from app.sources.feeds import compiled_mapping

FORMAT = "earshot-incident-report-1"
_INCIDENT = (
    *("id", "number", "started_at", "ended_at", "published_at", "closes_at", "longitude", "latitude"),
    *("uncertainty_m", "address", "zones", "rounds", "classification", "full_auto", "high_capacity"),
    *("multiple_shooters", "alert_count", "call_count", "cad_record_count", "first_call_lag_s"),
)
_VERDICT = ("verdict", "reason", "probability_reported", "needs_review", "decided_at", "rules_version")


def find_report(session: Session, incident: str, *, time_zone: str) -> dict[str, Any] | Redirect | None:
    """The report of an incident by id or number, with its hash; None: there is no such incident.

    `time_zone` is the agency's, in which people are shown the times. Nothing in it depends on when it is
    asked for, but on what the session knows: see `Database.read`.
    """
    found = find_incident(session, incident, with_dispositions=True)
    if not isinstance(found, dict):
        return found
    report = _report(session, found, time_zone)
    return {"report": report, "sha256": hash_of(report)}


def _report(session: Session, found: Mapping[str, Any], time_zone: str) -> dict[str, Any]:
    identity, incident_id = found["id"], int(found["id"])
    parameters = find_rules(session, found["rules_version"]).parameters
    timeline = _found_of(find_timeline(session, identity))["timeline"]
    cameras = _found_of(find_cameras(session, identity, CameraQuestion(), with_contacts=False))
    calls = call_documents(found["calls"], find_call_places(session, incident_id))
    alerts, former = _alerts(session, incident_id), _former_alerts(session, incident_id)
    accounts = account_documents(find_shots(session, incident_id))
    event = find_last_event(session, incident_id)
    return {
        "format": FORMAT,
        "software_version": version("earshot"),
        "time_zone": time_zone,
        "as_of": plain(as_of(session)),
        "last_change": {
            "updated_at": found["updated_at"],
            "event": None if event is None else {name: plain(value) for name, value in event.items()},
        },
        "incident": {name: found[name] for name in _INCIDENT},
        "verdict": {
            **{name: found[name] for name in _VERDICT},
            "reason": coarse_words(found["reason"]),
            "meaning": meaning(found["verdict"]),
            "what_would_change_it": what_would_change(found["verdict"], calls, parameters),
            "history": [{**change, "reason": coarse_words(change["reason"])} for change in found["history"]],
        },
        "standing": _standing(found, [*alerts, *former]),
        "positions": cameras["positions"],
        "map": _map(session, found, cameras, calls, accounts),
        "shots": accounts,
        "replaced_accounts": _replaced_accounts(session, identity),
        "calls": calls,
        "cad_records": found["cad_records"],
        "response": response_documents(timeline),
        "alerts": alerts,
        "former_alerts": former,
        "decisions": [
            _decision(entry, calls) for entry in timeline if entry["kind"] == TimelineKind.DECISION
        ],
        "disposition": found["disposition"],
        "dispositions": found["disposition_history"],
        "follow_ups": _found_of(find_follow_ups(session, identity))["follow_ups"],
        "cameras": {name: cameras[name] for name in ("pull_from", "pull_through", "reason", "cameras")},
        "timeline": [_entry(entry) for entry in timeline],
        "rules": {"version": found["rules_version"], "parameters": parameters.to_document()},
        "limits": limits(parameters),
    }


def _found_of(answer: Any) -> dict[str, Any]:
    """What another query says of an incident that is there and was not merged: one state is read."""
    if not isinstance(answer, dict):
        raise LookupError("the incident is gone")
    return answer


def _alerts(session: Session, incident_id: int) -> list[dict[str, Any]]:
    rows = find_alerts(session, incident_id)
    revisions = find_revisions(session, [row["id"] for row in rows])
    alerts = []
    for row in rows:
        mapping = compiled_mapping(row["mapping"])
        alerts.append(
            {
                "id": str(row["id"]),
                "source": row["source"],
                "revision": number_of(row["revision"]),
                **{name: plain(row[name]) for name in ALERT_FIELDS},
                "clock_offset_s": mapping.clock_offset_s,
                "clock_error_s": mapping.clock_error_s,
                "revisions": revision_documents(revisions.get(row["id"], ())),
            }
        )
    return alerts


def _former_alerts(session: Session, incident_id: int) -> list[dict[str, Any]]:
    rows = find_former_alerts(session, incident_id)
    revisions = find_revisions(session, [row["id"] for row in rows])
    return [
        {
            **{name: plain(value) for name, value in row.items()},
            "id": str(row["id"]),
            "revisions": revision_documents(revisions.get(row["id"], ())),
        }
        for row in rows
    ]


def _standing(found: Mapping[str, Any], alerts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Four things that are not the same: retracted, reclassified, unconfirmed, unreported."""
    by_kind = {
        kind: sum(revision["kind"] == kind for alert in alerts for revision in alert["revisions"])
        for kind in (RevisionKind.RETRACTED, RevisionKind.RECLASSIFIED)
    }
    return {
        "alerts": len(alerts),
        "retracted": by_kind[RevisionKind.RETRACTED],
        "reclassified": by_kind[RevisionKind.RECLASSIFIED],
        "alerts_retracted_now": sum(alert["status"] == AlertStatus.RETRACTED for alert in alerts),
        "unconfirmed": found["disposition"] == Disposition.UNCONFIRMED,
        "unreported": found["verdict"] == Verdict.UNREPORTED,
    }


def _replaced_accounts(session: Session, identity: str) -> list[dict[str, Any]]:
    """What was filed about shots and gave way to a later filing of the same document, without its shots."""
    accounts = _found_of(list_shots(session, identity))["accounts"]
    names = ("alert_external_id", "provenance", "reference", "rounds", "shooters", "stored_at", "note")
    return [
        {
            **{name: account[name] for name in names},
            "filed_by": account["actor"],
            "replaced_at": account["superseded_at"],
            "shots_listed": len(account["shots"]),
        }
        for account in accounts
        if account["superseded_at"] is not None
    ]


def _map(
    session: Session,
    found: Mapping[str, Any],
    cameras: Mapping[str, Any],
    calls: Sequence[Mapping[str, Any]],
    accounts: Sequence[Mapping[str, Any]],
) -> dict[str, Any] | None:
    others = [
        (shot["longitude"], shot["latitude"])
        for account in accounts
        for shot in account["shots"]
        if shot["longitude"] is not None
    ]
    for area in (call["area"] for call in calls if call["area"] is not None):
        others += [(area["west"], area["south"]), (area["east"], area["north"])]
    others += [(camera["longitude"], camera["latitude"]) for camera in cameras["cameras"]]
    evidence = _evidence_position(found)
    if evidence is not None:
        others.append((evidence["longitude"], evidence["latitude"]))
    extent = extent_of(cameras["positions"], others)
    if extent is None:
        return None
    return {"extent": extent.document(), "zones": _zones(session, extent, found), "evidence": evidence}


def _evidence_position(found: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where evidence lay, as the disposition that holds says."""
    history = found["disposition_history"]
    position: dict[str, Any] | None = history[-1]["evidence_position"] if history else None
    return position


def _zones(session: Session, extent: Extent, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    at = datetime.fromisoformat(found["started_at"])
    rows = find_zones(session, extent.west, extent.south, extent.east, extent.north, at)
    return outlines(rows, extent)


def _decision(entry: Mapping[str, Any], calls: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    call_id = entry["record"]["id"]
    return {
        "decided_at": entry["at"],
        "call_id": call_id,
        "call_number": next((call["number"] for call in calls if call["id"] == call_id), None),
        "decision": entry["details"]["decision"],
        "note": entry["details"]["note"],
        "actor": entry["source"],
    }


def _entry(entry: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the timeline, as coarse as the calls."""
    details = dict(entry["details"])
    if entry["kind"] == TimelineKind.CALL:
        details["distance_m"] = coarse_m(details["distance_m"])
        details["probability"] = coarse_share(details["probability"])
    if entry["kind"] == TimelineKind.VERDICT:
        details["reason"] = coarse_words(details["reason"])
    return {**entry, "details": details}
