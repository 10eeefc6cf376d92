"""The two sweeps against each other, and against the geodesic: they narrow, and lose nothing."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.correlation import sweep
from app.correlation.background import unknown_background
from app.correlation.columns import AlertColumns, Booleans, CallColumns, Integers
from app.correlation.evidence import find_candidates
from app.correlation.grouping import group
from app.correlation.parameters import Parameters
from app.correlation.sweep import near_pairs, ranges
from app.domain.geodesy import geodesic_m
from tests.correlation.conftest import NOWHERE, alert_columns, call_columns, place

Pairs = list[tuple[int, int]]

positions = st.one_of(
    st.just(NOWHERE),
    st.tuples(st.floats(-180, 180), st.floats(-90, 90)),
    st.tuples(st.sampled_from([-180.0, -179.995, 179.995, 180.0]), st.floats(51.99, 52.01)),
    st.tuples(st.floats(-180, 180), st.sampled_from([-90.0, -89.999, 89.995, 89.999, 90.0])),
    st.tuples(st.integers(-30, 30), st.integers(-30, 30)).map(
        lambda cell: place(cell[0] * 99, cell[1] * 101)
    ),
)


@st.composite
def scenes(draw: st.DrawFn) -> tuple[AlertColumns, CallColumns, Integers, Integers, Booleans]:
    """Alerts and calls in order of time, each alert's range of calls, and which calls are usable."""
    alerts = draw(st.lists(positions, max_size=8))
    calls = draw(st.lists(positions, max_size=25))
    ends = st.integers(0, len(calls))
    spans = [sorted(draw(st.tuples(ends, ends))) for _ in alerts]
    usable = draw(st.lists(st.booleans(), min_size=len(calls), max_size=len(calls)))
    return (
        alert_columns(*[(number, where) for number, where in enumerate(alerts)]),
        call_columns(*[(number, where) for number, where in enumerate(calls)]),
        np.array([low for low, _ in spans], dtype=np.int64),
        np.array([high for _, high in spans], dtype=np.int64),
        np.array(usable, dtype=bool),
    )


def pairs(found: tuple[Integers, Integers]) -> Pairs:
    alert, call = found
    assert alert.dtype == call.dtype == np.int64
    return list(zip(alert.tolist(), call.tolist(), strict=True))


def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on every sweep is the compiled one."""
    pytest.importorskip("numba")
    monkeypatch.setattr(sweep, "_WORTH_COMPILING", 0)

    def not_in_numpy(*_: object) -> None:
        raise AssertionError("the sweep in NumPy was asked")

    monkeypatch.setattr(sweep, "_in_numpy", not_in_numpy)


@settings(deadline=None, max_examples=150)
@given(scene=scenes(), within_m=st.sampled_from([100.0, 300.0, 2000.0, 50_000.0]))
def test_no_pair_within_reach_is_lost_and_none_far_beyond_is_found(
    scene: tuple[AlertColumns, CallColumns, Integers, Integers, Booleans], within_m: float
) -> None:
    alerts, calls, low, high, usable = scene
    found = pairs(near_pairs(alerts, low, high, calls, usable, within_m))
    assert found == sorted(set(found))
    for alert in range(len(alerts)):
        for call in range(len(calls)):
            if not (usable[call] and low[alert] <= call < high[alert]):
                assert (alert, call) not in found
                continue
            ends = (
                alerts.longitude[alert], alerts.latitude[alert], calls.longitude[call], calls.latitude[call],
            )  # fmt: skip
            if np.isnan(ends).any():
                assert (alert, call) not in found
            elif geodesic_m(*map(float, ends)) <= within_m:
                assert (alert, call) in found
            elif abs(ends[1]) < 80 and geodesic_m(*map(float, ends)) > 1.5 * within_m:
                assert (alert, call) not in found


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(scene=scenes(), within_m=st.sampled_from([0.0, 100.0, 2000.0, 1e6]))
def test_the_compiled_sweep_finds_the_same_pairs(
    scene: tuple[AlertColumns, CallColumns, Integers, Integers, Booleans], within_m: float
) -> None:
    alerts, calls, low, high, usable = scene
    plain = pairs(near_pairs(alerts, low, high, calls, usable, within_m))
    with pytest.MonkeyPatch.context() as monkeypatch:
        compiled(monkeypatch)
        assert pairs(near_pairs(alerts, low, high, calls, usable, within_m)) == plain


def test_the_compiled_sweep_makes_room_for_as_many_as_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = call_columns(*[(number, place()) for number in range(500)])
    usable = np.ones(500, dtype=bool)
    compiled(monkeypatch)
    for count in (0, 1, 3):
        alerts = alert_columns(*[(0, place())] * count)
        low, high = np.zeros(count, dtype=np.int64), np.full(count, 500)
        found = pairs(near_pairs(alerts, low, high, calls, usable, 100))
        assert found == [(alert, call) for alert in range(count) for call in range(500)]
    alerts = alert_columns((0, place()))
    nothing = near_pairs(alerts, np.zeros(1, int), np.zeros(1, int), call_columns(), usable[:0], 100)
    assert pairs(nothing) == []


def test_the_sweep_in_numpy_goes_part_by_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few comparisons fit at once, also when one alert has more than that."""
    random = np.random.default_rng(3)
    calls = call_columns(*[(number, place(*random.uniform(0, 4000, 2))) for number in range(200)])
    alerts = alert_columns(*[(number, place(*random.uniform(0, 4000, 2))) for number in range(20)])
    low = random.integers(0, 200, 20)
    high = np.minimum(low + random.integers(0, 150, 20), 200)
    usable = random.random(200) < 0.8
    whole = pairs(near_pairs(alerts, low, high, calls, usable, 1000))
    assert len(whole) > 50
    for at_once in (1, 7, 100, 1500):
        monkeypatch.setattr(sweep, "_COMPARISONS_AT_ONCE", at_once)
        assert pairs(near_pairs(alerts, low, high, calls, usable, 1000)) == whole


def test_candidates_have_the_same_bits_either_way() -> None:
    random = np.random.default_rng(5)
    times = np.sort(random.uniform(0, 20_000, 300))
    alerts = alert_columns(*[(time, place(*random.uniform(0, 9000, 2))) for time in times])
    times = np.sort(random.uniform(0, 20_000, 2000))
    calls = call_columns(*[(time, place(*random.uniform(0, 9000, 2))) for time in times])
    calls = replace(calls, longitude=np.where(random.random(2000) < 0.05, np.nan, calls.longitude))
    parameters = Parameters()
    asked = (alerts, group(alerts, parameters), calls, unknown_background(), parameters)
    plain = find_candidates(*asked)
    assert len(plain.call) > 500
    with pytest.MonkeyPatch.context() as monkeypatch:
        compiled(monkeypatch)
        swept = find_candidates(*asked)
    for name in plain.__slots__:
        assert getattr(swept, name).tobytes() == getattr(plain, name).tobytes()


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 9)), max_size=20))
def test_ranges_are_one_after_the_other(spans: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    counts = np.array([count for _, count in spans], dtype=np.int64)
    expected = [start + step for start, count in spans for step in range(count)]
    assert ranges(starts, counts).tolist() == expected
