"""Fitting a background to an agency's calls: how much of it they bear, and what they are counted over."""

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.background import Background, unknown_background
from app.correlation.background_fit import (
    ENOUGH_CALLS,
    ENOUGH_S,
    FEWEST_CALLS,
    LocatedCalls,
    cells_holding,
    fit_background,
)
from app.correlation.columns import Floats
from app.correlation.parameters import NATURES
from app.correlation.rhythm import HOUR_MICROS
from tests.correlation.conftest import at

MICROS = 1_000_000
WEEK_S = 7 * 86_400
SHOTS, OTHER = NATURES.index("shots_fired"), NATURES.index("other")


def spread(count: int, seed: int = 1) -> tuple[Floats, Floats]:
    """Points over a city of about 4 by 4 km."""
    random = np.random.default_rng(seed)
    return random.uniform(-87.96, -87.91, count), random.uniform(43.01, 43.046, count)


def located(count: int, *, period_s: float = 4 * WEEK_S, seed: int = 1, **changes: Any) -> LocatedCalls:
    """Calls of two natures over the period; every tenth speaks of shots."""
    random = np.random.default_rng(seed)
    longitude, latitude = spread(count, seed)
    columns: dict[str, Any] = {
        "received_micros": at(0) + np.sort(random.integers(0, round(period_s * MICROS) + 1, count)),
        "longitude": longitude,
        "latitude": latitude,
        "nature": np.where(np.arange(count) % 10 == 0, SHOTS, OTHER),
        "weight": np.ones(count),
    }
    return LocatedCalls(**{**columns, **changes})


def fit(calls: LocatedCalls, *, period_s: float = 4 * WEEK_S, **changes: Any) -> Background:
    values = {"covered": [(at(0), at(period_s))], "in_coverage": None, "coverage_m2": None,
              "rhythms": {"cad": [0.25] * 168}, "time_zone": "America/Chicago", **changes}  # fmt: skip
    return fit_background(calls, **values)


def test_far_outliers_do_not_stretch_the_city() -> None:
    longitude, latitude = spread(2000)
    inside, area = cells_holding(longitude, latitude)
    strayed = np.append(longitude, [-74.0, 0.0, 179.9]), np.append(latitude, [40.7, 0.0, -80.0])
    also, stretched = cells_holding(*strayed)
    assert stretched == pytest.approx(area, rel=0.15)
    assert 12e6 <= area <= 36e6
    assert np.count_nonzero(inside) >= 0.99 * 2000
    assert not also[-3:].any()


def test_cells_are_told_apart_around_the_world() -> None:
    longitude = np.array([-180.0, 180.0, 0.0, 0.0, 0.0, 0.0, 0.0])
    latitude = np.array([0.0, 0.0, 0.0, 90.0, -90.0, 0.02, -0.02])
    inside, area = cells_holding(longitude, latitude, share=1.0)
    assert inside.all()
    assert area == 7e6


@pytest.mark.parametrize(("count", "period_s"), [(FEWEST_CALLS - 1, WEEK_S), (0, WEEK_S), (5000, 0.0)])
def test_too_few_calls_leave_it_unknown(count: int, period_s: float) -> None:
    found = fit(located(count), period_s=period_s)
    assert found.rate_s_m2 == unknown_background().rate_s_m2
    assert found.basis == unknown_background().basis
    assert found.area_m2 is None
    assert found.source_rhythm_s == {"cad": [0.25] * 168}
    assert found.time_zone == "America/Chicago"
    assert fit(located(5000), covered=[]).calls == 0


@pytest.mark.parametrize(
    ("count", "period_s"), [(FEWEST_CALLS, WEEK_S), (ENOUGH_CALLS - 1, WEEK_S), (ENOUGH_CALLS, ENOUGH_S - 1)]
)
def test_with_few_calls_it_is_even_over_their_cells(count: int, period_s: float) -> None:
    calls = located(count, period_s=period_s)
    found = fit(calls, period_s=period_s)
    inside, area_m2 = cells_holding(calls.longitude, calls.latitude)
    assert found.basis == "uniform over the 1 km cells that hold 99 % of the calls"
    assert (found.rhythm, found.relief) == (None, None)
    assert found.calls == np.count_nonzero(inside)
    assert found.area_m2 == area_m2
    shots = np.count_nonzero(calls.nature[inside] == SHOTS)
    assert found.rate_s_m2["shots_fired"] == pytest.approx((shots + 0.5) / (period_s * area_m2))
    assert found.rate_s_m2["shooting"] == pytest.approx(0.5 / (period_s * area_m2))


def test_with_few_calls_and_a_coverage_it_is_even_over_that() -> None:
    calls = located(500)
    inside = calls.longitude < -87.94
    found = fit(calls, in_coverage=inside, coverage_m2=5e7)
    assert found.basis == "uniform over the coverage"
    assert found.area_m2 == 5e7
    assert found.calls == np.count_nonzero(inside)
    shots = np.count_nonzero(calls.nature[inside] == SHOTS)
    assert found.rate_s_m2["shots_fired"] == pytest.approx((shots + 0.5) / (4 * WEEK_S * 5e7))
    cells = fit(calls, in_coverage=inside, coverage_m2=None)
    assert cells.basis.startswith("uniform over the 1 km cells")


def test_with_enough_it_has_a_picture_of_time_and_place() -> None:
    calls = located(ENOUGH_CALLS, period_s=ENOUGH_S)
    found = fit(calls, period_s=ENOUGH_S, in_coverage=calls.longitude < -87.94, coverage_m2=5e7)
    assert found.basis == "rate, hour of the week and smoothed 500 m density"
    assert found.rhythm is not None
    assert found.relief is not None
    assert set(found.rhythm) == set(NATURES)
    assert found.area_m2 != 5e7
    document = json.loads(json.dumps(found.to_document()))
    read = Background.from_document(document)
    asked = (calls.received_micros, calls.longitude, calls.latitude, calls.nature)
    assert read.log_rate(*asked).tobytes() == found.log_rate(*asked).tobytes()
    assert read.to_document() == found.to_document()


def test_a_fitted_background_expects_the_calls_it_was_fitted_to() -> None:
    """In the whole area over the whole time, and on average at the calls' own times and places."""
    random = np.random.default_rng(4)
    hours = np.sort(random.choice(28 * 24, 20_000, p=weekly_shares(28 * 24)))
    times = at(0) + hours * HOUR_MICROS + random.integers(0, HOUR_MICROS, 20_000)
    calls = located(20_000, received_micros=np.sort(times))
    found = fit(calls, time_zone="UTC")
    expected = found.expected_in_area(np.array([at(0)]), np.array([at(4 * WEEK_S)]))
    assert expected is not None
    assert float(expected[0, OTHER]) == pytest.approx(np.count_nonzero(calls.nature == OTHER), rel=0.02)
    assert float(expected[0, SHOTS]) == pytest.approx(np.count_nonzero(calls.nature == SHOTS), rel=0.02)
    assert found.rhythm is not None
    by_hour = np.bincount(hours % 168, minlength=168) / 20_000 * 168
    slots = (np.arange(168) + first_slot()) % 168
    assert np.array(found.rhythm["other"])[slots] == pytest.approx(by_hour, abs=0.25)


def first_slot() -> int:
    """The hour of the week (UTC) of the conftest's beginning, Saturday 2026-07-04 02:00."""
    return 5 * 24 + 2


def weekly_shares(hours: int) -> Floats:
    busy = 1.2 + np.sin(np.arange(hours) / 24 * 2 * np.pi)
    return np.asarray(busy / busy.sum(), dtype=np.float64)


def test_what_shootings_explain_is_no_background() -> None:
    calls = located(1000)
    shots = calls.nature == SHOTS
    found = fit(located(1000, weight=np.where(shots, 0.25, 1.0)))
    whole = fit(calls)
    assert found.rate_s_m2["other"] == whole.rate_s_m2["other"]
    inside, area_m2 = cells_holding(calls.longitude, calls.latitude)
    weight = 0.25 * np.count_nonzero(shots & inside)
    assert found.rate_s_m2["shots_fired"] == pytest.approx((weight + 0.5) / (4 * WEEK_S * area_m2))
    none = fit(located(5000, weight=np.zeros(5000)))
    assert all(0 < rate < 1e-13 for rate in none.rate_s_m2.values())


def test_stray_geocodes_are_left_out() -> None:
    calls = located(5000)
    longitude, latitude = calls.longitude.copy(), calls.latitude.copy()
    longitude[:20], latitude[:20] = 0.0, 0.0
    longitude[20:25], latitude[20:25] = -87.9, -43.0
    strayed = fit(located(5000, longitude=longitude, latitude=latitude))
    whole = fit(calls)
    assert strayed.relief is not None
    assert whole.relief is not None
    assert strayed.relief.values.size < 2 * whole.relief.values.size
    assert strayed.area_m2 == pytest.approx(whole.area_m2, rel=0.15)
    assert strayed.calls < 4980


def test_a_country_of_calls_has_no_relief_but_a_rate_and_a_rhythm() -> None:
    random = np.random.default_rng(6)
    calls = located(
        5000, longitude=random.uniform(-120, -70, 5000), latitude=random.uniform(25.0, 48.0, 5000)
    )
    found = fit(calls)
    assert found.relief is None
    assert found.rhythm is not None
    rate = found.log_rate(calls.received_micros, calls.longitude, calls.latitude, calls.nature)
    assert np.all(np.isfinite(rate))


def test_a_week_of_history_gives_every_hour_and_place_a_rate() -> None:
    found = fit(located(ENOUGH_CALLS, period_s=ENOUGH_S), period_s=ENOUGH_S)
    hours = at(0) + np.arange(-500, 500) * HOUR_MICROS
    for nature in range(len(NATURES)):
        for where in ((-87.93, 43.03), (0.0, 0.0)):
            longitude, latitude = (np.full(1000, degrees) for degrees in where)
            rate = found.log_rate(hours, longitude, latitude, np.full(1000, nature))
            assert np.all(np.isfinite(rate))


@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 2**32 - 1), count=st.sampled_from([300, 2500]))
def test_the_order_of_calls_is_no_matter_for_the_bits(seed: int, count: int) -> None:
    random = np.random.default_rng(seed)
    calls = located(count, seed=seed, weight=np.rint(random.random(count) * 2**20) / 2**20)
    order = random.permutation(count)
    turned = LocatedCalls(**{name: getattr(calls, name)[order] for name in LocatedCalls.__slots__})
    assert fit(turned).to_document() == fit(calls).to_document()
