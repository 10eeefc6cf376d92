"""The fixed-window table: how the share "reported" depends on the window, and how much of it is chance."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000
DAY_MICROS = 86_400 * MICROS
MINUTES = (1, 5, 10, 15, 30, 60)
RADII_M = (100, 250, 500, 1000)
SHIFTS_DAYS = (-3, -2, -1, 1, 2, 3)
_ALERTS_AT_ONCE = 2_000
# A degree of latitude is 110,574 m long at the equator and longer elsewhere.
_SHORTEST_DEGREE_M = 110_500.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Points:
    """n events in time and space: microseconds since 1970, degrees; `unit` numbers what each belongs to.

    `counts` marks those inside the asked period and zone; the others only serve as partners of those.
    """

    micros: Integers
    longitude: Floats
    latitude: Floats
    unit: Integers
    counts: Booleans


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One window: units with a call, calls with an alert, and units with a call by chance for each shift."""

    minutes: int
    radius_m: int
    reported: int
    calls_with_alert: int
    chance: tuple[int, ...]

    @property
    def chance_mean(self) -> float:
        """The mean over the day-shifted alerts."""
        return sum(self.chance) / len(self.chance)


def fixed_window_table(alerts: Points, calls: Points) -> list[Row]:
    """Count matches within ± minutes and metres, closed at both ends, for every window of the table.

    `calls` must be in order of time. Chance is measured with the alerts' times shifted by whole days, which
    keeps the hour of the day and the place but breaks the bond.
    """
    found = _count(alerts, calls, 0)
    shifted = [_count(alerts, calls, days * DAY_MICROS) for days in SHIFTS_DAYS]
    return [
        Row(
            minutes=minutes,
            radius_m=radius_m,
            reported=found[minutes, radius_m][0],
            calls_with_alert=found[minutes, radius_m][1],
            chance=tuple(each[minutes, radius_m][0] for each in shifted),
        )
        for minutes in MINUTES
        for radius_m in RADII_M
    ]


def _count(alerts: Points, calls: Points, shift_micros: int) -> dict[tuple[int, int], tuple[int, int]]:
    unit_count = int(alerts.unit.max(initial=-1)) + 1
    # The place in RADII_M of the nearest partner within the minutes; one more where there is none.
    nearest_of_unit = np.full((len(MINUTES), unit_count), len(RADII_M), dtype=np.int8)
    nearest_of_call = np.full((len(MINUTES), len(calls.micros)), len(RADII_M), dtype=np.int8)
    for alert, call, apart_micros, distance_m in _pairs(alerts, calls, shift_micros):
        ring = np.searchsorted(RADII_M, distance_m, side="left").astype(np.int8)
        for place, minutes in enumerate(MINUTES):
            match = apart_micros <= minutes * 60 * MICROS
            own = match & alerts.counts[alert]
            np.minimum.at(nearest_of_unit[place], alerts.unit[alert[own]], ring[own])
            np.minimum.at(nearest_of_call[place], call[match], ring[match])
    return {
        (minutes, radius_m): (
            int((nearest_of_unit[row] <= column).sum()),
            int(((nearest_of_call[row] <= column) & calls.counts).sum()),
        )
        for row, minutes in enumerate(MINUTES)
        for column, radius_m in enumerate(RADII_M)
    }


def _pairs(
    alerts: Points, calls: Points, shift_micros: int
) -> Iterator[tuple[Integers, Integers, Integers, Floats]]:
    """Alert and call indices, time apart and distance of all pairs within the widest window, in parts."""
    widest = MINUTES[-1] * 60 * MICROS
    for start in range(0, len(alerts.micros), _ALERTS_AT_ONCE):
        places = np.arange(start, min(start + _ALERTS_AT_ONCE, len(alerts.micros)))
        times = alerts.micros[places] + shift_micros
        low = np.searchsorted(calls.micros, times - widest, side="left")
        counts = np.searchsorted(calls.micros, times + widest, side="right") - low
        ends = np.cumsum(counts)
        alert = np.repeat(places, counts)
        call = np.arange(int(ends[-1]) if len(ends) else 0) - np.repeat(ends - counts - low, counts)
        # Most calls of the hour are across the city: the latitudes alone tell, at a tenth of the cost.
        level = np.abs(calls.latitude[call] - alerts.latitude[alert]) <= RADII_M[-1] / _SHORTEST_DEGREE_M
        alert, call = alert[level], call[level]
        apart = np.abs(calls.micros[call] - alerts.micros[alert] - shift_micros)
        distance_m = near_distance_m(
            alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call]
        )
        near = distance_m <= RADII_M[-1]
        yield alert[near], call[near], apart[near], distance_m[near]


def shifted_into(micros: Integers, covered: Sequence[tuple[int, int]]) -> list[int]:
    """For each shift, how many of the shifted times still fall into covered time."""
    counts = []
    for days in SHIFTS_DAYS:
        times = micros + days * DAY_MICROS
        inside = np.zeros(len(times), dtype=bool)
        for low, high in covered:
            inside |= (times >= low) & (times <= high)
        counts.append(int(inside.sum()))
    return counts
