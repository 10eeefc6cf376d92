"""What each insight question over a year of a large city costs on PostGIS, against plain counting there.

CITY_LARGE over 365 days is about 50,000 incidents and 3.8 million calls (`loading.py`). Every question is
asked once, so that pages are in memory and code is loaded, and then in turn, round after round, each in a
session of its own; medians are printed, and their ratio to the reference, which is asked in the same rounds:

- counting: `SELECT count(*)` over the same incidents joined with their links, by one statement.

    python -m benchmarks.insight [--days 365] [--rounds 5] [--loaded URL] [--small]

`--loaded` names a database that `load_city` has filled already.
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.core.settings import Settings
from app.db import Database
from app.db.models import Incident, Link
from app.insight.follow_up_questions import FollowUpQuestion
from app.insight.follow_ups import measure_follow_ups
from app.insight.questions import By, ResponseBy, reporting_question, response_question
from app.insight.reporting import measure_reporting
from app.insight.response import measure_response
from app.insight.scorecard import measure_scorecard
from app.insight.scorecard_questions import ScorecardBy, scorecard_question
from app.insight.sensitivity import UNITS, Question, measure_sensitivity
from app.insight.unalerted import count_unalerted
from app.rules.store import rules_now
from app.simulate import CITY_LARGE
from benchmarks.databases import fresh_databases
from benchmarks.insight.loading import START, load_city

FULL_DAYS = 365.0
REGION = "US"
GOAL_S = 1.0
COUNTING = "counting"
Ask = Callable[[Session], object]


def main(arguments: Sequence[str] | None = None) -> None:
    """Load the city once and ask everything of it."""
    parser = argparse.ArgumentParser(prog="benchmarks.insight")
    parser.add_argument("--days", type=float, default=FULL_DAYS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--loaded", metavar="URL", help="a database that is filled already")
    parser.add_argument("--small", action="store_true", help="20 days, two rounds")
    options = parser.parse_args(arguments)
    if options.small:
        options.days, options.rounds = 20.0, 2
    with ExitStack() as stack:
        url = options.loaded
        if url is None:
            url = stack.enter_context(fresh_databases()).get("postgresql")
            if url is None:
                return
            begun = time.perf_counter()
            print(
                f"{load_city(url, options.days)}, loaded in {time.perf_counter() - begun:.0f} s", flush=True
            )
        _measure(url, options.days, options.rounds)


def _measure(url: str, days: float, rounds: int) -> None:
    zone = CITY_LARGE.time_zone
    database = Database(Settings(database_url=url, time_zone=zone, _env_file=None))
    asked = _questions(START, START + timedelta(days=days), ZoneInfo(zone))
    seconds: dict[str, list[float]] = {name: [] for name in asked}
    for number in range(rounds + 1):
        for name, ask in asked.items():
            begun = time.perf_counter()
            with database.read() as session:
                ask(session)
            if number:
                seconds[name].append(time.perf_counter() - begun)
    database.dispose()
    print(f"{rounds} rounds, the machine's load {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
    if days < FULL_DAYS:
        print(f"the goal is for {FULL_DAYS:g} days; fewer only show that it runs")
    reference = statistics.median(seconds[COUNTING])
    print(f"{'question':<32}{'median s':>10}{'slowest s':>11}{'× counting':>12}")
    for name, taken in seconds.items():
        median = statistics.median(taken)
        late = "  over a second" if median > GOAL_S else ""
        print(f"{name:<32}{median:>10.3f}{max(taken):>11.3f}{median / reference:>12.1f}{late}")


def _questions(begin: datetime, end: datetime, zone: ZoneInfo) -> dict[str, Ask]:
    """Every question by name, over the whole time, and of both halves of it."""
    middle = begin + (end - begin) / 2
    year: Mapping[str, Any] = {"from": begin, "to": end}
    halves: Mapping[str, Any] = {"from": middle, "to": end, "compare_from": begin, "compare_to": middle}

    def reporting(values: Mapping[str, Any]) -> Ask:
        return lambda session: measure_reporting(session, reporting_question(values), zone, REGION)

    def response(values: Mapping[str, Any]) -> Ask:
        return lambda session: measure_response(session, response_question(values))

    def scorecard(values: Mapping[str, Any]) -> Ask:
        return lambda session: measure_scorecard(session, scorecard_question(values), zone)

    def sensitivity(unit: str) -> Ask:
        question = Question(unit=unit, from_at=begin, to_at=end)
        return lambda session: measure_sensitivity(session, question, rules_now(session))

    return {
        COUNTING: lambda session: _count(session, begin, end),
        **{f"reporting by {by.value}": reporting({**year, "by": by.value}) for by in By},
        "reporting by zone, halves": reporting({**halves, "by": By.ZONE.value}),
        "of which calls without an alert": lambda session: count_unalerted(session, begin, end, zone),
        **{f"response by {by.value}": response({**year, "by": by.value}) for by in ResponseBy},
        "response by line, halves": response({**halves, "by": ResponseBy.LINE.value}),
        **{f"sensitivity of {unit}": sensitivity(unit) for unit in UNITS},
        **{f"scorecard by {by.value}": scorecard({**year, "by": by.value}) for by in ScorecardBy},
        "scorecard by source, halves": scorecard({**halves, "by": ScorecardBy.SOURCE.value}),
        "follow-ups": lambda session: measure_follow_ups(session, FollowUpQuestion(), end),
    }


def _count(session: Session, begin: datetime, end: datetime) -> int:
    statement = (
        select(func.count())
        .select_from(Incident)
        .join(Link, Link.incident_id == Incident.id)
        .where(Incident.started_at >= begin, Incident.started_at < end)
    )
    return session.scalar(statement) or 0


if __name__ == "__main__":
    main()
