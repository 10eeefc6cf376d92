"""Which alerts have to be scored together after one event, by loops over the loaded arrays.

Alerts that may be one incident go together, and alerts that have a usable call in both their windows so near
to either that it may be evidence enough for the two to be judged together; so do those that these join to
others. Boxes in degrees stand for circles: too many alerts cost time, too few would change bits. Only
comparisons, compiled.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Floats
from app.correlation.lag import lag_distribution
from app.correlation.parameters import NATURES, Parameters
from app.correlation.relief import LEAST
from app.domain.geodesy import degrees_around

MICROS = 1_000_000


class Reach(NamedTuple):
    """How far windows, gates and links reach, in microseconds and in degrees (half widths and heights).

    `shared_width` and `shared_height` have an entry for each nature of call.
    """

    before: int
    after: int
    longest: int
    link_within: int
    gate_width: float
    gate_height: float
    link_width: float
    link_height: float
    shared_width: Floats
    shared_height: Floats


def reach_of(
    parameters: Parameters, background: Background, alerts: AlertColumns, calls: CallColumns
) -> Reach:
    """The reach in a city that lies within a degree of its alerts' middle latitude, far from 180."""
    latitude = abs(float(np.nanmedian(alerts.latitude))) + 1.0
    spans = (parameters.window_before_s, parameters.window_after_s, parameters.longest_incident_s)
    before, after, longest, within = (round(span * MICROS) for span in (*spans, parameters.link_within_s))
    gate, link = (degrees_around(latitude, each) for each in (parameters.gate_m, parameters.link_within_m))
    shared_m = np.minimum(_farthest_shared_m(parameters, background, alerts, calls), parameters.gate_m)
    shared = np.array([degrees_around(latitude, each) for each in shared_m.tolist()])
    return Reach(before, after, longest, within, *gate, *link, shared[:, 0].copy(), shared[:, 1].copy())


def _farthest_shared_m(
    parameters: Parameters, background: Background, alerts: AlertColumns, calls: CallColumns
) -> Floats:
    """From how far a call of each nature, shape (natures,), can at most be evidence above `link_floor`.

    With the likeliest lag, the widest of all location errors, and the least background anywhere at any time.
    """
    errors = (
        parameters.caller_distance_m,
        max(np.nanmax(alerts.uncertainty_m), parameters.alert_uncertainty_m),
        max(np.nanmax(calls.uncertainty_m), parameters.call_uncertainty_m),
    )
    # Nearer than its root the density grows as the variance falls, so the widest is the most only from there.
    variance = sum(float(each) ** 2 for each in errors)
    clocks = (
        parameters.clock_error_s**2 + np.min(alerts.clock_error_s) ** 2 + np.min(calls.clock_error_s) ** 2
    )
    likeliest = lag_distribution(parameters, float(np.sqrt(clocks))).density_table.max()
    least = np.array([background.rate_s_m2[name] for name in NATURES])
    if background.rhythm is not None:
        least = least * np.array([min(background.rhythm[name]) for name in NATURES])
    if background.relief is not None:
        least = least * min(LEAST, float(background.relief.values.min()))
    shares = np.array([parameters.nature_share[name] for name in NATURES])
    most = np.log(parameters.expected_calls * likeliest * shares / least) - np.log(2 * np.pi * variance)
    return np.sqrt(np.maximum(2 * variance * (most - np.log(parameters.link_floor)), 2 * variance))


@njit
def joined(  # noqa: PLR0912 - compiled as a whole
    times: Any,
    longitude: Any,
    latitude: Any,
    call_times: Any,
    call_longitude: Any,
    call_latitude: Any,
    usable: Any,
    nature: Any,
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
                width, height = reach.shared_width[nature[place]], reach.shared_height[nature[place]]
                goes_together = (
                    usable[place]
                    and abs(call_longitude[place] - longitude[one]) <= width
                    and abs(call_latitude[place] - latitude[one]) <= height
                    and abs(call_longitude[place] - longitude[other]) <= width
                    and abs(call_latitude[place] - latitude[other]) <= height
                )
                place += 1
            if goes_together:
                chosen[other] = True
                waiting[size] = other
                size += 1
    return np.flatnonzero(chosen)
