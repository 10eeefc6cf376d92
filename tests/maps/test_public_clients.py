"""Clients that people have read the public feed without a key: GDAL's driver and OWSLib, over HTTP."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from app.db import Database
from app.maps.public.edition import hour_of
from tests.conftest import skip_or_fail
from tests.intake.served import Served
from tests.maps.public_city import CROWDED, MIDNIGHT, TOLD, city_settings, fill, incidents

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of its own, whose clock is the real one: the city is moved to the last three weeks."""
    folder = tmp_path_factory.mktemp("public")
    settings = city_settings(request, folder)
    later = hour_of(datetime.now(UTC)) - timedelta(days=20) - MIDNIGHT
    database = Database(settings)
    fill(database, [{**row, "started_at": row["started_at"] + later} for row in incidents()])
    database.dispose()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("EARSHOT_PUBLIC_ENABLED", "true")
        server = Served(settings, folder / "log").wait_until_ready()
    yield f"{server.url}/public/ogc"
    server.stop()


def gdal(command, *arguments):
    if shutil.which(command) is None:
        skip_or_fail("gdal", f"there is no {command}")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GDAL_HTTP")}
    done = subprocess.run(
        [command, *arguments], env=environment, capture_output=True, text=True, check=True, timeout=60
    )
    assert "ERROR" not in done.stderr, done.stderr
    return done.stdout


@pytest.mark.gdal
def test_gdal_reads_every_page_by_box_and_condition(address, tmp_path):
    source = f"OAPIF:{address}"
    seen = gdal("ogrinfo", "-so", source, "incidents")
    assert f"Feature Count: {TOLD}" in seen
    assert "hour: DateTime" in seen
    assert "verdict: String" in seen
    for arguments, wanted in (
        (("-oo", "PAGE_SIZE=3"), TOLD),
        (("-spat", "-87.95", "43", "-87.93", "43.1"), len(CROWDED)),
        (("-where", "verdict = 'reported'"), 2),
    ):
        target = tmp_path / "out.gpkg"
        target.unlink(missing_ok=True)
        gdal("ogr2ogr", str(target), source, "incidents", *arguments)
        assert f"Feature Count: {wanted}" in gdal("ogrinfo", "-so", str(target), "incidents"), arguments


def test_owslib_walks_through(address):
    features_of = pytest.importorskip("owslib.ogcapi.features").Features
    service = features_of(address)
    assert service.feature_collections() == ["incidents"]
    assert any(name.endswith("/core") for name in service.conformance()["conformsTo"])
    assert service.api()["openapi"].startswith("3.0")
    assert "verdict" in service.collection_queryables("incidents")["properties"]
    told = service.collection_items("incidents", filter="verdict = 'reported'", limit=1)
    assert told["numberMatched"] == 2
    assert told["numberReturned"] == 1
    one = service.collection_item("incidents", told["features"][0]["id"])
    assert one["properties"] == told["features"][0]["properties"]
