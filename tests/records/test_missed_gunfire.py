"""/v1/missed-gunfire: filed, listed, taken back, refused."""

import pytest
from sqlalchemy import func, select

from app.db.models import AuditEntry, MissedGunfire
from app.records import missed_gunfire as schemas
from tests.records.conftest import HOME, at
from tests.records.test_link_reviews import pointers, problem

PATH = "/v1/missed-gunfire"
SHOTS = {"happened_at": at(100), "longitude": HOME[0], "latitude": HOME[1], "evidence": {"casings": 3}}


def file(service, **fields):
    answer = service.send(PATH, "analyst", {**SHOTS, **fields})
    assert answer.status_code == 201, answer.text
    schemas.FiledMissedGunfire.model_validate(answer.json())
    return answer.json()


def count(service):
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(MissedGunfire))


def test_what_is_filed_is_kept_and_names_what_lies_near(night):
    told = file(night, rounds=3, uncertainty_m=20, note="a neighbour's porch")
    assert told["near_incidents"] == [
        {"id": "1", "number": "2026-000001", "verdict": "reported", "lag_s": -100.0, "distance_m": 0.0}
    ]
    assert (told["evidence"], told["rounds"], told["withdrawn_at"]) == ({"casings": 3}, 3, None)
    listed = night.get(PATH).json()
    schemas.MissedGunfireList.model_validate(listed)
    assert listed["missed_gunfire"] == [
        {name: value for name, value in told.items() if name != "near_incidents"}
    ]
    with night.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.target) == ("missed-gunfire.file", "missed-gunfire:1")
    assert entry.detail["evidence"] == {"casings": 3}


def test_near_is_within_ten_minutes_and_half_a_kilometre(night):
    def named(seconds, latitude):
        near = file(night, happened_at=at(seconds), latitude=latitude)["near_incidents"]
        return [incident["id"] for incident in near]

    assert named(600, HOME[1]) == ["1"]
    assert named(601, HOME[1]) == []
    assert named(-600, HOME[1] + 0.00449) == ["1"]
    assert named(0, HOME[1] + 0.00451) == []


def test_taken_back_it_stays_and_is_marked(night):
    told = file(night)
    file(night, happened_at=at(500))
    night.clock.advance(60)
    taken_back = night.ask("POST", f"{PATH}/{told['id']}/withdrawal", "analyst")
    assert taken_back.status_code == 200, taken_back.text
    assert taken_back.json()["withdrawn_at"] == "2026-07-04T12:01:00.000Z"
    problem(night.ask("POST", f"{PATH}/{told['id']}/withdrawal", "analyst"), 409, "conflict")
    for query, ids in (("", ["2", "1"]), ("?withdrawn=true", ["1"]), ("?withdrawn=false", ["2"])):
        assert [item["id"] for item in night.get(PATH + query).json()["missed_gunfire"]] == ids
    before = night.get(f"{PATH}?as_of=2026-07-04T12:00:30Z").json()
    schemas.MissedGunfireList.model_validate(before)
    assert [item["withdrawn_at"] for item in before["missed_gunfire"]] == [None, None]
    assert night.get(f"{PATH}?as_of=2026-07-04T11:59:59Z").json()["missed_gunfire"] == []
    for unknown in ("9", "x", "9" * 40):
        problem(night.ask("POST", f"{PATH}/{unknown}/withdrawal", "analyst"), 404, "not-found")
    with night.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert entry.action == "missed-gunfire.withdraw"


def test_pages_and_periods(service):
    for seconds in (0, 60, 60, 120, 180):
        file(service, happened_at=at(seconds))
    for query, ids in (("", "54321"), ("sort=happened_at&", "12345")):
        items = service.all_pages(f"{PATH}?{query}limit=2", "missed_gunfire")
        assert sorted(items, key=lambda item: item["happened_at"], reverse=not query) == items
        assert sorted(item["id"] for item in items) == sorted(ids)
    period = {"from": at(60), "to": at(180)}
    assert len(service.get(PATH, params=period).json()["missed_gunfire"]) == 3
    assert service.get(PATH, params={"from": at(9), "to": at(0)}).status_code == 400
    assert service.get(f"{PATH}?f=geojson").json()["features"][0]["geometry"]["type"] == "Point"
    assert service.get(f"{PATH}?f=csv").text.count("\n") == 6


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"happened_at": "2026-07-04T12:00:00.001Z"}, ["/happened_at"]),
        ({"happened_at": "2026-07-01T12:00:00"}, ["/happened_at"]),
        ({"happened_at": None}, ["/happened_at"]),
        ({"longitude": 0, "latitude": 0}, [""]),
        ({"longitude": 200}, ["/longitude"]),
        ({"latitude": "43"}, ["/latitude"]),
        ({"latitude": None}, ["/latitude"]),
        ({"uncertainty_m": 1e9}, ["/uncertainty_m"]),
        ({"rounds": 0}, ["/rounds"]),
        ({"rounds": 2.5}, ["/rounds"]),
        ({"evidence": {"casings": -1}}, ["/evidence/casings"]),
        ({"note": "x" * 2001}, ["/note"]),
        ({"caller": "x"}, ["/caller"]),
    ],
)
def test_what_cannot_be_is_refused_with_the_place(service, fields, wrong):
    answer = service.send(PATH, "analyst", {**SHOTS, **fields})
    assert pointers(problem(answer, 422, "unusable-record")) == wrong
    assert count(service) == 0
