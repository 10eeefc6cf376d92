"""A real server on a small simulated city, judged, for tests that look at figures and at whole screens."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from playwright.sync_api import BrowserContext, Page, expect

from app.access.keys import create_key
from app.access.roles import READ_CALLERS, default_scopes
from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import Role
from app.simulate import CITY_DEFAULT, simulate
from tests.conftest import NOW, Clock
from tests.console.watch import Watch
from tests.insight.conftest import take_in
from tests.kept import Kept

DAYS = 4
CITY = replace(CITY_DEFAULT, alerts_per_day=30.0, calls_per_day=150.0)
BEGIN = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=12)
END = BEGIN + timedelta(days=DAYS)
# The console is still while nothing comes in: so long after its last change a screen is taken as drawn.
STILL_MS = 250


class WatchedCity(Watch):
    """Two feeds of the past, from files, besides those that vendor and dispatch post to."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.admin = self.key(Role.ADMIN)
        self.span = {"from": _spelled(BEGIN), "to": _spelled(END)}
        self.query = "?" + "&".join(f"{name}={at}" for name, at in self.span.items())

    def key_for_callers(self) -> str:
        """A key that may read who called and what they said."""
        with self.database.write() as session:
            return create_key(
                session,
                role=Role.ANALYST,
                source_name=None,
                name=None,
                scopes=sorted(default_scopes(Role.ANALYST) | {READ_CALLERS}),
                expires_at=None,
                actor="test",
                now=NOW,
            )

    def busiest(self) -> str:
        """The id of the incident to which most calls are linked."""
        listed = self.ask("/v1/incidents?limit=500", self.analyst).json()["incidents"]
        most = max(listed, key=lambda incident: (incident["call_count"], incident["id"]))
        return str(most["id"])


@contextmanager
def serving_city(kept: Kept, migrated_file: Path, folder: Path) -> Iterator[WatchedCity]:
    """The city behind a server, judged once in a test process."""
    shutil.copy(migrated_file, folder / "earshot.db")
    url = f"sqlite:///{folder / 'earshot.db'}"
    settings = Settings(database_url=url, time_zone="America/Chicago", _env_file=None)
    kept("watched-city", settings, lambda: _fill(settings, folder))
    served = WatchedCity(settings)
    try:
        yield served
    finally:
        served.close()


def _fill(settings: Settings, folder: Path) -> None:
    database = Database(settings)
    service = SimpleNamespace(database=database, clock=Clock(END + timedelta(days=1)))
    take_in(service, simulate(CITY, seed=3, start=BEGIN, days=DAYS), folder)
    database.dispose()


def _spelled(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def enter(context: BrowserContext, city: Watch, key: str, path: str) -> Page:
    """A page of the console, at a path, of somebody who signed in before it was opened."""
    answer = context.request.post(
        f"{city.url}/console/session",
        data={"key": key},
        headers={"Origin": city.url, "X-Earshot-Console": "1"},
    )
    assert answer.status == 200, answer.text()
    page = context.new_page()
    page.goto(city.url + path)
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    return page


def settle(page: Page) -> None:
    """Wait until nothing is being read, and what is drawn last is drawn."""
    expect(page.get_by_text(re.compile("^Reading |^Loading "))).to_have_count(0)
    page.wait_for_timeout(STILL_MS)
