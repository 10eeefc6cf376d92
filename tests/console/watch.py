"""A real server that judges what comes in, with the built console, and somebody who watches it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
from playwright.sync_api import BrowserContext, Locator, Page, expect

from app.adapters import preset_text
from app.console.built import FOLDER
from app.core.settings import Settings
from app.domain.vocabulary import Role, SourceKind
from tests.conftest import NOW, skip_or_fail
from tests.feeds import add_feed
from tests.stream.served import Service

NOTICE = "Use of this system is logged."
CALLER = {"name": "Jane Roe", "phone": "414-555-0143"}
NARRATIVE = "my neighbour shot into the air"
LONGITUDE, LATITUDE = -87.95, 43.05

expect.set_options(timeout=20_000)


class Watch(Service):
    """The service with both feeds, and what vendor and dispatch send it."""

    def __init__(self, settings: Settings, **environment: str) -> None:
        if not (FOLDER / "index.html").is_file():
            skip_or_fail("browser", "the console is not built: make setup")
        super().__init__(
            settings,
            EARSHOT_CONSOLE_NOTICE=NOTICE,
            EARSHOT_AGENCY_NAME="Port Ellery Police",
            EARSHOT_TIME_ZONE="America/Chicago",
            EARSHOT_WORKER_POLL_S="0.05",
            **environment,
        )
        with self.database.write() as session:
            add_feed(session, "sensors", SourceKind.ALERTS, now=NOW)
            add_feed(
                session,
                "dispatch",
                SourceKind.CALLS,
                "keep_caller = true\n" + preset_text("generic-calls-json"),
                now=NOW,
            )
        self.vendor, self.cad = self.key(Role.VENDOR, "sensors"), self.key(Role.CAD, "dispatch")
        self.analyst = self.key(Role.ANALYST)
        # A feed covers nothing from before its first call.
        self.call("of this morning", minutes_ago=300)
        self.complete(minutes_ago=60)

    def alert(self, name: str, *, minutes_ago: float, east: float = 0, **fields: Any) -> None:
        """An alert; `east` of the others by so many degrees, so that it is an incident of its own."""
        self._send(
            "/v1/alerts/sensors",
            self.vendor,
            {
                "external_id": name,
                "started_at": _ago(minutes_ago),
                "longitude": LONGITUDE + east,
                "latitude": LATITUDE,
                "uncertainty_m": 25,
                "rounds": 6,
                "classification": "multiple_gunshots",
                "address": f"{name} Street",
                **fields,
            },
        )

    def call(self, name: str, *, minutes_ago: float, east: float = 0, **fields: Any) -> None:
        """A citizen's call about shots, 80 m away, with a caller and what they said."""
        self._send(
            "/v1/calls/dispatch",
            self.cad,
            {
                "external_id": name,
                "received_at": _ago(minutes_ago),
                "longitude": LONGITUDE + east + 0.001,
                "latitude": LATITUDE,
                "line": "911",
                "nature": "shots_fired",
                "nature_code": "SHOTS FIRED",
                "origin": "citizen",
                "caller": CALLER,
                "narrative": NARRATIVE,
                **fields,
            },
        )

    def complete(self, *, minutes_ago: float = 0) -> None:
        """Dispatch says that every call up to then was sent."""
        self._send("/v1/sources/dispatch/heartbeat", self.cad, {"through": _ago(minutes_ago)})

    def unreported(self, name: str, *, east: float) -> None:
        """An incident that nobody reported, judged."""
        self.alert(name, minutes_ago=40, east=east)
        self.complete()

    def incident(self, name: str) -> dict[str, Any]:
        """The incident of an alert in full, as an analyst may see it."""
        listed = self.ask(f"/v1/incidents?q={name}", self.analyst).json()["incidents"]
        found: dict[str, Any] = self.ask(f"/v1/incidents/{listed[0]['id']}", self.analyst).json()
        return found

    def _send(self, path: str, key: str, body: dict[str, Any]) -> None:
        answer = httpx.post(
            self.url + path, json=body, headers={"Authorization": f"Bearer {key}"}, timeout=10
        )
        assert answer.status_code == 202, answer.text


def _ago(minutes: float) -> str:
    return (datetime.now(UTC) - timedelta(minutes=minutes)).isoformat()


def sign_in(context: BrowserContext, watch: Watch, key: str, path: str = "/") -> Page:
    """A page of the console of somebody who has just signed in."""
    page = context.new_page()
    page.goto(watch.url + path)
    page.get_by_label("Key").fill(key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("region", name="Queue")).to_be_visible()
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    return page


def row(page: Page, name: str) -> Locator:
    """The queue's row of an alert's incident."""
    return page.locator(".queue-row", has_text=f"{name} Street")


def section(page: Page, title: str) -> Locator:
    """The head of a section of the queue."""
    return page.get_by_role("heading", name=re.compile(f"^{title}"))
