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

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import CallColumns, Floats, Integers
from app.correlation.parameters import NATURES, Parameters
from app.correlation.sweep import count_by_nature

MICROS = 1_000_000
_STEPS_AN_OCTAVE = 2
# Less than any count can make a difference of, more than the sums' last bits do.
_SLACK = 1e-9


def live_window(first_micros: Integers, parameters: Parameters) -> tuple[Integers, Integers]:
    """The instants, closed at both ends, between which the city's calls are counted."""
    return (
        first_micros - round(parameters.live_before_s * MICROS),
        first_micros + round(parameters.live_after_s * MICROS),
    )


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
    low, high = window
    expected = background.expected_in_area(low, high)
    if expected is None:
        return np.zeros((len(low), len(NATURES)), dtype=np.int64)
    others = counts_between(calls, low, high) - own_counts
    ratio = (others + parameters.live_shrink_calls) / (expected + parameters.live_shrink_calls)
    steps = np.ceil(np.log2(np.maximum(ratio, 1.0)) * _STEPS_AN_OCTAVE - _SLACK)
    surge, margin = _steps_of(parameters.live_surge_from), _steps_of(parameters.live_surge_margin)
    return np.asarray(steps + np.where(steps >= surge, max(margin, 0), 0), dtype=np.int64)


def _steps_of(factor: float) -> int:
    """The steps nearest to a factor."""
    return round(math.log2(factor) * _STEPS_AN_OCTAVE)


def log_factor(steps: Integers) -> Floats:
    """ln of the factor that a number of steps stands for."""
    return np.asarray(steps * (np.log(2.0) / _STEPS_AN_OCTAVE), dtype=np.float64)


def counts_between(calls: CallColumns, low: Integers, high: Integers) -> Integers:
    """Located calls that count as reports, by nature, between instants, closed; shape (n, natures)."""
    return count_by_nature(calls, low, high, len(NATURES))
