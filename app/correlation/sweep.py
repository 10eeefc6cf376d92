"""Going over the calls once: which lie near an alert in its window.

A box in degrees that is a little larger than the distance asked about only narrows; whoever asks decides by
the distance.
"""

from typing import NamedTuple

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers


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
    from app.correlation.loops.pairs import near_calls  # noqa: PLC0415 - brings in the compiler

    count = len(longitude)
    each, all_ = np.arange(count + 1), np.ones(count, dtype=bool)
    places = (longitude, latitude, all_, begin_micros, end_micros)
    return near_calls(each[:count], each, 0, count, *places, *calls, float(within_m))


def ranges(starts: Integers, counts: Integers) -> Integers:
    """start, start + 1, … for each (start, count), concatenated."""
    ends = counts.cumsum()
    total = int(ends[-1]) if len(ends) else 0
    return np.asarray(np.arange(total) + (starts - ends + counts).repeat(counts))
