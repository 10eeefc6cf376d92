"""Judging again after one event, on arrays that are loaded already: cut the neighbourhood out, judge it.

A new alert, or a new call, concerns its own incident, or those in whose window and gate it lies, and all that
may have to be judged together with these, because a call speaks for either: their calls' other incidents, and
so on until there are no more. Alerts that may be one incident go together. So the answer has the same bits as
one run over everything. Other incidents are not judged again, although an event may lie in their live
windows: their rate step is taken not to have changed.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Integers
from app.correlation.completeness import FeedCompleteness
from app.correlation.judge import JudgedIncident, judge
from app.correlation.parameters import Parameters
from benchmarks.correlation.city import weigh
from benchmarks.correlation.neighbours import Reach, joined, reach_of

MICROS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What came in: an alert or a call, by its place in the columns."""

    alert: int | None = None
    call: int | None = None


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """All alerts and calls in memory, and by what they are judged."""

    alerts: AlertColumns
    calls: CallColumns
    background: Background
    parameters: Parameters
    feed: FeedCompleteness
    now_micros: int

    @cached_property
    def reach(self) -> Reach:
        """How far an alert reaches in this city."""
        return reach_of(self.parameters, self.background, self.alerts, self.calls)


def rescore(loaded: Loaded, event: Event) -> dict[int, float]:
    """P(reported) of the incidents that an event concerns, by the place of the first alert in all alerts.

    The scoring that `speed.py` measures in bulk, on the neighbourhood alone.
    """
    places = neighbourhood(loaded, event)
    if len(places) == 0:
        return {}
    alerts, calls = _around(loaded, places)
    groups, association = weigh(alerts, calls, loaded.background, loaded.parameters)
    return dict(zip(places[groups.first].tolist(), association.reported_final.tolist(), strict=True))


def judge_again(loaded: Loaded, event: Event) -> dict[int, JudgedIncident]:
    """The same with verdict, reason, explanation and CAD records: all that the worker writes."""
    places = neighbourhood(loaded, event)
    if len(places) == 0:
        return {}
    alerts, calls = _around(loaded, places)
    judged = judge(alerts, calls, [loaded.feed], loaded.background, loaded.parameters, loaded.now_micros)
    return {int(places[incident.alerts[0]]): incident for incident in judged}


def _around(loaded: Loaded, places: Integers) -> tuple[AlertColumns, CallColumns]:
    """Some alerts, and the calls that can matter to them."""
    parameters = loaded.parameters
    alerts = loaded.alerts.take(places)
    before_s = max(parameters.window_before_s, parameters.live_before_s, parameters.cad_within_s)
    after_s = max(parameters.window_after_s, parameters.live_after_s, parameters.cad_within_s)
    calls, _ = _calls_between(
        loaded.calls,
        int(alerts.started_micros[0]) - round(before_s * MICROS),
        int(alerts.started_micros[-1]) + round(after_s * MICROS),
    )
    return alerts, calls


def neighbourhood(loaded: Loaded, event: Event) -> Integers:
    """Places of alerts that hold all that must be judged together with what an event concerns, in order."""
    alerts, calls, times = loaded.alerts, loaded.calls, loaded.alerts.started_micros
    at = int(times[event.alert] if event.alert is not None else calls.received_micros[event.call])
    reach = loaded.reach
    # So far apart at most are two alerts that share a call.
    hop = reach.before + reach.after + 2 * reach.longest
    low, high = at - 2 * hop, at + 2 * hop
    while True:
        begin, end = times.searchsorted((low, high)).tolist()
        found: Integers = joined(
            times[begin:end],
            alerts.longitude[begin:end],
            alerts.latitude[begin:end],
            calls.received_micros,
            calls.longitude,
            calls.latitude,
            calls.counts_as_report,
            calls.nature,
            -1 if event.alert is None else event.alert - begin,
            -1 if event.call is None else event.call,
            reach,
        )
        if len(found) == 0:
            return found
        first, last = int(times[begin + found[0]]), int(times[begin + found[-1]])
        if first - hop >= low and last + hop <= high:
            return np.asarray(found + begin, dtype=np.int64)
        low, high = min(low, first - 2 * hop), max(high, last + 2 * hop)


def _calls_between(calls: CallColumns, low: int, high: int) -> tuple[CallColumns, int]:
    """The calls between instants, closed, and the place of the first of them."""
    begin = int(calls.received_micros.searchsorted(low, side="left"))
    return calls.between(begin, int(calls.received_micros.searchsorted(high, side="right"))), begin
