"""From alerts, calls and completeness to judged incidents: the whole function, for one event or a year."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from app.correlation.association import Association, associate
from app.correlation.background import Background
from app.correlation.cad import cad_records
from app.correlation.columns import AlertColumns, CallColumns, Integers
from app.correlation.completeness import FeedCompleteness, Interval, WindowCoverage, coverage_of
from app.correlation.decisions import CallDecision, Constraints, constraints_of
from app.correlation.evidence import Candidates, find_candidates, window_of
from app.correlation.grouping import MICROS, group
from app.correlation.lag import LagDistribution, lag_distribution
from app.correlation.live import log_factor
from app.correlation.parameters import NATURES, Parameters
from app.correlation.verdict import Situation, decide, revisit_micros
from app.domain.vocabulary import Decision, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The evidence of a call: natural logarithms, and their sum ln u. `live_factor` is in `background`."""

    lag_s: float
    distance_m: float
    prior: float
    time: float
    distance: float
    nature: float
    background: float
    live_factor: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLink:
    """A call that may report the incident, and why.

    `terms` is None for a call that an analyst confirmed although it lies outside window or gate.
    `probability_without` is P(reported) had this call not been made; `is_decisive` says that the verdict
    would then not be `reported`.
    """

    call_id: int
    probability: float
    decision: Decision
    terms: Terms | None
    probability_without: float | None
    is_decisive: bool


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """All that the incidents of one run are judged by."""

    alerts: AlertColumns
    calls: CallColumns
    candidates: Candidates
    association: Association
    constraints: Constraints
    parameters: Parameters
    now_micros: int


def judge(
    alerts: AlertColumns,
    calls: CallColumns,
    feeds: Sequence[FeedCompleteness],
    background: Background,
    parameters: Parameters,
    now_micros: int,
    decisions: Iterable[CallDecision] = (),
) -> list[JudgedIncident]:
    """Group the alerts and judge each incident by the calls around it.

    `alerts` must hold every alert that could be linked to one of interest or share a call with it, `calls`
    every call in their windows and in their live windows; both in canonical order.
    """
    groups = group(alerts, parameters)
    candidates = find_candidates(alerts, groups, calls, background, parameters)
    windows = [_window(alerts, members, parameters) for members in groups]
    coverages = [
        coverage_of(feeds, window, float(alerts.longitude[members[0]]), float(alerts.latitude[members[0]]))
        for members, window in zip(groups, windows, strict=True)
    ]
    heard = np.array(
        [
            _share_heard(alerts, members, window, coverage, parameters)
            for members, window, coverage in zip(groups, windows, coverages, strict=True)
        ]
    )
    constraints = constraints_of(decisions, alerts, groups)
    scene = _Scene(
        alerts=alerts,
        calls=calls,
        candidates=candidates,
        association=associate(candidates, calls, heard, constraints, parameters),
        constraints=constraints,
        parameters=parameters,
        now_micros=now_micros,
    )
    bounds = np.searchsorted(candidates.incident, np.arange(len(groups) + 1))
    of_record, record = cad_records(alerts, groups, calls, parameters)
    record_bounds = np.searchsorted(of_record, np.arange(len(groups) + 1))
    return [
        _judge_one(
            scene,
            number,
            members,
            range(int(bounds[number]), int(bounds[number + 1])),
            windows[number],
            coverages[number],
            tuple(calls.id[record[record_bounds[number] : record_bounds[number + 1]]].tolist()),
        )
        for number, members in enumerate(groups)
    ]


def _window(alerts: AlertColumns, members: Integers, parameters: Parameters) -> Interval:
    times = alerts.started_micros[members]
    return window_of(int(times[0]), int(times[-1]), parameters)


def _judge_one(
    scene: _Scene,
    number: int,
    members: Integers,
    own: range,
    window: Interval,
    coverage: WindowCoverage,
    cad_record_ids: tuple[int, ...],
) -> JudgedIncident:
    alerts, parameters = scene.alerts, scene.parameters
    times = alerts.started_micros[members]
    is_active = bool(alerts.is_active[members[0]])
    is_located = not np.isnan(alerts.longitude[members[0]])
    is_judged = is_active and is_located
    is_confirmed = is_active and number in scene.constraints.confirmed
    links = _links(scene, number, own) if is_active else ()
    strong = [link for link in links if link.probability >= parameters.reported_from]
    has_probability = is_judged or is_confirmed
    probability = float(scene.association.reported[number]) if has_probability else None
    situation = Situation(
        is_active=is_active,
        is_located=is_located,
        is_confirmed=is_confirmed,
        probability_final=float(scene.association.reported_final[number]) if has_probability else None,
        window=window,
        coverage=coverage,
        best_call=_best_call(scene, own),
        strong_calls=len(strong),
        now_micros=scene.now_micros,
    )
    verdict, reason = decide(situation, parameters)
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
        window_covered=coverage.is_whole or not is_judged,
        first_call_lag_s=min((link.terms.lag_s for link in strong if link.terms), default=None),
        links=links,
        cad_record_ids=cad_record_ids,
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


def _links(scene: _Scene, number: int, own: range) -> tuple[JudgedLink, ...]:
    """The calls that speak for an incident by evidence, and those that an analyst decided about."""
    confirmed = scene.constraints.confirmed.get(number, frozenset())
    rejected = scene.constraints.rejected.get(number, frozenset())
    floor = float(np.log(scene.parameters.link_floor))
    links = []
    for place in own:
        call_id = int(scene.calls.id[scene.candidates.call[place]])
        if call_id in confirmed:
            links.append(_link(scene, place, call_id, Decision.CONFIRMED))
        elif call_id in rejected:
            links.append(_link(scene, place, call_id, Decision.REJECTED))
        elif scene.candidates.total[place] >= floor and call_id not in scene.constraints.taken:
            links.append(_link(scene, place, call_id, Decision.AUTOMATIC))
    shown = {link.call_id for link in links}
    links += [
        JudgedLink(
            call_id=call_id,
            probability=1.0 if call_id in confirmed else 0.0,
            decision=Decision.CONFIRMED if call_id in confirmed else Decision.REJECTED,
            terms=None,
            probability_without=None,
            is_decisive=False,
        )
        for call_id in sorted((confirmed | rejected) - shown)
    ]
    return tuple(links)


def _link(scene: _Scene, place: int, call_id: int, decision: Decision) -> JudgedLink:
    candidates, association = scene.candidates, scene.association
    probability = {Decision.CONFIRMED: 1.0, Decision.REJECTED: 0.0}.get(
        decision, float(association.links[place])
    )
    is_weighed = decision is Decision.AUTOMATIC
    least = scene.parameters.reported_from
    final = association.reported_final[candidates.incident[place]]
    return JudgedLink(
        call_id=call_id,
        probability=probability,
        decision=decision,
        terms=Terms(
            lag_s=float(candidates.lag_s[place]),
            distance_m=float(candidates.distance_m[place]),
            prior=float(np.log(scene.parameters.expected_calls)),
            time=float(candidates.time[place]),
            distance=float(candidates.distance[place]),
            nature=float(candidates.nature[place]),
            background=float(candidates.background[place]),
            live_factor=float(np.exp(log_factor(candidates.live_steps[place]))),
            total=float(candidates.total[place]),
        ),
        probability_without=float(association.without[place]) if is_weighed else None,
        is_decisive=is_weighed and bool(final >= least > association.without_final[place]),
    )


def _best_call(scene: _Scene, own: range) -> tuple[float, float, str] | None:
    """Lag, distance and nature of the call that most probably reports the incident, or speaks most for it.

    None when none has any weight.
    """
    candidates = scene.candidates
    floor = float(np.log(scene.parameters.link_floor))
    number = int(candidates.incident[own.start]) if own else 0
    refused = scene.constraints.rejected.get(number, frozenset()) | (
        scene.constraints.taken - scene.constraints.confirmed.get(number, frozenset())
    )
    weighty = [
        place
        for place in own
        if candidates.total[place] >= floor and int(scene.calls.id[candidates.call[place]]) not in refused
    ]
    if not weighty:
        return None
    best = max(weighty, key=lambda place: (scene.association.links[place], candidates.total[place], -place))
    nature = NATURES[int(scene.calls.nature[candidates.call[best]])].value
    return float(candidates.lag_s[best]), float(candidates.distance_m[best]), nature
