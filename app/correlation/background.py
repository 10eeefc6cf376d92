"""How many calls to expect where nothing was shot; in this version uniform over the area they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.parameters import NATURES
from app.domain.geodesy import EQUATORIAL_RADIUS_M
from app.domain.time import from_micros

MICROS = 1_000_000
HOUR_MICROS = 3600 * MICROS
HOURS_A_WEEK = 168
FEWEST_CALLS = 200
CELL_M = 1000.0
SHARE_OF_CALLS = 0.99

# Calls per km2 and hour where nothing is known yet: a mid-size American city's order of magnitude
# (3.8 million calls a year over about 2,000 km2) with the usual small share of gun-related natures.
UNKNOWN_CALLS_KM2_H = 0.2
UNKNOWN_SHARES = {
    "shots_fired": 0.012,
    "shooting": 0.003,
    "weapon": 0.007,
    "fireworks": 0.008,
    "disturbance": 0.12,
    "other": 0.85,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """Rates by nature (calls per second and m2), and each call source's own rhythm by hour of the week."""

    rate_s_m2: Mapping[str, float]
    area_m2: float | None
    calls: int
    basis: str
    time_zone: str = "UTC"
    source_rhythm_s: Mapping[str, Sequence[float]]

    def log_rate(self) -> Floats:
        """ln of the rate by nature, in the order of NATURES."""
        return np.asarray(np.log([self.rate_s_m2[nature] for nature in NATURES]), dtype=np.float64)

    def expected_calls(self, source: str, from_micros_: int, through_micros: int) -> float:
        """Calls that a source's own rhythm lets expect between two instants; 0 for an unknown source."""
        rhythm = self.source_rhythm_s.get(source)
        if rhythm is None or through_micros <= from_micros_:
            return 0.0
        starts = np.arange(from_micros_ // HOUR_MICROS, (through_micros - 1) // HOUR_MICROS + 1)
        begin = np.maximum(starts * HOUR_MICROS, from_micros_)
        end = np.minimum((starts + 1) * HOUR_MICROS, through_micros)
        rates = np.array(rhythm)[hours_of_week(starts, ZoneInfo(self.time_zone))]
        return float(np.sum(rates * (end - begin)) / MICROS)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a stored background."""
        return cls(**document)

    def to_document(self) -> dict[str, Any]:
        """The background as a JSON document."""
        return {
            "rate_s_m2": dict(self.rate_s_m2),
            "area_m2": self.area_m2,
            "calls": self.calls,
            "basis": self.basis,
            "time_zone": self.time_zone,
            "source_rhythm_s": {name: list(rates) for name, rates in self.source_rhythm_s.items()},
        }


def unknown_background() -> Background:
    """What holds before any calls are known."""
    per_second_m2 = UNKNOWN_CALLS_KM2_H / 3600 / 1e6
    return Background(
        rate_s_m2={nature: per_second_m2 * share for nature, share in UNKNOWN_SHARES.items()},
        area_m2=None,
        calls=0,
        basis="no calls yet: an assumed 0.2 calls an hour and km2",
        source_rhythm_s={},
    )


def fit_uniform(
    longitude: Floats,
    latitude: Floats,
    nature: Integers,
    *,
    coverage_m2: float | None,
    period_s: float,
    rhythms: Mapping[str, Sequence[float]],
    time_zone: str,
) -> Background:
    """Fit one rate a nature over the coverage, or over the 1 km cells that hold 99 % of the calls.

    Takes the located calls that count as reports (arrays of shape (n,)); with a coverage of `coverage_m2`,
    those inside it. Half a call is added to each nature, so that a class never seen still has a rate.
    """
    if len(nature) < FEWEST_CALLS or period_s <= 0:
        unknown = unknown_background()
        return replace(unknown, time_zone=time_zone, source_rhythm_s=dict(rhythms))
    if coverage_m2:
        area_m2, basis = coverage_m2, "uniform over the coverage"
    else:
        inside, area_m2 = cells_holding(longitude, latitude)
        nature = nature[inside]
        basis = "uniform over the 1 km cells that hold 99 % of the calls"
    counts = np.bincount(nature, minlength=len(NATURES)) + 0.5
    rates = counts / (period_s * area_m2)
    return Background(
        rate_s_m2={nature.value: rate for nature, rate in zip(NATURES, rates.tolist(), strict=True)},
        area_m2=area_m2,
        calls=len(nature),
        basis=basis,
        time_zone=time_zone,
        source_rhythm_s=dict(rhythms),
    )


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
    cells, inverse, counts = np.unique(
        np.column_stack((row, column)), axis=0, return_inverse=True, return_counts=True
    )
    order = np.lexsort((cells[:, 1], cells[:, 0], -counts))
    enough = int(np.searchsorted(np.cumsum(counts[order]), share * len(longitude))) + 1
    chosen = np.zeros(len(cells), dtype=bool)
    chosen[order[:enough]] = True
    return chosen[inverse.reshape(-1)], float(np.count_nonzero(chosen)) * CELL_M**2


def fit_rhythm(received_micros: Integers, covered: Sequence[tuple[int, int]], time_zone: str) -> list[float]:
    """A source's rate of calls (1/s) by hour of the week (Monday 00:00 local is 0), shape 168.

    Only the hours that the source covers count, with the calls in them.
    Each hour is drawn towards the same hour of all days with the weight of two weeks, so that a few days
    of history give a usable rhythm.
    """
    spans = [np.arange(low // HOUR_MICROS, high // HOUR_MICROS + 1) for low, high in covered]
    hours = np.unique(np.concatenate([*spans, np.empty(0, dtype=np.int64)]))
    if len(received_micros) < 2 or len(hours) == 0:
        return [0.0] * HOURS_A_WEEK
    slots = hours_of_week(hours, ZoneInfo(time_zone))
    of_call = received_micros // HOUR_MICROS
    places = np.searchsorted(hours, of_call)
    inside = (places < len(hours)) & (hours[np.minimum(places, len(hours) - 1)] == of_call)
    counts = np.bincount(places[inside], minlength=len(hours)).astype(np.float64)
    seen = np.bincount(slots, minlength=HOURS_A_WEEK)
    total = np.bincount(slots, weights=counts, minlength=HOURS_A_WEEK)
    by_day_hour = np.arange(HOURS_A_WEEK) % 24
    day_seen = np.bincount(by_day_hour, weights=seen, minlength=24)
    day_total = np.bincount(by_day_hour, weights=total, minlength=24)
    usual = (day_total / np.maximum(day_seen, 1))[by_day_hour]
    rates: list[float] = ((total + 2 * usual) / (seen + 2) / 3600).tolist()
    return rates


def hours_of_week(hours: Integers, zone: ZoneInfo) -> Integers:
    """The hour of the week (0 to 167) in a zone for each count of hours since 1970."""
    locals_ = (from_micros(int(hour) * HOUR_MICROS).astimezone(zone) for hour in hours.tolist())
    return np.fromiter(
        (local.weekday() * 24 + local.hour for local in locals_), dtype=np.int64, count=len(hours)
    )
