"""Real parts for every test: both databases, the whole app, a clock that tests can set.

EARSHOT_TEST_DATABASE_URL names a PostgreSQL database that the tests may empty. What a machine lacks is
skipped and said; EARSHOT_TEST_REQUIRE=postgis,browser,gdal,qgis,milwaukee turns those skips into failures.
"""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog
from sqlalchemy import text

from app.core.settings import Settings
from app.db import Database, migration
from app.domain.vocabulary import SourceKind
from tests import feeds
from tests.kept import Kept, PostgresqlKept

# Compiled test modules are kept, and the servers that tests start read compiled code, whatever the
# environment says: it is a third of a minute of each processor.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# A traceback with the values of every local takes seconds to draw.
structlog.configure(
    processors=[
        *structlog.get_config()["processors"][:-1],
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)

pytest_plugins = ["tests.browser"]
REQUIRED = set(filter(None, os.environ.get("EARSHOT_TEST_REQUIRE", "").split(",")))
POSTGRESQL_URL = os.environ.get("EARSHOT_TEST_DATABASE_URL")
MILWAUKEE = Path(__file__).parents[2] / "shared" / "data" / "milwaukee-2018"
NOW = datetime(2026, 7, 4, 12, 0, tzinfo=UTC)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with long tests first, so that none of them is left to one process at the end."""
    long = {
        item.path for item in items if item.get_closest_marker("slow") or item.get_closest_marker("milwaukee")
    }
    items.sort(key=lambda item: item.path not in long)


def skip_or_fail(part: str, reason: str) -> None:
    """Skip a test for want of a part of the machine, unless that part is required here."""
    if part in REQUIRED:
        pytest.fail(f"{part} is required here (EARSHOT_TEST_REQUIRE), but {reason}")
    pytest.skip(reason)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty SQLite database at the newest revision, to be copied for each test."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    database = Database(Settings(database_url=f"sqlite:///{path}", _env_file=None))
    migration.upgrade(database)
    database.dispose()
    return path


@pytest.fixture(scope="session")
def postgresql_url(worker_id: str) -> Iterator[str]:
    """A PostgreSQL database of this test process's own, at the newest revision."""
    if POSTGRESQL_URL is None:
        skip_or_fail("postgis", "EARSHOT_TEST_DATABASE_URL names no PostgreSQL database")
        return
    base = Database(Settings(database_url=POSTGRESQL_URL, _env_file=None))
    name = f"earshot_{worker_id}_{os.getpid()}"
    autocommit = base.engine.execution_options(isolation_level="AUTOCOMMIT")
    with autocommit.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = base.engine.url.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
    database = Database(Settings(database_url=url, _env_file=None))
    migration.upgrade(database)
    database.dispose()
    yield url
    with autocommit.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    base.dispose()


@pytest.fixture(scope="session")
def postgresql_kept(postgresql_url: str) -> Iterator[PostgresqlKept]:
    opened = PostgresqlKept(postgresql_url)
    yield opened
    opened.connection.close()


@pytest.fixture(scope="session")
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Kept:
    """Fills a database with what an earlier test of this process filled one with."""
    return Kept(tmp_path_factory.mktemp("kept"), lambda: request.getfixturevalue("postgresql_kept"))


@pytest.fixture(scope="session")
def worker_id(request: pytest.FixtureRequest) -> str:
    """The name of this process among parallel ones (pytest-xdist's where it runs)."""
    return getattr(request.config, "workerinput", {}).get("workerid", "alone")


@pytest.fixture
def sqlite_settings(migrated_file: Path, tmp_path: Path) -> Settings:
    path = tmp_path / "earshot.db"
    shutil.copy(migrated_file, path)
    return Settings(database_url=f"sqlite:///{path}", worker_poll_s=0.1, key_cache_s=0, _env_file=None)


@pytest.fixture
def postgresql_settings(postgresql_url: str, postgresql_kept: PostgresqlKept) -> Settings:
    """Settings for a PostgreSQL database that has just been emptied."""
    postgresql_kept.empty()
    return Settings(database_url=postgresql_url, worker_poll_s=0.1, key_cache_s=0, _env_file=None)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def settings(request: pytest.FixtureRequest) -> Settings:
    """Settings of an empty, migrated database: each test runs on both kinds."""
    found: Settings = request.getfixturevalue(f"{request.param}_settings")
    return found


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings)
    yield opened
    opened.dispose()


@pytest.fixture
def add_feed(database: Database, clock: Clock) -> Callable[..., str]:
    """Add a source by preset or mapping text; answers its signing secret."""

    def add(
        name: str, kind: SourceKind, mapping: str | None = None, *, require_signature: bool = False
    ) -> str:
        with database.write() as session:
            return feeds.add_feed(
                session, name, kind, mapping, now=clock(), require_signature=require_signature
            )

    return add


@pytest.fixture(scope="session")
def milwaukee() -> Path:
    """The folder of real data beside this repository."""
    if not (MILWAUKEE / "calls_for_service.csv").is_file():
        skip_or_fail("milwaukee", f"the Milwaukee data is not at {MILWAUKEE}")
    return MILWAUKEE
