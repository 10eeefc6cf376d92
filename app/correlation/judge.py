"""From alerts, calls and completeness to judged incidents: the whole function, for one event or a year."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Floats, Integers
from app.correlation.completeness import FeedCompleteness, Interval, WindowCoverage, coverage_of
from app.correlation.evidence import Candidates, find_candidates, window_of
from app.correlation.grouping import MICROS, group
from app.correlation.lag import LagDistribution, lag_distribution
from app.correlation.parameters import NATURES, Parameters
from app.correlation.posterior import log_support, probability_of_link, probability_reported
from app.correlation.verdict import Situation, decide, revisit_micros
from app.domain.geodesy import near_distance_m
from app.domain.vocabulary import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLink:
    """A call that may report the incident, and why; the terms are natural logarithms."""

    call_id: int
    probability: float
    lag_s: float
    distance_m: float
    prior: float
    time: float
    distance: float
    nature: float
    background: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedIncident:
    """One incident with its verdict. Instants in microseconds since 1970."""

    alerts: Integers
    verdict: Verdict
    probability_reported: float | None
    needs_review: bool
    reason: str
    started_micros: int
    ended_micros: int
    closes_micros: int
    revisit_micros: int | None
    window_covered: bool
    first_call_lag_s: float | None
    links: tuple[JudgedLink, ...]
    cad_record_ids: tuple[int, ...]


def judge(
    alerts: AlertColumns,
    calls: CallColumns,
    feeds: Sequence[FeedCompleteness],
    background: Background,
    parameters: Parameters,
    now_micros: int,
) -> list[JudgedIncident]:
    """Group the alerts and judge each incident by the calls around it.

    `alerts` must hold every alert that could be linked to one of interest, `calls` every call in their
    windows; both in canonical order.
    """
    groups = group(alerts, parameters)
    candidates = find_candidates(alerts, groups, calls, background.log_rate(), parameters)
    bounds = np.searchsorted(candidates.incident, np.arange(len(groups) + 1))
    return [
        _judge_one(
            alerts, members, calls, candidates, slice(int(low), int(high)), feeds, parameters, now_micros
        )
        for members, low, high in zip(groups, bounds[:-1], bounds[1:], strict=True)
    ]


def _judge_one(
    alerts: AlertColumns,
    members: Integers,
    calls: CallColumns,
    candidates: Candidates,
    own: slice,
    feeds: Sequence[FeedCompleteness],
    parameters: Parameters,
    now_micros: int,
) -> JudgedIncident:
    times = alerts.started_micros[members]
    window = window_of(int(times[0]), int(times[-1]), parameters)
    longitude, latitude = float(alerts.longitude[members[0]]), float(alerts.latitude[members[0]])
    is_active, is_located = bool(alerts.is_active[members[0]]), not np.isnan(longitude)
    coverage = coverage_of(feeds, window, longitude, latitude)
    support = log_support(candidates.total[own])
    heard = _share_heard(alerts, members, window, coverage, parameters)
    judged = is_active and is_located
    final = probability_reported(support, 1.0, parameters) if judged else None
    probability = probability_reported(support, heard, parameters) if judged else None
    links = _links(calls, candidates, own, support, heard, parameters) if judged else ()
    situation = Situation(
        is_active=is_active,
        is_located=is_located,
        probability_final=final,
        window=window,
        coverage=coverage,
        best_call=_best_call(calls, candidates, own, parameters),
        strong_calls=sum(link.probability >= parameters.reported_from for link in links),
        now_micros=now_micros,
    )
    verdict, reason = decide(situation, parameters)
    reports = [link.lag_s for link in links if link.probability >= parameters.reported_from]
    return JudgedIncident(
        alerts=members,
        verdict=verdict,
        probability_reported=probability,
        needs_review=probability is not None
        and parameters.review_above < probability < parameters.review_below,
        reason=reason,
        started_micros=int(times[0]),
        ended_micros=int(times[-1]),
        closes_micros=window[1],
        revisit_micros=revisit_micros(verdict, window, parameters),
        window_covered=coverage.is_whole or not judged,
        first_call_lag_s=min(reports, default=None),
        links=links,
        cad_record_ids=_cad_records(alerts, members, calls, window, parameters) if is_located else (),
    )


def _share_heard(
    alerts: AlertColumns,
    members: Integers,
    window: Interval,
    coverage: WindowCoverage,
    parameters: Parameters,
) -> float:
    """F: the share of the lag distribution, mixed over the alerts, that falls into covered time."""
    if coverage.is_whole:
        return 1.0
    heard = possible = 0.0
    for index in members.tolist():
        blur_s = float(np.hypot(parameters.clock_error_s, alerts.clock_error_s[index]))
        lags = lag_distribution(parameters, blur_s)
        start = int(alerts.started_micros[index])
        possible += _share_within(lags, window, start)
        heard += sum(_share_within(lags, interval, start) for interval in coverage.covered)
    return min(heard / possible, 1.0) if possible > 0 else 0.0


def _share_within(lags: LagDistribution, interval: Interval, start_micros: int) -> float:
    low, high = ((bound - start_micros) / MICROS for bound in interval)
    return lags.share_before(high) - lags.share_before(low)


def _links(
    calls: CallColumns,
    candidates: Candidates,
    own: slice,
    support: float,
    heard: float,
    parameters: Parameters,
) -> tuple[JudgedLink, ...]:
    prior = float(np.log(parameters.expected_calls))
    strong = np.flatnonzero(candidates.total[own] >= np.log(parameters.link_floor)) + own.start
    return tuple(
        JudgedLink(
            call_id=int(calls.id[candidates.call[place]]),
            probability=probability_of_link(float(candidates.total[place]), support, heard, parameters),
            lag_s=float(candidates.lag_s[place]),
            distance_m=float(candidates.distance_m[place]),
            prior=prior,
            time=float(candidates.time[place]),
            distance=float(candidates.distance[place]),
            nature=float(candidates.nature[place]),
            background=float(candidates.background[place]),
            total=float(candidates.total[place]),
        )
        for place in strong.tolist()
    )


def _best_call(
    calls: CallColumns, candidates: Candidates, own: slice, parameters: Parameters
) -> tuple[float, float, str] | None:
    """Lag, distance and nature of the call with the strongest evidence; None when none has any."""
    if own.start == own.stop or candidates.total[own].max() < np.log(parameters.link_floor):
        return None
    place = own.start + int(np.argmax(candidates.total[own]))
    nature = NATURES[int(calls.nature[candidates.call[place]])].value
    return float(candidates.lag_s[place]), float(candidates.distance_m[place]), nature


def _cad_records(
    alerts: AlertColumns,
    members: Integers,
    calls: CallColumns,
    window: Interval,
    parameters: Parameters,
) -> tuple[int, ...]:
    """Sensor records that this incident created: in its window, within the linking distance of an alert."""
    low, high = np.searchsorted(calls.received_micros, (window[0], window[1] + 1))
    places = np.flatnonzero(calls.is_sensor[low:high] & ~np.isnan(calls.longitude[low:high])) + low
    if len(places) == 0:
        return ()
    distances = _distances(alerts, members, calls.longitude[places], calls.latitude[places])
    return tuple(calls.id[places[distances <= parameters.link_within_m]].tolist())


def _distances(alerts: AlertColumns, members: Integers, longitude: Floats, latitude: Floats) -> Floats:
    """The distance from each place to the nearest of an incident's alerts."""
    each = near_distance_m(
        alerts.longitude[members][:, None], alerts.latitude[members][:, None], longitude, latitude
    )
    return np.asarray(each.min(axis=0), dtype=np.float64)
