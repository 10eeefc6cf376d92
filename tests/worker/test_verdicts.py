"""A verdict's life on both databases: waiting, hearing, healing, and what is written of each change."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from app.correlation.parameters import Parameters
from app.db.models import Change, Event, Incident, VerdictChange
from app.domain.vocabulary import SourceKind
from app.intake.completeness import lower_watermark
from app.rules.store import put_in_force
from app.sources.store import set_disabled
from app.worker import round as rounds
from app.worker.round import has_work, next_revisit
from tests.correlation.conftest import place
from tests.worker.conftest import SHOTS, Town, instant


def test_silence_becomes_a_verdict_when_the_feed_passes_the_window(town: Town) -> None:
    town.heartbeat(120)
    town.alert("A")
    town.work_off()
    waiting = town.incident("A")
    assert waiting.verdict == "pending"
    assert waiting.closes_at == instant(900)
    assert waiting.revisit_at == instant(900 + 1800)
    assert 0 < waiting.probability_reported < 0.2
    town.clock.now = instant(1000)
    town.heartbeat(899)
    town.work_off()
    assert town.verdict("A") == "pending"
    town.heartbeat(900)
    town.work_off()
    settled = town.incident("A")
    assert (settled.verdict, settled.probability_reported) == ("unreported", 0.0)
    assert settled.revisit_at is None
    assert settled.decided_at == instant(1000)
    assert town.history("A") == ["pending", "unreported"]
    assert town.event_types()[0] == "opened"
    assert town.event_types()[-1] == "unreported"


def test_without_word_from_the_feed_it_is_indeterminate_after_the_grace(town: Town) -> None:
    town.heartbeat(120)
    town.alert("A")
    town.work_off()
    assert next_revisit(town.database) == instant(2700)
    town.clock.now = instant(2700) - timedelta(microseconds=1)
    assert not has_work(town.database, town.clock())
    assert town.work_off() == 0
    town.clock.now = instant(2700)
    assert has_work(town.database, town.clock())
    town.work_off()
    found = town.incident("A")
    assert found.verdict == "indeterminate"
    assert "cad is not known complete from 2026-07-04 11:57:00Z to 2026-07-04 12:10:00Z" in found.reason
    assert next_revisit(town.database) is None
    town.imported(100, 2000)
    town.work_off()
    assert town.verdict("A") == "unreported"
    assert town.history("A") == ["pending", "indeterminate", "unreported"]


def test_without_any_feed_nothing_can_be_said(town: Town) -> None:
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "indeterminate"
    town.heartbeat(250)
    town.work_off()
    assert town.verdict("A") == "pending"


def test_a_late_call_turns_unreported_into_reported(town: Town) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "unreported"
    town.clock.advance(3600)
    town.call("C")
    assert town.work_off() == 1
    found = town.incident("A")
    assert found.verdict == "reported"
    assert found.probability_reported > 0.9
    assert found.first_call_lag_s == 60.0
    assert found.call_count == 1
    assert set(town.links("A")) == {"C"}
    assert town.history("A") == ["unreported", "reported"]
    assert town.event_types() == ["opened", "unreported", "reported"]
    document = town.events()[-1].document
    assert document["verdict"] == "reported"
    assert document["decided_at"] == "2026-07-04T14:01:40.000Z"


def test_an_early_report_stands_while_the_feed_goes_on(town: Town) -> None:
    town.heartbeat(120)
    town.alert("A")
    town.call("C")
    town.work_off()
    assert town.verdict("A") == "reported"
    for at in (300, 900, 3000):
        town.clock.now = max(town.clock.now, instant(at))
        town.heartbeat(at)
        town.work_off()
        assert town.verdict("A") == "reported"
    town.pass_time(86_400)
    assert town.history("A") == ["reported"]


def test_a_call_that_turns_out_to_be_the_sensors_own_takes_the_verdict_back(town: Town) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    town.alert("A")
    town.call("C")
    town.work_off()
    assert town.verdict("A") == "reported"
    town.call("C", revision=2, origin="sensor")
    town.work_off()
    found = town.incident("A")
    assert (found.verdict, found.call_count, found.cad_record_count) == ("unreported", 0, 1)
    assert town.links("A") == {}
    assert town.history("A") == ["reported", "unreported"]


def test_a_call_moved_in_time_is_taken_from_where_it_was(town: Town) -> None:
    town.clock.now = instant(90_000)
    town.heartbeat(90_000)
    town.alert("A")
    town.alert("B", 40_000)
    town.call("C", 60)
    town.work_off()
    assert (town.verdict("A"), town.verdict("B")) == ("reported", "unreported")
    town.call("C", 40_060, revision=2)
    town.work_off()
    assert (town.verdict("A"), town.verdict("B")) == ("unreported", "reported")


def test_a_retraction_withdraws(town: Town) -> None:
    town.heartbeat(120)
    town.alert("A")
    town.work_off()
    town.retract("A")
    town.work_off()
    found = town.incident("A")
    assert (found.verdict, found.probability_reported, found.revisit_at) == ("withdrawn", None, None)
    assert town.event_types() == ["opened", "withdrawn"]
    town.alert("A", revision=2)
    town.work_off()
    assert town.verdict("A") == "withdrawn"


def test_not_gunfire_withdraws_until_it_is_gunfire_again(town: Town) -> None:
    town.heartbeat(120)
    town.alert("A")
    town.work_off()
    town.alert("A", revision=2, classification="fireworks")
    town.work_off()
    assert town.verdict("A") == "withdrawn"
    town.alert("A", revision=3)
    town.work_off()
    assert town.verdict("A") == "pending"
    assert len(town.incidents()) == 1


def test_an_alert_without_a_place_is_indeterminate_until_it_gets_one(town: Town) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    town.alert("A", where=())
    town.work_off()
    assert town.verdict("A") == "indeterminate"
    assert town.incident("A").probability_reported is None
    town.alert("A", revision=2)
    town.work_off()
    assert town.verdict("A") == "unreported"


def test_a_hole_in_the_feed_is_named_and_a_late_call_into_it_heals(town: Town) -> None:
    """One call in two minutes; 40 minutes of silence (20 expected) are a gap, whatever the heartbeat says."""
    town.clock.now = instant(86_400)
    town.rhythm(0.5)
    town.heartbeat(86_000)
    far = place(20_000)
    for at in (*range(-4000, -1100, 100), *range(1400, 5000, 100)):
        town.call(f"F{at}", at, far)
    town.alert("A")
    town.work_off()
    found = town.incident("A")
    assert found.verdict == "indeterminate"
    assert "cad is not known complete from 2026-07-04 11:53:00Z to 2026-07-04 12:10:00Z" in found.reason
    town.call("late", 100, far)
    town.work_off()
    assert town.verdict("A") == "unreported"
    town.call("late", 1300, far, revision=2)
    town.work_off()
    assert town.verdict("A") == "indeterminate"


def test_a_late_call_heals_all_of_the_hole_that_it_splits(town: Town) -> None:
    """The call lies half an hour before the alert: it cannot report it, but the hole is none any more."""
    town.clock.now = instant(86_400)
    town.rhythm(0.5)
    far = place(20_000)
    for at in (-3900, 50):
        town.call(f"F{at}", at, far)
    town.heartbeat(1000)
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "indeterminate"
    town.call("late", -1900, far)
    town.work_off()
    assert town.verdict("A") == "unreported"


def test_a_quiet_night_is_no_hole(town: Town) -> None:
    town.clock.now = instant(86_400)
    town.rhythm(0.5)
    town.heartbeat(86_000)
    for at in (-1100, 1250):
        town.call(f"F{at}", at, place(20_000))
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "unreported"


def test_silence_from_the_last_call_to_the_end_of_what_is_said_is_a_hole(town: Town) -> None:
    town.clock.now = instant(86_400)
    town.rhythm(0.5)
    town.call("F", -100, place(20_000))
    town.heartbeat(950)
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "unreported"
    town.heartbeat(6000)
    town.work_off()
    assert town.verdict("A") == "indeterminate"


def test_a_live_push_covers_up_to_its_latest_call_less_the_lateness(town: Town, add_feed: object) -> None:
    furnish_live(add_feed)
    town.clock.now = instant(-300)
    town.call("of last year", -86_400 * 300, place(20_000), source="live", pushed=True)
    town.call("early", -600, place(20_000), source="live", pushed=True)
    town.alert("A")
    town.alert("of last year", -86_400 * 200)
    town.clock.now = instant(4000)
    town.work_off()
    assert town.verdict("A") == "indeterminate"
    town.call("almost", 1499, place(20_000), source="live", pushed=True)
    town.work_off()
    assert town.verdict("A") == "indeterminate"
    town.call("enough", 1500, place(20_000), source="live", pushed=True)
    town.work_off()
    assert town.verdict("A") == "unreported"
    assert town.verdict("of last year") == "indeterminate"


def test_a_feed_of_unknown_rhythm_says_nothing_by_an_hour_of_silence(town: Town, add_feed: object) -> None:
    furnish_live(add_feed)
    for at in (-600, 3_600):
        town.clock.now = instant(at)
        town.call(f"at {at}", at, place(20_000), source="live", pushed=True)
    town.alert("A")
    town.clock.now = instant(7_000)
    town.work_off()
    assert town.verdict("A") == "indeterminate"
    town.call("in between", 3_500, place(20_000), source="live", pushed=True)
    town.call("late, into the hole", 1_000, place(20_000), source="live", pushed=False)
    town.work_off()
    assert town.verdict("A") == "unreported"


def test_a_stray_beat_declares_nothing_complete(town: Town) -> None:
    town.clock.now = instant(5_000)
    town.alert("A", -86_400 * 400)
    town.heartbeat(5_000, since=0)
    town.heartbeat(-86_400 * 20_000)
    town.work_off()
    assert town.verdict("A") == "indeterminate"


def furnish_live(add_feed: object) -> None:
    from app.adapters import preset_text

    add_feed("live", SourceKind.CALLS, "lateness_s = 600\n" + preset_text("generic-calls-json"))  # type: ignore[operator]


def test_a_lowered_watermark_makes_silence_doubtful_again(town: Town) -> None:
    town.clock.now = instant(1000)
    town.heartbeat(1000)
    town.alert("A")
    town.work_off()
    assert town.verdict("A") == "unreported"
    with town.database.write() as session:
        lower_watermark(session, "cad", instant(300), actor="test", now=town.clock())
    town.work_off()
    assert town.verdict("A") == "pending"
    town.pass_time(1700)
    assert town.verdict("A") == "indeterminate"
    town.heartbeat(2000)
    town.work_off()
    assert town.verdict("A") == "unreported"


def test_a_feed_switched_on_again_counts_again_for_what_happened_meanwhile(town: Town) -> None:
    """Two feeds; one is switched off, so the other alone decides; on again, its silence is missing."""
    town.clock.now = instant(-3600)
    with town.database.write() as session:
        set_disabled(session, "cad", disabled=False, actor="test", now=town.clock())
    town.heartbeat(-3600)
    town.clock.now = instant(-3000)
    with town.database.write() as session:
        set_disabled(session, "cad", disabled=True, actor="test", now=town.clock())
    town.clock.now = instant(5000)
    town.alert("A")
    town.work_off()
    assert town.incident("A").reason == "No call feed covers this time and place."
    with town.database.write() as session:
        set_disabled(session, "cad", disabled=False, actor="test", now=town.clock())
    town.work_off()
    assert "cad is not known complete" in town.incident("A").reason


def test_new_rules_are_told_and_written_down(town: Town) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    town.alert("A")
    town.call("C", 60, place(900, 900), nature="disturbance")
    town.work_off()
    assert town.verdict("A") == "unreported"
    with town.database.write() as session:
        rules = put_in_force(session, Parameters(prior_reported=0.97), None, actor="test", now=town.clock())
        session.add(Change(kind="all", from_at=instant(0), through_at=instant(0)))
    town.work_off()
    assert town.incident("A").rules_version == rules.version
    assert len(town.history("A")) == 2


@pytest.mark.parametrize("count", [1, 3])
def test_a_second_round_writes_nothing(town: Town, count: int) -> None:
    town.clock.now = instant(4000)
    town.heartbeat(3900)
    for number in range(count):
        town.alert(f"A{number}", number * 10)
    town.alert("B", 30, place(5000))
    town.call("C")
    town.call("S", 70, origin="sensor")
    town.work_off()
    with town.database.read() as session:
        before = _counts(session)
    town.clock.advance(60)
    with town.database.write() as session:
        session.add(Change(kind="all", from_at=instant(-86_400), through_at=instant(86_400)))
    assert town.work_off() == 0
    with town.database.read() as session:
        assert _counts(session) == before
        assert session.scalar(select(func.max(Incident.updated_at))) == instant(4000)


def _counts(session: object) -> list[int | None]:
    tables = (Event, VerdictChange, Incident)
    return [
        session.scalar(select(func.count()).select_from(table))  # type: ignore[attr-defined]
        for table in tables
    ]


def test_events_follow_the_commits_and_know_what_is_history(town: Town) -> None:
    town.clock.now = SHOTS + timedelta(hours=6)
    town.alert("old", -1)
    town.alert("new", 0, place(5000))
    town.work_off()
    with town.database.read() as session:
        rows = session.execute(select(Event.id, Event.historical, Event.at).order_by(Event.id)).all()
    assert [row.historical for row in rows] == [True, True, False, False]
    assert [row.id for row in rows] == sorted(row.id for row in rows)
    town.clock.advance(60)
    town.retract("new")
    town.work_off()
    last = town.events()[-1]
    assert last.id > rows[-1].id
    assert last.type == "incident.withdrawn"
    assert last.historical
    assert last.at == town.clock()


def test_numbers_are_of_the_year_in_the_agencys_zone(town: Town) -> None:
    """05:59:59Z on New Year's Day is still the old year in Chicago."""
    town.clock.now = datetime(2026, 1, 1, 12, tzinfo=UTC)
    for key, time in (
        ("last", "2026-01-01T05:59:59Z"),
        ("first", "2026-01-01T06:00:00Z"),
        ("second", "2026-01-01T07:00:00Z"),
    ):
        town.deliver("sensors", {"external_id": key, "revision": 1, "started_at": time,
                                 "longitude": place(len(key) * 3000)[0], "latitude": place()[1],
                                 "classification": "single_gunshot"})  # fmt: skip
    town.work_off()
    numbers = [town.incident(key).number for key in ("last", "first", "second")]
    assert numbers == ["2025-000001", "2026-000001", "2026-000002"]
    town.deliver("sensors", {"external_id": "more", "revision": 1, "started_at": "2026-01-01T05:00:00Z",
                             "longitude": place()[0], "latitude": place()[1],
                             "classification": "single_gunshot"})  # fmt: skip
    town.work_off()
    assert town.incident("more").number == "2025-000002"


def test_more_alerts_at_one_instant_than_a_round_holds_come_to_an_end(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file with dates for times puts a day's alerts at midnight."""
    monkeypatch.setattr(rounds, "MOST_ALERTS", 4)
    town.clock.now = instant(4000)
    town.deliver(
        "sensors",
        *[
            {"external_id": f"A{number}", "revision": 1, "started_at": instant(number // 6).isoformat(),
             "longitude": place(number * 3000)[0], "latitude": place()[1]}
            for number in range(12)
        ],
    )  # fmt: skip
    with town.database.write() as session:
        session.add(Change(kind="all", from_at=instant(0), through_at=instant(60)))
    town.work_off()
    assert len(town.incidents()) == 12
    with town.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Change)) == 0


def test_work_in_small_parts_is_as_in_one(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rounds, "MOST_ALERTS", 3)
    town.clock.now = instant(90_000)
    town.heartbeat(90_000)
    for number in range(8):
        town.alert(f"A{number}", number * 55)
    town.alert("far", 70_000)
    town.call("C", 420)
    with town.database.write() as session:
        session.add(Change(kind="all", from_at=instant(-10), through_at=instant(80_000)))
    town.work_off()
    assert town.members() == {frozenset(f"A{number}" for number in range(8)), frozenset({"far"})}
    assert (town.verdict("A0"), town.verdict("far")) == ("reported", "unreported")
