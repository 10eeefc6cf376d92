"""The follow-ups that are done, the zones they were done in, and who reported what there."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.correlation.columns import Booleans, Integers
from app.db.database import dialect_of
from app.db.models import FollowUp, FollowUpChange, Incident, IncidentZone, Zone
from app.domain.vocabulary import FollowUpState, Verdict, ZoneKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """A follow-up that is done: since when it is, what came of it, and in which zones its incident lies."""

    kind: str
    done_at: datetime
    results: Mapping[str, Any]
    zone_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NamedZone:
    """A zone as people call it."""

    id: int
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A zone's incidents that were reported or not, in order of time; microseconds since 1970."""

    micros: Integers
    reported: Booleans


def load_done(session: Session, zone_kind: str | None) -> tuple[list[Done], list[NamedZone]]:
    """Every follow-up that is done, and the zones (of one kind, or of all but coverage) that have any."""
    is_done = FollowUpChange.fields["state"].as_string() == FollowUpState.DONE
    rows = session.execute(
        select(
            FollowUp.id,
            FollowUp.kind,
            FollowUp.incident_id,
            func.max(FollowUpChange.changed_at).label("done_at"),
        )
        .join(FollowUpChange, FollowUpChange.follow_up_id == FollowUp.id)
        .where(FollowUp.state == FollowUpState.DONE, is_done)
        .group_by(FollowUp.id, FollowUp.kind, FollowUp.incident_id)
        .order_by(FollowUp.id)
    ).all()
    told = session.execute(select(FollowUp.id, FollowUp.results).where(FollowUp.state == FollowUpState.DONE))
    results = {row.id: row.results for row in told}
    kinds = Zone.kind == zone_kind if zone_kind else Zone.kind != ZoneKind.COVERAGE
    inside: dict[int, list[int]] = {}
    zones: dict[int, NamedZone] = {}
    for row in session.execute(
        select(IncidentZone.incident_id, Zone.id, Zone.kind, Zone.name)
        .join(Zone, IncidentZone.zone_id == Zone.id)
        .where(kinds, IncidentZone.incident_id.in_(_incidents_with_done()))
        .order_by(Zone.kind, Zone.name, Zone.id)
    ):
        inside.setdefault(row.incident_id, []).append(row.id)
        zones.setdefault(row.id, NamedZone(row.id, row.kind, row.name))
    done = [
        Done(
            kind=row.kind,
            done_at=row.done_at,
            results=results[row.id],
            zone_ids=tuple(inside.get(row.incident_id, ())),
        )
        for row in rows
    ]
    order = sorted(zones.values(), key=lambda zone: (zone.kind, zone.name, zone.id))
    return done, order


def load_judged(
    session: Session, zone_ids: Iterable[int], from_at: datetime, to_at: datetime
) -> dict[int, Judged]:
    """By zone the incidents of a stretch of time that count for a share."""
    dialect = dialect_of(session)
    columns = dialect.columns_of(
        session,
        select(
            IncidentZone.zone_id,
            dialect.micros(Incident.started_at).label("micros"),
            (Incident.verdict == Verdict.REPORTED).label("reported"),
        )
        .join(Incident, IncidentZone.incident_id == Incident.id)
        .where(
            dialect.one_of(IncidentZone.zone_id, zone_ids),
            Incident.merged_into_id.is_(None),
            Incident.verdict.in_([Verdict.REPORTED.value, Verdict.UNREPORTED.value]),
            Incident.started_at >= from_at,
            Incident.started_at < to_at,
        )
        .order_by(IncidentZone.zone_id, Incident.started_at, Incident.id),
    )
    zone, micros = (np.array(column, dtype=np.int64) for column in columns[:2])
    reported = np.array(columns[2], dtype=bool)
    ids, starts = np.unique(zone, return_index=True)
    ends = [*starts.tolist()[1:], len(zone)]
    return {
        int(each): Judged(micros[begin:end], reported[begin:end])
        for each, begin, end in zip(ids.tolist(), starts.tolist(), ends, strict=True)
    }


def first_incident_at(session: Session) -> datetime | None:
    """When the first incident there is began: nothing is known of the time before."""
    first: datetime | None = session.scalar(select(func.min(Incident.started_at)))
    return first


def _incidents_with_done() -> Any:
    return select(FollowUp.incident_id).where(FollowUp.state == FollowUpState.DONE)
