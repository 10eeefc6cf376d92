"""`Idempotency-Key`: the same request again is answered alike and writes nothing, on every route."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import orjson
import pytest
from sqlalchemy import func, select, update

from app.access.once import REMEMBERED_FOR, forget_answers
from app.db.models import AnsweredRequest, AuditEntry, FollowUp, Incident
from tests.places.conftest import collection, square
from tests.records.test_link_reviews import CONFIRMED, id_of_call, link, problem
from tests.records.test_missed_gunfire import SHOTS

FOLLOW_UPS = "/v1/incidents/1/follow-ups"
CANVASS = {"kind": "canvass"}


def send(service, path, document, key, *, who="analyst", method="POST"):
    return service.ask(method, path, who, json=document, headers={"Idempotency-Key": key})


def count(service, model):
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def writes(service):
    """Every route that takes the header, with something it accepts, in an order in which it does."""
    rules = service.send("/v1/rules", "admin", {"window_after_s": 1200}).json()["version"]
    yield "POST", "/v1/rules", {"window_after_s": 1300}, "admin"
    yield "POST", f"/v1/rules/{rules}/use", None, "admin"
    yield "POST", link(1, id_of_call(service, "c-1")), CONFIRMED, "analyst"
    yield "POST", "/v1/incidents/1/disposition", {"disposition": "confirmed"}, "analyst"
    yield "POST", FOLLOW_UPS, CANVASS, "analyst"
    yield "PATCH", "/v1/follow-ups/1", {"state": "done"}, "analyst"
    yield "POST", "/v1/incidents/1/shots", {"provenance": "forensic_report", "rounds": 3}, "analyst"
    yield "POST", "/v1/zones?kind=coverage", collection(square(0, "A")), "analyst"
    yield "POST", "/v1/cameras", [{"external_id": "k1", "longitude": -87.9, "latitude": 43.0}], "analyst"
    yield "POST", "/v1/missed-gunfire", SHOTS, "analyst"
    yield "POST", "/v1/missed-gunfire/1/withdrawal", None, "analyst"


def test_every_write_is_answered_alike_and_done_once(night):
    for number, (method, path, document, who) in enumerate(writes(night)):
        options = {"who": who, "method": method}
        first = send(night, path, document, f"press-{number}", **options)
        assert first.status_code in (200, 201), first.text
        assert "idempotency-replayed" not in first.headers
        audited = count(night, AuditEntry)
        night.clock.advance(60)
        again = send(night, path, document, f"press-{number}", **options)
        assert (again.status_code, again.content) == (first.status_code, first.content), path
        assert again.headers["idempotency-replayed"] == "true"
        assert again.headers["cache-control"] == "private, no-store"
        assert again.headers["content-type"] == first.headers["content-type"]
        assert count(night, AuditEntry) == audited, path
        spelled = b"" if document is None else orjson.dumps(document) + b" "
        other = night.ask(
            method,
            path if spelled else f"{path}?x",
            who,
            content=spelled,
            headers={"Idempotency-Key": f"press-{number}", "content-type": "application/json"},
        )
        problem(other, 422, "reused-key")


# Their answer holds a secret that is kept nowhere, or to send them again changes nothing.
WITHOUT = {
    "/v1/keys",
    "/console/session",
    "/console/session/activity",
    "/v1/rejects/{reject_id}/retry",
    "/v1/rules/check",
    "/v1/rules/trial",
}


def test_every_write_that_is_not_repeatable_by_itself_takes_the_header(still):
    takers = 0
    for path, methods in still.client.app.openapi()["paths"].items():
        for method in set(methods) & {"post", "put", "patch", "delete"}:
            names = [each["name"].lower() for each in methods[method].get("parameters", ())]
            is_of_a_feed = path.endswith(("/{source}", "/heartbeat"))
            is_other = is_of_a_feed or method in ("put", "delete") or path in WITHOUT
            assert ("idempotency-key" in names) != is_other, (method, path)
            takers += not is_other
    assert takers == len(list(writes(still))), "say above what each route takes"


def test_another_request_with_the_same_key_is_refused(night):
    assert send(night, FOLLOW_UPS, CANVASS, "k").status_code == 201
    for path, document in ((FOLLOW_UPS, {"kind": "outreach"}), ("/v1/incidents/2/follow-ups", CANVASS)):
        problem(send(night, path, document, "k"), 422, "reused-key")
    assert send(night, FOLLOW_UPS, CANVASS, "k", who="admin").json()["id"] == "2", (
        "each has keys of their own"
    )
    assert send(night, FOLLOW_UPS, CANVASS, "k2").json()["id"] == "3"
    assert count(night, FollowUp) == 3


def test_what_was_refused_is_tried_again(night):
    call = id_of_call(night, "c-1")
    assert send(night, link(1, call), CONFIRMED, "first").status_code == 200
    problem(send(night, link(2, call), CONFIRMED, "second"), 409, "conflict")
    assert send(night, link(1, call), {"decision": "automatic"}, "third").status_code == 200
    done = send(night, link(2, call), CONFIRMED, "second")
    assert done.status_code == 200
    assert "idempotency-replayed" not in done.headers


def test_what_leads_elsewhere_is_not_kept(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 1).values(merged_into_id=2))
    assert send(night, FOLLOW_UPS, CANVASS, "moved").status_code == 308
    assert count(night, AnsweredRequest) == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", b"\xc3\xa9"])
def test_a_key_that_is_none(still, key):
    problem(send(still, FOLLOW_UPS, CANVASS, key), 400, "invalid-parameter")


def test_two_at_once_are_one(night):
    together = Barrier(4)

    def press(_number):
        together.wait()
        return send(night, FOLLOW_UPS, CANVASS, "at-once")

    night.key_of("analyst")
    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(press, range(4)))
    assert {answer.content for answer in answers} == {answers[0].content}
    assert [answer.status_code for answer in answers] == [201] * 4
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert count(night, FollowUp) == 1


def test_answers_are_forgotten_after_a_week(night):
    send(night, FOLLOW_UPS, CANVASS, "old")
    night.clock.advance(REMEMBERED_FOR / timedelta(seconds=1))
    for passed_s, kept in ((0, 1), (1, 0)):
        night.clock.advance(passed_s)
        with night.database.write() as session:
            forget_answers(session, night.clock())
        assert count(night, AnsweredRequest) == kept
    assert send(night, FOLLOW_UPS, CANVASS, "old").json()["id"] == "2"
