"""What happens appears by itself: on the map, in the queue, and after the connection was lost."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser import browsing
from tests.console.looking import COLOUR, NEAR, WITHOUT_PULSES, coloured, drawn, in_the_middle
from tests.console.watch import row, section, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def context(chromium):
    """Somebody who wants things to move, as most do."""
    with browsing(chromium, reduced_motion="no-preference") as opened:
        yield opened


def emptied(page: Page) -> tuple[int, int, int]:
    """The colour of a ring whose window has run out: three tenths of what it was."""
    was, ground = page.evaluate(COLOUR, "pending"), page.evaluate(COLOUR, "map-zone")
    red, green, blue = (round(0.3 * one + 0.7 * other) for one, other in zip(was, ground, strict=True))
    return red, green, blue


def has_colour(seen: tuple[int, int, int], wanted: tuple[int, int, int] | list[int]) -> bool:
    return all(abs(one - other) <= NEAR for one, other in zip(seen, wanted, strict=True))


def test_an_alert_appears_and_turns_as_calls_come_in(context, watch):
    page = sign_in(context, watch, watch.analyst)
    expect(page.get_by_text("No gunfire was heard in this time")).to_be_visible()
    page.evaluate(WITHOUT_PULSES)

    watch.alert("Ash", minutes_ago=20)
    expect(section(page, "Pending")).to_contain_text("1")
    expect(row(page, "Ash")).to_contain_text("6 rounds")
    empty = emptied(page)
    drawn(page, empty, near=6)
    assert coloured(page, "unreported") == 0
    assert not has_colour(in_the_middle(page), empty), "a ring"
    expect(page.locator(".pulse.pending")).to_have_count(1)

    watch.complete()
    expect(section(page, "Unreported")).to_contain_text("1")
    drawn(page, "unreported")
    assert has_colour(in_the_middle(page), page.evaluate(COLOUR, "unreported")), "not hollow"
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
