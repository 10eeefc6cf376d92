"""POST /v1/incidents/{id}/links/{call_id}: what it takes, writes down and refuses."""

import pytest
from sqlalchemy import func, select, update

from app.db.models import AuditEntry, Call, Change, Event, Incident, LinkDecision
from app.events import store as event_store
from app.records import schemas
from tests.records.conftest import CALLER, NARRATIVE, PHONE, call

FAR = {"longitude": -87.80, "latitude": 43.20}
CONFIRMED = {"decision": "confirmed"}


def link(incident: object, call_id: object) -> str:
    return f"/v1/incidents/{incident}/links/{call_id}"


def id_of_call(service, external_id):
    with service.database.read() as session:
        return str(session.scalars(select(Call.id).where(Call.external_id == external_id)).one())


def counts(service):
    with service.database.read() as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model))
            for model in (LinkDecision, AuditEntry, Event, Change)
        }


def problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == f"urn:earshot:problem:{kind}"
    return answer.json()


def pointers(document):
    assert all(item["reason"] for item in document["errors"])
    return [item["pointer"] for item in document["errors"]]


def test_a_decision_is_answered_audited_and_told_in_one_transaction(night):
    call_id = id_of_call(night, "c-1")
    before = counts(night)
    answer = night.send(link(1, call_id), "analyst", {"decision": "rejected", "note": "a car, says caller"})
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    schemas.LinkReviewed.model_validate_json(answer.content, strict=True)
    assert answer.json() == {
        "incident_id": "1",
        "call_id": call_id,
        "decision": "rejected",
        "note": "a car, says caller",
    }
    after = counts(night)
    more = {name: after[name] - before[name] for name in after}
    # The key of the analyst was made in between; a change each for the alert and the call.
    assert more == {"link_decisions": 1, "audit_entries": 2, "events": 1, "changes": 2}
    with night.database.read() as session:
        decision = session.scalars(select(LinkDecision)).one()
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        event = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert (decision.decision, decision.note) == ("rejected", "a car, says caller")
    assert decision.actor == entry.actor
    assert decision.actor.startswith("key:")
    assert (entry.action, entry.target) == ("link.decide", "incident:1")
    assert entry.detail == {"call": call_id, "decision": "rejected", "note": "a car, says caller"}
    assert (event.type, event.incident_id) == ("incident.reviewed", 1)
    assert event.at == entry.at == decision.decided_at == night.clock()
    assert event.historical, "the shots were days ago"
    assert event.document["review"] == {"call_id": call_id, "decision": "rejected"}
    shown = night.get("/v1/incidents").json()["incidents"]
    assert set(event.document) - {"review"} == set(shown[0])
    assert event.document["verdict"] == "reported", "the verdict follows"
    for secret in (CALLER, PHONE, NARRATIVE):
        assert secret not in str(event.document)


def test_when_the_event_cannot_be_written_nothing_is(night, monkeypatch):
    call_id = id_of_call(night, "c-1")
    night.key_of("analyst")
    before = counts(night)

    def fail(*_arguments):
        raise RuntimeError("the log is broken")

    monkeypatch.setattr("app.incidents.reviews.append_events", fail)
    assert night.send(link(1, call_id), "analyst", CONFIRMED).status_code == 500
    assert counts(night) == before
    monkeypatch.setattr("app.incidents.reviews.append_events", event_store.append_events)
    assert night.send(link(1, call_id), "analyst", CONFIRMED).status_code == 200


@pytest.mark.parametrize(
    ("who", "status"), [("viewer", 403), ("vendor", 403), ("cad", 403), ("analyst", 200), ("admin", 200)]
)
def test_who_may_decide(night, who, status):
    assert night.send(link(1, id_of_call(night, "c-1")), who, CONFIRMED).status_code == status
    assert counts(night)["link_decisions"] == (1 if status == 200 else 0)


def test_a_stranger_s_body_is_not_even_read(night):
    for document in (CONFIRMED, b"{", b"x" * 1_000_000):
        problem(night.send(link(1, 1), None, document), 401, "unauthenticated")
        problem(night.send(link(1, 1), "viewer", document), 403, "forbidden")


def test_a_key_without_the_scope_may_not(night):
    bearer = {"authorization": f"Bearer {night.key('analyst', scopes=['incidents:read', 'calls:read'])}"}
    assert night.client.post(link(1, 1), json=CONFIRMED, headers=bearer).status_code == 403


@pytest.mark.parametrize("named", ["99", "abc", "2026-999999", "-1", "%00", "9" * 40, "2026-000001%00"])
def test_an_unknown_incident(night, named):
    problem(night.send(link(named, 1), "analyst", CONFIRMED), 404, "not-found")


@pytest.mark.parametrize("named", ["99999", "c-1", "-1", "%00", "٣", "1.0", "9" * 19, "9" * 400])
def test_an_unknown_call(night, named):
    problem(night.send(link(1, named), "analyst", CONFIRMED), 404, "not-found")
    assert counts(night)["link_decisions"] == 0


def test_an_incident_is_named_by_its_number_too(night):
    answer = night.send(link("2026-000001", id_of_call(night, "c-1")), "analyst", CONFIRMED)
    assert answer.json()["incident_id"] == "1"


def test_a_merged_incident_leads_to_the_survivor(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=4))
    call_id = id_of_call(night, "c-1")
    answer = night.send(link(3, call_id), "analyst", CONFIRMED)
    assert (answer.status_code, answer.headers["location"]) == (308, link(4, call_id))
    assert counts(night)["link_decisions"] == 0
    assert night.send(answer.headers["location"], "analyst", CONFIRMED).status_code == 200


def test_a_record_that_the_alert_itself_created_reports_nothing(night):
    call_id = id_of_call(night, "c-9")
    for word in ("confirmed", "rejected"):
        refused = problem(night.send(link(2, call_id), "analyst", {"decision": word}), 422, "unusable-record")
        assert pointers(refused) == ["/path/call_id"]
    assert counts(night)["link_decisions"] == 0


def test_a_decision_can_be_taken_back_when_the_call_turns_out_to_be_the_sensors_own(night):
    call_id = id_of_call(night, "c-1")
    night.send(link(1, call_id), "analyst", CONFIRMED)
    night.post(
        "/v1/calls/dispatch",
        "cad",
        call(1, 0, origin="sensor", revised_at="2026-07-02T00:00:00Z"),
    )
    night.judge()
    assert night.get("/v1/incidents/1").json()["verdict"] == "reported", "so the analyst said"
    assert night.send(link(1, call_id), "analyst", {"decision": "automatic"}).status_code == 200
    night.judge()
    shown = night.get("/v1/incidents/1").json()
    assert (shown["verdict"], shown["call_count"], shown["cad_record_count"]) == ("unreported", 0, 1)


def test_a_call_is_confirmed_for_one_incident_at_a_time(night):
    call_id = id_of_call(night, "c-1")
    assert night.send(link(1, call_id), "analyst", CONFIRMED).status_code == 200
    refused = problem(night.send(link(3, call_id), "analyst", CONFIRMED), 409, "conflict")
    assert "incident 1" in refused["detail"]
    assert "automatic" in refused["detail"]
    assert counts(night)["link_decisions"] == 1
    rejected = night.send(link(3, call_id), "analyst", {"decision": "rejected"})
    assert rejected.status_code == 200, "to say that it does not report another is no contradiction"
    for word in ("automatic", "rejected"):
        assert night.send(link(1, call_id), "analyst", {"decision": word}).status_code == 200
        assert night.send(link(3, call_id), "analyst", CONFIRMED).status_code == 200
        assert night.send(link(3, call_id), "analyst", {"decision": "automatic"}).status_code == 200
        assert night.send(link(1, call_id), "analyst", CONFIRMED).status_code == 200


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({}, ["/decision"]),
        ({"decision": "maybe"}, ["/decision"]),
        ({"decision": None}, ["/decision"]),
        ({"decision": ["confirmed"]}, ["/decision"]),
        ({"decision": "CONFIRMED"}, ["/decision"]),
        ({"decision": "confirmed", "note": "x" * 2001}, ["/note"]),
        ({"decision": "confirmed", "note": "a\x00b"}, ["/note"]),
        ({"decision": "confirmed", "note": 5}, ["/note"]),
        ({"decision": "confirmed", "remark": "x"}, ["/remark"]),
        ({"decision": "maybe", "note": "x" * 2001}, ["/decision", "/note"]),
        ([CONFIRMED], [""]),
        ("confirmed", [""]),
        (None, [""]),
    ],
)
def test_what_is_no_decision_is_refused_with_the_place(night, document, wrong):
    answer = night.send(link(1, id_of_call(night, "c-1")), "analyst", document)
    assert pointers(problem(answer, 422, "unusable-record")) == wrong
    assert counts(night)["link_decisions"] == 0


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"decision": NaN}',
        rb'{"note": "\ud800"}',
        b"[" * 5000,
        b"decision=confirmed",
    ],
)
def test_what_is_no_json_is_refused(night, body):
    problem(night.send(link(1, 1), "analyst", body), 400, "malformed-body")


def test_a_body_is_json_and_small(night):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""):
        answer = night.ask(
            "POST",
            link(1, 1),
            "analyst",
            content=b'{"decision": "confirmed"}',
            headers={"content-type": kind},
        )
        problem(answer, 415, "unsupported-media-type")
    problem(night.send(link(1, 1), "analyst", b" " * 100_001), 413, "too-large")
    problem(night.send(link(1, 1), "analyst", b" " * 20_000_000), 413, "too-large")
    assert night.send(link(1, id_of_call(night, "c-1")), "analyst", CONFIRMED).status_code == 200


def test_a_note_may_be_long_and_in_any_words(night):
    note = "Schüsse gehört 🔫 — 'quoted' \"twice\"\n\ttab" + "x" * 1950
    answer = night.send(
        link(1, id_of_call(night, "c-1")), "analyst", {"decision": "confirmed", "note": note[:2000]}
    )
    assert answer.json()["note"] == note[:2000]


def test_the_same_twice_is_harmless(night):
    call_id = id_of_call(night, "c-1")
    first = night.send(link(1, call_id), "analyst", CONFIRMED)
    night.judge()
    shown = night.get("/v1/incidents/1").json()
    second = night.send(link(1, call_id), "analyst", CONFIRMED)
    assert (second.status_code, second.json()) == (200, first.json())
    night.judge()
    assert night.get("/v1/incidents/1").json() == shown


def test_the_routes_of_decisions_are_described(still):
    document = still.client.get("/openapi.json").json()
    operation = document["paths"]["/v1/incidents/{incident_id}/links/{call_id}"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    assert set(schema["properties"]) == {"decision", "note"}
    assert {"200", "308", "400", "401", "403", "404", "409", "413", "415", "422"} == set(
        operation["responses"]
    )
