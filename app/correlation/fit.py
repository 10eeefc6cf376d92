"""Fitting the parameters without labels, by expectation and maximisation.

What each incident's posterior says of its calls stands in for the labels that nobody has: the expectation
step is the product's own association, the maximisation step takes means weighted by it. The shape of the
model (windows, gate, uniform share of lags, location errors) stays; the prior, the calls that a report
brings, the lag, the callers' distance and the shares of natures are fitted.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from app.correlation.association import Association, associate
from app.correlation.background import Background
from app.correlation.columns import AlertColumns, CallColumns, Floats
from app.correlation.decisions import Constraints
from app.correlation.evidence import Candidates, find_candidates
from app.correlation.grouping import group
from app.correlation.groups import Groups
from app.correlation.parameters import NATURES, Parameters, least_expected_calls

MOST_ROUNDS = 30
# Fewer probable reports than this say too little about how people report.
FEWEST_REPORTS = 30.0
_SETTLED = 1e-3
_FITTED = ("prior_reported", "expected_calls", "lag_median_s", "lag_shape", "caller_distance_m")
# So many reports of the old shares are added to the natures, so that a class never seen keeps a chance.
_KEPT_REPORTS = 10.0


class TooFewReportsError(ValueError):
    """There are too few probable reports to learn from; the message says how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round: the parameters after it, and the reports that it expected to see."""

    parameters: Parameters
    reports: float


def fit_parameters(
    alerts: AlertColumns, calls: CallColumns, background: Background, start: Parameters
) -> Iterator[Round]:
    """Rounds until the parameters settle, at most MOST_ROUNDS. Raises TooFewReportsError.

    `alerts` and `calls` are of times that the call feeds cover whole, so that silence is silence.
    """
    parameters = start
    for _ in range(MOST_ROUNDS):
        groups = group(alerts, parameters)
        candidates = find_candidates(alerts, groups, calls, background, parameters)
        found = associate(candidates, calls, np.ones(len(groups)), Constraints(), parameters)
        reports = float(np.sum(found.links))
        if reports < FEWEST_REPORTS:
            raise TooFewReportsError(
                f"only {reports:.1f} probable reports among {len(groups):,} incidents;"
                f" it takes {FEWEST_REPORTS:.0f} to learn from"
            )
        fitted = _maximised(parameters, alerts, calls, groups, candidates, found)
        yield Round(parameters=fitted, reports=reports)
        if _moved(parameters, fitted) < _SETTLED:
            return
        parameters = fitted


def _maximised(
    parameters: Parameters,
    alerts: AlertColumns,
    calls: CallColumns,
    groups: Groups,
    candidates: Candidates,
    found: Association,
) -> Parameters:
    weight = found.links
    reports = float(np.sum(weight))
    reported = float(np.sum(found.reported))
    median_s, shape = _lags(parameters, candidates, weight)
    prior = min(max(reported / len(groups), 0.001), 0.9)
    return replace(
        parameters,
        prior_reported=prior,
        # Where each report is one call, as in a log that merges them, the mean would be next to nothing.
        expected_calls=max(_calls_a_report(reports / reported), least_expected_calls(prior)),
        lag_median_s=median_s,
        lag_shape=shape,
        caller_distance_m=_distance_m(parameters, alerts, calls, groups, candidates, weight),
        nature_share=_shares(parameters, calls, candidates, weight),
    )


def _lags(parameters: Parameters, candidates: Candidates, weight: Floats) -> tuple[float, float]:
    """Median and spread of the log-normal part; what the uniform part explains is left out.

    As they were where every call came before its alert: then the clocks are off, and lags cannot be learnt.
    """
    positive = candidates.lag_s > 1
    span_s = parameters.window_before_s + parameters.window_after_s
    uniform = parameters.lag_uniform_share / span_s / np.exp(candidates.time)
    share = np.where(positive, weight * np.clip(1 - uniform, 0, 1), 0.0)
    logs = np.log(np.where(positive, candidates.lag_s, 1.0))
    total = float(np.sum(share))
    if total <= 0:
        return parameters.lag_median_s, parameters.lag_shape
    mean = float(np.sum(share * logs)) / total
    spread = math.sqrt(float(np.sum(share * (logs - mean) ** 2)) / total)
    return math.exp(mean), max(spread, 0.1)


def _distance_m(
    parameters: Parameters,
    alerts: AlertColumns,
    calls: CallColumns,
    groups: Groups,
    candidates: Candidates,
    weight: Floats,
) -> float:
    """Sigma per axis: half the mean square of the distance, less what both location errors bring."""
    first = groups.first[candidates.incident]
    alert_m = np.nan_to_num(alerts.uncertainty_m[first], nan=parameters.alert_uncertainty_m)
    call_m = np.nan_to_num(calls.uncertainty_m[candidates.call], nan=parameters.call_uncertainty_m)
    square = candidates.distance_m**2 / 2 - alert_m**2 - call_m**2
    return math.sqrt(max(float(np.sum(weight * square)) / float(np.sum(weight)), 50.0**2))


def _shares(
    parameters: Parameters, calls: CallColumns, candidates: Candidates, weight: Floats
) -> dict[str, float]:
    found = np.bincount(calls.nature[candidates.call], weights=weight, minlength=len(NATURES))
    counts = found + _KEPT_REPORTS * np.array([parameters.nature_share[nature] for nature in NATURES])
    shares = (counts / np.sum(counts)).tolist()
    return {nature.value: share for nature, share in zip(NATURES, shares, strict=True)}


def _calls_a_report(mean: float) -> float:
    """The Poisson mean whose mean given at least one is `mean`, by bisection."""
    low, high = 1e-3, 20.0
    for _ in range(60):
        middle = (low + high) / 2
        if middle / -math.expm1(-middle) < mean:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _moved(before: Parameters, after: Parameters) -> float:
    """The greatest relative change of a fitted number."""
    pairs = [(getattr(before, name), getattr(after, name)) for name in _FITTED]
    pairs += [(before.nature_share[nature], after.nature_share[nature]) for nature in NATURES]
    return float(max(abs(new - old) / max(abs(old), 0.01) for old, new in pairs))
