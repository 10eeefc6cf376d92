"""How many calls to expect where nothing was shot: rate, hour of the week, and place, by nature."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self
from zoneinfo import ZoneInfo

import numpy as np

from app.correlation.columns import Floats, Integers
from app.correlation.parameters import NATURES
from app.correlation.relief import Relief
from app.correlation.rhythm import HOUR_MICROS, HOURS_A_WEEK, hour_of_week, hours_of_week

MICROS = 1_000_000
# So few spans are quicker one by one; the sums are the same, in the same order.
_FEW = 32

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


@dataclass(frozen=True, kw_only=True)
class Background:
    """Rates by nature (calls per second and m2, evenly over the area), and how time and place change them.

    `rhythm` gives each nature's factor by hour of the week, `relief` its factor by place; None: everywhere 1.
    `source_rhythm_s` is each call source's own rate by hour of the week (1/s), by which gaps are found.
    """

    rate_s_m2: Mapping[str, float]
    area_m2: float | None
    calls: int
    basis: str
    time_zone: str = "UTC"
    source_rhythm_s: Mapping[str, Sequence[float]]
    rhythm: Mapping[str, Sequence[float]] | None = None
    relief: Relief | None = None

    def log_rate(
        self, received_micros: Integers, longitude: Floats, latitude: Floats, nature: Integers
    ) -> Floats:
        """ln of the rate (1/s and m2) of calls of a nature at each time and place; shapes (n,)."""
        rate = self._rates[nature] * self._rhythms[nature, self._slots(received_micros // HOUR_MICROS)]
        if self.relief is not None:
            rate = rate * self.relief.at(longitude, latitude, nature)
        return np.asarray(np.log(rate), dtype=np.float64)

    def expected_in_area(self, low_micros: Integers, high_micros: Integers) -> Floats | None:
        """Calls of each nature to expect in the whole area between instants, shape (n, natures).

        None where the area is unknown, and with it how many calls the city has.
        """
        if self.area_m2 is None:
            return None
        if len(low_micros) <= _FEW:
            spans = zip(low_micros.tolist(), high_micros.tolist(), strict=True)
            rows = [self._expected_usually(low, high) for low, high in spans]
            return np.array(rows).reshape(-1, len(NATURES)) * (self._rates * self.area_m2)
        longest = int((high_micros - low_micros).max(initial=0)) // HOUR_MICROS + 2
        hours = low_micros // HOUR_MICROS + np.arange(longest)[:, None]
        begin = np.maximum(hours * HOUR_MICROS, low_micros)
        end = np.minimum((hours + 1) * HOUR_MICROS, high_micros)
        seconds = np.maximum(end - begin, 0) / MICROS
        usual = self._rhythms.T[self._slots(hours)]
        expected = np.add.reduce(seconds[:, :, None] * usual, axis=0)
        return np.asarray(expected * (self._rates * self.area_m2), dtype=np.float64)

    def _expected_usually(self, low: int, high: int) -> list[float]:
        """Seconds between two instants, each counted by the rhythm of its hour; by nature."""
        total = [0.0] * len(NATURES)
        for hour in range(low // HOUR_MICROS, high // HOUR_MICROS + 1):
            seconds = (min((hour + 1) * HOUR_MICROS, high) - max(hour * HOUR_MICROS, low)) / MICROS
            usual = self._rhythm_of_hour[hour_of_week(hour, self._zone)]
            total = [sum_ + seconds * factor for sum_, factor in zip(total, usual, strict=True)]
        return total

    def expected_calls(self, source: str, from_micros_: int, through_micros: int) -> float:
        """Calls that a source's own rhythm lets expect between two instants; 0 for an unknown source."""
        rhythm = self.source_rhythm_s.get(source)
        if rhythm is None or through_micros <= from_micros_:
            return 0.0
        starts = np.arange(from_micros_ // HOUR_MICROS, (through_micros - 1) // HOUR_MICROS + 1)
        begin = np.maximum(starts * HOUR_MICROS, from_micros_)
        end = np.minimum((starts + 1) * HOUR_MICROS, through_micros)
        rates = np.array(rhythm)[self._slots(starts)]
        return float(np.sum(rates * (end - begin)) / MICROS)

    @cached_property
    def _rates(self) -> Floats:
        return np.array([self.rate_s_m2[nature] for nature in NATURES])

    @cached_property
    def _rhythms(self) -> Floats:
        if self.rhythm is None:
            return np.ones((len(NATURES), HOURS_A_WEEK))
        return np.array([self.rhythm[nature] for nature in NATURES])

    @cached_property
    def _rhythm_of_hour(self) -> list[list[float]]:
        """The same by hour of the week, then nature."""
        by_hour: list[list[float]] = self._rhythms.T.tolist()
        return by_hour

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def _slots(self, hours: Integers) -> Integers:
        return hours_of_week(hours, self._zone)

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Self:
        """Read a stored background."""
        relief = document.get("relief")
        return cls(**{**document, "relief": None if relief is None else Relief.from_document(relief)})

    def to_document(self) -> dict[str, Any]:
        """The background as a JSON document."""
        return {
            "rate_s_m2": dict(self.rate_s_m2),
            "area_m2": self.area_m2,
            "calls": self.calls,
            "basis": self.basis,
            "time_zone": self.time_zone,
            "source_rhythm_s": {name: list(rates) for name, rates in self.source_rhythm_s.items()},
            "rhythm": None
            if self.rhythm is None
            else {name: list(factors) for name, factors in self.rhythm.items()},
            "relief": None if self.relief is None else self.relief.to_document(),
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
