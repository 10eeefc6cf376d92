"""How many calls to expect where nothing was shot: rate, hour of the week, and place, by nature."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Self
from zoneinfo import ZoneInfo

import numpy as np

from app.correlation.columns import Floats, Integers
from app.correlation.parameters import NATURES
from app.correlation.relief import Relief
from app.correlation.rhythm import HOUR_MICROS, HOURS_A_WEEK, HourSlots, hour_slots, hours_of_week

MICROS = 1_000_000
_EVEN = Relief(0.0, 0.0, 1.0, 1.0, np.empty((0, 0, 0)))

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


class Rates(NamedTuple):
    """A background as arrays by nature; the area is NaN, and the relief has no cell, where there is none."""

    rates_s_m2: Floats
    area_m2: float
    rhythms: Floats
    relief: Relief


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
        from app.correlation.loops.city import log_rates  # noqa: PLC0415 - brings in the compiler

        table, every = self.hour_slots(received_micros, received_micros), np.arange(len(nature))
        return log_rates(every, received_micros, longitude, latitude, nature, self.rates, table)

    def expected_in_area(self, low_micros: Integers, high_micros: Integers) -> Floats | None:
        """Calls of each nature to expect in the whole area between instants, shape (n, natures).

        None where the area is unknown, and with it how many calls the city has.
        """
        if self.area_m2 is None:
            return None
        from app.correlation.loops.city import expected_in_area  # noqa: PLC0415 - brings in the compiler

        return expected_in_area(low_micros, high_micros, self.rates, self.hour_slots(low_micros, high_micros))

    def hour_slots(self, low_micros: Integers, high_micros: Integers) -> HourSlots:
        """The hour of the week, where this background is from, of every hour from some instants to others."""
        return hour_slots(low_micros, high_micros, self._zone)

    def expected_calls(self, source: str, from_micros_: int, through_micros: int) -> float:
        """Calls that a source's own rhythm lets expect between two instants; 0 for an unknown source."""
        rhythm = self.source_rhythm_s.get(source)
        if rhythm is None or through_micros <= from_micros_:
            return 0.0
        starts = np.arange(from_micros_ // HOUR_MICROS, (through_micros - 1) // HOUR_MICROS + 1)
        begin = np.maximum(starts * HOUR_MICROS, from_micros_)
        end = np.minimum((starts + 1) * HOUR_MICROS, through_micros)
        rates = np.array(rhythm)[hours_of_week(starts, self._zone)]
        return float(np.sum(rates * (end - begin)) / MICROS)

    @cached_property
    def rates(self) -> Rates:
        """What loops over calls read of this background."""
        rhythms = [[1.0] * HOURS_A_WEEK if self.rhythm is None else self.rhythm[name] for name in NATURES]
        return Rates(
            np.array([self.rate_s_m2[name] for name in NATURES]),
            math.nan if self.area_m2 is None else float(self.area_m2),
            np.array(rhythms),
            _EVEN if self.relief is None else self.relief,
        )

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

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
