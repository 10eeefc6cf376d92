"""The distribution of the time from shots to call."""

import math

import numpy as np
import pytest

from app.correlation.lag import lag_distribution
from app.correlation.parameters import Parameters

PARAMETERS = Parameters()


@pytest.mark.parametrize("blur_s", [1.0, 5.0, 30.0, 120.0])
def test_it_is_a_distribution(blur_s: float) -> None:
    lags = lag_distribution(PARAMETERS, blur_s)
    assert np.trapezoid(lags.density_table, lags.grid_s) == pytest.approx(1.0, abs=0.01)
    assert np.all(lags.density_table >= 0)
    assert np.all(np.diff(lags.share_table) >= 0)
    assert lags.share_before(-1e6) == 0.0
    assert lags.share_before(1e6) == 1.0


def test_its_median_is_near_a_minute_and_a_half() -> None:
    lags = lag_distribution(PARAMETERS, 5.0)
    assert lags.share_before(90.0) == pytest.approx(0.5, abs=0.01)


def test_it_is_the_log_normal_where_the_blur_is_small() -> None:
    lags = lag_distribution(PARAMETERS, 0.5)
    for lag_s in (20.0, 90.0, 200.0, 600.0):
        normal = math.exp(-(math.log(lag_s / 90) ** 2) / (2 * 0.81)) / (lag_s * 0.9 * math.sqrt(2 * math.pi))
        expected = 0.97 * normal + 0.03 / 1020
        assert float(lags.density(np.array([lag_s]))[0]) == pytest.approx(expected, rel=1e-3)
        share = 0.97 * 0.5 * (1 + math.erf(math.log(lag_s / 90) / (0.9 * math.sqrt(2))))
        share += 0.03 * (lag_s + 120) / 1020
        assert lags.share_before(lag_s) == pytest.approx(share, abs=0.005)


def test_a_flat_floor_lies_under_the_whole_window_and_nothing_beyond() -> None:
    lags = lag_distribution(PARAMETERS, 5.0)
    floor = 0.03 / 1020
    density = lags.density(np.array([-120.0, -60.0, 900.0, -160.0, 2000.0]))
    assert density[:2] == pytest.approx([floor, floor], rel=1e-6)
    assert density[2] >= floor
    assert density[3] == 0.0
    assert density[4] == 0.0


def test_worse_clocks_make_it_wider() -> None:
    sharp, blurred = lag_distribution(PARAMETERS, 5.0), lag_distribution(PARAMETERS, 60.0)
    before = np.array([-30.0])
    assert blurred.density(before)[0] > 10 * sharp.density(before)[0]
    assert blurred.density_table.max() < sharp.density_table.max()
    assert blurred.share_before(0.0) > sharp.share_before(0.0)


def test_between_its_entries_the_table_is_linear_and_beyond_it_nothing() -> None:
    lags = lag_distribution(PARAMETERS, 5.0)
    ends = [lags.grid_s[0], lags.grid_s[-1]]
    asked = np.concatenate(
        (
            lags.grid_s,
            np.random.default_rng(1).uniform(-300, 1200, 2000),
            ends,
            np.array(ends) * (1 + 1e-9),
            [-1e7, 1e7],
        )
    )
    expected = np.interp(asked, lags.grid_s, lags.density_table, left=0.0, right=0.0)
    assert lags.density(asked) == pytest.approx(expected, rel=1e-9, abs=1e-15)
    assert lags.density(np.empty(0)).tolist() == []
