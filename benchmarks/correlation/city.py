"""Simulated cities as the core's columns, with their truth, and backgrounds fitted as the product does."""

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from app.correlation.association import Association, associate
from app.correlation.background import Background
from app.correlation.background_fit import LocatedCalls, fit_background
from app.correlation.columns import NO_NAME, AlertColumns, Booleans, CallColumns, Floats
from app.correlation.decisions import Constraints
from app.correlation.evidence import find_candidates
from app.correlation.explained import unexplained
from app.correlation.grouping import group
from app.correlation.groups import Groups
from app.correlation.parameters import NATURES, Parameters
from app.domain.vocabulary import Origin
from app.simulate import CLASSIFICATIONS, ORIGINS, City, simulate
from app.simulate import NATURES as SIMULATED_NATURES

# Midnight in the city's time zone, so that its 30th day is New Year's Eve.
START = datetime(2025, 12, 1, 6, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One run of a city. `reported` says of each alert whether anybody did report its shooting."""

    alerts: AlertColumns
    calls: CallColumns
    reported: Booleans
    time_zone: str


def draw(city: City, *, seed: int, days: float) -> Sample:
    """Simulate a city, and put it into the core's order and words; final states only."""
    run = simulate(city, seed=seed, start=START, days=days)
    order = np.argsort(run.alerts.started_at_us, kind="stable")
    count = len(order)
    is_gunfire = np.array([word.is_gunfire for word in CLASSIFICATIONS])
    alerts = AlertColumns(
        id=np.arange(count),
        name_key=order.astype(np.int64),
        started_micros=run.alerts.started_at_us[order],
        longitude=run.alerts.longitude[order],
        latitude=run.alerts.latitude[order],
        uncertainty_m=run.alerts.uncertainty_m[order],
        clock_error_s=np.zeros(count),
        is_active=is_gunfire[run.alerts.classification[order]],
    )
    calls = run.calls
    counts = np.array([origin.counts_as_report for origin in ORIGINS])
    sensor = np.array([origin is Origin.SENSOR for origin in ORIGINS])
    nature = np.array([NATURES.index(each) for each in SIMULATED_NATURES])
    return Sample(
        alerts=alerts,
        calls=CallColumns(
            id=np.arange(calls.count),
            names_alert_key=np.full(calls.count, NO_NAME),
            received_micros=calls.received_at_us,
            longitude=calls.longitude,
            latitude=calls.latitude,
            uncertainty_m=calls.uncertainty_m,
            clock_error_s=np.zeros(calls.count),
            nature=nature[calls.nature],
            counts_as_report=counts[calls.origin],
            is_sensor=sensor[calls.origin],
        ),
        reported=run.truth.alert_reported[order],
        time_zone=run.city.time_zone,
    )


def usable(calls: CallColumns) -> Booleans:
    """Which calls may report something: located, and not made by a sensor or an officer."""
    return calls.counts_as_report & ~np.isnan(calls.longitude)


def fit(sample: Sample, parameters: Parameters, until_micros: int | None = None) -> Background:
    """A background from the calls before an instant, twice, as `app.worker.history.fit_from` does.

    The second time without what the shootings of that time explain.
    """
    alerts, calls = sample.alerts, sample.calls
    if until_micros is not None:
        alerts = alerts.take(np.flatnonzero(alerts.started_micros < until_micros))
        calls = calls.take(calls.received_micros < until_micros)
    calls = calls.take(usable(calls))
    alerts = alerts.take(np.flatnonzero(alerts.is_active))
    first = _fit(calls, np.ones(len(calls)), sample.time_zone)
    return _fit(calls, unexplained(alerts, calls, first, parameters), sample.time_zone)


def _fit(calls: CallColumns, weight: Floats, time_zone: str) -> Background:
    return fit_background(
        LocatedCalls(
            received_micros=calls.received_micros,
            longitude=calls.longitude,
            latitude=calls.latitude,
            nature=calls.nature,
            weight=weight,
        ),
        covered=[(int(calls.received_micros[0]), int(calls.received_micros[-1]))],
        in_coverage=None,
        coverage_m2=None,
        rhythms={},
        time_zone=time_zone,
    )


def weigh(
    alerts: AlertColumns, calls: CallColumns, background: Background, parameters: Parameters
) -> tuple[Groups, Association]:
    """The incidents and their association once all calls are heard, without any analyst's word."""
    groups = group(alerts, parameters)
    candidates = find_candidates(alerts, groups, calls, background, parameters)
    everything_heard = np.ones(len(groups))
    return groups, associate(candidates, calls, everything_heard, Constraints(), parameters)
