"""One server a database for tests that leave it running, and one of its own for those that do not."""

import shutil
from collections.abc import Callable, Iterator

import pytest

from app.core.settings import Settings
from tests.stream.events import make_incidents
from tests.stream.served import Reader, Service


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A running server; what tests write to its log stays for those after them."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("stream") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        settings = Settings(database_url=f"sqlite:///{path}", _env_file=None)
    else:
        url = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("postgresql_kept").empty()
        settings = Settings(database_url=url, _env_file=None)
    running = Service(settings)
    make_incidents(running.database)
    yield running
    running.close()


@pytest.fixture
def own_service(settings: Settings) -> Iterator[Service]:
    """A running server for one test, patient with readers that take nothing."""
    running = Service(settings, EARSHOT_STREAM_STALL_S="60")
    make_incidents(running.database)
    yield running
    running.close()


@pytest.fixture
def read() -> Iterator[Callable[..., Reader]]:
    """Open streams that end with the test."""
    opened: list[Reader] = []

    def start(*told: object, **named: object) -> Reader:
        opened.append(Reader(*told, **named))  # type: ignore[arg-type]
        return opened[-1]

    yield start
    for reader in opened:
        reader.close()
