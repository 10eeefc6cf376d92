"""When somebody knew and came, from an incident's timeline. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.domain.vocabulary import Decision, TimelineKind
from app.incidents.timeline import LIKELY

MILESTONES = (
    ("published", TimelineKind.ALERT_PUBLISHED),
    ("received_here", TimelineKind.ALERT_STORED),
    ("first_call", TimelineKind.CALL),
    ("dispatched", TimelineKind.DISPATCHED),
    ("arrived", TimelineKind.ARRIVED),
    ("cleared", TimelineKind.CLEARED),
)


def response_documents(timeline: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The first of each kind with how long after the first shot; nulls where no feed told it.

    A call counts when it likely reports the incident and nobody rejected it.
    """
    return [
        {"milestone": name, **_told(entry for entry in timeline if _is(entry, kind))}
        for name, kind in MILESTONES
    ]


def _told(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    first = next(iter(entries), None)
    names = ("at", "offset_s", "source", "told_at")
    return {name: None if first is None else first[name] for name in names}


def _is(entry: Mapping[str, Any], kind: TimelineKind) -> bool:
    if entry["kind"] != kind:
        return False
    if kind is not TimelineKind.CALL:
        return True
    details = entry["details"]
    return bool(details["decision"] != Decision.REJECTED and details["probability"] >= LIKELY)
