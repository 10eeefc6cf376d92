"""A service with feeds and some shootings, and what an administrator asks of it."""

import shutil
from collections.abc import Iterator

import pytest

from app.core.settings import Settings
from tests.conftest import NOW, Clock
from tests.records.conftest import Service, fill, serving


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def shared_office(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    """Once a module and database."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("office") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
    else:
        url = request.getfixturevalue("postgresql_url")
        request.getfixturevalue("postgresql_kept").empty()
    with serving(Settings(database_url=url, key_cache_s=0, _env_file=None), Clock()) as running:
        fill(running)
        yield running


@pytest.fixture
def office(shared_office: Service) -> Service:
    """The same, at the same time for every test."""
    shared_office.clock.now = NOW
    return shared_office
