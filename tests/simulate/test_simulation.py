from dataclasses import fields, replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from app.domain.geodesy import near_distance_m
from app.domain.time import from_micros, to_micros
from app.domain.vocabulary import Classification, Nature, Origin
from app.simulate import (
    CITY_DEFAULT,
    CITY_LARGE,
    CLASSIFICATIONS,
    NATURE_CODES,
    NATURES,
    NO_TIME,
    ORIGINS,
    Burst,
    ClosePairs,
    simulate,
    write_files,
)
from tests.simulate.conftest import BUSY, START


def same_columns(left, right) -> bool:
    return all(
        getattr(left, item.name).tobytes() == getattr(right, item.name).tobytes() for item in fields(left)
    )


def contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(directory.iterdir())}


def test_same_seed_same_bytes(tmp_path):
    for name in ("first", "second"):
        write_files(simulate(CITY_DEFAULT, seed=5, start=START, days=10), tmp_path / name)
    assert contents(tmp_path / "first") == contents(tmp_path / "second")
    first, second = (list(simulate(CITY_DEFAULT, seed=5, start=START, days=2).deliveries()) for _ in range(2))
    assert first == second


def test_seeds_differ_and_the_layout_does_not():
    first, second = (simulate(CITY_DEFAULT, seed=seed, start=START, days=5) for seed in (1, 2))
    assert not same_columns(first.alerts, second.alerts)
    assert not same_columns(first.calls, second.calls)
    assert first.zones == second.zones
    assert first.cameras == second.cameras


def test_parts_do_not_shift_each_other():
    plain = simulate(BUSY, seed=3, start=START, days=5)
    changed = simulate(
        replace(BUSY, calls_per_day=500.0, feeds=replace(BUSY.feeds, share_sensor_records=0.0)),
        seed=3,
        start=START,
        days=5,
    )
    assert same_columns(plain.alerts, changed.alerts)
    reports = plain.truth.call_shooting >= 0
    assert np.array_equal(
        plain.calls.received_at_us[reports], changed.calls.received_at_us[changed.truth.call_shooting >= 0]
    )


def test_a_simulation_lasts():
    with pytest.raises(ValueError, match="more than 0 days"):
        simulate(CITY_DEFAULT, seed=1, start=START, days=0)


def test_an_hour_can_be_simulated():
    hour = simulate(CITY_DEFAULT, seed=1, start=START + timedelta(minutes=17), days=1 / 24)
    assert hour.feed_gaps == ()
    received = hour.calls.received_at_us[hour.truth.call_shooting < 0]
    assert received.min() >= to_micros(hour.start)
    assert received.max() < to_micros(hour.end)


def test_truth_is_consistent(busy):
    truth, calls, alerts = busy.truth, busy.calls, busy.alerts
    count = truth.shooting_at_us.size
    assert truth.alert_shooting.size == alerts.count
    assert truth.call_shooting.size == truth.call_alert.size == calls.count
    assert set(truth.alert_shooting.tolist()) == set(range(count))
    assert truth.call_shooting.max() < count
    reports = truth.call_shooting >= 0
    assert truth.shooting_reported[truth.call_shooting[reports]].all()
    assert truth.shooting_real[truth.shooting_reported].all()
    assert np.array_equal(truth.shooting_reported, truth.shooting_call_count > 0)
    assert np.array_equal(truth.alert_reported, truth.shooting_reported[truth.alert_shooting])
    # Calls are lost in the gap and nowhere else.
    made = np.bincount(truth.call_shooting[reports], minlength=count)
    lost = made != truth.shooting_call_count
    (gap,) = busy.feed_gaps
    near_gap = (truth.shooting_at_us >= to_micros(gap[0] - timedelta(hours=1))) & (
        truth.shooting_at_us < to_micros(gap[1])
    )
    assert lost.any()
    assert near_gap[lost].all()


def test_columns_are_in_order_and_complete(busy):
    for columns, key in ((busy.alerts, "started_at_us"), (busy.calls, "received_at_us")):
        assert (np.diff(getattr(columns, key)) >= 0).all()
    for item in fields(busy.calls):
        assert getattr(busy.calls, item.name).size == busy.calls.count
    dispatched = busy.calls.dispatched_at_us != NO_TIME
    assert 0.5 < dispatched.mean() < 0.95
    assert (busy.calls.dispatched_at_us > busy.calls.received_at_us)[dispatched].all()
    assert (busy.calls.arrived_at_us > busy.calls.dispatched_at_us)[dispatched].all()
    assert (busy.calls.cleared_at_us > busy.calls.arrived_at_us)[dispatched].all()
    assert np.array_equal(np.diff(busy.alerts.shot_start), busy.alerts.rounds)
    assert busy.alerts.shot_start[-1] == busy.alerts.shot_offset_s.size
    assert (busy.alerts.shot_offset_s[busy.alerts.shot_start[:-1]] == 0).all()
    assert (busy.alerts.shot_offset_s >= 0).all()


def test_share_reported_and_calls_per_shooting(busy):
    truth = busy.truth
    real = int(truth.shooting_real.sum())
    expected = BUSY.reporting.share_reported
    assert abs(truth.shooting_reported.sum() / real - expected) < 4 * np.sqrt(
        expected * (1 - expected) / real
    )
    assert abs((~truth.shooting_real).mean() - BUSY.share_false) < 0.02
    numbers = truth.shooting_call_count[truth.shooting_reported]
    mean = BUSY.reporting.calls_mean
    assert numbers.min() == 1
    assert abs(numbers.mean() - mean / (1 - np.exp(-mean))) < 0.15


def lags_and_distances(simulation):
    truth, calls = simulation.truth, simulation.calls
    rows = np.flatnonzero((truth.call_shooting >= 0) & np.isfinite(calls.longitude))
    shooting = truth.call_shooting[rows]
    lag_s = (calls.received_at_us[rows] - truth.shooting_at_us[shooting]) / 1e6
    distance_m = near_distance_m(
        calls.longitude[rows],
        calls.latitude[rows],
        truth.shooting_longitude[shooting],
        truth.shooting_latitude[shooting],
    )
    return lag_s, distance_m, calls.uncertainty_m[rows]


def test_lags_and_distances_follow_the_settings(busy):
    lag_s, distance_m, uncertainty_m = lags_and_distances(busy)
    assert abs(np.median(lag_s) - 75) < 6
    assert abs(np.log(lag_s[lag_s > 10]).std() - 0.8) < 0.08
    expected = 2 * (BUSY.reporting.caller_sigma_m**2 + np.mean(uncertainty_m**2))
    assert abs(np.mean(distance_m**2) / expected - 1) < 0.1


def test_natures_of_reports_follow_the_settings(busy):
    natures = busy.calls.nature[busy.truth.call_shooting >= 0]
    for nature, share in BUSY.reporting.nature_shares.items():
        found = (natures == NATURES.index(nature)).mean()
        assert abs(found - share) < 4 * np.sqrt(share * (1 - share) / natures.size), nature


def test_misspecified_reporting():
    habits = replace(BUSY.reporting, share_slow=0.5, share_far=1.0)
    slow = simulate(replace(BUSY, reporting=habits), seed=7, start=START, days=30)
    lag_s, distance_m, _ = lags_and_distances(slow)
    assert 0.35 < (lag_s > 180).mean() < 0.65
    assert 550 < np.sqrt(np.mean(distance_m**2) / 2) < 660


def test_ambient_natures_and_sensor_records(busy):
    truth, calls = busy.truth, busy.calls
    ambient = (truth.call_shooting < 0) & (truth.call_alert < 0)
    for nature, share in BUSY.ambient_shares.items():
        found = (calls.nature[ambient] == NATURES.index(nature)).mean()
        assert abs(found - share) < 5 * np.sqrt(share / ambient.sum()), nature
    sensors = truth.call_alert >= 0
    assert np.array_equal(sensors, calls.origin == ORIGINS.index(Origin.SENSOR))
    assert {NATURE_CODES[code].code for code in set(calls.nature_code[sensors].tolist())} == {"ACOUSTIC"}
    alert = truth.call_alert[sensors]
    assert 0.93 < sensors.sum() / busy.alerts.count < 0.99
    assert np.array_equal(calls.longitude[sensors], busy.alerts.longitude[alert])
    assert (calls.received_at_us[sensors] >= busy.alerts.published_at_us[alert]).all()


def test_gunfire_calls_crowd_in_hot_spots_and_the_rest_less(busy):
    def crowding(nature: Nature) -> float:
        rows = (busy.calls.nature == NATURES.index(nature)) & (busy.truth.call_shooting < 0)
        rows &= np.isfinite(busy.calls.longitude)
        cells, _, _ = np.histogram2d(busy.calls.longitude[rows], busy.calls.latitude[rows], bins=14)
        return float(np.sort(cells.ravel())[-20:].sum() / cells.sum())

    assert crowding(Nature.SHOTS_FIRED) > 1.4 * crowding(Nature.OTHER)


def test_the_week_has_a_rhythm(busy):
    zone = ZoneInfo(BUSY.time_zone)

    def share_in(times_us, hours) -> float:
        local = [from_micros(moment).astimezone(zone).hour for moment in times_us.tolist()]
        return float(np.isin(local, hours).mean())

    night, afternoon = (22, 23, 0, 1), (14, 15, 16, 17)
    assert share_in(busy.alerts.started_at_us, night) > 2 * share_in(busy.alerts.started_at_us, afternoon)
    other = busy.calls.received_at_us[busy.calls.nature == NATURES.index(Nature.OTHER)]
    assert share_in(other, afternoon) > 1.3 * share_in(other, night)
    weekdays = np.bincount(
        [from_micros(moment).astimezone(zone).weekday() for moment in busy.alerts.started_at_us.tolist()]
    )
    assert weekdays[5] > 1.3 * weekdays[1]


def test_default_rates(quarter):
    assert 600 < quarter.alerts.count < 840
    assert 78_000 < quarter.calls.count < 84_000
    assert len(quarter.feed_gaps) == 3


def test_the_gap_has_no_calls(busy):
    (gap,) = busy.feed_gaps
    received = busy.calls.received_at_us
    assert gap[1] - gap[0] == timedelta(hours=BUSY.feeds.gap_hours)
    assert not ((received >= to_micros(gap[0])) & (received < to_micros(gap[1]))).any()
    before = (received >= to_micros(gap[0] - timedelta(minutes=10))) & (received < to_micros(gap[0]))
    assert before.any()


def test_background_multiplier_spares_other():
    plain, loud = (
        simulate(replace(CITY_DEFAULT, background_multiplier=factor), seed=1, start=START, days=30)
        for factor in (1.0, 5.0)
    )

    def ambient(simulation, nature: Nature) -> int:
        rows = (simulation.truth.call_shooting < 0) & (simulation.truth.call_alert < 0)
        return int((simulation.calls.nature[rows] == NATURES.index(nature)).sum())

    assert 4 < ambient(loud, Nature.DISTURBANCE) / ambient(plain, Nature.DISTURBANCE) < 6
    assert ambient(loud, Nature.OTHER) == ambient(plain, Nature.OTHER)


def test_burst_is_one_loud_night():
    city = replace(BUSY, burst=Burst(day=3, multiplier=10.0, false_alerts=60.0))
    plain = simulate(BUSY, seed=2, start=START, days=6)
    loud = simulate(city, seed=2, start=START, days=6)
    # The third day after New Year, 22:00 to 02:00 in Chicago.
    begin_us, end_us = (to_micros(START + timedelta(days=4, hours=hours)) for hours in (-2, 2))

    def fireworks(simulation, inside: bool) -> int:
        calls = simulation.calls
        rows = (calls.received_at_us >= begin_us) & (calls.received_at_us < end_us)
        rows = (rows if inside else ~rows) & (simulation.truth.call_shooting < 0)
        return int((calls.nature[rows] == NATURES.index(Nature.FIREWORKS)).sum())

    assert fireworks(loud, True) > 5 * fireworks(plain, True)
    assert fireworks(loud, False) == fireworks(plain, False)
    extra = loud.alerts.count - plain.alerts.count
    assert 30 < extra < 95
    night = (loud.alerts.started_at_us >= begin_us) & (loud.alerts.started_at_us < end_us)
    classified = loud.alerts.classification[night] == CLASSIFICATIONS.index(Classification.FIREWORKS)
    assert classified.sum() > 0.4 * extra
    assert not loud.truth.shooting_real[loud.truth.alert_shooting[night]].all()


def test_close_pairs():
    city = replace(BUSY, close_pairs=ClosePairs(gap_s=60, distance_m=200), share_second_alert=0.0)
    truth = simulate(city, seed=2, start=START, days=5).truth
    at_us = truth.shooting_at_us.tolist()
    place = {moment: index for index, moment in enumerate(at_us)}
    pairs = [
        (index, place[moment + 60_000_000])
        for index, moment in enumerate(at_us)
        if moment + 60_000_000 in place
    ]
    assert len(pairs) * 2 == len(at_us)
    left, right = (np.array(side) for side in zip(*pairs, strict=True))
    longitude, latitude = truth.shooting_longitude, truth.shooting_latitude
    distance_m = near_distance_m(longitude[left], latitude[left], longitude[right], latitude[right])
    assert np.abs(distance_m - 200).max() < 1
    assert (truth.shooting_reported[left] != truth.shooting_reported[right]).any()


@pytest.mark.slow
def test_large_city_has_benchmark_size():
    large = simulate(CITY_LARGE, seed=1, start=START, days=365)
    assert 49_000 < large.alerts.count < 51_000
    assert 3_750_000 < large.calls.count < 3_850_000
    assert large.truth.shooting_real.all()
    assert large.feed_gaps == ()
