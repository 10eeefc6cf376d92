"""Which incident is which after a regrouping, as a table, and on both databases."""

import pytest

from app.worker.identity import Identity, Piece, assign
from tests.correlation.conftest import place
from tests.worker.conftest import Town, instant

ACTIVE, GONE = True, False


@pytest.mark.parametrize(
    ("why", "pieces", "incident_of", "founders", "expected"),
    [
        ("a new one", [((1, 2), ACTIVE)], {}, {}, [(None, 1, ())]),
        ("grows", [((1, 2), ACTIVE)], {1: 7}, {7: 1}, [(7, 1, ())]),
        ("grows backwards in time", [((2, 1), ACTIVE)], {1: 7}, {7: 1}, [(7, 1, ())]),
        ("two meet: the older survives", [((1, 2, 3), ACTIVE)], {1: 8, 2: 7}, {7: 2, 8: 1}, [(7, 2, (8,))]),
        ("three meet", [((1, 2, 3), ACTIVE)], {1: 7, 2: 8, 3: 9}, {7: 1, 8: 2, 9: 3}, [(7, 1, (8, 9))]),
        (
            "splits: the founder's piece keeps the id",
            [((1, 2), ACTIVE), ((3, 4), ACTIVE)],
            dict.fromkeys((1, 2, 3, 4), 7),
            {7: 3},
            [(None, 1, ()), (7, 3, ())],
        ),
        (
            "the founder is withdrawn: the id follows the active",
            [((1,), GONE), ((2, 3), ACTIVE)],
            {1: 7, 2: 7, 3: 7},
            {7: 1},
            [(None, 1, ()), (7, 2, ())],
        ),
        (
            "the founder is withdrawn and the rest falls apart: to the earliest stored",
            [((1,), GONE), ((4,), ACTIVE), ((2, 3), ACTIVE)],
            dict.fromkeys((1, 2, 3, 4), 7),
            {7: 1},
            [(None, 1, ()), (None, 4, ()), (7, 2, ())],
        ),
        ("all are withdrawn", [((1, 2), GONE)], {1: 7, 2: 7}, {7: 1}, [(7, 1, ())]),
        (
            "another is withdrawn",
            [((1,), ACTIVE), ((2,), GONE)],
            {1: 7, 2: 7},
            {7: 1},
            [(7, 1, ()), (None, 2, ())],
        ),
        (
            "its remnants meet an older one",
            [((2,), GONE), ((1, 3), ACTIVE)],
            {1: 7, 2: 8, 3: 8},
            {7: 1, 8: 2},
            [(None, 2, ()), (7, 1, (8,))],
        ),
        ("its founder lies elsewhere", [((2,), ACTIVE)], {2: 7}, {7: 1}, [(None, 2, ())]),
    ],
)
def test_the_rules(
    why: str,
    pieces: list[tuple[tuple[int, ...], bool]],
    incident_of: dict[int, int | None],
    founders: dict[int, int],
    expected: list[tuple[int | None, int, tuple[int, ...]]],
) -> None:
    found = assign([Piece(*piece) for piece in pieces], incident_of, founders)
    assert found == [Identity(*each) for each in expected], why


def test_a_bridge_merges_two_and_its_retraction_splits_them(town: Town) -> None:
    town.heartbeat(120)
    town.alert("west", 0, place(0))
    town.work_off()
    town.alert("east", 20, place(500))
    town.work_off()
    older, younger = town.incident("west"), town.incident("east")
    assert older.id != younger.id
    town.alert("bridge", 10, place(250))
    town.work_off()
    merged = town.incident("east")
    assert merged.id == older.id
    assert (merged.number, merged.alert_count, merged.rounds) == (older.number, 3, 9)
    assert town.incident_by_id(younger.id).merged_into_id == older.id
    assert town.incident_by_id(younger.id).revisit_at is None
    assert town.event_types(younger.id) == ["opened", "merged"]
    event = town.events()[-1]
    assert event.incident_id == younger.id
    assert event.document["id"] == str(older.id)
    assert event.document["merged_id"] == str(younger.id)
    assert town.event_types(older.id) == ["opened", "updated"]
    town.retract("bridge")
    town.work_off()
    assert town.members() == {frozenset({"west"}), frozenset({"east"}), frozenset({"bridge"})}
    assert town.incident("west").id == older.id
    assert town.verdict("bridge") == "withdrawn"
    assert town.verdict("east") == "pending"
    assert town.incident("east").number not in (older.number, younger.number)
    assert town.incident_by_id(younger.id).merged_into_id == older.id


def test_the_older_survives_though_the_younger_was_first_in_time(town: Town) -> None:
    town.heartbeat(120)
    town.alert("late", 40, place(500))
    town.work_off()
    town.alert("early", 0, place(0))
    town.work_off()
    older = town.incident("late").id
    town.alert("bridge", 20, place(250))
    town.work_off()
    assert {town.incident(key).id for key in ("late", "early", "bridge")} == {older}
    assert town.incident("late").started_at == instant(0)


def test_an_incident_goes_where_its_founding_alert_goes(town: Town) -> None:
    """A revision moves the founder five hours; what it leaves behind becomes a new incident."""
    town.clock.now = instant(90_000)
    town.heartbeat(80_000)
    town.alert("founder", 0)
    town.work_off()
    town.alert("other", 10)
    town.work_off()
    incident_id = town.incident("founder").id
    assert town.incident("other").id == incident_id
    town.alert("founder", 18_000, revision=2)
    town.work_off()
    assert town.incident("founder").id == incident_id
    assert town.incident("founder").started_at == instant(18_000)
    assert town.incident("other").id != incident_id
    assert town.verdict("other") == "unreported"


def test_a_tombstone_waits_for_its_alert(town: Town) -> None:
    town.retract("A")
    town.work_off()
    assert town.incidents() == []
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "withdrawn"


def test_merging_twice_leads_to_the_last_survivor(town: Town) -> None:
    town.heartbeat(120)
    for key, metres in (("a", 0), ("b", 450), ("c", 900)):
        town.alert(key, 0, place(metres))
        town.work_off()
    ids = {key: town.incident(key).id for key in ("a", "b", "c")}
    town.alert("bc", 0, place(675))
    town.work_off()
    assert town.incident_by_id(ids["c"]).merged_into_id == ids["b"]
    town.alert("ab", 0, place(225))
    town.work_off()
    assert town.incident_by_id(ids["b"]).merged_into_id == ids["a"]
    assert [incident.id for incident in town.incidents()] == [ids["a"]]
