"""Taking in cameras from CSV and GeoJSON, on both databases."""

import orjson
import pytest
from sqlalchemy import func, select

from app.core.errors import MalformedBodyError
from app.db.models import AuditEntry, Camera
from app.places.camera_import import import_cameras
from tests.conftest import NOW
from tests.places.conftest import collection, feature

HEADER = ",".join(
    [
        *("external_id", "name", "longitude", "latitude", "address", "direction_deg"),
        *("field_of_view_deg", "range_m", "retention_h", "contact", "owner"),
    ]
)
ROWS = f"""{HEADER}
k1,"Center, 5th",-87.94,43.01,500 W CENTER_ST,90,70,120,720,desk@example.org,city
k2,,-87.95,43.02,,360,,,,,
"""


def take_in(database, content):
    if not isinstance(content, bytes):
        content = content.encode() if isinstance(content, str) else orjson.dumps(content)
    with database.write() as session:
        return import_cameras(session, content, actor="test", now=NOW)


def stored(database):
    with database.read() as session:
        return {camera.external_id: camera for camera in session.scalars(select(Camera))}


def test_csv(database):
    assert take_in(database, ROWS).counts() == {"new": 2, "changed": 0, "unchanged": 0, "rejected": 0}
    one, two = stored(database)["k1"], stored(database)["k2"]
    assert (one.name, one.longitude, one.latitude) == ("Center, 5th", -87.94, 43.01)
    assert (one.direction_deg, one.field_of_view_deg, one.range_m, one.retention_h) == (90, 70, 120, 720)
    assert (one.contact, one.properties) == ("desk@example.org", {"owner": "city"})
    assert (two.name, two.direction_deg, two.range_m, two.contact) == ("k2", 0, None, None)


def test_the_same_file_twice_changes_nothing(database):
    take_in(database, ROWS)
    again = take_in(database, "\ufeff" + ROWS.replace("\n", "\r\n"))
    assert again.counts() == {"new": 0, "changed": 0, "unchanged": 2, "rejected": 0}
    moved = take_in(database, ROWS.replace("-87.95", "-87.96"))
    assert moved.counts() == {"new": 0, "changed": 1, "unchanged": 1, "rejected": 0}
    assert stored(database)["k2"].longitude == -87.96
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(AuditEntry)) == 2


def test_geojson(database):
    point = {"type": "Point", "coordinates": [-87.94, 43.01, 12]}
    document = collection(
        feature(point, {"external_id": "g1", "name": "A", "direction_deg": 45, "pole": 7}),
        {**feature(point, {"name": "B"}), "id": 12},
    )
    assert take_in(database, document).counts()["new"] == 2
    assert take_in(database, document).counts()["unchanged"] == 2
    cameras = stored(database)
    assert set(cameras) == {"g1", "12"}
    assert (cameras["g1"].direction_deg, cameras["g1"].properties) == (45, {"pole": 7})


WRONG = [
    (",x,-87.9,43,,,,,,,", "external_id"),
    ("k,x,,43,,,,,,,", "longitude and latitude"),
    ("k,x,-87.9,,,,,,,,", "longitude and latitude"),
    ("k,x,west,43,,,,,,,", "longitude and latitude"),
    ("k,x,nan,43,,,,,,,", "longitude and latitude"),
    ("k,x,inf,43,,,,,,,", "longitude and latitude"),
    ("k,x,43.01,-95.4,,,,,,,", "swapped"),
    ("k,x,43.01,-87.9,,,,,,,", "swapped"),
    ("k,x,2560000,390000,,,,,,,", "projected"),
    ("k" * 256 + ",x,-87.9,43,,,,,,,", "external_id"),
    ("k,a\x00b,-87.9,43,,,,,,,", "zero character"),
    ("k,x,-87.9,43,,,,,,,a\x00b", "zero character"),
]


def test_what_cannot_be_used_is_refused_alone_and_in_words(database):
    for row, reason in WRONG:
        result = take_in(database, f"{HEADER}\n{row}\ngood,,-87.9,43,,,,,,,\n")
        assert result.rejected == 1, row
        assert reason in result.errors[0], (row, result.errors)
    assert set(stored(database)) == {"good"}


def test_a_wrong_detail_is_left_out_and_said(database):
    result = take_in(database, f"{HEADER}\nk,x,-87.9,43,,400,0,-5,soon,,\n")
    assert result.counts()["new"] == 1
    assert len(result.warnings) == 4
    camera = stored(database)["k"]
    assert (camera.direction_deg, camera.field_of_view_deg, camera.range_m, camera.retention_h) == (None,) * 4


def test_of_two_with_one_id_the_later_counts(database):
    result = take_in(database, f"{HEADER}\nk,a,-87.9,43,,,,,,,\nk,b,-87.9,43,,,,,,,\n")
    assert result.counts()["new"] == 1
    assert "twice" in result.warnings[0]
    assert stored(database)["k"].name == "b"


def test_files_that_cannot_be_read(database):
    for content in (b"id,x\n1,2\n", b"\xff\xfe\x00", b'external_id\n"open', b"{", b"[]"):
        with pytest.raises(MalformedBodyError):
            take_in(database, content)
    assert take_in(database, b"").counts()["new"] == 0
    assert take_in(database, HEADER).counts()["new"] == 0
    bad = collection(
        feature(None, {"external_id": "x"}), "x", feature({"type": "Point", "coordinates": []}, {})
    )
    assert take_in(database, bad).rejected == 3
