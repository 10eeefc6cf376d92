"""GET /v1/incidents/{id}/timeline: everything once, in order, with who said so, and nothing of callers."""

import pytest
from sqlalchemy import insert, update

from app.adapters import preset_text
from app.db.models import FollowUp, FollowUpChange, Incident
from app.domain.time import parse_instant
from app.domain.vocabulary import SourceKind, TimelineKind
from app.records.work_schemas import Timeline
from tests.feeds import add_feed
from tests.records.conftest import CALLER, HOME, NARRATIVE, PHONE, alert, at, call
from tests.records.test_link_reviews import CONFIRMED, id_of_call, link, problem


def timeline(service, incident, who="analyst"):
    answer = service.get(f"/v1/incidents/{incident}/timeline", who)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    Timeline.model_validate_json(answer.content, strict=True)
    document = answer.json()
    for secret in (CALLER, PHONE, NARRATIVE, "caller", "narrative"):
        assert secret not in answer.text
    times = [entry["at"] for entry in document["timeline"]]
    assert times == sorted(times)
    return document["timeline"]


def told(entries, *kinds):
    return [entry for entry in entries if entry["kind"] in kinds]


@pytest.fixture
def busy(night):
    """Incident 2: a reported one with a record of its own, revised, reviewed, followed up."""
    shots = [{"offset_s": 0.0, "longitude": HOME[0], "latitude": HOME[1]}, {"offset_s": 0.75}]
    night.post(
        "/v1/alerts/sensors",
        "vendor",
        alert(
            1,
            rounds=12,
            revision=5,
            published_at=at(7230),
            shots=shots,
            shots_provenance="forensic_report",
        ),
    )
    night.post("/v1/alerts/sensors", "vendor", alert(1, rounds=9, revision=4))
    night.judge()
    for word in ("rejected", "automatic"):
        night.clock.advance(10)
        assert night.send(link(2, id_of_call(night, "c-2")), "analyst", {"decision": word}).status_code == 200
    night.clock.advance(10)
    night.send("/v1/incidents/2/disposition", "analyst", {"disposition": "confirmed", "note": "porch"})
    with night.database.write() as session:
        session.execute(
            insert(FollowUp).values(
                id=1,
                incident_id=2,
                alert_id=2,
                kind="canvass",
                state="open",
                results={},
                is_touched=True,
                created_by="key:1",
                created_at=night.clock(),
                updated_at=night.clock(),
            )
        )
        session.execute(
            insert(FollowUpChange).values(
                follow_up_id=1, actor="key:1", changed_at=night.clock(), fields={"state": "open"}
            )
        )
    return night


def test_all_of_it_in_order(busy):
    entries = timeline(busy, 2)
    assert [entry["kind"] for entry in entries] == [
        *("shot", "shot", "alert_published", "call", "dispatched", "arrived"),
        *("alert_stored", "alert_revised", "alert_not_applied", "verdict"),
        *("decision", "decision", "disposition", "follow_up"),
    ]
    assert {entry["kind"] for entry in entries} <= set(TimelineKind)
    first, second = told(entries, "shot")
    assert (first["offset_s"], second["offset_s"]) == (0.0, 0.75)
    assert first["details"] == {
        "number": 1,
        "longitude": HOME[0],
        "latitude": HOME[1],
        "provenance": "forensic_report",
    }
    assert second["details"]["longitude"] is None, "a place that nobody told is none"
    assert first["source"] == "sensors"
    (called,) = told(entries, "call")
    assert (called["source"], called["offset_s"]) == ("dispatch", 90.0)
    assert called["details"]["lag_s"] == 90.0
    assert called["details"]["decision"] == "automatic"
    assert called["record"] == {"type": "call", "id": id_of_call(busy, "c-2")}
    dispatched, arrived = told(entries, "dispatched", "arrived")
    assert (dispatched["offset_s"], arrived["offset_s"]) == (100.0, 400.0)
    assert dispatched["record"] == {"type": "cad_record", "id": id_of_call(busy, "c-9")}
    stored, revised, late = told(entries, "alert_stored", "alert_revised", "alert_not_applied")
    assert (stored["details"]["revision"], stored["source"]) == (None, "earshot")
    assert (revised["details"]["revision"], revised["details"]["rounds"]) == (5, 12)
    assert (late["details"]["outcome"], late["details"]["rounds"]) == ("stale", 9)
    assert [entry["details"]["decision"] for entry in told(entries, "decision")] == ["rejected", "automatic"]
    (found,) = told(entries, "disposition")
    assert found["details"] == {"disposition": "confirmed", "note": "porch", "evidence": {}} | {
        "evidence_position": None
    }
    assert found["source"].startswith("key:")
    assert told(entries, "follow_up")[0]["details"] == {"kind": "canvass", "state": "open"}
    assert timeline(busy, "2026-000002") == entries


def test_changes_of_the_verdict(night):
    night.send(link(1, id_of_call(night, "c-1")), "analyst", {"decision": "rejected"})
    night.clock.advance(60)
    night.judge()
    verdicts = told(timeline(night, 1), "verdict")
    assert [entry["details"]["verdict"] for entry in verdicts] == ["reported", "unreported"]
    assert all(entry["details"]["rules_version"].startswith("r-") for entry in verdicts)


def test_a_retraction(night):
    entries = timeline(night, 7)
    kinds = [entry["kind"] for entry in entries]
    assert kinds == ["shot", "alert_stored", "alert_retracted", "verdict"]
    assert entries[-1]["details"]["verdict"] == "withdrawn"


def test_what_followed_from_a_call_that_reports_something_else_is_not_told(night):
    late = call(30, 3, received_at=at(3 * 7200 + 800), nature="other", dispatched_at=at(3 * 7200 + 820))
    night.post("/v1/calls/dispatch", "cad", {**late, "origin": "citizen"})
    night.judge()
    entries = timeline(night, 4)
    assert told(entries, "dispatched") == []
    sure = {**call(31, 3), "dispatched_at": at(3 * 7200 + 130)}
    night.post("/v1/calls/dispatch", "cad", sure)
    night.judge()
    assert [entry["offset_s"] for entry in told(timeline(night, 4), "dispatched")] == [130.0]
    rejected = id_of_call(night, "c-31")
    night.send(link(4, rejected), "analyst", {"decision": "rejected"})
    night.judge()
    after = timeline(night, 4)
    assert told(after, "dispatched") == []
    assert "rejected" in [entry["details"]["decision"] for entry in told(after, "call")]


def test_a_decision_about_several_alerts_is_one_entry(night):
    night.post("/v1/alerts/sensors", "vendor", alert(0, external_id="a-0b", started_at=at(5)))
    night.judge()
    night.send(link(1, id_of_call(night, "c-1")), "analyst", CONFIRMED)
    night.send(link(1, id_of_call(night, "c-1")), "admin", {"decision": "rejected"})
    decisions = told(timeline(night, 1), "decision")
    assert sorted(entry["details"]["decision"] for entry in decisions) == ["confirmed", "rejected"]


def test_a_clock_that_is_off_is_put_right(night):
    with night.database.write() as session:
        add_feed(
            session,
            "fast",
            SourceKind.ALERTS,
            "clock_offset_s = 20\n" + preset_text("generic-alerts-json"),
            now=night.clock(),
        )
    from app.access.keys import create_key
    from app.domain.vocabulary import Role

    with night.database.write() as session:
        key = create_key(
            session,
            role=Role.VENDOR,
            source_name="fast",
            name=None,
            scopes=None,
            expires_at=None,
            actor="test",
            now=night.clock(),
        )
    answer = night.client.post(
        "/v1/alerts/fast",
        json=alert(40, started_at=at(280_020), published_at=at(280_050)),
        headers={"authorization": f"Bearer {key}"},
    )
    assert answer.status_code == 202, answer.text
    night.judge()
    incident = night.get(f"/v1/alerts/{answer.json()['id']}").json()["incident_id"]
    shot, published = told(timeline(night, incident), "shot", "alert_published")
    assert parse_instant(shot["at"]) == parse_instant(at(280_000))
    assert parse_instant(shot["told_at"]) == parse_instant(at(280_020))
    assert (shot["offset_s"], published["offset_s"]) == (0.0, 30.0)


def test_the_same_twice(busy):
    assert timeline(busy, 2) == timeline(busy, 2)


@pytest.mark.parametrize("named", ["99", "abc", "-1", "%00", "9" * 5000])
def test_an_unknown_incident(still, named):
    problem(still.get(f"/v1/incidents/{named}/timeline"), 404, "not-found")


def test_a_merged_incident_leads_to_the_survivor(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=4))
    answer = night.get("/v1/incidents/3/timeline")
    assert (answer.status_code, answer.headers["location"]) == (308, "/v1/incidents/4/timeline")


def test_a_stray_parameter(still):
    problem(still.get("/v1/incidents/1/timeline?limit=3"), 400, "invalid-parameter")


@pytest.mark.parametrize("scopes", [["incidents:read", "calls:read"], ["incidents:review"]])
def test_it_needs_both_scopes(night, scopes):
    bearer = {"authorization": f"Bearer {night.key('analyst', scopes=scopes)}"}
    assert night.client.get("/v1/incidents/1/timeline", headers=bearer).status_code == 403
