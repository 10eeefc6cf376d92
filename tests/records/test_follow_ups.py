"""Follow-ups over HTTP: made, changed, listed, refused; every change kept with who made it."""

import csv
import io
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from app.db.models import AuditEntry, FollowUp, FollowUpChange, Incident
from app.incidents.follow_ups import COUNTED
from app.records import follow_up_schemas as schemas
from tests.records.test_link_reviews import pointers, problem

LIST = "/v1/follow-ups"
NEW = {"kind": "canvass", "assignee": "Unit 7", "due_at": "2026-07-06T09:00:00-05:00", "note": "ask at 12"}


def of(incident):
    return f"/v1/incidents/{incident}/follow-ups"


def make(service, incident=1, who="analyst", **fields):
    answer = service.send(of(incident), who, {**NEW, **fields})
    assert answer.status_code == 201, answer.text
    schemas.FollowUp.model_validate_json(answer.content, strict=True)
    return answer.json()


def patch(service, follow_up_id, document, who="analyst"):
    return service.ask("PATCH", f"{LIST}/{follow_up_id}", who, json=document)


def changed(service, follow_up_id, document, who="analyst"):
    answer = patch(service, follow_up_id, document, who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def count(service, model):
    with service.database.read() as session:
        return session.scalar(select(func.count()).select_from(model))


def test_one_is_made_kept_and_audited(night):
    made = make(night)
    assert made["id"] == "1"
    assert (made["incident_id"], made["incident_number"]) == ("1", "2026-000001")
    assert (made["state"], made["kind"], made["assignee"]) == ("open", "canvass", "Unit 7")
    assert made["due_at"] == "2026-07-06T14:00:00.000Z"
    assert (made["rule"], made["reason"], made["results"]) == (None, None, {})
    assert made["created_by"].startswith("key:")
    (change,) = made["history"]
    assert change["fields"] == {
        "kind": "canvass",
        "state": "open",
        "assignee": "Unit 7",
        "due_at": "2026-07-06T14:00:00.000Z",
        "note": "ask at 12",
    }
    with night.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.target) == ("follow-up.create", "follow-up:1")
    assert (entry.detail, entry.actor) == (change["fields"], made["created_by"])


def test_every_change_is_kept_with_who_made_it(night):
    made = make(night, kind="evidence_search")
    night.clock.advance(60)
    results = {"casings": 3, "arrests": 0, "outcome": "found"}
    done = changed(night, 1, {"state": "done", "results": results, "due_at": None}, "admin")
    assert (done["state"], done["results"], done["due_at"]) == ("done", results, None)
    assert done["assignee"] == "Unit 7", "what is not named stays"
    assert done["updated_at"] == "2026-07-04T12:01:00.000Z"
    assert [change["fields"] for change in done["history"]][1] == {
        "state": "done",
        "results": results,
        "due_at": None,
    }
    assert done["history"][1]["actor"] != made["created_by"]
    with night.database.read() as session:
        entry = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()
    assert (entry.action, entry.detail["state"]) == ("follow-up.change", "done")
    before = count(night, AuditEntry)
    assert changed(night, 1, {"state": "done"}, "admin") == done, "the same again is no change"
    assert count(night, AuditEntry) == before
    shown = night.get(of(1))
    schemas.IncidentFollowUps.model_validate_json(shown.content, strict=True)
    assert shown.headers["cache-control"] == "private, no-store"
    assert shown.json()["follow_ups"] == [done]


@pytest.mark.parametrize("kind", COUNTED)
def test_each_kind_has_words_of_its_own(night, kind):
    results = {**dict.fromkeys(COUNTED[kind], 10_000), "outcome": "not_possible"}
    assert make(night, kind=kind, results=results)["results"] == results
    foreign = next(word for other in COUNTED for word in COUNTED[other] if word not in COUNTED[kind])
    refused = patch(night, 1, {"results": {foreign: 1}})
    assert pointers(problem(refused, 422, "unusable-record")) == [f"/results/{foreign}"]


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({}, ["/kind"]),
        ({"kind": "stakeout"}, ["/kind"]),
        ({"kind": "canvass", "state": "suggested"}, ["/state"]),
        ({"kind": "canvass", "state": None}, ["/state"]),
        ({"kind": "canvass", "assignee": ""}, ["/assignee"]),
        ({"kind": "canvass", "assignee": "x" * 201}, ["/assignee"]),
        ({"kind": "canvass", "assignee": "a\x00"}, ["/assignee"]),
        ({"kind": "canvass", "assignee": "a\nb"}, ["/assignee"]),
        ({"kind": "canvass", "due_at": "tomorrow"}, ["/due_at"]),
        ({"kind": "canvass", "due_at": "2026-07-06T09:00:00"}, ["/due_at"]),
        ({"kind": "canvass", "due_at": 1_800_000_000}, ["/due_at"]),
        ({"kind": "canvass", "note": "x" * 2001}, ["/note"]),
        ({"kind": "canvass", "note": "a\x00"}, ["/note"]),
        ({"kind": "canvass", "results": None}, ["/results"]),
        ({"kind": "canvass", "results": [1]}, ["/results"]),
        ({"kind": "canvass", "results": {"doors": -1}}, ["/results/doors"]),
        ({"kind": "canvass", "results": {"doors": 10_001}}, ["/results/doors"]),
        (
            {"kind": "canvass", "results": {"doors": 2**62, "victims": 1.0}},
            ["/results/doors", "/results/victims"],
        ),
        ({"kind": "canvass", "results": {"doors": True}}, ["/results/doors"]),
        ({"kind": "canvass", "results": {"doors": "3"}}, ["/results/doors"]),
        ({"kind": "canvass", "results": {"outcome": "Mrs Miller saw it"}}, ["/results/outcome"]),
        ({"kind": "canvass", "results": {"outcome": ["found"]}}, ["/results/outcome"]),
        ({"kind": "canvass", "results": {"Mrs Miller": 1}}, ["/results/Mrs Miller"]),
        ({"kind": "canvass", "remark": "x"}, ["/remark"]),
        ([NEW], [""]),
        (None, [""]),
    ],
)
def test_what_is_no_follow_up_is_refused_with_the_place(night, document, wrong):
    answer = night.send(of(1), "analyst", document)
    assert pointers(problem(answer, 422, "unusable-record")) == wrong
    assert count(night, FollowUp) == 0


@pytest.mark.parametrize(
    ("document", "wrong"),
    [
        ({}, [""]),
        ({"kind": "outreach"}, ["/kind"]),
        ({"state": None}, ["/state"]),
        ({"state": "suggested"}, ["/state"]),
        ({"results": None}, ["/results"]),
        ([], [""]),
    ],
)
def test_what_is_no_change_is_refused_with_the_place(night, document, wrong):
    make(night)
    assert pointers(problem(patch(night, 1, document), 422, "unusable-record")) == wrong
    assert count(night, FollowUpChange) == 1


@pytest.mark.parametrize("named", ["99", "abc", "-1", "%00", "9" * 5000])
def test_unknown_ones(night, named):
    problem(night.send(of(named), "analyst", NEW), 404, "not-found")
    problem(night.get(of(named)), 404, "not-found")
    problem(patch(night, named, {"state": "done"}), 404, "not-found")


def test_a_merged_incident_leads_to_the_survivor(night):
    with night.database.write() as session:
        session.execute(update(Incident).where(Incident.id == 3).values(merged_into_id=4))
    for answer in (night.send(of(3), "analyst", NEW), night.get(of(3))):
        assert (answer.status_code, answer.headers["location"]) == (308, of(4))
    assert count(night, FollowUp) == 0


@pytest.mark.parametrize(("who", "status"), [("viewer", 403), ("vendor", 403), ("cad", 403), ("admin", 201)])
def test_who_may(night, who, status):
    assert night.send(of(1), who, NEW).status_code == status
    assert night.get(LIST, who).status_code == (200 if status == 201 else status)


def test_two_at_once_are_both_kept(night):
    make(night)
    night.key_of("admin")
    answers = []

    def change(who, document):
        answers.append(patch(night, 1, document, who).status_code)

    pairs = [("analyst", {"assignee": f"Unit {number}"}) for number in range(3)]
    pairs += [("admin", {"note": f"note {number}"}) for number in range(3)]
    threads = [Thread(target=change, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [200] * 6
    (found,) = night.get(of(1)).json()["follow_ups"]
    assert len(found["history"]) == 7
    last = {}
    for each in found["history"]:
        last |= each["fields"]
    assert (found["assignee"], found["note"]) == (last["assignee"], last["note"])


@pytest.fixture
def many(night):
    kinds = ["outreach", "canvass", "camera_pull", "evidence_search"]
    for number in range(10):
        due = None if number % 3 == 0 else f"2026-07-{10 + number % 4}T00:00:00Z"
        make(night, 1 + number % 4, kind=kinds[number % 4], assignee=f"Unit {number % 2}", due_at=due)
        night.clock.advance(number % 2)
    changed(night, 3, {"state": "done"})
    changed(night, 4, {"state": "dismissed", "assignee": None})
    return night


@pytest.mark.parametrize("sort", ["-created_at", "created_at", "due_at", "-due_at"])
def test_every_order_pages_without_loss(many, sort):
    whole = many.get(f"{LIST}?sort={sort}").json()
    schemas.FollowUpList.model_validate(whole)
    paged = many.all_pages(f"{LIST}?sort={sort}&limit=3", "follow_ups")
    assert paged == whole["follow_ups"]
    assert len({item["id"] for item in paged}) == 10
    name, down = sort.lstrip("-"), sort.startswith("-")
    known = [item[name] for item in paged if item[name] is not None]
    assert known == sorted(known, reverse=down)
    assert [item[name] for item in paged][len(known) :] == [None] * (10 - len(known))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("state=done", {3}),
        ("state=done,dismissed", {3, 4}),
        ("kind=canvass", {2, 6, 10}),
        ("assignee=Unit 0", {1, 3, 5, 7, 9}),
        ("assignee=Unit", set()),
        ("due_to=2026-07-11T00:00:00Z", {5, 9}),
        ("due_from=2026-07-13T00:00:00Z", {8}),
        ("kind=outreach&state=open&due_from=2026-07-01T00:00:00Z", {5, 9}),
    ],
)
def test_filters(many, query, ids):
    assert {int(item["id"]) for item in many.get(f"{LIST}?{query}").json()["follow_ups"]} == ids


def test_as_csv(many):
    answer = many.get(f"{LIST}?f=csv&limit=4")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(rows) == 4
    assert "results" not in rows[0]
    assert rows[0]["incident_number"].startswith("2026-")
    assert 'rel="next"' in answer.headers["link"]


@pytest.mark.parametrize(
    "query", ["state=x", "kind=x", "due_to=soon", "sort=kind", "assignee=", "f=geojson", "cursor=x", "nix=1"]
)
def test_wrong_parameters(still, query):
    problem(still.get(f"{LIST}?{query}"), 400, "invalid-parameter")


def test_they_are_on_the_timeline(night):
    make(night)
    entries = night.get("/v1/incidents/1/timeline").json()["timeline"]
    (entry,) = [each for each in entries if each["kind"] == "follow_up"]
    assert entry["record"] == {"type": "follow_up", "id": "1"}
    assert entry["details"]["kind"] == "canvass"


def test_the_routes_are_described(still):
    paths = still.client.get("/openapi.json").json()["paths"]
    for path, method, status in (
        ("/v1/incidents/{incident_id}/follow-ups", "post", "201"),
        ("/v1/follow-ups/{follow_up_id}", "patch", "200"),
    ):
        operation = paths[path][method]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        assert {"state", "assignee", "due_at", "note", "results"} <= set(schema["properties"])
        assert {status, "400", "401", "403", "404", "409", "413", "415", "422"} <= set(operation["responses"])
