"""When a session locks, who notices, and what puts it off."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import event, select

from app.db.models import KeySession
from tests.console.conftest import COOKIE, HOUR, LOCKED, MINUTE, OWN, SIGNED_OUT, kind_of


def test_a_session_locks_when_nothing_is_done(desk):
    browser = desk.signed_in()
    desk.clock.advance(29 * MINUTE)
    for path in ("/console/session", "/v1/incidents", "/ogc"):
        assert browser.get(path).status_code == 200
    desk.clock.advance(1 * MINUTE)
    for path in ("/console/session", "/v1/incidents", "/ogc"):
        assert kind_of(browser.get(path)) == (401, LOCKED), "reading and polling are no activity"
    for _ in range(2):
        assert kind_of(browser.post("/console/session/activity", headers=OWN)) == (401, LOCKED)
    assert COOKIE in browser.cookies
    assert browser.post("/console/session", json={"key": desk.key()}).status_code == 200
    assert browser.get("/v1/incidents").status_code == 200
    locks = [entry for entry in desk.trail() if entry.action == "session.lock"]
    assert len(locks) == 1, "once, however often it is noticed"
    assert locks[0].detail["because"] == "idle"


def test_many_who_notice_the_lock_at_once_write_it_down_once(desk):
    browser = desk.signed_in()
    cookie = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    desk.clock.advance(HOUR)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: kind_of(desk.browser().get("/ogc", headers=cookie)), range(16)))
    assert set(answers) == {(401, LOCKED)}
    assert [entry.action for entry in desk.trail()] == ["session.sign-in", "session.lock"]


def test_whoever_signs_in_next_finds_out_what_locked(desk):
    desk.signed_in()
    desk.clock.advance(HOUR)
    desk.signed_in()
    assert [entry.action for entry in desk.trail()] == ["session.sign-in", "session.lock", "session.sign-in"]
    desk.clock.advance(8 * 24 * HOUR)
    desk.signed_in()
    with desk.database.read() as session:
        assert len(session.scalars(select(KeySession)).all()) == 1


def test_a_wrong_key_unlocks_nothing(desk):
    browser = desk.signed_in()
    desk.clock.advance(HOUR)
    assert browser.post("/console/session", json={"key": "nix"}).status_code == 401
    assert kind_of(browser.get("/v1/incidents")) == (401, LOCKED)


def test_a_locked_session_can_be_signed_out(desk):
    browser = desk.signed_in()
    desk.clock.advance(HOUR)
    assert browser.delete("/console/session", headers=OWN).status_code == 204
    assert kind_of(browser.get("/v1/incidents")) == (401, SIGNED_OUT)


def test_activity_puts_the_lock_off_but_not_for_ever(desk):
    browser = desk.signed_in()
    for _ in range(35):
        desk.clock.advance(20 * MINUTE)
        assert browser.post("/console/session/activity", headers=OWN).status_code == 204
    told = browser.get("/console/session").json()
    assert told["expires_at"] == "2026-07-05T00:00:00.000Z"
    assert told["locks_at"] == told["expires_at"], "no later than that"
    desk.clock.advance(20 * MINUTE)
    assert kind_of(browser.get("/v1/incidents")) == (401, LOCKED)
    assert desk.trail()[-1].detail["because"] == "longest"


def test_a_write_is_activity_too(desk):
    browser = desk.signed_in()
    desk.clock.advance(29 * MINUTE)
    assert browser.post("/v1/incidents/1/disposition", headers=OWN, json={}).status_code in (404, 422)
    desk.clock.advance(29 * MINUTE)
    assert browser.get("/v1/incidents").status_code == 200


def test_activity_is_written_down_at_most_once_a_minute(desk):
    browser = desk.signed_in()
    written = []
    event.listen(
        desk.app.state.database.engine,
        "before_cursor_execute",
        lambda _c, _u, statement, *_: written.append(statement) if "UPDATE" in statement else None,
    )
    for _ in range(3):
        for _ in range(5):
            assert browser.post("/console/session/activity", headers=OWN).status_code == 204
        desk.clock.advance(59)
        assert browser.post("/console/session/activity", headers=OWN).status_code == 204
        desk.clock.advance(1)
    assert len(written) == 2


def test_many_who_move_at_once_write_once(desk):
    browser = desk.signed_in()
    desk.clock.advance(5 * MINUTE)
    cookie = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}", **OWN}
    written = []
    event.listen(
        desk.app.state.database.engine,
        "after_cursor_execute",
        lambda _c, cursor, statement, *_: written.append(cursor.rowcount) if "UPDATE" in statement else None,
    )
    with ThreadPoolExecutor(8) as pool:
        answers = pool.map(lambda _: browser.post("/console/session/activity", headers=cookie), range(16))
        assert {answer.status_code for answer in answers} == {204}
    assert sum(written) == 1
