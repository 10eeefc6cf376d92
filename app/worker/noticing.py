"""What of the incidents being written matters to those who follow up: regroupings, and silences. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.domain.vocabulary import Verdict
from app.incidents.suggestions import Noticed, Place
from app.worker.scene import Draft

_TELLING = ("verdict", "rounds", "longitude", "latitude", "started_at", "ended_at")


def regrouped(
    drafts: Sequence[Draft], ids: Sequence[int], stored: Mapping[int, Mapping[str, Any]]
) -> set[int]:
    """Incidents that alerts leave for others or come to from others, or that were or are withdrawn."""
    moved: set[int] = set()
    for draft, incident_id in zip(drafts, ids, strict=True):
        left = {alert["incident_id"] for alert in draft.alerts} - {incident_id, None}
        moved |= {*left, incident_id} if left else set()
        verdicts = {draft.values["verdict"], stored.get(incident_id, draft.values)["verdict"]}
        if len(verdicts) > 1 and Verdict.WITHDRAWN.value in verdicts:
            moved.add(incident_id)
    return moved


def noticed(
    drafts: Sequence[Draft], ids: Sequence[int], stored: Mapping[int, Mapping[str, Any]]
) -> list[Noticed]:
    """Incidents that are or were unreported and are not as they were, and those that they absorb."""
    found: list[Noticed] = []
    for draft, incident_id in zip(drafts, ids, strict=True):
        found.extend(Noticed(absorbed) for absorbed in draft.identity.absorbed)
        before = stored.get(incident_id)
        said = {draft.values["verdict"], before["verdict"] if before else None}
        if Verdict.UNREPORTED.value not in said:
            continue
        if before is None or any(before[name] != draft.values[name] for name in _TELLING):
            found.append(Noticed(incident_id, _place(before) if before else None))
    return found


def _place(row: Mapping[str, Any]) -> Place:
    return Place(row["started_at"], row["longitude"], row["latitude"])
