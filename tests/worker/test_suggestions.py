"""What unreported incidents suggest: when, once, taken back while nobody touched it, in any order."""

import itertools
import random
import shutil
from threading import Event, Thread
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert, AuditEntry, Change, FollowUp, FollowUpChange
from app.domain.vocabulary import SourceKind
from app.incidents.follow_ups import change_follow_up
from app.incidents.reviews import decide_link
from app.worker import round as round_module
from app.worker.round import run_round
from tests.conftest import Clock
from tests.correlation.conftest import place
from tests.feeds import add_feed
from tests.worker.conftest import Town, instant

pytestmark = pytest.mark.slow

ROUNDS = {("evidence_search", "rounds"), ("camera_pull", "rounds")}
REPEAT = {("outreach", "repeat")}


@pytest.fixture
def hour(town: Town) -> Town:
    """An hour after the shots, with a feed of calls that is complete and silent."""
    town.clock.now = instant(3600)
    town.heartbeat(3500)
    return town


def rows(town: Town, key: str) -> list[FollowUp]:
    with town.database.read() as session:
        incident = town.incident(key).id
        return list(
            session.scalars(select(FollowUp).where(FollowUp.incident_id == incident).order_by(FollowUp.id))
        )


def standing(town: Town, key: str) -> set[tuple[str, str | None]]:
    return {(row.kind, row.rule) for row in rows(town, key) if row.state == "suggested"}


def history(town: Town, follow_up_id: int) -> list[tuple[str, str]]:
    with town.database.read() as session:
        statement = (
            select(FollowUpChange)
            .where(FollowUpChange.follow_up_id == follow_up_id)
            .order_by(FollowUpChange.id)
        )
        return [(each.actor, each.fields.get("state", "")) for each in session.scalars(statement)]


def again(town: Town) -> None:
    """Have everything judged again."""
    with town.database.write() as session:
        first, last = session.execute(select(func.min(Alert.started_at), func.max(Alert.started_at))).one()
        session.add(Change(kind="all", from_at=first, through_at=last))
    town.work_off()


@pytest.mark.parametrize(("count", "expected"), [(4, set()), (5, ROUNDS), (40, ROUNDS), (None, set())])
def test_many_rounds_that_nobody_reported(hour: Town, count: int | None, expected: set) -> None:
    hour.alert("A", rounds=count)
    hour.work_off()
    assert hour.verdict("A") == "unreported"
    assert standing(hour, "A") == expected


def test_who_suggested_it_and_why(hour: Town) -> None:
    hour.alert("A", rounds=12)
    hour.work_off()
    search = rows(hour, "A")[0]
    assert (search.created_by, search.is_touched, search.created_at) == ("rule:rounds", False, hour.clock())
    assert search.reason == "Nobody reported it, and 12 rounds were heard."
    assert history(hour, search.id) == [("rule:rounds", "suggested")]
    with hour.database.read() as session:
        actors = set(session.scalars(select(AuditEntry.actor)))
    assert not any(actor.startswith("rule:") for actor in actors), "the trail is of people"


def test_pending_and_reported_ones_suggest_nothing(town: Town) -> None:
    town.heartbeat(100)
    town.alert("A", rounds=12)
    town.work_off()
    assert (town.verdict("A"), rows(town, "A")) == ("pending", [])
    town.call("C")
    town.clock.now = instant(3600)
    town.heartbeat(3500)
    town.work_off()
    assert (town.verdict("A"), rows(town, "A")) == ("reported", [])


def test_what_is_long_over_suggests_nothing(town: Town) -> None:
    town.clock.now = instant(6 * 3600 + 1)
    town.heartbeat(4 * 3600)
    town.alert("A", rounds=12)
    town.alert("B", 2, place(10_000), rounds=12)
    town.work_off()
    assert town.verdict("A") == "unreported"
    assert rows(town, "A") == []
    assert standing(town, "B") == ROUNDS, "two seconds later it is not yet six hours"


def test_doing_it_again_changes_nothing(hour: Town) -> None:
    hour.alert("A", rounds=12)
    hour.work_off()
    before = [(row.id, row.state, row.updated_at) for row in rows(hour, "A")]
    for _ in range(2):
        hour.clock.advance(60)
        again(hour)
    assert [(row.id, row.state, row.updated_at) for row in rows(hour, "A")] == before


def test_a_late_call_takes_it_back_and_its_rejection_suggests_it_again(hour: Town) -> None:
    hour.alert("A", rounds=12)
    hour.work_off()
    hour.call("C")
    hour.work_off()
    assert hour.verdict("A") == "reported"
    assert [row.state for row in rows(hour, "A")] == ["dismissed", "dismissed"]
    decide(hour, "A", "rejected")
    assert standing(hour, "A") == ROUNDS
    assert len(rows(hour, "A")) == 2, "never twice"
    states = [state for _, state in history(hour, rows(hour, "A")[0].id)]
    assert states == ["suggested", "dismissed", "suggested"]


def decide(town: Town, key: str, word: str) -> None:
    from app.db.models import Call
    from app.domain.vocabulary import Decision

    with town.database.write() as session:
        call = session.scalar(select(Call.id))
        incident = str(town.incident(key).id)
        decide_link(session, incident, str(call), Decision(word), None, actor="test", now=town.clock())
    town.work_off()


@pytest.mark.parametrize("later", ["call", "retraction", "fewer rounds"])
def test_what_a_person_touched_stays(hour: Town, later: str) -> None:
    hour.alert("A", rounds=12)
    hour.work_off()
    first, second = rows(hour, "A")
    with hour.database.write() as session:
        change_follow_up(session, str(first.id), {"assignee": "Unit 7"}, actor="key:1", now=hour.clock())
    match later:
        case "call":
            hour.call("C")
        case "retraction":
            hour.retract("A")
        case _:
            hour.alert("A", rounds=2, revision=2)
    hour.work_off()
    assert [row.state for row in rows(hour, "A")] == ["suggested", "dismissed"]
    assert history(hour, second.id)[-1] == ("rule:rounds", "dismissed")


def test_what_a_person_dismissed_stays_dismissed(hour: Town) -> None:
    hour.alert("A", rounds=12)
    hour.work_off()
    for row in rows(hour, "A"):
        with hour.database.write() as session:
            change_follow_up(session, str(row.id), {"state": "dismissed"}, actor="key:1", now=hour.clock())
    hour.alert("A", rounds=30, revision=2)
    hour.work_off()
    assert standing(hour, "A") == set()
    assert len(rows(hour, "A")) == 2


def test_more_rounds_told_later(hour: Town) -> None:
    hour.alert("A", rounds=1)
    hour.work_off()
    hour.alert("A", rounds=9, revision=2)
    hour.work_off()
    assert standing(hour, "A") == ROUNDS


@pytest.mark.parametrize(("metres", "expected"), [(199, REPEAT), (201, set())])
def test_a_second_unreported_one_at_the_same_place(hour: Town, metres: float, expected: set) -> None:
    hour.alert("A", 0)
    hour.alert("B", 600, place(metres))
    hour.work_off()
    assert standing(hour, "B") == expected
    assert standing(hour, "A") == set()
    if expected:
        assert hour.incident("A").number in (rows(hour, "B")[0].reason or "")


@pytest.mark.parametrize(("days", "expected"), [(29.9, REPEAT), (30.1, set())])
def test_thirty_days(town: Town, days: float, expected: set) -> None:
    town.clock.now = instant(3600)
    town.imported(-86_400 * 40, 3500)
    town.alert("A", -86_400 * days)
    town.alert("B", 0)
    town.work_off()
    assert town.verdict("A") == "unreported", town.incident("A").reason
    assert standing(town, "B") == expected
    assert rows(town, "A") == [], "it is long over"


def test_the_first_of_two_comes_late_and_goes_again(hour: Town) -> None:
    hour.alert("B", 600)
    hour.work_off()
    assert standing(hour, "B") == set()
    hour.alert("A", 0)
    hour.work_off()
    assert standing(hour, "B") == REPEAT
    hour.alert("A", 0, place(5000), revision=2)
    hour.work_off()
    assert standing(hour, "B") == set()
    hour.alert("A", 0, revision=3)
    hour.work_off()
    assert standing(hour, "B") == REPEAT
    hour.retract("A")
    hour.work_off()
    assert standing(hour, "B") == set()


def test_one_without_a_position(hour: Town) -> None:
    hour.alert("A", 0, (), rounds=12)
    hour.work_off()
    assert hour.verdict("A") == "indeterminate"
    assert rows(hour, "A") == []


def test_work_goes_with_its_alert_through_merge_and_split(hour: Town) -> None:
    for key, east in (("west", 0), ("east", 500)):
        hour.alert(key, 0, place(east), rounds=12)
        hour.work_off()
    mine = rows(hour, "east")[0]
    with hour.database.write() as session:
        change_follow_up(session, str(mine.id), {"state": "open"}, actor="key:1", now=hour.clock())
    absorbed = hour.incident("east").id
    hour.alert("bridge", 10, place(250))
    hour.work_off()
    states = {(row.kind, row.state) for row in rows(hour, "west")}
    assert (mine.kind, "open") in states
    assert len(rows(hour, "west")) == 3
    with hour.database.read() as session:
        left = session.scalars(select(FollowUp.state).where(FollowUp.incident_id == absorbed)).all()
    assert left == ["dismissed"], "the other suggestion is the survivor's now"
    hour.retract("bridge")
    hour.work_off()
    assert hour.incident("east").id != absorbed
    assert [row.id for row in rows(hour, "east") if row.state == "open"] == [mine.id]
    assert standing(hour, "east") == {("camera_pull", "rounds")}
    assert standing(hour, "west") == ROUNDS


def test_a_setting_says_from_how_many_rounds_on(hour: Town) -> None:
    hour.alert("A", rounds=3)
    while run_round(hour.database, hour.clock(), "UTC", follow_up_rounds=3).more:
        pass
    assert standing(hour, "A") == ROUNDS


class Replay:
    """A town that begins again, to deliver the same events to in several orders."""

    def __init__(self, migrated_file, folder) -> None:
        self.file, self.path = migrated_file, folder / "town.db"
        self.database = Database(Settings(database_url=f"sqlite:///{self.path}", _env_file=None))

    def outcome(self, events, *, in_bulk: bool = False) -> set:
        shutil.copy(self.file, self.path)
        database = self.database
        town = Town(database, Clock(instant(4 * 3600)), "UTC")
        with database.write() as session:
            for name, kind in (("sensors", SourceKind.ALERTS), ("cad", SourceKind.CALLS)):
                add_feed(session, name, kind, now=town.clock())
        town.heartbeat(3 * 3600)
        for method, arguments, more in events:
            getattr(town, method)(*arguments, **more)
            if not in_bulk:
                town.work_off()
        town.work_off()
        with database.read() as session:
            found = {
                (
                    frozenset(
                        session.scalars(select(Alert.external_id).where(Alert.incident_id == row.incident_id))
                    ),
                    row.kind,
                    row.rule,
                )
                for row in session.scalars(select(FollowUp).where(FollowUp.state == "suggested"))
            }
        database.dispose()
        return found


EVENTS = [
    ("alert", ("first", 0, place(0)), {"rounds": 2}),
    ("alert", ("second", 1200, place(150)), {"rounds": 2}),
    ("alert", ("second", 1200, place(150)), {"rounds": 7, "revision": 2}),
    ("alert", ("third", 2400, place(60)), {"rounds": 9}),
    ("call", ("C", 2460, place(70)), {}),
    ("alert", ("away", 2400, place(120)), {"rounds": 9, "revision": 1}),
    ("retract", ("first",), {}),
    ("alert", ("fourth", 3600, place(100)), {"rounds": 1}),
]


def test_the_order_of_arrival_does_not_matter(migrated_file, tmp_path) -> None:
    replay = Replay(migrated_file, tmp_path)
    for kept in (EVENTS, EVENTS[:3], [*EVENTS[:2], EVENTS[6]], [EVENTS[0], EVENTS[3], EVENTS[4]]):
        expected = replay.outcome(kept, in_bulk=True)
        orders = list(itertools.permutations(kept)) if len(kept) < 4 else []
        orders = orders or [random.Random(seed).sample(kept, len(kept)) for seed in range(12)]
        for order in orders:
            assert replay.outcome(order) == expected, order
    assert replay.outcome(EVENTS[:3]) == {
        (frozenset({"second"}), "evidence_search", "rounds"),
        (frozenset({"second"}), "camera_pull", "rounds"),
        (frozenset({"second"}), "outreach", "repeat"),
    }


def test_two_workers_at_once_see_each_other(
    hour: Town, second_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first has written its suggestions and not yet committed when the second comes to its own."""
    hour.clock.now = instant(3 * 3600)
    hour.heartbeat(3 * 3600)
    for key, at in (("A", -3 * 3600), ("B", 0)):
        hour.alert(key, at)
        hour.call(f"C{key}", at + 60)
    hour.work_off()
    assert (hour.verdict("A"), hour.verdict("B")) == ("reported", "reported")
    for key, at in (("A", -3 * 3600), ("B", 0)):
        hour.call(f"C{key}", at + 60, place(30_000), revision=2)
    with hour.database.write() as session:
        session.execute(Change.__table__.delete())
    for at in (-3 * 3600, 0):
        with hour.database.write() as session:
            session.execute(insert(Change).values(kind="all", from_at=instant(at), through_at=instant(at)))
    reached, second_is_done = Event(), Event()
    append = round_module.append_events

    def wait_once(session: Any, events: Any) -> None:
        if not reached.is_set():
            reached.set()
            second_is_done.wait(1.5)
        append(session, events)

    monkeypatch.setattr(round_module, "append_events", wait_once)
    first = Thread(target=run_round, args=(hour.database, hour.clock(), "UTC"), kwargs={"most": 1})
    first.start()
    assert reached.wait(10)
    run_round(second_database, hour.clock(), "UTC", most=1)
    second_is_done.set()
    first.join()
    assert (hour.verdict("A"), hour.verdict("B")) == ("unreported", "unreported")
    assert standing(hour, "B") == REPEAT
