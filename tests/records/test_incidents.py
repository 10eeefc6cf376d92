"""GET /v1/incidents/{id}, and that lists, details and the OpenAPI document tell the same."""

import orjson
import pytest

from app.records import schemas
from tests.records.conftest import CALLER, NARRATIVE, PHONE


def test_an_incident_shows_its_calls_with_their_evidence(still):
    shown = still.get("/v1/incidents/2").json()
    schemas.Incident.model_validate_json(orjson.dumps(shown), strict=True)
    assert shown["verdict"] == "reported"
    assert [call["nature_code"] for call in shown["calls"]] == ["SHOTS FIRED"]
    (call,) = shown["calls"]
    assert call["decision"] == "automatic"
    terms = sum(call["evidence"][name] for name in ("prior", "time", "distance", "nature", "background"))
    assert terms == pytest.approx(call["evidence"]["total"])
    assert call["evidence"]["live_factor"] == 1.0
    assert call["without"]["decisive"] is True
    assert call["without"]["probability_reported"] < 0.01
    assert shown["cad_records"] == [
        {
            "external_id": "c-9",
            "dispatched_at": "2026-07-01T05:01:40.000Z",
            "arrived_at": "2026-07-01T05:06:40.000Z",
        }
    ]
    assert [change["verdict"] for change in shown["history"]] == ["reported"]


def test_it_is_found_by_its_number_too(still):
    assert still.get("/v1/incidents/2026-000002").json() == still.get("/v1/incidents/2").json()


def test_a_viewer_sees_counts_in_the_place_of_calls(still):
    answer = still.get("/v1/incidents/2", "viewer")
    shown = answer.json()
    assert "calls" not in shown
    assert "cad_records" not in shown
    assert (shown["call_count"], shown["cad_record_count"]) == (1, 1)
    assert answer.headers["cache-control"] == "private, no-cache"
    assert "c-9" not in answer.text
    full = still.get("/v1/incidents/2")
    assert full.headers["cache-control"] == "private, no-store"
    assert {name: full.json()[name] for name in shown} == shown


@pytest.mark.parametrize(
    "named", ["99", "abc", "2026-999999", "-1", "1.0", "٣", "9" * 40, "%00", "1%00", "2026-000002%00x"]
)
def test_what_is_no_incident_is_not_found(still, named):
    answer = still.get(f"/v1/incidents/{named}")
    assert answer.status_code == 404, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_one_as_geojson_has_no_people_in_it(still):
    for who in ("analyst", "viewer"):
        answer = still.get("/v1/incidents/2", who, headers={"accept": "application/geo+json"})
        assert answer.headers["content-type"] == "application/geo+json"
        shown = answer.json()
        assert (shown["type"], shown["id"]) == ("Feature", "2")
        assert shown["geometry"]["type"] == "Point"
        assert "calls" not in shown["properties"]


def test_an_incident_without_a_position_has_no_geometry(still):
    assert still.get("/v1/incidents/6?f=geojson").json()["geometry"] is None


@pytest.mark.parametrize("query", ["as_of=2026-07-01", "f=csv", "f=xml", "x=1"])
def test_parameters_of_one_are_checked(still, query):
    answer = still.get(f"/v1/incidents/2?{query}")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == f"/query/{query.partition('=')[0]}"


@pytest.mark.parametrize(
    "path", ["/v1/incidents", "/v1/incidents/1", "/v1/incidents/2", "/v1/incidents?f=geojson"]
)
@pytest.mark.parametrize("who", ["viewer", "analyst", "admin:pii"])
def test_nothing_tells_who_called(still, path, who):
    text = still.get(path, who).text
    for secret in (CALLER, PHONE, NARRATIVE, "Thaddeus"):
        assert secret not in text


def test_the_list_shows_what_the_schema_says(still):
    schemas.IncidentList.model_validate_json(still.get("/v1/incidents").content, strict=True)
    assert set(still.get("/v1/incidents").json()["incidents"][0]) == set(schemas.IncidentSummary.model_fields)
