"""A server that is killed, started again and stopped, and what becomes of its streams."""

import time
from collections.abc import Callable

import orjson
import pytest

from app.core.settings import Settings
from tests.stream.events import event, make_incidents, write
from tests.stream.served import Reader, Service

pytestmark = pytest.mark.slow
Read = Callable[..., Reader]


def test_a_kill_loses_nothing_and_stopping_waits_for_nobody(own_service: Service, read: Read) -> None:
    service = own_service
    write(service.database, [event(1)])
    reader = read(service, last_event_id=0)
    assert reader.until_ids(1) == [1]
    service.kill()
    reader.until(lambda: reader.ended)
    write(service.database, [event(1), event(2)])
    service.start()
    resumed = read(service, last_event_id=reader.last_event_id)
    write(service.database, [event(3)])
    assert resumed.until_ids(3) == [2, 3, 4]
    stuck = service.raw("?last_event_id=0", receive_bytes=4_096)
    for _ in range(10):
        write(service.database, [event(1, reason="x" * 40_000) for _ in range(30)])
    resumed.until_ids(303)
    took_s, log = service.stop()
    assert took_s < 8
    resumed.until(lambda: resumed.ended)
    assert resumed.error is None
    assert resumed.comments[-1] == "the service shuts down; come back in a moment"
    assert "Traceback" not in log
    stuck.close()


def test_who_takes_nothing_is_told_of_in_the_log_and_is_no_error(settings: Settings) -> None:
    service = Service(settings)
    make_incidents(service.database)
    stuck = service.raw(receive_bytes=4_096)
    assert b"200 OK" in stuck.recv(2_000)
    for _ in range(8):
        write(service.database, [event(1, reason="x" * 40_000) for _ in range(30)])
    deadline = time.monotonic() + 15
    while not service.metric("earshot_streams_dropped_total"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    time.sleep(1.5)
    _, log = service.stop()
    service.close()
    stuck.close()
    [said] = [orjson.loads(line) for line in log.splitlines()]
    assert said["event"] == "stream_dropped"
    assert said["position"] < 12, "the system holds little for it, or slow readers would look like this one"
