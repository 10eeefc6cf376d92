"""Intervals of shares, medians and percentiles, and of the differences of two. Pure and without randomness.

All are two-sided with equal tails. What cannot be said from so few values is None, never a guess.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist

import numpy as np

from app.domain.geodesy import Floats

CONFIDENCE = 0.95
# Below this the standard error of a median rests on one pair of values or none (Bonett and Price use 10).
FEWEST_FOR_MEDIANS = 6
_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both included; None: on that side the values set no bound."""

    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A value less an earlier one, with its interval where there are enough values for one."""

    value: float
    low: float | None
    high: float | None


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> Interval | None:
    """The score interval of a share; None without trials.

    Wilson, E. B. (1927), Probable inference, the law of succession, and statistical inference, Journal of
    the American Statistical Association 22:209-212; method 3 of Newcombe (1998), Two-sided confidence
    intervals for the single proportion, Statistics in Medicine 17:857-872. Without continuity correction.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} of {trials} is no share")
    if trials == 0:
        return None
    z = _two_sided(confidence)
    share = successes / trials
    middle = share + z * z / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    # At the ends the bound is the share itself; rounding must not put it beside.
    low = 0.0 if successes == 0 else (middle - half) / scale
    high = 1.0 if successes == trials else (middle + half) / scale
    return Interval(low, high)


def newcombe(
    successes: int, trials: int, earlier_successes: int, earlier_trials: int, confidence: float = CONFIDENCE
) -> Difference | None:
    """The hybrid score interval of the share less the earlier one; None where either has no trials.

    Method 10 of Newcombe, R. G. (1998), Interval estimation for the difference between independent
    proportions: comparison of eleven methods, Statistics in Medicine 17:873-890. The two are independent.
    """
    one = wilson(successes, trials, confidence)
    other = wilson(earlier_successes, earlier_trials, confidence)
    if one is None or other is None:
        return None
    share, earlier = successes / trials, earlier_successes / earlier_trials
    low, high, earlier_low, earlier_high = (
        bound or 0.0 for bound in (one.low, one.high, other.low, other.high)
    )
    return Difference(
        value=share - earlier,
        low=share - earlier - math.hypot(share - low, earlier_high - earlier),
        high=share - earlier + math.hypot(high - share, earlier - earlier_low),
    )


def percentile(ordered: Floats, share: float) -> float:
    """The value below which that share of sorted values lies, interpolated; NaN without values. Shape (n,).

    Definition 7 of Hyndman and Fan (1996), Sample quantiles in statistical packages, The American
    Statistician 50:361-365: the default of NumPy, R and spreadsheets.
    """
    if len(ordered) == 0:
        return math.nan
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    low, high = float(ordered[below]), float(ordered[above])
    return low + (high - low) * (place - below)


def percentile_interval(ordered: Floats, share: float, confidence: float = CONFIDENCE) -> Interval:
    """Two of the sorted values between which the population's percentile lies, whatever its distribution.

    The number of values below the percentile is binomial; each tail holds at most half of what is left to
    chance, so the interval covers at least at its level (more with few values). David and Nagaraja (2003),
    Order Statistics, 3rd edition, section 7.1; Hahn and Meeker (1991), Statistical Intervals, section 5.2.
    """
    low, high = _ranks(len(ordered), share, confidence)
    return Interval(
        None if low is None else float(ordered[low - 1]), None if high is None else float(ordered[high - 1])
    )


def difference_of_medians(
    values: Floats, earlier: Floats, confidence: float = CONFIDENCE
) -> Difference | None:
    """The median of sorted values less that of earlier ones; None where either is empty.

    Bonett, D. G. and Price, R. M. (2002), Statistical inference for a linear function of medians,
    Psychological Methods 7:370-383: normal, with standard errors from two order statistics of each sample.
    It supposes no distribution and no equal spread. Below FEWEST_FOR_MEDIANS values there are no bounds.
    """
    if len(values) == 0 or len(earlier) == 0:
        return None
    value = percentile(values, 0.5) - percentile(earlier, 0.5)
    if min(len(values), len(earlier)) < FEWEST_FOR_MEDIANS:
        return Difference(value, None, None)
    half = _two_sided(confidence) * math.hypot(_median_error(values), _median_error(earlier))
    return Difference(value, value - half, value + half)


def _two_sided(confidence: float) -> float:
    return _NORMAL.inv_cdf((1 + confidence) / 2)


def _median_error(ordered: Floats) -> float:
    """The standard error of the median of at least 6 values (Bonett and Price 2002, the exact tail)."""
    count = len(ordered)
    rank = max(1, round((count + 1) / 2 - math.sqrt(count)))
    tail = _binomial_cdf(count, 0.5)[rank - 1]
    z = -_NORMAL.inv_cdf(float(tail))
    return float(ordered[count - rank] - ordered[rank - 1]) / (2 * z)


@lru_cache(maxsize=1024)
def _ranks(count: int, share: float, confidence: float) -> tuple[int | None, int | None]:
    """Ranks (from 1) of the two order statistics; None where even the extreme one leaves too much."""
    if count == 0:
        return None, None
    tail = (1 - confidence) / 2
    below = _binomial_cdf(count, share)
    # P(X(low) > percentile) = P(B < low), and P(X(high) < percentile) = P(B >= high).
    low = int(np.searchsorted(below, tail, side="right"))
    high = int(np.searchsorted(below, 1 - tail, side="left")) + 1
    return (low if low >= 1 else None), (high if high <= count else None)


@lru_cache(maxsize=256)
def _binomial_cdf(count: int, share: float) -> Floats:
    """P(B <= k) for k from 0 to n - 1. Shape (n,)."""
    k = np.arange(1, count, dtype=np.float64)
    steps = np.log((count - k + 1) / k) + math.log(share / (1 - share))
    logs = np.concatenate(([0.0], np.cumsum(steps))) + count * math.log1p(-share)
    cumulated: Floats = np.minimum(np.cumsum(np.exp(logs)), 1.0)
    cumulated.setflags(write=False)
    return cumulated
