"""A server that is killed, started again and stopped, and what becomes of its streams."""

from collections.abc import Callable

import pytest

from tests.stream.events import event, write
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
