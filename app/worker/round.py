"""One round of work: claim what changed, judge its neighbourhood, write what is different, in one commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from types import ModuleType
from typing import Any

from sqlalchemy import Integer, Select, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from app.correlation.completeness import Interval, merge
from app.correlation.evidence import window_of
from app.correlation.judge import judge
from app.correlation.parameters import Parameters
from app.db import Database
from app.db.database import dialect_of
from app.db.models import Alert, Change, Incident
from app.domain.time import CLOCKS_MARGIN, from_micros, to_micros
from app.events import append_events
from app.events.store import NewEvent
from app.incidents.suggestions import FOLLOW_UP_ROUNDS, Noticed, suggest_follow_ups
from app.places.zones import load_zone_index
from app.rules.store import RulesInForce, rules_in_force
from app.sources.coverage import CallFeed, completeness_within, load_call_feeds, widen_by_gap
from app.worker.decisions import load_decisions, with_tied
from app.worker.neighbourhood import (
    MICROS,
    Neighbourhood,
    SourceClock,
    alert_reach,
    load_alerts,
    load_calls,
    load_clocks,
    neighbourhoods,
)
from app.worker.scene import Scene
from app.worker.write import write_incidents

MOST_CHANGES = 2_000
MOST_REVISITS = 500
MOST_ALERTS = 1_000
REST = "rest"
FORGOTTEN_AFTER = timedelta(hours=1)
MOST_SLABS = 1_000
RETRY_AFTER = timedelta(minutes=5)
_SLAB_MICROS = 3600 * MICROS
_LOCK_ATTEMPTS = 5

# Statements of every round, made once: making one takes about as long as its answer.
_CHANGES: Any = Change.__table__
_INCIDENTS: Any = Incident.__table__
_IS_DUE = or_(_CHANGES.c.retry_at.is_(None), _CHANGES.c.retry_at <= bindparam("now"))
_WAITING = select(_CHANGES.c.id).where(_IS_DUE).order_by(_CHANGES.c.id).limit(1)
_COUNT = select(func.count()).select_from(_CHANGES)
# Incidents whose time has come, the longest waiting first.
_DUE = (
    select(_INCIDENTS.c.id, _INCIDENTS.c.started_at, _INCIDENTS.c.ended_at)
    .where(_INCIDENTS.c.revisit_at <= bindparam("now"), _INCIDENTS.c.merged_into_id.is_(None))
    .order_by(_INCIDENTS.c.revisit_at, _INCIDENTS.c.id)
    .limit(bindparam("most", type_=Integer()))
)
_STARTED_AT: Any = Alert.__table__.c.started_at
_TIMES = (
    select(_STARTED_AT)
    .where(_STARTED_AT.between(bindparam("low"), bindparam("high")))
    .order_by(_STARTED_AT)
    .limit(bindparam("most", type_=Integer()))
)
_NEXT = select(func.min(_INCIDENTS.c.revisit_at)).where(_INCIDENTS.c.merged_into_id.is_(None))


class NeighbourhoodGrowsError(RuntimeError):
    """The alerts around a change went on growing while they were being locked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """What one round did: incidents that changed, and whether there may be more to do."""

    changed: int
    verdicts: tuple[str, ...]
    more: bool
    stretch: tuple[datetime, datetime] | None


def run_round(
    database: Database,
    now: datetime,
    zone_name: str,
    *,
    most: int | None = None,
    follow_up_rounds: int = FOLLOW_UP_ROUNDS,
) -> RoundResult:
    """Work off some of what waits. Idempotent: a round that dies is repeated by the next.

    With `most` no more than so many things that wait, changes first: to find the one that fails. From
    `follow_up_rounds` rounds on, what nobody reported is to be followed up.
    """
    with database.write() as session:
        claimed = _claim(session, now, most)
        if not claimed.fresh and not claimed.widened_before:
            return RoundResult(changed=0, verdicts=(), more=False, stretch=None)
        rules = rules_in_force(session, now)
        feeds = load_call_feeds(session)
        threshold = rules.parameters.gap_expected_calls
        fresh = merge(
            part
            for stretch in merge(claimed.fresh)
            for part in widen_by_gap(session, feeds, stretch, rules.background, threshold)
        )
        first, rest = _first_part(session, [*fresh, *merge(claimed.widened_before)])
        _put_back(session, rest)
        clocks = load_clocks(session)
        concerned = with_tied(session, first, clocks)
        zones = load_zone_index(session)
        verdicts: list[str] = []
        events: list[NewEvent] = []
        noticed: list[Noticed] = []
        regrouped: set[int] = set()
        changed = 0
        for neighbourhood in _lock_neighbourhoods(session, concerned, clocks, rules.parameters):
            scene = Scene(
                session=session,
                alerts=load_alerts(session, neighbourhood, clocks),
                zones=zones,
                rules_version=rules.version,
                now=now,
                zone_name=zone_name,
            )
            _judge(scene, neighbourhood.stretch, rules, feeds, clocks)
            changed += scene.changed
            verdicts.extend(scene.verdicts)
            events.extend(scene.events)
            noticed.extend(scene.noticed)
            regrouped |= scene.regrouped
        suggest_follow_ups(session, noticed, regrouped, now, follow_up_rounds)
        append_events(session, events)
    return RoundResult(
        changed=changed,
        verdicts=tuple(verdicts),
        more=True,
        stretch=(from_micros(first[0][0]), from_micros(first[-1][1])),
    )


def put_off_failing(database: Database, now: datetime) -> None:
    """After a round of one thing that failed: let it wait, so that the others do not."""
    with database.write() as session:
        change = session.scalar(_WAITING, {"now": now})
        if change is not None:
            session.execute(update(Change).where(Change.id == change).values(retry_at=now + RETRY_AFTER))
            return
        incident = session.scalar(_DUE, {"now": now, "most": 1})
        # No version of it is kept: when the worker looks again is in no answer.
        session.execute(
            update(Incident).where(Incident.id == incident).values(revisit_at=now + RETRY_AFTER),
            execution_options={"synchronize_session": False},
        )


def has_work(database: Database, now: datetime) -> bool:
    """Whether anything waits, seen without writing: a poll must not make other processes' commits wait."""
    with database.read_once() as connection:
        return (
            connection.scalar(_WAITING, {"now": now}) is not None
            or connection.scalar(_DUE, {"now": now, "most": 1}) is not None
        )


def recall_forgotten(session: Session, now: datetime) -> int:
    """Queue alerts that have a time but no incident an hour after they came; how many there were.

    A change is told in the clock that a source's mapping had when it was stored; should the mapping change in
    that very moment, nothing else would look at the alert again.
    """
    count, first, last = session.execute(
        select(func.count(), func.min(Alert.started_at), func.max(Alert.started_at)).where(
            Alert.incident_id.is_(None),
            Alert.started_at.is_not(None),
            Alert.stored_at < now - FORGOTTEN_AFTER,
        )
    ).one()
    if first is not None and last is not None:
        session.add(Change(kind="recall", from_at=first - CLOCKS_MARGIN, through_at=last + CLOCKS_MARGIN))
    return int(count)


def next_revisit(database: Database) -> datetime | None:
    """When time alone will next change a verdict."""
    with database.read_once() as connection:
        found: datetime | None = connection.scalar(_NEXT)
        return found


def changes_waiting(database: Database) -> int:
    """How many changes nobody has looked at yet."""
    with database.read_once() as connection:
        return int(connection.scalar(_COUNT) or 0)


@dataclass(frozen=True, slots=True)
class Claimed:
    """Stretches taken off the queue: new ones, and the rest of those that an earlier round widened."""

    fresh: list[Interval]
    widened_before: list[Interval]


def _claim(session: Session, now: datetime, most: int | None) -> Claimed:
    """Take changes off the queue (nobody else does until the commit), and incidents whose time has come."""
    dialect, connection = dialect_of(session), session.connection()
    rows = connection.execute(_to_claim(dialect), {"now": now, "most": most or MOST_CHANGES}).all()
    if rows:
        connection.execute(delete(_CHANGES).where(dialect.one_of(_CHANGES.c.id, [row.id for row in rows])))
    # Not locked: a worker that holds their slabs may be about to write them, and we wait for its slabs.
    room = MOST_REVISITS if most is None else min(most - len(rows), MOST_REVISITS)
    due = connection.execute(_DUE, {"now": now, "most": room}).all()
    spans = [(row.from_at, row.through_at) for row in rows if row.kind != REST]
    spans += [(row.started_at, row.ended_at) for row in due]
    rest = [(row.from_at, row.through_at) for row in rows if row.kind == REST]
    return Claimed(_in_micros(spans), _in_micros(rest))


@cache
def _to_claim(dialect: ModuleType) -> Select[Any]:
    columns = (_CHANGES.c[name] for name in ("id", "kind", "from_at", "through_at"))
    claimed: Select[Any] = dialect.claim(
        select(*columns).where(_IS_DUE).order_by(_CHANGES.c.id).limit(bindparam("most", type_=Integer()))
    )
    return claimed


def _in_micros(spans: Iterable[tuple[datetime, datetime]]) -> list[Interval]:
    return [(to_micros(low), to_micros(high)) for low, high in spans]


def _first_part(session: Session, stretches: Sequence[Interval]) -> tuple[list[Interval], list[Interval]]:
    """As much as one commit should hold, by the number of alerts in it, and the rest; both in order of time.

    What comes first is taken first: what came in just now does not wait until years are judged again.
    """
    room = MOST_ALERTS
    first: list[Interval] = []
    rest: list[Interval] = []
    for low, high in stretches:
        if room <= 0:
            rest.append((low, high))
            continue
        span = {"low": from_micros(low), "high": from_micros(high), "most": room + 1}
        times = session.connection().scalars(_TIMES, span).all()
        end = to_micros(times[-1]) if len(times) > room and times[-1] is not None else high
        room -= len(times)
        first.append((low, end))
        if end < high:
            rest.append((end + 1, high))
    return merge(first), merge(rest)


def _put_back(session: Session, stretches: Sequence[Interval]) -> None:
    if stretches:
        session.execute(
            insert(Change),
            [
                {"kind": REST, "from_at": from_micros(low), "through_at": from_micros(high)}
                for low, high in stretches
            ],
        )


def _lock_neighbourhoods(
    session: Session,
    stretches: Sequence[Interval],
    clocks: dict[int, SourceClock],
    parameters: Parameters,
) -> list[Neighbourhood]:
    """The alerts to judge, locked against other workers by the hours that they lie in.

    A neighbourhood may have grown between looking and locking, so it is looked at again under the lock; the
    hours are taken in ascending order, once more for what grew.
    """
    locked: set[int] = set()
    regions = merge(alert_reach(stretch, parameters) for stretch in stretches)
    for _ in range(_LOCK_ATTEMPTS):
        found = neighbourhoods(session, regions, clocks, parameters)
        slabs = {
            slab
            for low, high in (each.stretch for each in found)
            for slab in range(low // _SLAB_MICROS, high // _SLAB_MICROS + 1)
        }
        if slabs <= locked:
            return found
        lock_all = not locked and len(slabs) > MOST_SLABS
        dialect_of(session).lock_slabs(session, None if lock_all else slabs - locked)
        locked |= slabs
    raise NeighbourhoodGrowsError("alerts come in faster than they can be locked; the round is repeated")


def _judge(
    scene: Scene,
    region: Interval,
    rules: RulesInForce,
    feeds: Sequence[CallFeed],
    clocks: dict[int, SourceClock],
) -> None:
    """Judge the alerts of a scene by the calls around them, and write what differs."""
    parameters = rules.parameters
    completeness = completeness_within(
        scene.session,
        feeds,
        window_of(*region, parameters),
        rules.background,
        parameters.gap_expected_calls,
    )
    calls = load_calls(scene.session, scene.alerts, clocks, parameters)
    judged = judge(
        scene.alerts.columns,
        calls,
        completeness,
        rules.background,
        parameters,
        to_micros(scene.now),
        load_decisions(scene.session, scene.alerts.columns, calls),
    )
    write_incidents(scene, judged)
