"""/v1/keys: administrators make keys, see them without their secrets, and end them."""

from datetime import timedelta

import pytest

from app.admin import schemas
from app.domain.time import format_millis


def create(office, **asked):
    return office.send("/v1/keys", "admin", asked)


def listed(office):
    answer = office.get("/v1/keys", "admin")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "private, no-store"
    schemas.KeyList.model_validate_json(answer.content, strict=True)
    return {key["id"]: key for key in answer.json()["keys"]}


def status_with(office, key, path="/v1/incidents"):
    return office.client.get(path, headers={"authorization": f"Bearer {key}"}).status_code


def test_a_key_is_shown_once_and_works(office):
    expires_at = format_millis(office.clock() + timedelta(days=30))
    answer = create(office, role="analyst", name="Night desk", expires_at=expires_at)
    assert answer.status_code == 201
    assert answer.headers["cache-control"] == "private, no-store"
    made = answer.json()
    schemas.CreatedKey.model_validate_json(answer.content, strict=True)
    key = made.pop("key")
    assert listed(office)[made["id"]] == made
    assert (made["role"], made["name"], made["expires_at"], made["valid"]) == (
        "analyst",
        "Night desk",
        expires_at,
        True,
    )
    assert status_with(office, key) == 200
    assert key.split("_", 2)[2] not in office.get("/v1/keys", "admin").text


def test_a_key_sent_for_twice_is_two_keys(office):
    """To answer alike the key itself would have to be kept."""
    headers = {"idempotency-key": "once", "content-type": "application/json"}
    keys = {
        office.ask("POST", "/v1/keys", "admin", content=b'{"role":"viewer"}', headers=headers).json()["key"]
        for _ in range(2)
    }
    assert len(keys) == 2


def test_a_feed_has_keys_of_its_own(office):
    made = create(office, role="vendor", source="sensors").json()
    assert (made["source"], made["scopes"]) == ("sensors", ["alerts:write"])
    assert status_with(office, made["key"]) == 403


def test_a_key_may_have_fewer_scopes(office):
    key = create(office, role="admin", scopes=["incidents:read"]).json()["key"]
    assert status_with(office, key) == 200
    assert status_with(office, key, "/v1/keys") == 403


@pytest.mark.parametrize(
    ("asked", "status", "said"),
    [
        ({}, 422, "/role"),
        ({"role": "king"}, 422, "/role"),
        ({"role": "viewer", "name": ""}, 422, "/name"),
        ({"role": "viewer", "name": "a\nb"}, 422, "/name"),
        ({"role": "viewer", "name": "x" * 201}, 422, "/name"),
        ({"role": "viewer", "name": 5}, 422, "/name"),
        ({"role": "viewer", "scopes": []}, 422, "/scopes"),
        ({"role": "viewer", "scopes": "incidents:read"}, 422, "/scopes"),
        ({"role": "viewer", "expires_at": "2030-01-01T00:00:00"}, 422, "/expires_at"),
        ({"role": "viewer", "expires_at": "9999-12-31T23:59:59.999-12:00"}, 422, "/expires_at"),
        ({"role": "viewer", "expires_at": 4_000_000_000}, 422, "as a text"),
        ({"role": "viewer", "secret": "mine"}, 422, "/secret"),
        ({"role": "viewer", "expires_at": "2020-01-01T00:00:00Z"}, 400, "already have expired"),
        ({"role": "viewer", "scopes": ["admin"]}, 400, "cannot have admin"),
        ({"role": "viewer", "source": "sensors"}, 400, "not bound"),
        ({"role": "vendor"}, 400, "needs a source"),
        ({"role": "vendor", "source": "nix"}, 400, "no source"),
        ({"role": "vendor", "source": "dispatch"}, 400, "carries calls"),
    ],
)
def test_keys_that_cannot_be_are_refused_with_the_reason(office, asked, status, said):
    before = listed(office)
    answer = create(office, **asked)
    assert answer.status_code == status, answer.text
    assert said in answer.text
    assert listed(office) == before


def test_a_revoked_key_is_of_no_use_and_stays_listed(office):
    made = create(office, role="viewer").json()
    path = f"/v1/keys/{made['id']}"
    office.clock.advance(60)
    for _ in range(2):
        answer = office.ask("DELETE", path, "admin")
        assert (answer.status_code, answer.content) == (204, b"")
        office.clock.advance(60)
    assert status_with(office, made["key"]) == 401
    after = listed(office)[made["id"]]
    assert (after["revoked_at"], after["valid"]) == ("2026-07-04T12:01:00.000Z", False), "the first counts"
    trail = office.get("/v1/audit", "admin", params={"target": f"key:{made['id']}"}).json()["entries"]
    assert [entry["action"] for entry in trail] == ["key.revoke", "key.create"]


@pytest.mark.parametrize("key_id", ["222222222222", "nix", "%00", "x" * 500, "%F0%9F%94%91"])
def test_a_key_that_is_not_there(office, key_id):
    answer = office.ask("DELETE", f"/v1/keys/{key_id}", "admin")
    assert answer.status_code == 404
    assert answer.json()["type"] == "urn:earshot:problem:not-found"


def test_an_expired_key_is_told_as_such(office):
    made = create(office, role="viewer", expires_at="2026-07-04T13:00:00Z").json()
    office.clock.advance(3600)
    assert listed(office)[made["id"]]["valid"] is False
