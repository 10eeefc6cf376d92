"""One incident on the screen: its window closes, its shots are played, what was decided is taken back."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from tests.browser import count_pixels
from tests.console.looking import coloured
from tests.console.watch import LATITUDE, LONGITUDE, row, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
WINDOW_S = 900
SHOTS = 4
# The light theme's.
INK = (21, 25, 30)
NEAR = 14
TWO_SHOTS_PX = 60


def test_an_incident_whose_window_closes_becomes_unreported(context, watch):
    page = sign_in(context, watch, watch.analyst)
    watch.alert("Kauri", minutes_ago=(WINDOW_S - 4) / 60, east=1.0)
    watch.complete()
    expect(row(page, "Kauri")).to_contain_text(re.compile(r"0:0\d left|closing"))
    row(page, "Kauri").click()
    verdict = page.get_by_role("region", name="Verdict")
    expect(verdict).to_contain_text("open")
    deadline = time.monotonic() + 20
    while verdict.get_by_text("Nobody reported this").count() == 0:
        assert time.monotonic() < deadline, verdict.inner_text()
        watch.complete()
        page.wait_for_timeout(300)
    expect(row(page, "Kauri")).not_to_contain_text("left")
    watch.call("late", minutes_ago=14, east=1.0)
    expect(verdict).to_contain_text("Somebody reported this")


def test_what_was_decided_is_taken_back_and_notes_are_kept(context, watch):
    watch.alert("Larch", minutes_ago=40, east=1.1)
    watch.call("near-larch", minutes_ago=39, east=1.1)
    watch.complete()
    page = sign_in(context, watch, watch.analyst)
    row(page, "Larch").click()
    decision = page.get_by_role("group", name=re.compile("Decision about call"))
    decision.get_by_label("Note that goes with the decision").fill("heard on the tape")
    decision.get_by_role("button", name="It does not").click()
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Nobody reported this")
    notes = page.get_by_role("region", name="Notes")
    notes.locator(".toast", has_text="does not report").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("Somebody reported this")
    # The keyboard's words come back by one press, too.
    page.get_by_role("heading", name=re.compile(r"^\d{4}-\d+$")).focus()
    page.keyboard.press("u")
    expect(row(page, "Larch")).to_contain_text("Unfounded")
    notes.locator(".toast", has_text="unfounded").get_by_role("button", name="Undo").click()
    expect(row(page, "Larch")).not_to_contain_text("Unfounded")
    disposition = page.get_by_role("group", name="Disposition")
    disposition.get_by_label("Note that goes with the disposition").fill("nine casings")
    disposition.get_by_role("button", name="Confirmed", exact=True).click()
    expect(page.get_by_role("complementary")).to_contain_text("nine casings")
    found = watch.incident("Larch")
    assert found["disposition"] == "confirmed"
    assert [call["decision"] for call in found["calls"]] == ["automatic"]


@pytest.fixture
def gunfight(context, watch):
    """An incident with four shots 0.8 s apart on a line of 90 m, opened."""
    shots = [
        {"offset_s": order * 0.8, "longitude": LONGITUDE + 1.2 + order * 0.0004, "latitude": LATITUDE}
        for order in range(SHOTS)
    ]
    watch.alert("Maple", minutes_ago=50, east=1.2, shots=shots, rounds=SHOTS)
    watch.complete()
    page = sign_in(context, watch, watch.analyst)
    row(page, "Maple").click()
    expect(page.get_by_role("button", name="Play", exact=True)).to_be_visible()
    return page


def inked(page: Page) -> int:
    """How many pixels of the map have the colour of shots and of the way between them."""
    box = page.get_by_role("region", name="Map", exact=True).bounding_box()
    return count_pixels(page, INK, NEAR, clip=box)


def test_the_map_shows_the_shots_that_were_heard(gunfight):
    slider = gunfight.get_by_label("Seconds after the first shot")
    slider.fill("0")
    # The first step looks where the shots are.
    gunfight.wait_for_timeout(900)
    first = inked(gunfight)
    slider.fill("1.7")
    deadline = time.monotonic() + 10
    while inked(gunfight) < first + TWO_SHOTS_PX:
        assert time.monotonic() < deadline, "two more shots and the way to them"
        gunfight.wait_for_timeout(100)
    slider.fill("0")
    while inked(gunfight) > first + NEAR:
        assert time.monotonic() < deadline, "they are not heard yet"
        gunfight.wait_for_timeout(100)
    # The first is lit no more, those to come are not there yet: nothing but the incident has its colour.
    gunfight.get_by_role("button", name="Show all").click()
    gunfight.wait_for_timeout(500)
    alone = coloured(gunfight, "unreported")
    slider.fill("0.5")
    gunfight.wait_for_timeout(900)
    assert abs(coloured(gunfight, "unreported") - alone) < TWO_SHOTS_PX


def test_shots_are_played_in_their_order(gunfight):
    slider = gunfight.get_by_label("Seconds after the first shot")
    for at_s, heard in ((0, 1), (0.79, 1), (0.8, 2), (2.0, 3), (2.41, 4)):
        slider.fill(f"{at_s}")
        expect(gunfight.get_by_text(f"Shot {heard} of {SHOTS}, {at_s:.2f} s")).to_be_visible()
        expect(slider).to_have_attribute("aria-valuetext", f"{heard} of {SHOTS} shots")
    gunfight.get_by_role("button", name="Show all").click()
    expect(gunfight.get_by_text("4 shots in 2.4 s")).to_be_visible()
    gunfight.get_by_label("Speed").select_option("1")
    begun = time.monotonic()
    gunfight.get_by_role("button", name="Play", exact=True).click()
    expect(gunfight.get_by_role("button", name="Pause")).to_be_visible()
    expect(gunfight.get_by_text(f"Shot {SHOTS} of {SHOTS}, 3.00 s")).to_be_visible()
    assert time.monotonic() - begun > 2.9, "in their own time"
    expect(gunfight.get_by_role("button", name="Play", exact=True)).to_be_visible()
