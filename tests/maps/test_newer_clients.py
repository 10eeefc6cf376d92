"""Newer clients than Debian has: GDAL from a wheel, and filters as QGIS from 3.32 on writes them."""

import pytest
import shapely

from tests.intake.served import Served
from tests.maps.conftest import found, items

pyogrio = pytest.importorskip("pyogrio")
pytestmark = pytest.mark.slow
NOON = "2026-07-01T12:00:00.000Z"


@pytest.fixture(scope="module")
def source(maps, tmp_path_factory):
    """What GDAL opens: a service in another process, because GDAL keeps this one to itself while it reads."""
    server = Served(maps.settings, tmp_path_factory.mktemp("served") / "log").wait_until_ready()
    options = {
        "GDAL_HTTP_USERPWD": f"key:{maps.key_of('analyst')}",
        "GDAL_HTTP_AUTH": "BASIC",
        "GDAL_HTTP_TIMEOUT": "20",
    }
    pyogrio.set_gdal_config_options(options)
    yield f"OAPIF:{server.url}/ogc"
    pyogrio.set_gdal_config_options(dict.fromkeys(options))
    server.kill()


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ({}, {}),
        ({"where": "verdict = 'reported'"}, {"verdict": "reported"}),
        ({"where": "rounds > 3 AND rounds < 50"}, {"filter": "rounds > 3 AND rounds < 50"}),
        ({"bbox": (-87.9385, 43.0, -87.9, 43.1)}, {"bbox": "-87.9385,43,-87.9,43.1"}),
    ],
    ids=["all", "a word", "numbers", "a box"],
)
def test_gdal_reads_what_is_asked_for(maps, source, asked, answered):
    wanted = sorted(one["id"] for one in items(maps, limit=1000, **answered)["features"])
    told, _, places, (ids,) = pyogrio.raw.read(
        source, layer="incidents", columns=["id"], PAGE_SIZE=3, **asked
    )
    assert sorted(map(str, ids)) == sorted(map(str, wanted))
    assert told["geometry_type"] == "Point"
    assert len(places) == len(wanted)


def test_gdal_takes_web_mercator(maps, source):
    told, _, places, (ids,) = pyogrio.raw.read(source, layer="incidents", columns=["id"], CRS="EPSG:3857")
    assert told["crs"] == "EPSG:3857"
    crs = "http://www.opengis.net/def/crs/EPSG/0/3857"
    wanted = {str(one["id"]): one["geometry"] for one in items(maps, crs=crs, limit=1000)["features"]}
    for key, place in zip(ids, shapely.from_wkb(places), strict=True):
        assert (wanted[str(key)] is None) == (place is None)
        assert place is None or list(place.coords[0]) == pytest.approx(wanted[str(key)]["coordinates"])


@pytest.mark.parametrize(
    ("as_qgis", "as_we"),
    [
        ("(\"verdict\" = 'reported')", "verdict = 'reported'"),
        ("(\"verdict\" <> 'reported')", "verdict <> 'reported'"),
        ('(("rounds" > 3) AND ("rounds" < 50))', "rounds > 3 AND rounds < 50"),
        (f"(\"started_at\" >= TIMESTAMP('{NOON}'))", f"started_at >= TIMESTAMP('{NOON}')"),
        ("(\"started_at\" < DATE('2026-07-02'))", "started_at < DATE('2026-07-02')"),
        ("(\"verdict\" NOT LIKE 'rep%')", "NOT verdict LIKE 'rep%'"),
        ("(CASEI(\"address\") LIKE CASEI('1%center_st'))", "CASEI(address) LIKE CASEI('1%center_st')"),
        ("verdict NOT IN ('reported','withdrawn')", "NOT verdict IN ('reported', 'withdrawn')"),
        ("rounds NOT BETWEEN 3 AND 12", "NOT rounds BETWEEN 3 AND 12"),
        ('("rounds" IS NOT NULL)', "rounds IS NOT NULL"),
        ('(NOT (("needs_review" = TRUE)))', "needs_review = false"),
        ("S_INTERSECTS(geometry,POINT(-87.94 43.01))", "longitude = -87.94"),
    ],
)
def test_filters_of_qgis_are_understood(maps, as_qgis, as_we):
    assert found(maps, as_qgis, **{"filter-lang": "cql2-text"}) == found(maps, as_we) != []
