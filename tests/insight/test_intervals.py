"""Intervals against published values, and against what they promise on simulated samples."""

import math
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.insight.intervals import (
    FEWEST_FOR_MEDIANS,
    Interval,
    difference_of_medians,
    newcombe,
    percentile,
    percentile_interval,
    wilson,
)

RUNS = 4000


def sample(*values: float) -> np.ndarray:
    return np.sort(np.array(values, dtype=np.float64))


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:857-872, table I, method 3.
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(successes, trials, low, high):
    found = wilson(successes, trials)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17:873-890, table II, method 10.
    [
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.0582, 0.8062),
        ((5, 56, 0, 29), -0.0381, 0.1926),
        ((0, 10, 0, 20), -0.1611, 0.2775),
        ((10, 10, 0, 20), 0.6791, 1.0),
    ],
)
def test_newcombe_gives_the_published_intervals(counts, low, high):
    found = newcombe(*counts)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("count", "ranks"), [(6, (1, 6)), (10, (2, 9)), (20, (6, 15)), (25, (8, 18)), (100, (40, 61))]
)
def test_the_ranks_of_a_median_are_those_of_the_tables(count, ranks):
    assert percentile_interval(np.arange(1.0, count + 1), 0.5) == Interval(*map(float, ranks))


@pytest.mark.parametrize(("count", "share"), [*product((1, 5, 7, 40, 299), (0.1, 0.5, 0.9))])
def test_the_ranks_are_those_of_the_exact_binomial(count, share):
    """The largest low and the smallest high rank of which each tail holds at most 2.5 %."""

    def below(rank: int) -> float:
        return math.fsum(math.comb(count, k) * share**k * (1 - share) ** (count - k) for k in range(rank))

    low = max((rank for rank in range(1, count + 1) if below(rank) <= 0.025), default=None)
    high = min((rank for rank in range(1, count + 1) if below(rank) >= 0.975), default=None)
    assert percentile_interval(np.arange(1.0, count + 1), share) == Interval(low, high)


def test_the_difference_of_medians_is_that_of_the_published_programme():
    """The example of ci.median2 in Bonett's R package statpsych."""
    found = difference_of_medians(
        sample(32, 39, 26, 35, 43, 27, 40, 37, 34, 29), sample(36, 44, 47, 42, 49, 39, 46, 31, 33, 48)
    )
    assert (found.value, found.low, found.high) == pytest.approx((-8.5, -16.95977, -0.0402252), abs=1e-4)


def test_too_few_values_set_no_bound():
    assert wilson(0, 0) is None
    assert newcombe(0, 0, 1, 2) is None
    assert percentile_interval(sample(), 0.5) == Interval(None, None)
    assert percentile_interval(sample(1, 2, 3, 4, 5), 0.5) == Interval(None, None)
    assert math.isnan(percentile(sample(), 0.5))
    assert difference_of_medians(sample(), sample(1)) is None
    few, enough = np.arange(float(FEWEST_FOR_MEDIANS - 1)), np.arange(float(FEWEST_FOR_MEDIANS))
    assert difference_of_medians(few, enough).low is None
    assert difference_of_medians(enough, enough).low is not None
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_its_share_and_mirrors(counts):
    successes, trials = counts
    found, mirrored = wilson(successes, trials), wilson(trials - successes, trials)
    assert 0 <= found.low <= successes / trials <= found.high <= 1
    assert (found.low, found.high) == pytest.approx((1 - mirrored.high, 1 - mirrored.low))


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.sampled_from((0.1, 0.5, 0.9)))
def test_percentiles_are_numpy_s_and_lie_in_their_interval(values, share):
    ordered = sample(*values)
    assert percentile(ordered, share) == pytest.approx(np.quantile(ordered, share), rel=1e-9, abs=1e-6)
    bounds = percentile_interval(ordered, share)
    assert bounds.low is None or bounds.low <= percentile(ordered, share) + 1e-6
    assert bounds.high is None or bounds.high >= percentile(ordered, share) - 1e-6


def covered(bounds: list[tuple[float, float]], truth: float) -> float:
    return float(np.mean([low <= truth <= high for low, high in bounds]))


# Wilson's coverage swings around its level with n and p; by 0.93 it does not fall below at these.


@pytest.mark.parametrize(("trials", "share"), [(20, 0.2), (60, 0.1), (60, 0.5), (400, 0.12)])
def test_wilson_covers_the_truth(trials, share):
    draws = np.random.default_rng(1).binomial(trials, share, RUNS).tolist()
    found = [wilson(draw, trials) for draw in draws]
    assert 0.93 <= covered([(each.low, each.high) for each in found], share) <= 0.985


def test_newcombe_covers_the_truth():
    rng = np.random.default_rng(2)
    pairs = zip(rng.binomial(80, 0.15, RUNS).tolist(), rng.binomial(120, 0.25, RUNS).tolist(), strict=True)
    found = [newcombe(one, 80, other, 120) for one, other in pairs]
    assert 0.935 <= covered([(each.low, each.high) for each in found], -0.1) <= 0.975


@pytest.mark.parametrize(("count", "share"), [(15, 0.5), (60, 0.5), (60, 0.1), (200, 0.9)])
def test_percentile_intervals_cover_at_least_at_their_level(count, share):
    draws = np.sort(np.random.default_rng(3).lognormal(4.5, 0.9, (RUNS, count)), axis=1)
    truth = np.quantile(np.random.default_rng(4).lognormal(4.5, 0.9, 4_000_000), share)
    found = [percentile_interval(draw, share) for draw in draws]
    assert covered([(each.low, each.high) for each in found], float(truth)) >= 0.945


@pytest.mark.parametrize(("count", "earlier"), [(12, 12), (40, 90), (300, 60)])
def test_differences_of_medians_cover_the_truth(count, earlier):
    """Log-normal as lags are, with unequal spread."""
    rng = np.random.default_rng(5)
    now = np.sort(rng.lognormal(math.log(90), 0.9, (RUNS, count)), axis=1)
    before = np.sort(rng.lognormal(math.log(150), 0.6, (RUNS, earlier)), axis=1)
    found = [difference_of_medians(one, other) for one, other in zip(now, before, strict=True)]
    assert 0.935 <= covered([(each.low, each.high) for each in found], 90 - 150) <= 0.985
