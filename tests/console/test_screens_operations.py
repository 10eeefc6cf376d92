"""What administrators do on the screen of operations, and what others see of it."""

import re
from datetime import UTC, datetime, timedelta

import httpx2 as httpx
import pytest
from playwright.sync_api import Page, expect

from app.domain.vocabulary import Role
from tests.browser import browsing
from tests.console.city import enter

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def admin(watch):
    return watch.key(Role.ADMIN)


@pytest.fixture(scope="module")
def page(chromium, watch, admin):
    """The screen of operations as an administrator has it."""
    with browsing(chromium) as context:
        yield enter(context, watch, admin, "/operations")


def choose(page: Page, pane: str) -> None:
    page.get_by_role("navigation", name="Operations").get_by_role("button", name=pane).click()
    expect(page.get_by_role("heading", name=pane, level=1)).to_be_visible()


def test_an_analyst_sees_sources_only(context, watch):
    page = enter(context, watch, watch.analyst, "/operations?pane=keys")
    expect(page.get_by_role("navigation", name="Operations").get_by_role("button")).to_have_text(["Sources"])
    expect(page.get_by_role("heading", level=1)).to_have_text("Sources")
    expect(page.get_by_role("row", name=re.compile("dispatch calls"))).to_be_visible()


def test_what_was_refused_is_used_once_its_mapping_is_mended(page, watch):
    record = {"external_id": "mended", "nature": "shots_fired", "nature_code": "SHOTS FIRED", "line": "911"}
    record["reported"] = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    headers = {"Authorization": f"Bearer {watch.cad}"}
    answer = httpx.post(f"{watch.url}/v1/calls/dispatch", json=record, headers=headers, timeout=10)
    assert answer.status_code == 422
    choose(page, "Rejects")
    page.locator(".card-head", has_text="mended").click()
    expect(page.get_by_label("The record as it came")).to_contain_text(record["reported"])
    expect(page.locator(".card-body li")).to_have_text(re.compile("/received_at.+"))
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It still cannot be used.")).to_be_visible()

    page.get_by_role("button", name="Mapping of dispatch").click()
    mapping = page.get_by_label("Mapping of dispatch (TOML)")
    before = mapping.input_value()
    mapping.fill(before.replace('"received_at"', '"received_at ||"'))
    page.get_by_role("button", name="Store the mapping").click()
    expect(page.locator(".mapping [role=alert]")).to_contain_text("received_at")
    mapping.fill(before.replace('"received_at"', '"received_at || reported"'))
    page.get_by_role("button", name="Store the mapping").click()
    expect(page.get_by_text("dispatch has a new mapping.")).to_be_visible()
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_text("It could be used now.")).to_be_visible()
    expect(page.locator(".card-head", has_text="mended")).to_have_count(0)
    page.get_by_label("resolved ones too").check()
    expect(page.locator(".card-head", has_text="mended")).to_have_count(1)
    (call,) = watch.ask("/v1/calls?q=mended", watch.analyst).json()["calls"]
    assert call["external_id"] == "mended"


def test_a_key_is_made_works_and_is_revoked(page, watch):
    choose(page, "Keys")
    page.get_by_label("Whose it is").fill("Night desk")
    page.get_by_label("Role").select_option("viewer")
    page.get_by_role("button", name="Create a key").click()
    key = page.locator(".new-key code").inner_text()
    assert watch.ask("/v1/incidents", key).status_code == 200
    assert watch.ask("/v1/calls", key).status_code == 403
    page.get_by_role("button", name="I have it").click()
    assert key not in page.content(), "shown once"
    row = page.get_by_role("row", name=re.compile("Night desk"))
    expect(row).to_contain_text("valid")
    row.get_by_role("button", name="Revoke").click()
    row.get_by_role("button", name="No", exact=True).click()
    assert watch.ask("/v1/incidents", key).status_code == 200
    row.get_by_role("button", name="Revoke").click()
    row.get_by_role("button", name="Revoke Night desk").click()
    expect(row).to_contain_text("revoked")
    # Keys are remembered for a tenth of a second.
    page.wait_for_timeout(200)
    assert watch.ask("/v1/incidents", key).status_code == 401


def test_other_rules_say_what_they_would_change(page, watch):
    watch.unreported("Juniper", east=0.9)
    watch.call("near-juniper", minutes_ago=39, east=0.9)
    expect_verdict(watch, "Juniper", "reported")
    choose(page, "Rules")
    parameters = page.get_by_label("Parameters (JSON)")
    expect(parameters).to_have_value(re.compile('"gate_m": 2000'))
    in_force = parameters.input_value()
    parameters.fill(in_force.replace('"gate_m": 2000', '"gate_m": -5'))
    page.get_by_role("button", name="What would change").click()
    expect(page.get_by_role("alert")).to_contain_text("gate_m")
    # The call is 80 m away.
    parameters.fill(in_force.replace('"gate_m": 2000', '"gate_m": 10'))
    page.get_by_role("button", name="What would change").click()
    found = page.get_by_role("region", name="Rules").get_by_role("status")
    expect(found).to_contain_text("Reported to Unreported: 1")
    expect(found.get_by_role("link", name=watch.incident("Juniper")["number"])).to_be_visible()
    assert watch.incident("Juniper")["verdict"] == "reported", "nothing was changed"


def test_the_trail_tells_of_all_that(page, watch):
    choose(page, "Audit trail")
    for action, target in (
        ("key.create", ""),
        ("key.revoke", ""),
        ("rejects.read", ""),
        ("rejects.retry", ""),
        ("source.change-mapping", "source:dispatch"),
    ):
        page.get_by_label("Did what").fill(action)
        page.get_by_label("To what").fill(target)
        page.get_by_role("button", name="Search").click()
        expect(page.locator("table.rows tbody tr").first).to_contain_text(action)
        expect(page.locator("table.rows tbody tr", has_not_text=action)).to_have_count(0)
    page.get_by_label("Did what").fill("no.such.act")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No such entry")).to_be_visible()


def expect_verdict(watch, name: str, verdict: str) -> None:
    """Wait until an alert's incident is judged so."""
    deadline = datetime.now(UTC) + timedelta(seconds=15)
    while (found := watch.incident(name)["verdict"]) != verdict:
        assert datetime.now(UTC) < deadline, found
