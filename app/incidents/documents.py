"""An incident as JSON, the same in lists, in one answer, and in the event log."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.domain.revisions import number_of
from app.domain.time import format_millis

PLAIN_FIELDS = (
    "number",
    "verdict",
    "probability_reported",
    "needs_review",
    "reason",
    "started_at",
    "ended_at",
    "published_at",
    "closes_at",
    "decided_at",
    "longitude",
    "latitude",
    "uncertainty_m",
    "address",
    "rounds",
    "classification",
    "full_auto",
    "high_capacity",
    "multiple_shooters",
)
LAST_FIELDS = ("first_call_lag_s", "disposition", "rules_version", "updated_at")
ALERT_FIELDS = (
    "source",
    "external_id",
    "revision",
    "status",
    "started_at",
    "published_at",
    "rounds",
    "classification",
    "longitude",
    "latitude",
    "uncertainty_m",
    "shots",
)
COUNT_FIELDS = ("alert_count", "call_count", "cad_record_count")
INCIDENT_FIELDS = ("id", *PLAIN_FIELDS, "zones", "alerts", *COUNT_FIELDS, *LAST_FIELDS)
INCIDENT_COLUMNS = ("id", *PLAIN_FIELDS, *COUNT_FIELDS, *LAST_FIELDS)
EVIDENCE_POSITION = "evidence_position"
EVIDENCE_FIELDS = ("prior", "time", "distance", "nature", "background", "total", "live_factor")


def incident_document(
    incident: Mapping[str, Any], alerts: Iterable[Mapping[str, Any]], zones: Iterable[str]
) -> dict[str, Any]:
    """All fields but `calls` and `cad_records`, of which the counts are given."""
    return {
        "id": str(incident["id"]),
        **{name: plain(incident[name]) for name in PLAIN_FIELDS},
        "zones": list(zones),
        "alerts": [alert_summary(alert) for alert in alerts],
        **{name: incident[name] for name in COUNT_FIELDS},
        **{name: plain(incident[name]) for name in LAST_FIELDS},
    }


def alert_summary(alert: Mapping[str, Any]) -> dict[str, Any]:
    """An alert within its incident."""
    told = {**alert, "revision": number_of(alert["revision"])}
    return {"id": str(alert["id"]), **{name: plain(told[name]) for name in ALERT_FIELDS}}


def link_document(link: Mapping[str, Any]) -> dict[str, Any]:
    """A call that may report the incident, with the terms of its evidence and what would be without it.

    Without evidence where an analyst confirmed a call that lies outside the incident's window or gate.
    """
    return {
        "id": str(link["call_id"]),
        "probability": link["probability"],
        "decision": link["decision"],
        "lag_s": link["lag_s"],
        "distance_m": link["distance_m"],
        "received_at": plain(link["received_at"]),
        "line": link["line"],
        "nature": link["call_nature"],
        "nature_code": link["nature_code"],
        "origin": link["origin"],
        "evidence": None if link["total"] is None else {name: link[name] for name in EVIDENCE_FIELDS},
        "without": None
        if link["probability_without"] is None
        else {"probability_reported": link["probability_without"], "decisive": link["is_decisive"]},
    }


def cad_record_document(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the alert itself created in the call feed, with its response times."""
    return {name: plain(record[name]) for name in ("external_id", "dispatched_at", "arrived_at")}


def history_document(change: Mapping[str, Any]) -> dict[str, Any]:
    """What was said of the incident at a time."""
    return {
        name: plain(change[name])
        for name in ("decided_at", "verdict", "probability_reported", "reason", "rules_version")
    }


def disposition_document(change: Mapping[str, Any]) -> dict[str, Any]:
    """What an analyst found, and who it was."""
    counts, position = split_evidence(change["evidence"])
    told = {**change, "evidence": counts, EVIDENCE_POSITION: position}
    names = ("decided_at", "disposition", "note", "evidence", EVIDENCE_POSITION, "actor")
    return {name: plain(told[name]) for name in names}


def split_evidence(stored: Mapping[str, Any]) -> tuple[dict[str, int], dict[str, float | None] | None]:
    """What was counted, and where it lay if anybody said, of a disposition's stored evidence."""
    counts = {name: value for name, value in stored.items() if name != EVIDENCE_POSITION}
    return counts, stored.get(EVIDENCE_POSITION)


def plain(value: Any) -> Any:
    """A stored value as JSON: times in UTC with milliseconds."""
    return format_millis(value) if isinstance(value, datetime) else value
