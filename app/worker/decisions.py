"""Analysts' decisions as the core takes them, and the alerts that they tie to each other."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, or_, select
from sqlalchemy.orm import Session

from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.completeness import Interval, merge
from app.correlation.decisions import CallDecision
from app.db.database import dialect_of
from app.db.models import Alert, LinkDecision
from app.domain.time import from_micros, to_micros
from app.domain.vocabulary import Decision
from app.incidents.confirmations import confirmed_alerts
from app.worker.neighbourhood import SourceClock


def load_decisions(session: Session, alerts: AlertColumns, calls: CallColumns) -> list[CallDecision]:
    """Analysts' last words about any of these alerts or calls; those left to the evidence are none.

    A confirmed call has one alert, of the incident that it belongs to, whether or not it is among these.
    """
    one_of = dialect_of(session).one_of
    said = LinkDecision.__table__.c
    concerned = or_(one_of(said.alert_id, alerts.id.tolist()), one_of(said.call_id, calls.id.tolist()))
    last: dict[tuple[int, int], str] = {}
    statement = select(said.alert_id, said.call_id, said.decision).where(concerned).order_by(said.id)
    for row in session.connection().execute(statement):
        last[row.alert_id, row.call_id] = row.decision
    confirmed = {call_id for (_, call_id), word in last.items() if word == Decision.CONFIRMED}
    return [
        *(
            CallDecision(alert_id, call_id, is_confirmed=False)
            for (alert_id, call_id), word in last.items()
            if word == Decision.REJECTED
        ),
        *(
            CallDecision(home.alert_id, call_id, is_confirmed=True)
            for call_id, (home, *_) in confirmed_alerts(session, confirmed).items()
        ),
    ]


def with_tied(
    session: Session, stretches: Sequence[Interval], clocks: Mapping[int, SourceClock]
) -> list[Interval]:
    """The stretches, and the times of alerts to which a call passes on when one in a stretch is retracted."""
    farthest = timedelta(microseconds=max((abs(each.offset_micros) for each in clocks.values()), default=0))
    first, last = from_micros(stretches[0][0]) - farthest, from_micros(stretches[-1][1]) + farthest
    found = session.connection().execute(_tied(), {"first": first, "last": last})
    times = [to_micros(row.started_at) - clocks[row.source_id].offset_micros for row in found]
    return merge([*stretches, *((time, time) for time in times)])


@cache
def _tied() -> Select[Any]:
    """Source and time of alerts that share a confirmed call with one between `first` and `last`.

    Made once: making it takes longer than its answer, and every round asks.
    """
    alerts, decisions = Alert.__table__, LinkDecision.__table__
    here, there = alerts.alias(), alerts.alias()
    of_here, of_there = decisions.alias(), decisions.alias()
    return (
        select(there.c.source_id, there.c.started_at)
        .distinct()
        .join_from(of_here, here, of_here.c.alert_id == here.c.id)
        .join(of_there, of_there.c.call_id == of_here.c.call_id)
        .join(there, of_there.c.alert_id == there.c.id)
        .where(
            of_here.c.decision == Decision.CONFIRMED,
            of_there.c.decision == Decision.CONFIRMED,
            here.c.id != there.c.id,
            here.c.started_at.between(bindparam("first"), bindparam("last")),
            there.c.started_at.is_not(None),
        )
    )
