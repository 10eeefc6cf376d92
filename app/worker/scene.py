"""What a round writes: a stretch of time, the incidents drafted for it, and how they are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.correlation.judge import JudgedIncident
from app.events.store import NewEvent
from app.incidents.suggestions import Noticed
from app.places.zones import ZoneIndex
from app.worker.identity import Identity
from app.worker.neighbourhood import LoadedAlerts


@dataclass(slots=True, kw_only=True)
class Scene:
    """One stretch of time being written, and what was written of it."""

    session: Session
    alerts: LoadedAlerts
    zones: ZoneIndex
    rules_version: str
    now: datetime
    zone_name: str
    changed: int = 0
    verdicts: list[str] = field(default_factory=list)
    events: list[NewEvent] = field(default_factory=list)
    dispositions: dict[int, str | None] = field(default_factory=dict)
    regrouped: set[int] = field(default_factory=set)
    noticed: list[Noticed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Name:
    """How an incident is called, by us and by people."""

    id: int
    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An incident as it is to be: its identity, its alerts' rows, and its columns."""

    judged: JudgedIncident
    identity: Identity
    alerts: Sequence[Mapping[str, Any]]
    values: Mapping[str, Any]
    zone_places: Sequence[int]
