"""The page of verdicts says what the model computes: parameters, formulas, examples."""

import math
from dataclasses import fields, replace

import numpy as np
import pytest

from app.correlation.background import UNKNOWN_CALLS_KM2_H, UNKNOWN_SHARES, unknown_background
from app.correlation.background_fit import ENOUGH_CALLS, ENOUGH_S, FEWEST_CALLS
from app.correlation.fit import _FITTED
from app.correlation.lag import lag_distribution
from app.correlation.live import live_steps, live_window, log_factor
from app.correlation.parameters import NATURES, Parameters
from app.correlation.posterior import solo_links, solo_reported
from app.domain.vocabulary import Nature
from tests.correlation.conftest import at, call_columns, place
from tests.test_docs import page, row_of, rows, section


@pytest.mark.parametrize("field", fields(Parameters), ids=lambda field: field.name)
def test_every_parameter_is_told_with_its_default(field):
    _, default, unit, _ = row_of(page("docs/verdicts.md"), field.name)
    if field.name != "nature_share":
        assert float(default) == field.default
    ending = field.name.rpartition("_")[2]
    assert {"s": "s", "m": "m"}.get(ending, unit) == unit


@pytest.mark.parametrize("nature", Parameters().nature_share)
def test_every_nature_is_told_with_its_shares(nature):
    _, share, assumed = row_of(page("docs/verdicts.md"), nature)
    assert float(share) == Parameters().nature_share[nature]
    assert float(assumed) == UNKNOWN_SHARES[nature]


def test_the_worked_example_is_what_the_model_computes():
    rules, text = Parameters(), section(page("docs/verdicts.md"), "A worked example")
    lag_s, distance_m, rate, factors = 32.0, 151.9, 0.0730, (1.563, 4.667, 1.414)
    assert f"call {lag_s:.0f} s after and {distance_m} m away" in text
    assert f"{rate:.4f} times per km² and day" in text
    assert all(f"{factor} times as often" in text for factor in factors)
    calls_km2_day = rate * math.prod(factors)
    assert f"together {calls_km2_day:.3f} calls per km² and day" in " ".join(text.split())
    variance = rules.caller_distance_m**2 + rules.alert_uncertainty_m**2 + rules.call_uncertainty_m**2
    density = lag_distribution(rules, math.hypot(rules.clock_error_s, 30)).density(np.array([lag_s]))
    terms = {
        "prior": math.log(rules.expected_calls),
        "time": math.log(density[0]),
        "distance": -(distance_m**2) / (2 * variance) - math.log(2 * math.pi * variance),
        "nature": math.log(rules.nature_share["shots_fired"]),
        "background": -math.log(calls_km2_day / 86_400 / 1e6),
    }
    shown = {row[0].strip("*"): float(row[2].strip("*").replace("−", "-")) for row in rows(text)[1:]}
    assert shown.keys() == {*terms, "total"}
    for name, value in terms.items():
        assert shown[name] == pytest.approx(value, abs=0.006), name
    assert shown["total"] == pytest.approx(sum(terms.values()), abs=0.006)


def test_the_example_s_probabilities_are_what_the_model_computes():
    rules, text = Parameters(), page("docs/verdicts.md")
    totals = np.array([6.756, 6.696, -3.3024])
    for total in totals.tolist():
        assert f"{total:+.2f}".replace("-", "−") in text
    support = np.full(3, np.sum(np.logaddexp(0, totals)))
    assert f"e^{support[0]:.3f}" in text
    whole = np.ones(3)
    reported = solo_reported(support, whole, rules)
    assert reported[0] > 0.999
    first, second, third = solo_links(totals, support, whole, reported, rules).tolist()
    assert f"{first:.1%} each".replace("%", " %") in text
    assert first == pytest.approx(second, abs=1e-3)
    assert f"{third:.1%} for the third".replace("%", " %") in text


def test_the_live_factor_is_what_the_model_computes():
    """Shots fired, of which 0.9 are expected in the half hour around an alert, none a candidate."""
    rules, text = Parameters(), " ".join(section(page("docs/verdicts.md"), "The live factor").split())
    before, after = rules.live_before_s / 60, rules.live_after_s / 60
    assert f"from {before:.0f} min before an incident's first alert to {after:.0f} min after it" in text
    assert f"(calls + {rules.live_shrink_calls:g}) / (expected calls + {rules.live_shrink_calls:g})" in text
    assert f"From {rules.live_surge_from:g} on it is taken times {rules.live_surge_margin:g}" in text
    rate = 0.9 / (rules.live_before_s + rules.live_after_s)
    background = replace(
        unknown_background(), area_m2=1.0, rate_s_m2=dict.fromkeys(Parameters().nature_share, rate)
    )
    nothing = np.zeros((1, len(NATURES)), dtype=np.int64)
    told = []
    for count in (4, 9):
        calls = call_columns(*[(-300 + 10 * number, place(9000)) for number in range(count)])
        steps = live_steps(live_window(np.array([at(0)]), rules), nothing, calls, background, rules)
        factor = float(np.exp(log_factor(steps))[0, NATURES.index(Nature.SHOTS_FIRED)])
        ratio = (count + rules.live_shrink_calls) / (0.9 + rules.live_shrink_calls)
        told.append(f"{ratio:.2f} and the factor {factor:.2f}")
    assert f"With 4 such calls where 0.9 are expected the ratio is {told[0]}; with 9 it is {told[1]}." in text


def test_what_a_young_agency_gets_is_told():
    (assumed,) = [row for row in rows(page("docs/verdicts.md")) if row[0].startswith("fewer than")]
    assert assumed[0].startswith(f"fewer than {FEWEST_CALLS:,},")
    assert f"{UNKNOWN_CALLS_KM2_H:g} calls an hour and km²" in assumed[1]
    told = [row[0] for row in rows(page("docs/verdicts.md")) if row[0].startswith("from ")]
    assert told == [
        f"from {FEWEST_CALLS:,} on",
        f"from {ENOUGH_CALLS:,} on, over at least {ENOUGH_S // 86_400} days",
    ]


@pytest.mark.parametrize("field", fields(Parameters), ids=lambda field: field.name)
def test_what_is_fitted_is_marked(field):
    assert row_of(page("docs/verdicts.md"), field.name)[3].endswith("◆") == (
        field.name in (*_FITTED, "nature_share")
    )


def test_the_table_of_silence_is_what_the_model_computes():
    (heard,) = [row for row in rows(page("docs/verdicts.md")) if row[0] == "F"]
    (shown,) = [row for row in rows(page("docs/verdicts.md")) if row[0].startswith("P without")]
    (after,) = [row for row in rows(page("docs/verdicts.md")) if row[0].startswith("about, after")]
    lags = lag_distribution(Parameters(), Parameters().clock_error_s)
    for share, percent, seconds in zip(heard[1:], shown[1:], after[1:], strict=True):
        (expected,) = solo_reported(np.zeros(1), np.array([float(share)]), Parameters())
        assert float(percent.removesuffix(" %")) == pytest.approx(expected * 100, abs=0.06)
        assert lags.share_before(float(seconds.removesuffix(" s"))) == pytest.approx(float(share), abs=0.02)
