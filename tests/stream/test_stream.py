"""The stream of a running server, over real connections, on both databases."""

import random
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from threading import Thread

import httpx2 as httpx
import pytest
from sqlalchemy import select

from app.db.models import Event
from app.domain.vocabulary import Role, SourceKind
from app.events import EventType
from app.events.log import newest_event_id
from app.incidents.documents import INCIDENT_FIELDS
from tests.conftest import NOW
from tests.feeds import add_feed
from tests.stream.events import event, write
from tests.stream.served import Reader, Service

pytestmark = pytest.mark.slow
Read = Callable[..., Reader]
LARGE = 40_000


def ids_after(service: Service, after: int) -> list[int]:
    with service.database.read() as session:
        return list(session.scalars(select(Event.id).where(Event.id > after).order_by(Event.id)))


def newest(service: Service) -> int:
    with service.database.read() as session:
        return newest_event_id(session)


def is_told(reader: Reader, kind: str) -> bool:
    return any(told.type == kind for told in reader.events)


def test_events_come_as_they_happen_and_hold_what_the_list_shows(service: Service, read: Read) -> None:
    before = newest(service)
    reader = read(service)
    assert reader.last_event_id == before, "a client that loses the stream at once comes back to here"
    assert 2_000 <= (reader.retry_ms or 0) <= 4_000
    write(service.database, [event(1, EventType.OPENED), event(1, EventType.REPORTED, verdict="reported")])
    assert reader.until_ids(2) == [before + 1, before + 2]
    first, second = reader.events
    assert (first.type, second.type) == ("incident.opened", "incident.reported")
    assert set(first.data) == {"type", "at", "historical", "matches", "incident"}
    assert first.data["at"] == "2026-07-04T12:00:00.000Z"
    assert (first.data["type"], first.data["historical"], first.data["matches"]) == (first.type, False, True)
    assert tuple(first.data["incident"]) == INCIDENT_FIELDS, "nothing of calls, reviews or callers"
    assert second.data["incident"]["verdict"] == "reported"


def test_its_headers(service: Service, read: Read) -> None:
    headers = read(service).answer.headers
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert headers["transfer-encoding"] == "chunked"
    assert "content-encoding" not in headers


def test_an_alert_is_heard_of_when_it_is_judged(service: Service, read: Read) -> None:
    with service.database.write() as session:
        add_feed(session, "sensors", SourceKind.ALERTS, now=NOW)
    vendor = service.key(Role.VENDOR, "sensors")
    reader = read(service, "?classification=single_gunshot")
    alert = {
        "external_id": "A-1",
        "started_at": datetime.now(UTC).isoformat(),
        "longitude": -87.9,
        "latitude": 43.0,
        "classification": "single_gunshot",
    }
    for told in (alert, {"external_id": "A-1", "status": "retracted"}):
        answer = httpx.post(
            f"{service.url}/v1/alerts/sensors", json=told, headers={"Authorization": f"Bearer {vendor}"}
        )
        assert answer.status_code == 202
        kind = "incident.withdrawn" if "status" in told else "incident.opened"
        reader.until(partial(is_told, reader, kind))
    listed = service.ask("/v1/incidents?classification=single_gunshot").json()["incidents"]
    assert reader.events[-1].data["incident"] == listed[0]


def test_reconnecting_anywhere_misses_nothing_and_doubles_nothing(service: Service, read: Read) -> None:
    """Two processes write, a few events at a time, while clients leave and come back at any point."""
    before = newest(service)
    steady = read(service)
    got: dict[int, list[int]] = {}

    def hop(seed: int) -> None:
        chance, last, got[seed] = random.Random(seed), before, []
        while len(got[seed]) < 300:
            by_query = chance.random() < 0.5
            reader = Reader(
                service,
                f"?last_event_id={last}" if by_query else "",
                last_event_id=None if by_query else last,
            )
            wanted = chance.randint(0, 40)
            deadline = time.monotonic() + chance.random()
            while len(reader.events) < wanted and time.monotonic() < deadline:
                time.sleep(0.005)
            reader.close()
            got[seed] += reader.ids
            last = reader.last_event_id or last

    command = [sys.executable, "-m", "tests.stream.events", service.settings.database_url, "150"]
    writers = [subprocess.Popen([*command, str(seed)]) for seed in (1, 2)]
    threads = [Thread(target=hop, args=(seed,), daemon=True) for seed in (3, 4)]
    for thread in threads:
        thread.start()
    assert [writer.wait(30) for writer in writers] == [0, 0]
    for thread in threads:
        thread.join(30)
    written = ids_after(service, before)
    assert len(written) == 300
    assert steady.until_ids(300) == written
    assert got == {3: written, 4: written}


def test_what_leaves_the_filter_is_told_and_the_rest_is_not(service: Service, read: Read) -> None:
    write(service.database, [event(2, EventType.OPENED), event(3, EventType.OPENED)])
    after = newest(service)
    live = read(service, "?verdict=unreported,indeterminate&min_rounds=3")
    write(
        service.database, [event(2, EventType.UNREPORTED, verdict="unreported"), event(3, verdict="reported")]
    )
    write(
        service.database, [event(2, verdict="unreported", rounds=2), event(2, verdict="unreported", rounds=2)]
    )
    write(service.database, [event(2, EventType.REPORTED, verdict="reported")])
    write(service.database, [event(3, EventType.INDETERMINATE, verdict="indeterminate")])
    told = [(after + 1, True), (after + 3, False), (after + 6, True)]
    live.until(lambda: live.last_event_id == after + 6)
    assert [(each.id, each.data["matches"]) for each in live.events] == told
    again = read(service, "?verdict=unreported,indeterminate&min_rounds=3", last_event_id=after)
    again.until_ids(3)
    assert [(each.id, each.data["matches"]) for each in again.events] == told


def test_kinds_and_what_is_long_over_can_be_left_out(service: Service, read: Read) -> None:
    reviewed = read(service, "?type=incident.reviewed,incident.opened")
    alarming = read(service, "?historical=false")
    before = newest(service)
    write(service.database, [event(4), event(4, EventType.REVIEWED), event(4, historical=True), event(4)])
    reviewed.until(lambda: reviewed.last_event_id == before + 4)
    assert reviewed.ids == [before + 2]
    assert alarming.until_ids(3) == [before + 1, before + 2, before + 4]


def test_an_idle_stream_gives_signs_of_life_and_keeps_its_place(service: Service, read: Read) -> None:
    reader = read(service, "?verdict=withdrawn")
    reader.until(lambda: reader.comments.count("alive") >= 3)
    write(service.database, [event(5)])
    reader.until(lambda: reader.last_event_id == newest(service))
    assert reader.ids == [], "the place moves on although nothing was for it"


def test_the_stream_of_a_revoked_key_ends(service: Service, read: Read) -> None:
    key = service.key(Role.VIEWER)
    reader = read(service, key=key)
    reader.until(lambda: "alive" in reader.comments)
    service.revoke(key)
    reader.until(lambda: reader.ended, 10)
    assert reader.error is None
    assert reader.comments[-1] == "this key is unknown, revoked or expired"
    assert service.ask("/v1/stream", key).status_code == 401


def test_who_may_read(service: Service) -> None:
    with service.database.write() as session:
        for name, kind in (("gate-alerts", SourceKind.ALERTS), ("gate-calls", SourceKind.CALLS)):
            add_feed(session, name, kind, now=NOW)
    sources = {Role.VENDOR: "gate-alerts", Role.CAD: "gate-calls"}
    for role in Role:
        bearer = {"Authorization": f"Bearer {service.key(role, sources.get(role))}"}
        answer = httpx.head(f"{service.url}/v1/stream", headers=bearer)
        assert answer.status_code == (403 if role in sources else 200), role
    refused = httpx.get(f"{service.url}/v1/stream")
    assert (refused.status_code, refused.headers["content-type"]) == (401, "application/problem+json")


@pytest.mark.parametrize(
    ("query", "headers", "pointer"),
    [
        ("?last_event_id=x", {}, "/query/last_event_id"),
        ("?last_event_id=-1", {}, "/query/last_event_id"),
        ("?last_event_id=", {}, "/query/last_event_id"),
        ("?last_event_id=" + "9" * 30, {}, "/query/last_event_id"),
        ("", {"Last-Event-ID": "1.5"}, "/header/last-event-id"),
        ("", {"Last-Event-ID": "12abc"}, "/header/last-event-id"),
        ("?verdict=guilty", {}, "/query/verdict"),
        ("?type=incident.lost", {}, "/query/type"),
        ("?bbox=1,2,3", {}, "/query/bbox"),
        ("?min_rounds=9&max_rounds=3", {}, "/query/min_rounds"),
        ("?zone=Nowhere", {}, "/query/zone"),
        ("?historical=no", {}, "/query/historical"),
        ("?verdcit=reported", {}, "/query/verdcit"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_streamed(
    service: Service, query: str, headers: dict[str, str], pointer: str
) -> None:
    answer = service.ask(f"/v1/stream{query}", **headers)
    assert answer.status_code == 400
    assert [problem["pointer"] for problem in answer.json()["errors"]] == [pointer]


def test_an_id_that_the_log_does_not_have_is_answered_by_a_reset(service: Service, read: Read) -> None:
    write(service.database, [event(6)])
    before = newest(service)
    reader = read(service, "?last_event_id=0", last_event_id=before + 1_000)
    write(service.database, [event(6)])
    assert reader.until_ids(2) == [before, before + 1]
    assert (reader.events[0].type, reader.events[0].data["type"]) == ("reset", "reset")
    assert str(before + 1_000) in reader.events[0].data["reason"]


def test_from_the_first_event_of_all(service: Service, read: Read) -> None:
    everything = ids_after(service, 0)
    assert read(service, "?last_event_id=0").until_ids(len(everything)) == everything


def test_there_are_no_more_streams_than_may_be(service: Service, read: Read) -> None:
    bearer = {"Authorization": f"Bearer {service.viewer}"}
    for _ in range(20):
        assert httpx.head(f"{service.url}/v1/stream", headers=bearer).status_code == 200, "it holds none"
    held = [read(service) for _ in range(12)]
    assert service.metric("earshot_streams_open") == 12
    refused = service.ask("/v1/stream")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "2")
    for reader in held:
        reader.close()
    deadline = time.monotonic() + 10
    while service.metric("earshot_streams_open"):
        assert time.monotonic() < deadline, "who leaves is forgotten"
        time.sleep(0.05)


def test_who_takes_nothing_is_dropped_and_may_come_back(service: Service, read: Read) -> None:
    write(service.database, [event(7)])
    dropped = service.metric("earshot_streams_dropped_total")
    well = read(service)
    before = well.last_event_id or 0
    stuck = service.raw(receive_bytes=4_096)
    begun = stuck.recv(2_000)
    assert b"200 OK" in begun
    count = 400
    for _ in range(count // 40):
        write(service.database, [event(7, reason="x" * LARGE) for _ in range(40)])
    wanted = list(range(before + 1, before + count + 1))
    assert well.until_ids(count) == wanted
    deadline = time.monotonic() + 15
    while service.metric("earshot_streams_dropped_total") == dropped:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    got = _until_its_end(stuck)
    last = max((int(line[4:]) for line in got.split(b"\n") if line.startswith(b"id: ")), default=before)
    assert last < wanted[-1]
    rest = read(service, last_event_id=last)
    assert rest.until_ids(wanted[-1] - last) == list(range(last + 1, wanted[-1] + 1))


def _until_its_end(connection: socket.socket) -> bytes:
    """What was on its way when the server gave up."""
    connection.settimeout(10)
    got = b""
    with connection, suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            got += part
    # What comes after the last blank line was cut off.
    return got[: got.rfind(b"\n\n") + 2]
