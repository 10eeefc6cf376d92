"""What to expect where nothing was shot."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.correlation.background import (
    Background,
    cells_holding,
    fit_rhythm,
    fit_uniform,
    hours_of_week,
    unknown_background,
)
from app.correlation.parameters import NATURES
from app.domain.time import to_micros

HOUR = 3600 * 1_000_000
MONDAY = datetime(2026, 6, 1, tzinfo=UTC)


def spread(count: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Points over a city of about 4 by 4 km."""
    random = np.random.default_rng(seed)
    return random.uniform(-87.96, -87.91, count), random.uniform(43.01, 43.046, count)


def test_far_outliers_do_not_stretch_the_city() -> None:
    longitude, latitude = spread(2000)
    inside, area = cells_holding(longitude, latitude)
    strayed = np.append(longitude, [-74.0, 0.0, 179.9]), np.append(latitude, [40.7, 0.0, -80.0])
    also, stretched = cells_holding(*strayed)
    assert stretched == pytest.approx(area, rel=0.15)
    assert 12e6 <= area <= 36e6
    assert np.count_nonzero(inside) >= 0.99 * 2000
    assert not also[-3:].any()


def test_the_rates_are_calls_by_time_and_area() -> None:
    longitude, latitude = spread(1000)
    nature = np.array([NATURES.index("shots_fired")] * 100 + [NATURES.index("other")] * 900)
    found = fit_uniform(
        longitude,
        latitude,
        nature,
        coverage_m2=5e7,
        period_s=1e6,
        rhythms={"cad": [0.0] * 168},
        time_zone="UTC",
    )
    assert found.rate_s_m2["shots_fired"] == pytest.approx(100.5 / 5e13)
    assert found.rate_s_m2["shooting"] == pytest.approx(0.5 / 5e13)
    assert found.calls == 1000
    assert np.exp(found.log_rate()).tolist() == pytest.approx([found.rate_s_m2[each] for each in NATURES])
    assert Background.from_document(found.to_document()) == found


@pytest.mark.parametrize(("count", "period_s"), [(199, 1e6), (0, 1e6), (500, 0.0)])
def test_too_few_calls_leave_it_unknown(count: int, period_s: float) -> None:
    longitude, latitude = spread(count)
    found = fit_uniform(
        longitude, latitude, np.zeros(count, dtype=np.int64), coverage_m2=None, period_s=period_s,
        rhythms={"cad": [1.0] * 168}, time_zone="UTC",
    )  # fmt: skip
    assert found.rate_s_m2 == unknown_background().rate_s_m2
    assert found.source_rhythm_s == {"cad": [1.0] * 168}


def test_the_rhythm_of_a_week() -> None:
    """Eight weeks with 60 calls an hour by day, 6 by night, none on Sundays at 03:00."""
    times = []
    for hour in range(8 * 168):
        start = to_micros(MONDAY) + hour * HOUR
        count = 60 if 8 <= hour % 24 < 20 else 6
        if hour % 168 == 6 * 24 + 3:
            count = 0
        times += [start + number * HOUR // max(count, 1) for number in range(count)]
    covered = [(times[0], times[-1])]
    rhythm = np.array(fit_rhythm(np.array(times, dtype=np.int64), covered, "UTC")) * 3600
    assert rhythm[12] == pytest.approx(60)
    assert rhythm[24 + 2] == pytest.approx(6)
    assert 0 < rhythm[6 * 24 + 3] < 2
    shifted = np.array(fit_rhythm(np.array(times, dtype=np.int64), covered, "America/Chicago")) * 3600
    assert shifted[7] == pytest.approx(60)
    assert shifted[1] == pytest.approx(6)
    stray = np.array([0, *times], dtype=np.int64)
    assert fit_rhythm(stray, [(0, 0), *covered], "UTC")[12] == pytest.approx(60 / 3600)
    assert fit_rhythm(np.array([5], dtype=np.int64), [(0, 10)], "UTC") == [0.0] * 168


def test_what_is_expected_is_the_integral_over_the_hours() -> None:
    rhythm = [number / 3600 for number in range(168)]
    background = Background.from_document(
        {**unknown_background().to_document(), "source_rhythm_s": {"cad": rhythm}}
    )
    start = to_micros(MONDAY)
    assert background.expected_calls("cad", start + 5 * HOUR, start + 6 * HOUR) == pytest.approx(5)
    assert background.expected_calls("cad", start + HOUR // 2, start + 7 * HOUR // 2) == pytest.approx(
        0 + 1 + 2 + 1.5
    )
    assert background.expected_calls("cad", start + HOUR // 4, start + HOUR // 2 + HOUR) == pytest.approx(0.5)
    assert background.expected_calls("cad", start, start + 168 * HOUR) == pytest.approx(sum(range(168)))
    assert background.expected_calls("cad", start + HOUR, start + HOUR) == 0.0
    assert background.expected_calls("cad", start + HOUR, start) == 0.0
    assert background.expected_calls("other", start, start + HOUR) == 0.0


def test_the_hour_that_the_clock_repeats_is_counted_twice_and_the_one_it_skips_never() -> None:
    """Chicago, Sunday 2026-03-08 has 23 hours, 2026-11-01 has 25."""
    zone = ZoneInfo("America/Chicago")
    rhythm = [1 / 3600] * 168
    rhythm[6 * 24 + 1], rhythm[6 * 24 + 2] = 100 / 3600, 1000 / 3600
    background = Background.from_document({
        **unknown_background().to_document(), "source_rhythm_s": {"cad": rhythm},
        "time_zone": "America/Chicago",
    })  # fmt: skip
    for day, expected in (
        (datetime(2026, 3, 8, tzinfo=zone), 22 + 100),
        (datetime(2026, 11, 1, tzinfo=zone), 22 + 200 + 1000),
    ):
        ends = [to_micros(each.astimezone(UTC)) for each in (day, day + timedelta(days=1))]
        assert background.expected_calls("cad", *ends) == pytest.approx(expected)
    hours = np.array([to_micros(MONDAY) // HOUR])
    assert hours_of_week(hours, ZoneInfo("UTC")).tolist() == [0]
    assert hours_of_week(hours, zone).tolist() == [6 * 24 + 19]
