"""Servers and a worker, each a process of its own, on one database; some are killed at the worst moment."""

import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import httpx2 as httpx
import pytest
from sqlalchemy import func, select, text

from app.core.settings import Settings
from app.db import Database
from app.db.database import dialect_of
from app.db.models import Alert, Change, Event, Incident, VerdictChange
from app.domain.vocabulary import Role, SourceKind
from app.events.log import newest_event_id
from tests.conftest import NOW
from tests.feeds import add_feed
from tests.stream.served import Program, Reader, Service

pytestmark = pytest.mark.slow
Read = Callable[..., Reader]
_numbers = count()


class City:
    """Servers that judge nothing, a worker beside them, and a vendor who posts to any of the servers."""

    def __init__(self, settings: Settings, servers: int) -> None:
        self.database = Database(settings)
        with self.database.write() as session:
            add_feed(session, "sensors", SourceKind.ALERTS, now=NOW)
        with ThreadPoolExecutor() as together:
            worker = together.submit(Program, settings, "worker")
            serving = [together.submit(Service, settings, "--no-worker") for _ in range(servers)]
        self.worker, self.servers = worker.result(), [each.result() for each in serving]
        self._bearer = {"Authorization": f"Bearer {self.servers[0].key(Role.VENDOR, 'sensors')}"}

    def close(self) -> None:
        for program in (self.worker, *self.servers):
            program.close()
        self.database.dispose()

    def post(self, alert: dict[str, Any], *servers: Service) -> str:
        """Post an alert as a vendor does: to the next server when one does not answer. Its id."""
        for server in servers:
            try:
                answer = httpx.post(f"{server.url}/v1/alerts/sensors", json=alert, headers=self._bearer)
            except httpx.HTTPError:
                continue
            assert answer.status_code == 202, answer.text
            told: str = answer.json()["id"]
            return told
        pytest.fail("no server answers")

    def post_all(self, alerts: Sequence[dict[str, Any]], between: Callable[[], object] | None = None) -> None:
        """Post to the servers in turn, several at once; in the middle of it do something else."""
        with ThreadPoolExecutor(4) as vendors:
            posts = [
                vendors.submit(self.post, alert, *self.servers[number % 2 :], *self.servers)
                for number, alert in enumerate(alerts)
            ]
            if between is not None:
                posts[len(posts) // 3].result()
                between()
            for each in posts:
                each.result()

    def wait_until_judged(self, alerts: Sequence[dict[str, Any]]) -> int:
        """Return the id of the last event once nothing waits."""
        names = [alert["external_id"] for alert in alerts]
        waiting = select(func.count()).select_from(Change)
        judged = select(func.count()).where(Alert.external_id.in_(names), Alert.incident_id.is_not(None))
        deadline = time.monotonic() + 20
        while True:
            with self.database.read() as session:
                if session.scalar(waiting) == 0 and session.scalar(judged) == len(names):
                    return newest_event_id(session)
            assert time.monotonic() < deadline, "alerts are left without a verdict"
            time.sleep(0.02)

    def log(self, after: int) -> list[int]:
        with self.database.read() as session:
            return list(session.scalars(select(Event.id).where(Event.id > after).order_by(Event.id)))

    def require_each_once(self, alerts: Sequence[dict[str, Any]]) -> None:
        """One incident, one verdict and one event of each kind for every alert; what was heard is the log."""
        names = sorted(alert["external_id"] for alert in alerts)
        with self.database.read() as session:
            found = session.execute(
                select(Alert.external_id, Incident.id, Incident.number, Incident.verdict)
                .join(Incident, Alert.incident_id == Incident.id)
                .where(Alert.external_id.in_(names))
            ).all()
            ids = [row.id for row in found]
            verdicts = session.scalars(
                select(VerdictChange.incident_id).where(VerdictChange.incident_id.in_(ids))
            ).all()
            events = session.execute(
                select(Event.incident_id, Event.type).where(Event.incident_id.in_(ids))
            ).all()
        assert sorted(row.external_id for row in found) == names
        assert len({row.id for row in found}) == len({row.number for row in found}) == len(names)
        assert {row.verdict for row in found} == {"indeterminate"}, "there is no call feed"
        assert Counter(verdicts) == Counter(ids)
        kinds = ("incident.opened", "incident.indeterminate")
        assert Counter((row.incident_id, row.type) for row in events) == Counter(
            (incident_id, kind) for incident_id in ids for kind in kinds
        )


@pytest.fixture(scope="module")
def city(request: pytest.FixtureRequest, postgresql_url: str) -> Iterator[City]:
    """Two servers and a worker on one PostgreSQL."""
    request.getfixturevalue("postgresql_kept").empty()
    running = City(Settings(database_url=postgresql_url, _env_file=None), 2)
    yield running
    running.close()


def new_alerts(how_many: int) -> list[dict[str, Any]]:
    """Alerts a day apart: nobody who looks at one happens upon another."""
    numbers = [next(_numbers) for _ in range(how_many)]
    last = datetime.now(UTC) - timedelta(hours=2)
    return [
        {
            "external_id": f"A-{number}",
            "started_at": (last - timedelta(days=number)).isoformat(),
            "longitude": -87.9,
            "latitude": 43.0,
            "classification": "multiple_gunshots",
        }
        for number in numbers
    ]


def newest(city: City) -> int:
    with city.database.read() as session:
        return newest_event_id(session)


@pytest.mark.postgis
def test_clients_of_both_servers_hear_the_same_whichever_was_posted_to(city: City, read: Read) -> None:
    before = newest(city)
    readers = [read(server) for server in city.servers for _ in range(2)]
    alerts = new_alerts(40)
    city.post_all(alerts)
    twice = {city.post(alerts[0], server) for server in city.servers}
    assert len(twice) == 1, "one alert, whoever is told of it"
    last = city.wait_until_judged(alerts)
    written = city.log(before)
    assert (len(written), written[-1]) == (80, last)
    assert [reader.until_ids(80) for reader in readers] == [written] * 4
    told = [[(each.type, each.data["incident"]["id"]) for each in reader.events] for reader in readers]
    assert told == [told[0]] * 4
    city.require_each_once(alerts)


@pytest.mark.postgis
def test_who_goes_on_at_the_other_server_misses_nothing(city: City, read: Read) -> None:
    before = newest(city)
    got: list[int] = []
    moved: list[Reader] = []

    def move() -> None:
        reader = read(city.servers[0], last_event_id=before)
        for turn in (1, 0, 1):
            reader.until_ids(4)
            reader.close()
            got.extend(reader.ids)
            reader = read(city.servers[turn], last_event_id=reader.last_event_id)
        moved.append(reader)

    alerts = new_alerts(40)
    city.post_all(alerts, move)
    city.wait_until_judged(alerts)
    written = city.log(before)
    assert got + moved[0].until_ids(80 - len(got)) == written


@pytest.mark.postgis
def test_a_server_that_is_killed_takes_nothing_with_it(city: City, read: Read) -> None:
    before = newest(city)
    readers = [read(server) for server in city.servers]
    alerts = new_alerts(40)
    city.post_all(alerts, city.servers[0].kill)
    city.wait_until_judged(alerts)
    written = city.log(before)
    assert readers[1].until_ids(80) == written
    readers[0].until(lambda: readers[0].ended)
    assert len(readers[0].ids) < 80, "it was killed before the end"
    there = read(city.servers[1], last_event_id=readers[0].last_event_id)
    assert readers[0].ids + there.until_ids(80 - len(readers[0].ids)) == written
    city.servers[0].start()
    again = read(city.servers[0], last_event_id=readers[0].last_event_id)
    assert readers[0].ids + again.until_ids(80 - len(readers[0].ids)) == written
    city.require_each_once(alerts)


@pytest.mark.postgis
def test_a_worker_killed_before_its_commit_is_made_up_for_by_the_next(city: City, read: Read) -> None:
    """It is stopped at its last step, before the events: everything else is written by then."""
    before = newest(city)
    reader = read(city.servers[1])
    alerts = new_alerts(30)
    with city.database.write() as session:
        dialect_of(session).lock_log(session, "events")
        city.post_all(alerts)
        _wait_for(partial(_somebody_waits_for_the_log, city))
        city.worker.kill()
    assert city.log(before) == [], "what it had written went with it"
    city.worker.start()
    city.wait_until_judged(alerts)
    city.require_each_once(alerts)
    assert reader.until_ids(60) == city.log(before)


def test_server_and_worker_on_one_file_and_the_worker_killed_in_the_middle(
    migrated_file: Path, tmp_path: Path, read: Read
) -> None:
    path = tmp_path / "earshot.db"
    shutil.copy(migrated_file, path)
    city = City(Settings(database_url=f"sqlite:///{path}", _env_file=None), 1)
    try:
        reader = read(city.servers[0])
        first = new_alerts(10)
        city.post_all(first)
        assert reader.until_ids(20) == city.log(0)
        city.worker.kill()
        more = new_alerts(40)
        city.post_all(more)
        with city.database.write():
            city.worker.start()
        _wait_for(partial(_somebody_writes, path))
        time.sleep(0.03)
        city.worker.kill()
        assert len(city.log(0)) == 20, "what it had written went with it"
        city.worker.start()
        city.wait_until_judged(more)
        city.require_each_once([*first, *more])
        assert reader.until_ids(100) == city.log(0)
    finally:
        city.close()


def _somebody_writes(path: Path) -> bool:
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return True
        connection.execute("ROLLBACK")
        return False


def _somebody_waits_for_the_log(city: City) -> bool:
    waiting = text(
        "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = database"
        " WHERE datname = current_database() AND locktype = 'advisory' AND NOT granted"
    )
    with city.database.read() as session:
        return bool(session.scalar(waiting))


def _wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)
