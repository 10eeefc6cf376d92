"""QGIS itself, without a screen, against a service on loopback (Debian's python3-qgis)."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from app.maps.tiles import colours
from tests.conftest import skip_or_fail
from tests.maps.conftest import items
from tests.maps.overheard import overhearing

pytestmark = [pytest.mark.qgis, pytest.mark.slow]
SCRIPT = Path(__file__).with_name("qgis_reads.py")
# QGIS belongs to the system's Python, whichever other one comes first in the path.
PYTHON = "/usr/bin/python3"


def has_qgis():
    asked = [PYTHON, "-c", "import qgis.core"]
    return Path(PYTHON).exists() and subprocess.run(asked, capture_output=True, check=False).returncode == 0


def read_by_qgis(address, key, folder):
    """What the script says of the service, with a new profile in the folder."""
    (folder / "runtime").mkdir(mode=0o700)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "QGIS_CUSTOM_CONFIG_PATH": str(folder / "profile"),
        "QT_QPA_PLATFORM": "offscreen",
        "XDG_RUNTIME_DIR": str(folder / "runtime"),
    }
    command = [PYTHON, str(SCRIPT), f"{address}/ogc", key]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def read(maps, tmp_path_factory):
    """What QGIS read with an analyst's key and a viewer's, and what it asked for with the former."""
    if not has_qgis():
        skip_or_fail("qgis", f"{PYTHON} has no QGIS (on Debian: apt-get install python3-qgis)")
    with overhearing(maps.settings) as heard:
        analyst = read_by_qgis(heard.address, maps.key_of("analyst"), tmp_path_factory.mktemp("analyst"))
        asked = [path.removeprefix("/ogc/collections/") for path in heard.paths(200)]
        viewer = read_by_qgis(heard.address, maps.key_of("viewer"), tmp_path_factory.mktemp("viewer"))
    return {"analyst": analyst, "viewer": viewer, "asked": asked}


def ids(maps, collection="incidents", **query):
    found = sorted(int(one["id"]) for one in items(maps, collection, limit=1000, **query)["features"])
    assert found, query
    return found


def test_layers_hold_what_the_collections_do(maps, read):
    kinds = {"zones": "Polygon", "coverage": "Polygon"}
    for name in ("incidents", "alerts", "calls", "zones", "coverage", "cameras"):
        layer = read["analyst"][name]
        assert layer["ids"] == ids(maps, name)
        assert layer["count"] == len(layer["ids"])
        assert layer["geometry"] == kinds.get(name, "Point")
        assert layer["crs"] == "EPSG:4326"
    fields = read["analyst"]["incidents"]["fields"]
    assert (fields["verdict"], fields["rounds"], fields["started_at"]) == ("String", "Integer", "DateTime")


def test_the_key_is_the_password_and_nothing_else_opens(read):
    assert read["analyst"]["by name and password"] == read["analyst"]["incidents"]
    assert read["analyst"]["by a wrong password"] is None


def test_a_viewer_opens_incidents_only(maps, read):
    opened = {name for name, layer in read["viewer"].items() if isinstance(layer, dict) and "ids" in layer}
    assert opened == {"incidents", "by name and password"}
    assert read["viewer"]["incidents"] == read["analyst"]["incidents"]


def test_pages_are_followed_and_large_ones_are_asked_for(maps, read):
    assert read["analyst"]["by pages of three"] == ids(maps)
    assert sum(path.startswith("incidents/items?limit=3&cursor=") for path in read["asked"]) == 2
    assert "incidents/items?limit=1000" in read["asked"]


def test_a_box_is_the_services_work(maps, read):
    assert read["analyst"]["in a box"] == ids(maps, bbox="-87.9385,43,-87.9,43.1") != ids(maps)
    assert any(path.startswith("incidents/items?limit=1000&bbox=-87.9385") for path in read["asked"])


def test_filters_find_what_they_say(maps, read):
    assert read["analyst"]["a word"] == ids(maps, verdict="reported")
    assert read["analyst"]["numbers"] == ids(maps, filter="rounds > 3 AND rounds < 50")
    moment = "2026-07-01T05:00:00Z"
    assert read["analyst"]["since"] == ids(maps, datetime=f"{moment}/..")
    assert read["analyst"]["until"] == ids(maps, datetime=f"../{moment}") == [1, 2]
    assert f"incidents/items?limit=1000&datetime=0000-01-01T00:00:00Z/{moment}" in read["asked"]


def test_metres_are_where_the_service_says(maps, read):
    crs = "http://www.opengis.net/def/crs/EPSG/0/3857"
    told = {
        one["id"]: one["geometry"]["coordinates"]
        for one in items(maps, crs=crs, limit=1000)["features"]
        if one["geometry"]
    }
    seen = read["analyst"]["in metres"]
    assert len(seen) == 7
    assert {int(key) for key in seen} == {int(key) for key in told}
    for key, place in told.items():
        assert seen[str(key)] == pytest.approx(place, abs=0.01)


@pytest.mark.parametrize("who", ["analyst", "viewer"])
def test_tiles_are_drawn_by_the_served_style(maps, read, who):
    drawn = read[who]["drawn"]
    about, everything = drawn["about"], drawn["all"]
    placed = {str(one["id"]): one["properties"]["verdict"] for one in items(maps, limit=1000)["features"]}
    assert {placed[key] for key in about} == {"reported", "unreported", "withdrawn"}
    for key, found in about.items():
        counted = {name: found.get(colours.OF_VERDICTS[name], 0) for name in colours.OF_VERDICTS}
        assert max(counted, key=counted.get) == placed[key], counted
        assert counted[placed[key]]
    # Elsewhere there is only the district, for who may see it.
    near = sum(sum(found.values()) for found in about.values())
    ground = max(everything, key=everything.get)
    assert everything[ground] >= sum(everything.values()) - near
    assert (ground == "#ffffff") == (who == "viewer")
