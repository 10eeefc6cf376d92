"""The whole service on each database, with a few shootings in it and a key for every role."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, update
from starlette.testclient import TestClient

from app.access.keys import create_key
from app.access.roles import READ_CALLERS, default_scopes
from app.adapters import preset_text
from app.core.settings import Settings
from app.db import Database
from app.db.models import Incident, IncidentZone, Zone
from app.domain.vocabulary import Role, SourceKind
from app.main import create_app
from app.worker.round import run_round
from tests.conftest import Clock
from tests.feeds import add_feed
from tests.kept import Kept

T0 = datetime(2026, 7, 1, 3, 0, tzinfo=UTC)
HOME = (-87.94, 43.01)
CALLER = "Wilhelmina Quackenbush"
PHONE = "414-555-0123"
NARRATIVE = "my neighbour Thaddeus was at the window"
_KEPT = (
    *("external_id", "revised_at", "received_at", "longitude", "latitude", "uncertainty_m", "address"),
    *("line", "nature_code", "nature", "origin", "dispatched_at", "arrived_at", "narrative", "caller"),
)
KEEPING = "\n".join(
    ['kind = "calls"', 'format = "json"', "keep_caller = true", "[fields]"]
    + [f'{name} = "{name}"' for name in _KEPT]
)


def at(seconds: float) -> str:
    """A time some seconds after T0, as feeds send it."""
    return (T0 + timedelta(seconds=seconds)).isoformat()


class Service:
    """A running app, asked as one role or another."""

    def __init__(
        self, settings: Settings, database: Database, clock: Any, client: TestClient, keys: dict[str, str]
    ) -> None:
        self.settings = settings
        self.database = database
        self.clock = clock
        self.client = client
        self.keys = keys

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
        if who not in self.keys:
            role = Role(who.partition(":")[0])
            scopes = sorted(default_scopes(role) | {READ_CALLERS}) if who.endswith(":pii") else None
            self.keys[who] = self.key(who, scopes=scopes)
        return self.keys[who]

    def ask(self, method: str, path: str, who: str | None, **options: Any) -> Any:
        headers = dict(options.pop("headers", {}))
        if who is not None:
            headers["authorization"] = f"Bearer {self.key_of(who)}"
        return self.client.request(method, path, headers=headers, follow_redirects=False, **options)

    def get(self, path: str, who: str | None = "analyst", **options: Any) -> Any:
        return self.ask("GET", path, who, **options)

    def send(self, path: str, who: str | None, document: Any) -> Any:
        """Post a document, whatever comes of it."""
        content = document if isinstance(document, bytes) else orjson.dumps(document)
        headers = {"content-type": "application/json"}
        return self.ask("POST", path, who, content=content, headers=headers)

    def post(self, path: str, who: str, body: Any) -> Any:
        answer = self.send(path, who, body)
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


@contextmanager
def serving(settings: Settings, clock: Clock) -> Iterator[Service]:
    """The service on an empty database, with a feed of alerts and one of calls that keeps its callers."""
    furnish(settings, clock)
    with reopened(settings, clock, {}) as running:
        yield running


def furnish(settings: Settings, clock: Clock) -> None:
    database = Database(settings)
    with database.write() as session:
        for name, kind, mapping in (
            ("sensors", SourceKind.ALERTS, preset_text("generic-alerts-json")),
            ("dispatch", SourceKind.CALLS, KEEPING),
        ):
            add_feed(session, name, kind, mapping, now=clock())
    database.dispose()


@contextmanager
def reopened(settings: Settings, clock: Clock, keys: dict[str, str]) -> Iterator[Service]:
    """The service on a database that has its feeds, and these keys by who has them."""
    database = Database(settings)
    app = create_app(settings, clock=clock, with_worker=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(settings, database, clock, client, keys)
    database.dispose()


@pytest.fixture
def service(settings: Settings, clock: Clock) -> Iterator[Service]:
    """A service to write to."""
    with serving(settings, clock) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def still(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """The night with marks on it, for tests that only read: once a module and database."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("still") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        settings = Settings(database_url=f"sqlite:///{path}", key_cache_s=0, _env_file=None)
    else:
        url = request.getfixturevalue("postgresql_url")
        settings = Settings(database_url=url, key_cache_s=0, _env_file=None)
        request.getfixturevalue("postgresql_kept").empty()
    with serving(settings, Clock()) as running:
        fill(running)
        mark(running)
        yield running


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
def night(settings: Settings, clock: Clock, kept: Kept) -> Iterator[Service]:
    """A service with eight incidents, to write to."""
    with reopened(settings, clock, kept("night", settings, lambda: filled(settings))) as running:
        yield running


def filled(settings: Settings) -> dict[str, str]:
    """Fill an empty database; answers the keys that it took."""
    with serving(settings, Clock()) as running:
        fill(running)
        return running.keys


def fill(service: Service) -> None:
    """Eight incidents: 1 and 2 reported, 6 without a position, 7 withdrawn; some without rounds."""
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
    for through in (-7200, 200_000):
        answer = service.client.post(
            "/v1/sources/dispatch/heartbeat",
            content=orjson.dumps({"through": at(through)}),
            headers={"authorization": f"Bearer {service.key_of('cad')}"},
        )
        assert answer.status_code == 202, answer.text
    service.judge()


def mark(service: Service) -> None:
    """Zones, dispositions, doubts and odd characters."""
    with service.database.write() as session:
        square = {"type": "Polygon", "coordinates": [[[-88, 43], [-87, 43], [-87, 44], [-88, 44], [-88, 43]]]}
        rows = [("district", "District 2"), ("district", "4"), ("beat", "District 2"), ("coverage", "all")]
        for zone_id, (kind, name) in enumerate(rows, 1):
            session.execute(
                insert(Zone).values(
                    id=zone_id,
                    kind=kind,
                    name=name,
                    geometry=square,
                    west=-88,
                    south=43,
                    east=-87,
                    north=44,
                    properties={},
                    updated_at=service.clock(),
                )
            )
        for incident_id, zone_id in ((1, 1), (2, 3), (3, 2), (4, 4)):
            session.execute(
                insert(IncidentZone).values(
                    incident_id=incident_id, zone_id=zone_id, known_at=service.clock()
                )
            )
        for incident_id, values in {
            1: {"disposition": "confirmed", "address": None},
            2: {"disposition": "unfounded", "needs_review": True},
            3: {"address": "100% PURE_ST"},
            4: {"address": "=HYPERLINK(1)"},
        }.items():
            session.execute(update(Incident).where(Incident.id == incident_id).values(**values))
