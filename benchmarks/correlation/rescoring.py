"""Judging again after one event, on arrays that are loaded already: cut the neighbourhood out, judge it.

A new alert, or a new call, concerns its own incident, or those in whose window and gate it lies, and all that
share calls with these: their calls' other incidents, and so on until there are no more. Alerts that may be
one incident go together. So the answer has the same bits as one run over everything. Incidents that share no
call with these are not judged again, although an event may lie in their live windows: their rate step is
taken not to have changed.
"""

from dataclasses import dataclass

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, Booleans, CallColumns, Integers
from app.correlation.completeness import FeedCompleteness
from app.correlation.judge import JudgedIncident, judge
from app.correlation.parameters import Parameters
from app.correlation.sweep import near_pairs
from app.domain.geodesy import near_distance_m

MICROS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What came in: an alert or a call, by its place in the columns."""

    alert: int | None = None
    call: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """All alerts and calls in memory, and by what they are judged."""

    alerts: AlertColumns
    calls: CallColumns
    background: Background
    parameters: Parameters
    feed: FeedCompleteness
    now_micros: int


def rescore(loaded: Loaded, event: Event) -> dict[int, JudgedIncident]:
    """The incidents that an event concerns, judged again, by the place of the first alert in all alerts."""
    places = neighbourhood(loaded, event)
    if len(places) == 0:
        return {}
    parameters = loaded.parameters
    alerts = loaded.alerts.take(places)
    before_s = max(parameters.window_before_s, parameters.live_before_s, parameters.cad_within_s)
    after_s = max(parameters.window_after_s, parameters.live_after_s, parameters.cad_within_s)
    calls, _ = _calls_between(
        loaded.calls,
        int(alerts.started_micros[0]) - round(before_s * MICROS),
        int(alerts.started_micros[-1]) + round(after_s * MICROS),
    )
    judged = judge(alerts, calls, [loaded.feed], loaded.background, parameters, loaded.now_micros)
    return {int(places[incident.alerts[0]]): incident for incident in judged}


def between(calls: CallColumns, begin: int, end: int) -> CallColumns:
    """Views of the calls in [begin, end): nothing is copied."""
    return CallColumns(**{name: getattr(calls, name)[begin:end] for name in calls.__slots__})


def neighbourhood(loaded: Loaded, event: Event) -> Integers:
    """Places of the alerts that must be judged together with what an event concerns, in order."""
    parameters, times = loaded.parameters, loaded.alerts.started_micros
    at = int(times[event.alert] if event.alert is not None else loaded.calls.received_micros[event.call])
    # So far apart at most are two alerts that share a call.
    hop = parameters.window_before_s + parameters.window_after_s + 2 * parameters.longest_incident_s
    reach = round(hop * MICROS)
    low, high = at - 2 * reach, at + 2 * reach
    while True:
        begin, end = np.searchsorted(times, (low, high)).tolist()
        joined = _joined(loaded, event, begin, end)
        if len(joined) == 0:
            return joined
        first, last = int(times[joined[0]]), int(times[joined[-1]])
        if first - reach >= low and last + reach <= high:
            return joined
        low, high = min(low, first - 2 * reach), max(high, last + 2 * reach)


def _joined(loaded: Loaded, event: Event, begin: int, end: int) -> Integers:
    """Places in [begin, end) that shared calls, and shared incidents, join to what an event concerns."""
    alerts, parameters = loaded.alerts.take(np.arange(begin, end)), loaded.parameters
    beside = _may_be_one(alerts, parameters)
    # The window of an incident begins with its first alert and ends with its last.
    wider = np.where(beside.sum(axis=1) > 1, round(parameters.longest_incident_s * MICROS), 0)
    begins = alerts.started_micros - round(parameters.window_before_s * MICROS) - wider
    ends = alerts.started_micros + round(parameters.window_after_s * MICROS) + wider
    if len(alerts) == 0:
        return np.empty(0, dtype=np.int64)
    calls, first_call = _calls_between(loaded.calls, int(begins.min()), int(ends.max()))
    alert, call = near_pairs(alerts, begins, ends, calls, calls.counts_as_report, parameters.gate_m)
    heard: Booleans = np.zeros((len(alerts), len(calls)), dtype=bool)
    heard[alert, call] = True
    joined: Booleans = np.zeros(len(alerts), dtype=bool)
    if event.alert is not None:
        joined[event.alert - begin] = True
    elif event.call is not None:
        joined |= heard[:, event.call - first_call]
    while True:
        shared = heard[joined].any(axis=0)
        more = np.asarray(beside[joined].any(axis=0) | heard[:, shared].any(axis=1))
        if np.array_equal(more, joined):
            return np.flatnonzero(joined) + begin
        joined = more


def _may_be_one(alerts: AlertColumns, parameters: Parameters) -> Booleans:
    """Which alerts are linked to which, each to itself, shape (n, n)."""
    times, longitude, latitude = alerts.started_micros, alerts.longitude, alerts.latitude
    near_in_time = np.abs(times[:, None] - times) <= round(parameters.link_within_s * MICROS)
    one, other = np.nonzero(near_in_time)
    apart_m = near_distance_m(longitude[one], latitude[one], longitude[other], latitude[other])
    linked: Booleans = np.zeros(near_in_time.shape, dtype=bool)
    linked[one, other] = apart_m <= parameters.link_within_m
    return linked


def _calls_between(calls: CallColumns, low: int, high: int) -> tuple[CallColumns, int]:
    """The calls between instants, closed, and the place of the first of them."""
    begin = int(np.searchsorted(calls.received_micros, low, side="left"))
    return between(calls, begin, int(np.searchsorted(calls.received_micros, high, side="right"))), begin
