"""GET /v1/zones and /v1/cameras."""

import shutil
import subprocess

import orjson
import pytest
from sqlalchemy import select

from app.db.models import AuditEntry
from app.domain.vocabulary import ZoneKind
from app.places.camera_import import import_cameras
from app.places.zone_import import import_zones
from app.records import place_schemas as schemas
from tests.conftest import skip_or_fail
from tests.places.conftest import collection, square
from tests.records.test_link_reviews import problem

ROWS = "\n".join(
    [
        "external_id,name,longitude,latitude,address,direction_deg,contact",
        "k1,Center & 5th,-87.94,43.01,500 W CENTER_ST,90,Rosalind Okonkwo 414-555-0199",
        "k2,Depot,-87.95,43.02,,,",
        "k3,Bridge,-88.2,43.3,1 LAKE DR,,",
    ]
).encode()


def only_reading(service):
    """The header of a key that may read places and not change them."""
    return {"authorization": f"Bearer {service.key('analyst', scopes=['places:read'])}"}


@pytest.fixture
def mapped(service):
    zones = [square(number, f"Zone {number}", colour="red", nested={"a": 1}) for number in range(5)]
    with service.database.write() as session:
        import_zones(
            session,
            orjson.dumps(collection(*zones)),
            kind=ZoneKind.DISTRICT,
            name_property=None,
            actor="test",
            now=service.clock(),
        )
        import_cameras(session, ROWS, actor="test", now=service.clock())
    return service


def test_zones(mapped):
    answer = mapped.get("/v1/zones")
    schemas.ZoneList.model_validate_json(answer.content, strict=True)
    assert answer.headers["cache-control"] == "private, no-cache"
    zones = answer.json()["zones"]
    assert [zone["name"] for zone in zones] == [f"Zone {number}" for number in range(5)]
    assert zones[0]["geometry"]["type"] == "Polygon"
    for limit in (1, 2, 3, 5):
        assert mapped.all_pages(f"/v1/zones?limit={limit}", "zones") == zones
    assert mapped.get("/v1/zones?kind=beat").json()["zones"] == []
    assert len(mapped.get("/v1/zones?kind=beat,district").json()["zones"]) == 5
    assert [zone["id"] for zone in mapped.get("/v1/zones?q=zONE 3").json()["zones"]] == ["4"]
    features = mapped.get("/v1/zones?f=geojson").json()["features"]
    assert features[0]["geometry"] == zones[0]["geometry"]
    assert features[0]["properties"]["name"] == "Zone 0"
    tag = answer.headers["etag"]
    assert mapped.get("/v1/zones", headers={"if-none-match": tag}).status_code == 304


def test_cameras(mapped):
    answer = mapped.get("/v1/cameras")
    schemas.CameraList.model_validate_json(answer.content, strict=True)
    cameras = answer.json()["cameras"]
    assert [camera["external_id"] for camera in cameras] == ["k1", "k2", "k3"]
    for limit in (1, 2, 3):
        assert mapped.all_pages(f"/v1/cameras?limit={limit}", "cameras") == cameras
    for query, expected in (
        ("near=-87.94,43.01,2000", ["k1", "k2"]),
        ("bbox=-88.5,43.2,-88,43.5", ["k3"]),
        ("q=depot", ["k2"]),
        ("q=center_st", ["k1"]),
    ):
        found = mapped.get(f"/v1/cameras?{query}").json()["cameras"]
        assert [camera["external_id"] for camera in found] == expected, query
    feature = mapped.get("/v1/cameras?f=geojson").json()["features"][0]
    assert feature["geometry"] == {"type": "Point", "coordinates": [-87.94, 43.01]}


def test_whom_to_ask_is_for_those_who_may_change_places(mapped):
    reader = only_reading(mapped)
    for form in ("json", "geojson"):
        seen = mapped.get(f"/v1/cameras?f={form}", None, headers=reader)
        assert seen.status_code == 200
        assert "Okonkwo" not in seen.text
        answer = mapped.get(f"/v1/cameras?f={form}")
        assert "Okonkwo" in answer.text
        assert answer.headers["cache-control"] == "private, no-store"
    assert mapped.get("/v1/cameras?q=Okonkwo", None, headers=reader).json()["cameras"] == []


def test_wrong_parameters(mapped):
    for query in ("kind=park", "bbox=0,0,1,1", "sort=name", "f=csv", "limit=0", "cursor=x", "zone=1"):
        assert mapped.get(f"/v1/zones?{query}").status_code == 400, query
    for query in ("kind=beat", "near=1,2", "fields=owner", "f=csv"):
        assert mapped.get(f"/v1/cameras?{query}").status_code == 400, query
    assert mapped.get("/v1/zones", headers={"accept": "text/csv"}).status_code == 406


@pytest.mark.gdal
def test_gdal_reads_them(mapped, tmp_path):
    if shutil.which("ogrinfo") is None:
        skip_or_fail("gdal", "there is no ogrinfo")
    for name, count, kind in (("zones", 5, "Polygon"), ("cameras", 3, "Point")):
        file = tmp_path / f"{name}.geojson"
        file.write_bytes(mapped.get(f"/v1/{name}?f=geojson").content)
        command = ["ogrinfo", "-al", "-so", str(file)]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        assert f"Feature Count: {count}" in said
        assert f"Geometry: {kind}" in said


def test_zones_are_taken_in_as_from_a_file(service):
    document = collection(square(0, "A", valid_from="2026-06-01"), square(1, "B"), square(2, None))
    answer = service.send("/v1/zones?kind=coverage", "analyst", document)
    assert answer.status_code == 200, answer.text
    schemas.PlacesTaken.model_validate_json(answer.content, strict=True)
    taken = answer.json()
    assert (taken["new"], taken["rejected"], taken["name_property"]) == (2, 1, "NAME")
    assert taken["errors"] == ["place 3: it has no name under 'NAME'"]
    zones = service.get("/v1/zones?kind=coverage").json()["zones"]
    assert [(zone["valid_from"], zone["valid_to"]) for zone in zones] == [
        ("2026-06-01T00:00:00.000Z", None),
        (None, None),
    ]
    again = service.send("/v1/zones?kind=coverage", "admin", document).json()
    assert (again["new"], again["unchanged"]) == (0, 2)
    one = service.send("/v1/zones?kind=beat&name=NAME", "analyst", square(0, "A"))
    assert one.json()["new"] == 1
    with service.database.read() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "zones.import")).all()
    assert [entry.target for entry in entries] == ["zones:coverage", "zones:beat"]
    assert all(entry.actor.startswith("key:") for entry in entries)


def test_cameras_are_taken_in_as_from_a_file(service):
    listed = [{"external_id": "k1", "longitude": -87.94, "latitude": 43.01, "owner": "city"}, 7]
    answer = service.send("/v1/cameras", "analyst", listed)
    assert answer.status_code == 200, answer.text
    schemas.PlacesTaken.model_validate_json(answer.content, strict=True)
    assert (answer.json()["new"], answer.json()["rejected"]) == (1, 1)
    point = {"type": "Point", "coordinates": [-87.95, 43.01]}
    moved = {"type": "Feature", "properties": {"external_id": "k1", "owner": "city"}, "geometry": point}
    assert service.send("/v1/cameras", "analyst", moved).json()["changed"] == 1
    (camera,) = service.get("/v1/cameras").json()["cameras"]
    assert (camera["longitude"], camera["properties"]) == (-87.95, {"owner": "city"})


@pytest.mark.parametrize(
    ("path", "document", "status", "kind"),
    [
        ("/v1/zones", collection(square(0, "A")), 400, "invalid-parameter"),
        ("/v1/zones?kind=park", collection(square(0, "A")), 400, "invalid-parameter"),
        ("/v1/zones?kind=beat&name=X", collection(square(0, "A")), 400, "invalid-parameter"),
        ("/v1/zones?kind=beat", collection(square(0, "A", valid_to="x")), 422, "unusable-record"),
        ("/v1/zones?kind=beat", [square(0, "A")], 400, "malformed-body"),
        ("/v1/zones?kind=beat", b"{", 400, "malformed-body"),
        ("/v1/zones?kind=beat", b" " * 10_000_001, 413, "too-large"),
        ("/v1/cameras", [{"external_id": "k1"}], 422, "unusable-record"),
        ("/v1/cameras", b"external_id\nk1\n", 400, "malformed-body"),
        ("/v1/cameras", b"[NaN]", 400, "malformed-body"),
        ("/v1/cameras?kind=x", [], 400, "invalid-parameter"),
    ],
)
def test_places_that_cannot_be_taken_in(still, path, document, status, kind):
    problem(still.send(path, "analyst", document), status, kind)
