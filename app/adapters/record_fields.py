"""The fields that a mapping may fill, and how each value is converted (API.md, alert and call)."""

from typing import Any, Final

from app.adapters.convert import (
    MAX_ADDRESS,
    MAX_NARRATIVE,
    MAX_REVISION,
    MAX_ROUNDS,
    MAX_TEXT,
    MAX_UNCERTAINTY_M,
    Convert,
    identifier,
    integer,
    number,
    ranged,
    text,
    texts,
    truth,
    url,
)
from app.domain.vocabulary import SourceKind


def as_given(value: Any) -> Any:
    """No conversion here: whoever builds the record looks into the value."""
    return value


# Times need the mapping's zone; None marks them until it is known.
TIME: Final = None
_WORD = text(MAX_TEXT)
_SHARED: dict[str, Convert | None] = {
    "external_id": identifier,
    "revision": integer(0, MAX_REVISION),
    "revised_at": TIME,
    "longitude": number,
    "latitude": number,
    "uncertainty_m": ranged(0, MAX_UNCERTAINTY_M, " m"),
    "address": text(MAX_ADDRESS),
}
ALERT_FIELDS: dict[str, Convert | None] = _SHARED | {
    "started_at": TIME,
    "published_at": TIME,
    "status": _WORD,
    "rounds": integer(0, MAX_ROUNDS),
    "classification": as_given,
    "confidence": ranged(0, 1),
    "full_auto": truth,
    "high_capacity": truth,
    "multiple_shooters": truth,
    "direction_deg": ranged(0, 360),
    "speed_mps": ranged(0, 1_000),
    "audio_url": url,
    "shots": as_given,
    "shots_provenance": _WORD,
}
CALL_FIELDS: dict[str, Convert | None] = _SHARED | {
    "received_at": TIME,
    "line": _WORD,
    "nature_code": _WORD,
    "nature": _WORD,
    "origin": _WORD,
    "priority": _WORD,
    "disposition": _WORD,
    "responders": texts,
    "backup_requested": truth,
    "dispatched_at": TIME,
    "arrived_at": TIME,
    "cleared_at": TIME,
    "narrative": text(MAX_NARRATIVE, lines=True),
    "alert_external_id": identifier,
    "caller": as_given,
    "caller_name": _WORD,
    "caller_phone": _WORD,
}
CALLER_FIELDS = frozenset({"caller", "caller_name", "caller_phone"})
FIELDS = {SourceKind.ALERTS: ALERT_FIELDS, SourceKind.CALLS: CALL_FIELDS}
# Their defaults stand behind the mapping's tables and rules, not only behind the field.
RULED_FIELDS = frozenset({"classification", "nature", "origin"})
KEY_TIME = {SourceKind.ALERTS: "started_at", SourceKind.CALLS: "received_at"}
# A constant here would be an invented value.
_IDENTITY = frozenset({"external_id", "started_at", "received_at", "revision", "revised_at"})
WITHOUT_DEFAULT = _IDENTITY | {"longitude", "latitude", "shots", "alert_external_id"} | CALLER_FIELDS
