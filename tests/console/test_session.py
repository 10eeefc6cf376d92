"""Signing in with a key, the cookie that stands for it, and when it stops doing so."""

import re
from base64 import b64encode
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.access.keys import revoke_key
from app.db.models import KeySession
from tests.console.conftest import COOKIE, LOCKED, MINUTE, OWN, SIGNED_OUT, kind_of


@pytest.mark.parametrize("role", ["viewer", "analyst", "admin"])
def test_a_person_signs_in_and_reads_by_cookie(desk, role):
    browser = desk.browser()
    assert browser.get("/v1/incidents").status_code == 401
    told = browser.post("/console/session", json={"key": desk.key(role, name="Night desk")}).json()
    assert told["role"] == role
    assert "incidents:read" in told["scopes"]
    assert (told["name"], told["source"], told["locks_after_s"]) == ("Night desk", None, 1800)
    assert (told["locks_at"], told["expires_at"]) == ("2026-07-04T12:30:00.000Z", "2026-07-05T00:00:00.000Z")
    assert browser.get("/console/session").json() == told
    for path in ("/v1/incidents", "/ogc", "/ogc/collections/incidents/items"):
        answer = browser.get(path)
        assert answer.status_code == 200, path
        assert "Cookie" in answer.headers["vary"]
    assert browser.get("/v1/alerts").status_code == (403 if role == "viewer" else 200)
    assert browser.get("/metrics").status_code == (200 if role == "admin" else 403)


def test_the_cookie_is_for_this_site_alone_and_for_no_script(desk):
    answer = desk.browser().post("/console/session", json={"key": desk.key()})
    header = answer.headers["set-cookie"]
    token = re.match(rf"{COOKIE}=([A-Za-z0-9_-]{{43}});", header)[1]
    assert {part.strip().lower() for part in header.split(";")[1:]} == {
        "httponly",
        "samesite=strict",
        "path=/",
        "max-age=604800",
    }
    assert answer.headers["cache-control"] == "private, no-store"
    with desk.database.read() as session:
        kept = session.scalars(select(KeySession).order_by(KeySession.id.desc()).limit(1)).one()
    assert len(kept.token_hash) == 32
    assert token not in str(vars(kept))
    assert token not in answer.text


@pytest.mark.parametrize(
    ("behind_proxy", "address", "secure"),
    [(False, "https://earshot.example", True), (True, "http://earshot.example", True), (False, None, False)],
)
def test_the_cookie_stays_within_tls_where_there_is_tls(desk, open_desk, behind_proxy, address, secure):
    served = open_desk(behind_tls_proxy=behind_proxy)
    browser = served.browser(**({"base_url": address} if address else {}))
    signed_in = browser.post("/console/session", json={"key": desk.key()})
    signed_out = browser.delete("/console/session", headers=OWN)
    for answer in (signed_in, signed_out):
        assert ("; Secure" in answer.headers["set-cookie"]) is secure


@pytest.mark.parametrize("role", ["vendor", "cad"])
def test_keys_of_machines_are_refused_with_the_reason(desk, role):
    browser = desk.browser()
    answer = browser.post("/console/session", json={"key": desk.key(role)})
    assert answer.status_code == 403
    assert role in answer.json()["detail"]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"key": "nix"}, 401),
        ({"key": ""}, 401),
        ({"key": f"earshot_{'a' * 12}_{'A' * 43}"}, 401),
        ({"key": "é\x00" * 50}, 401),
        ({"key": "x" * 201}, 422),
        ({"key": None}, 422),
        ({"key": 5}, 422),
        ({"key": ["x"]}, 422),
        ({"key": "nix", "more": 1}, 422),
        ({}, 422),
        ([], 422),
        ("x", 422),
        (None, 415),
    ],
)
def test_what_is_no_key_signs_nobody_in(desk, body, status):
    answer = desk.browser().post("/console/session", json=body)
    assert answer.status_code == status
    assert "set-cookie" not in answer.headers
    assert "Basic" not in answer.headers.get("www-authenticate", "")


def test_a_body_that_is_no_json_document_is_refused(desk):
    browser = desk.browser()
    key = desk.key()
    assert browser.post("/console/session", data={"key": key}).status_code == 415
    assert browser.post("/console/session", content=b'{"key":').status_code == 415
    headers = {"content-type": "application/json"}
    assert browser.post("/console/session", content=b'{"key":', headers=headers).status_code == 400
    assert browser.post("/console/session", content=b" " * 200_000, headers=headers).status_code == 413


def test_a_key_pasted_with_blanks_around_it_is_taken(desk):
    answer = desk.browser().post("/console/session", json={"key": f"  {desk.key()}\n"})
    assert answer.status_code == 200


def test_too_many_wrong_keys_have_to_wait(desk):
    browser = desk.browser()
    for _ in range(12):
        assert browser.post("/console/session", json={"key": desk.key()}).status_code == 200
    for _ in range(10):
        assert browser.post("/console/session", json={"key": "nix"}).status_code == 401
    for key in ("nix", desk.key()):
        answer = browser.post("/console/session", json={"key": key})
        assert kind_of(answer) == (429, "urn:earshot:problem:too-many-tries")
        assert 1 <= int(answer.headers["retry-after"]) <= 60


def test_nobody_is_signed_in_without_a_cookie_that_fits(desk):
    for cookie in (None, "", "x", "A" * 43, "A" * 5000, "é"):
        headers = {} if cookie is None else {"cookie": f"{COOKIE}={cookie}".encode()}
        for path in ("/console/session", "/v1/incidents", "/ogc"):
            answer = desk.browser().get(path, headers=headers)
            assert kind_of(answer) == (401, SIGNED_OUT), (cookie, path)


def test_pages_are_not_asked_for_a_password_by_the_browser(desk):
    """A challenge to Basic would draw the browser's own dialogue over the console."""
    browser = desk.browser()
    for headers in ({"cookie": f"{COOKIE}=x"}, OWN, {"sec-fetch-mode": "cors"}):
        challenge = browser.get("/v1/incidents", headers=headers).headers["www-authenticate"]
        assert challenge.startswith("Bearer")
        assert "Basic" not in challenge
    assert "Basic" not in browser.get("/console/session").headers["www-authenticate"]
    for headers in ({}, {"sec-fetch-mode": "navigate"}):
        assert "Basic" in browser.get("/v1/incidents", headers=headers).headers["www-authenticate"]


def test_a_key_in_the_header_goes_before_the_cookie(desk):
    browser = desk.signed_in("admin")
    assert browser.get("/metrics").status_code == 200
    viewer = {"authorization": f"Bearer {desk.key('viewer')}"}
    assert browser.get("/metrics", headers=viewer).status_code == 403
    for wrong in ("Bearer nix", "Nix x", ""):
        assert browser.get("/metrics", headers={"authorization": wrong}).status_code == 401, wrong
    # A key needs no header of the console's: no other site can send it.
    with_key = {"authorization": f"Bearer {desk.key()}"}
    assert browser.post("/v1/incidents/1/disposition", headers=with_key, json={}).status_code != 403


def test_a_password_that_the_browser_remembers_neither_outlives_a_lock_nor_stops_a_write(desk):
    """Whoever typed a key into the browser's own dialogue has it sent with all that the console asks."""
    browser = desk.signed_in("viewer")
    for password in (f"me:{desk.key('admin')}", "nonsense"):
        basic = {"authorization": "Basic " + b64encode(password.encode()).decode()}
        assert browser.get("/metrics", headers=basic).status_code == 403, "the session is a viewer's"
        assert browser.post("/v1/rules", headers={**OWN, **basic}, json={}).status_code == 403
        assert browser.post("/v1/rules", headers=basic, json={}).status_code == 403
    desk.clock.advance(1800)
    assert kind_of(browser.get("/v1/incidents", headers=basic)) == (401, LOCKED)


def test_a_password_is_no_session(desk):
    basic = {"authorization": "Basic " + b64encode(f"me:{desk.key()}".encode()).decode()}
    browser = desk.browser()
    assert browser.get("/v1/incidents", headers=basic).status_code == 200
    assert browser.get("/console/session", headers=basic).status_code == 401
    assert browser.post("/console/session", headers=basic, json={}).status_code == 422
    assert COOKIE not in browser.cookies


def test_signing_out_ends_the_session_and_takes_the_cookie(desk):
    browser = desk.signed_in()
    token = browser.cookies[COOKIE]
    answer = browser.delete("/console/session", headers=OWN)
    assert (answer.status_code, answer.content) == (204, b"")
    assert COOKIE not in browser.cookies
    stolen = {"cookie": f"{COOKIE}={token}"}
    assert kind_of(browser.get("/v1/incidents", headers=stolen)) == (401, SIGNED_OUT)
    assert browser.delete("/console/session", headers=OWN).status_code == 204
    assert browser.delete("/console/session").status_code == 204
    assert [entry.action for entry in desk.trail()] == ["session.sign-in", "session.sign-out"]


def test_signing_in_again_gives_another_token_and_ends_the_one_before(desk):
    browser = desk.signed_in("viewer")
    first = browser.cookies[COOKIE]
    assert browser.post("/console/session", json={"key": desk.key("admin")}).status_code == 200
    assert browser.cookies[COOKIE] != first
    assert browser.get("/console/session").json()["role"] == "admin"
    stolen = {"cookie": f"{COOKIE}={first}"}
    assert kind_of(desk.browser().get("/v1/incidents", headers=stolen)) == (401, SIGNED_OUT)


def test_a_revoked_key_ends_its_sessions(desk):
    key = desk.key()
    browser = desk.browser()
    assert browser.post("/console/session", json={"key": key}).status_code == 200
    with desk.database.write() as session:
        revoke_key(session, key.split("_")[1], actor="test", now=desk.clock())
    for path in ("/console/session", "/v1/incidents"):
        assert kind_of(browser.get(path)) == (401, SIGNED_OUT)


def test_a_key_that_expires_ends_its_sessions(desk, open_desk):
    remembering = open_desk(key_cache_s=60)
    key = desk.key(expires_at=desk.clock() + timedelta(minutes=10))
    browser = remembering.browser()
    told = browser.post("/console/session", json={"key": key}).json()
    assert told["expires_at"] == told["locks_at"] == "2026-07-04T12:10:00.000Z"
    assert browser.get("/v1/incidents").status_code == 200
    desk.clock.advance(10 * MINUTE)
    assert kind_of(browser.get("/v1/incidents")) == (401, SIGNED_OUT)


def test_fewer_scopes_than_the_role_has_are_kept_to(desk):
    browser = desk.signed_in("admin", scopes=["incidents:read"])
    assert browser.get("/v1/incidents").status_code == 200
    assert browser.get("/v1/alerts").status_code == 403


def test_any_process_answers_for_a_session(desk, open_desk):
    """Even those that remember: what seems locked may have been used elsewhere."""
    first, second = open_desk(key_cache_s=60), open_desk(key_cache_s=60)
    here, there = first.browser(), second.browser()
    assert here.post("/console/session", json={"key": desk.key()}).status_code == 200
    there.cookies.set(COOKIE, here.cookies[COOKIE])
    assert there.get("/v1/incidents").status_code == 200
    desk.clock.advance(20 * MINUTE)
    assert here.post("/console/session/activity", headers=OWN).status_code == 204
    desk.clock.advance(20 * MINUTE)
    assert there.get("/v1/incidents").status_code == 200
    desk.clock.advance(30 * MINUTE)
    assert kind_of(here.get("/v1/incidents")) == (401, LOCKED)
    assert kind_of(there.get("/v1/incidents")) == (401, LOCKED)
    assert [entry.action for entry in desk.trail()].count("session.lock") == 1


def test_a_session_is_remembered_for_a_moment(desk, open_desk):
    remembering = open_desk(key_cache_s=60)
    browser = remembering.browser()
    browser.post("/console/session", json={"key": desk.key()})
    asked = []
    event.listen(
        remembering.app.state.database.reading_engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: asked.append(statement) if "key_sessions" in statement else None,
    )
    for _ in range(5):
        assert browser.get("/v1/incidents").status_code == 200
    assert asked == []
    desk.clock.advance(31 * MINUTE)
    assert browser.get("/v1/incidents").status_code == 401
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"x-earshot-console": ""}, 403),
        ({"x-earshot-console": "0"}, 403),
        ({"x-earshot-console": "1"}, 204),
        ({"x-earshot-console": "1", "origin": "http://testserver"}, 204),
        ({"x-earshot-console": "1", "origin": "https://testserver:443"}, 204),
        ({"x-earshot-console": "1", "origin": "http://testserver:81"}, 403),
        ({"x-earshot-console": "1", "origin": "http://testserver.example"}, 403),
        ({"x-earshot-console": "1", "origin": "null"}, 403),
        ({"x-earshot-console": "1", "origin": "http://[nix"}, 403),
        ({"x-earshot-console": "1", "origin": "http://testserver:nix"}, 403),
        ({"x-earshot-console": "1", "sec-fetch-site": "same-origin"}, 204),
        ({"x-earshot-console": "1", "sec-fetch-site": "same-site"}, 403),
        ({"x-earshot-console": "1", "sec-fetch-site": "cross-site"}, 403),
        ({"x-earshot-console": "1", "sec-fetch-site": "none"}, 403),
        ({"origin": "http://testserver", "sec-fetch-site": "same-origin"}, 403),
    ],
)
def test_only_pages_of_ours_write_by_cookie(desk, headers, status):
    browser = desk.signed_in()
    desk.clock.advance(5 * MINUTE)
    answer = browser.post("/console/session/activity", headers=headers)
    assert answer.status_code == status
    for method, path in (
        ("POST", "/v1/incidents/1/disposition"),
        ("PATCH", "/v1/follow-ups/1"),
        ("POST", "/v1/zones"),
    ):
        written = browser.request(method, path, headers=headers, json={})
        assert (written.status_code == 403) is (status == 403), path
        if status == 403:
            assert kind_of(written) == (403, "urn:earshot:problem:foreign-page")
    assert browser.get("/v1/incidents", headers=headers).status_code == 200, "reading is everybody's"
    moved = browser.get("/console/session").json()["locks_at"] == "2026-07-04T12:35:00.000Z"
    assert moved is (status != 403)
    assert browser.delete("/console/session", headers=headers).status_code == status


@pytest.mark.parametrize(
    "headers", [{"origin": "https://elsewhere.example"}, {"sec-fetch-site": "cross-site"}]
)
def test_no_other_site_signs_anybody_in(desk, headers):
    browser = desk.browser()
    answer = browser.post("/console/session", headers=headers, json={"key": desk.key()})
    assert answer.status_code == 403
    assert COOKIE not in browser.cookies


def test_feeds_take_no_cookie(desk):
    browser = desk.signed_in("admin")
    answer = browser.post("/v1/alerts/sensors", headers=OWN, json={})
    assert answer.status_code == 401


def test_the_trail_names_the_key_and_the_session(desk):
    key = desk.key()
    browser = desk.browser()
    browser.post("/console/session", json={"key": key})
    browser.delete("/console/session", headers=OWN)
    begun, ended = desk.trail()
    assert begun.actor == ended.actor == f"key:{key.split('_')[1]}"
    assert begun.target == ended.target
    assert begun.detail == {"address": "testclient"}
    assert ended.detail == {"because": "signed out"}
    assert browser.cookies.get(COOKIE) is None
