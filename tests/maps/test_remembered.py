"""Features that did not change are not spelled again, and none that changed is told as it was."""

import math
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import insert, select, text, update

from app.db import Database
from app.db.models import Incident, Rules
from app.maps import items, queries
from app.maps.remembered import RememberedFeatures
from app.maps.tiles import queries as tiles
from app.maps.tiles.remembered import UnchangedTiles
from tests.conftest import NOW
from tests.maps.conftest import add_places
from tests.records.conftest import HOME, Service, call, filled, reopened

PAGE = "/ogc/collections/incidents/items?limit=8"


def test_what_is_known_is_not_read():
    remembered = RememberedFeatures(most=100)
    asked = []

    def read(keys):
        asked.append(list(keys))
        return {key: b"text of " + key for key in keys}

    assert remembered.known([b"1.0"]) is None
    assert remembered.texts([b"1.0", b"2.0"], read) == [b"text of 1.0", b"text of 2.0"]
    assert remembered.texts([b"2.0", b"3.0", b"1.0"], read) == [
        b"text of 2.0",
        b"text of 3.0",
        b"text of 1.0",
    ]
    assert remembered.known([b"3.0", b"2.0"]) == [b"text of 3.0", b"text of 2.0"]
    assert asked == [[b"1.0", b"2.0"], [b"3.0"]]


def test_a_page_of_which_something_cannot_be_told_is_none():
    remembered = RememberedFeatures(most=100)
    assert remembered.texts([b"1.0", b"2.0"], lambda keys: {b"1.0": b"one"}) is None
    assert remembered.texts([b"1.0"], lambda keys: {}) == [b"one"]


def test_only_so_many_are_remembered_and_those_the_last_used():
    remembered = RememberedFeatures(most=40)
    asked = []

    def read(keys):
        asked.extend(keys)
        return dict.fromkeys(keys, b"text")

    for number in range(1_000):
        remembered.texts([b"often", b"%d.0" % number], read)
    assert len(remembered._young) + len(remembered._old) <= 40
    assert asked.count(b"often") == 1
    remembered.texts([b"0.0"], read)
    assert asked.count(b"0.0") == 2


def test_a_tile_holds_as_long_as_the_state_it_was_made_in():
    unchanged = UnchangedTiles(most_bytes=10)
    made = []

    def make(body):
        made.append(body)
        return body

    for state, told in (("s1", b"one"), ("s1", b"one"), ("s2", b"two"), ("s2", b"two"), ("s1", b"old")):
        assert unchanged.get("a", state, lambda told=told: make(told)) == told
    assert made == [b"one", b"two", b"old"]
    made.clear()
    for state in (None, None):
        assert unchanged.get("a", state, lambda: make(b"new")) == b"new"
    for _ in range(2):
        assert unchanged.get("many", "s1", lambda: make(None)) is None
    assert made == [b"new", b"new", None, None]


def test_empty_tiles_are_forgotten_too():
    unchanged = UnchangedTiles(most=2)
    made = []
    for key in "abca":
        unchanged.get(key, "s", lambda key=key: made.append(key) or b"")
    assert made == ["a", "b", "c", "a"]


def test_so_many_bytes_of_tiles_are_kept_and_those_asked_for_last():
    unchanged = UnchangedTiles(most_bytes=10)

    def is_kept(key, size=4):
        made = []
        unchanged.get(key, "s", lambda: made.append(key) or b"x" * size)
        return not made

    assert not is_kept("a")
    assert not is_kept("b")
    assert is_kept("a")
    assert not is_kept("c")
    assert [is_kept(key) for key in "ca"] == [True, True]
    assert not is_kept("b")
    assert not is_kept("c")
    assert not is_kept("large", 11)
    assert not is_kept("large", 11)
    assert not is_kept("a")
    assert not is_kept("b")
    assert is_kept("a")


def undisturbed(database, ask):
    """What `ask` tells while no other test commits: the state is one of all databases of a server."""
    for _ in range(500):
        before = database.state()
        told = ask()
        if database.state() == before:
            return told
    raise AssertionError("the server's state never stood still")


def test_the_state_changes_with_every_commit(database, settings):
    """Whatever was in the making meanwhile; SQLite's cannot be told."""
    if database.is_embedded:
        assert database.state() is None
        return
    other = Database(settings)
    states = [undisturbed(database, database.state)]
    with database.write() as session:
        session.execute(insert(Rules).values(version="r-000000000001", document={}, created_at=NOW))
        with other.write() as second:
            second.execute(insert(Rules).values(version="r-000000000002", document={}, created_at=NOW))
        states.append(database.state())
    states.append(database.state())
    with other.write() as session:
        session.execute(text("UPDATE rules SET document = document"))
    states.append(database.state())
    other.dispose()
    assert len(set(states)) == len(states)


@pytest.fixture
def lively(settings, clock, kept) -> Iterator[Service]:
    """Eight incidents to change, and keys that are known for a while."""
    keys = kept("night", settings, lambda: filled(settings))
    with reopened(settings.model_copy(update={"key_cache_s": 60.0}), clock, keys) as running:
        yield running


@pytest.fixture
def crowded(lively, monkeypatch) -> Service:
    """The same, where eight incidents are too many to count, and were looked at."""
    monkeypatch.setattr(queries, "_LEAST_COUNTED", 5)
    monkeypatch.setattr(queries, "_PAGES_COUNTED", 0)
    for _ in range(2):
        page(lively)
    return lively


def page(service: Service, path: str = PAGE, who: str = "analyst"):
    """A page's features by their numbers."""
    answer = service.get(path, who)
    assert answer.status_code == 200, answer.text
    return {one["properties"]["number"]: one for one in answer.json()["features"]}


def spelled_anew(service: Service, monkeypatch):
    """The same page, with nothing remembered."""
    with monkeypatch.context() as patched:
        patched.setattr(service.client.app.state, "features", RememberedFeatures())
        return page(service)


def changed(before, after):
    """What of which feature differs."""
    assert before.keys() == after.keys()
    return {
        (number, name)
        for number, one in before.items()
        for name, value in one["properties"].items()
        if after[number]["properties"][name] != value
    }


def test_the_same_is_told_again_without_being_spelled_again(lively, monkeypatch):
    first = page(lively)
    with monkeypatch.context() as patched:
        patched.setattr(queries, "_texts_of", None)
        assert page(lively) == first
        assert page(lively, PAGE + "&verdict=reported").keys() < first.keys()
        some = page(lively, "/ogc/collections/incidents/items?limit=3&sortby=rounds")
        assert {number: first[number] for number in some} == some
    assert spelled_anew(lively, monkeypatch) == first


def test_a_disposition_is_told_at_once(lively):
    before = page(lively)
    number = min(before)
    answer = lively.send(f"/v1/incidents/{number}/disposition", "analyst", {"disposition": "unfounded"})
    assert answer.status_code == 200, answer.text
    assert changed(before, page(lively)) >= {(number, "disposition")}


def test_a_verdict_is_told_at_once_although_no_time_passed(lively, monkeypatch):
    before = page(lively)
    assert before["2026-000004"]["properties"]["verdict"] != "reported"
    lively.post("/v1/calls/dispatch", "cad", [call(20, 3)])
    lively.judge()
    after = page(lively)
    assert after["2026-000004"]["properties"]["verdict"] == "reported"
    assert {number for number, _ in changed(before, after)} == {"2026-000004"}
    assert after == spelled_anew(lively, monkeypatch)


def test_new_zones_are_told_once_they_are_assigned(lively, monkeypatch):
    before = page(lively)
    assert not any(one["properties"]["zones"] for one in before.values())
    add_places(lively)
    lively.judge()
    after = page(lively)
    assert ("2026-000001", "zones") in changed(before, after)
    assert after == spelled_anew(lively, monkeypatch)


def test_what_changes_while_it_is_looked_up_is_told_by_one_statement(lively, monkeypatch):
    before = page(lively)
    texts_of = queries._texts_of

    def change(*arguments):
        with lively.database.write() as session:
            session.execute(update(Incident).values(address="elsewhere"))
        return texts_of(*arguments)

    monkeypatch.setattr(lively.client.app.state, "features", RememberedFeatures())
    monkeypatch.setattr(queries, "_texts_of", change)
    assert changed(before, page(lively)) == {(number, "address") for number in before}


def test_every_change_of_a_row_is_counted(lively):
    for expected in (1, 2):
        with lively.database.write() as session:
            before = dict(session.execute(select(Incident.id, Incident.revision)).all())
            session.execute(update(Incident).where(Incident.id == 3).values(address=str(expected)))
            after = dict(session.execute(select(Incident.id, Incident.revision)).all())
        assert {incident: after[incident] - before[incident] for incident in after} == {
            incident: int(incident == 3) for incident in after
        }


@pytest.mark.parametrize(
    "path", [PAGE, PAGE.replace("8", "5"), PAGE.replace("8", "3") + "&sortby=-updated_at"]
)
def test_small_pages_are_answered_in_the_event_loop_as_in_a_thread(crowded, monkeypatch, path):
    def walked():
        address, answers = path, []
        while address:
            answers.append(crowded.get(address))
            links = {one["rel"]: one["href"] for one in answers[-1].json()["links"]}
            address = links.get("next", "").removeprefix("http://testserver")
        return [(one.status_code, one.content, one.headers["etag"]) for one in answers]

    slowly = walked()
    if crowded.database.is_embedded:
        assert walked() == slowly
        return
    monkeypatch.setattr(items, "read_page", None)
    assert walked() == slowly


@pytest.mark.parametrize("settings", [pytest.param("postgresql", marks=pytest.mark.postgis)], indirect=True)
def test_what_the_event_loop_cannot_tell_is_answered_in_a_thread(crowded, monkeypatch):
    asked = []
    answer_items = items.answer_items
    monkeypatch.setattr(
        "app.maps.routes.answer_items", lambda *told: asked.append(told[0].url.query) or answer_items(*told)
    )
    before = page(crowded)
    assert asked == []
    quick = crowded.client.app.state.database.quick
    pids = [connection.info.backend_pid for connection in quick._pool._pool]
    with crowded.database.engine.connect() as connection:
        connection.execute(
            text("SELECT pg_terminate_backend(pid) FROM unnest(:pids ::int[]) pid"), {"pids": pids}
        )
    assert page(crowded) == before
    assert pids
    assert asked == ["limit=8"]
    deadline = time.monotonic() + 10
    while asked and time.monotonic() < deadline:
        asked.clear()
        assert page(crowded) == before
    assert asked == []
    page(crowded, PAGE + "&rounds=3")
    assert asked == ["limit=8&rounds=3"]


def test_both_ways_refuse_alike(crowded):
    for query in ("limit=0", "limit=8&cursor=x", "limit=8&nonsense=1", "limit=8&crs=x"):
        answer = crowded.get(f"/ogc/collections/incidents/items?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert crowded.get("/ogc/collections/nonsense/items?limit=8").status_code == 404
    assert crowded.get(PAGE, who=None).status_code == 401
    assert crowded.get(PAGE, "vendor").status_code == 403
    assert crowded.get("/ogc/collections/calls/items?limit=8", "viewer").status_code == 404
    assert crowded.ask("HEAD", PAGE, "analyst").content == b""
    tag = crowded.get(PAGE).headers["etag"]
    assert crowded.get(PAGE, headers={"if-none-match": tag}).status_code == 304


def test_a_tile_is_made_again_once_anything_changed(lively, monkeypatch):
    """Near ones tell of an incident at once, and of zones; who asks before has them as they were made."""
    west, north = HOME
    zoom = 12
    column = int((west + 180) / 360 * 2**zoom)
    row = int((1 - math.asinh(math.tan(math.radians(north))) / math.pi) / 2 * 2**zoom)
    made, make = [], tiles._one_by_one
    monkeypatch.setattr(tiles, "_one_by_one", lambda *asked: made.append(asked) or make(*asked))

    def tile(collection):
        made.clear()
        answer = lively.get(f"/ogc/collections/{collection}/tiles/WebMercatorQuad/{zoom}/{row}/{column}")
        return answer.content, len(made)

    def tile_again(collection):
        first, _ = tile(collection)
        again, times = tile(collection)
        assert again == first
        return first, times

    is_told = not lively.database.is_embedded
    before, times = undisturbed(lively.database, lambda: tile_again("incidents"))
    assert (times, bool(before)) == (0 if is_told else 1, True)
    assert tile("zones")[0] == b""
    lively.post("/v1/calls/dispatch", "cad", [call(20, 3)])
    lively.judge()
    after, times = tile("incidents")
    assert (times, after != before) == (1, True)
    add_places(lively)
    zones, times = tile("zones")
    assert (times, bool(zones)) == (1, True)
    lively.judge()
    assert undisturbed(lively.database, lambda: tile_again("zones")) == (zones, 0 if is_told else 1)
