"""What each pair of incident and call says: densities in time and place, the background, and their sum."""

import math

import numpy as np

from app.correlation.background import Rates
from app.correlation.columns import Booleans, Floats, Integers
from app.correlation.evidence import TermsRule
from app.correlation.lag import STEP_S, LagTables
from app.correlation.live import LOG_STEP, LiveRule
from app.correlation.loops.city import live_steps, log_rates
from app.correlation.loops.compiled import compiled
from app.correlation.rhythm import HourSlots

MICROS = 1_000_000
_SMALLEST = 1e-300
# Beyond this the evidence says nothing more, and its exponential stays a number.
_LARGEST_EVIDENCE = 100.0


@compiled
def _density(lag_s: float, lowest_s: float, begin: int, end: int, table: Floats) -> float:
    """The density at a lag by the part of a table that begins at the lowest, linear between entries, or 0."""
    steps, last = (lag_s - lowest_s) / STEP_S, end - begin - 1
    if not 0 <= steps <= last:
        return 0.0
    place = min(int(steps), last - 1)
    low, high = table[begin + place], table[begin + place + 1]
    density: float = low + (high - low) * (steps - place)
    return density


@compiled
def lag_densities(lag_s: Floats, lags: LagTables) -> Floats:
    """The density at each lag by the first of the tables."""
    lowest_s, begins, table = lags
    density = np.empty(len(lag_s))
    for place in range(len(lag_s)):
        density[place] = _density(lag_s[place], lowest_s[0], begins[0], begins[1], table)
    return density


@compiled
def clock_errors(
    incident: Integers,
    call: Integers,
    alert: Integers,
    starts: Integers,
    clock_error_s: float,
    alert_error_s: Floats,
    call_error_s: Floats,
) -> tuple[Floats, Integers]:
    """The distinct errors (s) of all three clocks together, and which of them each alert of a pair has."""
    distinct, number = np.empty(8), np.empty(len(alert), dtype=np.int64)
    count = each = 0
    for pair in range(len(call)):
        for _ in range(starts[incident[pair]], starts[incident[pair] + 1]):
            own_s, other_s = alert_error_s[alert[each]], call_error_s[call[pair]]
            error_s = math.sqrt(clock_error_s * clock_error_s + own_s * own_s + other_s * other_s)
            place = 0
            while place < count and distinct[place] != error_s:
                place += 1
            if place == count:
                if count == len(distinct):
                    distinct = np.concatenate((distinct, np.empty(count)))
                distinct[count] = error_s
                count += 1
            number[each] = place
            each += 1
    return distinct[:count], number


@compiled
def _own_counts(
    incident: Integers,
    call: Integers,
    first_micros: Integers,
    times: Integers,
    natures: Integers,
    count: int,
    rule: LiveRule,
) -> tuple[Integers, Integers, Integers]:
    """The live windows of the incidents that have pairs, and how many of these lie in it, by nature."""
    rows = 0
    for pair in range(len(call)):
        if pair == 0 or incident[pair] != incident[pair - 1]:
            rows += 1
    low, high = np.empty(rows, dtype=np.int64), np.empty(rows, dtype=np.int64)
    own_counts, row = np.zeros((rows, count), dtype=np.int64), -1
    for pair in range(len(call)):
        if pair == 0 or incident[pair] != incident[pair - 1]:
            row += 1
            low[row] = first_micros[incident[pair]] - rule.before_micros
            high[row] = first_micros[incident[pair]] + rule.after_micros
        if low[row] <= times[call[pair]] <= high[row]:
            own_counts[row, natures[call[pair]]] += 1
    return low, high, own_counts


@compiled
def terms_of_pairs(
    incident: Integers,
    call: Integers,
    alert: Integers,
    distance_m: Floats,
    error: Integers,
    starts: Integers,
    first_micros: Integers,
    started_micros: Integers,
    alert_uncertainty_m: Floats,
    received_micros: Integers,
    longitude: Floats,
    latitude: Floats,
    nature: Integers,
    call_uncertainty_m: Floats,
    counted: Booleans,
    lags: LagTables,
    rates: Rates,
    hours: HourSlots,
    live: LiveRule,
    rule: TermsRule,
) -> tuple[Integers, Floats]:
    """Live steps; then lag (s), distance (m), time, distance, nature, background and the total, a row each.

    Time and distance are those of an equal-weight mixture over the incident's alerts. `error` numbers the
    table for each alert of each pair, as `clock_errors` does.
    """
    windows = _own_counts(incident, call, first_micros, received_micros, nature, len(rates.rates_s_m2), live)
    of_row = live_steps(*windows, received_micros, nature, counted, longitude, rates, hours, live)
    rate = log_rates(call, received_micros, longitude, latitude, nature, rates, hours)
    lowest_s, begins, table = lags
    steps, row = np.empty(len(call), dtype=np.int64), -1
    found = np.empty((7, len(call)))
    each = 0
    for pair in range(len(call)):
        caller = call[pair]
        if pair == 0 or incident[pair] != incident[pair - 1]:
            row += 1
        steps[pair] = of_row[row, nature[caller]]
        micros, call_m = received_micros[caller], call_uncertainty_m[caller]
        call_m = rule.call_uncertainty_m if math.isnan(call_m) else call_m
        size = starts[incident[pair] + 1] - starts[incident[pair]]
        in_time, in_place, nearest_m = 0.0, 0.0, math.inf
        for place in range(each, each + size):
            shot, apart_m = alert[place], distance_m[place]
            alert_m = alert_uncertainty_m[shot]
            alert_m = rule.alert_uncertainty_m if math.isnan(alert_m) else alert_m
            variance_m2 = rule.caller_distance_m**2 + alert_m**2 + call_m**2
            lag_s, clock = (micros - started_micros[shot]) / MICROS, error[place]
            in_time += _density(lag_s, lowest_s[clock], begins[clock], begins[clock + 1], table)
            in_place += math.exp(-(apart_m**2) / (2 * variance_m2)) / (2 * math.pi * variance_m2)
            nearest_m = min(nearest_m, apart_m)
        each += size
        time = math.log(max(in_time / size, _SMALLEST))
        distance = math.log(max(in_place / size, _SMALLEST))
        of_nature = rule.log_nature_shares[nature[caller]]
        background = -(rate[pair] + steps[pair] * LOG_STEP)
        total = rule.log_expected_calls + time + distance + of_nature + background
        found[0, pair], found[1, pair] = (micros - first_micros[incident[pair]]) / MICROS, nearest_m
        found[2, pair], found[3, pair] = time, distance
        found[4, pair], found[5, pair] = of_nature, background
        found[6, pair] = min(total, _LARGEST_EVIDENCE)
    return steps, found
