"""From alerts, calls and completeness to judged incidents: the whole function, for one event or a year."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np

from app.correlation.association import Association, associate
from app.correlation.background import Background
from app.correlation.cad import cad_records
from app.correlation.columns import AlertColumns, CallColumns, Integers
from app.correlation.completeness import FeedCompleteness, Interval, WindowCoverage, coverage_of
from app.correlation.decisions import CallDecision, constraints_of
from app.correlation.evidence import Candidates, find_candidates, window_bounds
from app.correlation.grouping import MICROS, group
from app.correlation.lag import LagDistribution, lag_distribution
from app.correlation.live import log_factor
from app.correlation.parameters import NATURES, Parameters
from app.correlation.verdict import Situation, decide, revisit_micros
from app.domain.vocabulary import Decision, Verdict

_NO_CALLS: frozenset[int] = frozenset()
_Value = TypeVar("_Value")


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


class _Weighed(NamedTuple):
    """A candidate of an incident and what was made of it, in plain numbers, as Candidates and Association."""

    call_id: int
    nature_number: int
    lag_s: float
    distance_m: float
    time: float
    distance: float
    nature: float
    background: float
    live_factor: float
    total: float
    probability: float
    without: float
    without_final: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One incident with all that it is judged by; `confirmed`, `rejected` and `taken` are call ids."""

    members: Integers
    started_micros: int
    ended_micros: int
    is_active: bool
    is_located: bool
    window: Interval
    coverage: WindowCoverage
    reported: float
    reported_final: float
    candidates: Sequence[_Weighed]
    cad_record_ids: tuple[int, ...]
    confirmed: frozenset[int]
    rejected: frozenset[int]
    taken: frozenset[int]

    def counts(self, call_id: int) -> bool:
        """Whether no analyst has said that the call reports something else, or not this."""
        return call_id in self.confirmed or not (call_id in self.rejected or call_id in self.taken)


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
    begin, end = window_bounds(alerts, groups, parameters)
    windows = list(zip(begin.tolist(), end.tolist(), strict=True))
    places = (alerts.longitude[groups.first].tolist(), alerts.latitude[groups.first].tolist())
    coverages = [coverage_of(feeds, *where) for where in zip(windows, *places, strict=True)]
    heard = np.array(
        [
            _share_heard(alerts, members, window, coverage, parameters)
            for members, window, coverage in zip(groups, windows, coverages, strict=True)
        ],
        dtype=np.float64,
    )
    constraints = constraints_of(decisions, alerts, groups)
    association = associate(candidates, calls, heard, constraints, parameters)
    of_record, record = cad_records(alerts, groups, calls, parameters)
    weighed = _split(candidates.incident, _weighed(candidates, calls, association), len(groups))
    records = _split(of_record, calls.id[record].tolist(), len(groups))
    columns = zip(
        groups,
        alerts.started_micros[groups.first].tolist(),
        alerts.started_micros[groups.last].tolist(),
        alerts.is_active[groups.first].tolist(),
        places[0],
        association.reported.tolist(),
        association.reported_final.tolist(),
        strict=True,
    )
    cases = (
        _Case(
            members=members,
            started_micros=started,
            ended_micros=ended,
            is_active=is_active,
            is_located=not math.isnan(longitude),
            window=windows[number],
            coverage=coverages[number],
            reported=reported,
            reported_final=final,
            candidates=weighed[number],
            cad_record_ids=tuple(records[number]),
            confirmed=constraints.confirmed.get(number, _NO_CALLS),
            rejected=constraints.rejected.get(number, _NO_CALLS),
            taken=constraints.taken,
        )
        for number, (members, started, ended, is_active, longitude, reported, final) in enumerate(columns)
    )
    return [_judge_one(case, parameters, now_micros) for case in cases]


def _split(incident: Integers, values: Sequence[_Value], count: int) -> list[Sequence[_Value]]:
    """The values of each incident; `incident` ascends."""
    bounds = incident.searchsorted(np.arange(count + 1)).tolist()
    return [values[begin:end] for begin, end in pairwise(bounds)]


def _weighed(candidates: Candidates, calls: CallColumns, association: Association) -> list[_Weighed]:
    columns = (
        calls.id[candidates.call],
        calls.nature[candidates.call],
        candidates.lag_s,
        candidates.distance_m,
        candidates.time,
        candidates.distance,
        candidates.nature,
        candidates.background,
        np.exp(log_factor(candidates.live_steps)),
        candidates.total,
        association.links,
        association.without,
        association.without_final,
    )
    return list(map(_Weighed, *(column.tolist() for column in columns)))


def _judge_one(case: _Case, parameters: Parameters, now_micros: int) -> JudgedIncident:
    is_judged = case.is_active and case.is_located
    is_confirmed = case.is_active and bool(case.confirmed)
    links = _links(case, parameters) if case.is_active else ()
    strong = [link for link in links if link.probability >= parameters.reported_from]
    has_probability = is_judged or is_confirmed
    probability = case.reported if has_probability else None
    situation = Situation(
        is_active=case.is_active,
        is_located=case.is_located,
        is_confirmed=is_confirmed,
        probability_final=case.reported_final if has_probability else None,
        window=case.window,
        coverage=case.coverage,
        best_call=_best_call(case, parameters),
        strong_calls=len(strong),
        now_micros=now_micros,
    )
    verdict, reason = decide(situation, parameters)
    return JudgedIncident(
        alerts=case.members,
        verdict=verdict,
        probability_reported=probability,
        needs_review=probability is not None
        and parameters.review_above < probability < parameters.review_below,
        reason=reason,
        started_micros=case.started_micros,
        ended_micros=case.ended_micros,
        closes_micros=case.window[1],
        revisit_micros=revisit_micros(verdict, case.window, parameters),
        window_covered=case.coverage.is_whole or not is_judged,
        first_call_lag_s=min((link.terms.lag_s for link in strong if link.terms), default=None),
        links=links,
        cad_record_ids=case.cad_record_ids,
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


def _links(case: _Case, parameters: Parameters) -> tuple[JudgedLink, ...]:
    """The calls that speak for an incident by evidence, and those that an analyst decided about."""
    floor = _log(parameters.link_floor)
    links = []
    for weighed in case.candidates:
        if weighed.call_id in case.confirmed:
            links.append(_link(case, weighed, Decision.CONFIRMED, parameters))
        elif weighed.call_id in case.rejected:
            links.append(_link(case, weighed, Decision.REJECTED, parameters))
        elif weighed.total >= floor and case.counts(weighed.call_id):
            links.append(_link(case, weighed, Decision.AUTOMATIC, parameters))
    unseen = (case.confirmed | case.rejected) - {link.call_id for link in links}
    links += [
        JudgedLink(
            call_id=call_id,
            probability=1.0 if call_id in case.confirmed else 0.0,
            decision=Decision.CONFIRMED if call_id in case.confirmed else Decision.REJECTED,
            terms=None,
            probability_without=None,
            is_decisive=False,
        )
        for call_id in sorted(unseen)
    ]
    return tuple(links)


@lru_cache(maxsize=64)
def _log(value: float) -> float:
    """The logarithm by NumPy, which weighed the calls: the last bit of others may differ."""
    return float(np.log(value))


def _link(case: _Case, weighed: _Weighed, decision: Decision, parameters: Parameters) -> JudgedLink:
    is_weighed = decision is Decision.AUTOMATIC
    certain = 1.0 if decision is Decision.CONFIRMED else 0.0
    return JudgedLink(
        call_id=weighed.call_id,
        probability=weighed.probability if is_weighed else certain,
        decision=decision,
        terms=Terms(
            lag_s=weighed.lag_s,
            distance_m=weighed.distance_m,
            prior=_log(parameters.expected_calls),
            time=weighed.time,
            distance=weighed.distance,
            nature=weighed.nature,
            background=weighed.background,
            live_factor=weighed.live_factor,
            total=weighed.total,
        ),
        probability_without=weighed.without if is_weighed else None,
        is_decisive=is_weighed and case.reported_final >= parameters.reported_from > weighed.without_final,
    )


def _best_call(case: _Case, parameters: Parameters) -> tuple[float, float, str] | None:
    """Lag, distance and nature of the call that most probably reports the incident, or speaks most for it.

    None when none has any weight; the first of equals.
    """
    floor = _log(parameters.link_floor)
    weighty = [each for each in case.candidates if each.total >= floor and case.counts(each.call_id)]
    if not weighty:
        return None
    best = max(weighty, key=lambda each: (each.probability, each.total))
    return best.lag_s, best.distance_m, NATURES[best.nature_number].value
