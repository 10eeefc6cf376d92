"""Every body that came about an alert, and what each changed: withdrawn and reclassified kept apart. Pure."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

from app.domain.revisions import number_of
from app.domain.vocabulary import AlertStatus, Outcome
from app.incidents.documents import plain

_COMPARED = (
    *("started_at", "published_at", "classification", "vendor_classification", "confidence", "rounds"),
    *("longitude", "latitude", "uncertainty_m", "address", "full_auto", "high_capacity"),
    *("multiple_shooters", "direction_deg", "speed_mps", "shots_provenance"),
)


class RevisionKind(StrEnum):
    """What a body did to its alert."""

    RECEIVED = "received"
    REVISED = "revised"
    RECLASSIFIED = "reclassified"
    RETRACTED = "retracted"
    REINSTATED = "reinstated"
    NOT_APPLIED = "not_applied"


def revision_documents(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The bodies of one alert in the order in which they were stored.

    `changes` says what each changed, or, of one that was not applied, what it would have.
    """
    held: dict[str, Any] | None = None
    status: str | None = None
    newest: int | None = None
    told: list[dict[str, Any]] = []
    for row in rows:
        record = row["record"]
        applied = row["outcome"] in (Outcome.ACCEPTED, Outcome.REVISED)
        on_top = newest is None or row["revision"] >= newest
        said_status = record.get("status", AlertStatus.ACTIVE.value) if on_top or not applied else status
        is_bare = record.get("started_at") is None
        fields = held if is_bare else _fields(record)
        changes = [] if held is None or fields is None else _changes(held, fields)
        if status is not None and said_status != status:
            changes.insert(0, {"field": "status", "before": status, "after": said_status})
        told.append(
            {
                "kind": _kind(applied, status, said_status, changes).value,
                "outcome": row["outcome"],
                "stored_at": plain(row["stored_at"]),
                "revision": number_of(row["revision"]),
                "revised_at": record.get("revised_at"),
                "status": record.get("status"),
                "classification": None if is_bare else record.get("classification"),
                "rounds": None if is_bare else record.get("rounds"),
                "changes": changes,
            }
        )
        if applied:
            held, status = fields, said_status
            newest = row["revision"] if on_top else newest
    return told


def _fields(record: Mapping[str, Any]) -> dict[str, Any]:
    shots = [
        [shot.get(name) for name in ("offset_s", "longitude", "latitude")]
        for shot in record.get("shots") or ()
    ]
    return {**{name: record.get(name) for name in _COMPARED}, "shots": shots}


def _changes(held: Mapping[str, Any], said: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What differs; of lists of shots how many there are."""
    changes = [
        {"field": name, "before": held[name], "after": said[name]}
        for name in _COMPARED
        if held[name] != said[name]
    ]
    if held["shots"] != said["shots"]:
        changes.append({"field": "shots", "before": len(held["shots"]), "after": len(said["shots"])})
    return changes


def _kind(
    applied: bool, status: str | None, said_status: str | None, changes: Iterable[Mapping[str, Any]]
) -> RevisionKind:
    if not applied:
        return RevisionKind.NOT_APPLIED
    if said_status == AlertStatus.RETRACTED and status != AlertStatus.RETRACTED:
        return RevisionKind.RETRACTED
    if status is None:
        return RevisionKind.RECEIVED
    if said_status != status:
        return RevisionKind.REINSTATED
    is_other = any(change["field"] == "classification" for change in changes)
    return RevisionKind.RECLASSIFIED if is_other else RevisionKind.REVISED
