"""What feeds said or left out, in verdicts: holes, live pushes, beats, watermarks, feeds switched off."""

from app.domain.vocabulary import SourceKind
from app.intake.completeness import lower_watermark
from app.sources.store import set_disabled
from tests.correlation.conftest import place
from tests.worker.conftest import Town, instant


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
