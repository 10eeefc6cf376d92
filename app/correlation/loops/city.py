"""The city around a pair: how many calls to expect at a time and place, and how many more came."""

import math

import numpy as np

from app.correlation.background import Rates
from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.live import STEPS_AN_OCTAVE, LiveRule
from app.correlation.loops.compiled import compiled
from app.correlation.loops.pairs import moved
from app.correlation.relief import LEAST, Relief
from app.correlation.rhythm import HOUR_MICROS, HourSlots

MICROS = 1_000_000
# Less than any count can make a difference of, more than the sums' last bits do.
_SLACK = 1e-9


@compiled
def _slot(hour: int, hours: Integers, slots: Integers) -> int:
    """The hour of the week, from a table in which hours mostly follow on each other."""
    low, high = 0, len(hours) - 1
    place = min(hour - hours[0], high)
    while hours[place] != hour:
        if hours[place] < hour:
            low = place + 1
        else:
            high = place - 1
        place = (low + high) // 2
    slot: int = slots[place]
    return slot


@compiled
def _density(
    longitude: float,
    latitude: float,
    nature: int,
    west: float,
    south: float,
    step_longitude: float,
    step_latitude: float,
    values: Floats,
) -> float:
    _, rows, columns = values.shape
    row, column = (latitude - south) / step_latitude, (longitude - west) / step_longitude
    if not (0 <= row < rows and 0 <= column < columns):
        return LEAST
    density: float = values[nature, int(row), int(column)]
    return density


@compiled
def densities(longitude: Floats, latitude: Floats, nature: Integers, relief: Relief) -> Floats:
    """The density of a nature at each place, relative to the even spread; LEAST off the grid."""
    # Taken apart before the loop: whoever is handed a tuple of arrays counts a reference to each.
    west, south, step_longitude, step_latitude, values = relief
    found = np.empty(len(nature))
    for place in range(len(nature)):
        found[place] = _density(
            longitude[place],
            latitude[place],
            nature[place],
            west,
            south,
            step_longitude,
            step_latitude,
            values,
        )
    return found


@compiled
def log_rates(
    call: Integers,
    micros: Integers,
    longitude: Floats,
    latitude: Floats,
    nature: Integers,
    rates: Rates,
    table: HourSlots,
) -> Floats:
    """ln of the rate (1/s and m2) of calls of its nature at the time and place of some of the calls."""
    rates_s_m2, _, rhythms, relief = rates
    west, south, step_longitude, step_latitude, values = relief
    hours, slots = table
    found = np.empty(len(call))
    for pair in range(len(call)):
        place = call[pair]
        own, slot = nature[place], _slot(micros[place] // HOUR_MICROS, hours, slots)
        rate = rates_s_m2[own] * rhythms[own, slot]
        if values.size > 0:
            rate *= _density(
                longitude[place], latitude[place], own, west, south, step_longitude, step_latitude, values
            )
        found[pair] = math.log(rate)
    return found


@compiled
def expected_in_area(low_micros: Integers, high_micros: Integers, rates: Rates, table: HourSlots) -> Floats:
    """Calls of each nature in the whole area between instants, shape (n, natures)."""
    rates_s_m2, area_m2, rhythms, _ = rates
    hours, slots = table
    natures = len(rates_s_m2)
    expected = np.zeros((len(low_micros), natures))
    for span in range(len(low_micros)):
        low, high = low_micros[span], high_micros[span]
        for hour in range(low // HOUR_MICROS, high // HOUR_MICROS + 1):
            begin, end = max(hour * HOUR_MICROS, low), min((hour + 1) * HOUR_MICROS, high)
            slot = _slot(hour, hours, slots)
            for nature in range(natures):
                expected[span, nature] += max(end - begin, 0) / MICROS * rhythms[nature, slot]
        for nature in range(natures):
            expected[span, nature] *= rates_s_m2[nature] * area_m2
    return expected


@compiled
def counts_between(
    low_micros: Integers,
    high_micros: Integers,
    times: Integers,
    natures: Integers,
    counted: Booleans,
    longitude: Floats,
    count: int,
) -> Integers:
    """Located calls that are counted, by nature, between instants, closed; shape (n, count)."""
    counts = np.zeros((len(low_micros), count), dtype=np.int64)
    running, low, high = np.zeros(count, dtype=np.int64), 0, 0
    for span in range(len(low_micros)):
        begin, end = moved(low, times, low_micros[span]), moved(high, times, high_micros[span] + 1)
        if not low <= begin <= high <= end:
            running[:], low, high = 0, begin, begin
        for call in range(low, begin):
            running[natures[call]] -= counted[call] & (not math.isnan(longitude[call]))
        for call in range(high, end):
            running[natures[call]] += counted[call] & (not math.isnan(longitude[call]))
        for nature in range(count):
            counts[span, nature] = running[nature]
        low, high = begin, end
    return counts


@compiled
def live_steps(
    low_micros: Integers,
    high_micros: Integers,
    own_counts: Integers,
    times: Integers,
    natures: Integers,
    counted: Booleans,
    longitude: Floats,
    rates: Rates,
    table: HourSlots,
    rule: LiveRule,
) -> Integers:
    """Steps above the background for each live window and nature; none where the area is unknown."""
    steps = np.zeros_like(own_counts)
    if math.isnan(rates.area_m2):
        return steps
    expected = expected_in_area(low_micros, high_micros, rates, table)
    counts = counts_between(low_micros, high_micros, times, natures, counted, longitude, own_counts.shape[1])
    for span in range(len(counts)):
        for nature in range(counts.shape[1]):
            others = counts[span, nature] - own_counts[span, nature]
            ratio = (others + rule.shrink_calls) / (expected[span, nature] + rule.shrink_calls)
            found = math.ceil(math.log2(ratio) * STEPS_AN_OCTAVE - _SLACK) if ratio > 1 else 0
            steps[span, nature] = found + (rule.surge_margin if found >= rule.surge_from else 0)
    return steps
