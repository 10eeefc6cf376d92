"""How strongly each call speaks for each incident: a sum of terms, each kept, because the sum explains."""

import os
from collections.abc import Callable, Sequence, Sized
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, Booleans, CallColumns, Floats, Integers
from app.correlation.groups import Groups
from app.correlation.lag import lag_distribution
from app.correlation.live import live_steps, live_window, log_factor
from app.correlation.parameters import NATURES, Parameters
from app.correlation.sweep import CallPlaces, near_pairs, prepare
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000
_SMALLEST = 1e-300
# Beyond this the evidence says nothing more, and its exponential stays a number.
_LARGEST_EVIDENCE = 100.0
_PAIRS_AT_ONCE = 8192
# So few numbers are looked through more quickly as Python's own.
_FEW = 200
# With fewer calls threads are not worth their while.
_WORTH_PARTING = 1_000_000
_MOST_PARTS = 8
_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Pairs of incident and call within window and gate, by incident, then call; all arrays of shape (p,).

    `lag_s` counts from the incident's first alert, `distance_m` to its nearest; the terms are natural
    logarithms and `total` is their sum, ln u. `live_steps` says how far the city's calls of this nature stood
    above the background, which is in `background` already.
    """

    incident: Integers
    call: Integers
    lag_s: Floats
    distance_m: Floats
    time: Floats
    distance: Floats
    nature: Floats
    background: Floats
    live_steps: Integers
    total: Floats

    def __len__(self) -> int:
        return len(self.call)


def find_candidates(
    alerts: AlertColumns,
    groups: Sequence[Integers],
    calls: CallColumns,
    background: Background,
    parameters: Parameters,
) -> Candidates:
    """Look by time first, by space second: a window holds few of a year's calls, a place holds a year."""
    incidents = Groups.of(groups)
    parts = _parts(alerts, incidents, calls, parameters)
    if len(parts) == 1:
        return _find_candidates(alerts, incidents, calls, background, parameters)
    found = _at_once(
        lambda part: _find_candidates(alerts, part.incidents, part.calls, background, parameters), parts
    )
    joined = {name: np.concatenate([getattr(each, name) for each in found]) for name in Candidates.__slots__}
    joined["incident"] += _repeated([part.first_incident for part in parts], found)
    joined["call"] += _repeated([part.first_call for part in parts], found)
    return Candidates(**joined)


def _find_candidates(
    alerts: AlertColumns,
    incidents: Groups,
    calls: CallColumns,
    background: Background,
    parameters: Parameters,
) -> Candidates:
    incident, call, alert, distance_m = _pairs_within_gate(alerts, incidents, calls, parameters)
    first = alerts.started_micros[incidents.first]
    received, nature = calls.received_micros[call], calls.nature[call]
    of_pair = incidents.sizes[incident]
    starts = of_pair.cumsum() - of_pair
    each = call if incidents.are_single else call.repeat(of_pair)
    time_density = _time_density(alerts, alert, calls, each, parameters)
    place_density = _place_density(alerts, alert, calls, each, distance_m, parameters)
    steps = _live_steps_of_pairs(incident, call, first, calls, background, parameters)
    rate = background.log_rate(received, calls.longitude[call], calls.latitude[call], nature)
    terms = {
        "time": _log_mean(time_density, starts, of_pair),
        "distance": _log_mean(place_density, starts, of_pair),
        "nature": np.log(np.array([parameters.nature_share[name] for name in NATURES]))[nature],
        "background": -(rate + log_factor(steps)),
    }
    total = np.log(parameters.expected_calls) + sum(terms.values())
    return Candidates(
        incident=incident,
        call=call,
        lag_s=(received - first[incident]) / MICROS,
        distance_m=_least(distance_m, starts),
        live_steps=steps,
        total=np.minimum(total, _LARGEST_EVIDENCE),
        **terms,
    )


def window_of(first_micros: int, last_micros: int, parameters: Parameters) -> tuple[int, int]:
    """The time in which a report of an incident counts, in microseconds, closed at both ends."""
    return (
        first_micros - round(parameters.window_before_s * MICROS),
        last_micros + round(parameters.window_after_s * MICROS),
    )


def window_bounds(
    alerts: AlertColumns, incidents: Groups, parameters: Parameters
) -> tuple[Integers, Integers]:
    """When each incident's window begins and ends, closed, in microseconds."""
    begin, end = (round(span * MICROS) for span in (parameters.window_before_s, parameters.window_after_s))
    return alerts.started_micros[incidents.first] - begin, alerts.started_micros[incidents.last] + end


def pairs_within_gate(
    alerts: AlertColumns, incidents: Groups, calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers, Integers, Floats]:
    """Every (incident, call) of a located incident and a usable call in its window, near an alert of its.

    Then, for each of these pairs and each of the incident's alerts, the alert and its distance.
    """
    parts = _parts(alerts, incidents, calls, parameters)
    if len(parts) == 1:
        return _pairs_within_gate(alerts, incidents, calls, parameters)
    found = _at_once(lambda part: _pairs_within_gate(alerts, part.incidents, part.calls, parameters), parts)
    incident, call, alert, distance_m = (np.concatenate(columns) for columns in zip(*found, strict=True))
    incidents_found = [columns[0] for columns in found]
    incident += _repeated([part.first_incident for part in parts], incidents_found)
    call += _repeated([part.first_call for part in parts], incidents_found)
    return incident, call, alert, distance_m


class _Part(NamedTuple):
    """Some incidents in a row, and the calls that can matter to them."""

    first_incident: int
    first_call: int
    incidents: Groups
    calls: CallColumns


def _parts(
    alerts: AlertColumns, incidents: Groups, calls: CallColumns, parameters: Parameters
) -> list[_Part]:
    """The incidents in as many parts as there are processors, where there are very many calls.

    What is found of an incident has the same bits in any part.
    """
    count = min(os.cpu_count() or 1, _MOST_PARTS, len(incidents))
    if len(calls) < _WORTH_PARTING or count < 2:
        return [_Part(0, 0, incidents, calls)]
    prepare(len(calls))
    before = round(max(parameters.window_before_s, parameters.live_before_s) * MICROS)
    after = round(max(parameters.window_after_s, parameters.live_after_s) * MICROS)
    parts = []
    for begin, end in pairwise(np.linspace(0, len(incidents), count + 1).astype(np.int64).tolist()):
        part = incidents[begin:end]
        times = alerts.started_micros[part.members]
        span = (int(times.min()) - before, int(times.max()) + after + 1)
        low, high = calls.received_micros.searchsorted(span).tolist()
        parts.append(_Part(begin, low, part, calls.between(low, high)))
    return parts


def _at_once(find: Callable[[_Part], _Found], parts: Sequence[_Part]) -> list[_Found]:
    with ThreadPoolExecutor(len(parts)) as pool:
        return list(pool.map(find, parts))


def _repeated(firsts: Sequence[int], found: Sequence[Sized]) -> Integers:
    """Each part's first number, as often as the part has pairs."""
    return np.array(firsts, dtype=np.int64).repeat([len(each) for each in found])


def _pairs_within_gate(
    alerts: AlertColumns, incidents: Groups, calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers, Integers, Floats]:
    begin, end = window_bounds(alerts, incidents, parameters)
    members, incident_of = incidents.members, incidents.of_member
    can_match = alerts.is_active[members] & ~np.isnan(alerts.longitude[members])
    members, incident_of = members[can_match], incident_of[can_match]
    place, call = near_pairs(
        alerts.longitude[members],
        alerts.latitude[members],
        begin[incident_of],
        end[incident_of],
        CallPlaces(calls.received_micros, calls.longitude, calls.latitude, calls.counts_as_report),
        parameters.gate_m,
    )
    incident = incident_of[place]
    if incidents.are_single:
        alert = members[place]
        distance_m = _distances_m(alerts, alert, calls, call)
        near = (distance_m <= parameters.gate_m).nonzero()[0]
        return incident[near], call[near], alert[near], distance_m[near]
    incident, call = _distinct(incident, call, len(calls))
    sizes = incidents.sizes[incident]
    starts = sizes.cumsum() - sizes
    pair = np.arange(len(call)).repeat(sizes)
    alert = incidents.members[np.arange(len(pair)) + (incidents.starts[incident] - starts)[pair]]
    distance_m = _distances_m(alerts, alert, calls, call[pair])
    is_near = _least(distance_m, starts) <= parameters.gate_m
    near, each_near = is_near.nonzero()[0], is_near[pair].nonzero()[0]
    return incident[near], call[near], alert[each_near], distance_m[each_near]


def _distances_m(alerts: AlertColumns, alert: Integers, calls: CallColumns, call: Integers) -> Floats:
    """How far each call is from its alert; many a cacheful at a time, which takes half as long."""
    distance_m = np.empty(len(call))
    for begin in range(0, len(call), _PAIRS_AT_ONCE):
        part = slice(begin, begin + _PAIRS_AT_ONCE)
        ours, theirs = alert[part], call[part]
        distance_m[part] = near_distance_m(
            alerts.longitude[ours], alerts.latitude[ours], calls.longitude[theirs], calls.latitude[theirs]
        )
    return distance_m


def _distinct(incident: Integers, call: Integers, calls: int) -> tuple[Integers, Integers]:
    """The distinct pairs in order; an incident with several alerts meets a call once for each of them."""
    keys = incident * calls + call
    order = keys.argsort(kind="stable")
    order = order[_begins(keys[order]).nonzero()[0]]
    return incident[order], call[order]


def _begins(ordered: Integers) -> Booleans:
    """Where a number stands that differs from the one before it."""
    begins = np.ones(len(ordered), dtype=bool)
    np.not_equal(ordered[1:], ordered[:-1], out=begins[1:])
    return begins


def _least(values: Floats, starts: Integers) -> Floats:
    """The least of each stretch of values, none of them empty."""
    return values if len(values) == len(starts) else np.minimum.reduceat(values, starts)


def _live_steps_of_pairs(
    incident: Integers,
    call: Integers,
    first: Integers,
    calls: CallColumns,
    background: Background,
    parameters: Parameters,
) -> Integers:
    """The steps of each pair's nature at its incident; an incident without a candidate needs none."""
    begins = _begins(incident)
    concerned, place = incident[begins], begins.cumsum() - 1
    window = low, high = live_window(first[concerned], parameters)
    nature, time = calls.nature[call], calls.received_micros[call]
    counted = (time >= low[place]) & (time <= high[place])
    own = np.bincount(
        place[counted] * len(NATURES) + nature[counted], minlength=len(concerned) * len(NATURES)
    )
    own_counts = own.reshape(len(concerned), len(NATURES))
    steps = live_steps(window, own_counts, calls, background, parameters)
    return np.asarray(steps[place, nature], dtype=np.int64)


def _time_density(
    alerts: AlertColumns, alert: Integers, calls: CallColumns, call: Integers, parameters: Parameters
) -> Floats:
    """f(lag) in 1/s, with all three clocks' errors; a table for each combination of errors."""
    lag_s = (calls.received_micros[call] - alerts.started_micros[alert]) / MICROS
    blur_s = np.sqrt(
        parameters.clock_error_s**2 + alerts.clock_error_s[alert] ** 2 + calls.clock_error_s[call] ** 2
    )
    distinct = sorted(set(blur_s.tolist())) if len(blur_s) < _FEW else np.unique(blur_s).tolist()
    if len(distinct) == 1:
        return lag_distribution(parameters, distinct[0]).density(lag_s)
    density: Floats = np.empty(len(lag_s))
    for value in distinct:
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
    alert_m = _known(alerts.uncertainty_m[alert], parameters.alert_uncertainty_m)
    call_m = _known(calls.uncertainty_m[call], parameters.call_uncertainty_m)
    variance = parameters.caller_distance_m**2 + alert_m**2 + call_m**2
    return np.exp(-(distance_m**2) / (2 * variance)) / (2 * np.pi * variance)


def _known(values: Floats, default: float) -> Floats:
    """The values, and the default where none is known."""
    return np.where(np.isnan(values), default, values)


def _log_mean(density: Floats, starts: Integers, sizes: Integers) -> Floats:
    """ln of the equal-weight mixture over an incident's alerts."""
    mean = density if len(density) == len(starts) else np.add.reduceat(density, starts) / sizes
    return np.log(np.maximum(mean, _SMALLEST))
