"""One commit for all that waits: answered after it, and what fails fails alone."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2 as httpx
import orjson
import pytest
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from app.core.settings import Settings
from app.db import Database
from app.db.models import Alert, AlertRevision, Call, Change, Reject
from app.domain.vocabulary import SourceKind
from app.intake import store
from app.main import create_app
from tests.conftest import Clock
from tests.intake.conftest import ALERT, CALL, Service
from tests.intake.served import Served


class Gate:
    """Holds the writer at its next transaction until opened, and counts the transactions."""

    def __init__(self, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
        self._write = database.write
        self._open = threading.Event()
        self._open.set()
        self.entered = threading.Event()
        self.commits = 0
        self.failures: list[Exception] = []
        monkeypatch.setattr(database, "write", self._guarded)

    def close(self) -> None:
        self.entered.clear()
        self._open.clear()

    def open(self) -> None:
        self._open.set()

    @contextmanager
    def _guarded(self) -> Iterator[Any]:
        self.entered.set()
        assert self._open.wait(20)
        self.commits += 1
        with self._write() as session:
            yield session
            if self.failures:
                session.flush()
                raise self.failures.pop()


@pytest.fixture
def gate(service: Service, monkeypatch: pytest.MonkeyPatch) -> Gate:
    return Gate(service.app.state.database, monkeypatch)


def gone() -> OperationalError:
    return OperationalError("COMMIT", {}, Exception("the server closed the connection"))


def test_a_failed_commit_is_never_answered_as_stored(service: Service, gate: Gate) -> None:
    gate.failures = [gone(), gone()]
    answer = service.post("alerts/sensors", json=[ALERT, {"external_id": "X"}])
    assert answer.status_code == 503
    assert answer.headers["retry-after"].isdigit()
    assert answer.headers["content-type"] == "application/problem+json"
    assert [service.count(model) for model in (Alert, AlertRevision, Change, Reject)] == [0, 0, 0, 0]
    again = service.post("alerts/sensors", json=[ALERT, {"external_id": "X"}])
    assert (again.status_code, service.counts) == (207, (1, 0, 1))


def test_a_connection_that_had_gone_is_tried_once_more(service: Service, gate: Gate) -> None:
    gate.failures = [gone()]
    answer = service.post("alerts/sensors", json=ALERT)
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    assert service.counts == (1, 0, 0)


def test_whatever_fails_the_writer_lives_on(service: Service, gate: Gate) -> None:
    for failure in (RuntimeError("a bug"), KeyError("another"), OverflowError("too big")):
        gate.failures = [failure] * 3
        assert service.post("alerts/sensors", json=ALERT).status_code == 503
        gate.failures.clear()
        assert service.counts == (0, 0, 0)
    assert service.post("alerts/sensors", json=ALERT).status_code == 202


def in_one_group(service: Service, gate: Gate, requests: list[Callable[[], Any]]) -> list[Any]:
    """Send requests so that the writer finds all of them waiting."""
    gate.close()
    with ThreadPoolExecutor(len(requests) + 1) as pool:
        blocker = pool.submit(service.post, "alerts/sensors", json={**ALERT, "external_id": "blocker"})
        assert gate.entered.wait(10)
        waiting = service.app.state.intake.writer._queue
        answers = []
        for count, request in enumerate(requests, start=1):
            answers.append(pool.submit(request))
            deadline = time.monotonic() + 10
            while waiting.qsize() < count and time.monotonic() < deadline:
                time.sleep(0.002)
        gate.open()
        assert blocker.result().status_code == 202
        return [answer.result() for answer in answers]


def test_all_that_waits_is_one_commit(service: Service, gate: Gate) -> None:
    requests = [
        lambda number=number: service.post("alerts/sensors", json={**ALERT, "external_id": f"A-{number}"})
        for number in range(8)
    ]
    answers = in_one_group(service, gate, requests)  # type: ignore[arg-type]
    assert [answer.status_code for answer in answers] == [202] * 8
    assert gate.commits == 2
    assert service.counts == (9, 0, 0)


def hole_in_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused where the rows are inserted."""
    new_row = store._new_row

    def with_a_hole(item: store.Item, *arguments: Any) -> dict[str, Any]:
        row = new_row(item, *arguments)
        return {**row, "fingerprint": None} if item.parsed.record.external_id == "bad" else row

    monkeypatch.setattr(store, "_new_row", with_a_hole)


def hole_in_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused only after the rows, within a pipeline on PostgreSQL."""
    revision_rows = store._revision_rows

    def with_a_hole(kind: SourceKind, items: list[store.Item], *arguments: Any) -> list[dict[str, Any]]:
        bad = {item.id for item in items if item.parsed.record.external_id == "bad"}
        rows = revision_rows(kind, items, *arguments)
        return [{**row, "fingerprint": None} if row.get("alert_id") in bad else row for row in rows]

    monkeypatch.setattr(store, "_revision_rows", with_a_hole)


@pytest.mark.parametrize("spoil", [hole_in_row, hole_in_revision])
def test_what_the_database_refuses_fails_alone_and_is_kept(
    service: Service,
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    spoil: Callable[[pytest.MonkeyPatch], None],
) -> None:
    spoil(monkeypatch)
    bad = {**ALERT, "external_id": "bad"}
    answers = in_one_group(
        service,
        gate,
        [
            lambda: service.post("alerts/sensors", json={**ALERT, "external_id": "first"}),
            lambda: service.post("alerts/sensors", json=bad),
            lambda: service.post("calls/cad", json=CALL),
            lambda: service.post("alerts/sensors", json=[{**ALERT, "external_id": "second"}, bad, 5]),
            lambda: service.post("sources/cad/heartbeat", json={"through": "2026-07-04T11:00:00Z"}),
        ],
    )
    assert [answer.status_code for answer in answers] == [202, 422, 202, 207, 202]
    assert answers[1].json()["errors"] == [
        {"pointer": "", "reason": "the database could not hold this record"}
    ]
    assert [item["status"] for item in answers[3].json()["results"]] == ["accepted", "rejected", "rejected"]
    assert service.counts == (3, 1, 2)
    kept = {reject.external_id: orjson.loads(reject.raw) for reject in service.rejects()}
    assert kept == {"bad": bad, None: 5}


def test_a_request_that_is_gone_does_not_stop_the_writer(service: Service, gate: Gate) -> None:
    """Its future is cancelled while the writer has it."""
    import asyncio

    from app.intake.parse import parse_batch
    from app.intake.writer import Delivery

    intake = service.app.state.intake
    gate.close()

    async def start_and_leave() -> None:
        feed = await intake.feed("sensors")
        batch = parse_batch(feed, orjson.dumps(ALERT), None, intake.clock(), 10)
        task = asyncio.ensure_future(intake.store(Delivery(feed, batch.items)))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert service.client.portal is not None
    service.client.portal.call(start_and_leave)
    gate.open()
    assert service.post("alerts/sensors", json=ALERT).json()["status"] == "duplicate"


def test_a_full_queue_is_said_at_once(
    settings: Settings, clock: Clock, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = create_app(settings.model_copy(update={"writer_queue_limit": 2}), clock=clock, with_worker=False)
    with TestClient(app) as client:
        gate = Gate(app.state.database, monkeypatch)
        gate.close()

        def post(number: int) -> Any:
            body = {**ALERT, "external_id": f"A-{number}"}
            return client.post("/v1/alerts/sensors", json=body, headers=service.bearer("sensors"))

        with ThreadPoolExecutor(8) as pool:
            first = pool.submit(post, 0)
            assert gate.entered.wait(10)
            others = [pool.submit(post, number) for number in range(1, 7)]
            deadline = time.monotonic() + 10
            while sum(other.done() for other in others) < 4 and time.monotonic() < deadline:
                time.sleep(0.01)
            refused = [other.result() for other in others if other.done()]
            gate.open()
            answers = [first.result(), *(other.result() for other in others)]
        assert [answer.status_code for answer in refused] == [503] * 4
        assert all(answer.headers["retry-after"].isdigit() for answer in refused)
        assert sorted(answer.status_code for answer in answers) == [202] * 3 + [503] * 4
        assert service.counts == (3, 0, 0)


def test_two_instances_store_each_record_once(settings: Settings, clock: Clock, service: Service) -> None:
    other = create_app(settings, clock=clock, with_worker=False)
    with TestClient(other) as second:
        clients = [service.client, second]
        barrier = threading.Barrier(8)

        def post(worker: int) -> list[tuple[int, str, str]]:
            found = []
            barrier.wait()
            for number in range(25):
                records = [{**ALERT, "external_id": f"A-{(number + place) % 25}"} for place in range(3)]
                random.Random(worker * 100 + number).shuffle(records)
                answer = clients[worker % 2].post(
                    "/v1/alerts/sensors", json=records, headers=service.bearer("sensors")
                )
                assert answer.status_code == 202, answer.text
                found += [
                    (answer.status_code, item["external_id"], item["id"]) for item in answer.json()["results"]
                ]
            return found

        with ThreadPoolExecutor(8) as pool:
            told = [item for found in pool.map(post, range(8)) for item in found]
    assert service.counts == (25, 0, 0)
    assert service.count(AlertRevision) == 25
    assert len({(name, identity) for _, name, identity in told}) == 25


@pytest.mark.postgis
def test_two_processes_do_not_wait_for_each_other_for_ever(
    postgresql_settings: Settings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Overlapping batches in different orders, with revisions and rejects, of several feeds."""
    settings = postgresql_settings
    database = Database(settings)
    keys = {name: _key(database, name, kind) for name, kind in KINDS.items()}
    servers = [Served(settings, tmp_path / f"{number}.log") for number in range(2)]
    until = time.monotonic() + 60
    statuses: list[int] = []
    told: set[tuple[str, str, str]] = set()

    def post(worker: int) -> None:
        chance = random.Random(worker)
        with httpx.Client(base_url=servers[worker % 2].url, timeout=20) as client:
            while time.monotonic() < until:
                name = chance.choice(list(KINDS))
                kind = KINDS[name]
                good = ALERT if kind is SourceKind.ALERTS else CALL
                # New ones all the time, so that the processes meet at inserts as well as at updates.
                first = int(time.monotonic() * 200)
                near = range(first, first + 30)
                batch: list[Any] = [
                    {**good, "external_id": f"R-{number}", "revision": chance.randrange(50), "rounds": worker}
                    for number in chance.sample(near, 12)
                ]
                batch += [{"external_id": f"X-{number}"} for number in chance.sample(near, 5)]
                answer = client.post(
                    f"/v1/{kind.value}/{name}", json=batch, headers={"Authorization": f"Bearer {keys[name]}"}
                )
                statuses.append(answer.status_code)
                for item in answer.json()["results"][:12]:
                    told.add((name, item["external_id"], item["id"]))

    try:
        for server in servers:
            server.wait_until_ready()
        until = time.monotonic() + 1.5
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(post, range(8)))
        assert len(statuses) > 50
        assert set(statuses) == {207}
        logs = "".join(server.log.read_text() for server in servers)
        assert "deadlock" not in logs.lower()
        with database.read() as session:
            assert session.query(Alert).count() + session.query(Call).count() == len(told)
    finally:
        for server in servers:
            server.stop()
        database.dispose()


KINDS = {
    "sensors-1": SourceKind.ALERTS,
    "sensors-2": SourceKind.ALERTS,
    "cad-1": SourceKind.CALLS,
    "cad-2": SourceKind.CALLS,
}


def _key(database: Database, name: str, kind: SourceKind) -> str:
    from app.access.keys import create_key
    from app.domain.vocabulary import Role
    from tests.conftest import NOW
    from tests.feeds import add_feed

    with database.write() as session:
        add_feed(session, name, kind, now=NOW)
        role = Role.VENDOR if kind is SourceKind.ALERTS else Role.CAD
        return create_key(
            session,
            role=role,
            source_name=name,
            name=None,
            scopes=None,
            expires_at=None,
            actor="test",
            now=NOW,
        )
