"""Records as rows of their tables."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.adapters import Parsed
from app.domain.records import AlertRecord, CallRecord
from app.domain.revisions import RevisionState

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_NOT_COLUMNS = ("external_id", "revision", "status")


def field_values(parsed: Parsed) -> dict[str, Any]:
    """The columns that a record's fields fill."""
    record = parsed.record
    values = {name: getattr(record, name) for name in record.__dataclass_fields__ if name not in _NOT_COLUMNS}
    if isinstance(record, AlertRecord):
        shots = record.shots
        values["shots"] = None if shots is None else [_shot_document(shot) for shot in shots]
    else:
        values["responders"] = None if record.responders is None else list(record.responders)
        values["caller"] = None if record.caller is None else dict(record.caller)
    values["warnings"] = problems_document(parsed.warnings) or None
    return values


def state_values(state: RevisionState, *, is_alert: bool) -> dict[str, Any]:
    """The columns that say which revision a record stands at."""
    values: dict[str, Any] = {
        "revision": state.revision,
        "fields_revision": state.fields_revision,
        "fingerprint": state.fingerprint,
    }
    if is_alert:
        values["status"] = "retracted" if state.retracted else "active"
    return values


def event_time(record: AlertRecord | CallRecord) -> datetime | None:
    """When the thing happened: the first shot, or the call."""
    return record.started_at if isinstance(record, AlertRecord) else record.received_at


def problems_document(problems: Any) -> list[dict[str, str]]:
    """Field problems as they are stored and answered."""
    return [
        {"pointer": storable_text(problem.pointer), "reason": storable_text(problem.reason)}
        for problem in problems
    ]


def storable_text(text: str) -> str:
    """Words that may quote what was sent, without what no database and no answer can hold."""
    return _UNSTORABLE.sub("\ufffd", text)


def _shot_document(shot: Any) -> Mapping[str, float | None]:
    return {"offset_s": shot.offset_s, "longitude": shot.longitude, "latitude": shot.latitude}
