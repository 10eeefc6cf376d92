"""Going over the calls once: which lie near an alert in its window, and how many of each nature in another.

The box in degrees is a little larger than the gate, so it only narrows; the distance decides. Counts are
whole numbers. That is why there may be two ways here, one in NumPy and one compiled (with Numba, where it is
installed and pays), without a second opinion about any bit.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from app.correlation.columns import Booleans, CallColumns, Floats, Integers

# With fewer calls NumPy is done before the compiler has begun.
_WORTH_COMPILING = 1_000_000
_NOTHING = np.empty(0, dtype=np.int64)
# Shortest degree of the WGS84 ellipsoid's meridian and of its equator, less a margin of 1 %.
_SHORTEST_LATITUDE_DEG_M = 109_400.0
_EQUATOR_DEG_M = 110_200.0


class CallPlaces(NamedTuple):
    """Where and when calls were made, by time, and which of them can be used; all of shape (c,)."""

    received_micros: Integers
    longitude: Floats
    latitude: Floats
    usable: Booleans


def near_pairs(
    longitude: Floats,
    latitude: Floats,
    begin_micros: Integers,
    end_micros: Integers,
    calls: CallPlaces,
    within_m: float,
) -> tuple[Integers, Integers]:
    """Alert and call indices of every usable call from its alert's begin to its end, at most `within_m` away.

    The alerts' places are in degrees, shape (n,), as are their begins and ends. Some pairs that lie a little
    farther are among them, none without positions. By alert, then call.
    """
    half_height, half_width = _box(latitude, within_m)
    sweep = _compiled_pairs() if _is_to_be_compiled(_compiled_pairs, calls.received_micros) else _pairs
    found: tuple[Integers, Integers] = sweep(
        longitude, latitude, half_width, half_height, begin_micros, end_micros, *calls
    )
    return found


def count_by_nature(
    calls: CallColumns, begin_micros: Integers, end_micros: Integers, natures: int
) -> Integers:
    """How many located calls that count as reports come between instants, closed; shape (n, natures).

    Both instants ascend.
    """
    count = _compiled_counts() if _is_to_be_compiled(_compiled_counts, calls.received_micros) else _counts
    counted = calls.counts_as_report
    counts: Integers = count(
        begin_micros, end_micros, calls.received_micros, calls.nature, counted, calls.longitude, natures
    )
    return counts


def ranges(starts: Integers, counts: Integers) -> Integers:
    """start, start + 1, … for each (start, count), concatenated."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + (starts - ends + counts).repeat(counts))


def prepare(calls: int) -> None:
    """Compile the loops if going over so many calls, in whatever parts, pays for it."""
    if calls >= _WORTH_COMPILING and _compiler() is not None:
        _compiled_pairs()
        _compiled_counts()


def _is_to_be_compiled(function: Any, calls: Integers) -> bool:
    """Whether a loop pays for its compiling, or has been compiled already."""
    if len(calls) >= _WORTH_COMPILING:
        return _compiler() is not None
    return _is_compiled(function)


def _is_compiled(function: Any) -> bool:
    return bool(function.cache_info().currsize)


@lru_cache(maxsize=1)
def _compiler() -> Any:
    """Numba's `njit`; None where it is not installed or does not go with this NumPy."""
    try:
        from numba import njit  # noqa: PLC0415 - takes a third of a second, and only bulk runs gain by it
    except ImportError:
        return None
    return njit


def _compile(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function compiled, kept on disk for the next process where there is a place for it."""
    try:
        compiled: Callable[..., Any] = _compiler()(function, nogil=True, cache=True)
    except RuntimeError:
        compiled = _compiler()(function, nogil=True)
    return compiled


def _box(latitude: Floats, within_m: float) -> tuple[float, Floats]:
    """Half a box's height, and half its width at each latitude, in degrees; at the poles all around."""
    half_height = within_m / _SHORTEST_LATITUDE_DEG_M
    farthest = np.minimum(np.abs(latitude) + half_height, 90.0)
    shrinking = np.maximum(np.cos(np.radians(farthest)), 1e-6)
    return half_height, np.minimum(within_m / (_EQUATOR_DEG_M * shrinking), 360.0)


def _pairs(
    longitude: Floats,
    latitude: Floats,
    half_width: Floats,
    half_height: float,
    begin: Integers,
    end: Integers,
    times: Integers,
    call_longitude: Floats,
    call_latitude: Floats,
    usable: Booleans,
) -> tuple[Integers, Integers]:
    lows, highs = times.searchsorted(begin).tolist(), times.searchsorted(end, side="right").tolist()
    calls = []
    places = (longitude.tolist(), latitude.tolist(), half_width.tolist())
    for low, high, east, north, width in zip(lows, highs, *places, strict=True):
        apart = np.abs(call_longitude[low:high] - east)
        near = np.abs(call_latitude[low:high] - north) <= half_height
        near &= (apart <= width) | (apart >= 360 - width)
        near &= usable[low:high]
        calls.append(near.nonzero()[0] + low)
    if len(calls) == 1:
        return np.zeros(len(calls[0]), dtype=np.int64), calls[0]
    counts = [len(found) for found in calls]
    return np.arange(len(calls)).repeat(counts), np.concatenate([*calls, _NOTHING])


def _counts(
    begin: Integers,
    end: Integers,
    times: Integers,
    natures: Integers,
    usable: Booleans,
    longitude: Floats,
    count: int,
) -> Integers:
    counts = np.zeros((len(begin), count), dtype=np.int64)
    if len(begin) < count:
        lows, highs = times.searchsorted(begin), times.searchsorted(end, side="right")
        counted = usable & ~np.isnan(longitude)
        for window, (low, high) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
            counts[window] = np.bincount(natures[low:high][counted[low:high]], minlength=count)
        return counts
    places = np.flatnonzero(usable & ~np.isnan(longitude))
    for nature in range(count):
        own = times[places[natures[places] == nature]]
        counts[:, nature] = np.searchsorted(own, end, side="right") - np.searchsorted(own, begin)
    return counts


@lru_cache(maxsize=1)
def _compiled_pairs() -> Callable[..., tuple[Integers, Integers]]:
    """`_pairs` as a loop, compiled when first asked for; without branches, which would mostly go astray."""

    def pairs(
        longitude: Any,
        latitude: Any,
        half_width: Any,
        half_height: Any,
        begin: Any,
        end: Any,
        times: Any,
        call_longitude: Any,
        call_latitude: Any,
        usable: Any,
    ) -> Any:
        room = 8 * len(begin) + 1024
        calls, counts = np.empty(room, dtype=np.int64), np.empty(len(begin), dtype=np.int64)
        low = high = found = 0
        for alert in range(len(begin)):
            while low > 0 and times[low - 1] >= begin[alert]:
                low -= 1
            while low < len(times) and times[low] < begin[alert]:
                low += 1
            high = max(high, low)
            while high > low and times[high - 1] > end[alert]:
                high -= 1
            while high < len(times) and times[high] <= end[alert]:
                high += 1
            if found + high - low >= room:
                room = 2 * (found + high - low) + 1024
                more = np.empty(room, dtype=np.int64)
                more[:found] = calls[:found]
                calls = more
            before, east, north, width = found, longitude[alert], latitude[alert], half_width[alert]
            for call in range(low, high):
                apart = abs(call_longitude[call] - east)
                is_beside = (apart <= width) | (apart >= 360 - width)
                is_level = abs(call_latitude[call] - north) <= half_height
                calls[found] = call
                found += is_level & is_beside & usable[call]
            counts[alert] = found - before
        return np.arange(len(begin)).repeat(counts), calls[:found]

    return _compile(pairs)


@lru_cache(maxsize=1)
def _compiled_counts() -> Callable[..., Integers]:
    """`_counts` in one pass: what was counted so far, noted wherever a window begins and ends."""

    def counts(
        begin: Any, end: Any, times: Any, natures: Any, usable: Any, longitude: Any, count: int
    ) -> Any:
        at_begin = np.zeros((len(begin), count), dtype=np.int64)
        at_end = np.zeros((len(begin), count), dtype=np.int64)
        running = np.zeros(count, dtype=np.int64)
        begun = ended = 0
        for call in range(len(times)):
            while begun < len(begin) and times[call] >= begin[begun]:
                at_begin[begun] = running
                begun += 1
            while ended < len(end) and times[call] > end[ended]:
                at_end[ended] = running
                ended += 1
            if ended == len(end):
                break
            running[natures[call]] += usable[call] & ~np.isnan(longitude[call])
        at_begin[begun:] = running
        at_end[ended:] = running
        return at_end - at_begin

    return _compile(counts)
