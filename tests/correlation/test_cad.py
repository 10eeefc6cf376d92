"""Which records of the call feed belong to which incident: by the name that they carry, else by place."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.correlation.cad import cad_records
from app.correlation.columns import NO_NAME, AlertColumns, CallColumns, key_of_name
from app.correlation.grouping import group
from app.correlation.parameters import Parameters
from app.domain.geodesy import geodesic_m
from tests.correlation.conftest import MICROS, NOWHERE, alert_columns, call_columns, place

PARAMETERS = Parameters()


def found(alerts: AlertColumns, calls: CallColumns, **changes: Any) -> list[tuple[int, int]]:
    parameters = Parameters(**changes)
    incident, call = cad_records(alerts, group(alerts, parameters), calls, parameters)
    return list(zip(incident.tolist(), call.tolist(), strict=True))


def records(*rows: tuple[float, tuple[float, float]], names: list[int] | None = None) -> CallColumns:
    """Sensor records; a name is that of `alert_columns`, 1 for the first alert."""
    return call_columns(
        *rows,
        counts_as_report=np.zeros(len(rows), dtype=bool),
        is_sensor=np.ones(len(rows), dtype=bool),
        names_alert_key=np.array(names or [NO_NAME] * len(rows), dtype=np.int64),
    )


def named(alerts: AlertColumns, *keys: int) -> AlertColumns:
    """The same alerts with other names."""
    columns = {name: getattr(alerts, name) for name in alerts.__slots__}
    return AlertColumns(**{**columns, "name_key": np.array(keys, dtype=np.int64)})


def test_a_record_belongs_to_the_alert_that_it_names_wherever_it_lies() -> None:
    alerts = alert_columns((0, place()), (200, place(5000)))
    calls = records((-900, NOWHERE), (10, place()), (1100, place(90_000)), names=[1, 2, 2])
    assert found(alerts, calls) == [(0, 0), (1, 1), (1, 2)]


@pytest.mark.parametrize(("apart_s", "is_near"), [(900, True), (900.000001, False)])
def test_a_name_holds_only_so_long_before_and_after(apart_s: float, is_near: bool) -> None:
    """And what names an alert of long ago is not given to whatever is near instead."""
    alerts = alert_columns((0, place()))
    for seconds in (-apart_s, apart_s):
        assert found(alerts, records((seconds, place()), names=[1])) == [(0, 0)] * is_near
    assert found(alerts, records((60, place()), names=[99])) == []
    assert found(alerts, records((60, place()), names=[1]), cad_within_s=59.0) == []
    assert found(alerts, records((60, place()))) == [(0, 0)]


def test_of_alerts_with_one_name_the_nearest_in_time_has_the_record() -> None:
    """Vendors number anew each year, or two vendors number alike."""
    alerts = named(alert_columns((0, place()), (300, place(5000)), (700, place(9000))), 7, 7, 8)
    calls = records((149, place(9000)), (150, place(9000)), (151, place()), (650, place()), names=[7] * 4)
    assert found(alerts, calls) == [(0, 0), (0, 1), (1, 2), (1, 3)]


def test_the_alert_named_may_be_any_of_the_incidents() -> None:
    alerts = alert_columns((0, place()), (30, place(100)), (60, place(200)))
    assert found(alerts, records((50, NOWHERE), (55, NOWHERE), names=[3, 2])) == [(0, 0), (0, 1)]


def test_withdrawn_and_unlocated_alerts_keep_the_records_that_name_them() -> None:
    alerts = alert_columns((0, place()), (10, NOWHERE), active=[False, True])
    assert found(alerts, records((20, place()), (20, place()), names=[1, 2])) == [(0, 0), (1, 1)]


def test_a_record_without_a_name_lies_in_the_window_and_near() -> None:
    alerts = alert_columns((0, place()), (50, place(250)))
    times = [-120.000001, -120, 0, 5, 10, 950, 950.000001]
    where = [place(), place(), place(549), place(551), place(-301), place(-299), place()]
    assert found(alerts, records(*zip(times, where, strict=True))) == [(0, 1), (0, 2), (0, 5)]


def test_of_two_incidents_the_nearest_in_place_has_the_record_then_the_nearest_in_time() -> None:
    alerts = alert_columns((0, place()), (100, place(200)))
    calls = records((90, place(90)), (95, place(110)), (110, place(-250)), (120, place(450)))
    assert found(alerts, calls) == [(0, 0), (0, 2), (1, 1), (1, 3)]
    same = alert_columns((0, place()), (100, place()))
    assert found(same, records((49, place(9)), (51, place(9)))) == [(0, 0), (1, 1)]
    assert found(same, records((50, place(9)))) == [(0, 0)]


def test_an_active_incident_comes_before_a_withdrawn_one() -> None:
    alerts = alert_columns((0, place()), (100, place(200)), active=[False, True])
    assert found(alerts, records((10, place()), (110, place(-150)))) == [(0, 1), (1, 0)]


def test_what_is_no_sensors_record_or_has_no_place_belongs_to_none() -> None:
    alerts = alert_columns((0, place()), (5, NOWHERE))
    assert found(alerts, call_columns((10, place()))) == []
    assert found(alerts, call_columns((10, place()), names_alert_key=np.array([1]))) == []
    assert found(alerts, records((10, NOWHERE))) == []


def test_nothing_at_all() -> None:
    assert found(alert_columns(), call_columns()) == []
    assert found(alert_columns(), records((0, place()), (0, place()), names=[1, NO_NAME])) == []
    assert found(alert_columns((0, place())), call_columns()) == []


def test_a_name_is_a_number_and_none_is_none() -> None:
    assert key_of_name(None) == key_of_name("") == NO_NAME
    keys = {key_of_name(f"{year}-{number:06d}") for year in (2025, 2026) for number in range(5000)}
    assert len(keys) == 10_000
    assert min(keys) >= 0
    assert max(keys) < 2**63
    assert key_of_name("SST-1") == key_of_name("SST-1") != key_of_name("SST-2")


def reference(alerts: AlertColumns, calls: CallColumns) -> list[tuple[int, int]]:
    """Every record looked at on its own, with every alert."""
    groups = [members.tolist() for members in group(alerts, PARAMETERS)]
    incident_of = {alert: number for number, members in enumerate(groups) for alert in members}
    pairs = []
    for call in range(len(calls)):
        if not calls.is_sensor[call]:
            continue
        time = int(calls.received_micros[call])
        choices: list[tuple[float, ...]] = []
        for alert, number in incident_of.items():
            apart = abs(time - int(alerts.started_micros[alert]))
            if calls.names_alert_key[call] != NO_NAME:
                if calls.names_alert_key[call] == alerts.name_key[alert] and apart <= 900 * MICROS:
                    choices.append((apart, alert, number))
                continue
            times = [int(alerts.started_micros[each]) for each in groups[number]]
            ends = (
                alerts.longitude[alert],
                alerts.latitude[alert],
                calls.longitude[call],
                calls.latitude[call],
            )
            if np.isnan(ends).any() or not times[0] - 120 * MICROS <= time <= times[-1] + 900 * MICROS:
                continue
            distance_m = geodesic_m(*map(float, ends))
            if distance_m <= 300:
                rank = (not alerts.is_active[alert], round(distance_m, 3), apart, number)
                choices.append((*rank, number))
        if choices:
            pairs.append((int(min(choices)[-1]), call))
    return sorted(pairs)


@settings(deadline=None, max_examples=60)
@given(seed=st.integers(0, 2**32 - 1), alerts=st.integers(0, 12), calls=st.integers(0, 20))
def test_as_looking_at_every_record_and_every_alert(seed: int, alerts: int, calls: int) -> None:
    random = np.random.default_rng(seed)
    started = np.sort(random.integers(0, 1500, alerts)).tolist()
    heard = named(
        alert_columns(
            *[
                (time, place(*random.uniform(0, 900, 2)) if random.random() < 0.9 else NOWHERE)
                for time in started
            ],
            active=(random.random(alerts) < 0.7).tolist(),
        ),
        *random.integers(0, 8, alerts).tolist(),
    )
    received = np.sort(random.integers(-300, 2600, calls)).tolist()
    rows = [
        (time, place(*random.uniform(0, 900, 2)) if random.random() < 0.8 else NOWHERE) for time in received
    ]
    logged = call_columns(
        *rows,
        is_sensor=random.random(calls) < 0.8,
        names_alert_key=np.where(random.random(calls) < 0.5, random.integers(0, 9, calls), NO_NAME),
    )
    pairs = found(heard, logged)
    assert pairs == reference(heard, logged)
    assert len({call for _, call in pairs}) == len(pairs)
