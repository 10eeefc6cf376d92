"""A server that is gone: it is said, and what was stored meanwhile is on the screen once, when it is back."""

import os
import shutil
import signal
import subprocess
import sys

import httpx2 as httpx
import pytest
from playwright.sync_api import expect

from app.core.settings import Settings
from tests.console.watch import Watch, row, sign_in
from tests.stream.served import Service

pytestmark = [pytest.mark.browser, pytest.mark.slow]
MISSED = 25
# Another process of the same service: it takes in, judges and writes to the log while the first one is dead.
POST = """
import sys
from datetime import UTC, datetime, timedelta
import httpx2 as httpx
url, vendor, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
for number in range(count):
    at = datetime.now(UTC) - timedelta(minutes=30)
    alert = {"external_id": f"missed-{number}", "started_at": at.isoformat(), "rounds": 3,
             "longitude": -88.5 + number * 0.01, "latitude": 43.3, "classification": "multiple_gunshots",
             "address": f"Missed {number:02d} Street"}
    answer = httpx.post(f"{url}/v1/alerts/sensors", json=alert, timeout=10,
                        headers={"Authorization": f"Bearer {vendor}"})
    assert answer.status_code == 202, answer.text
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def own_watch(request, tmp_path):
    """A server for one test, on each database."""
    if request.param == "sqlite":
        path = tmp_path / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("postgresql_kept").empty()
    made = Watch(Settings(database_url=url, _env_file=None))
    yield made
    made.close()


def test_nothing_is_lost_or_doubled_when_the_server_is_killed(context, own_watch):
    watch = own_watch
    watch.unreported("Before", east=0)
    loads: list[str] = []
    page = sign_in(context, watch, watch.analyst, "/?period=7d")
    expect(row(page, "Before")).to_be_visible()
    page.on("load", lambda: loads.append(page.url))
    watch.kill()
    expect(page.get_by_text("Reconnecting")).to_be_visible()
    expect(row(page, "Before")).to_be_visible()

    other = Service(watch.settings)
    subprocess.run([sys.executable, "-c", POST, other.url, watch.vendor, str(MISSED)], check=True, timeout=30)
    other.close()
    watch.start()
    watch.complete()

    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(page.get_by_text(f"{MISSED + 1} incidents", exact=True)).to_be_visible()
    # High enough for all rows: the list draws those in sight.
    page.set_viewport_size({"width": 1280, "height": 2400})
    expect(page.locator(".queue-row")).to_have_count(MISSED + 1)
    shown = page.locator(".queue-row .queue-what").evaluate_all(
        "(rows) => rows.map((row) => row.lastChild.data)"
    )
    assert sorted(shown) == ["Before Street", *(f"Missed {number:02d} Street" for number in range(MISSED))]
    assert not loads, "the page was not loaded anew"


@pytest.mark.parametrize("own_watch", ["sqlite"], indirect=True)
def test_a_server_that_stands_still_does_not_pass_for_a_live_one(context, own_watch):
    """Nothing ends the connection, so the browser by itself would wait for ever."""
    own_watch.unreported("Open", east=0)
    page = sign_in(context, own_watch, own_watch.analyst, "/?period=7d")
    row(page, "Open").click()
    drawer = page.get_by_role("complementary")
    expect(drawer).to_contain_text("Nobody reported this")
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    # It has told how often it gives a sign of life.
    page.wait_for_timeout(1_000)
    os.kill(own_watch.process.pid, signal.SIGSTOP)
    try:
        expect(page.get_by_text("Reconnecting")).to_be_visible(timeout=15_000)
        other = Service(own_watch.settings)
        told = {"Authorization": f"Bearer {own_watch.analyst}"}
        path = "/v1/incidents/1/disposition"
        answer = httpx.post(other.url + path, json={"disposition": "confirmed"}, headers=told, timeout=10)
        other.close()
        assert answer.status_code == 200, answer.text
    finally:
        os.kill(own_watch.process.pid, signal.SIGCONT)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    # What was missed is in the drawer too, although its event was never heard.
    expect(drawer).to_contain_text("Confirmed by")
