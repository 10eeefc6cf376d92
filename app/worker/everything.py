"""Judging all of a stretch again, and fitting a background where there is none."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from app.core.clock import Clock
from app.db import Database
from app.db.models import Alert, Change
from app.domain.time import CLOCKS_MARGIN
from app.incidents.suggestions import FOLLOW_UP_ROUNDS
from app.rules.store import RulesInForce, put_in_force, rules_in_force
from app.worker.history import fit_from, load_history
from app.worker.round import has_work, run_round

OTHERS_AT_WORK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """What a full run did."""

    rules: RulesInForce
    fitted: bool
    changed: int
    from_at: datetime | None
    through_at: datetime | None


def correlate(
    database: Database,
    clock: Clock,
    zone_name: str,
    *,
    from_at: datetime | None,
    through_at: datetime | None,
    actor: str,
    progress: Callable[[datetime, datetime, datetime], None],
    follow_up_rounds: int = FOLLOW_UP_ROUNDS,
) -> Correlation:
    """Judge every alert of a stretch (None: all there are) again.

    `progress` is told, after each commit, the stretch's two ends and how far the work has come.
    """
    rules, fitted = ensure_background(database, zone_name, actor=actor, now=clock())
    with database.write() as session:
        first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
        low = first if fitted else _bounds(from_at, first, max)
        high = last if fitted else _bounds(through_at, last, min)
        if low is not None and high is not None and low <= high:
            session.add(Change(kind="all", from_at=low - CLOCKS_MARGIN, through_at=high + CLOCKS_MARGIN))
    changed = 0
    while True:
        result = run_round(database, clock(), zone_name, follow_up_rounds=follow_up_rounds)
        changed += result.changed
        if result.stretch is not None and low is not None and high is not None:
            progress(low, high, result.stretch[1])
        if result.more:
            database.yield_to_others()
        elif not has_work(database, clock()):
            break
        else:
            time.sleep(OTHERS_AT_WORK_S)
    return Correlation(rules=rules, fitted=fitted, changed=changed, from_at=low, through_at=high)


def ensure_background(
    database: Database, zone_name: str, *, actor: str, now: datetime
) -> tuple[RulesInForce, bool]:
    """The rules in force; a background is fitted for them if they had none and there are enough calls."""
    with database.write() as session:
        rules = rules_in_force(session, now)
    if rules.has_fitted_background:
        return rules, False
    with database.read() as session:
        background = fit_from(session, load_history(session), rules.parameters, zone_name)
    if background.calls == 0:
        return rules, False
    with database.write() as session:
        return put_in_force(session, rules.parameters, background, actor=actor, now=now), True


def _bounds(
    asked: datetime | None, there: datetime | None, stricter: Callable[[datetime, datetime], datetime]
) -> datetime | None:
    if there is None:
        return None
    return there if asked is None else stricter(asked, there)
