"""/v1/rejects: administrators see what could not be used, and try it again."""

import pytest

from app.admin import schemas
from app.sources.store import change_mapping
from tests.records.conftest import KEEPING, alert, call


def refuse(office, number, **fields):
    """A call without a time, refused and kept; its id."""
    record = {**call(number, 0), "received_at": None, **fields}
    answer = office.send("/v1/calls/dispatch", "cad", record)
    assert answer.status_code == 422
    return next(item["id"] for item in listed(office) if item["external_id"] == record["external_id"])


def listed(office, **asked):
    answer = office.get("/v1/rejects", "admin", params=asked)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "private, no-store"
    schemas.RejectList.model_validate_json(answer.content, strict=True)
    return answer.json()["rejects"]


def looks(office):
    """Who looked at what, the newest first."""
    found = office.get("/v1/audit", "admin", params={"action": "rejects"}).json()["entries"]
    return [(entry["action"], entry["target"], entry["detail"]) for entry in found]


def test_what_was_refused_is_listed_with_the_reason_and_without_its_body(office):
    first, second = refuse(office, 101), refuse(office, 102, narrative="Wilhelmina called")
    newest, before, *_ = listed(office)
    assert (newest["id"], before["id"]) == (second, first)
    assert newest["source"] == "dispatch"
    assert newest["errors"][0]["pointer"] == "/received_at"
    assert newest["resolved_at"] is None
    text = office.get("/v1/rejects", "admin").text
    assert "Wilhelmina" not in text
    assert looks(office)[0][:2] == ("rejects.read", "rejects")


def test_pages_lead_on_and_sources_are_told_apart(office):
    for number in range(110, 114):
        refuse(office, number)
    office.send("/v1/alerts/sensors", "vendor", {**alert(50), "external_id": "bad", "started_at": None})
    assert [item["external_id"] for item in listed(office, source="sensors")] == ["bad"]
    assert looks(office)[0] == ("rejects.read", "source:sensors", {"count": 1})
    whole = listed(office, limit=1000)
    assert office.all_pages("/v1/rejects?limit=2", "rejects", "admin") == whole
    answer = office.get("/v1/rejects", "admin", params={"limit": 1, "source": "dispatch"}).json()
    assert answer["waiting"] >= 4, "all that wait, not the page's"


def test_one_is_shown_as_it_came_and_the_look_is_told(office):
    reject_id = refuse(office, 120, narrative="Wilhelmina called")
    answer = office.get(f"/v1/rejects/{reject_id}", "admin")
    assert answer.headers["cache-control"] == "private, no-store"
    schemas.RejectDocument.model_validate_json(answer.content, strict=True)
    shown = answer.json()
    assert "Wilhelmina" in shown["raw"]
    assert shown["raw_bytes"] == len(shown["raw"].encode())
    assert looks(office)[0] == ("rejects.read", f"reject:{reject_id}", {"count": 1})


def test_bytes_that_are_no_text_are_shown_all_the_same(office):
    headers = {"content-type": "application/json"}
    answer = office.ask("POST", "/v1/calls/dispatch", "cad", content=b'{"id": "\xff\xfe"}', headers=headers)
    assert answer.status_code == 400
    shown = office.get(f"/v1/rejects/{listed(office)[0]['id']}", "admin").json()
    assert "\ufffd" in shown["raw"]
    assert shown["raw_bytes"] == 12


def test_a_reject_is_tried_again_with_the_mapping_of_today(office):
    reject_id = refuse(office, 130, started="2026-07-01T03:00:00Z")
    other = refuse(office, 131)
    path = f"/v1/rejects/{reject_id}/retry"
    still = office.ask("POST", path, "admin")
    schemas.RetryDocument.model_validate_json(still.content, strict=True)
    assert (still.json()["tried"], still.json()["resolved"]) == (1, 0)
    mapping = KEEPING.replace('received_at = "received_at"', 'received_at = "received_at || started"')
    with office.database.write() as session:
        change_mapping(session, "dispatch", mapping, actor="test", now=office.clock())
    try:
        done = office.ask("POST", path, "admin").json()
        again = office.ask("POST", path, "admin").json()
    finally:
        with office.database.write() as session:
            change_mapping(session, "dispatch", KEEPING, actor="test", now=office.clock())
    assert (done["tried"], done["resolved"], done["new"]) == (1, 1, 1)
    assert (again["tried"], again["resolved"]) == (0, 0), "it is done"
    assert office.get("/v1/calls", "analyst", params={"q": "c-130"}).json()["calls"]
    assert reject_id not in {item["id"] for item in listed(office)}
    (resolved,) = [item for item in listed(office, resolved="true") if item["id"] == reject_id]
    assert resolved["resolved_at"] is not None
    assert other in {item["id"] for item in listed(office)}, "only that one was tried"
    assert looks(office)[0][0] == "rejects.read"
    assert "rejects.retry" in {action for action, *_ in looks(office)}


@pytest.mark.parametrize(
    "reject_id", ["999999", "nix", "-1", "1e3", "٣", "9" * 30, "0" * 21 + "9" * 20, "0" * 5000, "%00"]
)
def test_a_reject_that_is_not_there(office, reject_id):
    before = len(looks(office))
    assert office.get(f"/v1/rejects/{reject_id}", "admin").status_code == 404
    assert office.ask("POST", f"/v1/rejects/{reject_id}/retry", "admin").status_code == 404
    assert len(looks(office)) == before


@pytest.mark.parametrize("query", ["resolved=yes", "limit=0", "cursor=x", "nix=1"])
def test_questions_that_cannot_be_are_refused(office, query):
    assert office.get(f"/v1/rejects?{query}", "admin").status_code == 400


def test_a_source_that_is_not_there(office):
    answer = office.get("/v1/rejects?source=nix", "admin")
    assert answer.status_code == 400
    assert "no source 'nix'" in answer.json()["detail"]
