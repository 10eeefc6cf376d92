"""What a shift needs besides verdicts: follow-ups, what was known then, keys to the next one, the sound."""

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.console.watch import row, section, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
# How often a tone is started, by the page's own audio.
COUNT_TONES = """() => {
    window.tones = 0;
    const begin = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...at) { window.tones += 1; return begin.apply(this, at); };
}"""


def test_a_follow_up_gets_somebody_and_a_date_and_is_done(context, watch):
    watch.alert("Nutmeg", minutes_ago=40, east=1.3, rounds=2)
    watch.complete()
    page = sign_in(context, watch, watch.analyst)
    row(page, "Nutmeg").click()
    drawer = page.get_by_role("complementary")
    expect(drawer).to_contain_text("Nobody reported this")
    form = drawer.get_by_role("form", name="New follow-up")
    form.get_by_label("Kind").select_option("camera_pull")
    form.get_by_label("Assignee").fill("Officer Lee")
    form.get_by_role("button", name="Add").click()
    whose = drawer.get_by_label("Whose the camera pull is")
    expect(whose).to_have_value("Officer Lee")
    whose.fill("Officer Cruz")
    whose.press("Tab")
    due = drawer.get_by_label(re.compile("When the camera pull is due"))
    due.fill("2031-05-06T07:30")
    due.blur()
    # In the agency's zone, which is five hours behind in May.
    expect(due).to_have_value("2031-05-06T07:30")
    drawer.get_by_label("State of the camera pull").select_option("done")
    expect(drawer.get_by_text("Officer Cruz, due")).to_be_visible()
    path = f"/v1/incidents/{watch.incident('Nutmeg')['id']}/follow-ups"
    told = watch.ask(path, watch.analyst).json()["follow_ups"]
    (pull,) = (one for one in told if one["kind"] == "camera_pull")
    assert (pull["assignee"], pull["state"]) == ("Officer Cruz", "done")
    assert datetime.fromisoformat(pull["due_at"]) == datetime(2031, 5, 6, 12, 30, tzinfo=UTC)


def test_what_was_known_then_is_shown_and_nothing_is_decided_there(context, watch):
    page = sign_in(context, watch, watch.analyst)
    watch.unreported("Oleander", east=1.4)
    row(page, "Oleander").click()
    verdict = page.get_by_role("region", name="Verdict", exact=True)
    expect(verdict).to_contain_text("Nobody reported this")
    page.wait_for_timeout(1_100)
    before = datetime.now(UTC)
    page.wait_for_timeout(1_100)
    watch.call("near-oleander", minutes_ago=39, east=1.4)
    expect(verdict).to_contain_text("Somebody reported this")
    drawer = page.get_by_role("complementary")
    ask = drawer.get_by_label(re.compile("As it was known at"))
    ask.evaluate("(input) => { input.closest('details').open = true; }")
    local = before - timedelta(hours=_behind_utc(before))
    ask.fill(f"{local:%Y-%m-%dT%H:%M:%S}")
    ask.locator("xpath=ancestor::form").get_by_role("button", name="Show").click()
    expect(verdict).to_contain_text("Nobody reported this")
    expect(drawer.get_by_role("button", name="It does not")).to_have_count(0)
    expect(drawer.get_by_role("group", name="Disposition")).to_have_count(0)
    page.keyboard.press("u")
    drawer.get_by_role("button", name="Back to now").click()
    expect(verdict).to_contain_text("Somebody reported this")
    assert watch.incident("Oleander")["disposition"] is None


def _behind_utc(at: datetime) -> int:
    """Hours that Chicago is behind, for these tests in either half of the year."""
    offset = at.astimezone(ZoneInfo("America/Chicago")).utcoffset()
    assert offset is not None
    return -int(offset.total_seconds() // 3600)


def test_keys_go_from_one_incident_to_the_next_and_back(context, watch):
    for order, name in enumerate(("Poppy", "Quince", "Rowan")):
        watch.alert(f"Keys {name}", minutes_ago=40 + order, east=1.5 + order / 10)
    watch.complete()
    page = sign_in(context, watch, watch.analyst, "/?q=Keys")
    expect(section(page, "Unreported")).to_contain_text("3")
    for name in ("Poppy", "Quince", "Rowan"):
        page.keyboard.press("j")
        expect(row(page, f"Keys {name}")).to_be_focused()
    page.keyboard.press("k")
    expect(row(page, "Keys Quince")).to_be_focused()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary")
    expect(drawer).to_contain_text("Keys Quince Street")
    # With an open one, the next one opens.
    page.keyboard.press("j")
    expect(drawer).to_contain_text("Keys Rowan Street")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(row(page, "Keys Rowan")).to_be_focused()


def test_a_key_acts_on_what_is_seen(context, watch):
    """On what is open though the list does not show it, and on nothing on a page without a list."""
    for place, name in enumerate(("Sorrel", "Thistle")):
        watch.alert(f"Seen {name}", minutes_ago=40 + place, east=2.5 + place / 10)
    watch.complete()
    page = sign_in(context, watch, watch.analyst, "/?q=Seen")
    expect(section(page, "Unreported")).to_contain_text("2")
    thistle = watch.incident("Seen Thistle")
    page.keyboard.press("j")
    expect(row(page, "Seen Sorrel")).to_be_focused()
    page.get_by_role("link", name="Insight").click()
    expect(page.get_by_role("heading", name="Insight")).to_be_visible()
    page.keyboard.press("u")
    page.goto(f"{watch.url}/incidents/{thistle['number']}?q=nothing-like-it")
    drawer = page.get_by_role("complementary")
    expect(drawer).to_contain_text("Seen Thistle Street")
    expect(page.locator(".queue-row")).to_have_count(0)
    page.keyboard.press("u")
    expect(page.get_by_text(f"{thistle['number']} is unfounded.")).to_be_visible()
    # What was decided does not come into a list that it does not fit.
    expect(page.locator(".queue-row")).to_have_count(0)
    assert watch.incident("Seen Thistle")["disposition"] == "unfounded"
    assert watch.incident("Seen Sorrel")["disposition"] is None


def test_half_a_date_changes_nothing(context, watch):
    watch.alert("Umbel", minutes_ago=40, east=2.7)
    watch.complete()
    page = sign_in(context, watch, watch.analyst)
    row(page, "Umbel").click()
    drawer = page.get_by_role("complementary")
    form = drawer.get_by_role("form", name="New follow-up")
    form.get_by_label("Kind").select_option("canvass")
    form.get_by_role("button", name="Add").click()
    due = drawer.get_by_label(re.compile("When the canvass is due"))
    expect(due).to_be_visible()
    # Nobody types within the moment in which a field is drawn.
    page.wait_for_timeout(500)
    due.fill("2031-05-06T07:30")
    due.blur()
    path = f"/v1/incidents/{watch.incident('Umbel')['id']}/follow-ups"

    def told():
        (one,) = (
            one for one in watch.ask(path, watch.analyst).json()["follow_ups"] if one["kind"] == "canvass"
        )
        return one["due_at"]

    expect(due).to_have_value("2031-05-06T07:30")
    expect(drawer.get_by_label("State of the canvass")).to_be_visible()
    page.wait_for_timeout(500)
    before = told()
    assert before is not None
    due.focus()
    page.keyboard.press("Backspace")
    expect(due).to_have_value("")
    due.blur()
    expect(due).to_have_value("2031-05-06T07:30")
    page.wait_for_timeout(500)
    assert told() == before
    # A year is 2, 20 and 203 first.
    errors = []

    def note(error):
        errors.append(error)

    page.on("pageerror", note)
    due.fill("0020-05-06T07:30")
    due.blur()
    page.wait_for_timeout(500)
    assert errors == []


def test_a_new_unreported_one_sounds_unless_it_is_switched_off(context, watch):
    page = sign_in(context, watch, watch.analyst)
    page.evaluate(COUNT_TONES)
    watch.unreported("Sumac", east=1.8)
    expect(row(page, "Sumac")).to_be_visible()
    page.wait_for_function("() => window.tones === 2")
    page.get_by_role("button", name=re.compile("[Ss]ound")).click()
    page.wait_for_timeout(1_600)
    watch.unreported("Tamarack", east=1.9)
    expect(row(page, "Tamarack")).to_be_visible()
    page.wait_for_timeout(300)
    assert page.evaluate("window.tones") == 2
