"""How much more is called in right now than the background expects: what keeps New Year's Eve honest.

The city's calls of each nature around an incident, without its own candidates, are held against what was to
be expected. The ratio is drawn towards 1, is never below it, and goes up to the next power of the square root
of 2, so that one call more or less changes it for few incidents. In a surge it is raised once more: a city
that calls four times as often as it should does so in ways that no fitted map of places and natures knows,
and a wrong "reported" leaves someone bleeding. A pure function of the calls from `live_before_s` before an
incident's first shot to `live_after_s` after it. Windows, shrinking, rounding and the surge were chosen by
`benchmarks/correlation/live_factor.py`.
"""

import math
from typing import NamedTuple

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import CallColumns, Floats, Integers
from app.correlation.parameters import NATURES, Parameters

MICROS = 1_000_000
STEPS_AN_OCTAVE = 2
LOG_STEP = math.log(2.0) / STEPS_AN_OCTAVE


class LiveRule(NamedTuple):
    """The parameters of the live factor: spans in microseconds, `surge_…` in steps."""

    before_micros: int
    after_micros: int
    shrink_calls: float
    surge_from: int
    surge_margin: int


def live_rule(parameters: Parameters) -> LiveRule:
    """What the parameters say of the live factor."""
    return LiveRule(
        round(parameters.live_before_s * MICROS),
        round(parameters.live_after_s * MICROS),
        float(parameters.live_shrink_calls),
        _steps_of(parameters.live_surge_from),
        max(_steps_of(parameters.live_surge_margin), 0),
    )


def live_window(first_micros: Integers, parameters: Parameters) -> tuple[Integers, Integers]:
    """The instants, closed at both ends, between which the city's calls are counted."""
    rule = live_rule(parameters)
    return first_micros - rule.before_micros, first_micros + rule.after_micros


def live_steps(
    window: tuple[Integers, Integers],
    own_counts: Integers,
    calls: CallColumns,
    background: Background,
    parameters: Parameters,
) -> Integers:
    """Steps above the background for each incident's live window and nature, shape (n, natures), from 0.

    `own_counts`, of the same shape, are an incident's own candidates among the calls of its window.
    """
    from app.correlation.loops import city  # noqa: PLC0415 - brings in the compiler

    return city.live_steps(
        *window,
        own_counts,
        calls.received_micros,
        calls.nature,
        calls.counts_as_report,
        calls.longitude,
        background.rates,
        background.hour_slots(*window),
        live_rule(parameters),
    )


def _steps_of(factor: float) -> int:
    """The steps nearest to a factor."""
    return round(math.log2(factor) * STEPS_AN_OCTAVE)


def log_factor(steps: Integers) -> Floats:
    """ln of the factor that a number of steps stands for."""
    return np.asarray(steps * LOG_STEP, dtype=np.float64)


def counts_between(calls: CallColumns, low: Integers, high: Integers) -> Integers:
    """Located calls that count as reports, by nature, between instants, closed; shape (n, natures)."""
    from app.correlation.loops import city  # noqa: PLC0415 - brings in the compiler

    counted = (calls.received_micros, calls.nature, calls.counts_as_report, calls.longitude)
    return city.counts_between(low, high, *counted, len(NATURES))
