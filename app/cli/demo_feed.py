"""The demo's feeds: a clock that runs faster than ours, and a player that posts what the city sends."""

import http.client
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from threading import Event, Thread

import orjson

from app.core.logs import logger
from app.simulate import Simulation

_PATHS = {
    "alert": "/v1/alerts/demo-sensors",
    "call": "/v1/calls/demo-911",
    "heartbeat": "/v1/sources/demo-911/heartbeat",
}
_PAUSE_S = 0.2
_log = logger(__name__)


class SimulatedClock:
    """A clock that starts at an instant and runs at a multiple of the real pace once first asked."""

    def __init__(self, start: datetime, speed: float) -> None:
        self._start = start
        self._speed = speed
        self._started: float | None = None

    def __call__(self) -> datetime:
        """The simulated time; it stands still until `go`."""
        if self._started is None:
            return self._start
        return self._start + timedelta(seconds=(time.monotonic() - self._started) * self._speed)

    def go(self) -> None:
        """Let it run."""
        self._started = time.monotonic()


class Player(Thread):
    """Posts deliveries when their time has come, over HTTP like any vendor."""

    def __init__(
        self,
        simulation: Simulation,
        clock: SimulatedClock,
        keys: Mapping[str, str],
        port: int,
        on_live: Callable[[], None],
    ) -> None:
        super().__init__(name="earshot-demo-feed", daemon=True)
        self._simulation = simulation
        self._clock = clock
        self._keys = {**keys, "heartbeat": keys["call"]}
        self._port = port
        self._on_live = on_live
        self._stopping = Event()

    def stop(self) -> None:
        """End after the delivery under way."""
        self._stopping.set()
        self.join(timeout=5)

    def run(self) -> None:
        """Deliver until stopped or until the simulated days are over."""
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=10)
        if not self._wait_for_server():
            return
        self._clock.go()
        self._on_live()
        for delivery in self._simulation.deliveries(since=self._clock()):
            while self._clock() < delivery.at:
                if self._stopping.wait(_PAUSE_S):
                    return
            self._post(connection, delivery.kind, delivery.document)
            if self._stopping.is_set():
                return
        _log.warning("demo_over", hint="the simulated days are over; start the demo again")

    def _wait_for_server(self) -> bool:
        while not self._stopping.wait(_PAUSE_S):
            connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=2)
            try:
                connection.request("GET", "/livez")
                if connection.getresponse().status == http.HTTPStatus.OK:
                    return True
            except OSError:
                continue
            finally:
                connection.close()
        return False

    def _post(self, connection: http.client.HTTPConnection, kind: str, document: object) -> None:
        headers = {"Authorization": f"Bearer {self._keys[kind]}", "Content-Type": "application/json"}
        try:
            connection.request("POST", _PATHS[kind], orjson.dumps(document), headers)
            answer = connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            _log.warning("demo_delivery_lost", error=str(error))
            return
        finally:
            # Opened again for the next one: between two the server would have closed it.
            connection.close()
        if answer.status >= http.HTTPStatus.BAD_REQUEST:
            _log.warning("demo_delivery_refused", status=answer.status, body=body.decode())
