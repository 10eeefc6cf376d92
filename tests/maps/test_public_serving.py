"""How the public feed is served: off unless wanted, to everybody, without a hold on what others need."""

import stat
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import pytest
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from starlette.requests import Request
from starlette.responses import Response

from app.core.settings import Settings
from app.db import Database
from app.db.dialect import sqlite
from app.maps.public import editions, routes
from app.maps.public.edition import READERS, Edition
from tests.conftest import Clock
from tests.maps.public_city import (
    ITEMS,
    ROOT,
    TOLD,
    city_settings,
    features,
    incidents,
    items,
    serving_public,
)
from tests.records.conftest import Service, reopened

PATHS = [
    ROOT,
    f"{ROOT}/",
    f"{ROOT}/api",
    f"{ROOT}/conformance",
    f"{ROOT}/collections",
    f"{ROOT}/collections/incidents",
    f"{ROOT}/collections/incidents/schema",
    f"{ROOT}/collections/incidents/sortables",
    f"{ROOT}/collections/incidents/queryables",
    ITEMS,
]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgis)])
def city(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    settings = city_settings(request, tmp_path_factory.mktemp("public"))
    with serving_public(settings, incidents()) as running:
        yield running


@pytest.fixture
def small(sqlite_settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A feed whose editions lie in the test's own folder."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with serving_public(sqlite_settings, incidents()) as running:
        yield running


def test_it_is_not_there_unless_wanted(sqlite_settings):
    assert sqlite_settings.public_enabled is False
    with reopened(sqlite_settings, Clock(), {}) as running:
        elsewhere = running.get("/public/nowhere", None)
        for path in PATHS:
            for who in (None, "admin"):
                answer = running.get(path, who)
                assert answer.status_code == 404
                assert answer.json() == elsewhere.json()
                assert "access-control-allow-origin" not in answer.headers
        assert "/public" not in running.get("/openapi.json").text


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["json", "html"])
def test_everybody_may_read_it_and_keep_it_for_a_while(city, path, form):
    f = "geojson" if path == ITEMS and form == "json" else form
    for headers in ({}, {"authorization": "Bearer earshot_1_wrong"}, {"cookie": "earshot=1"}):
        answer = city.client.get(path, params={"f": f}, headers={"origin": "https://x.example", **headers})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in answer.headers
        assert answer.headers["cache-control"] == "public, max-age=300"
        assert answer.headers["vary"] == "Accept, Accept-Encoding"
        assert "set-cookie" not in answer.headers
    again = city.client.get(path, params={"f": f}, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "public, max-age=300"


def test_refusals_are_for_everybody_too_and_are_not_kept(city):
    for path, status in ((f"{ITEMS}?limit=0", 400), (f"{ITEMS}/1", 404), (f"{ROOT}/collections/calls", 404)):
        answer = city.get(path, None)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cache-control"] == "no-store"
    assert city.client.get(ITEMS, headers={"accept": "image/png"}).status_code == 406


def test_browsers_may_ask_first_and_nobody_may_write(city):
    asked = {"origin": "https://x.example", "access-control-request-method": "GET"}
    answer = city.client.options(ITEMS, headers={**asked, "access-control-request-headers": "if-none-match"})
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    head = city.client.head(ITEMS)
    assert (head.status_code, head.content) == (200, b"")
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        assert city.ask(method, ITEMS, "admin").status_code == 405


def test_it_describes_itself_without_keys_and_tiles(city):
    document = city.get(f"{ROOT}/api", None).json()
    assert document["servers"] == [{"url": f"http://testserver{ROOT}"}]
    assert document["security"] == []
    assert "securitySchemes" not in document["components"]
    assert "401" not in str(document["paths"])
    for path, told in document["paths"].items():
        wanted = features(city)[0]["id"]
        assert city.get(ROOT + path.replace("{featureId}", wanted), None).status_code == 200
        assert "tiles" not in path
        assert "403" not in told["get"]["responses"]
    limit = next(
        one
        for one in document["paths"]["/collections/incidents/items"]["get"]["parameters"]
        if one["name"] == "limit"
    )
    assert limit["schema"]["maximum"] == 1_000
    assert city.get(f"{ITEMS}?limit=999999", None).json()["numberReturned"] == TOLD
    told = city.get(ROOT, None).text + city.get(f"{ROOT}/conformance", None).text
    assert "tile" not in told
    description = city.get(f"{ROOT}/collections/incidents", None).json()["description"]
    assert "24 hours" in description
    assert "100 m" in description


def test_the_private_routes_stay_private(city):
    assert city.get("/ogc/collections", None).status_code == 401
    assert city.get("/ogc/collections/incidents/items").json()["numberMatched"] == len(incidents()) - 1


@pytest.mark.parametrize(
    "chosen",
    [
        {"public_delay_h": 5},
        {"public_delay_h": 0},
        {"public_delay_h": -24},
        {"public_cell_m": 99},
        {"public_cell_m": 0},
        {"public_least_count": 1},
        {"public_days": 29},
        {"public_days": 100_000},
    ],
)
def test_unsafe_settings_are_refused(chosen, monkeypatch):
    with pytest.raises(ValidationError):
        Settings(_env_file=None, **chosen)
    ((name, value),) = chosen.items()
    monkeypatch.setenv(f"EARSHOT_{name.upper()}", str(value))
    with pytest.raises(ValidationError):
        Settings(_env_file=None)


@pytest.mark.parametrize(
    ("chosen", "placed"),
    [
        ({"public_least_count": 2}, 6),
        ({"public_least_count": 4}, 4),
        ({"public_least_count": 5}, 0),
        ({"public_cell_m": 10_000}, 10),
    ],
)
def test_settings_decide(sqlite_settings, chosen, placed):
    with serving_public(sqlite_settings, incidents(), **chosen) as running:
        told = features(running)
        assert sum(feature["geometry"] is not None for feature in told) == placed
        assert len(told) == TOLD


def broken(*_given: Any) -> Any:
    raise OperationalError("select", {}, Exception("gone"))


def test_the_database_is_read_once_an_hour(small, monkeypatch):
    told = features(small)
    for way in ("read", "read_once"):
        monkeypatch.setattr(small.client.app.state.database, way, broken)
    for _ in range(3):
        assert features(small) == told
        for query in ({"verdict": "reported"}, {"f": "html"}, {"bbox": "-88,42,-87,44"}):
            assert small.get(ITEMS, None, params=query).status_code == 200
        small.clock.advance(390)


def no_room(*_given: Any) -> Any:
    raise OSError(28, "no space left")


@pytest.mark.parametrize("failing", [broken, no_room])
def test_while_an_edition_cannot_be_made_the_one_before_stays(small, monkeypatch, failing):
    told = features(small)
    small.clock.advance(3600 * 30)
    monkeypatch.setattr("app.maps.public.edition.read_incidents", failing)
    monkeypatch.setattr(editions, "AGAIN_AFTER_S", 0.0)
    assert features(small) == told
    monkeypatch.undo()
    small.clock.advance(3600 * 24 * 365)
    assert features(small) != told


def test_without_any_edition_it_is_busy(small, monkeypatch):
    monkeypatch.setattr("app.maps.public.edition.read_incidents", broken)
    answer = small.get(ITEMS, None)
    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "2"
    assert "gone" not in answer.text


def test_editions_are_nobody_elses_and_leave_nothing_behind(small, tmp_path):
    for _ in range(4):
        features(small)
        small.clock.advance(3600)
    folders = list(tmp_path.glob("earshot-public-*"))
    assert len(folders) == 2
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    small.client.__exit__(None, None, None)
    assert list(tmp_path.glob("earshot-public-*")) == []


def test_those_who_read_while_an_edition_is_made_get_the_one_before(small, monkeypatch):
    told = features(small)
    small.clock.advance(3600 * 24 * 365)
    begun, go_on = threading.Event(), threading.Event()

    def slow(*given):
        begun.set()
        assert go_on.wait(20)
        return Edition(*given)

    monkeypatch.setattr(editions, "Edition", slow)
    first: list[Any] = []
    maker = threading.Thread(target=lambda: first.append(items(small)))
    maker.start()
    assert begun.wait(20)
    assert features(small) == told
    go_on.set()
    maker.join(20)
    assert first[0]["features"] == []
    assert features(small) == []


class Counting:
    """An endpoint that says how many are in it at once."""

    def __init__(self) -> None:
        self.now = self.most = 0
        self.lock = threading.Lock()

    def __call__(self, _request: Request) -> Response:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self.lock:
            self.now -= 1
        return Response()


def test_few_work_at_a_time_some_wait_and_the_rest_is_refused(monkeypatch):
    monkeypatch.setattr(routes, "MOST_WAITING", 10)
    feed = routes.Feed(SimpleNamespace(current=lambda: None))  # type: ignore[arg-type]
    endpoint, statuses = Counting(), []

    async def one() -> None:
        answer = await feed.answer(endpoint, Request({"type": "http"}))
        statuses.append(answer.status_code)

    async def all_at_once() -> None:
        async with anyio.create_task_group() as group:
            for _ in range(60):
                group.start_soon(one)

    anyio.run(all_at_once)
    assert endpoint.most == READERS
    assert statuses.count(200) == READERS + 10
    assert statuses.count(503) == 60 - READERS - 10


def test_a_question_that_takes_too_long_is_given_up(sqlite_settings):
    database = Database(sqlite_settings)
    sqlite.limit_time(database.reading_engine, 0.1)
    counting = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
    for _ in range(2):
        started = time.monotonic()
        with database.read_once() as connection, pytest.raises(OperationalError):
            connection.execute(text(f"{counting} LIMIT 1"))
        assert time.monotonic() - started < 5
        with database.read_once() as connection:
            assert connection.execute(text("SELECT 1")).scalar_one() == 1
    database.dispose()


def test_no_pattern_holds_the_process_up(small):
    started = time.monotonic()
    pattern = "%_" * 40 + "%~"
    answer = small.get(ITEMS, None, params={"filter": f"zones LIKE '{pattern}'"})
    assert answer.json()["numberMatched"] == 0
    assert time.monotonic() - started < 10


def test_too_long_is_told_in_words(small, monkeypatch):
    features(small)
    monkeypatch.setattr("app.maps.items.read_page", broken)
    answer = small.get(ITEMS, None)
    assert answer.status_code == 503
    assert "takes too long" in answer.json()["detail"]


def test_a_server_that_nobody_reads_makes_no_edition(sqlite_settings, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    chosen = sqlite_settings.model_copy(update={"public_enabled": True})
    with reopened(chosen, Clock(), {}) as running:
        assert running.get("/livez", None).status_code == 200
    assert list(tmp_path.glob("earshot-public-*")) == []
