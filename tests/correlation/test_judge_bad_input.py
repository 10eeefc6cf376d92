"""Whatever feeds send: finite answers, no exception, and (pytest turns them into errors) no warning."""

import time
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.background import unknown_background
from app.correlation.columns import NO_NAME, AlertColumns, CallColumns
from app.correlation.completeness import FeedCompleteness
from app.correlation.components import joint_components
from app.correlation.decisions import CallDecision
from app.correlation.evidence import find_candidates
from app.correlation.grouping import group
from app.correlation.judge import JudgedIncident, judge
from app.correlation.parameters import NATURES, Parameters
from app.domain.vocabulary import Verdict
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place
from tests.correlation.test_judge import busy

pytestmark = pytest.mark.slow

PARAMETERS = Parameters()
WHOLE = [FeedCompleteness(source="cad", covered=((at(-90_000), at(90_000)),))]


def judged(alerts: AlertColumns, calls: CallColumns, **changes: Any) -> list[JudgedIncident]:
    """What the core says, after looking that every number in it is one."""
    values = {"feeds": WHOLE, "background": unknown_background(), "parameters": PARAMETERS,
              "now_micros": at(90_000), **changes}  # fmt: skip
    found = judge(alerts, calls, **values)
    for each in found:
        assert isinstance(each.verdict, Verdict)
        assert each.reason
        assert "nan" not in each.reason
        if each.probability_reported is not None:
            assert 0 <= each.probability_reported <= 1
        for link in each.links:
            assert 0 <= link.probability <= 1
            assert link.probability_without is None or 0 <= link.probability_without <= 1
            if link.terms is not None:
                assert all(np.isfinite(getattr(link.terms, name)) for name in link.terms.__slots__)
    assert sorted(alert for each in found for alert in each.alerts.tolist()) == list(range(len(alerts)))
    return found


def test_no_calls_no_alerts_and_one_of_each() -> None:
    one, call = alert_columns((0, place())), call_columns((60, place()))
    for background in (unknown_background(), busy(5)):
        assert judged(alert_columns(), call_columns(), background=background) == []
        assert judged(alert_columns(), call, background=background) == []
        (silent,) = judged(one, call_columns(), background=background)
        assert silent.verdict is Verdict.UNREPORTED
        assert silent.probability_reported == 0.0
        (called,) = judged(one, call, background=background)
        assert called.verdict is Verdict.REPORTED
    assert judged(one, call, feeds=[])[0].verdict is Verdict.REPORTED
    assert judged(one, call_columns(), feeds=[])[0].verdict is Verdict.INDETERMINATE


@pytest.mark.parametrize("count", [2, 40, 400])
@pytest.mark.parametrize("seconds", [60, 0])
def test_every_call_at_one_moment_and_place(count: int, seconds: int) -> None:
    """A bar's worth of callers at a default geocode: u of each is the same, and there are many."""
    calls = call_columns(*[(seconds, place(30))] * count)
    alerts = alert_columns((0, place()), (0, place(400)), (61, place()), (61, place()), (125, place(0, 100)))
    for background in (unknown_background(), busy(2)):
        found = judged(alerts, calls, background=background)
        assert len(found) == 4
        assert all(link.terms is not None for each in found for link in each.links)


def test_alerts_at_one_moment_and_place_are_one_incident() -> None:
    (found,) = judged(alert_columns(*[(0, place())] * 50), call_columns((60, place())))
    assert found.probability_reported is not None
    assert found.probability_reported > 0.99


@pytest.mark.parametrize("call_m", [0.0, 1e-6, 50_000.0, 1e9])
@pytest.mark.parametrize("alert_m", [0.0, 50_000.0])
def test_positions_that_are_exact_and_positions_that_say_nothing(alert_m: float, call_m: float) -> None:
    alerts = alert_columns((0, place()), (90, place(100)), uncertainty_m=alert_m)
    rows = [(60, place()), (60, place()), (90, place(1999)), (100, place(0, 300))]
    calls = call_columns(*rows, uncertainty_m=np.full(4, call_m))
    for parameters in (PARAMETERS, Parameters(caller_distance_m=0.001)):
        found = judged(alerts, calls, parameters=parameters)
        assert len(found) == 2


@pytest.mark.parametrize("error_s", [1e-3, 60.0, 300.0])
def test_clocks_that_are_off_by_minutes(error_s: float) -> None:
    alerts = alert_columns((0, place()), (400, place(700)), clock_error_s=error_s)
    rows = [(-119, place()), (-60, place(50)), (60, place(100)), (850, place(500))]
    for calls in (call_columns(*rows), call_columns(*rows, clock_error_s=np.full(4, error_s))):
        for feeds in (WHOLE, [FeedCompleteness(source="cad", covered=((at(-50), at(200)),))]):
            found = judged(alerts, calls, feeds=feeds)
            assert len(found) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"prior_reported": 1e-9},
        {"prior_reported": 0.9753},
        {"prior_reported": 0.9, "expected_calls": 0.7},
        {"prior_reported": 1e-6, "expected_calls": 1e-6},
        {"expected_calls": 30.0},
        {"reported_from": 1e-9},
        {"reported_from": 1 - 1e-9},
        {"lag_uniform_share": 1e-12},
        {"lag_uniform_share": 1 - 1e-9},
        {"lag_shape": 0.01},
        {"lag_shape": 20.0},
        {"lag_median_s": 0.1},
        {"window_before_s": 0.0, "window_after_s": 0.001},
        {"window_before_s": 7200.0, "window_after_s": 7200.0},
        {"gate_m": 0.0},
        {"link_within_s": 0.0, "link_within_m": 0.0},
        {"most_joint_incidents": 1},
        {"most_joint_incidents": 10},
        {"link_floor": 1e-300},
        {"link_floor": 1e6},
        {"live_before_s": 0.001, "live_after_s": 0.0, "live_shrink_calls": 1e-6},
        {"live_before_s": 7200.0, "live_after_s": 7200.0, "live_shrink_calls": 1e6},
        {"cad_within_s": 0.0},
    ],
)
def test_rules_at_the_ends_of_what_they_may_be(changes: dict[str, Any]) -> None:
    random = np.random.default_rng(8)
    started, received = np.sort(random.uniform(0, 600, 12)), np.sort(random.uniform(-200, 1500, 60))
    alerts = alert_columns(*[(each, place(*random.uniform(0, 1500, 2))) for each in started])
    calls = call_columns(
        *[(each, place(*random.uniform(0, 1500, 2))) for each in received],
        nature=random.integers(0, len(NATURES), 60),
    )
    partly = [FeedCompleteness(source="cad", covered=((at(-90_000), at(300)),))]
    for feeds in (WHOLE, partly):
        judged(alerts, calls, feeds=feeds, background=busy(20), parameters=Parameters(**changes))


positions = st.one_of(
    st.just(NOWHERE),
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.sampled_from([(180.0, 0.0), (-180.0, 0.0), (0.0, 90.0), (0.0, -90.0), (10.0, 89.9999)]),
    st.tuples(st.integers(-8, 8), st.integers(-8, 8)).map(lambda cell: place(cell[0] * 120, cell[1] * 130)),
)
times = st.one_of(st.integers(-900, 1800).map(float), st.floats(-200, 400), st.sampled_from([0.0, 60.0]))
events = st.lists(st.tuples(times, positions), max_size=14).map(
    lambda rows: sorted(rows, key=lambda row: row[0])
)


@settings(deadline=None, max_examples=100)
@given(
    alerts=events, calls=events, seed=st.integers(0, 2**32 - 1), an_hour=st.sampled_from([None, 0.01, 50.0])
)
def test_whatever_comes(
    alerts: list[tuple[float, tuple[float, float]]],
    calls: list[tuple[float, tuple[float, float]]],
    seed: int,
    an_hour: float | None,
) -> None:
    random = np.random.default_rng(seed)
    count = len(calls)
    heard = alert_columns(
        *alerts,
        active=(random.random(len(alerts)) < 0.8).tolist(),
        uncertainty_m=float(random.choice([np.nan, 0.0, 50_000.0])),
        clock_error_s=float(random.choice([0.0, 200.0])),
    )
    called = call_columns(
        *calls,
        uncertainty_m=random.choice([np.nan, 0.0, 50_000.0], count),
        clock_error_s=random.choice([0.0, 5.0, 300.0], count),
        nature=random.integers(0, len(NATURES), count),
        counts_as_report=random.random(count) < 0.8,
        is_sensor=random.random(count) < 0.3,
        names_alert_key=random.choice([NO_NAME, 1, 2], count),
    )
    decisions = [
        CallDecision(int(random.integers(1, 16)), int(random.integers(101, 118)), bool(random.random() < 0.5))
        for _ in range(random.integers(0, 4))
    ]
    covered = tuple((at(low), at(low + 300)) for low in range(-900, 1500, 450))
    for feeds in ([], WHOLE, [FeedCompleteness(source="cad", covered=covered, gaps=((at(0), at(77)),))]):
        background = unknown_background() if an_hour is None else busy(an_hour)
        judged(heard, called, feeds=feeds, decisions=decisions, background=background)


def test_a_fireworks_night_in_one_neighbourhood_is_judged_in_seconds() -> None:
    """Two hundred incidents within 30 minutes and 3 km, all of them sharing calls with others."""
    random = np.random.default_rng(4)
    started, received = np.sort(random.uniform(0, 1800, 400)), np.sort(random.uniform(-100, 2700, 500))
    alerts = alert_columns(*[(each, place(*random.uniform(0, 3000, 2))) for each in started])
    calls = call_columns(
        *[(each, place(*random.uniform(0, 3000, 2))) for each in received],
        nature=random.choice([0, NATURES.index("fireworks")], 500, p=[0.3, 0.7]),
    )
    parameters = Parameters(link_within_m=150.0)
    for background in (unknown_background(), busy(30)):
        groups = group(alerts, parameters)
        candidates = find_candidates(alerts, groups, calls, background, parameters)
        u, floor = np.exp(candidates.total), parameters.link_floor
        whole, _ = joint_components(candidates.incident, candidates.call, u, floor=floor, most=1000)
        assert len(whole[0]) >= 200
        begin = time.perf_counter()
        found = judged(alerts, calls, parameters=parameters, background=background)
        assert time.perf_counter() - begin < 10
        assert len(found) == len(groups)
        assert sum(len(each.links) for each in found) > 1000
        claims: dict[int, float] = {}
        for link in (link for each in found for link in each.links):
            claims[link.call_id] = claims.get(link.call_id, 0.0) + link.probability
        assert max(claims.values()) <= 1 + 1e-9, "a call reports at most one shooting"


@pytest.mark.parametrize("incidents", [9, 10, 11, 12, 20, 40])
def test_one_call_reports_at_most_one_of_however_many(incidents: int) -> None:
    alerts = alert_columns(
        *[(10 * number, place(400 * (number % 4), 400 * (number // 4))) for number in range(incidents)]
    )
    found = judged(alerts, call_columns((250, place(600, 400))))
    links = [link for each in found for link in each.links]
    assert len(found) == incidents
    assert sum(link.probability for link in links) <= 1 + 1e-9
    assert not [link for link in links if link.probability_without is None]
