"""Fitting to feeds that are not as the model thinks: merged calls, clocks that are off, one place."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app.correlation.background import unknown_background
from app.correlation.fit import fit_parameters
from app.correlation.parameters import Parameters
from tests.correlation.conftest import alert_columns, call_columns, place

HOURS = 300
Lag = Callable[[np.random.Generator], float]


def log_normal(random: np.random.Generator) -> float:
    return float(90 * np.exp(0.9 * random.normal()))


def fitted(
    reported: int, lag: Lag, *, spread_m: float = 300.0, start: Parameters | None = None
) -> Parameters:
    """An alert an hour, of which one in so many is reported by one call."""
    random = np.random.default_rng(0)
    rows = [
        (3600 * hour + lag(random), place(*random.normal(0, spread_m, 2)))
        for hour in range(0, HOURS, reported)
    ]
    alerts = alert_columns(*[(3600 * hour, place()) for hour in range(HOURS)])
    calls = call_columns(*sorted(rows, key=lambda row: row[0]))
    *_, last = fit_parameters(alerts, calls, unknown_background(), start or Parameters())
    return last.parameters


@pytest.mark.parametrize(("reported", "prior"), [(1, 0.9), (2, 0.5), (3, 1 / 3)])
def test_a_log_that_merges_calls_into_one_can_be_learnt_from(reported: int, prior: float) -> None:
    """The mean of one call a report leaves as few expected calls as the prior allows."""
    found = fitted(reported, log_normal)
    assert found.prior_reported == pytest.approx(prior, abs=0.03)
    assert found.lag_median_s == pytest.approx(90, rel=0.2)
    assert 0 < found.expected_calls < 1


def test_wherever_it_starts_it_can_go_on() -> None:
    found = fitted(2, log_normal, start=replace(Parameters(), prior_reported=0.8, expected_calls=0.6))
    assert found.prior_reported == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("lag_s", [-30.0, 0.0])
def test_where_calls_never_follow_their_alert_the_lag_stays(lag_s: float) -> None:
    found = fitted(2, lambda _random: lag_s)
    assert (found.lag_median_s, found.lag_shape) == (Parameters().lag_median_s, Parameters().lag_shape)


def test_identical_calls_give_narrow_parameters_and_no_impossible_ones() -> None:
    found = fitted(2, lambda _random: 60.0, spread_m=0.0)
    assert found.lag_median_s == pytest.approx(60)
    assert (found.lag_shape, found.caller_distance_m) == (0.1, 50.0)
