"""Analysts' decisions as the core takes them, and the alerts that they tie to each other."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased

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
    concerned = or_(
        one_of(LinkDecision.alert_id, alerts.id.tolist()), one_of(LinkDecision.call_id, calls.id.tolist())
    )
    last: dict[tuple[int, int], str] = {}
    statement = select(LinkDecision.alert_id, LinkDecision.call_id, LinkDecision.decision)
    for row in session.execute(statement.where(concerned).order_by(LinkDecision.id)):
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
    here, there = aliased(Alert), aliased(Alert)
    of_here, of_there = aliased(LinkDecision), aliased(LinkDecision)
    farthest = timedelta(microseconds=max((abs(each.offset_micros) for each in clocks.values()), default=0))
    statement = (
        select(there.source_id, there.started_at)
        .distinct()
        .join_from(of_here, here, of_here.alert_id == here.id)
        .join(of_there, of_there.call_id == of_here.call_id)
        .join(there, of_there.alert_id == there.id)
        .where(
            of_here.decision == Decision.CONFIRMED,
            of_there.decision == Decision.CONFIRMED,
            here.id != there.id,
            here.started_at.between(
                from_micros(stretches[0][0]) - farthest, from_micros(stretches[-1][1]) + farthest
            ),
            there.started_at.is_not(None),
        )
    )
    times = [
        to_micros(row.started_at) - clocks[row.source_id].offset_micros for row in session.execute(statement)
    ]
    return merge([*stretches, *((time, time) for time in times)])
