"""What happens appears by itself: on the map, in the queue, and after the connection was lost."""

import time

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser import decoded
from tests.console.watch import row, section, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NEAR = 14
COLOUR = """verdict => {
    const pen = document.createElement("canvas").getContext("2d");
    pen.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(`--${verdict}`).trim();
    return [1, 3, 5].map((from) => parseInt(pen.fillStyle.slice(from, from + 2), 16));
}"""


def coloured(page: Page, verdict: str) -> int:
    """How many pixels of the map have a verdict's colour."""
    colour = page.evaluate(COLOUR, verdict)
    box = page.get_by_role("region", name="Map", exact=True).bounding_box()
    assert box is not None
    picture = decoded(page, page.screenshot(clip=box)).astype(int)
    return int((np.abs(picture - np.array(colour)).max(axis=2) <= NEAR).sum())


def drawn(page: Page, verdict: str) -> None:
    """Wait until the map shows a mark of a verdict's colour."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        if coloured(page, verdict) > 60:
            return
        time.sleep(0.1)
    raise AssertionError(f"nothing on the map is {verdict}")


def test_an_alert_appears_and_turns_as_calls_come_in(context, watch):
    page = sign_in(context, watch, watch.analyst)
    expect(page.get_by_text("No gunfire was heard in this time")).to_be_visible()

    watch.alert("Ash", minutes_ago=20)
    expect(section(page, "Pending")).to_contain_text("1")
    expect(row(page, "Ash")).to_contain_text("6 rounds")
    drawn(page, "pending")
    assert coloured(page, "unreported") == 0

    watch.complete()
    expect(section(page, "Unreported")).to_contain_text("1")
    drawn(page, "unreported")
    expect(page).to_have_title("1 unreported · Earshot")

    watch.call("late", minutes_ago=19)
    expect(section(page, "Everything else")).to_be_visible()
    drawn(page, "reported")
    assert coloured(page, "unreported") == 0


def test_what_came_while_the_connection_was_lost_is_there_afterwards(context, watch):
    page = sign_in(context, watch, watch.analyst)
    watch.stop()
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    watch.start()
    watch.unreported("Birch", east=0.1)
    expect(row(page, "Birch")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
