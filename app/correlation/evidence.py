"""How strongly each call speaks for each incident: a sum of terms, each kept, because the sum explains."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.correlation.columns import AlertColumns, CallColumns, Floats, Integers
from app.correlation.lag import lag_distribution
from app.correlation.parameters import NATURES, Parameters
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000
_SMALLEST = 1e-300


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Pairs of incident and call within window and gate, by incident, then call; all arrays of shape (p,).

    `lag_s` counts from the incident's first alert, `distance_m` to its nearest; the terms are natural
    logarithms and `total` is their sum, ln u.
    """

    incident: Integers
    call: Integers
    lag_s: Floats
    distance_m: Floats
    time: Floats
    distance: Floats
    nature: Floats
    background: Floats
    total: Floats


def find_candidates(
    alerts: AlertColumns,
    groups: Sequence[Integers],
    calls: CallColumns,
    log_rate: Floats,
    parameters: Parameters,
) -> Candidates:
    """Look by time first, by space second: a window holds few of a year's calls, a place holds a year."""
    incident, alert, call = _pairs_in_window(alerts, groups, calls, parameters)
    distance_m = near_distance_m(
        alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call]
    )
    starts = _segment_starts(incident, call)
    nearest_m = np.minimum.reduceat(distance_m, starts) if len(starts) else distance_m
    sizes = np.diff(np.append(starts, len(incident)))
    near = np.repeat(nearest_m <= parameters.gate_m, sizes)
    incident, alert, call, distance_m = incident[near], alert[near], call[near], distance_m[near]
    starts = _segment_starts(incident, call)
    sizes = np.diff(np.append(starts, len(incident)))
    time_density = _time_density(alerts, alert, calls, call, parameters)
    place_density = _place_density(alerts, alert, calls, call, distance_m, parameters)
    return _combine(
        incident[starts],
        call[starts],
        lag_s=(calls.received_micros[call[starts]] - _first_alerts(alerts, groups)[incident[starts]])
        / MICROS,
        distance_m=np.minimum.reduceat(distance_m, starts) if len(starts) else distance_m,
        time=_log_mean(time_density, starts, sizes),
        distance=_log_mean(place_density, starts, sizes),
        nature_index=calls.nature[call[starts]],
        log_rate=log_rate,
        parameters=parameters,
    )


def window_of(first_micros: int, last_micros: int, parameters: Parameters) -> tuple[int, int]:
    """The time in which a report of an incident counts, in microseconds, closed at both ends."""
    return (
        first_micros - round(parameters.window_before_s * MICROS),
        last_micros + round(parameters.window_after_s * MICROS),
    )


def _pairs_in_window(
    alerts: AlertColumns, groups: Sequence[Integers], calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers, Integers]:
    """Every (incident, alert, call) of a located incident and a usable call in its window, in that nesting.

    Within an incident the order is call, then alert, so that an incident's and a call's rows lie together.
    """
    usable = np.flatnonzero(calls.counts_as_report & ~np.isnan(calls.longitude)).astype(np.int64)
    times = calls.received_micros[usable]
    first = _first_alerts(alerts, groups)
    last = np.array([alerts.started_micros[g[-1]] for g in groups], dtype=np.int64)
    low = np.searchsorted(times, first - round(parameters.window_before_s * MICROS), side="left")
    high = np.searchsorted(times, last + round(parameters.window_after_s * MICROS), side="right")
    matched = np.array([_can_match(alerts, g) for g in groups], dtype=bool)
    counts = np.where(matched, high - low, 0)
    sizes = np.array([len(g) for g in groups], dtype=np.int64)
    incident = np.repeat(np.arange(len(groups)), counts)
    call_place = _ranges(low, counts)
    repeated = sizes[incident]
    members = np.concatenate([*groups, np.empty(0, dtype=np.int64)])
    member_start = np.concatenate(([0], np.cumsum(sizes)))[:-1]
    alert = members[_ranges(member_start[incident], repeated)]
    return np.repeat(incident, repeated), alert, np.repeat(usable[call_place], repeated)


def _can_match(alerts: AlertColumns, group: Integers) -> bool:
    return bool(alerts.is_active[group[0]]) and not np.isnan(alerts.longitude[group[0]])


def _first_alerts(alerts: AlertColumns, groups: Sequence[Integers]) -> Integers:
    return np.array([alerts.started_micros[g[0]] for g in groups], dtype=np.int64)


def _ranges(starts: Integers, counts: Integers) -> Integers:
    """start, start + 1, … for each (start, count), concatenated."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total) - np.repeat(ends - counts, counts) + np.repeat(starts, counts)


def _segment_starts(incident: Integers, call: Integers) -> Integers:
    if len(incident) == 0:
        return np.empty(0, dtype=np.int64)
    changes = (np.diff(incident) != 0) | (np.diff(call) != 0)
    return np.concatenate(([0], np.flatnonzero(changes) + 1)).astype(np.int64)


def _time_density(
    alerts: AlertColumns, alert: Integers, calls: CallColumns, call: Integers, parameters: Parameters
) -> Floats:
    """f(lag) in 1/s, with all three clocks' errors; a table for each combination of errors."""
    lag_s = (calls.received_micros[call] - alerts.started_micros[alert]) / MICROS
    blur_s = np.sqrt(
        parameters.clock_error_s**2 + alerts.clock_error_s[alert] ** 2 + calls.clock_error_s[call] ** 2
    )
    density = np.empty(len(lag_s))
    for value in np.unique(blur_s).tolist():
        same = blur_s == value
        density[same] = lag_distribution(parameters, value).density(lag_s[same])
    return density


def _place_density(
    alerts: AlertColumns,
    alert: Integers,
    calls: CallColumns,
    call: Integers,
    distance_m: Floats,
    parameters: Parameters,
) -> Floats:
    """The two-dimensional normal density of the caller's place, in 1/m2."""
    alert_m = np.nan_to_num(alerts.uncertainty_m[alert], nan=parameters.alert_uncertainty_m)
    call_m = np.nan_to_num(calls.uncertainty_m[call], nan=parameters.call_uncertainty_m)
    variance = parameters.caller_distance_m**2 + alert_m**2 + call_m**2
    return np.exp(-(distance_m**2) / (2 * variance)) / (2 * np.pi * variance)


def _log_mean(density: Floats, starts: Integers, sizes: Integers) -> Floats:
    """ln of the equal-weight mixture over an incident's alerts."""
    if len(starts) == 0:
        return np.empty(0)
    return np.log(np.maximum(np.add.reduceat(density, starts) / sizes, _SMALLEST))


def _combine(
    incident: Integers,
    call: Integers,
    *,
    lag_s: Floats,
    distance_m: Floats,
    time: Floats,
    distance: Floats,
    nature_index: Integers,
    log_rate: Floats,
    parameters: Parameters,
) -> Candidates:
    shares = np.log(np.array([parameters.nature_share[name] for name in NATURES]))
    nature = shares[nature_index]
    background = -log_rate[nature_index]
    prior = np.log(parameters.expected_calls)
    return Candidates(
        incident=incident,
        call=call,
        lag_s=lag_s,
        distance_m=distance_m,
        time=time,
        distance=distance,
        nature=nature,
        background=background,
        total=prior + time + distance + nature + background,
    )
