"""Which calls lie near an incident in its window, by two pointers that move over the calls' times."""

import numpy as np

from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.loops.compiled import compiled
from app.domain.geodesy import near_distance_m

# Shortest degree of the WGS84 ellipsoid's meridian and of its equator, less a margin of 1 %.
_SHORTEST_LATITUDE_DEG_M = 109_400.0
_EQUATOR_DEG_M = 110_200.0

_distance_m = compiled(near_distance_m)


@compiled
def moved(place: int, times: Integers, micros: int) -> int:
    """The first place with a time of at least `micros`, looked for from another place."""
    while place > 0 and times[place - 1] >= micros:
        place -= 1
    while place < len(times) and times[place] < micros:
        place += 1
    return place


@compiled
def _half_widths(latitude: Floats, within_m: float) -> Floats:
    """Half the width of each place's box in degrees; at the poles all around."""
    widths = np.empty(len(latitude))
    for place in range(len(latitude)):
        farthest = min(abs(latitude[place]) + within_m / _SHORTEST_LATITUDE_DEG_M, 90.0)
        shrinking = max(np.cos(np.radians(farthest)), 1e-6)
        widths[place] = min(within_m / (_EQUATOR_DEG_M * shrinking), 360.0)
    return widths


@compiled
def near_calls(
    members: Integers,
    starts: Integers,
    first: int,
    last: int,
    longitude: Floats,
    latitude: Floats,
    is_asked: Booleans,
    begin: Integers,
    end: Integers,
    times: Integers,
    call_longitude: Floats,
    call_latitude: Floats,
    usable: Booleans,
    within_m: float,
) -> tuple[Integers, Integers]:
    """Group and call of every usable call in its group's window, in the box around a place of the group's.

    Of the groups from `first` to before `last`, and of the places that are asked about. Without branches on
    where a call lies, which would mostly go astray.
    """
    half_height, half_widths = within_m / _SHORTEST_LATITUDE_DEG_M, _half_widths(latitude, within_m)
    counts, calls = np.zeros(last - first, dtype=np.int64), np.empty(8 * (last - first) + 256, dtype=np.int64)
    near = np.empty(256, dtype=np.bool_)
    low = high = found = 0
    for group in range(first, last):
        low, high = moved(low, times, begin[group]), moved(high, times, end[group] + 1)
        count = max(high - low, 0)
        if found + count > len(calls):
            calls = np.concatenate((calls[:found], np.empty(found + 2 * count, dtype=np.int64)))
        if count > len(near):
            near = np.empty(2 * count, dtype=np.bool_)
        near[:count] = False
        to_east, to_north, can_be = call_longitude[low:high], call_latitude[low:high], usable[low:high]
        for member in range(starts[group], starts[group + 1]):
            place = members[member]
            if not is_asked[place]:
                continue
            east, north, width = longitude[place], latitude[place], half_widths[place]
            for number in range(count):
                apart = abs(to_east[number] - east)
                is_beside = (apart <= width) | (apart >= 360 - width)
                near[number] |= is_beside & (abs(to_north[number] - north) <= half_height)
        before = found
        for number in range(count):
            calls[found] = low + number
            found += near[number] & can_be[number]
        counts[group - first] = found - before
    groups, filled = np.empty(found, dtype=np.int64), 0
    for group in range(first, last):
        for _ in range(counts[group - first]):
            groups[filled] = group
            filled += 1
    return groups, calls[:found]


@compiled
def pairs_within_gate(
    members: Integers,
    starts: Integers,
    first: int,
    last: int,
    longitude: Floats,
    latitude: Floats,
    is_active: Booleans,
    begin: Integers,
    end: Integers,
    times: Integers,
    call_longitude: Floats,
    call_latitude: Floats,
    usable: Booleans,
    gate_m: float,
) -> tuple[Integers, Integers, Integers, Floats]:
    """Incident and call of every call whose nearest alert is within the gate.

    Then, for each of these pairs and each of the incident's alerts, the alert and its distance.
    """
    incident, call = near_calls(
        members, starts, first, last, longitude, latitude, is_active,
        begin, end, times, call_longitude, call_latitude, usable, gate_m,
    )  # fmt: skip
    room = 0
    for group in incident:
        room += starts[group + 1] - starts[group]
    alert, distance_m = np.empty(room, dtype=np.int64), np.empty(room)
    kept = filled = 0
    for pair in range(len(call)):
        group, caller, nearest_m, size = incident[pair], call[pair], np.inf, 0
        for place in members[starts[group] : starts[group + 1]]:
            apart_m = _distance_m(
                longitude[place], latitude[place], call_longitude[caller], call_latitude[caller]
            )
            alert[filled + size], distance_m[filled + size] = place, apart_m
            nearest_m = min(nearest_m, float(apart_m))
            size += 1
        if nearest_m <= gate_m:
            incident[kept], call[kept] = group, caller
            kept += 1
            filled += size
    return incident[:kept], call[:kept], alert[:filled], distance_m[:filled]
