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
    windows = [(minutes, radius_m) for minutes in MINUTES for radius_m in RADII_M]
    units = {window: np.zeros(int(alerts.unit.max(initial=-1)) + 1, dtype=bool) for window in windows}
    called = {window: np.zeros(len(calls.micros), dtype=bool) for window in windows}
    for alert, call, apart_micros, distance_m in _pairs(alerts, calls, shift_micros):
        for minutes, radius_m in windows:
            match = (apart_micros <= minutes * 60 * MICROS) & (distance_m <= radius_m)
            own = match & alerts.counts[alert]
            units[minutes, radius_m][alerts.unit[alert[own]]] = True
            called[minutes, radius_m][call[match]] = True
    return {
        window: (int(units[window].sum()), int((called[window] & calls.counts).sum())) for window in windows
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
