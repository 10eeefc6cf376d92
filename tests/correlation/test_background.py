"""What to expect where nothing was shot: at a time and place, in the whole area, and from one source."""

import itertools
import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.background import UNKNOWN_SHARES, Background, unknown_background
from app.correlation.parameters import NATURES
from app.correlation.relief import LEAST, Relief
from app.correlation.rhythm import HOUR_MICROS
from app.domain.time import to_micros

MONDAY = to_micros(datetime(2026, 6, 1, tzinfo=UTC))
CHICAGO = ZoneInfo("America/Chicago")
# Each nature its own rate, rhythm and place, so that none can stand in for another.
RATES = {nature.value: (number + 1) * 1e-12 for number, nature in enumerate(NATURES)}
RHYTHM = {
    nature.value: [0.5 + (hour % 24) / 24 + number / 8 for hour in range(168)]
    for number, nature in enumerate(NATURES)
}
RELIEF = Relief(-88.0, 43.0, 0.01, 0.01, np.arange(1.0, 1 + 6 * 2 * 3).reshape(6, 2, 3))
FULL = replace(
    unknown_background(), rate_s_m2=RATES, area_m2=4e8, rhythm=RHYTHM, relief=RELIEF, calls=5000, basis="test"
)


def rate(background: Background, micros: int, where: tuple[float, float], nature: int) -> float:
    found = background.log_rate(
        np.array([micros]), np.array([where[0]]), np.array([where[1]]), np.array([nature])
    )
    return float(np.exp(found[0]))


def test_the_rate_is_nature_times_hour_times_place() -> None:
    here = (-87.985, 43.015)  # the second row, the second column
    for number, nature in enumerate(NATURES):
        expected = RATES[nature] * RHYTHM[nature][24 + 7] * RELIEF.values[number, 1, 1]
        at = MONDAY + 31 * HOUR_MICROS
        assert rate(FULL, at, here, number) == pytest.approx(expected)
        assert rate(FULL, at + HOUR_MICROS - 1, here, number) == pytest.approx(expected)
        elsewhere = RATES[nature] * RHYTHM[nature][24 + 7] * LEAST
        assert rate(FULL, at, (-87.969, 43.015), number) == pytest.approx(elsewhere)
        assert rate(FULL, at, (-88.001, 43.015), number) == pytest.approx(elsewhere)
        assert rate(FULL, at, (-87.985, 43.021), number) == pytest.approx(elsewhere)


def test_the_grid_is_closed_at_its_south_west() -> None:
    west_south, north_east = (-88.0, 43.0), (-87.970001, 43.019999)
    assert rate(FULL, MONDAY, west_south, 0) == pytest.approx(RATES["shots_fired"] * RHYTHM["shots_fired"][0])
    assert rate(FULL, MONDAY, north_east, 0) == pytest.approx(
        RATES["shots_fired"] * RHYTHM["shots_fired"][0] * 6
    )


def test_without_rhythm_and_relief_it_is_everywhere_the_rate() -> None:
    even = replace(FULL, rhythm=None, relief=None)
    for number, nature in enumerate(NATURES):
        assert rate(even, MONDAY, (0.0, 0.0), number) == pytest.approx(RATES[nature])


def test_nothing_asked_nothing_answered() -> None:
    none, whole = np.empty(0), np.empty(0, dtype=np.int64)
    assert FULL.log_rate(whole, none, none, whole).shape == (0,)
    area = FULL.expected_in_area(whole, whole)
    assert area is not None
    assert area.shape == (0, len(NATURES))


def expected_in(background: Background, spans: Sequence[tuple[int, int]]) -> list[list[float]]:
    found = background.expected_in_area(
        np.array([low for low, _ in spans], dtype=np.int64), np.array([high for _, high in spans])
    )
    assert found is not None
    rows: list[list[float]] = found.tolist()
    return rows


def test_the_area_holds_the_rate_times_its_size_times_the_hours() -> None:
    start = MONDAY + 5 * HOUR_MICROS
    spans = [
        (start, start + HOUR_MICROS),
        (start + HOUR_MICROS // 2, start + 9 * HOUR_MICROS // 4),
        (start - 1, start + 1),
        (start, start),
    ]
    hour = [
        [RATES[nature] * 4e8 * 3600 * RHYTHM[nature][5 + ahead] for nature in NATURES] for ahead in range(3)
    ]
    first, second, third, fourth = expected_in(FULL, spans)
    assert first == pytest.approx(hour[0])
    assert second == pytest.approx([a / 2 + b + c / 4 for a, b, c in zip(*hour, strict=True)])
    assert third == pytest.approx([0.0] * 6, abs=1e-6)
    assert min(third) > 0
    assert fourth == [0.0] * 6


@given(low_s=st.integers(-900_000, 900_000), cuts=st.lists(st.integers(0, 14_400), min_size=1, max_size=4))
def test_the_expectation_of_the_parts_is_that_of_the_whole(low_s: int, cuts: list[int]) -> None:
    zoned = replace(FULL, time_zone="America/Chicago")
    low = MONDAY + low_s * 1_000_000
    ends = [low + each * 1_000_000 for each in (0, *sorted(cuts))]
    parts = expected_in(zoned, list(itertools.pairwise(ends)))
    (whole,) = expected_in(zoned, [(ends[0], ends[-1])])
    assert np.sum(parts, axis=0) == pytest.approx(np.array(whole))


def test_an_unknown_area_expects_nothing() -> None:
    assert (
        replace(FULL, area_m2=None).expected_in_area(np.array([MONDAY]), np.array([MONDAY + HOUR_MICROS]))
        is None
    )
    assert unknown_background().area_m2 is None


def test_before_any_calls_it_is_an_american_citys() -> None:
    unknown = unknown_background()
    assert sum(UNKNOWN_SHARES.values()) == pytest.approx(1)
    assert set(unknown.rate_s_m2) == set(NATURES)
    assert sum(unknown.rate_s_m2.values()) * 1e6 * 3600 == pytest.approx(0.2)
    assert unknown.relief is None
    assert unknown.rhythm is None


def test_the_document_is_exact() -> None:
    zoned = replace(FULL, time_zone="America/Chicago", source_rhythm_s={"cad": [1 / 3] * 168})
    for background in (zoned, unknown_background()):
        document = json.loads(json.dumps(background.to_document()))
        read = Background.from_document(document)
        assert replace(read, relief=None) == replace(background, relief=None)
        assert read.to_document() == background.to_document()
        random = np.random.default_rng(1)
        asked = (
            MONDAY + random.integers(0, 10**12, 300),
            random.uniform(-88.01, -87.96, 300),
            random.uniform(42.99, 43.03, 300),
            random.integers(0, 6, 300),
        )
        assert read.log_rate(*asked).tobytes() == background.log_rate(*asked).tobytes()


def source_rhythm(rhythm: list[float], time_zone: str = "UTC") -> Background:
    return replace(unknown_background(), source_rhythm_s={"cad": rhythm}, time_zone=time_zone)


def test_what_a_source_is_expected_to_send_is_the_integral_over_the_hours() -> None:
    background, start = source_rhythm([number / 3600 for number in range(168)]), MONDAY
    for low, high, expected in (
        (5.0, 6.0, 5.0),
        (0.5, 3.5, 0 + 1 + 2 + 1.5),
        (0.25, 1.5, 0.5),
        (0.0, 168.0, sum(range(168))),
        (1.0, 1.0, 0.0),
        (1.0, 0.0, 0.0),
    ):
        ends = [start + round(hours * HOUR_MICROS) for hours in (low, high)]
        assert background.expected_calls("cad", *ends) == pytest.approx(expected)
    assert background.expected_calls("other", start, start + HOUR_MICROS) == 0.0


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (datetime(2026, 3, 8, tzinfo=CHICAGO), 22 + 100),
        (datetime(2026, 11, 1, tzinfo=CHICAGO), 22 + 200 + 1000),
    ],
)
def test_the_hour_that_the_clock_repeats_is_counted_twice_and_the_one_it_skips_never(
    day: datetime, expected: int
) -> None:
    """Chicago, Sunday 2026-03-08 has 23 hours, 2026-11-01 has 25."""
    factors = [1.0] * 168
    factors[6 * 24 + 1], factors[6 * 24 + 2] = 100, 1000
    ends = [to_micros(each.astimezone(UTC)) for each in (day, day + timedelta(days=1))]
    background = source_rhythm([factor / 3600 for factor in factors], "America/Chicago")
    assert background.expected_calls("cad", *ends) == pytest.approx(expected)
    ones = {nature.value: factors for nature in NATURES}
    area = replace(
        background, area_m2=1.0, rhythm=ones, rate_s_m2={nature.value: 1 / 3600 for nature in NATURES}
    )
    assert expected_in(area, [(ends[0], ends[1])])[0] == pytest.approx([expected] * 6)
