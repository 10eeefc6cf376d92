"""How strongly each call speaks for each incident: a sum of terms, each kept, because the sum explains."""

import math
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Floats, Integers
from app.correlation.groups import Groups
from app.correlation.lag import lag_distribution, lag_tables
from app.correlation.live import live_rule
from app.correlation.parameters import NATURES, Parameters
from app.correlation.rhythm import HourSlots

MICROS = 1_000_000
# With fewer calls threads are not worth their while.
_WORTH_PARTING = 1_000_000
_MOST_PARTS = 8


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs of incident and call within window and gate, by incident, then call; all arrays of shape (p,).

    `lag_s` counts from the incident's first alert, `distance_m` to its nearest; the terms are natural
    logarithms and `total` is their sum, ln u. `live_steps` says how far the city's calls of this nature stood
    above the background, which is in `background` already.
    """

    incident: Integers
    call: Integers
    live_steps: Integers
    lag_s: Floats
    distance_m: Floats
    time: Floats
    distance: Floats
    nature: Floats
    background: Floats
    total: Floats

    def __len__(self) -> int:
        return len(self.call)


class TermsRule(NamedTuple):
    """The parameters of the terms; shares by nature."""

    log_expected_calls: float
    caller_distance_m: float
    alert_uncertainty_m: float
    call_uncertainty_m: float
    log_nature_shares: tuple[float, ...]


def find_candidates(
    alerts: AlertColumns,
    groups: Sequence[Integers],
    calls: CallColumns,
    background: Background,
    parameters: Parameters,
) -> Candidates:
    """Look by time first, by space second: a window holds few of a year's calls, a place holds a year."""
    incidents = Groups.of(groups)
    hours = _hours_around(alerts, incidents, background, parameters)
    return Candidates(
        *_in_parts(
            lambda part: _weighed(alerts, incidents, part, calls, background, parameters, hours),
            len(incidents),
            len(calls),
        )
    )


def pairs_within_gate(
    alerts: AlertColumns, incidents: Groups, calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers, Integers, Floats]:
    """Every (incident, call) of a located incident and a usable call in its window, near an alert of its.

    Then, for each of these pairs and each of the incident's alerts, the alert and its distance.
    """
    incident, call, alert, distance_m = _in_parts(
        lambda part: _pairs_within_gate(alerts, incidents, part, calls, parameters),
        len(incidents),
        len(calls),
    )
    return incident, call, alert, distance_m


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


def _in_parts(
    find: Callable[[tuple[int, int]], tuple[Any, ...]], incidents: int, calls: int
) -> tuple[Any, ...]:
    """The arrays that are found of the incidents from one number to before another, one after the other.

    Where there are very many calls, every processor looks for a part. What is found of an incident has the
    same bits in any part.
    """
    count = min(os.cpu_count() or 1, _MOST_PARTS, incidents)
    if calls < _WORTH_PARTING or count < 2:
        return find((0, incidents))
    parts = pairwise(np.linspace(0, incidents, count + 1).astype(np.int64).tolist())
    with ThreadPoolExecutor(count) as pool:
        found = list(pool.map(find, parts))
    return tuple(np.concatenate(columns) for columns in zip(*found, strict=True))


def _pairs_within_gate(
    alerts: AlertColumns, incidents: Groups, part: tuple[int, int], calls: CallColumns, parameters: Parameters
) -> tuple[Integers, Integers, Integers, Floats]:
    from app.correlation.loops import pairs  # noqa: PLC0415 - brings in the compiler

    return pairs.pairs_within_gate(
        incidents.members,
        incidents.starts,
        *part,
        alerts.longitude,
        alerts.latitude,
        alerts.is_active,
        *window_bounds(alerts, incidents, parameters),
        calls.received_micros,
        calls.longitude,
        calls.latitude,
        calls.counts_as_report,
        float(parameters.gate_m),
    )


def _weighed(
    alerts: AlertColumns,
    incidents: Groups,
    part: tuple[int, int],
    calls: CallColumns,
    background: Background,
    parameters: Parameters,
    hours: HourSlots,
) -> tuple[Integers | Floats, ...]:
    """The columns of Candidates for some of the incidents."""
    from app.correlation.loops import terms  # noqa: PLC0415 - brings in the compiler

    incident, call, alert, distance_m = _pairs_within_gate(alerts, incidents, part, calls, parameters)
    errors_s, error = terms.clock_errors(
        incident,
        call,
        alert,
        incidents.starts,
        float(parameters.clock_error_s),
        alerts.clock_error_s,
        calls.clock_error_s,
    )
    steps, found = terms.terms_of_pairs(
        incident,
        call,
        alert,
        distance_m,
        error,
        incidents.starts,
        alerts.started_micros[incidents.first],
        alerts.started_micros,
        alerts.uncertainty_m,
        calls.received_micros,
        calls.longitude,
        calls.latitude,
        calls.nature,
        calls.uncertainty_m,
        calls.counts_as_report,
        lag_tables(*[lag_distribution(parameters, each) for each in errors_s.tolist()]),
        background.rates,
        hours,
        live_rule(parameters),
        TermsRule(
            math.log(parameters.expected_calls),
            float(parameters.caller_distance_m),
            float(parameters.alert_uncertainty_m),
            float(parameters.call_uncertainty_m),
            tuple([math.log(parameters.nature_share[name]) for name in NATURES]),
        ),
    )
    return incident, call, steps, *found


def _hours_around(
    alerts: AlertColumns, incidents: Groups, background: Background, parameters: Parameters
) -> HourSlots:
    """Every hour that the windows and the live windows of the incidents touch."""
    before_s = max(parameters.live_before_s - parameters.window_before_s, 0.0)
    after_s = max(parameters.live_after_s - parameters.window_after_s, 0.0)
    begin, end = window_bounds(alerts, incidents, parameters)
    return background.hour_slots(begin - round(before_s * MICROS) - 1, end + round(after_s * MICROS) + 1)
