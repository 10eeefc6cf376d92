"""An analyst at work: signing in, filters that stay, keys that decide. A viewer, who sees no caller."""

import re

import pytest
from playwright.sync_api import expect

from tests.console.watch import CALLER, NARRATIVE, NOTICE, row, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_signing_in_needs_a_good_key_and_lasts(context, watch):
    page = context.new_page()
    page.goto(watch.url + "/")
    expect(page.get_by_text(NOTICE)).to_be_visible()
    page.get_by_label("Key").fill("earshot_no_such_key")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("unknown")
    page.get_by_label("Key").fill(watch.analyst)
    page.keyboard.press("Enter")
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    page.reload()
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    page.get_by_role("button", name="Account and display").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Key")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Key")).to_be_visible()


def test_filters_are_in_the_address_and_survive_a_reload(context, watch):
    watch.unreported("Cedar", east=0.2)
    watch.alert("Dogwood", minutes_ago=41, east=0.3, rounds=1)
    page = sign_in(context, watch, watch.analyst, "/?period=7d")
    expect(row(page, "Cedar")).to_be_visible()
    expect(row(page, "Dogwood")).to_be_visible()
    page.get_by_role("button", name="Filters").click()
    page.get_by_label("Rounds, at least").fill("5")
    page.get_by_label("Rounds, at least").press("Enter")
    page.get_by_role("checkbox", name="Unreported").check()
    expect(row(page, "Dogwood")).to_have_count(0)
    assert re.search(r"\?period=7d&verdict=unreported&min_rounds=5$", page.url)
    page.reload()
    expect(row(page, "Cedar")).to_be_visible()
    expect(row(page, "Dogwood")).to_have_count(0)
    expect(page.get_by_role("button", name="Filters 2 set")).to_be_visible()
    # What comes in is held against them too.
    watch.alert("Elder", minutes_ago=42, east=0.4, rounds=2)
    watch.unreported("Fir", east=0.5)
    expect(row(page, "Fir")).to_be_visible()
    expect(row(page, "Elder")).to_have_count(0)


def test_the_keyboard_is_enough(context, watch):
    watch.alert("Gum", minutes_ago=43, east=0.6)
    watch.call("near-gum", minutes_ago=42, east=0.6)
    watch.complete()
    page = sign_in(context, watch, watch.analyst)
    page.keyboard.press("/")
    page.keyboard.type("Gum Street")
    page.keyboard.press("Enter")
    expect(row(page, "Gum")).to_be_focused()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary")
    expect(drawer).to_contain_text("SHOTS FIRED")
    said = drawer.get_by_role("group", name=re.compile("Decision about call"))
    page.keyboard.press("r")
    expect(said.get_by_role("button", name="It does not")).to_have_attribute("aria-pressed", "true")
    expect(drawer.get_by_role("region", name="Verdict")).to_contain_text("Nobody reported this")
    said.get_by_label("Note that goes with the decision").fill("heard on the tape")
    page.keyboard.press("Tab")
    page.keyboard.press("c")
    expect(said.get_by_role("button", name="It reports this")).to_have_attribute("aria-pressed", "true")
    expect(drawer.get_by_role("region", name="Verdict")).to_contain_text("Somebody reported this")
    page.keyboard.press("u")
    expect(row(page, "Gum")).to_contain_text("Unfounded")
    page.keyboard.press("Escape")
    expect(drawer).to_have_count(0)
    expect(row(page, "Gum")).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys and shapes")).to_be_visible()
    found = watch.incident("Gum")
    assert found["disposition"] == "unfounded"
    assert [call["decision"] for call in found["calls"]] == ["confirmed"]
    assert "heard on the tape" in watch.ask(f"/v1/incidents/{found['id']}/timeline", watch.analyst).text


def test_a_viewer_sees_nobody_who_called(context, watch):
    watch.alert("Hazel", minutes_ago=45, east=0.7)
    watch.call("near-hazel", minutes_ago=44, east=0.7)
    watch.complete()
    bodies: list[str] = []
    asked: list[str] = []

    def overhear(response):
        asked.append(response.url)
        if "/v1/stream" not in response.url and "/assets/" not in response.url:
            bodies.append(response.text())

    context.on("response", overhear)
    page = sign_in(context, watch, watch.viewer)
    row(page, "Hazel").click()
    drawer = page.get_by_role("complementary")
    expect(drawer).to_contain_text("Somebody reported this")
    expect(drawer).to_contain_text("Calls linked")
    for word in ("SHOTS FIRED", "near-hazel", CALLER["name"], CALLER["phone"], NARRATIVE):
        assert word not in page.content()
        assert not [body for body in bodies if word in body]
    assert any(f"/v1/incidents/{watch.incident('Hazel')['id']}" in url for url in asked)
    assert not [url for url in asked if re.search(r"/(calls|timeline|follow-ups|links)\b", url)]
    expect(drawer.get_by_role("button", name="Unfounded")).to_have_count(0)
