"""Judging again after one event, on arrays that are loaded already: cut the neighbourhood out, judge it.

A new alert, or a new call, concerns its own incident, or those in whose window and gate it lies, and all that
share calls with these: their calls' other incidents, and so on until there are no more. Alerts that may be
one incident go together. So the answer has the same bits as one run over everything. Incidents that share no
call with these are not judged again, although an event may lie in their live windows: their rate step is
taken not to have changed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Integers
from app.correlation.completeness import FeedCompleteness
from app.correlation.judge import JudgedIncident, judge
from app.correlation.parameters import Parameters
from app.correlation.sweep import CallPlaces, near_pairs
from app.domain.geodesy import degrees_around
from benchmarks.correlation.city import weigh

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


def between(calls: CallColumns, begin: int, end: int) -> CallColumns:
    """Views of the calls in [begin, end): nothing is copied."""
    return CallColumns(**{name: getattr(calls, name)[begin:end] for name in calls.__slots__})


def neighbourhood(loaded: Loaded, event: Event) -> Integers:
    """Places of alerts that hold all that must be judged together with what an event concerns, in order."""
    parameters, times = loaded.parameters, loaded.alerts.started_micros
    at = int(times[event.alert] if event.alert is not None else loaded.calls.received_micros[event.call])
    # So far apart at most are two alerts that share a call.
    hop = parameters.window_before_s + parameters.window_after_s + 2 * parameters.longest_incident_s
    reach = round(hop * MICROS)
    low, high = at - 2 * reach, at + 2 * reach
    while True:
        begin, end = times.searchsorted((low, high)).tolist()
        joined = _joined(loaded, event, begin, end)
        if len(joined) == 0:
            return joined
        first, last = int(times[joined[0]]), int(times[joined[-1]])
        if first - reach >= low and last + reach <= high:
            return joined
        low, high = min(low, first - 2 * reach), max(high, last + 2 * reach)


class _Window(NamedTuple):
    """An alert, and when and where its incident's calls may lie: microseconds, and degrees."""

    place: int
    begin: int
    end: int
    longitude: float
    latitude: float

    def may_share(self, other: "_Window", box: tuple[float, float]) -> bool:
        """Whether some call may lie in both windows and both gates."""
        return self.begin <= other.end and other.begin <= self.end and self.is_near(other, box)

    def is_near(self, other: "_Window", box: tuple[float, float]) -> bool:
        """Whether the alerts lie in a box of half this width and height; these cities are far from 180."""
        return (
            abs(self.longitude - other.longitude) <= box[0] and abs(self.latitude - other.latitude) <= box[1]
        )


def _joined(loaded: Loaded, event: Event, begin: int, end: int) -> Integers:
    """Places in [begin, end) that shared calls, and shared incidents, join to what an event concerns."""
    windows = _windows(loaded, begin, end)
    if event.alert is not None:
        concerned = {event.alert - begin}
    else:
        concerned = _hearing(loaded, windows, event.call or 0)
    if not concerned:
        return np.empty(0, dtype=np.int64)
    box = _box(windows, 2 * loaded.parameters.gate_m)
    candidates = _closed(
        concerned, lambda one: [each.place for each in windows if windows[one].may_share(each, box)]
    )
    if len(candidates) > 1:
        beside = _box(windows, loaded.parameters.link_within_m)
        share = _sharing(loaded, [windows[place] for place in sorted(candidates)], begin)
        within = round(loaded.parameters.link_within_s * MICROS)
        times = loaded.alerts.started_micros[begin:end].tolist()
        candidates = _closed(
            concerned,
            lambda one: (
                share.get(one, set())
                | {
                    each
                    for each in candidates
                    if abs(times[one] - times[each]) <= within and windows[one].is_near(windows[each], beside)
                }
            ),
        )
    return np.array(sorted(candidates), dtype=np.int64) + begin


def _windows(loaded: Loaded, begin: int, end: int) -> list[_Window]:
    """The windows of the alerts in [begin, end), as wide as an incident of several may make them."""
    alerts, parameters = loaded.alerts, loaded.parameters
    times, within = alerts.started_micros[begin:end].tolist(), round(parameters.link_within_s * MICROS)
    before, after, longest = (
        round(span * MICROS)
        for span in (parameters.window_before_s, parameters.window_after_s, parameters.longest_incident_s)
    )
    columns = (alerts.longitude[begin:end].tolist(), alerts.latitude[begin:end].tolist())
    windows = [
        _Window(place, at - before, at + after, *where)
        for place, (at, *where) in enumerate(zip(times, *columns, strict=True))
    ]
    if not windows:
        return windows
    box = _box(windows, parameters.link_within_m)
    for one, other in _followers(times, within):
        if windows[one].is_near(windows[other], box):
            for each in (one, other):
                windows[each] = windows[each]._replace(
                    begin=times[each] - before - longest, end=times[each] + after + longest
                )
    return windows


def _followers(times: Sequence[int], within: int) -> Iterator[tuple[int, int]]:
    """Pairs of alerts at most so far apart in time."""
    for one, at in enumerate(times):
        for other in range(one + 1, len(times)):
            if times[other] - at > within:
                break
            yield one, other


def _hearing(loaded: Loaded, windows: Sequence[_Window], call: int) -> set[int]:
    """The alerts in whose window and gate a call may lie."""
    calls = loaded.calls
    at = int(calls.received_micros[call])
    where = _Window(-1, at, at, float(calls.longitude[call]), float(calls.latitude[call]))
    box = _box(windows, loaded.parameters.gate_m)
    return {each.place for each in windows if each.may_share(where, box)}


def _sharing(loaded: Loaded, windows: Sequence[_Window], begin: int) -> dict[int, set[int]]:
    """Which alerts have a call in both their windows and gates."""
    first, last = min(each.begin for each in windows), max(each.end for each in windows)
    calls, _ = _calls_between(loaded.calls, first, last)
    places = np.array([each.place for each in windows]) + begin
    alert, call = near_pairs(
        loaded.alerts.longitude[places],
        loaded.alerts.latitude[places],
        np.array([each.begin for each in windows]),
        np.array([each.end for each in windows]),
        CallPlaces(calls.received_micros, calls.longitude, calls.latitude, calls.counts_as_report),
        loaded.parameters.gate_m,
    )
    hearing: dict[int, set[int]] = {}
    for one, heard in zip(alert.tolist(), call.tolist(), strict=True):
        hearing.setdefault(heard, set()).add(windows[one].place)
    share: dict[int, set[int]] = {}
    for together in hearing.values():
        for one in together:
            share.setdefault(one, set()).update(together)
    return share


def _closed(chosen: Iterable[int], beside: Callable[[int], Iterable[int]]) -> set[int]:
    """Those chosen and all that a relation joins to them, by way of others too."""
    found, waiting = set(chosen), list(chosen)
    while waiting:
        fresh = set(beside(waiting.pop())) - found
        found |= fresh
        waiting.extend(fresh)
    return found


def _box(windows: Sequence[_Window], within_m: float) -> tuple[float, float]:
    """Half the width and height, in degrees, of a box that holds a circle."""
    return _degrees_around(round(windows[0].latitude), within_m)


@lru_cache(maxsize=64)
def _degrees_around(latitude: int, within_m: float) -> tuple[float, float]:
    """Anywhere within a degree of a latitude: a city is not larger."""
    return degrees_around(abs(latitude) + 1.0, within_m)


def _calls_between(calls: CallColumns, low: int, high: int) -> tuple[CallColumns, int]:
    """The calls between instants, closed, and the place of the first of them."""
    begin = int(calls.received_micros.searchsorted(low, side="left"))
    return between(calls, begin, int(calls.received_micros.searchsorted(high, side="right"))), begin
