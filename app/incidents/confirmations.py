"""Which incident a confirmed call belongs to, however its alerts are grouped, revised or retracted since.

A call is confirmed for all the alerts that an incident had. It belongs to the incident of the first of them
that is still active, else of the first; by true time, then by source and id, never by arrival.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import Alert, LinkDecision, Source
from app.domain.vocabulary import AlertStatus, Classification, Decision
from app.sources.feeds import compiled_mapping


class ConfirmedAlert(NamedTuple):
    """An alert that a call is confirmed for."""

    alert_id: int
    incident_id: int | None
    is_active: bool
    started_at: datetime | None
    source_id: int


def confirmed_alerts(session: Session, call_ids: Iterable[int]) -> dict[int, list[ConfirmedAlert]]:
    """The alerts that calls are confirmed for, by call, the one that it belongs to first.

    Calls that are confirmed for none are left out. Times are by the sources' own clocks.
    """
    wanted = sorted(set(call_ids))
    if not wanted:
        return {}
    statement = (
        select(
            *(getattr(LinkDecision, name) for name in ("alert_id", "call_id", "decision")),
            *(getattr(Alert, name) for name in ("incident_id", "status", "classification", "started_at")),
            *(getattr(Alert, name) for name in ("source_id", "external_id")),
            Source.name.label("source"),
            Source.mapping,
        )
        .join(Alert, LinkDecision.alert_id == Alert.id)
        .join(Source, Alert.source_id == Source.id)
        .where(dialect_of(session).one_of(LinkDecision.call_id, wanted))
        .order_by(LinkDecision.id)
    )
    last = {(row.call_id, row.alert_id): row for row in session.execute(statement)}
    ranked: dict[int, list[tuple[tuple[bool, bool, datetime | None, str, str], ConfirmedAlert]]] = {}
    for (call_id, alert_id), row in last.items():
        if row.decision != Decision.CONFIRMED:
            continue
        is_active = row.status == AlertStatus.ACTIVE and Classification(row.classification).is_gunfire
        offset = timedelta(seconds=compiled_mapping(row.mapping).clock_offset_s)
        started = None if row.started_at is None else row.started_at - offset
        rank = (not is_active, started is None, started, row.source, row.external_id)
        alert = ConfirmedAlert(alert_id, row.incident_id, is_active, row.started_at, row.source_id)
        ranked.setdefault(call_id, []).append((rank, alert))
    return {
        call_id: [alert for _, alert in sorted(alerts, key=lambda each: each[0])]
        for call_id, alerts in ranked.items()
    }
