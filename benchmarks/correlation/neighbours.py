"""Which alerts have to be scored together after one event, by loops over the loaded arrays.

Alerts that may be one incident go together, and alerts that have a usable call in both their windows and
gates; so do those that these join to others. Boxes in degrees stand for circles: too many alerts cost time,
too few would change bits. Only comparisons, compiled where Numba is installed.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from app.correlation.columns import Integers
from app.correlation.parameters import Parameters
from app.domain.geodesy import degrees_around

MICROS = 1_000_000


class Reach(NamedTuple):
    """How far windows, gates and links reach, in microseconds and in degrees (half widths and heights)."""

    before: int
    after: int
    longest: int
    link_within: int
    gate_width: float
    gate_height: float
    link_width: float
    link_height: float


def reach_of(parameters: Parameters, latitude: float) -> Reach:
    """The reach in a city that lies within a degree of a latitude, far from 180."""
    spans = (parameters.window_before_s, parameters.window_after_s, parameters.longest_incident_s)
    circles = (parameters.gate_m, parameters.link_within_m)
    boxes = [degrees_around(abs(latitude) + 1.0, within_m) for within_m in circles]
    before, after, longest, within = (round(span * MICROS) for span in (*spans, parameters.link_within_s))
    return Reach(before, after, longest, within, *boxes[0], *boxes[1])


@lru_cache(maxsize=1)
def compiled() -> Callable[..., Integers]:
    """`joined`, compiled if that can be done."""
    try:
        from numba import njit
    except ImportError:
        return joined
    return njit(joined)  # type: ignore[no-any-return]


def joined(  # noqa: PLR0912 - compiled as a whole
    times: Any,
    longitude: Any,
    latitude: Any,
    call_times: Any,
    call_longitude: Any,
    call_latitude: Any,
    usable: Any,
    alert: int,
    call: int,
    reach: Any,
) -> Any:
    """Places of the alerts that an alert, or a call (the other is -1), concerns and joins, in order.

    All arrays are sorted by time; alerts as far away as chains may reach must be among them.
    """
    count = len(times)
    begins, ends = times - reach.before, times + reach.after
    for one in range(count):
        for other in range(one + 1, count):
            if times[other] - times[one] > reach.link_within:
                break
            if (
                abs(longitude[other] - longitude[one]) <= reach.link_width
                and abs(latitude[other] - latitude[one]) <= reach.link_height
            ):
                # The window of an incident begins with its first alert and ends with its last.
                for each in (one, other):
                    begins[each] = times[each] - reach.before - reach.longest
                    ends[each] = times[each] + reach.after + reach.longest
    chosen = np.zeros(count, dtype=np.bool_)
    waiting = np.empty(count, dtype=np.int64)
    size = 0
    for one in range(count):
        if one == alert or (
            call >= 0
            and begins[one] <= call_times[call] <= ends[one]
            and abs(longitude[one] - call_longitude[call]) <= reach.gate_width
            and abs(latitude[one] - call_latitude[call]) <= reach.gate_height
        ):
            chosen[one] = True
            waiting[size] = one
            size += 1
    while size > 0:
        size -= 1
        one = waiting[size]
        for other in range(count):
            apart = abs(longitude[other] - longitude[one])
            high = abs(latitude[other] - latitude[one])
            if chosen[other] or apart > 2 * reach.gate_width or high > 2 * reach.gate_height:
                continue
            first, last = max(begins[one], begins[other]), min(ends[one], ends[other])
            if first > last:
                continue
            goes_together = (
                abs(times[other] - times[one]) <= reach.link_within
                and apart <= reach.link_width
                and high <= reach.link_height
            )
            place = np.searchsorted(call_times, first)
            while not goes_together and place < len(call_times) and call_times[place] <= last:
                goes_together = (
                    usable[place]
                    and abs(call_longitude[place] - longitude[one]) <= reach.gate_width
                    and abs(call_latitude[place] - latitude[one]) <= reach.gate_height
                    and abs(call_longitude[place] - longitude[other]) <= reach.gate_width
                    and abs(call_latitude[place] - latitude[other]) <= reach.gate_height
                )
                place += 1
            if goes_together:
                chosen[other] = True
                waiting[size] = other
                size += 1
    return np.flatnonzero(chosen)
