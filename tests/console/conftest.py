"""The whole service on each database, with a maker of keys and of browsers."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import delete, select
from starlette.testclient import TestClient

from app.access.keys import create_key
from app.access.tries import Tries
from app.core.settings import Settings
from app.db import Database
from app.db.models import AuditEntry, KeySession
from app.domain.vocabulary import Role, SourceKind
from app.main import MOST_WRONG_KEYS, WRONG_KEYS_WITHIN_S, create_app
from tests.conftest import NOW, Clock
from tests.console.watch import Watch
from tests.feeds import add_feed

OWN = {"X-Earshot-Console": "1"}
COOKIE = "earshot_session"
LOCKED, SIGNED_OUT = "urn:earshot:problem:session-locked", "urn:earshot:problem:unauthenticated"
MINUTE, HOUR = 60, 3600


def kind_of(answer: Any) -> tuple[int, str]:
    """The status and the type of a problem."""
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"]


class Desk:
    """One server on a database, whoever signs in at it, and what the audit trail says of that."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self.settings = settings
        self.clock = clock
        self.app: FastAPI = create_app(settings, clock=clock, with_worker=False)
        self.database: Database = self.app.state.database
        self._seen = 0

    def begin(self) -> None:
        """Forget what the test before left behind."""
        self.clock.now = NOW
        with self.database.write() as session:
            session.execute(delete(KeySession))
        self.app.state.tries = Tries(MOST_WRONG_KEYS, WRONG_KEYS_WITHIN_S)
        self._seen = max((entry.id for entry in self.trail()), default=self._seen)

    def browser(self, **options: Any) -> TestClient:
        """A browser without a cookie."""
        return TestClient(self.app, raise_server_exceptions=False, **options)

    def key(self, role: str = "analyst", **options: Any) -> str:
        source = {"vendor": "sensors", "cad": "dispatch"}.get(role)
        given = {"scopes": None, "expires_at": None, "name": None, **options}
        with self.database.write() as session:
            return create_key(
                session, role=Role(role), source_name=source, actor="test", now=self.clock(), **given
            )

    def signed_in(self, role: str = "analyst", **options: Any) -> TestClient:
        """A browser with the cookie of a new key."""
        browser = self.browser()
        answer = browser.post("/console/session", json={"key": self.key(role, **options)})
        assert answer.status_code == 200, answer.text
        return browser

    def trail(self) -> list[AuditEntry]:
        """What the trail tells of the sessions of this test."""
        told = select(AuditEntry).where(AuditEntry.action.startswith("session."), AuditEntry.id > self._seen)
        with self.database.read() as session:
            return list(session.scalars(told.order_by(AuditEntry.id)))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def shared_desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A server with its feeds: once a module and database."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("desk") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("postgresql_kept").empty()
    made = Desk(Settings(database_url=url, key_cache_s=0, _env_file=None), Clock())
    with made.database.write() as session:
        for name, kind in (("sensors", SourceKind.ALERTS), ("dispatch", SourceKind.CALLS)):
            add_feed(session, name, kind, now=NOW)
    yield made
    made.database.dispose()


@pytest.fixture(scope="module")
def watch(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watch]:
    """A real server for a module's tests in a browser, each of which has incidents of its own."""
    path = tmp_path_factory.mktemp("watch") / "earshot.db"
    shutil.copy(migrated_file, path)
    made = Watch(Settings(database_url=f"sqlite:///{path}", _env_file=None))
    yield made
    made.close()


@pytest.fixture
def desk(shared_desk: Desk) -> Desk:
    """That server, as if nobody had been there before."""
    shared_desk.begin()
    return shared_desk


@pytest.fixture
def open_desk(desk: Desk) -> Iterator[Callable[..., Desk]]:
    """Opens more servers on its database, each with settings of its own."""
    with ExitStack() as opened:

        def open_one(**changes: Any) -> Desk:
            another = Desk(desk.settings.model_copy(update=changes), desk.clock)
            opened.callback(another.database.dispose)
            return another

        yield open_one
