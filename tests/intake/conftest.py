"""The running service with a feed of each kind and their keys."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select
from starlette.testclient import TestClient

from app.access.keys import create_key
from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert, Call, Reject
from app.domain.vocabulary import Role, SourceKind
from app.main import create_app
from tests.conftest import Clock

ALERT = {
    "external_id": "A-1",
    "started_at": "2026-07-04T11:00:00Z",
    "longitude": -87.94,
    "latitude": 43.03,
    "rounds": 3,
    "classification": "multiple_gunshots",
}
CALL = {
    "external_id": "C-1",
    "received_at": "2026-07-04T11:01:00Z",
    "longitude": -87.941,
    "latitude": 43.031,
    "line": "911",
    "nature": "shots_fired",
    "origin": "citizen",
}


@dataclass
class Service:
    """What a test needs to send and to look."""

    app: FastAPI
    client: TestClient
    database: Database
    keys: dict[str, str]

    def bearer(self, source: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys[source]}"}

    def post(
        self, path: str, *, key: str | None = None, headers: dict[str, str] | None = None, **body: Any
    ) -> Any:
        """Post to /v1/<path> as the source that the path names, or with another's key."""
        sender = key or path.split("/")[1]
        return self.client.post(f"/v1/{path}", headers={**self.bearer(sender), **(headers or {})}, **body)

    def count(self, model: Any) -> int:
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(model)) or 0

    @property
    def counts(self) -> tuple[int, int, int]:
        """Stored alerts, calls and rejects."""
        return self.count(Alert), self.count(Call), self.count(Reject)

    def one(self, model: Any, external_id: str) -> Any:
        with self.database.read() as session:
            return session.scalars(select(model).where(model.external_id == external_id)).one()

    def rejects(self) -> list[Reject]:
        with self.database.read() as session:
            return list(session.scalars(select(Reject).order_by(Reject.id)))


@pytest.fixture
def make_key(database: Database, clock: Clock) -> Callable[..., str]:
    def make(role: Role, source: str | None = None, **options: Any) -> str:
        with database.write() as session:
            return create_key(
                session,
                role=role,
                source_name=source,
                name=None,
                scopes=options.pop("scopes", None),
                expires_at=options.pop("expires_at", None),
                actor="test",
                now=clock(),
            )

    return make


@pytest.fixture
def feed(add_feed: Callable[..., str], make_key: Callable[..., str]) -> Callable[..., tuple[str, str]]:
    """Add a source with a key of its own; answers the key and the signing secret."""

    def add(name: str, kind: SourceKind, mapping: str | None = None, **options: Any) -> tuple[str, str]:
        secret = add_feed(name, kind, mapping, **options)
        role = Role.VENDOR if kind is SourceKind.ALERTS else Role.CAD
        return make_key(role, name), secret

    return add


@pytest.fixture
def service(
    settings: Settings, clock: Clock, database: Database, feed: Callable[..., tuple[str, str]]
) -> Iterator[Service]:
    keys = {"sensors": feed("sensors", SourceKind.ALERTS)[0], "cad": feed("cad", SourceKind.CALLS)[0]}
    app = create_app(settings, clock=clock, with_worker=False)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Service(app, client, database, keys)
