"""Which verdicts other rules would change, and which way; nothing is written."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.correlation.evidence import window_of
from app.correlation.judge import JudgedIncident, judge
from app.db.database import dialect_of
from app.db.models import Alert, Incident
from app.domain.time import from_micros, to_micros
from app.rules.store import RulesInForce
from app.sources.coverage import completeness_within, load_call_feeds
from app.worker.decisions import load_decisions
from app.worker.neighbourhood import (
    LoadedAlerts,
    SourceClock,
    load_alerts,
    load_calls,
    load_clocks,
    neighbourhoods,
)

EXAMPLES = 3
ALERTS_AT_ONCE = 1_000


@dataclass(slots=True, kw_only=True)
class Direction:
    """Incidents that would go from one verdict to another, with the first few of them."""

    before: str
    after: str
    count: int = 0
    examples: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Comparison:
    """What other rules would change.

    `regrouped` are incidents of alerts that form others now, `new` those of alerts that were never judged.
    """

    incidents: int = 0
    unchanged: int = 0
    regrouped: int = 0
    new: int = 0
    directions: dict[tuple[str, str], Direction] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        """As JSON, the most frequent direction first."""
        ordered = sorted(self.directions.values(), key=lambda each: (-each.count, each.before, each.after))
        return {
            "incidents": self.incidents,
            "unchanged": self.unchanged,
            "regrouped": self.regrouped,
            "new": self.new,
            "changes": [
                {"from": each.before, "to": each.after, "count": each.count, "examples": each.examples}
                for each in ordered
            ],
        }


def compare(
    session: Session,
    rules: RulesInForce,
    now: datetime,
    *,
    from_at: datetime | None,
    through_at: datetime | None,
    progress: Callable[[datetime, datetime, datetime], None],
) -> Comparison:
    """Judge every alert of a stretch (None: all) under other rules and hold it against what is stored."""
    found = Comparison()
    clocks = load_clocks(session)
    feeds = load_call_feeds(session)
    seen: set[int] = set()
    for low, high in _parts(session, clocks, from_at, through_at):
        region = to_micros(low), to_micros(high)
        for neighbourhood in neighbourhoods(session, [region], clocks, rules.parameters):
            if neighbourhood.alert_ids <= seen:
                continue
            alerts = load_alerts(session, neighbourhood, clocks)
            calls = load_calls(session, alerts, clocks, rules.parameters)
            completeness = completeness_within(
                session,
                feeds,
                window_of(*neighbourhood.stretch, rules.parameters),
                rules.background,
                rules.parameters.gap_expected_calls,
            )
            judged = judge(
                alerts.columns,
                calls,
                completeness,
                rules.background,
                rules.parameters,
                to_micros(now),
                load_decisions(session, alerts.columns, calls),
            )
            _compare(session, alerts, judged, seen, found)
        progress(from_at or low, through_at or high, high)
    return found


def _parts(
    session: Session,
    clocks: Mapping[int, SourceClock],
    from_at: datetime | None,
    through_at: datetime | None,
) -> list[tuple[datetime, datetime]]:
    """The stretch in parts of so many alerts, by the times that they truly began."""
    statement = select(Alert.source_id, Alert.started_at).where(Alert.started_at.is_not(None))
    if from_at is not None:
        statement = statement.where(Alert.started_at >= from_at)
    if through_at is not None:
        statement = statement.where(Alert.started_at < through_at)
    times = sorted(
        told - timedelta(microseconds=clocks[source_id].offset_micros)
        for source_id, told in session.execute(statement)
        if told is not None
    )
    starts = range(0, len(times), ALERTS_AT_ONCE)
    return [(times[start], times[min(start + ALERTS_AT_ONCE, len(times)) - 1]) for start in starts]


def _compare(
    session: Session,
    alerts: LoadedAlerts,
    judged: Iterable[JudgedIncident],
    seen: set[int],
    found: Comparison,
) -> None:
    ids = sorted({row["incident_id"] for row in alerts.rows if row["incident_id"] is not None})
    stored = {
        incident.id: incident
        for incident in session.scalars(select(Incident).where(dialect_of(session).one_of(Incident.id, ids)))
    }
    for incident in judged:
        rows = [alerts.rows[place] for place in incident.alerts.tolist()]
        own = {row["id"] for row in rows}
        if own <= seen:
            continue
        seen |= own
        found.incidents += 1
        of = {row["incident_id"] for row in rows}
        before = stored.get(rows[0]["incident_id"])
        if of == {None}:
            found.new += 1
            continue
        if before is None or len(of) > 1 or before.alert_count != len(rows):
            found.regrouped += 1
            continue
        if before.verdict == incident.verdict.value:
            found.unchanged += 1
            continue
        _note(found, before, incident)


def _note(found: Comparison, before: Incident, after: JudgedIncident) -> None:
    key = before.verdict, after.verdict.value
    direction = found.directions.setdefault(key, Direction(before=key[0], after=key[1]))
    direction.count += 1
    if len(direction.examples) < EXAMPLES:
        direction.examples.append(
            {
                "id": str(before.id),
                "number": before.number,
                "started_at": from_micros(after.started_micros),
                "probability_before": before.probability_reported,
                "probability_after": after.probability_reported,
                "reason_after": after.reason,
            }
        )
