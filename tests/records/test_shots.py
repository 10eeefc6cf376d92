"""/v1/incidents/{id}/shots: accounts beside each other, whole, repeatable, with their alert."""

import pytest
from sqlalchemy import func, select, update

from app.db.models import Alert, AuditEntry, Event, Incident, ShotReport
from app.domain.time import parse_instant
from app.incidents.shots import find_shots
from app.records import shots_schemas as schemas
from tests.records.conftest import HOME, alert, at
from tests.records.test_link_reviews import problem

REPORT = {
    "provenance": "forensic_report",
    "reference": "LAB 26-118",
    "rounds": 3,
    "shooters": 2,
    "note": "two weapons",
    "shots": [
        {"offset_s": 0.5, "shooter": "A"},
        {"offset_s": -0.25, "longitude": HOME[0], "latitude": HOME[1], "uncertainty_m": 2, "shooter": "B"},
        {"offset_s": 0},
    ],
}


def of(incident):
    return f"/v1/incidents/{incident}/shots"


def file(service, incident=1, who="analyst", **fields):
    answer = service.send(of(incident), who, {**REPORT, **fields})
    assert answer.status_code == 201, answer.text
    schemas.FiledShots.model_validate_json(answer.content, strict=True)
    return answer.json()


def accounts(service, incident=1):
    answer = service.get(of(incident))
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    schemas.IncidentShots.model_validate_json(answer.content, strict=True)
    return answer.json()["accounts"]


def count(service, model):
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_a_report_stands_beside_what_the_alert_told(night):
    before = night.get("/v1/incidents/1").json()
    made = file(night)
    assert made["incident_id"] == "1"
    assert [shot["offset_s"] for shot in made["shots"]] == [-0.25, 0.0, 0.5]
    assert [shot["number"] for shot in made["shots"]] == [1, 2, 3]
    assert made["shots"][0]["at"] == "2026-07-01T02:59:59.750Z"
    assert [shot["shooter"] for shot in made["shots"]] == ["B", None, "A"]
    assert [each["pointer"] for each in made["warnings"]] == ["/shots/1/offset_s"]
    own, filed = accounts(night)
    assert (own["provenance"], own["actor"], own["rounds"], own["shots"]) == ("alert", None, 3, [])
    assert {**filed, "incident_id": "1", "warnings": made["warnings"]} == made
    assert filed["actor"].startswith("key:")
    assert night.get("/v1/incidents/1").json() == before, "rounds and verdict stay"


def test_the_same_again_is_the_same(night):
    made = file(night)
    night.clock.advance(60)
    night.key_of("admin")
    written = count(night, AuditEntry), count(night, Event)
    again = {**REPORT, "alert": 1, "shots": list(reversed(REPORT["shots"]))}
    assert night.send(of(1), "admin", again).json() == {
        **made,
        "warnings": [{"pointer": "/shots/1/offset_s", "reason": "0.25 s before the alert's first shot"}],
    }
    assert (count(night, AuditEntry), count(night, Event)) == written
    assert count(night, ShotReport) == 1


def test_a_later_report_of_the_same_reference_holds(night):
    file(night)
    night.clock.advance(60)
    file(night, rounds=4)
    file(night, reference=None, provenance="investigative_summary", shots=[], shooters=None)
    listed = accounts(night)
    assert [(each["provenance"], each["rounds"], each["superseded_at"]) for each in listed] == [
        ("alert", 3, None),
        ("investigative_summary", 3, None),
        ("forensic_report", 4, None),
        ("forensic_report", 3, "2026-07-04T12:01:00.000Z"),
    ]
    with night.database.read() as session:
        held = find_shots(session, 1)
    assert [(each.provenance.value, each.rounds) for each in held] == [
        ("alert", 3),
        ("investigative_summary", 3),
        ("forensic_report", 4),
    ]
    assert file(night)["superseded_at"] is not None, "a repeat does not put the old one back"
    then = night.get(of(1) + "?as_of=2026-07-04T12:00:59.999Z").json()["accounts"]
    assert [(each["rounds"], each["superseded_at"]) for each in then] == [(3, None), (3, None)]


def test_it_is_told_to_the_trail_the_log_and_the_timeline(night):
    file(night)
    with night.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
        event = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
    assert (entry.action, entry.target, entry.detail["reference"]) == ("shots.file", "alert:1", "LAB 26-118")
    assert (event.type, event.incident_id, event.historical) == ("incident.reviewed", 1, True)
    assert event.document["review"]["shots"]["shots"] == 3
    assert "two weapons" not in str(event.document), "who may see incidents may not read notes"
    assert event.document["rounds"] == 3
    told = night.get("/v1/incidents/1/timeline").json()["timeline"]
    (reported,) = [each for each in told if each["kind"] == "shot_report"]
    assert reported["record"] == {"type": "alert", "id": "1"}
    assert reported["details"]["shots"] == 3
    assert [each["kind"] for each in told].count("shot") == 1, "the alert told of one moment only"


def test_an_incident_of_several_alerts(night):
    second = alert(0, external_id="a-0b", started_at=at(5), shots=[{"offset_s": 1.5}], rounds=1)
    second["shots_provenance"] = "investigative_summary"
    night.post("/v1/alerts/sensors", "vendor", second)
    night.judge()
    assert night.get("/v1/incidents/1").json()["alert_count"] == 2
    refusal = problem(night.send(of(1), "analyst", REPORT), 422, "unusable-record")
    later = night.get("/v1/incidents/1").json()["alerts"][1]["id"]
    assert refusal["errors"] == [
        {"pointer": "/alert", "reason": f"name one of the incident's 2 alerts: 1, {later}"}
    ]
    file(night, alert=later)
    first, own, filed = accounts(night)
    assert (first["alert_id"], own["alert_id"], filed["alert_id"]) == ("1", later, later)
    assert own["provenance"] == "investigative_summary", "as its alert says"
    assert own["shots"][0]["at"] == "2026-07-01T03:00:06.500Z"
    assert filed["shots"][0]["at"] == "2026-07-01T03:00:04.750Z"


def test_accounts_go_with_their_alert(night):
    file(night)
    with night.database.write() as session:
        session.execute(update(Alert).where(Alert.id == 1).values(incident_id=2))
    assert [each["alert_id"] for each in accounts(night, 2)] == ["1", "1", "2"]
    assert accounts(night, 1) == []


def test_a_clock_that_is_off_is_put_right(night):
    file(night)
    from app.db.models import Source

    with night.database.write() as session:
        mapping = session.scalar(select(Source.mapping).where(Source.name == "sensors"))
        session.execute(
            update(Source).where(Source.name == "sensors").values(mapping="clock_offset_s = 20\n" + mapping)
        )
    shot = accounts(night)[1]["shots"][1]
    assert parse_instant(shot["at"]) == parse_instant(at(-20))
    assert shot["offset_s"] == 0


def test_ten_thousand_shots(night):
    shots = [{"offset_s": number / 50, "longitude": -87.0, "latitude": 43.0} for number in range(10_000)]
    made = file(night, shots=shots, rounds=None, note=None, shooters=None)
    assert len(made["shots"]) == 10_000
    assert len(made["warnings"]) == 10_000, "each place is 80 km off"
    problem(
        night.send(of(1), "analyst", {**REPORT, "shots": [*shots, {"offset_s": 0}]}), 422, "unusable-record"
    )
    assert len(accounts(night)[1]["shots"]) == 10_000


@pytest.mark.parametrize(
    ("wrong", "pointer", "reason"),
    [
        ({"alert": "2"}, "/alert", "alert 2 belongs to incident 2026-000002, not to 2026-000001"),
        ({"alert": 99}, "/alert", "there is no alert '99'"),
        ({"alert": "9" * 5000}, "/alert", "there is no alert '" + "9" * 64 + "'"),
        ({"alert": True}, "/alert", "there is no alert ''"),
        ({"provenance": "alert"}, "/provenance", "expected one of investigative_summary, forensic_report"),
        ({"shots": [{"offset_s": None}]}, "/shots/0/offset_s", "is not a number"),
    ],
)
def test_what_cannot_be_filed(still, wrong, pointer, reason):
    refusal = problem(still.send(of(1), "analyst", {**REPORT, **wrong}), 422, "unusable-record")
    assert refusal["errors"] == [{"pointer": pointer, "reason": reason}]
    assert count(still, ShotReport) == 0


def test_what_is_no_report(still):
    problem(still.send(of(1), "analyst", b'{"shots": [{"offset_s": NaN}]}'), 400, "malformed-body")
    problem(still.send(of(1), "analyst", [REPORT]), 422, "unusable-record")
    problem(still.send(of(99), "analyst", REPORT), 404, "not-found")
    problem(still.get(of(99)), 404, "not-found")
    problem(still.get(of(1) + "?f=csv"), 400, "invalid-parameter")


def test_a_merged_incident_leads_to_the_survivor(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=4))
    for answer in (night.get(of(3)), night.send(of(3), "analyst", REPORT)):
        assert (answer.status_code, answer.headers["location"]) == (308, of(4))
