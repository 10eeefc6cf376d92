"""GET /v1/alerts and /v1/calls, and one of each: filters, revisions, and people kept to themselves."""

import orjson
import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app.audit.store import FIRST_HASH
from app.db.models import AuditEntry
from app.records import schemas
from tests.records.conftest import CALLER, NARRATIVE, PHONE, alert, at, call


def names(answer, key):
    assert answer.status_code == 200, answer.text
    return [item["external_id"] for item in answer.json()[key]]


ALERTS = [
    ("", ["a-7", "a-6", "a-5", "a-4", "a-3", "a-2", "a-1", "a-0"]),
    ("sort=started_at&limit=2", ["a-0", "a-1"]),
    (f"from={at(4 * 7200)}&to={at(6 * 7200)}", ["a-5", "a-4"]),
    ("source=sensors&limit=1", ["a-7"]),
    ("classification=single_gunshot", ["a-0"]),
    ("status=retracted", ["a-6"]),
    ("status=active,retracted&limit=1", ["a-7"]),
    ("bbox=-87.9385,43,-87.9365,43.02", ["a-3", "a-2"]),
    ("near=-87.94,43.01,100", ["a-1", "a-0"]),
    ("q=A-3", ["a-3"]),
    ("q=300 w", ["a-3"]),
]
CALLS = [
    ("", ["c-9", "c-2", "c-1"]),
    ("sort=received_at", ["c-1", "c-2", "c-9"]),
    (f"from={at(3600)}", ["c-9", "c-2"]),
    (f"to={at(3600)}", ["c-1"]),
    ("source=dispatch", ["c-9", "c-2", "c-1"]),
    ("nature=shots_fired,shooting", ["c-9", "c-2", "c-1"]),
    ("nature=fireworks", []),
    ("origin=sensor", ["c-9"]),
    ("line=911", ["c-9", "c-2", "c-1"]),
    ("line=non_emergency", []),
    ("bbox=-87.9405,43,-87.9395,43.02", ["c-1"]),
    ("near=-87.94,43.01,50", ["c-1"]),
    ("q=shotspotter", ["c-9"]),
    ("q=C-2", ["c-2"]),
    (f"q={CALLER}", []),
    (f"q={PHONE}", []),
    ("q=neighbour", []),
]


def test_every_filter(still):
    for query, expected in ALERTS:
        assert names(still.get(f"/v1/alerts?{query.replace('+', '%2B')}"), "alerts") == expected, query
    for query, expected in CALLS:
        found = names(still.get(f"/v1/calls?{query.replace('+', '%2B')}"), "calls")
        assert sorted(found) == sorted(expected), query


def test_lists_show_what_the_schema_says(still):
    for name, model in (("alerts", schemas.AlertList), ("calls", schemas.CallList)):
        model.model_validate_json(still.get(f"/v1/{name}").content, strict=True)


@pytest.mark.parametrize("name", ["alerts", "calls"])
def test_paging_neither_skips_nor_doubles(still, name):
    whole = still.get(f"/v1/{name}").json()[name]
    for limit in (1, 2, 3):
        assert still.all_pages(f"/v1/{name}?limit={limit}", name) == whole


@pytest.mark.parametrize("name", ["alerts", "calls"])
def test_forms(still, name):
    whole = still.get(f"/v1/{name}").json()[name]
    features = still.get(f"/v1/{name}?f=geojson").json()["features"]
    assert [feature["id"] for feature in features] == [item["id"] for item in whole]
    assert all(
        not isinstance(value, list | dict) for item in features for value in item["properties"].values()
    )
    lines = still.get(f"/v1/{name}?f=csv").text.splitlines()
    assert len(lines) == len(whole) + 1
    assert ("narrative" in lines[0], "caller" in lines[0], "audio_url" in lines[0]) == (False,) * 3


def test_equal_times_and_tombstones_are_paged_too(service):
    twins = [alert(1, external_id=f"t-{number}", longitude=-80 + number) for number in range(4)]
    gone = [{"external_id": f"gone-{number}", "status": "retracted"} for number in range(3)]
    service.post("/v1/alerts/sensors", "vendor", [*twins, *gone])
    for sort in ("started_at", "-started_at"):
        whole = service.get(f"/v1/alerts?sort={sort}").json()["alerts"]
        assert [item["started_at"] is None for item in whole] == [False] * 4 + [True] * 3
        for limit in (1, 2, 3):
            assert service.all_pages(f"/v1/alerts?sort={sort}&limit={limit}", "alerts") == whole


def test_wrong_parameters(still):
    for query, name in (
        ("classification=bang", "classification"),
        ("status=gone", "status"),
        ("verdict=reported", "verdict"),
        ("bbox=1,2,3", "bbox"),
        ("near=0,0,0", "near"),
        ("from=now", "from"),
        ("sort=rounds", "sort"),
        ("fields=narrative", "fields"),
    ):
        answer = still.get(f"/v1/alerts?{query}")
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/query/{name}"), query
    for query in ("nature=x", "origin=x", "line=112", "fields=caller", "status=active", "cursor=x", "q=%00"):
        assert still.get(f"/v1/calls?{query}").status_code == 400, query
    answer = still.get("/v1/alerts?source=nobody")
    assert answer.status_code == 400
    assert "sensors" in answer.json()["detail"]
    for path in ("/v1/alerts/1?x=1", "/v1/calls/1?x=1", "/v1/sources?x=1", "/v1/alerts/1/audio?x=1"):
        assert still.get(path).status_code == 400, path


@pytest.mark.parametrize("name", ["alerts", "calls"])
def test_what_is_none_is_not_found(still, name):
    for named in ("99", "abc", "-1", "%00", "9" * 30, "1.0"):
        for who in ("analyst", "analyst:pii"):
            answer = still.get(f"/v1/{name}/{named}", who)
            assert answer.status_code == 404, answer.text
            assert answer.headers["content-type"] == "application/problem+json"


def test_an_alert_shows_every_body_that_came(night):
    for revision, rounds in ((1, 4), (3, 6), (2, 5)):
        night.post("/v1/alerts/sensors", "vendor", alert(0, revision=revision, rounds=rounds))
    shown = night.get("/v1/alerts/1").json()
    schemas.Alert.model_validate_json(orjson.dumps(shown), strict=True)
    assert (shown["revision"], shown["rounds"]) == (3, 6)
    told = [(item["revision"], item["outcome"], item["record"]["rounds"]) for item in shown["revisions"]]
    assert told == [(None, "accepted", 3), (1, "revised", 4), (3, "revised", 6), (2, "stale", 5)]
    assert "raw" not in shown["revisions"][0]
    of_admin = night.get("/v1/alerts/1", "admin").json()
    assert of_admin["revisions"][1]["raw"]["rounds"] == 4


def test_a_recording_is_reached_only_on_a_way_that_is_written_down(service):
    secret = "https://vendor.example/audio/7?token=abc"
    service.post("/v1/alerts/sensors", "vendor", [alert(0, audio_url=secret), alert(1)])
    for path in ("/v1/alerts", "/v1/alerts/1", "/v1/alerts?f=csv", "/v1/alerts?f=geojson"):
        assert "vendor.example" not in service.get(path).text
    assert service.get("/v1/alerts/1").json()["has_audio"] is True
    answer = service.get("/v1/alerts/1/audio")
    assert (answer.status_code, answer.headers["location"]) == (303, secret)
    assert service.get("/v1/alerts/2/audio").status_code == 404
    assert service.get("/v1/alerts/9/audio").status_code == 404
    assert service.get("/v1/alerts/x/audio").status_code == 404
    assert audited(service, "alert.read-audio") == ["alert:1"]


def test_only_who_may_sees_people_and_each_look_is_audited(night):
    for who in ("analyst", "admin"):
        for path in ("/v1/calls", "/v1/calls?f=csv", "/v1/calls?f=geojson", "/v1/calls/1", "/v1/calls/2"):
            answer = night.get(path, who)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "private, no-store"
            for secret in (CALLER, PHONE, NARRATIVE, "Thaddeus"):
                assert secret not in answer.text, (who, path)
    assert audited(night, "call.read-pii") == []
    for who in ("analyst:pii", "admin:pii"):
        for path in ("/v1/calls", "/v1/calls?f=csv", "/v1/alerts", "/v1/incidents/1"):
            assert CALLER not in night.get(path, who).text
        assert audited(night, "call.read-pii") == ["call:1"] * (who == "admin:pii")
        shown = night.get("/v1/calls/1", who).json()
        schemas.Call.model_validate_json(orjson.dumps(shown), strict=True)
        assert shown["caller"] == {"name": CALLER, "phone": PHONE}
        assert shown["narrative"] == NARRATIVE
        assert shown["revisions"][0]["record"]["caller"]["name"] == CALLER
        assert ("raw" in shown["revisions"][0]) == (who == "admin:pii")
    assert audited(night, "call.read-pii") == ["call:1", "call:1"]
    actors = {entry.actor for entry in entries(night) if entry.action == "call.read-pii"}
    assert all(actor.startswith("key:") for actor in actors)
    assert len(actors) == 2


def test_a_look_that_cannot_be_audited_is_not_had(night, monkeypatch):
    def fail(*_args, **_options):
        raise OperationalError("INSERT", None, Exception("the disk is full"))

    night.key_of("analyst:pii")
    monkeypatch.setattr("app.records.calls.append_audit", fail)
    answer = night.get("/v1/calls/1", "analyst:pii")
    assert answer.status_code == 503
    assert CALLER not in answer.text


def test_a_call_shows_every_body_that_came(night):
    night.post("/v1/calls/dispatch", "cad", call(1, 0, revised_at=at(9000), nature="fireworks"))
    shown = night.get("/v1/calls/1").json()
    assert shown["nature"] == "fireworks"
    assert [item["outcome"] for item in shown["revisions"]] == ["accepted", "revised"]
    assert not {"caller", "narrative"} & set(shown["revisions"][1]["record"])


def entries(service):
    with service.database.read() as session:
        found = session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
    previous = [FIRST_HASH, *(entry.hash for entry in found)]
    assert [entry.previous_hash for entry in found] == previous[:-1]
    return found


def audited(service, action):
    return [entry.target for entry in entries(service) if entry.action == action]
