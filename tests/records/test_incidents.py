"""GET /v1/incidents/{id}, and that lists, details and the OpenAPI document tell the same."""

import orjson
import pytest
from app.db.models import Incident
from app.records import schemas
from sqlalchemy import update

from tests.records.conftest import CALLER, NARRATIVE, PHONE, alert, at


def test_an_incident_shows_its_calls_with_their_evidence(night):
    shown = night.get("/v1/incidents/2").json()
    schemas.Incident.model_validate_json(orjson.dumps(shown), strict=True)
    assert shown["verdict"] == "reported"
    assert [call["nature_code"] for call in shown["calls"]] == ["SHOTS FIRED"]
    evidence = shown["calls"][0]["evidence"]
    terms = sum(value for name, value in evidence.items() if name != "total")
    assert terms == pytest.approx(evidence["total"])
    assert shown["cad_records"] == [
        {
            "external_id": "c-9",
            "dispatched_at": "2026-07-01T05:01:40.000Z",
            "arrived_at": "2026-07-01T05:06:40.000Z",
        }
    ]
    assert [change["verdict"] for change in shown["history"]] == ["reported"]


def test_it_is_found_by_its_number_too(night):
    assert night.get("/v1/incidents/2026-000002").json() == night.get("/v1/incidents/2").json()


def test_calls_come_most_likely_first(night):
    more = [
        {"external_id": f"d-{lag}", "received_at": at(7200 + lag), "longitude": -87.939, "latitude": 43.01}
        | {"line": "911", "nature": "shots_fired", "origin": "citizen", "uncertainty_m": 50}
        for lag in (400, 30, 700)
    ]
    night.post("/v1/calls/dispatch", "cad", more)
    night.judge()
    shown = [call["probability"] for call in night.get("/v1/incidents/2").json()["calls"]]
    assert len(shown) == 4
    assert shown == sorted(shown, reverse=True)


def test_the_history_tells_every_verdict(night):
    late = {"external_id": "late", "received_at": at(4 * 7200 + 60), "longitude": -87.936, "latitude": 43.01}
    night.clock.advance(60)
    night.post(
        "/v1/calls/dispatch", "cad", late | {"line": "911", "nature": "shots_fired", "origin": "citizen"}
    )
    night.judge()
    history = night.get("/v1/incidents/5").json()["history"]
    assert [change["verdict"] for change in history] == ["unreported", "reported"]
    assert history[0]["decided_at"] < history[1]["decided_at"]


def test_a_viewer_sees_counts_in_the_place_of_calls(night):
    answer = night.get("/v1/incidents/2", "viewer")
    shown = answer.json()
    assert "calls" not in shown
    assert "cad_records" not in shown
    assert (shown["call_count"], shown["cad_record_count"]) == (1, 1)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "c-9" not in answer.text
    full = night.get("/v1/incidents/2")
    assert full.headers["cache-control"] == "private, no-store"
    assert {name: full.json()[name] for name in shown} == shown


@pytest.mark.parametrize(
    "named", ["99", "abc", "2026-999999", "-1", "1.0", "٣", "9" * 40, "%00", "1%00", "2026-000002%00x"]
)
def test_what_is_no_incident_is_not_found(night, named):
    answer = night.get(f"/v1/incidents/{named}")
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_merged_incident_leads_to_the_survivor_of_the_chain(night):
    with night.database.write() as session:
        for merged, survivor in ((3, 4), (4, 5)):
            session.execute(update(Incident).where(Incident.id == merged).values(merged_into_id=survivor))
    answer = night.get("/v1/incidents/3?f=geojson", "viewer")
    assert answer.status_code == 308
    assert answer.headers["location"] == "/v1/incidents/5?f=geojson"
    assert night.get(answer.headers["location"]).json()["id"] == "5"
    assert night.get("/v1/incidents/2026-000003").headers["location"] == "/v1/incidents/5"
    listed = {item["id"] for item in night.get("/v1/incidents").json()["incidents"]}
    assert listed == {"1", "2", "5", "6", "7", "8"}


def test_a_merge_by_the_worker_redirects(service):
    service.post("/v1/alerts/sensors", "vendor", [alert(0), alert(0, external_id="b", started_at=at(100))])
    service.judge()
    assert len(service.get("/v1/incidents").json()["incidents"]) == 2
    service.post("/v1/alerts/sensors", "vendor", alert(0, external_id="between", started_at=at(50)))
    service.judge()
    listed = service.get("/v1/incidents").json()["incidents"]
    assert [len(item["alerts"]) for item in listed] == [3]
    merged = {"1", "2"} - {listed[0]["id"]}
    answer = service.get(f"/v1/incidents/{merged.pop()}")
    assert (answer.status_code, answer.headers["location"]) == (308, f"/v1/incidents/{listed[0]['id']}")


def test_one_as_geojson_has_no_people_in_it(night):
    for who in ("analyst", "viewer"):
        answer = night.get("/v1/incidents/2", who, headers={"accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        shown = answer.json()
        assert (shown["type"], shown["id"]) == ("Feature", "2")
        assert shown["geometry"]["type"] == "Point"
        assert "calls" not in shown["properties"]


def test_an_incident_without_a_position_has_no_geometry(night):
    assert night.get("/v1/incidents/6?f=geojson").json()["geometry"] is None


@pytest.mark.parametrize("query", ["as_of=2026-07-01T00:00:00Z", "f=csv", "f=xml", "x=1"])
def test_parameters_of_one_are_checked(night, query):
    answer = night.get(f"/v1/incidents/2?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/query/{query.partition('=')[0]}"


@pytest.mark.parametrize(
    "path", ["/v1/incidents", "/v1/incidents/1", "/v1/incidents/2", "/v1/incidents?f=geojson"]
)
@pytest.mark.parametrize("who", ["viewer", "analyst", "admin:pii"])
def test_nothing_tells_who_called(night, path, who):
    text = night.get(path, who).text
    for secret in (CALLER, PHONE, NARRATIVE, "Thaddeus"):
        assert secret not in text


def test_the_list_shows_what_the_schema_says(night):
    schemas.IncidentList.model_validate_json(night.get("/v1/incidents").content, strict=True)
    assert set(night.get("/v1/incidents").json()["incidents"][0]) == set(schemas.IncidentSummary.model_fields)
