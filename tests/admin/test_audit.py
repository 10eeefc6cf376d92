"""GET /v1/audit: what administrators find in the trail."""

from datetime import timedelta

import pytest

from app.admin import schemas
from app.audit import append_audit
from tests.conftest import NOW

DESK = "key:desk"


@pytest.fixture(scope="module")
def told(shared_office):
    """Some entries of an hour that no other test writes in."""
    office = shared_office
    office.clock.now = NOW + timedelta(hours=3)
    rows = [
        (DESK, "call.read-pii", "call:1"),
        (DESK, "call.read-pii", "call:17"),
        ("cli:root", "key.create", "key:a"),
        ("cli:root", "key.revoke", "key:a"),
        ("cli:root", "keys.nothing", "keys:100%"),
    ]
    with office.database.write() as session:
        for actor, action, target in rows:
            append_audit(
                session, at=office.clock(), actor=actor, action=action, target=target, detail={"n": 1}
            )
            office.clock.advance(60)
    return rows


def search(office, **asked):
    answer = office.get("/v1/audit", "admin", params={"from": "2026-07-04T15:00:00Z", **asked})
    assert answer.status_code == 200, answer.text
    schemas.AuditList.model_validate_json(answer.content, strict=True)
    return [entry["target"] for entry in answer.json()["entries"]]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["keys:100%", "key:a", "key:a", "call:17", "call:1"]),
        ({"actor": DESK}, ["call:17", "call:1"]),
        ({"action": "key"}, ["key:a", "key:a"]),
        ({"action": "key.create"}, ["key:a"]),
        ({"action": "ke"}, []),
        ({"target": "call:1"}, ["call:1"]),
        ({"target": "call"}, ["call:17", "call:1"]),
        ({"target": "%"}, []),
        ({"target": "keys:100%"}, ["keys:100%"]),
        ({"to": "2026-07-04T15:01:00Z"}, ["call:1"]),
        ({"from": "2026-07-04T15:04:00Z"}, ["keys:100%"]),
        ({"actor": DESK, "action": "key"}, []),
    ],
)
def test_entries_are_found_by_who_what_and_when(office, told, asked, found):
    assert search(office, **asked) == found


def test_pages_lead_on_to_the_first_entry(office, told):
    whole = office.get("/v1/audit", "admin", params={"limit": 1000}).json()
    assert whole["links"]["next"] is None
    pages = office.all_pages("/v1/audit?limit=3", "entries", "admin")
    assert pages == whole["entries"]
    ids = [int(entry["id"]) for entry in pages]
    assert ids == sorted(ids, reverse=True)


def test_the_key_that_acted_is_named(office):
    made = office.send("/v1/keys", "admin", {"role": "admin", "name": "Chief"}).json()
    bearer = {"authorization": f"Bearer {made['key']}", "content-type": "application/json"}
    assert office.client.post("/v1/keys", headers=bearer, content=b'{"role":"viewer"}').status_code == 201
    answer = office.get("/v1/audit", "admin", params={"actor": f"key:{made['id']}"})
    assert answer.headers["cache-control"] == "private, no-store"
    (entry,) = answer.json()["entries"]
    assert (entry["actor_name"], entry["action"]) == ("Chief", "key.create")
    assert entry["detail"]["role"] == "viewer"


@pytest.mark.parametrize(
    "query",
    ["actor=", "from=yesterday", "from=2026-07-04T12:00:00", "limit=0", "limit=1001", "cursor=x", "nix=1"],
)
def test_questions_that_cannot_be_are_refused(office, query):
    assert office.get(f"/v1/audit?{query}", "admin").status_code == 400
