"""The sweep against the geodesic: it narrows, and loses nothing. Counts against counting."""

import os
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation import evidence
from app.correlation.background import Background, unknown_background
from app.correlation.columns import AlertColumns, Booleans, CallColumns, Integers
from app.correlation.evidence import find_candidates
from app.correlation.grouping import group
from app.correlation.groups import Groups
from app.correlation.live import counts_between
from app.correlation.parameters import NATURES, Parameters
from app.correlation.sweep import CallPlaces, near_pairs, ranges
from app.domain.geodesy import geodesic_m
from tests.correlation.conftest import (
    LATITUDE,
    LONGITUDE,
    NOWHERE,
    alert_columns,
    at,
    call_columns,
    place,
)

# A scene lies around one of these, for most of its positions.
CENTRES = [(LONGITUDE, LATITUDE), (180.0, 52.0), (-180.0, -17.0), (10.0, 89.99), (-60.0, -90.0)]


def positions(centre: tuple[float, float]) -> st.SearchStrategy[tuple[float, float]]:
    """Around a centre in steps of 0.001 degrees; sometimes anywhere, and sometimes unknown."""
    near = st.tuples(st.integers(-12, 12), st.integers(-12, 12)).map(
        lambda cell: (
            (centre[0] + cell[0] * 0.001 + 180) % 360 - 180,
            float(np.clip(centre[1] + cell[1] * 0.001, -90, 90)),
        )
    )
    anywhere = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
    return st.one_of(near, near, near, near, anywhere, st.just(NOWHERE))


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Alerts and calls in order of time, each alert's window (microseconds), and which calls are usable."""

    alerts: AlertColumns
    calls: CallColumns
    begin: Integers
    end: Integers
    usable: Booleans

    def pairs(self, within_m: float) -> list[tuple[int, int]]:
        alert, call = near_pairs(
            self.alerts.longitude,
            self.alerts.latitude,
            self.begin,
            self.end,
            CallPlaces(self.calls.received_micros, self.calls.longitude, self.calls.latitude, self.usable),
            within_m,
        )
        assert alert.dtype == call.dtype == np.int64
        return list(zip(alert.tolist(), call.tolist(), strict=True))

    def in_window(self, alert: int, call: int) -> bool:
        return bool(self.begin[alert] <= self.calls.received_micros[call] <= self.end[alert])


@st.composite
def scenes(draw: st.DrawFn) -> Scene:
    where = positions(draw(st.sampled_from(CENTRES)))
    alerts = draw(st.lists(where, max_size=8))
    calls = draw(st.lists(st.tuples(st.integers(0, 9), where), max_size=25))
    # Windows in any order, closed at both ends, some of them empty.
    ends = st.tuples(st.integers(-1, 10), st.integers(-2, 11))
    windows = [draw(ends) for _ in alerts]
    usable = draw(st.lists(st.booleans(), min_size=len(calls), max_size=len(calls)))
    return Scene(
        alerts=alert_columns(*[(number, where) for number, where in enumerate(alerts)]),
        calls=call_columns(*sorted(calls, key=lambda row: row[0])),
        begin=np.array([at(begin) for begin, _ in windows], dtype=np.int64),
        end=np.array([at(end) for _, end in windows], dtype=np.int64),
        usable=np.array(usable, dtype=bool),
    )


@settings(deadline=None, max_examples=100)
@given(scene=scenes(), within_m=st.sampled_from([100.0, 300.0, 2000.0, 50_000.0]))
def test_no_pair_within_reach_is_lost_and_none_far_beyond_is_found(scene: Scene, within_m: float) -> None:
    alerts, calls, found = scene.alerts, scene.calls, scene.pairs(within_m)
    assert found == sorted(set(found))
    for alert in range(len(alerts)):
        for call in range(len(calls)):
            ends = (
                float(alerts.longitude[alert]), float(alerts.latitude[alert]),
                float(calls.longitude[call]), float(calls.latitude[call]),
            )  # fmt: skip
            if not (scene.usable[call] and scene.in_window(alert, call)) or np.isnan(ends).any():
                assert (alert, call) not in found
            elif geodesic_m(*ends) <= within_m:
                assert (alert, call) in found
            elif abs(ends[1]) < 80 and geodesic_m(*ends) > 1.5 * within_m:
                assert (alert, call) not in found


def test_astride_the_antimeridian_and_around_the_pole_by_hand() -> None:
    """Of an alert at 0.001 degrees from each, everything within 300 m, from whichever side."""
    for alert, near, far in (
        ((179.999, 10.0), [(-179.999, 10.0), (179.9975, 10.001), (180.0, 9.999)], (-179.995, 10.0)),
        ((-180.0, 10.0), [(180.0, 10.0), (179.998, 10.0), (-179.998, 10.0)], (179.996, 10.0)),
        ((0.0, 89.999), [(180.0, 89.9995), (-90.0, 90.0), (123.4, 89.999)], (0.0, 89.996)),
        ((0.0, -90.0), [(180.0, -90.0), (77.0, -89.998)], (0.0, -89.997)),
    ):
        scene = Scene(
            alerts=alert_columns((0, alert)),
            calls=call_columns(*[(0, where) for where in (*near, far)]),
            begin=np.array([at(0)]),
            end=np.array([at(0)]),
            usable=np.ones(len(near) + 1, dtype=bool),
        )
        assert scene.pairs(300) == [(0, call) for call in range(len(near))]


def test_windows_may_go_back_to_the_very_moment_of_a_call() -> None:
    windows = [(5, 9), (3, 5), (3, 3), (9, 9), (0, 2), (4, 3), (0, 9), (10, 12)]
    seconds = [0, 3, 3, 5, 5, 9]
    scene = Scene(
        alerts=alert_columns(*[(0, place())] * len(windows)),
        calls=call_columns(*[(each, place()) for each in seconds]),
        begin=np.array([at(begin) for begin, _ in windows]),
        end=np.array([at(end) for _, end in windows]),
        usable=np.ones(len(seconds), dtype=bool),
    )
    expected = [
        (alert, call)
        for alert, (begin, end) in enumerate(windows)
        for call, each in enumerate(seconds)
        if begin <= each <= end
    ]
    assert scene.pairs(100) == expected


def test_there_is_room_for_as_many_as_there_are() -> None:
    for calls, alerts in ((2000, 0), (2000, 1), (2000, 7), (0, 1), (0, 0)):
        scene = Scene(
            alerts=alert_columns(*[(0, place())] * alerts),
            calls=call_columns(*[(number, place()) for number in range(calls)]),
            begin=np.full(alerts, at(0)),
            end=np.full(alerts, at(calls)),
            usable=np.ones(calls, dtype=bool),
        )
        assert scene.pairs(100) == [(alert, call) for alert in range(alerts) for call in range(calls)]


@settings(deadline=None, max_examples=60)
@given(
    calls=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 2)), max_size=30).map(sorted),
    windows=st.lists(st.tuples(st.integers(-5, 25), st.integers(-1, 12)), max_size=10),
    is_sorted=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_counts_are_those_of_counting(
    calls: list[tuple[int, int]], windows: list[tuple[int, int]], is_sorted: bool, seed: int
) -> None:
    """In windows closed at both ends that move on, and in any, some of which end before they begin."""
    windows = sorted(windows) if is_sorted else windows
    random = np.random.default_rng(seed)
    columns = call_columns(
        *[(seconds, NOWHERE if random.random() < 0.2 else place()) for seconds, _ in calls],
        nature=np.array([nature for _, nature in calls], dtype=np.int64),
        counts_as_report=random.random(len(calls)) < 0.7,
    )
    counted = columns.counts_as_report & ~np.isnan(columns.longitude)
    expected = [
        [
            sum(
                begin <= seconds <= begin + length and nature == each and bool(counted[number])
                for number, (seconds, nature) in enumerate(calls)
            )
            for each in range(len(NATURES))
        ]
        for begin, length in windows
    ]
    low = np.array([at(begin) for begin, _ in windows], dtype=np.int64)
    high = np.array([at(begin + length) for begin, length in windows], dtype=np.int64)
    assert counts_between(columns, low, high).tolist() == expected


def town() -> tuple[AlertColumns, Groups, CallColumns, Background, Parameters]:
    """A few hours of a busy place, with shootings of several alerts."""
    random = np.random.default_rng(5)
    started, received = np.sort(random.uniform(0, 20_000, 300)), np.sort(random.uniform(0, 20_000, 2000))
    alerts = alert_columns(*[(each, place(*random.uniform(0, 9000, 2))) for each in started])
    calls = call_columns(
        *[
            (each, NOWHERE if random.random() < 0.05 else place(*random.uniform(0, 9000, 2)))
            for each in received
        ],
        nature=random.integers(0, len(NATURES), 2000),
    )
    rates = {nature.value: 2 / 3600 / 1e8 for nature in NATURES}
    background = replace(unknown_background(), rate_s_m2=rates, area_m2=1e8)
    return alerts, group(alerts, Parameters()), calls, background, Parameters()


@pytest.mark.parametrize("processors", [2, 3, 7, None])
def test_candidates_have_the_same_bits_however_many_look(
    monkeypatch: pytest.MonkeyPatch, processors: int | None
) -> None:
    asked = town()
    whole = find_candidates(*asked)
    pairs = evidence.pairs_within_gate(asked[0], asked[1], asked[2], asked[4])
    monkeypatch.setattr(evidence, "_WORTH_PARTING", 0)
    monkeypatch.setattr(os, "cpu_count", lambda: processors)
    parts: list[tuple[int, int]] = []
    look = evidence._pairs_within_gate

    def looked(alerts: Any, incidents: Any, part: tuple[int, int], *rest: Any) -> Any:
        parts.append(part)
        return look(alerts, incidents, part, *rest)

    monkeypatch.setattr(evidence, "_pairs_within_gate", looked)
    for name in whole.__slots__:
        assert getattr(find_candidates(*asked), name).tobytes() == getattr(whole, name).tobytes()
    parts.clear()
    again = evidence.pairs_within_gate(asked[0], asked[1], asked[2], asked[4])
    assert [column.tobytes() for column in again] == [column.tobytes() for column in pairs]
    assert len(parts) == (processors or 1)
    assert sum(end - begin for begin, end in parts) == len(asked[1])


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 9)), max_size=20))
def test_ranges_are_one_after_the_other(spans: list[tuple[int, int]]) -> None:
    starts = np.array([start for start, _ in spans], dtype=np.int64)
    counts = np.array([count for _, count in spans], dtype=np.int64)
    expected = [start + step for start, count in spans for step in range(count)]
    assert ranges(starts, counts).tolist() == expected
