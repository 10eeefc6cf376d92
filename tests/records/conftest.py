"""The whole service on each database, with a few shootings in it and a key for every role."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from app.access.keys import create_key
from app.access.roles import READ_CALLERS, default_scopes
from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import Role, SourceKind
from app.main import create_app
from app.worker.round import run_round
from starlette.testclient import TestClient

T0 = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
HOME = (-87.94, 43.01)
CALLER = "Wilhelmina Quackenbush"
PHONE = "414-555-0123"
NARRATIVE = "my neighbour Thaddeus was at the window"
KEEPING = """
kind = "calls"
format = "json"
keep_caller = true
"""


def at(seconds: float) -> str:
    """A time some seconds after T0, as feeds send it."""
    return (T0 + timedelta(seconds=seconds)).isoformat()


class Service:
    """A running app, asked as one role or another."""

    def __init__(self, settings: Settings, database: Database, clock: Any, client: TestClient) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.client = client
        self._keys: dict[str, str] = {}

    def key(self, name: str, *, scopes: list[str] | None = None, expires_at: datetime | None = None) -> str:
        role = Role(name.partition(":")[0])
        source = {Role.VENDOR: "sensors", Role.CAD: "dispatch"}.get(role)
        with self.database.write() as session:
            return create_key(
                session,
                role=role,
                source_name=source,
                name=None,
                scopes=scopes,
                expires_at=expires_at,
                actor="test",
                now=self.clock(),
            )

    def key_of(self, who: str) -> str:
        """The key of a role; `analyst:pii` and `admin:pii` may read people's words."""
        if who not in self._keys:
            role = Role(who.partition(":")[0])
            scopes = sorted(default_scopes(role) | {READ_CALLERS}) if who.endswith(":pii") else None
            self._keys[who] = self.key(who, scopes=scopes)
        return self._keys[who]

    def get(self, path: str, who: str | None = "analyst", **options: Any) -> Any:
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {self.key_of(who)}"
        return self.client.get(path, headers=headers, follow_redirects=False, **options)

    def post(self, path: str, who: str, body: Any) -> Any:
        answer = self.client.post(
            path,
            content=orjson.dumps(body),
            headers={"authorization": f"Bearer {self.key_of(who)}", "content-type": "application/json"},
        )
        assert answer.status_code in (202, 207), answer.text
        return answer.json()

    def judge(self) -> None:
        """Let the worker do all there is to do."""
        while run_round(self.database, self.clock(), "UTC").more:
            pass

    def all_pages(self, path: str, key: str, who: str = "analyst") -> list[dict[str, Any]]:
        """Every item of a list, by following its links."""
        items: list[dict[str, Any]] = []
        address: str | None = path
        for _ in range(1_000):
            answer = self.get(address, who)
            assert answer.status_code == 200, answer.text
            items.extend(answer.json()[key])
            address = answer.json()["links"]["next"]
            if address is None:
                return items
        raise AssertionError("the pages never end")


@pytest.fixture
def service(
    settings: Settings, database: Database, clock: Any, add_feed: Callable[..., str]
) -> Iterator[Service]:
    add_feed("sensors", SourceKind.ALERTS)
    fields = "\n".join(
        f'{name} = "{name}"'
        for name in (
            *("external_id", "revised_at", "received_at", "longitude", "latitude", "uncertainty_m"),
            *("address", "line", "nature_code", "nature", "origin", "dispatched_at", "arrived_at"),
            *("narrative", "caller"),
        )
    )
    add_feed("dispatch", SourceKind.CALLS, f"{KEEPING}\n[fields]\n{fields}\n")
    app = create_app(settings, clock=clock, with_worker=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(settings, database, clock, client)


def alert(number: int, **fields: Any) -> dict[str, Any]:
    """An alert some hours from every other, so that each is an incident of its own."""
    return {
        "external_id": f"a-{number}",
        "started_at": at(number * 7200),
        "longitude": HOME[0] + number / 1000,
        "latitude": HOME[1],
        "uncertainty_m": 25,
        "classification": "multiple_gunshots",
        **fields,
    }


def call(number: int, alert_number: int, **fields: Any) -> dict[str, Any]:
    """A citizen's call a minute and a half after an alert, beside it."""
    return {
        "external_id": f"c-{number}",
        "received_at": at(alert_number * 7200 + 90),
        "longitude": HOME[0] + alert_number / 1000,
        "latitude": HOME[1],
        "uncertainty_m": 50,
        "line": "911",
        "nature_code": "SHOTS FIRED",
        "nature": "shots_fired",
        "origin": "citizen",
        "caller": {"name": CALLER, "phone": PHONE},
        "narrative": NARRATIVE,
        **fields,
    }


@pytest.fixture
def night(service: Service) -> Service:
    """Eight incidents: 0 and 1 reported, 5 without a position, 6 withdrawn; some without rounds."""
    rounds: dict[int, int | None] = {0: 3, 1: 12, 2: None, 3: 3, 4: 40, 5: None, 6: 1, 7: 3}
    alerts = [
        alert(number, rounds=count, address=f"{number}00 W CENTER_ST")
        for number, count in rounds.items()
        if count is not None
    ]
    alerts += [alert(2), {**alert(5), "longitude": None, "latitude": None}]
    alerts[0]["classification"] = "single_gunshot"
    service.post("/v1/alerts/sensors", "vendor", alerts)
    sensor = call(
        9, 1, origin="sensor", nature_code="SHOTSPOTTER", dispatched_at=at(7300), arrived_at=at(7600)
    )
    service.post("/v1/calls/dispatch", "cad", [call(1, 0), call(2, 1), sensor])
    service.post("/v1/alerts/sensors", "vendor", {"external_id": "a-6", "status": "retracted"})
    answer = service.client.post(
        "/v1/sources/dispatch/heartbeat",
        content=orjson.dumps({"through": at(200_000)}),
        headers={"authorization": f"Bearer {service.key_of('cad')}"},
    )
    assert answer.status_code == 202, answer.text
    service.judge()
    return service
