"""Grouping against a plain reference, and each rule of cutting by hand."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.columns import AlertColumns, canonical_order
from app.correlation.grouping import group
from app.correlation.parameters import Parameters
from app.domain.geodesy import geodesic_m
from tests.correlation.conftest import MICROS, NOWHERE, alert_columns, place

PARAMETERS = Parameters()


def pieces(alerts: AlertColumns) -> list[list[int]]:
    return [members.tolist() for members in group(alerts, PARAMETERS)]


def distance_m(alerts: AlertColumns, i: int, j: int) -> float:
    return geodesic_m(
        float(alerts.longitude[i]),
        float(alerts.latitude[i]),
        float(alerts.longitude[j]),
        float(alerts.latitude[j]),
    )


def reference(alerts: AlertColumns) -> list[list[int]]:
    """Section 4 of the design, read literally: every pair by geodesic, then cut and regroup, recursively."""
    located = [i for i in range(len(alerts)) if not np.isnan(alerts.longitude[i])]
    found = [[i] for i in range(len(alerts)) if np.isnan(alerts.longitude[i])]
    for active in (True, False):
        found += _regrouped(alerts, [i for i in located if alerts.is_active[i] == active])
    return sorted(found)


def _regrouped(alerts: AlertColumns, members: list[int]) -> list[list[int]]:
    left = set(members)
    found = []
    while left:
        component, frontier = set(), {min(left)}
        while frontier:
            component |= frontier
            frontier = {
                j
                for i in frontier
                for j in left - component
                if abs(int(alerts.started_micros[i] - alerts.started_micros[j])) <= 60 * MICROS
                and distance_m(alerts, i, j) <= 300
            }
        left -= component
        found += _cut(alerts, sorted(component))
    return found


def _cut(alerts: AlertColumns, piece: list[int]) -> list[list[int]]:
    times = [int(alerts.started_micros[i]) for i in piece]
    width = max((distance_m(alerts, i, j) for i, j in itertools.combinations(piece, 2)), default=0)
    if times[-1] - times[0] <= 600 * MICROS and width <= 1000:
        return [piece]
    gaps = [after - before for before, after in itertools.pairwise(times)]
    if max(gaps) > 0:
        at = gaps.index(max(gaps)) + 1
        return _regrouped(alerts, piece[:at]) + _regrouped(alerts, piece[at:])
    spans = {}
    for name, scale in (
        ("latitude", 1.0),
        ("longitude", float(np.cos(np.radians(np.mean(alerts.latitude[piece]))))),
    ):
        values = [float(getattr(alerts, name)[i]) for i in piece]
        spans[name] = (max(values) - min(values)) * scale
    axis = getattr(alerts, max(spans, key=lambda name: spans[name]))
    order = sorted(piece, key=lambda i: (float(axis[i]), i))
    steps = [float(axis[after]) - float(axis[before]) for before, after in itertools.pairwise(order)]
    at = steps.index(max(steps)) + 1
    return _regrouped(alerts, sorted(order[:at])) + _regrouped(alerts, sorted(order[at:]))


row = st.tuples(
    st.one_of(st.integers(0, 1500), st.sampled_from([0, 60, 61, 120, 600, 601])),
    st.one_of(
        st.just(NOWHERE),
        st.tuples(st.integers(0, 9), st.integers(0, 5)).map(
            lambda cell: place(cell[0] * 173.0, cell[1] * 181.0)
        ),
        st.tuples(st.integers(0, 9), st.just(0)).map(lambda cell: place(cell[0] * 280.0, cell[1])),
    ),
    st.sampled_from([True, True, True, False]),
)


@settings(max_examples=200, deadline=None)
@given(rows=st.lists(row, max_size=30).map(lambda rows: sorted(rows, key=lambda each: each[0])))
def test_as_a_plain_reference_does(rows: list[tuple[float, tuple[float, float], bool]]) -> None:
    alerts = alert_columns(*[(time, where) for time, where, _ in rows], active=[each[2] for each in rows])
    found = pieces(alerts)
    assert found == reference(alerts)
    assert sorted(itertools.chain(*found)) == list(range(len(rows)))


@settings(max_examples=50, deadline=None)
@given(
    rows=st.lists(row, min_size=2, max_size=12, unique=True),
    seed=st.randoms(use_true_random=False),
)
def test_arrival_does_not_matter(rows: list[tuple[float, tuple[float, float], bool]], seed: "object") -> None:
    """Two arrivals of the same alerts, each brought into canonical order, group the same keys."""
    keyed = [(("source", f"A{number:02d}"), each) for number, each in enumerate(rows)]
    outcomes = []
    for _ in range(2):
        seed.shuffle(keyed)  # type: ignore[attr-defined]
        times = np.array([each[0] * MICROS for _, each in keyed], dtype=np.int64)
        order = canonical_order(times, [key for key, _ in keyed])
        ordered = [keyed[i] for i in order.tolist()]
        assert ordered == sorted(keyed, key=lambda pair: (pair[1][0], pair[0]))
        alerts = alert_columns(
            *[(each[0], each[1]) for _, each in ordered], active=[each[2] for _, each in ordered]
        )
        outcomes.append([[ordered[i][0] for i in piece] for piece in pieces(alerts)])
    assert outcomes[0] == outcomes[1]


@pytest.mark.parametrize(
    ("apart_s", "apart_m", "together"),
    [(60, 299.9, True), (60.000001, 0, False), (0, 300.1, False), (60, 300.1, False), (0, 0, True)],
)
def test_the_link_is_closed_at_its_bounds(apart_s: float, apart_m: float, together: bool) -> None:
    alerts = alert_columns((0, place()), (apart_s, place(apart_m)))
    assert pieces(alerts) == ([[0, 1]] if together else [[0], [1]])


def test_a_chain_of_ten_minutes_stays_whole_and_one_longer_is_cut_at_its_widest_gap() -> None:
    times = [*range(0, 600, 50), 600]
    assert len(pieces(alert_columns(*[(time, place()) for time in times]))) == 1
    times = [0, 50, 100, 150, 200, 259, 310, 360, 410, 460, 510, 560, 610]
    cut = pieces(alert_columns(*[(time, place()) for time in times]))
    assert cut == [[0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10, 11, 12]]


def test_of_equal_gaps_the_earliest_is_cut() -> None:
    alerts = alert_columns(*[(time, place()) for time in range(0, 661, 60)])
    assert pieces(alerts) == [[0], list(range(1, 12))]


def test_wider_than_a_kilometre_is_cut_in_time_first() -> None:
    """Five alerts 280 m apart are 1,120 m wide; the gap of 9 s decides, not the space."""
    times = [0, 1, 2, 11, 12]
    alerts = alert_columns(*[(time, place(280 * number)) for number, time in enumerate(times)])
    assert pieces(alerts) == [[0, 1, 2], [3, 4]]
    narrow = alert_columns(*[(time, place(240 * number)) for number, time in enumerate(times)])
    assert pieces(narrow) == [[0, 1, 2, 3, 4]]


@pytest.mark.parametrize("axis", [0, 1])
def test_simultaneous_alerts_are_cut_across_their_longest_axis(axis: int) -> None:
    """No gap in time: the widest gap in space (290 m) decides, along whichever axis is the longer."""
    along = [0, 250, 500, 790, 1040, 1290]
    places = [place(0, metres) if axis else place(metres, 0) for metres in along]
    assert pieces(alert_columns(*[(0, where) for where in places])) == [[0, 1, 2], [3, 4, 5]]


def test_a_cut_regroups_its_pieces() -> None:
    """Two places held together only by an alert that the cut takes away become two incidents."""
    chain = [(60 + 50 * number, place(250)) for number in range(12)]
    alerts = alert_columns((0, place(0)), (0, place(500)), *chain)
    assert pieces(alerts) == [[0], [1], list(range(2, 14))]


def test_unlocated_alerts_are_alone_and_the_inactive_keep_to_themselves() -> None:
    alerts = alert_columns(
        (0, place()), (1, NOWHERE), (2, NOWHERE), (3, place()), (4, place()), (5, place()),
        active=[True, True, True, False, True, False],
    )  # fmt: skip
    assert pieces(alerts) == [[0, 4], [1], [2], [3, 5]]


def test_across_the_antimeridian() -> None:
    alerts = alert_columns((0, (179.9995, 52.0)), (10, (-179.9995, 52.0)), (10, (179.99, 52.0)))
    assert pieces(alerts) == [[0, 1], [2]]


def test_simultaneous_alerts_astride_the_antimeridian_are_cut_at_their_widest_gap() -> None:
    """Half a degree of latitude more would be seen as a whole turn of longitude otherwise."""
    step = 0.0036  # about 250 m at 51.9 degrees
    longitudes = [179.9980, 179.9980 + 0.0010, -179.9970, -179.9970 + step, -179.9970 + 2 * step]
    longitudes += [-179.9970 + 2 * step + 0.0042, -179.9970 + 2 * step + 0.0042 + step]
    found = pieces(alert_columns(*[(0, (longitude, 51.9)) for longitude in longitudes]))
    shifted = [(longitude % 360) - 180 for longitude in longitudes]
    elsewhere = pieces(alert_columns(*[(0, (longitude, 51.9)) for longitude in shifted]))
    assert len(found) > 1
    assert found == elsewhere


def test_nothing_at_all() -> None:
    assert list(group(alert_columns(), PARAMETERS)) == []


def test_other_rules_other_incidents() -> None:
    alerts = alert_columns((0, place()), (90, place()))
    assert pieces(alerts) == [[0], [1]]
    wider = replace(PARAMETERS, link_within_s=90.0)
    assert [members.tolist() for members in group(alerts, wider)] == [[0, 1]]
