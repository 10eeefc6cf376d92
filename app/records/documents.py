"""Alerts and calls as JSON. A recording's address is never in them, people only where asked for."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.domain.revisions import number_of
from app.incidents.documents import plain

ALERT_COLUMNS = (
    "id",
    "incident_id",
    "external_id",
    "revision",
    "status",
    "started_at",
    "published_at",
    "revised_at",
    "longitude",
    "latitude",
    "uncertainty_m",
    "address",
    "rounds",
    "classification",
    "vendor_classification",
    "confidence",
    "full_auto",
    "high_capacity",
    "multiple_shooters",
    "direction_deg",
    "speed_mps",
    "audio_url",
    "shots",
    "shots_provenance",
    "warnings",
    "stored_at",
)
CALL_COLUMNS = (
    "id",
    "external_id",
    "revision",
    "received_at",
    "revised_at",
    "longitude",
    "latitude",
    "uncertainty_m",
    "address",
    "line",
    "nature_code",
    "nature",
    "origin",
    "priority",
    "disposition",
    "responders",
    "backup_requested",
    "dispatched_at",
    "arrived_at",
    "cleared_at",
    "alert_external_id",
    "warnings",
    "stored_at",
)
ALERT_FIELDS = ("id", "source", *("has_audio" if name == "audio_url" else name for name in ALERT_COLUMNS[1:]))
CALL_FIELDS = ("id", "source", *CALL_COLUMNS[1:])
_OF_PEOPLE = ("/caller", "/narrative")


def alert_document(alert: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of an alert; of its recording only whether there is one."""
    incident_id = alert["incident_id"]
    derived = {
        "id": str(alert["id"]),
        "incident_id": None if incident_id is None else str(incident_id),
        "has_audio": alert["audio_url"] is not None,
        "revision": number_of(alert["revision"]),
        "warnings": alert["warnings"] or [],
    }
    return {name: derived[name] if name in derived else plain(alert[name]) for name in ALERT_FIELDS}


def call_document(call: Mapping[str, Any], *, with_people: bool = False) -> dict[str, Any]:
    """All fields of a call but caller and narrative, and warnings that may quote them."""
    warnings = [
        warning
        for warning in call["warnings"] or []
        if with_people or not warning["pointer"].startswith(_OF_PEOPLE)
    ]
    derived = {"id": str(call["id"]), "revision": number_of(call["revision"]), "warnings": warnings}
    return {name: derived[name] if name in derived else plain(call[name]) for name in CALL_FIELDS}


def revision_document(revision: Mapping[str, Any], hidden: Iterable[str]) -> dict[str, Any]:
    """One body about a record, without the fields that are not to be seen."""
    document = {name: plain(value) for name, value in revision.items()}
    document["revision"] = number_of(revision["revision"])
    document["record"] = {name: value for name, value in revision["record"].items() if name not in hidden}
    return document
