"""Which calls are looked at, and each term of the evidence computed by hand."""

import math

import numpy as np
import pytest

from app.correlation.background import unknown_background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.evidence import Candidates, find_candidates, window_of
from app.correlation.grouping import group
from app.correlation.parameters import NATURES, Parameters
from app.domain.geodesy import geodesic_m
from tests.correlation.conftest import NOWHERE, alert_columns, at, call_columns, place

PARAMETERS = Parameters()
BACKGROUND = unknown_background()


def candidates_of(alerts: AlertColumns, calls: CallColumns) -> Candidates:
    return find_candidates(alerts, group(alerts, PARAMETERS), calls, BACKGROUND, PARAMETERS)


def lag_density(lag_s: float, blur_s: float) -> float:
    """The mixture at a lag, its convolution with the clocks' normal as a plain sum."""
    total = 0.0
    step = 0.05
    for number in range(round(12 * blur_s / step) + 1):
        error = -6 * blur_s + number * step
        true = lag_s - error
        if true > 0:
            normal = math.exp(-(math.log(true / 90) ** 2) / (2 * 0.81)) / (
                true * 0.9 * math.sqrt(2 * math.pi)
            )
            total += (
                normal * math.exp(-(error**2) / (2 * blur_s**2)) / (blur_s * math.sqrt(2 * math.pi)) * step
            )
    return 0.97 * total + 0.03 / 1020


def place_density(distance_m: float, alert_m: float, call_m: float) -> float:
    variance = 300.0**2 + alert_m**2 + call_m**2
    return math.exp(-(distance_m**2) / (2 * variance)) / (2 * math.pi * variance)


@pytest.mark.parametrize("lag_s", [-60.0, 8.0, 75.0, 431.0])
@pytest.mark.parametrize("nature", ["shots_fired", "disturbance", "other"])
def test_one_pair_by_hand(lag_s: float, nature: str) -> None:
    where = place(210, -330)
    alerts = alert_columns((0, place()), uncertainty_m=40.0, clock_error_s=3.0)
    calls = call_columns(
        (lag_s, where),
        nature=np.array([NATURES.index(nature)]),
        uncertainty_m=np.array([150.0]),
        clock_error_s=np.array([4.0]),
    )
    found = candidates_of(alerts, calls)
    distance_m = geodesic_m(*place(), *where)
    background = unknown_background().rate_s_m2[nature]
    assert found.lag_s[0] == lag_s
    assert found.distance_m[0] == pytest.approx(distance_m, rel=1e-6)
    assert found.time[0] == pytest.approx(math.log(lag_density(lag_s, math.sqrt(25 + 9 + 16))), abs=1e-3)
    assert found.distance[0] == pytest.approx(math.log(place_density(distance_m, 40, 150)), abs=1e-6)
    assert found.nature[0] == pytest.approx(math.log(PARAMETERS.nature_share[nature]), abs=1e-12)
    assert found.background[0] == pytest.approx(-math.log(background), abs=1e-12)
    terms = math.log(1.6) + found.time[0] + found.distance[0] + found.nature[0] + found.background[0]
    assert found.total[0] == pytest.approx(terms, abs=1e-12)
    assert found.live_steps.tolist() == [0]


def test_what_no_feed_says_of_its_places_is_assumed() -> None:
    found = candidates_of(alert_columns((0, place())), call_columns((60, place())))
    assert found.distance[0] == pytest.approx(math.log(place_density(0, 25, 100)), abs=1e-9)


def test_two_alerts_are_an_equal_mixture() -> None:
    here, there, caller = place(), place(250), place(400, 100)
    found = candidates_of(alert_columns((0, here), (50, there)), call_columns((90, caller)))
    distances = [geodesic_m(*here, *caller), geodesic_m(*there, *caller)]
    time = (lag_density(90, 5) + lag_density(40, 5)) / 2
    space = sum(place_density(distance, 25, 100) for distance in distances) / 2
    assert found.time[0] == pytest.approx(math.log(time), abs=1e-3)
    assert found.distance[0] == pytest.approx(math.log(space), abs=1e-6)
    assert found.lag_s[0] == 90
    assert found.distance_m[0] == pytest.approx(min(distances), rel=1e-6)


def test_the_window_is_closed_at_both_ends() -> None:
    times = [-120.000001, -120, 0, 950, 950.000001]
    alerts = alert_columns((0, place()), (50, place()))
    found = candidates_of(alerts, call_columns(*[(time, place()) for time in times]))
    assert found.call.tolist() == [1, 2, 3]
    assert np.all(np.isfinite(found.total))
    assert window_of(at(0), at(50), PARAMETERS) == (at(-120), at(950))


def test_the_gate_is_closed_at_two_kilometres_of_any_alert() -> None:
    alerts = alert_columns((0, place()), (10, place(290)))
    calls = call_columns((60, place(2289.5)), (60, place(2290.5)), (60, place(-1999.5)), (60, place(-2000.5)))
    assert candidates_of(alerts, calls).call.tolist() == [0, 2]
    exactly = geodesic_m(*place(), *place(0, 1500))
    at_the_gate = Parameters(gate_m=exactly * (1 + 1e-6))
    within = Parameters(gate_m=exactly * (1 - 1e-6))
    one, call = alert_columns((0, place())), call_columns((60, place(0, 1500)))
    assert len(find_candidates(one, group(one, PARAMETERS), call, BACKGROUND, at_the_gate).call) == 1
    assert len(find_candidates(one, group(one, PARAMETERS), call, BACKGROUND, within).call) == 0


def test_neither_what_cannot_report_nor_what_has_no_place_is_a_candidate() -> None:
    calls = call_columns(
        (10, place()), (20, NOWHERE), (30, place()), counts_as_report=np.array([False, True, True])
    )
    assert candidates_of(alert_columns((0, place())), calls).call.tolist() == [2]
    assert candidates_of(alert_columns((0, NOWHERE)), calls).call.tolist() == []
    assert candidates_of(alert_columns((0, place()), active=[False]), calls).call.tolist() == []


def test_candidates_come_by_incident_then_call() -> None:
    alerts = alert_columns((0, place()), (5, place(1500)), (20, place(0, 100)), (30, place(1500, 100)))
    calls = call_columns(*[(time, place(700)) for time in (40, 60, 80)])
    found = candidates_of(alerts, calls)
    assert list(zip(found.incident.tolist(), found.call.tolist(), strict=True)) == [
        (incident, call) for incident in (0, 1) for call in (0, 1, 2)
    ]


def test_many_at_once_are_as_each_alone() -> None:
    random = np.random.default_rng(7)
    times = np.sort(random.uniform(0, 4000, 60))
    alerts = alert_columns(*[(time, place(*random.uniform(0, 4000, 2))) for time in times])
    times = np.sort(random.uniform(-200, 5000, 200))
    calls = call_columns(*[(time, place(*random.uniform(0, 4000, 2))) for time in times])
    groups = group(alerts, PARAMETERS)
    together = find_candidates(alerts, groups, calls, BACKGROUND, PARAMETERS)
    found = 0
    for number, members in enumerate(groups):
        own = together.incident == number
        alone = find_candidates(alerts, [members], calls, BACKGROUND, PARAMETERS)
        assert together.call[own].tolist() == alone.call.tolist()
        assert together.total[own].tobytes() == alone.total.tobytes()
        window = window_of(
            int(alerts.started_micros[members[0]]), int(alerts.started_micros[members[-1]]), PARAMETERS
        )
        expected = [
            call
            for call in range(len(calls))
            if window[0] <= calls.received_micros[call] <= window[1]
            and min(
                geodesic_m(
                    alerts.longitude[i], alerts.latitude[i], calls.longitude[call], calls.latitude[call]
                )
                for i in members
            )
            <= 2000
        ]
        assert alone.call.tolist() == expected
        found += len(expected)
    assert found > 100


def test_beyond_e_to_the_hundred_the_evidence_says_nothing_more() -> None:
    exact = Parameters(caller_distance_m=1e-30, call_uncertainty_m=0.0, alert_uncertainty_m=0.0)
    alerts, calls = alert_columns((0, place())), call_columns((60, place()), (61, place(1)))
    found = find_candidates(alerts, group(alerts, exact), calls, BACKGROUND, exact)
    terms = found.time + found.distance + found.nature + found.background
    assert terms[0] > 100
    assert found.total[0] == 100
    assert found.total[1] < -500
    assert np.all(np.isfinite(found.total))
