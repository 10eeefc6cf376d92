"""What lists and details show while incidents change, on both databases."""

from sqlalchemy import update

from app.db.models import Incident
from tests.records.conftest import alert, at


def test_what_comes_while_one_pages_moves_nothing(night):
    first = night.get("/v1/incidents?limit=3").json()
    night.post("/v1/alerts/sensors", "vendor", alert(20))
    night.judge()
    second = night.get(first["links"]["next"]).json()
    assert [item["id"] for item in second["incidents"]] == ["5", "4", "3"]


def test_a_change_makes_another_tag(night):
    tags = {form: night.get(f"/v1/incidents?f={form}").headers["etag"] for form in ("json", "geojson", "csv")}
    night.post("/v1/alerts/sensors", "vendor", alert(21))
    night.judge()
    for form, tag in tags.items():
        answer = night.get(f"/v1/incidents?f={form}", headers={"if-none-match": tag})
        assert (answer.status_code, answer.headers["etag"] == tag) == (200, False)


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
