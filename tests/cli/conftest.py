"""The command line in this process, on a database of the test's own."""

import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.core.settings import Settings
from app.maps.collections import COLLECTIONS
from tests.conftest import Clock
from tests.kept import Kept
from tests.maps.conftest import FAR_SQUARE, add_places, items
from tests.records.conftest import alert, fill, serving

CALLS = Path(__file__).parents[1] / "adapters" / "data" / "generic-calls-ndjson.ndjson"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.stdout)


class CommandLine:
    """Runs `earshot …` and, unless told otherwise, wants it to succeed."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.environment = environment

    def __call__(self, *arguments: str, exit_code: int = 0, **environment: str) -> Done:
        result = CliRunner().invoke(app, list(arguments), env={**self.environment, **environment})
        assert result.exit_code == exit_code, (arguments, result.stdout, result.stderr)
        assert "Traceback" not in result.output
        return Done(result.exit_code, result.stdout, result.stderr)

    def json(self, *arguments: str, exit_code: int = 0) -> Any:
        return self(*arguments, "--json", exit_code=exit_code).document


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No settings from outside, and logs as they were before."""
    for name in os.environ:
        if name.startswith("EARSHOT_") and not name.startswith("EARSHOT_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def earshot(sqlite_settings: Settings) -> CommandLine:
    """On an empty embedded database."""
    return CommandLine({"EARSHOT_DATABASE_URL": sqlite_settings.database_url})


@pytest.fixture
def earshot_on_both(settings: Settings) -> CommandLine:
    """On an empty database of each kind."""
    return CommandLine({"EARSHOT_DATABASE_URL": settings.database_url})


@pytest.fixture
def lines(tmp_path: Path) -> Callable[..., Path]:
    """A file of NDJSON."""

    def write(name: str, *records: dict[str, Any]) -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(record) + "\n" for record in records))
        return path

    return write


@pytest.fixture
def shooting(lines: Callable[..., Path]) -> tuple[Path, Path]:
    """Files of alerts and calls: one shooting that a call reports, one that nobody reports."""
    alert = {"longitude": -87.94, "latitude": 43.03, "rounds": 6, "classification": "multiple_gunshots"}
    alerts = lines(
        "alerts.ndjson",
        {**alert, "external_id": "A-1", "started_at": "2026-07-01T02:00:00Z"},
        {**alert, "external_id": "A-2", "started_at": "2026-07-01T12:00:00Z", "rounds": 2},
    )
    call = {"longitude": -87.9401, "latitude": 43.0301, "line": "911", "origin": "citizen"}
    reports = [
        {
            **call,
            "external_id": f"C-{n}",
            "received_at": f"2026-07-01T02:01:{n:02d}Z",
            "nature": "shots_fired",
            "nature_code": "SHOTS",
        }
        for n in range(3)
    ]
    around = [
        {**call, "external_id": f"O-{n}", "received_at": f"2026-07-01T{n:02d}:40:00Z", "nature": "other"}
        for n in range(24)
    ]
    return alerts, lines("calls.ndjson", *reports, *around)


@pytest.fixture
def add_sources() -> Callable[[CommandLine], None]:
    def add(earshot: CommandLine) -> None:
        earshot("source", "add", "sensors", "--kind", "alerts", "--mapping", "preset:generic-alerts-ndjson")
        earshot("source", "add", "cad", "--kind", "calls", "--mapping", "preset:generic-calls-ndjson")

    return add


def judge(
    earshot: CommandLine, add_sources: Callable[[CommandLine], None], shooting: tuple[Path, Path]
) -> CommandLine:
    """Take the files in and give both shootings a verdict."""
    add_sources(earshot)
    alerts, calls = shooting
    earshot("import", "alerts", str(alerts), "--source", "sensors")
    earshot("import", "calls", str(calls), "--source", "cad")
    done = earshot.json("correlate")
    assert done["changed"] == 2
    assert done["rules_version"].startswith("r-")
    assert (done["from"], done["to"]) == ("2026-07-01T02:00:00.000Z", "2026-07-01T12:00:00.000Z")
    return earshot


@pytest.fixture
def judged_here(
    earshot: CommandLine,
    sqlite_settings: Settings,
    kept: Kept,
    add_sources: Callable[[CommandLine], None],
    shooting: tuple[Path, Path],
) -> CommandLine:
    """On an embedded database that has the two shootings, judged."""
    kept("judged", sqlite_settings, lambda: judge(earshot, add_sources, shooting).environment)
    return earshot


@pytest.fixture
def judged(
    earshot_on_both: CommandLine,
    settings: Settings,
    kept: Kept,
    add_sources: Callable[[CommandLine], None],
    shooting: tuple[Path, Path],
) -> CommandLine:
    """On a database of each kind that has the two shootings, judged."""
    kept("judged", settings, lambda: judge(earshot_on_both, add_sources, shooting).environment)
    return earshot_on_both


@dataclass(frozen=True)
class City:
    """A database of each kind with something in every collection, and what `/ogc` told of it."""

    settings: Settings
    told: dict[str, list[dict[str, Any]]]

    @property
    def earshot(self) -> CommandLine:
        return CommandLine({"EARSHOT_DATABASE_URL": self.settings.database_url})


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, kept: Kept) -> City:
    """Incidents with their calls and odd texts, zones, coverage, cameras; once a module and database."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("city") / "earshot.db"
        shutil.copy(request.getfixturevalue("migrated_file"), path)
        settings = Settings(database_url=f"sqlite:///{path}", key_cache_s=0, _env_file=None)
    else:
        url = request.getfixturevalue("postgresql_url")
        settings = Settings(database_url=url, key_cache_s=0, _env_file=None)
        request.getfixturevalue("postgresql_kept").empty()
    return City(settings, kept("city", settings, lambda: _fill_city(settings)))


def _fill_city(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    with serving(settings, Clock()) as running:
        add_places(running)
        several = [[[[-87.95, 43.0], [-87.9, 43.0], [-87.9, 43.1], [-87.95, 43.0]]], [[*FAR_SQUARE]]]
        shape = {"type": "MultiPolygon", "coordinates": several}
        beat = {"type": "Feature", "properties": {"name": "=Beat"}, "geometry": shape}
        body = {"type": "FeatureCollection", "features": [beat]}
        assert running.send("/v1/zones?kind=beat&name=name", "analyst", body).status_code == 200
        fill(running)
        odd = {
            "address": '=1+1, "Köln" 東',
            "started_at": "2026-07-02T23:59:59.999999Z",
            "confidence": 0.1 + 0.2,
        }
        running.post("/v1/alerts/sensors", "vendor", alert(9, **odd))
        running.judge()
        return {name: items(running, name, limit=1000)["features"] for name in COLLECTIONS}
