"""A verdict's life on both databases: waiting, hearing, changing with what comes late, withdrawn."""

from datetime import timedelta

from app.worker.round import has_work, next_revisit
from tests.worker.conftest import Town, instant


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
