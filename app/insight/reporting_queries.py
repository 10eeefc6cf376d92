"""The SQL of the share reported: every figure by one GROUP BY over incidents, on both databases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Select, case, cast, func, literal, select
from sqlalchemy.orm import Session, aliased

from app.db.database import dialect_of
from app.db.models import Alert, Incident, IncidentZone, Zone
from app.domain.vocabulary import AlertStatus, Verdict, ZoneKind
from app.insight import groups
from app.insight.groups import Group
from app.insight.questions import By
from app.insight.tally import NANO, RECLASSIFIED, RETRACTED, Tally

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR
# Whole weeks, added so that times before Thursday 1970-01-01 divide alike on both databases.
_WEEKS = 10_000
_SHIFT = _WEEKS * 7 * _DAY
_THURSDAY_HOURS = 3 * 24

Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Which incidents there are: how many, from when to when, and under which rules they were judged."""

    count: int
    first_at: datetime | None
    last_at: datetime | None
    rules_versions: tuple[tuple[str, int], ...]


def scope_of(session: Session, conditions: Conditions) -> Scope:
    """How many incidents meet the conditions, and what they span."""
    rows = session.execute(
        select(
            Incident.rules_version,
            func.count().label("count"),
            func.min(Incident.started_at).label("first"),
            func.max(Incident.started_at).label("last"),
        )
        .where(*conditions)
        .group_by(Incident.rules_version)
        .order_by(Incident.rules_version)
    ).all()
    return Scope(
        count=sum(row._mapping["count"] for row in rows),
        first_at=min((row.first for row in rows), default=None),
        last_at=max((row.last for row in rows), default=None),
        rules_versions=tuple((row.rules_version, row._mapping["count"]) for row in rows),
    )


def tally_groups(
    session: Session,
    conditions: Conditions,
    by: By,
    scope: Scope,
    zone: ZoneInfo,
    *,
    zone_kind: str | None = None,
    by_calendar_month: bool = False,
    holidays: Mapping[int, str] = groups.NO_HOLIDAYS,
) -> dict[Group, Tally]:
    """The tally of every group that has incidents. One statement; an incident in two zones is in both."""
    if scope.first_at is None or scope.last_at is None:
        return {}
    keys, name_of, statement = _grouping(by, zone_kind, by_calendar_month, holidays)
    if by in (By.HOUR, By.WEEKDAY, By.HOUR_WEEKDAY, By.MONTH, By.HOLIDAY):
        local = _local_micros(session, zone, scope.first_at, scope.last_at)
        keys = [_time_key(by, local)]
    labelled = [key.label(f"key_{place}") for place, key in enumerate(keys)]
    inner = statement.add_columns(
        *labelled, _outcome().label("outcome"), Incident.disposition, Incident.probability_reported
    )
    narrow = inner.where(*conditions).subquery()
    names = [narrow.c[label.name] for label in labelled]
    probability = narrow.c.probability_reported
    counted = select(
        *names,
        narrow.c.outcome,
        narrow.c.disposition,
        func.count().label("incidents"),
        func.sum(cast(func.round(probability * NANO), BigInteger)).label("expected_nano"),
        func.count(probability).label("weighed"),
    ).group_by(*names, narrow.c.outcome, narrow.c.disposition)
    tallies: dict[Group, Tally] = {}
    for *key, outcome, disposition, count, expected_nano, weighed in session.execute(counted):
        tally = tallies.setdefault(name_of(*key), Tally())
        tally.add(outcome, disposition, count, int(expected_nano or 0), weighed)
    return tallies


def _grouping(
    by: By, zone_kind: str | None, by_calendar_month: bool, holidays: Mapping[int, str]
) -> tuple[list[ColumnElement[Any]], Callable[..., Group], Select[Any]]:
    """What to group by, how a key becomes a group, and the statement that the keys are read from."""
    plain = select().select_from(Incident)
    if by is By.ZONE:
        kinds = Zone.kind == zone_kind if zone_kind else Zone.kind != ZoneKind.COVERAGE
        inside = (
            select(IncidentZone.incident_id, Zone.id, Zone.name, Zone.kind)
            .join(Zone, IncidentZone.zone_id == Zone.id)
            .where(kinds)
            .subquery()
        )
        joined = select().select_from(Incident).outerjoin(inside, inside.c.incident_id == Incident.id)
        return [inside.c.id, inside.c.name, inside.c.kind], _of_zone, joined
    if by is By.ROUNDS:
        return [Incident.rounds.expression], groups.of_rounds, plain
    if by is By.CLASSIFICATION:
        return [Incident.classification.expression], groups.of_classification, plain
    of_day = groups.of_calendar_month if by_calendar_month else groups.of_month
    named: dict[By, Callable[..., Group]] = {
        By.HOUR: groups.of_hour,
        By.HOUR_WEEKDAY: groups.of_week_hour,
        By.WEEKDAY: partial(_of_shifted_day, groups.of_weekday),
        By.MONTH: partial(_of_shifted_day, of_day),
        By.HOLIDAY: partial(_of_shifted_day, partial(groups.of_holiday, holidays)),
    }
    return [], named[by], plain


def _of_zone(zone_id: int | None, name: str | None, kind: str | None) -> Group:
    return groups.NOT_KNOWN if zone_id is None else Group(name=name, zone_id=zone_id, zone_kind=kind)


def _of_shifted_day(of_day: Callable[[int], Group], day: int) -> Group:
    return of_day(day - _WEEKS * 7)


def _outcome() -> ColumnElement[str]:
    """The verdict; of a withdrawn incident whether the vendor took its alerts back or heard them anew."""
    withdrawn = aliased(Incident)
    # Not EXISTS: looked up for each incident, it makes the planner think of half a million reads.
    stands = Incident.id.in_(
        select(Alert.incident_id)
        .join(withdrawn, Alert.incident_id == withdrawn.id)
        .where(withdrawn.verdict == Verdict.WITHDRAWN, Alert.status == AlertStatus.ACTIVE)
    )
    return case(
        (Incident.verdict != Verdict.WITHDRAWN, Incident.verdict),
        (stands, literal(RECLASSIFIED)),
        else_=literal(RETRACTED),
    )


def _local_micros(session: Session, zone: ZoneInfo, first: datetime, last: datetime) -> ColumnElement[int]:
    """The wall clock of a zone at an incident's start, in microseconds, shifted by whole weeks."""
    micros = dialect_of(session).micros(Incident.started_at)
    changes = groups.offset_changes(zone, first, last)
    offset: ColumnElement[int] = literal(changes[0][1] + _SHIFT, BigInteger)
    if len(changes) > 1:
        until = [
            (micros < literal(changed, BigInteger), literal(before + _SHIFT, BigInteger))
            for (_, before), (changed, _) in pairwise(changes)
        ]
        offset = case(*until, else_=literal(changes[-1][1] + _SHIFT, BigInteger))
    local: ColumnElement[int] = micros + offset
    return local


def _time_key(by: By, local: ColumnElement[int]) -> ColumnElement[Any]:
    hours = local // literal(_HOUR, BigInteger)
    if by is By.HOUR:
        return hours % literal(24, BigInteger)
    if by is By.HOUR_WEEKDAY:
        return (hours + literal(_THURSDAY_HOURS, BigInteger)) % literal(168, BigInteger)
    return local // literal(_DAY, BigInteger)
