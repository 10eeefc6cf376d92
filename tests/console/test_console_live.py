"""What happens appears by itself: on the map, in the queue, and after the connection was lost."""

import pytest
from playwright.sync_api import expect

from tests.console.looking import coloured, drawn
from tests.console.watch import row, section, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


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
