"""The whole function: what it says of each incident, and that nothing far away changes it."""

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from app.correlation.background import Background, unknown_background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.completeness import FeedCompleteness
from app.correlation.components import joint_components
from app.correlation.decisions import CallDecision
from app.correlation.evidence import find_candidates
from app.correlation.grouping import group
from app.correlation.judge import JudgedIncident, judge
from app.correlation.parameters import NATURES, Parameters
from app.domain.vocabulary import Decision, Verdict
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place

PARAMETERS = Parameters()
WHOLE = [FeedCompleteness(source="cad", covered=((at(-90_000), at(90_000)),))]
HALF = [FeedCompleteness(source="cad", covered=((at(-90_000), at(2_000)),))]


def busy(calls_an_hour: float) -> Background:
    """A city of 400 km2 with so many calls of each nature."""
    rates = {nature.value: calls_an_hour / 3600 / 4e8 for nature in NATURES}
    return replace(unknown_background(), rate_s_m2=rates, area_m2=4e8)


def judged(alerts: AlertColumns, calls: CallColumns, **changes: Any) -> list[JudgedIncident]:
    values = {"feeds": WHOLE, "background": unknown_background(), "parameters": PARAMETERS,
              "now_micros": at(90_000), **changes}  # fmt: skip
    return judge(alerts, calls, **values)


def outcome(found: JudgedIncident, alerts: AlertColumns) -> dict[str, Any]:
    """All fields, the alerts by their ids: equal when every bit is."""
    values = {field.name: getattr(found, field.name) for field in fields(found)}
    return {**values, "alerts": alerts.id[found.alerts].tolist()}


def test_a_link_shows_all_terms_and_their_sum() -> None:
    (found,) = judged(alert_columns((0, place())), call_columns((60, place(100)), (700, place(1100))))
    assert [link.call_id for link in found.links] == [101, 102]
    for link in found.links:
        assert link.terms is not None
        parts = (link.terms.prior, link.terms.time, link.terms.distance, link.terms.nature)
        assert link.terms.total == pytest.approx(sum(parts) + link.terms.background)
        assert link.terms.live_factor == 1.0
        assert link.decision is Decision.AUTOMATIC
        assert link.probability_without is not None
    assert found.links[0].probability > 0.95
    assert found.links[1].probability < 0.5
    assert found.first_call_lag_s == 60
    assert found.reason.startswith("A shots fired call 60 s after and 100 m away reports it")


def test_a_call_is_decisive_when_the_verdict_rests_on_it() -> None:
    alerts = alert_columns((0, place()))
    (one,) = judged(alerts, call_columns((60, place(100))))
    assert [link.is_decisive for link in one.links] == [True]
    assert one.links[0].probability_without == 0.0
    (two,) = judged(alerts, call_columns((60, place(100)), (70, place(100))))
    assert [link.is_decisive for link in two.links] == [False, False]
    assert two.links[1].probability_without == pytest.approx(one.probability_reported)
    (none,) = judged(alerts, call_columns((60, place(1900))))
    assert not any(link.is_decisive for link in none.links)


def test_a_call_too_weak_to_be_evidence_is_no_link() -> None:
    (found,) = judged(alert_columns((0, place())), call_columns((899, place(1990))))
    assert found.links == ()
    assert found.verdict is Verdict.UNREPORTED
    assert found.reason.startswith("No citizen call within 15 min and 2,000 m explains it; call feed")


def test_a_busy_night_weakens_every_call_and_says_so() -> None:
    """Eight times the calls of a usual hour all over the city: the same call speaks for less."""
    alerts, near = alert_columns((0, place())), (60.0, place(300))
    city = [(float(time), place(20_000)) for time in range(-800, -480, 10)]
    background = busy(8)
    (quiet,) = judged(alerts, call_columns(near), background=background)
    (loud,) = judged(alerts, call_columns(*city, near), background=background)
    before, after = quiet.links[0].terms, loud.links[0].terms
    assert before is not None
    assert after is not None
    assert before.live_factor == 1.0
    assert after.live_factor == pytest.approx(2 ** (6 / 2) * 2), "and twice that, in a surge"
    assert after.background == pytest.approx(before.background - np.log(after.live_factor))
    assert (after.time, after.distance, after.nature) == (before.time, before.distance, before.nature)
    assert loud.links[0].probability < quiet.links[0].probability


def test_two_shootings_a_minute_apart_do_not_both_have_the_one_caller() -> None:
    alerts = alert_columns((0, place()), (90, place(200)))
    found = judged(alerts, call_columns((150, place(180))))
    probabilities = [each.probability_reported for each in found]
    assert sum(each for each in probabilities if each is not None) == pytest.approx(1.0, abs=0.05)
    assert [each.verdict for each in found].count(Verdict.REPORTED) == 1
    assert all(each.needs_review for each in found)


def crowd(seed: int) -> tuple[AlertColumns, CallColumns, list[CallDecision]]:
    """A busy hour in which calls belong to one or several incidents, and analysts have said a few things."""
    random = np.random.default_rng(seed)
    started, received = np.sort(random.uniform(0, 4000, 70)), np.sort(random.uniform(-900, 5000, 300))
    alerts = alert_columns(
        *[(time, NOWHERE if number % 17 == 3 else place(*random.uniform(0, 8000, 2)))
          for number, time in enumerate(started)],
        active=(random.random(70) < 0.9).tolist(),
    )  # fmt: skip
    calls = call_columns(
        *[(time, NOWHERE if number % 19 == 3 else place(*random.uniform(0, 8000, 2)))
          for number, time in enumerate(received)],
        nature=random.integers(0, len(NATURES), 300),
        counts_as_report=random.random(300) < 0.8,
        uncertainty_m=random.choice([np.nan, 30.0, 400.0], 300),
    )  # fmt: skip
    decisions = [
        CallDecision(alert, call, confirmed)
        for alert, call, confirmed in zip(
            random.integers(1, 71, 12).tolist(),
            random.integers(101, 401, 12).tolist(),
            (random.random(12) < 0.5).tolist(),
            strict=True,
        )
    ]
    return alerts, calls, decisions


@pytest.mark.parametrize("feeds", [WHOLE, HALF, []])
@pytest.mark.parametrize("seed", range(3))
def test_each_component_judged_alone_has_the_bits_of_all_together(
    seed: int, feeds: list[FeedCompleteness]
) -> None:
    """Given all calls and decisions; of the alerts only those that share a call with one of interest."""
    alerts, calls, decisions = crowd(seed)
    asked = {"feeds": feeds, "background": busy(30), "decisions": decisions}
    together = judged(alerts, calls, **asked)
    groups = group(alerts, PARAMETERS)
    candidates = find_candidates(alerts, groups, calls, busy(30), PARAMETERS)
    shared, _ = joint_components(
        candidates.incident,
        candidates.call,
        np.exp(candidates.total),
        floor=PARAMETERS.link_floor,
        most=len(groups),
    )
    joined = {incident for members in shared for incident in members}
    assert 5 < len(joined) < len(groups) - 5
    for members in shared + [[number] for number in range(len(groups)) if number not in joined]:
        own = alerts.take(np.sort(np.concatenate([groups[number] for number in members])))
        alone = [outcome(each, own) for each in judged(own, calls, **asked)]
        assert alone == [outcome(together[number], alerts) for number in members]


@pytest.mark.parametrize("seed", range(3))
def test_calls_out_of_reach_change_nothing(seed: int) -> None:
    """Beyond the longest of windows, or beyond the gate of a city whose size nobody knows."""
    alerts, calls, decisions = crowd(seed)
    plain = judged(alerts, calls, decisions=decisions)
    more = call_columns(*[(-3000, place())] * 50, *[(-5, place(60_000))] * 50, *[(7000, place())] * 50)
    merged = {name: np.concatenate((getattr(calls, name), getattr(more, name))) for name in calls.__slots__}
    merged["id"][len(calls) :] += 1000
    order = np.argsort(merged["received_micros"], kind="stable")
    found = judged(alerts, CallColumns(**merged).take(order), decisions=decisions)
    assert [outcome(each, alerts) for each in found] == [outcome(each, alerts) for each in plain]


def test_incidents_come_in_the_order_of_their_first_alerts_with_every_alert_once() -> None:
    alerts, calls, _ = crowd(5)
    found = judged(alerts, calls)
    assert [int(each.alerts[0]) for each in found] == sorted(int(each.alerts[0]) for each in found)
    assert sorted(alert for each in found for alert in each.alerts.tolist()) == list(range(70))
    for each in found:
        assert each.started_micros == alerts.started_micros[each.alerts[0]]
        assert each.ended_micros == alerts.started_micros[each.alerts[-1]]
        assert each.closes_micros == each.ended_micros + 900 * 1_000_000
        assert len({link.call_id for link in each.links}) == len(each.links)
