"""GET /v1/incidents/{id}/cameras: the nearest, in view or not, the span to pull, as JSON and CSV."""

import csv
import io
import random

import pytest
from geographiclib.geodesic import Geodesic
from sqlalchemy import insert, update

from app.db.models import Camera, Incident
from app.domain.geodesy import geodesic_m
from app.incidents.cameras import CAMERA_COLUMNS
from app.records.work_schemas import NearCameras
from tests.records.conftest import HOME, alert, at
from tests.records.test_link_reviews import problem


def put(service, *cameras):
    """Cameras by metres and bearing from alert 3 (incident 4), with what is known of each."""
    rows = []
    for number, (metres, bearing, known) in enumerate(cameras):
        home = known.pop("home", (HOME[0] + 3 / 1000, HOME[1]))
        there = Geodesic.WGS84.Direct(home[1], home[0], bearing, metres)
        rows.append(
            {
                "external_id": f"cam-{number}",
                "name": f"Camera {number}",
                "longitude": there["lon2"],
                "latitude": there["lat2"],
                "address": None,
                "direction_deg": None,
                "field_of_view_deg": None,
                "range_m": None,
                "retention_h": None,
                "contact": None,
                "properties": {},
                "updated_at": service.clock(),
                **known,
            }
        )
    with service.database.write() as session:
        session.execute(insert(Camera), rows)


def ask(service, incident=4, query="", who="analyst"):
    answer = service.get(f"/v1/incidents/{incident}/cameras{query}", who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    NearCameras.model_validate_json(answer.content, strict=True)
    return answer.json()


def names(document):
    return [camera["external_id"] for camera in document["cameras"]]


def test_the_nearest_four_with_all_there_is_to_know(night):
    sees = {"direction_deg": 180.0, "field_of_view_deg": 90.0, "range_m": 400.0}
    put(
        night,
        (200, 0, {**sees, "retention_h": 72.0, "contact": "video desk"}),
        (100, 90, {**sees, "direction_deg": 90.0}),
        (300, 180, {}),
        (6_000, 0, {}),
        (50_000, 0, {}),
    )
    document = ask(night)
    assert names(document) == ["cam-1", "cam-0", "cam-2", "cam-3"]
    started = at(3 * 7200)[:19]
    assert started == "2026-07-01T09:00:00"
    assert document["pull_from"] == "2026-07-01T08:55:00.000Z"
    assert document["pull_through"] == "2026-07-01T09:15:00.000Z"
    assert document["reason"] is None
    (position,) = document["positions"]
    assert (position["uncertainty_m"], position["uncertainty_assumed"]) == (25.0, False)
    second = document["cameras"][1]
    assert (second["distance_m"], second["bearing_deg"], second["in_view"]) == (200.0, 180.0, "yes")
    assert second["pull_before"] == "2026-07-04T08:55:00.000Z"
    assert second["contact"] == "video desk"
    assert [camera["in_view"] for camera in document["cameras"]] == ["no", "yes", None, None]
    assert document["cameras"][0]["pull_before"] is None
    assert document["cameras"][0]["off_travel_deg"] is None
    assert ask(night, "2026-000004") == document


def test_the_uncertainty_of_the_place_is_taken_into_account(night):
    put(night, (200, 0, {"direction_deg": 180.0, "field_of_view_deg": 10.0, "range_m": 400.0}))
    assert ask(night)["cameras"][0]["in_view"] == "possibly"
    night.post("/v1/alerts/sensors", "vendor", alert(3, rounds=3, uncertainty_m=1, revision=2))
    night.judge()
    assert ask(night)["cameras"][0]["in_view"] == "yes"
    told = alert(3, rounds=3, revision=3)
    del told["uncertainty_m"]
    night.post("/v1/alerts/sensors", "vendor", told)
    night.judge()
    document = ask(night)
    assert document["positions"][0]["uncertainty_assumed"] is True
    assert document["positions"][0]["uncertainty_m"] > 0
    assert document["cameras"][0]["in_view"] == "possibly"


def test_limit_and_radius(night):
    put(night, *((50 * (number + 1), 37 * number, {}) for number in range(30)))
    assert len(ask(night)["cameras"]) == 4
    assert len(ask(night, query="?limit=7")["cameras"]) == 7
    assert len(ask(night, query="?radius=1001")["cameras"]) == 20
    assert len(ask(night, query="?radius=999")["cameras"]) == 19
    assert names(ask(night, query="?radius=1001&limit=2")) == ["cam-0", "cam-1"]
    spans = ask(night, query="?before_s=0&after_s=60")
    assert spans["pull_from"] == "2026-07-01T09:00:00.000Z"
    assert spans["cameras"][0]["pull_through"] == "2026-07-01T09:01:00.000Z"


@pytest.mark.parametrize("home", [(179.9999, -16.5), (-180.0, 65.0), (25.0, 78.2), (10.0, 89.9)])
def test_the_nearest_are_those_that_a_look_at_all_finds(night, home):
    draw = random.Random(1)
    put(night, *((draw.uniform(0, 9_000), draw.uniform(0, 360), {"home": home}) for _ in range(60)))
    night.post(
        "/v1/alerts/sensors",
        "vendor",
        alert(3, rounds=3, longitude=home[0], latitude=home[1], revision=2),
    )
    night.judge()
    with night.database.read() as session:
        rows = session.query(Camera).all()
    distances = sorted((geodesic_m(*home, row.longitude, row.latitude), row.external_id) for row in rows)
    for limit in (1, 4, 40):
        assert names(ask(night, query=f"?limit={limit}")) == [name for _, name in distances[:limit]]
    within = [name for metres, name in distances if metres <= 3000]
    assert names(ask(night, query="?radius=3000")) == within


def test_the_direction_of_travel(night):
    put(night, (200, 90, {}), (300, 180, {}))
    moving = alert(3, rounds=3, revision=2, direction_deg=80, speed_mps=12)
    night.post("/v1/alerts/sensors", "vendor", moving)
    night.judge()
    document = ask(night)
    assert document["positions"][0]["direction_deg"] == 80
    assert document["positions"][0]["speed_mps"] == 12
    assert [camera["off_travel_deg"] for camera in document["cameras"]] == [10.0, 100.0]


def test_of_several_alerts_the_nearest_counts_and_any_that_is_in_view(night):
    second = Geodesic.WGS84.Direct(HOME[1], HOME[0] + 3 / 1000, 90.0, 250.0)
    night.post(
        "/v1/alerts/sensors",
        "vendor",
        alert(
            3,
            external_id="a-3b",
            started_at=at(3 * 7200 + 30),
            longitude=second["lon2"],
            latitude=second["lat2"],
        ),
    )
    night.judge()
    sight = {"direction_deg": 248.2, "field_of_view_deg": 30.0, "range_m": 400.0}
    put(night, (269.26, 68.2, sight), (650, 90, {**sight, "direction_deg": 0.0}))
    document = ask(night)
    assert len(document["positions"]) == 2
    assert document["pull_through"] == "2026-07-01T09:15:30.000Z"
    assert [camera["distance_m"] for camera in document["cameras"]] == [100.0, 400.0]
    assert document["cameras"][0]["bearing_deg"] == 180.0, "the second alert lies south of it"
    assert [camera["in_view"] for camera in document["cameras"]] == ["yes", "no"], "it sees the first one"


def test_the_list_to_hand_over(night):
    put(night, (10, 0, {"name": "=EVIL()", "retention_h": 24.0}), (20, 0, {}))
    answer = night.get("/v1/incidents/4/cameras?f=csv")
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert tuple(rows[0]) == CAMERA_COLUMNS
    assert set(CAMERA_COLUMNS) == set(ask(night)["cameras"][0])
    assert rows[0]["name"] == "'=EVIL()"
    assert rows[0]["incident_number"] == "2026-000004"
    assert rows[0]["pull_before"] == "2026-07-02T08:55:00.000Z"
    assert rows[1]["pull_before"] == ""
    by_accept = night.get("/v1/incidents/4/cameras", headers={"accept": "text/csv"})
    assert by_accept.text == answer.text


def test_without_cameras_and_without_a_position_it_says_why(night):
    document = ask(night)
    assert (document["cameras"], document["reason"]) == ([], "There is no camera within 100,000 m.")
    assert ask(night, query="?radius=50")["reason"] == "There is no camera within 50 m."
    with night.database.read() as session:
        nowhere = session.query(Incident).where(Incident.longitude.is_(None)).one().id
    put(night, (10, 0, {}))
    document = ask(night, nowhere)
    assert (document["cameras"], document["positions"]) == ([], [])
    assert document["reason"] == "The incident has no position."
    empty = night.get(f"/v1/incidents/{nowhere}/cameras?f=csv").text
    assert empty.strip() == ",".join(CAMERA_COLUMNS)


def test_contacts_are_for_those_who_may_change_places(night):
    put(night, (10, 0, {"contact": "Ms Doe"}))
    scopes = ["incidents:read", "places:read"]
    bearer = {"authorization": f"Bearer {night.key('analyst', scopes=scopes)}"}
    answer = night.client.get("/v1/incidents/4/cameras", headers=bearer)
    assert answer.json()["cameras"][0]["contact"] is None
    bearer = {"authorization": f"Bearer {night.key('analyst', scopes=['places:read'])}"}
    assert night.client.get("/v1/incidents/4/cameras", headers=bearer).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=1001", "limit=x", "radius=0", "radius=100001", "radius=1.5", "radius=nan"),
        *("before_s=-1", "before_s=86401", "after_s=1e3", "f=geojson", "limit=4&limit=5", "nix=1"),
    ],
)
def test_wrong_parameters(still, query):
    problem(still.get(f"/v1/incidents/4/cameras?{query}"), 400, "invalid-parameter")


@pytest.mark.parametrize("named", ["99", "abc", "-1", "%00", "9" * 40])
def test_an_unknown_incident(still, named):
    problem(still.get(f"/v1/incidents/{named}/cameras"), 404, "not-found")


def test_a_merged_incident_leads_to_the_survivor(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=4))
    answer = night.get("/v1/incidents/3/cameras?limit=2")
    assert (answer.status_code, answer.headers["location"]) == (308, "/v1/incidents/4/cameras?limit=2")
