"""Which calls lie in an alert's window and near it: by time first, then by a box in degrees.

The box is a little larger than the gate, so this only narrows; the distance decides. That is why there may be
two ways here, one in NumPy and one compiled (with Numba, where it is installed and pays), without a second
opinion about any bit.
"""

from collections.abc import Callable
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from app.correlation.columns import AlertColumns, Booleans, CallColumns, Floats, Integers

# Below this many comparisons NumPy is done before the compiler has begun.
_WORTH_COMPILING = 2_000_000
_COMPARISONS_AT_ONCE = 4_000_000
# Shortest degree of the WGS84 ellipsoid's meridian and of its equator, less a margin of 1 %.
_SHORTEST_LATITUDE_DEG_M = 109_400.0
_EQUATOR_DEG_M = 110_200.0

Sweep = Callable[..., tuple[Integers, Integers]]


def near_pairs(
    alerts: AlertColumns,
    low: Integers,
    high: Integers,
    calls: CallColumns,
    usable: Booleans,
    within_m: float,
) -> tuple[Integers, Integers]:
    """Alert and call indices of every usable call among its alert's [low, high) and at most `within_m` away.

    Some pairs that lie a little farther are among them, none without positions. By alert, then call.
    """
    half_height, half_width = _box(alerts.latitude, within_m)
    comparisons = int(np.sum(high - low))
    sweep = _compiled() if comparisons >= _WORTH_COMPILING and find_spec("numba") else _in_numpy
    return sweep(
        alerts.longitude,
        alerts.latitude,
        half_width,
        half_height,
        low,
        high,
        calls.longitude,
        calls.latitude,
        usable,
    )


def ranges(starts: Integers, counts: Integers) -> Integers:
    """start, start + 1, … for each (start, count), concatenated."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)


def _box(latitude: Floats, within_m: float) -> tuple[float, Floats]:
    """Half a box's height, and half its width at each latitude, in degrees; at the poles all around."""
    half_height = within_m / _SHORTEST_LATITUDE_DEG_M
    farthest = np.minimum(np.abs(latitude) + half_height, 90.0)
    shrinking = np.maximum(np.cos(np.radians(farthest)), 1e-6)
    return half_height, np.minimum(within_m / (_EQUATOR_DEG_M * shrinking), 360.0)


def _in_numpy(
    longitude: Floats,
    latitude: Floats,
    half_width: Floats,
    half_height: float,
    low: Integers,
    high: Integers,
    call_longitude: Floats,
    call_latitude: Floats,
    usable: Booleans,
) -> tuple[Integers, Integers]:
    alerts, calls = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    counts = high - low
    ends = np.cumsum(counts)
    part = ends // _COMPARISONS_AT_ONCE
    for places in np.split(np.arange(len(low)), np.flatnonzero(np.diff(part)) + 1):
        alert = np.repeat(places, counts[places])
        call = ranges(low[places], counts[places])
        north = np.abs(call_latitude[call] - latitude[alert]) <= half_height
        alert, call = alert[north], call[north]
        apart = np.abs(call_longitude[call] - longitude[alert])
        near = ((apart <= half_width[alert]) | (apart >= 360 - half_width[alert])) & usable[call]
        alerts.append(alert[near])
        calls.append(call[near])
    return np.concatenate(alerts), np.concatenate(calls)


@lru_cache(maxsize=1)
def _compiled() -> Sweep:
    """The same as a loop, compiled when first asked for."""
    from numba import njit  # noqa: PLC0415 - takes a third of a second, and only bulk runs gain by it

    @njit(nogil=True)
    def sweep(
        longitude: Any,
        latitude: Any,
        half_width: Any,
        half_height: Any,
        low: Any,
        high: Any,
        call_longitude: Any,
        call_latitude: Any,
        usable: Any,
    ) -> Any:
        room = 4 * len(low) + 16
        alerts, calls = np.empty(room, dtype=np.int64), np.empty(room, dtype=np.int64)
        found = 0
        for alert in range(len(low)):
            for call in range(low[alert], high[alert]):
                if abs(call_latitude[call] - latitude[alert]) <= half_height:
                    apart = abs(call_longitude[call] - longitude[alert])
                    near = apart <= half_width[alert] or apart >= 360 - half_width[alert]
                    if near and usable[call]:
                        if found == room:
                            alerts = np.concatenate((alerts, np.empty(room, dtype=np.int64)))
                            calls = np.concatenate((calls, np.empty(room, dtype=np.int64)))
                            room *= 2
                        alerts[found], calls[found] = alert, call
                        found += 1
        return alerts[:found], calls[:found]

    return sweep
