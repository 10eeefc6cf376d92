"""The fixed-window table of what is stored: what enters it and what is only a partner."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.core.errors import InvalidParameterError
from app.db import Database
from app.domain.vocabulary import Nature
from app.insight.sensitivity import Question, Sensitivity, measure_sensitivity
from app.rules.store import rules_in_force
from tests.conftest import Clock
from tests.correlation.conftest import place
from tests.worker.conftest import Town, furnish, instant


@pytest.fixture
def town(database: Database, clock: Clock, add_feed: Callable[..., str]) -> Iterator[Town]:
    furnish(add_feed)
    clock.now = instant(864_000)
    told = Town(database, clock)
    told.alert("A", 0)
    told.alert("A2", 30, place(100))
    told.alert("B", 4000, place(3000))
    told.alert("gone", 0)
    told.retract("gone")
    told.alert("fireworks", 0, classification="fireworks")
    told.alert("nowhere", 0, where=())
    told.call("near", 50, place(80))
    told.call("tomorrow", 86_400 + 50, place(80))
    told.call("other", 50, place(80), nature="disturbance")
    told.call("sensor", 50, place(80), origin="sensor")
    told.call("lost", 50, where=())
    told.work_off()
    return told


def asked(town: Town, **question: Any) -> Sensitivity:
    with town.database.write() as session:
        return measure_sensitivity(session, Question(**question), rules_in_force(session, town.clock()))


def row(found: Sensitivity, minutes: int, radius_m: int) -> Any:
    return next(each for each in found.rows if (each.minutes, each.radius_m) == (minutes, radius_m))


def test_by_incidents_and_by_alerts(town: Town) -> None:
    found = asked(town)
    assert (found.denominator, found.alerts, found.calls) == (2, 3, 2)
    assert row(found, 1, 100).reported == 1
    assert row(found, 1, 100).calls_with_alert == 1
    assert row(found, 1, 100).chance == (0, 0, 0, 1, 0, 0)
    found = asked(town, unit="alerts")
    assert (found.denominator, row(found, 1, 100).reported) == (3, 2)


def test_which_natures_count_is_asked(town: Town) -> None:
    found = asked(town, natures=(Nature.DISTURBANCE,))
    assert (found.calls, row(found, 1, 100).reported) == (1, 1)


def test_the_period_is_closed_below_and_open_above(town: Town) -> None:
    assert asked(town, unit="alerts", from_at=instant(0), to_at=instant(30)).denominator == 1
    found = asked(town, unit="alerts", from_at=instant(30), to_at=instant(31))
    assert (found.denominator, found.calls) == (1, 0)
    assert row(found, 1, 100).reported == 1, "a call outside the period is a partner still"


def test_a_zone_that_is_not_there_is_said(town: Town) -> None:
    with pytest.raises(InvalidParameterError, match="none yet"):
        asked(town, zone="Harambee")
