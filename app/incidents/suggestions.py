"""What an unreported incident suggests, written by the worker with the verdict.

Two rules: many rounds suggest to search for evidence and to pull cameras; a second unreported incident at the
same place suggests outreach there. What stands in the end is a function of the incidents alone, in whatever
order they came, and of what people did: nobody's work is ever touched. Incidents that are long over suggest
nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, insert, or_, select, update
from sqlalchemy.orm import Session

from app.db.database import dialect_of
from app.db.models import Alert, FollowUp, FollowUpChange, Incident
from app.db.versions import changed_at, keep_versions
from app.domain.geodesy import is_within
from app.domain.vocabulary import FollowUpKind, FollowUpRule, FollowUpState, Verdict
from app.events.store import HISTORICAL_AFTER, is_historical
from app.incidents.queries import survivor

FOLLOW_UP_ROUNDS = 5
REPEAT_WITHIN = timedelta(days=30)
REPEAT_WITHIN_M = 200.0
# No incident lasts longer, so that what ended lately also began lately.
_LONGEST = timedelta(hours=1)
LOCK = "follow_ups"


@dataclass(frozen=True, slots=True)
class Place:
    """When and where an incident was."""

    started_at: datetime
    longitude: float | None
    latitude: float | None


@dataclass(frozen=True, slots=True)
class Noticed:
    """An incident that is or was unreported, and where it was before, if that is not where it is."""

    incident_id: int
    before: Place | None = None


Wanted = dict[tuple[FollowUpKind, FollowUpRule], str]


def suggest_follow_ups(
    session: Session, noticed: Sequence[Noticed], regrouped: Iterable[int], now: datetime, least_rounds: int
) -> None:
    """Bring the suggestions to what the incidents now suggest, in the transaction that wrote their verdicts.

    Workers take turns at this, so that of two incidents near each other the second sees the first.
    """
    moved = sorted(set(regrouped))
    if not noticed and not moved:
        return
    dialect_of(session).lock_log(session, LOCK)
    _follow_alerts(session, moved, now)
    for incident in _concerned(session, noticed, now):
        _bring_about(session, incident, _wanted(session, incident, least_rounds), now)


def _follow_alerts(session: Session, regrouped: Sequence[int], now: datetime) -> None:
    """Let people's work go with its founding alert, but not to one that is withdrawn from among others."""
    if not regrouped:
        return
    one_of = dialect_of(session).one_of
    statement = (
        select(FollowUp.id, FollowUp.incident_id, Alert.incident_id.label("home"), Incident.verdict)
        .join(Alert, FollowUp.alert_id == Alert.id)
        .join(Incident, Alert.incident_id == Incident.id)
        .where(
            FollowUp.is_touched,
            or_(one_of(FollowUp.incident_id, regrouped), one_of(Alert.incident_id, regrouped)),
        )
        .order_by(FollowUp.id)
    )
    for row in session.execute(statement).all():
        is_gone = row.verdict == Verdict.WITHDRAWN
        home = survivor(session, row.incident_id) if is_gone else row.home
        if home != row.incident_id:
            _change(session, FollowUp.id == row.id, now, incident_id=home)
            _tell(session, row.id, "earshot", now, {"incident_id": str(home)})


def _concerned(session: Session, noticed: Sequence[Noticed], now: datetime) -> list[Incident]:
    """The noticed incidents, and later ones near them: those that may suggest something, or did."""
    if not noticed:
        return []
    one_of = dialect_of(session).one_of
    ids = sorted({each.incident_id for each in noticed})
    own = session.scalars(
        select(Incident).where(one_of(Incident.id, ids)).execution_options(populate_existing=True)
    ).all()
    places = [each.before for each in noticed if each.before is not None]
    places += [Place(row.started_at, row.longitude, row.latitude) for row in own]
    first = min(place.started_at for place in places)
    last = max(place.started_at for place in places) + REPEAT_WITHIN
    followed = select(FollowUp.incident_id).where(FollowUp.rule.is_not(None))
    later = session.scalars(
        select(Incident)
        .where(
            Incident.started_at.between(first, last),
            or_(
                and_(
                    Incident.verdict == Verdict.UNREPORTED,
                    Incident.started_at >= now - HISTORICAL_AFTER - _LONGEST,
                ),
                Incident.id.in_(followed),
            ),
        )
        .execution_options(populate_existing=True)
    ).all()
    concerned = {row.id: row for row in later if row.id in ids or any(_is_near(row, each) for each in places)}
    concerned |= {row.id: row for row in own if not is_historical(now, row.ended_at)}
    return [concerned[incident_id] for incident_id in sorted(concerned)]


def _is_near(incident: Incident, place: Place) -> bool:
    """Whether an incident may be the later one of two, the earlier being at a place."""
    if not place.started_at <= incident.started_at <= place.started_at + REPEAT_WITHIN:
        return False
    longitude, latitude = incident.longitude, incident.latitude
    if longitude is None or latitude is None or place.longitude is None or place.latitude is None:
        return False
    return is_within(longitude, latitude, place.longitude, place.latitude, REPEAT_WITHIN_M)


def _wanted(session: Session, incident: Incident, least_rounds: int) -> Wanted:
    """What an incident suggests now, with the reason in words."""
    if incident.merged_into_id is not None or incident.verdict != Verdict.UNREPORTED:
        return {}
    wanted: Wanted = {}
    if incident.rounds is not None and incident.rounds >= least_rounds:
        reason = f"Nobody reported it, and {incident.rounds:,} rounds were heard."
        for kind in (FollowUpKind.EVIDENCE_SEARCH, FollowUpKind.CAMERA_PULL):
            wanted[kind, FollowUpRule.ROUNDS] = reason
    earlier = _earlier(session, incident)
    if earlier is not None:
        wanted[FollowUpKind.OUTREACH, FollowUpRule.REPEAT] = (
            f"Nobody reported it, nor incident {earlier}, within {REPEAT_WITHIN_M:.0f} m in the"
            f" {REPEAT_WITHIN.days} days before."
        )
    return wanted


def _earlier(session: Session, incident: Incident) -> str | None:
    """The number of the last unreported incident before this one at its place. Of one moment, by position."""
    longitude, latitude = incident.longitude, incident.latitude
    if longitude is None or latitude is None:
        return None
    statement = (
        select(Incident.number, Incident.started_at, Incident.longitude, Incident.latitude)
        .where(
            Incident.started_at.between(incident.started_at - REPEAT_WITHIN, incident.started_at),
            Incident.verdict == Verdict.UNREPORTED,
            Incident.merged_into_id.is_(None),
            Incident.id != incident.id,
            dialect_of(session).near(Incident, longitude, latitude, REPEAT_WITHIN_M),
        )
        .order_by(
            Incident.started_at.desc(),
            Incident.longitude.desc(),
            Incident.latitude.desc(),
            Incident.id.desc(),
        )
    )
    here = (incident.started_at, longitude, latitude)
    before = (row for row in session.execute(statement) if tuple(row[1:]) < here)
    return next((str(row.number) for row in before), None)


def _bring_about(session: Session, incident: Incident, wanted: Wanted, now: datetime) -> None:
    """Insert, dismiss and suggest again the rules' own; what a person touched stays as it is."""
    may_suggest = not is_historical(now, incident.ended_at)
    rows = session.execute(
        select(FollowUp.id, FollowUp.kind, FollowUp.rule, FollowUp.state)
        .where(FollowUp.incident_id == incident.id, FollowUp.rule.is_not(None))
        .order_by(FollowUp.id)
    ).all()
    there = set()
    for row in rows:
        key = (FollowUpKind(row.kind), FollowUpRule(row.rule))
        there.add(key)
        if key in wanted and row.state == FollowUpState.DISMISSED and may_suggest:
            _turn(session, row, FollowUpState.SUGGESTED, now, wanted[key])
        elif key not in wanted and row.state == FollowUpState.SUGGESTED:
            _turn(session, row, FollowUpState.DISMISSED, now, None)
    if may_suggest:
        for key, reason in wanted.items():
            if key not in there:
                _suggest(session, incident, *key, reason, now)


def _turn(session: Session, row: Any, state: FollowUpState, now: datetime, reason: str | None) -> None:
    said = {"reason": reason} if reason else {}
    untouched = and_(FollowUp.id == row.id, FollowUp.is_touched.is_(False))
    if _change(session, untouched, now, state=state.value, **said):
        _tell(session, row.id, f"rule:{row.rule}", now, {"state": state.value})


def _change(session: Session, condition: ColumnElement[bool], now: datetime, **values: Any) -> bool:
    """Change what meets a condition, and keep what it was; whether there was any."""
    follow_ups = FollowUp.__table__
    keep_versions(session, follow_ups, condition, now)
    changed = session.execute(
        update(FollowUp)
        .where(condition)
        .values(**values, updated_at=changed_at(follow_ups, now))
        .returning(FollowUp.id),
        execution_options={"synchronize_session": False},
    )
    return bool(changed.all())


def _suggest(
    session: Session, incident: Incident, kind: FollowUpKind, rule: FollowUpRule, reason: str, now: datetime
) -> None:
    actor = f"rule:{rule.value}"
    statement = insert(FollowUp).values(
        incident_id=incident.id,
        alert_id=incident.founding_alert_id,
        kind=kind.value,
        state=FollowUpState.SUGGESTED.value,
        rule=rule.value,
        reason=reason,
        results={},
        is_touched=False,
        created_by=actor,
        created_at=now,
        updated_at=now,
    )
    follow_up_id = session.scalars(statement.returning(FollowUp.id)).one()
    _tell(session, follow_up_id, actor, now, {"state": FollowUpState.SUGGESTED.value, "reason": reason})


def _tell(session: Session, follow_up_id: int, actor: str, now: datetime, fields: dict[str, Any]) -> None:
    session.execute(
        insert(FollowUpChange).values(follow_up_id=follow_up_id, actor=actor, changed_at=now, fields=fields)
    )
