"""How long after the shots a reporting call comes: log-normal, blurred by clock errors, with a flat floor."""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from app.correlation.columns import Floats, Integers
from app.correlation.parameters import Parameters

STEP_S = 0.5
_REACH_IN_SIGMAS = 6.0


class LagTables(NamedTuple):
    """Tables of densities one after the other; table i is `density[begins[i]:begins[i + 1]]`.

    Each begins at its lowest lag.
    """

    lowest_s: Floats
    begins: Integers
    density: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LagDistribution:
    """A density (1/s) and a distribution function over the lag in seconds, tabulated every half second."""

    grid_s: Floats
    density_table: Floats
    share_table: Floats

    def density(self, lag_s: Floats) -> Floats:
        """The density at each lag, linear between the table's entries; 0 beyond it."""
        from app.correlation.loops.terms import lag_densities  # noqa: PLC0415 - brings in the compiler

        return lag_densities(lag_s, lag_tables(self))

    def share_before(self, lag_s: float) -> float:
        """The share of reporting calls that come before a lag."""
        return float(np.interp(lag_s, self.grid_s, self.share_table))


def lag_distribution(parameters: Parameters, clock_error_s: float) -> LagDistribution:
    """The distribution for clocks that are together off by `clock_error_s` (1 sigma)."""
    return _tabulate(
        parameters.lag_median_s,
        parameters.lag_shape,
        parameters.lag_uniform_share,
        parameters.window_before_s,
        parameters.window_after_s,
        clock_error_s,
    )


@lru_cache(maxsize=256)
def lag_tables(*distributions: LagDistribution) -> LagTables:
    """The densities of some distributions, as loops read them."""
    sizes = [len(each.grid_s) for each in distributions]
    return LagTables(
        np.array([each.grid_s[0] for each in distributions], dtype=np.float64),
        np.cumsum([0, *sizes]),
        np.concatenate([*[each.density_table for each in distributions], np.empty(0)]),
    )


@lru_cache(maxsize=256)
def _tabulate(
    median_s: float, shape: float, uniform_share: float, before_s: float, after_s: float, blur_s: float
) -> LagDistribution:
    reach_s = _REACH_IN_SIGMAS * blur_s
    lowest = -STEP_S * np.ceil((before_s + reach_s) / STEP_S)
    highest = STEP_S * np.ceil((after_s + reach_s) / STEP_S)
    grid = np.arange(lowest, highest + STEP_S / 2, STEP_S)
    blurred = _blur(_log_normal(grid, median_s, shape), blur_s)
    inside = (grid >= -before_s) & (grid <= after_s)
    density = (1 - uniform_share) * blurred + uniform_share * inside / (before_s + after_s)
    steps = (density[1:] + density[:-1]) * (STEP_S / 2)
    share = np.concatenate(([0.0], np.cumsum(steps)))
    return LagDistribution(grid, density, share / share[-1])


def _log_normal(grid: Floats, median_s: float, shape: float) -> Floats:
    positive = np.where(grid > 0, grid, 1.0)
    exponent = -((np.log(positive / median_s)) ** 2) / (2 * shape**2)
    return np.where(grid > 0, np.exp(exponent) / (positive * shape * np.sqrt(2 * np.pi)), 0.0)


def _blur(density: Floats, blur_s: float) -> Floats:
    half = int(np.ceil(_REACH_IN_SIGMAS * blur_s / STEP_S))
    offsets = np.arange(-half, half + 1) * STEP_S
    kernel = np.exp(-((offsets / blur_s) ** 2) / 2)
    return np.convolve(density, kernel / kernel.sum(), mode="same")[: len(density)]
