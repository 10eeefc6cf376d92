"""A simulated city, taken in from its files and judged, behind the API; once a module and database."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.adapters import preset_text
from app.core.settings import Settings
from app.domain.vocabulary import SourceKind, ZoneKind
from app.intake.files import import_file
from app.places.zone_import import import_zones
from app.simulate import CITY_DEFAULT, Simulation, simulate, write_files
from app.sources.feeds import load_feed
from app.worker.everything import correlate
from tests.conftest import Clock
from tests.feeds import add_feed
from tests.records.conftest import Service, service, serving

__all__ = ["service"]

ZONE = "America/Chicago"
# Illinois keeps Casimir Pulaski Day, the first Monday of March, within the run.
REGION = "US-IL"
# The clocks go forward on 8 March 2026, within the run.
START = datetime(2026, 2, 27, 6, tzinfo=UTC)
DAYS = 14
CITY = replace(
    CITY_DEFAULT,
    alerts_per_day=20.0,
    calls_per_day=250.0,
    feeds=replace(CITY_DEFAULT.feeds, gaps_per_30_days=4.0),
)


@pytest.fixture(scope="session")
def simulation() -> Simulation:
    return simulate(CITY, seed=3, start=START, days=DAYS)


def settings_of(request: pytest.FixtureRequest, folder: Path) -> Settings:
    """Settings of an empty database of the kind that the request's parameter names."""
    if request.param == "sqlite":
        path = folder / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        url = f"sqlite:///{path}"
        return Settings(database_url=url, key_cache_s=0, time_zone=ZONE, holidays=REGION, _env_file=None)
    url = request.getfixturevalue("postgresql_url")
    request.getfixturevalue("postgresql_kept").empty()
    return Settings(database_url=url, key_cache_s=0, time_zone=ZONE, holidays=REGION, _env_file=None)


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def city(
    request: pytest.FixtureRequest, simulation: Simulation, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("city")
    with serving(settings_of(request, folder), Clock(datetime(2026, 4, 1, tzinfo=UTC))) as running:
        take_in(running, simulation, folder)
        yield running


def take_in(service: Service, simulation: Simulation, folder: Path) -> None:
    """Zones, alerts and calls from files, and a verdict for everything."""
    files = write_files(simulation, folder)
    database, clock = service.database, service.clock
    with database.write() as session:
        for path, kind in ((files.zones, ZoneKind.DISTRICT), (files.coverage, ZoneKind.COVERAGE)):
            import_zones(session, path, kind=kind, name_property="name", actor="test", now=clock())
    for name, path, feed_kind in (
        ("acoustic", files.alerts, SourceKind.ALERTS),
        ("cad", files.calls, SourceKind.CALLS),
    ):
        with database.write() as session:
            add_feed(session, name, feed_kind, preset_text(f"generic-{feed_kind.value}-ndjson"), now=clock())
            feed = load_feed(session, name, clock())
        import_file(database, clock, feed, path, as_of=None, actor="test", progress=lambda _read: None)
    correlate(database, clock, ZONE, from_at=None, through_at=None, actor="test", progress=lambda *_: None)
