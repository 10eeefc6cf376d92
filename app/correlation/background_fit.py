"""Fitting a background to an agency's own calls, from none to millions of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar
from zoneinfo import ZoneInfo

import numpy as np

from app.correlation.background import Background, unknown_background
from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.parameters import NATURES
from app.correlation.relief import fit_relief
from app.correlation.rhythm import HOUR_MICROS, HOURS_A_WEEK, hours_covered, hours_of_week, relative_rhythms
from app.domain.geodesy import EQUATORIAL_RADIUS_M

MICROS = 1_000_000
# Below so many calls nothing is fitted, below the second and a week of history no picture of time and place.
FEWEST_CALLS = 200
ENOUGH_CALLS = 2_000
ENOUGH_S = 7 * 86_400
CELL_M = 1000.0
SHARE_OF_CALLS = 0.99
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocatedCalls:
    """The located calls that count as reports, arrays of shape (n,); `weight` is 1 less what is explained."""

    received_micros: Integers
    longitude: Floats
    latitude: Floats
    nature: Integers
    weight: Floats

    def __len__(self) -> int:
        return len(self.nature)

    def take(self, places: Booleans) -> "LocatedCalls":
        """Some of them."""
        return LocatedCalls(**{name: getattr(self, name)[places] for name in self.__slots__})


def fit_background(
    calls: LocatedCalls,
    *,
    covered: Sequence[tuple[int, int]],
    in_coverage: Booleans | None,
    coverage_m2: float | None,
    rhythms: Mapping[str, Sequence[float]],
    time_zone: str,
) -> Background:
    """Fit rate, hour of the week and place for each nature, or as much of it as the calls bear.

    `covered` are the intervals (microseconds) that the call feeds cover. With few calls the background is
    even over the sensors' coverage (`coverage_m2`, and which calls lie in it), or, without one, over the 1 km
    cells that hold 99 % of the calls. Half a call is added to each nature, so that a class never seen still
    has a rate.
    """
    period_s = sum(high - low for low, high in covered) / MICROS
    if len(calls) < FEWEST_CALLS or period_s <= 0:
        return replace(unknown_background(), time_zone=time_zone, source_rhythm_s=dict(rhythms))
    inside, area_m2 = cells_holding(calls.longitude, calls.latitude)
    basis = "uniform over the 1 km cells that hold 99 % of the calls"
    has_enough = len(calls) >= ENOUGH_CALLS and period_s >= ENOUGH_S
    if has_enough:
        basis = "rate, hour of the week and smoothed 500 m density"
    elif coverage_m2 and in_coverage is not None:
        inside, area_m2, basis = in_coverage, coverage_m2, "uniform over the coverage"
    kept = calls.take(inside)
    counts = np.bincount(kept.nature, weights=kept.weight, minlength=len(NATURES)) + 0.5
    fitted = Background(
        rate_s_m2=_by_nature((counts / (period_s * area_m2)).tolist()),
        area_m2=area_m2,
        calls=len(kept),
        basis=basis,
        time_zone=time_zone,
        source_rhythm_s=dict(rhythms),
    )
    if not has_enough:
        return fitted
    rhythm = _rhythm(kept, covered, ZoneInfo(time_zone)).tolist()
    relief = fit_relief(
        kept.longitude, kept.latitude, kept.nature, kept.weight, natures=len(NATURES), area_m2=area_m2
    )
    return replace(fitted, rhythm=_by_nature(rhythm), relief=relief)


def cells_holding(
    longitude: Floats, latitude: Floats, share: float = SHARE_OF_CALLS
) -> tuple[Booleans, float]:
    """Which points lie in the fewest 1 km cells that hold a share of them all, and those cells' area (m2).

    Cells are of equal height in latitude and of equal width at their row's latitude; bad geocodes far away
    fall into cells of their own, which the share leaves out.
    """
    height_deg = np.degrees(CELL_M / EQUATORIAL_RADIUS_M)
    row = np.floor(latitude / height_deg).astype(np.int64)
    width_deg = height_deg / np.maximum(np.cos(np.radians((row + 0.5) * height_deg)), 1e-6)
    column = np.floor(longitude / width_deg).astype(np.int64)
    # A row has fewer than 2^20 cells, so one number names a cell; they sort by row, then column.
    cells, inverse, counts = np.unique(row * 2**20 + column + 2**19, return_inverse=True, return_counts=True)
    order = np.lexsort((cells, -counts))
    enough = int(np.searchsorted(np.cumsum(counts[order]), share * len(longitude))) + 1
    chosen = np.zeros(len(cells), dtype=bool)
    chosen[order[:enough]] = True
    return chosen[inverse.reshape(-1)], float(np.count_nonzero(chosen)) * CELL_M**2


def _rhythm(calls: LocatedCalls, covered: Sequence[tuple[int, int]], zone: ZoneInfo) -> Floats:
    slots = hours_of_week(calls.received_micros // HOUR_MICROS, zone)
    counts = np.bincount(
        calls.nature * HOURS_A_WEEK + slots, weights=calls.weight, minlength=len(NATURES) * HOURS_A_WEEK
    )
    seen = np.bincount(hours_of_week(hours_covered(covered), zone), minlength=HOURS_A_WEEK)
    return relative_rhythms(counts.reshape(len(NATURES), HOURS_A_WEEK).astype(np.float64), seen)


def _by_nature(values: Sequence[Value]) -> dict[str, Value]:
    return {nature.value: value for nature, value in zip(NATURES, values, strict=True)}
