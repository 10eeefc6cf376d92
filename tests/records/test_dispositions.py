"""POST /v1/incidents/{id}/disposition: what it takes, writes down, shows and refuses."""

from threading import Thread

import pytest
from sqlalchemy import func, select, update

from app.db.models import AuditEntry, DispositionAlert, DispositionChange, Event, Incident, VerdictChange
from app.events import store as event_store
from app.records import schemas
from app.records.work_schemas import DispositionReviewed
from tests.records.conftest import CALLER, NARRATIVE, PHONE
from tests.records.test_link_reviews import pointers, problem

CONFIRMED = {"disposition": "confirmed", "note": "on the porch", "evidence": {"casings": 4, "victims": 0}}
LAY = {"longitude": -87.9402, "latitude": 43.0101, "uncertainty_m": 5.0}


def path(incident):
    return f"/v1/incidents/{incident}/disposition"


def shown(service, incident, who="analyst"):
    answer = service.get(f"/v1/incidents/{incident}", who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(service):
    with service.database.read() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model))
            for model in (DispositionChange, DispositionAlert, AuditEntry, Event, VerdictChange)
        }


def test_a_disposition_is_answered_audited_and_told_in_one_transaction(night):
    night.key_of("analyst")
    before, earlier = counts(night), shown(night, 1)
    answer = night.send(path(1), "analyst", CONFIRMED)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    DispositionReviewed.model_validate_json(answer.content, strict=True)
    told = answer.json()
    assert told["actor"].startswith("key:")
    assert told == {
        "incident_id": "1",
        **CONFIRMED,
        "evidence_position": None,
        "decided_at": "2026-07-04T12:00:00.000Z",
        "actor": told["actor"],
    }
    after = counts(night)
    assert {name: after[name] - before[name] for name in after} == {
        "disposition_changes": 1,
        "disposition_alerts": 1,
        "audit_entries": 1,
        "events": 1,
        "verdict_changes": 0,
    }
    with night.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        event = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert (entry.action, entry.target, entry.actor) == ("incident.dispose", "incident:1", told["actor"])
    assert entry.detail == CONFIRMED
    assert (event.type, event.incident_id, event.historical) == ("incident.reviewed", 1, True)
    assert event.document["disposition"] == "confirmed"
    assert event.document["review"] == {"disposition": "confirmed", "evidence": CONFIRMED["evidence"]}
    assert "porch" not in str(event.document), "notes are for analysts"
    assert set(event.document) - {"review"} == set(night.get("/v1/incidents").json()["incidents"][0])
    for secret in (CALLER, PHONE, NARRATIVE):
        assert secret not in str(event.document)
    later = shown(night, 1)
    assert later["disposition"] == "confirmed"
    assert later["updated_at"] == told["decided_at"]
    for same in ("verdict", "probability_reported", "reason", "history", "calls", "decided_at"):
        assert later[same] == earlier[same]


def test_where_the_evidence_lay_stands_beside_what_was_counted(night):
    told = night.send(path(1), "analyst", {**CONFIRMED, "evidence_position": LAY}).json()
    DispositionReviewed.model_validate(told)
    assert (told["evidence"], told["evidence_position"]) == (CONFIRMED["evidence"], LAY)
    assert shown(night, 1)["disposition_history"] == [
        {name: value for name, value in told.items() if name != "incident_id"}
    ]
    timeline = night.get("/v1/incidents/1/timeline").json()["timeline"]
    (said,) = (entry["details"] for entry in timeline if entry["kind"] == "disposition")
    assert (said["evidence"], said["evidence_position"]) == (CONFIRMED["evidence"], LAY)
    with night.database.read() as session:
        event = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert event.document["review"] == {"disposition": "confirmed", "evidence": CONFIRMED["evidence"]}
    assert entry.detail == {**CONFIRMED, "evidence_position": LAY}
    nowhere = night.send(path(6), "analyst", {**CONFIRMED, "evidence_position": LAY})
    assert nowhere.status_code == 200, "an incident without a position can have evidence"


def test_every_word_stays_in_the_history_and_the_last_one_holds(night):
    words = [CONFIRMED, {"disposition": "unfounded"}, {"disposition": None, "note": "mixed up"}]
    for word in words:
        assert night.send(path("2026-000003"), "analyst", word).status_code == 200
        night.clock.advance(60)
    document = shown(night, 3)
    schemas.Incident.model_validate(document)
    assert document["disposition"] is None
    history = document["disposition_history"]
    assert [each["disposition"] for each in history] == ["confirmed", "unfounded", None]
    assert [each["note"] for each in history] == ["on the porch", None, "mixed up"]
    assert [each["evidence"] for each in history] == [CONFIRMED["evidence"], {}, {}]
    assert [each["decided_at"] for each in history] == sorted(each["decided_at"] for each in history)
    listed = night.get("/v1/incidents?disposition=none").json()["incidents"]
    assert "3" in [item["id"] for item in listed]


def test_the_worker_leaves_it_alone(night):
    night.send(path(3), "analyst", CONFIRMED)
    with night.database.write() as session:
        from app.db.models import Alert, Change

        times = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
        session.add(Change(kind="all", from_at=times[0], through_at=times[1]))
    night.judge()
    assert shown(night, 3)["disposition"] == "confirmed"
    assert night.get("/v1/incidents?disposition=confirmed").json()["incidents"][0]["id"] == "3"


def test_notes_are_for_analysts_only(night):
    night.send(path(1), "analyst", CONFIRMED)
    document = shown(night, 1, "viewer")
    assert document["disposition"] == "confirmed"
    assert "disposition_history" not in document
    bearer = {"authorization": f"Bearer {night.key('analyst', scopes=['incidents:read', 'calls:read'])}"}
    assert "disposition_history" not in night.client.get("/v1/incidents/1", headers=bearer).json()
    assert shown(night, 1)["disposition_history"][0]["note"] == "on the porch"


def test_when_the_event_cannot_be_written_nothing_is(night, monkeypatch):
    night.key_of("analyst")
    before = counts(night)

    def fail(*_arguments):
        raise RuntimeError("the log is broken")

    monkeypatch.setattr("app.incidents.dispositions.append_events", fail)
    assert night.send(path(1), "analyst", CONFIRMED).status_code == 500
    assert counts(night) == before
    assert shown(night, 1)["disposition"] is None
    monkeypatch.setattr("app.incidents.dispositions.append_events", event_store.append_events)
    assert night.send(path(1), "analyst", CONFIRMED).status_code == 200


@pytest.mark.parametrize(
    ("who", "status"), [("viewer", 403), ("vendor", 403), ("cad", 403), ("analyst", 200), ("admin", 200)]
)
def test_who_may_say_it(night, who, status):
    assert night.send(path(1), who, CONFIRMED).status_code == status
    assert counts(night)["disposition_changes"] == (1 if status == 200 else 0)


def test_a_stranger_s_body_is_not_even_read(night):
    for document in (CONFIRMED, b"{", b"x" * 1_000_000):
        problem(night.send(path(1), None, document), 401, "unauthenticated")
        problem(night.send(path(1), "viewer", document), 403, "forbidden")


@pytest.mark.parametrize("named", ["99", "abc", "2026-999999", "-1", "%00", "9" * 40, "2026-000001%00"])
def test_an_unknown_incident(night, named):
    problem(night.send(path(named), "analyst", CONFIRMED), 404, "not-found")


def test_a_merged_incident_leads_to_the_survivor(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=4))
    answer = night.send(path(3), "analyst", CONFIRMED)
    assert (answer.status_code, answer.headers["location"]) == (308, path(4))
    assert counts(night)["disposition_changes"] == 0
    assert night.send(answer.headers["location"], "analyst", CONFIRMED).status_code == 200


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({}, ["/disposition"]),
        ({"disposition": "maybe"}, ["/disposition"]),
        ({"disposition": "CONFIRMED"}, ["/disposition"]),
        ({"disposition": ["confirmed"]}, ["/disposition"]),
        ({"disposition": "reported"}, ["/disposition"]),
        ({"disposition": "confirmed", "note": "x" * 2001}, ["/note"]),
        ({"disposition": "confirmed", "note": "a\x00b"}, ["/note"]),
        ({"disposition": "confirmed", "note": 5}, ["/note"]),
        ({"disposition": "confirmed", "remark": "x"}, ["/remark"]),
        ({"disposition": "confirmed", "evidence": None}, ["/evidence"]),
        ({"disposition": "confirmed", "evidence": [1]}, ["/evidence"]),
        ({"disposition": "confirmed", "evidence": {"casings": -1}}, ["/evidence/casings"]),
        ({"disposition": "confirmed", "evidence": {"casings": 10_001}}, ["/evidence/casings"]),
        ({"disposition": "confirmed", "evidence": {"casings": 2**62}}, ["/evidence/casings"]),
        ({"disposition": "confirmed", "evidence": {"casings": 1.5}}, ["/evidence/casings"]),
        ({"disposition": "confirmed", "evidence": {"casings": True}}, ["/evidence/casings"]),
        ({"disposition": "confirmed", "evidence": {"casings": "3"}}, ["/evidence/casings"]),
        ({"disposition": "confirmed", "evidence": {"casings": None}}, ["/evidence/casings"]),
        ({"disposition": None, "evidence_position": {"longitude": 0, "latitude": 0}}, ["/evidence_position"]),
        (
            {"disposition": None, "evidence_position": {"longitude": -181, "latitude": 91}},
            ["/evidence_position/longitude", "/evidence_position/latitude"],
        ),
        ({"disposition": None, "evidence_position": {"longitude": -87.9}}, ["/evidence_position/latitude"]),
        (
            {"disposition": None, "evidence_position": {**LAY, "uncertainty_m": -1}},
            ["/evidence_position/uncertainty_m"],
        ),
        (
            {"disposition": None, "evidence_position": {"longitude": 43.01, "latitude": -87.94}},
            ["/evidence_position"],
        ),
        ([CONFIRMED], [""]),
        (None, [""]),
    ],
)
def test_what_is_no_disposition_is_refused_with_the_place(night, document, wrong):
    answer = night.send(path(1), "analyst", document)
    assert pointers(problem(answer, 422, "unusable-record")) == wrong
    assert counts(night)["disposition_changes"] == 0


def test_only_words_of_ours_are_counted(night):
    answer = night.send(path(1), "analyst", {"disposition": None, "evidence": {"Mrs Miller": 1}})
    (pointer,) = pointers(problem(answer, 422, "unusable-record"))
    assert pointer.startswith("/evidence/")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"disposition": NaN}', b"[" * 5000])
def test_what_is_no_json_is_refused(night, body):
    problem(night.send(path(1), "analyst", body), 400, "malformed-body")


def test_two_analysts_at_once_are_both_kept(night):
    night.key_of("analyst"), night.key_of("admin")
    answers = []

    def say(who, word):
        answers.append(night.send(path(1), who, {"disposition": word}).status_code)

    threads = [
        Thread(target=say, args=pair) for pair in (("analyst", "confirmed"), ("admin", "unfounded")) * 3
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    document = shown(night, 1)
    assert len(document["disposition_history"]) == 6
    assert document["disposition"] == document["disposition_history"][-1]["disposition"]


def test_the_route_is_described(still):
    document = still.client.get("/openapi.json").json()
    operation = document["paths"]["/v1/incidents/{incident_id}/disposition"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"disposition", "note", "evidence", "evidence_position"}
    assert {"200", "308", "400", "401", "403", "404", "409", "413", "415", "422"} == set(
        operation["responses"]
    )
