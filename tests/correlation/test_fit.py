"""Fitting the parameters without labels, on shootings of which the truth is known."""

from dataclasses import replace

import numpy as np
import pytest

from app.correlation.background import unknown_background
from app.correlation.columns import AlertColumns, CallColumns
from app.correlation.fit import MOST_ROUNDS, TooFewReportsError, fit_parameters
from app.correlation.parameters import NATURES, Parameters
from tests.correlation.conftest import alert_columns, call_columns, place

START = Parameters()
TRUTH = {"prior_reported": 0.6, "expected_calls": 2.5, "lag_median_s": 60.0, "lag_shape": 0.7,
         "caller_distance_m": 200.0}  # fmt: skip


def shootings(count: int, seed: int = 1) -> tuple[AlertColumns, CallColumns]:
    """One an hour; six in ten are reported, a fifth of those calls speak of a shooting."""
    random = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        if random.random() < TRUTH["prior_reported"]:
            calls = 0
            while calls == 0:
                calls = random.poisson(TRUTH["expected_calls"])
            for _ in range(calls):
                lag_s = TRUTH["lag_median_s"] * np.exp(TRUTH["lag_shape"] * random.normal())
                away_m = random.normal(0, np.hypot(TRUTH["caller_distance_m"], 100), 2)
                rows.append((3600 * number + float(lag_s), place(*away_m)))
    rows.sort(key=lambda row: row[0])
    nature = np.where(random.random(len(rows)) < 0.2, NATURES.index("shooting"), 0)
    return (
        alert_columns(*[(3600 * number, place()) for number in range(count)], uncertainty_m=0.0),
        call_columns(*rows, nature=nature, uncertainty_m=np.full(len(rows), 100.0)),
    )


def test_it_finds_back_how_people_report() -> None:
    alerts, calls = shootings(600)
    rounds = list(fit_parameters(alerts, calls, unknown_background(), START))
    assert 1 < len(rounds) < MOST_ROUNDS
    found = rounds[-1].parameters
    for name, value in TRUTH.items():
        assert getattr(found, name) == pytest.approx(value, rel=0.12), name
    assert found.nature_share["shooting"] == pytest.approx(0.2, abs=0.03)
    assert sum(found.nature_share.values()) == pytest.approx(1)
    assert rounds[-1].reports == pytest.approx(len(calls), rel=0.05)
    fitted = {name: getattr(START, name) for name in (*TRUTH, "nature_share")}
    assert replace(found, **fitted) == START


def test_a_second_fit_starts_where_the_first_ended() -> None:
    alerts, calls = shootings(300)
    *_, last = fit_parameters(alerts, calls, unknown_background(), START)
    again = list(fit_parameters(alerts, calls, unknown_background(), last.parameters))
    assert len(again) == 1


def test_from_a_few_reports_nothing_is_learnt() -> None:
    for count in (0, 10):
        with pytest.raises(TooFewReportsError, match="probable reports among"):
            list(fit_parameters(*shootings(count), unknown_background(), START))
