"""GDAL reads tiles: the same features as the items, at the same places."""

import json
import os
import shutil
import subprocess

import pytest

from tests.conftest import skip_or_fail
from tests.maps.conftest import items
from tests.maps.test_tiles_addresses import at_home

pytestmark = pytest.mark.gdal


def read(maps, tmp_path, collection, zoom):
    """The features that GDAL's MVT driver finds in a tile, in degrees."""
    if shutil.which("ogr2ogr") is None:
        skip_or_fail("gdal", "there is no ogr2ogr")
    zoom, row, column = at_home(zoom).split("/")
    answer = maps.get(f"/ogc/collections/{collection}/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
    tile, target = tmp_path / "tile.mvt", tmp_path / "tile.geojson"
    tile.write_bytes(answer.content)
    where = [
        part for name, at in (("X", column), ("Y", row), ("Z", zoom)) for part in ("-oo", f"{name}={at}")
    ]
    command = ["ogr2ogr", "-f", "GeoJSON", "-t_srs", "EPSG:4326", str(target), str(tile), *where]
    done = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=True, timeout=60)
    assert "ERROR" not in done.stderr, done.stderr
    return json.loads(target.read_text())["features"]


def test_gdal_reads_incidents_where_they_are(maps, tmp_path):
    wanted = {int(one["id"]): one for one in items(maps)["features"] if one["geometry"]}
    found = read(maps, tmp_path, "incidents", 16) + read(maps, tmp_path, "incidents", 12)
    assert {one["properties"]["mvt_id"] for one in found} == set(wanted)
    for one in found:
        other = wanted[one["properties"]["mvt_id"]]
        assert one["geometry"]["coordinates"] == pytest.approx(other["geometry"]["coordinates"], abs=3e-5)
        assert one["properties"]["verdict"] == other["properties"]["verdict"]
        assert one["properties"].get("rounds") == other["properties"]["rounds"]
        assert bool(one["properties"]["needs_review"]) == other["properties"]["needs_review"]


def test_gdal_reads_clusters_and_areas(maps, tmp_path):
    (cluster,) = read(maps, tmp_path, "incidents", 3)
    verdicts = [one["properties"]["verdict"] for one in items(maps)["features"] if one["geometry"]]
    assert cluster["properties"]["count"] == len(verdicts)
    assert cluster["properties"]["unreported"] == verdicts.count("unreported")
    (zone,) = read(maps, tmp_path, "zones", 5)
    assert zone["properties"]["name"] == "Third"
    corners = {(round(x, 1), round(y, 1)) for x, y in zone["geometry"]["coordinates"][0]}
    assert corners == {(-88.0, 43.0), (-87.9, 43.0), (-88.0, 43.1)}
