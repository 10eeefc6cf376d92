import csv
from datetime import timedelta

import numpy as np
import orjson
import shapely
from shapely.geometry import shape

from app.domain.time import parse_instant, to_micros
from app.simulate import CLASSIFICATIONS, NATURES, call_id, simulate, write_files
from tests.simulate.conftest import BUSY, START


def test_files_say_what_the_columns_say(tmp_path):
    simulation = simulate(BUSY, seed=4, start=START, days=3)
    files = write_files(simulation, tmp_path / "new" / "city")
    alerts = [orjson.loads(line) for line in files.alerts.read_bytes().splitlines()]
    calls = [orjson.loads(line) for line in files.calls.read_bytes().splitlines()]
    assert len({alert["external_id"] for alert in alerts}) == simulation.alerts.count
    assert len({call["external_id"] for call in calls}) == simulation.calls.count
    assert [
        to_micros(parse_instant(alert["started_at"])) for alert in alerts
    ] == simulation.alerts.started_at_us.tolist()
    assert [alert["rounds"] for alert in alerts] == simulation.alerts.rounds.tolist()
    assert [alert["longitude"] for alert in alerts] == simulation.alerts.longitude.tolist()
    assert [alert["classification"] for alert in alerts] == [
        CLASSIFICATIONS[code] for code in simulation.alerts.classification
    ]
    assert [
        to_micros(parse_instant(call["received_at"])) for call in calls
    ] == simulation.calls.received_at_us.tolist()
    assert [call["nature"] for call in calls] == [NATURES[code] for code in simulation.calls.nature]
    latitude = np.array([np.nan if call["latitude"] is None else call["latitude"] for call in calls])
    assert np.array_equal(latitude, simulation.calls.latitude, equal_nan=True)


def test_truth_file(tmp_path):
    simulation = simulate(BUSY, seed=4, start=START, days=3)
    with write_files(simulation, tmp_path).truth.open(newline="") as file:
        rows = list(csv.DictReader(file))
    alerts = [row for row in rows if row["record"] == "alert"]
    calls = {row["external_id"]: int(row["shooting"]) for row in rows if row["record"] == "call"}
    assert [int(row["shooting"]) for row in alerts] == simulation.truth.alert_shooting.tolist()
    assert [row["reported"] == "1" for row in alerts] == simulation.truth.alert_reported.tolist()
    expected = {
        call_id(row): int(shooting)
        for row, shooting in enumerate(simulation.truth.call_shooting)
        if shooting >= 0
    }
    assert calls == expected


def test_places_are_geojson(tmp_path):
    simulation = simulate(BUSY, seed=4, start=START, days=timedelta(hours=6) / timedelta(days=1))
    files = write_files(simulation, tmp_path)
    zones, coverage, cameras = (
        orjson.loads(path.read_bytes())["features"] for path in (files.zones, files.coverage, files.cameras)
    )
    assert [zone["properties"]["name"] for zone in zones] == [zone.name for zone in simulation.zones]
    polygons = [shape(zone["geometry"]) for zone in zones]
    assert shapely.coverage_is_valid(polygons)
    assert all(polygon.exterior.is_ccw for polygon in polygons)
    assert shape(coverage[0]["geometry"]).within(shapely.union_all(polygons).buffer(1e-9))
    assert len(cameras) == len(simulation.cameras)
    assert cameras[0]["geometry"]["type"] == "Point"
    assert cameras[0]["properties"].keys() >= {"external_id", "name", "direction_deg", "retention_days"}
