"""A real server in a process of its own, and readers of its stream over real connections."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Any

import httpx2 as httpx
import orjson

from app.access.keys import create_key, revoke_key
from app.core.settings import Settings
from app.db import Database
from app.domain.vocabulary import Role
from tests.conftest import NOW

EARSHOT = [sys.executable, "-c", "from app.cli import main; main()"]
QUICK = {
    "EARSHOT_STREAM_HEARTBEAT_S": "0.3",
    "EARSHOT_STREAM_STALL_S": "1",
    "EARSHOT_STREAM_LIMIT": "12",
    "EARSHOT_KEY_CACHE_S": "0.1",
    "EARSHOT_WORKER_POLL_S": "0.2",
    "EARSHOT_LOG_LEVEL": "warning",
}


class Program:
    """A command of earshot's that runs on and on, which may be killed and started again."""

    def __init__(self, settings: Settings, *arguments: str, **environment: str) -> None:
        self._command = [*EARSHOT, *arguments]
        self._environment = {**QUICK, **environment, "EARSHOT_DATABASE_URL": settings.database_url}
        self.start()

    def start(self) -> None:
        """Return once it says that it runs."""
        environment = {**os.environ, **self._environment}
        self.process = subprocess.Popen(
            self._command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        assert "stop it with Ctrl-C" in self.process.stdout.readline()

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.communicate(timeout=10)

    def stop(self) -> tuple[float, str]:
        """SIGTERM; how long it took, and the log."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        _, log = self.process.communicate(timeout=30)
        return time.monotonic() - begun, log

    def close(self) -> None:
        """End whatever runs."""
        if self.process.poll() is None:
            self.kill()


class Service(Program):
    """`earshot serve` on a database, always on the same port."""

    def __init__(self, settings: Settings, *arguments: str, **environment: str) -> None:
        self.settings = settings
        self.database = Database(settings)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self.viewer = self.key(Role.VIEWER)
        super().__init__(settings, "serve", "--port", str(self.port), *arguments, **environment)

    def close(self) -> None:
        """End whatever runs."""
        super().close()
        self.database.dispose()

    def key(self, role: Role, source: str | None = None) -> str:
        """A new key."""
        with self.database.write() as session:
            return create_key(
                session,
                role=role,
                source_name=source,
                name=None,
                scopes=None,
                expires_at=None,
                actor="test",
                now=NOW,
            )

    def revoke(self, key: str) -> None:
        """End a key."""
        with self.database.write() as session:
            revoke_key(session, key.split("_")[1], actor="test", now=NOW)

    def ask(self, path: str, key: str | None = None, **headers: str) -> httpx.Response:
        """GET something that ends."""
        told = {"Authorization": f"Bearer {key or self.viewer}", **headers}
        return httpx.get(self.url + path, headers=told, timeout=10)

    def metric(self, name: str) -> float:
        """The value of a metric without labels."""
        text = self.ask("/metrics", self.key(Role.ADMIN)).text
        return float(next(line.split()[1] for line in text.splitlines() if line.startswith(name + " ")))

    def raw(self, query: str = "", *, receive_bytes: int | None = None) -> socket.socket:
        """A connection on which the stream was asked for, and of which nothing is read yet."""
        opened = socket.socket()
        if receive_bytes:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        opened.connect(("127.0.0.1", self.port))
        head = f"GET /v1/stream{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.viewer}"
        opened.sendall(f"{head}\r\n\r\n".encode())
        return opened


@dataclass
class Told:
    """One event as a client has it."""

    type: str
    id: int
    data: dict[str, Any]


class Reader:
    """Reads a stream as EventSource does, in a thread, until it is closed or ends."""

    def __init__(
        self, service: Service, query: str = "", *, key: str | None = None, last_event_id: int | None = None
    ) -> None:
        self.events: list[Told] = []
        self.comments: list[str] = []
        self.last_event_id = last_event_id
        self.retry_ms: int | None = None
        self.error: Exception | None = None
        self.ended = False
        self._changed = Condition()
        headers = {"Authorization": f"Bearer {key or service.viewer}"}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self._client = httpx.Client(timeout=30)
        request = self._client.build_request("GET", f"{service.url}/v1/stream{query}", headers=headers)
        self.answer = self._client.send(request, stream=True)
        assert self.answer.status_code == 200, self.answer.read()
        self._thread = Thread(target=self._read, daemon=True)
        self._thread.start()
        self.until(lambda: self.retry_ms is not None)

    def until(self, condition: Callable[[], bool], timeout_s: float = 20.0) -> None:
        """Return once it is so."""
        with self._changed:
            assert self._changed.wait_for(condition, timeout_s), (
                self.ids[-3:],
                self.comments[-3:],
                self.error,
            )

    def until_ids(self, count: int) -> list[int]:
        """The ids of the first so many events."""
        self.until(lambda: len(self.events) >= count)
        return self.ids[:count]

    @property
    def ids(self) -> list[int]:
        """The ids that came, in order."""
        return [told.id for told in self.events]

    def close(self) -> None:
        """Leave."""
        self.answer.close()
        self._client.close()
        self._thread.join(10)

    def _read(self) -> None:
        fields: dict[str, str] = {}
        try:
            for line in self.answer.iter_lines():
                with self._changed:
                    self._take(line, fields)
                    self._changed.notify_all()
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            self.error = error
        with self._changed:
            self.ended = True
            self._changed.notify_all()

    def _take(self, line: str, fields: dict[str, str]) -> None:
        if line.startswith(":"):
            self.comments.append(line[1:].strip())
        elif line:
            name, _, value = line.partition(": ")
            assert name not in fields
            fields[name] = value
        else:
            self.last_event_id = int(fields.get("id", self.last_event_id or 0))
            self.retry_ms = int(fields.get("retry", self.retry_ms or 0))
            if fields.get("event") == "alive":
                self.comments.append("alive")
            elif "data" in fields:
                self.events.append(Told(fields["event"], self.last_event_id, orjson.loads(fields["data"])))
            fields.clear()
