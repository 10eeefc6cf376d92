"""The fixed-window table against counting every pair."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from app.correlation.sensitivity import (
    MINUTES,
    RADII_M,
    SHIFTS_DAYS,
    Points,
    fixed_window_table,
    shifted_into,
)
from app.domain.geodesy import geodesic_m
from tests.correlation.conftest import MICROS, at, place

DAY = 86_400
calls_of = st.tuples(
    st.one_of(
        st.integers(-4000, 4000),
        st.sampled_from([-60, 0, 60, 300, 301, 600, 900, 1800, 3600, 3601]),
        st.tuples(st.sampled_from(SHIFTS_DAYS), st.integers(-3600, 3600)).map(
            lambda pair: pair[0] * DAY + pair[1]
        ),
    ),
    st.tuples(st.sampled_from([0, 99, 101, 249, 251, 499, 501, 999, 1001]), st.sampled_from([0, 300])),
    st.integers(0, 3),
    st.sampled_from([True, True, False]),
)
# Alerts stand where no distance to a call is a radius of the table.
alerts_of = calls_of.map(lambda row: (row[0], (37 * (row[2] % 2), 0), row[2], row[3]))


def in_order(events: st.SearchStrategy[tuple]) -> st.SearchStrategy[list]:
    return st.lists(events, max_size=12).map(lambda rows: sorted(rows, key=lambda row: row[0]))


def points(rows: list[tuple[float, tuple[float, float], int, bool]]) -> Points:
    places = [place(*row[1]) for row in rows]
    return Points(
        micros=np.array([at(row[0]) for row in rows], dtype=np.int64),
        longitude=np.array([where[0] for where in places], dtype=np.float64),
        latitude=np.array([where[1] for where in places], dtype=np.float64),
        unit=np.array([row[2] for row in rows], dtype=np.int64),
        counts=np.array([row[3] for row in rows], dtype=bool),
    )


def matches(
    alerts: Points, calls: Points, minutes: int, radius_m: int, shift_s: int
) -> list[tuple[int, int]]:
    return [
        (i, j)
        for i in range(len(alerts.micros))
        for j in range(len(calls.micros))
        if abs(int(alerts.micros[i]) + shift_s * MICROS - int(calls.micros[j])) <= minutes * 60 * MICROS
        and geodesic_m(alerts.longitude[i], alerts.latitude[i], calls.longitude[j], calls.latitude[j])
        <= radius_m
    ]


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(alerts=in_order(alerts_of), calls=in_order(calls_of))
def test_as_counting_every_pair(alerts: list, calls: list) -> None:
    heard, called = points(alerts), points(calls)
    rows = fixed_window_table(heard, called)
    assert [(row.minutes, row.radius_m) for row in rows] == [(m, r) for m in MINUTES for r in RADII_M]
    for row in rows:
        found = matches(heard, called, row.minutes, row.radius_m, 0)
        assert row.reported == len({heard.unit[i] for i, _ in found if heard.counts[i]})
        assert row.calls_with_alert == len({j for _, j in found if called.counts[j]})
        for days, chance in zip(SHIFTS_DAYS, row.chance, strict=True):
            found = matches(heard, called, row.minutes, row.radius_m, days * DAY)
            assert chance == len({heard.unit[i] for i, _ in found if heard.counts[i]})
        assert row.chance_mean == pytest.approx(sum(row.chance) / 6)


def test_shifts_are_counted_where_they_fall_into_covered_time() -> None:
    times = np.array([at(0), at(DAY)], dtype=np.int64)
    assert shifted_into(times, [(at(-DAY), at(DAY))]) == [0, 1, 2, 1, 0, 0]
    assert shifted_into(times, []) == [0] * 6


def test_as_far_to_the_north_as_to_the_east() -> None:
    """Latitudes alone sort out what lies too far, and nothing else."""
    alerts = points([(0, (0, 0), 0, True)])
    for east, north in ((0, 999), (0, -999), (999, 0), (700, 700)):
        for factor, reported in ((1.0, 1), (1.05, 0)):
            calls = points([(0, (east * factor, north * factor), 0, True)])
            assert fixed_window_table(alerts, calls)[3].reported == reported, (east, north, factor)
