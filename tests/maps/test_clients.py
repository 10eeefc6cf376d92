"""Clients that people have: GDAL's driver and OWSLib, against a served app on loopback."""

import os
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.conftest import skip_or_fail
from tests.intake.served import Served
from tests.maps.conftest import items

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def address(maps, tmp_path_factory) -> Iterator[str]:
    server = Served(maps.settings, tmp_path_factory.mktemp("served") / "log").wait_until_ready()
    yield f"{server.url}/ogc"
    server.kill()


def gdal(command, key, *arguments):
    if shutil.which(command) is None:
        skip_or_fail("gdal", f"there is no {command}")
    environment = {**os.environ, "GDAL_HTTP_USERPWD": f"key:{key}", "GDAL_HTTP_AUTH": "BASIC"}
    done = subprocess.run(
        [command, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.gdal
def test_ogrinfo_lists_what_the_key_may_see(maps, address):
    seen = gdal("ogrinfo", maps.key_of("viewer"), f"OAPIF:{address}")
    assert "incidents" in seen
    assert "calls" not in seen
    seen = gdal("ogrinfo", maps.key_of("analyst"), "-so", f"OAPIF:{address}", "incidents")
    assert "Feature Count: 8" in seen
    assert "verdict: String" in seen
    assert "started_at: DateTime" in seen


@pytest.mark.gdal
def test_ogr2ogr_takes_every_page_by_box_and_condition(maps, address, tmp_path):
    key, source = maps.key_of("analyst"), f"OAPIF:{address}"
    for arguments, wanted in (
        (("-oo", "PAGE_SIZE=3"), items(maps)),
        (("-spat", "-87.9385", "43", "-87.9", "43.1"), items(maps, bbox="-87.9385,43,-87.9,43.1")),
        (("-where", "verdict = 'reported'"), items(maps, verdict="reported")),
        (("-where", "rounds > 3 AND rounds < 50"), items(maps, filter="rounds > 3 AND rounds < 50")),
    ):
        target = tmp_path / "out.gpkg"
        target.unlink(missing_ok=True)
        gdal("ogr2ogr", key, str(target), source, "incidents", *arguments)
        said = gdal("ogrinfo", key, "-so", str(target), "incidents")
        assert f"Feature Count: {wanted['numberReturned']}" in said, arguments
        assert wanted["numberReturned"]


@pytest.mark.gdal
def test_ogr2ogr_takes_areas(maps, address, tmp_path):
    target = tmp_path / "zones.gpkg"
    gdal("ogr2ogr", maps.key_of("analyst"), str(target), f"OAPIF:{address}", "zones")
    assert "Feature Count: 2" in gdal("ogrinfo", "", "-so", str(target), "zones")


def test_owslib_walks_through(maps, address):
    features_of = pytest.importorskip("owslib.ogcapi.features").Features
    service = features_of(address, headers={"Authorization": f"Bearer {maps.key_of('analyst')}"})
    assert service.feature_collections() == ["incidents", "alerts", "calls", "zones", "coverage", "cameras"]
    assert any(name.endswith("/core") for name in service.conformance()["conformsTo"])
    assert service.api()["openapi"].startswith("3.0")
    assert "verdict" in service.collection_queryables("incidents")["properties"]
    page = service.collection_items("incidents", limit=2, bbox=[-88, 43, -87, 44], sortby=("rounds", "desc"))
    assert [one["properties"]["rounds"] for one in page["features"]] == [40, 12]
    told = service.collection_items(
        "incidents", filter="verdict = 'reported'", datetime_="2026-07-01T00:00:00Z/.."
    )
    assert told["numberMatched"] == 2
    one = service.collection_item("incidents", page["features"][0]["id"])
    assert one["properties"] == page["features"][0]["properties"]
