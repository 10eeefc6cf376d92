import json

import pytest

SQUARE = [[-87.95, 43.0], [-87.9, 43.0], [-87.9, 43.05], [-87.95, 43.05], [-87.95, 43.0]]


@pytest.fixture
def file(tmp_path):
    def write(*features, name="places.geojson"):
        path = tmp_path / name
        path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features)}))
        return str(path)

    return write


def zone(name, ring=SQUARE):
    return {
        "type": "Feature",
        "properties": {"DIST": name},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


def test_zones_by_a_property(earshot_on_both, file):
    earshot = earshot_on_both
    path = file(zone("1"), {"type": "Feature", "properties": {"DIST": "2"}, "geometry": None})
    found = earshot.json("import", "zones", path, "--kind", "district", "--name", "DIST")
    assert (found["new"], found["rejected"], found["name_property"]) == (1, 1, "DIST")
    assert found["errors"][0].startswith("place 2: ")
    done = earshot("import", "zones", path, "--name", "DIST")
    assert done.stdout == (
        "places.geojson: 1 unchanged, 1 rejected (zones of kind district, named by their DIST).\n"
    )
    assert "place 2: " in done.stderr
    assert earshot.json("incidents", "list", "--zone", "1")["incidents"] == []


def test_a_property_that_is_not_there(earshot, file):
    assert "there are DIST" in earshot("import", "zones", file(zone("1")), "--name", "X", exit_code=1).stderr


def test_nothing_usable_is_exit_code_1(earshot, file):
    found = earshot.json("import", "zones", file(zone("1", [[0, 0]])), "--name", "DIST", exit_code=1)
    assert found["rejected"] == 1


def test_cameras(earshot, tmp_path):
    (tmp_path / "c.csv").write_text("external_id,longitude,latitude\nC-1,-87.9,43.0\nC-2,,\n")
    found = earshot.json("import", "cameras", "c.csv")
    assert (found["new"], found["rejected"]) == (1, 1)
    assert "1 unchanged" in earshot("import", "cameras", "c.csv").stdout


def test_no_geojson(earshot, tmp_path):
    (tmp_path / "x").write_text("{")
    assert "the file is no GeoJSON" in earshot("import", "zones", "x", exit_code=1).stderr
