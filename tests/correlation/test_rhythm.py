"""The hour of the week: of a source's own rate, by which gaps are found, and of each nature's background."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.correlation.columns import Integers
from app.correlation.parameters import NATURES
from app.correlation.rhythm import (
    HOUR_MICROS,
    HOURS_A_WEEK,
    fit_rhythm,
    hours_covered,
    hours_of_week,
    relative_rhythms,
)
from app.domain.time import to_micros

MONDAY = to_micros(datetime(2026, 6, 1, tzinfo=UTC))
CHICAGO = ZoneInfo("America/Chicago")


def every(count_of_hour: Integers) -> Integers:
    """So many calls spread over each hour since that Monday."""
    return np.concatenate(
        [
            MONDAY + hour * HOUR_MICROS + np.arange(count, dtype=np.int64) * HOUR_MICROS // max(count, 1)
            for hour, count in enumerate(count_of_hour.tolist())
        ]
    )


def days_and_nights(weeks: int) -> Integers:
    """60 calls an hour by day, 6 by night, none on Sundays at 03:00."""
    hours = np.arange(weeks * HOURS_A_WEEK)
    counts = np.where((hours % 24 >= 8) & (hours % 24 < 20), 60, 6)
    counts[hours % HOURS_A_WEEK == 6 * 24 + 3] = 0
    return counts


def test_a_sources_rate_by_hour_of_the_week() -> None:
    times = every(days_and_nights(8))
    covered = [(int(times[0]), int(times[-1]))]
    rhythm = np.array(fit_rhythm(times, covered, "UTC")) * 3600
    assert rhythm[12] == pytest.approx(60)
    assert rhythm[24 + 2] == pytest.approx(6)
    # Eight weeks without a call, and two of the usual 48 x 6 in 56 days.
    assert rhythm[6 * 24 + 3] == pytest.approx(2 * 6 * 48 / 56 / 10)
    elsewhere = np.array(fit_rhythm(times, covered, "America/Chicago")) * 3600
    assert elsewhere[7] == pytest.approx(60)
    assert elsewhere[1] == pytest.approx(6)


def test_only_covered_hours_count_with_the_calls_in_them() -> None:
    times = every(days_and_nights(4))
    covered = [(int(times[0]), int(times[-1]))]
    stray = np.array([0, *times], dtype=np.int64)
    assert fit_rhythm(stray, [(0, 0), *covered], "UTC")[12] == pytest.approx(60 / 3600)
    week = MONDAY + 168 * HOUR_MICROS
    first = fit_rhythm(times, [(MONDAY, week - 1)], "UTC")
    assert first == fit_rhythm(times[times < week], [(MONDAY, week - 1)], "UTC")


@pytest.mark.parametrize("covered", [[], [(0, 10)], [(MONDAY, MONDAY + 10)]])
def test_with_fewer_than_two_calls_or_no_cover_nothing_is_known(covered: list[tuple[int, int]]) -> None:
    assert fit_rhythm(np.array([5], dtype=np.int64), covered, "UTC") == [0.0] * 168
    assert fit_rhythm(np.array([], dtype=np.int64), covered, "UTC") == [0.0] * 168
    assert fit_rhythm(np.array([5, 6], dtype=np.int64), [], "UTC") == [0.0] * 168


def test_a_few_days_of_history_give_every_hour_of_the_week_a_rate() -> None:
    times = every(days_and_nights(1)[: 3 * 24])
    rhythm = np.array(fit_rhythm(times, [(int(times[0]), int(times[-1]))], "UTC")) * 3600
    assert np.all(rhythm > 0)
    assert rhythm[5 * 24 + 12] == pytest.approx(60)
    assert rhythm[5 * 24 + 2] == pytest.approx(6)


def test_hours_are_counted_once_and_from_both_ends() -> None:
    hour = MONDAY // HOUR_MICROS
    covered = [(MONDAY + 5, MONDAY + HOUR_MICROS // 2), (MONDAY + HOUR_MICROS - 1, MONDAY + HOUR_MICROS)]
    assert hours_covered(covered).tolist() == [hour, hour + 1]
    assert hours_covered([]).tolist() == []


def test_the_hour_of_the_week_follows_the_clock_on_the_wall() -> None:
    """Chicago is 5 h behind in June; on 2026-03-08 02:00 is skipped, on 2026-11-01 01:00 comes twice."""
    hours = np.array([MONDAY // HOUR_MICROS])
    assert hours_of_week(hours, ZoneInfo("UTC")).tolist() == [0]
    assert hours_of_week(hours, CHICAGO).tolist() == [6 * 24 + 19]
    for day, slots in (
        (datetime(2026, 3, 8, 6, tzinfo=UTC), [0, 1, 3, 4]),
        (datetime(2026, 11, 1, 5, tzinfo=UTC), [0, 1, 1, 2]),
    ):
        hours = to_micros(day) // HOUR_MICROS + np.arange(4)
        assert hours_of_week(hours, CHICAGO).tolist() == [6 * 24 + slot for slot in slots]
    table = np.arange(12).reshape(3, 4) + MONDAY // HOUR_MICROS
    assert hours_of_week(table, ZoneInfo("UTC")).tolist() == (np.arange(12).reshape(3, 4)).tolist()
    assert hours_of_week(np.empty(0, dtype=np.int64), CHICAGO).tolist() == []


def test_a_rhythm_across_the_clock_change_keeps_the_local_hour() -> None:
    """Ten calls at every local noon, through the change of November, and nothing else."""
    noons = [
        to_micros(datetime(2026, 10, 19 + day, 12, 30, tzinfo=CHICAGO).astimezone(UTC))
        if day < 13
        else to_micros(datetime(2026, 11, day - 12, 12, 30, tzinfo=CHICAGO).astimezone(UTC))
        for day in range(28)
    ]
    times = np.repeat(np.array(noons, dtype=np.int64), 10)
    covered = [(noons[0] - 12 * HOUR_MICROS, noons[-1] + 12 * HOUR_MICROS)]
    rhythm = np.array(fit_rhythm(times, covered, "America/Chicago")).reshape(7, 24) * 3600
    assert rhythm[:, 12].tolist() == pytest.approx([10.0] * 7)
    assert np.delete(rhythm, 12, axis=1).max() == 0.0


def test_a_natures_rhythm_is_relative_to_its_mean() -> None:
    seen = np.full(HOURS_A_WEEK, 52)
    by_hour = 1 + np.sin(np.arange(HOURS_A_WEEK) / 24 * 2 * np.pi) ** 2
    counts = np.zeros((len(NATURES), HOURS_A_WEEK))
    counts[0] = 52 * 1000 * by_hour
    rhythms = relative_rhythms(counts, seen)
    assert rhythms.mean(axis=1).tolist() == pytest.approx([1.0] * len(NATURES))
    assert rhythms[0] == pytest.approx(by_hour / by_hour.mean(), rel=1e-3)
    # Of the others nobody knows anything: they take the rhythm of all natures together.
    assert rhythms[1] == pytest.approx(rhythms[0], rel=1e-2)


def test_a_handful_of_calls_does_not_make_a_rhythm_of_their_own() -> None:
    counts = np.full((len(NATURES), HOURS_A_WEEK), 5_000.0)
    counts[1] = 0
    counts[1, 30] = 3
    rhythms = relative_rhythms(counts, np.full(HOURS_A_WEEK, 52))
    assert rhythms[1].max() < 1.2
    assert rhythms[1].min() > 0.9


def test_hours_never_seen_take_the_hour_of_the_day() -> None:
    """Three days of history: busy by day, quiet by night."""
    seen = np.zeros(HOURS_A_WEEK, dtype=np.int64)
    seen[: 3 * 24] = 1
    counts = np.zeros((len(NATURES), HOURS_A_WEEK))
    day = np.arange(HOURS_A_WEEK) % 24 >= 12
    counts[5] = np.where(day, 900, 100) * seen
    rhythms = relative_rhythms(counts, seen)
    assert np.all(np.isfinite(rhythms))
    assert np.all(rhythms > 0)
    assert rhythms[5, 6 * 24 + 15] == pytest.approx(1.8, rel=0.05)
    assert rhythms[5, 6 * 24 + 3] == pytest.approx(0.2, rel=0.2)
    assert np.average(rhythms[5], weights=seen) == pytest.approx(1.0)


def test_no_history_at_all_is_an_even_week() -> None:
    nothing = relative_rhythms(np.zeros((len(NATURES), HOURS_A_WEEK)), np.zeros(HOURS_A_WEEK, dtype=np.int64))
    assert np.all(np.isfinite(nothing))
    assert np.ptp(nothing) == 0.0
    seen = relative_rhythms(np.zeros((len(NATURES), HOURS_A_WEEK)), np.ones(HOURS_A_WEEK, dtype=np.int64))
    assert seen == pytest.approx(np.ones(seen.shape))


@given(
    seed=st.integers(0, 2**32 - 1),
    busy=st.floats(0, 1e6),
    share_seen=st.floats(0, 1),
)
def test_rhythms_are_finite_and_above_zero(seed: int, busy: float, share_seen: float) -> None:
    random = np.random.default_rng(seed)
    seen = (random.random(HOURS_A_WEEK) < share_seen) * random.integers(1, 60, HOURS_A_WEEK)
    counts = random.random((len(NATURES), HOURS_A_WEEK)) ** 8 * busy * (seen > 0)
    rhythms = relative_rhythms(counts, seen)
    assert rhythms.shape == (len(NATURES), HOURS_A_WEEK)
    assert np.all(np.isfinite(rhythms))
    assert np.all(rhythms > 0)
    if seen.any():
        assert np.average(rhythms, axis=1, weights=seen) == pytest.approx(np.ones(len(NATURES)))
