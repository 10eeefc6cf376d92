"""NDJSON as a stream: cut anywhere, too long in places, from clients that are in no hurry to listen."""

import asyncio
import gzip
import socket
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import orjson
import pytest
from starlette.testclient import TestClient

from app.adapters import preset_text
from app.core.settings import Settings
from app.domain.vocabulary import SourceKind
from app.intake import stream
from app.intake.answers import WaitingAnswers
from app.main import create_app
from tests.conftest import Clock
from tests.intake.conftest import CALL, Service
from tests.intake.served import Served

pytestmark = pytest.mark.slow

NDJSON = {"content-type": "application/x-ndjson"}
SKIPPED = b'{"external_id":null,"id":null,"status":"skipped","warnings":[],"errors":[]}\n'
SKIPS_ALL = "where = \"line == 'none'\"\n" + preset_text("generic-calls-json")


def as_lines(*records: Any) -> bytes:
    return b"\n".join(item if isinstance(item, bytes) else orjson.dumps(item) for item in records)


def told(content: bytes) -> list[dict[str, Any]]:
    return [orjson.loads(line) for line in content.splitlines()]


class Exchange:
    """One streamed request, by hand: its body in pieces, its answers taken only once `listening`."""

    def __init__(self, service: Service, app: Any, pieces: Iterable[bytes], source: str = "cad") -> None:
        self._app = app
        self._pieces = iter(pieces)
        self._headers = {**NDJSON, **service.bearer(source)}
        self._path = f"/v1/calls/{source}"
        self.listening = asyncio.Event()
        self.pieces_read = 0
        self.answer = b""

    async def run(self) -> bytes:
        headers = [(name.lower().encode(), value.encode()) for name, value in self._headers.items()]
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": headers,
            "server": ("test", 80),
            "client": ("test", 1),
        }
        await self._app(scope, self._receive, self._send)
        return self.answer

    async def _receive(self) -> dict[str, Any]:
        piece = next(self._pieces, None)
        self.pieces_read += piece is not None
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    async def _send(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await self.listening.wait()
            self.answer += message["body"]


def stream_in(service: Service, pieces: Iterable[bytes], client: TestClient | None = None) -> list[Any]:
    async def run() -> bytes:
        exchange = Exchange(service, (client or service.client).app, pieces)
        exchange.listening.set()
        return await exchange.run()

    portal = (client or service.client).portal
    assert portal is not None
    return told(portal.call(run))


def test_a_stream_is_answered_line_by_line(service: Service) -> None:
    body = as_lines(CALL, b"{nonsense", b"", {**CALL, "external_id": "C-2"}, {"external_id": "C-3"}, b"[1]")
    answer = service.post("calls/cad", content=body, headers=NDJSON)
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/x-ndjson")
    found = told(answer.content)
    assert [item["status"] for item in found] == ["accepted", "rejected", "accepted", "rejected", "rejected"]
    assert service.counts == (0, 2, 3)
    assert sorted(reject.line for reject in service.rejects() if reject.line) == [2, 5, 6]
    again = told(service.post("calls/cad", content=body, headers=NDJSON).content)
    assert [item["status"] for item in again] == [
        "duplicate",
        "rejected",
        "duplicate",
        "rejected",
        "rejected",
    ]
    assert [item["id"] for item in again] == [item["id"] for item in found]
    assert service.counts == (0, 2, 3)


def in_pieces(body: bytes, size: int) -> Iterable[bytes]:
    return (body[start : start + size] for start in range(0, len(body), size))


@pytest.mark.parametrize("size", [1, 7, 100, 5_000])
def test_a_stream_may_be_cut_anywhere(service: Service, size: int) -> None:
    records = [{**CALL, "external_id": f"C-{number}", "address": "Größe 1"} for number in range(20)]
    body = as_lines(*records[:10], b"broken", *records[10:]) + b"\r\n"
    answers = stream_in(service, in_pieces(body, size))
    assert [item["status"] for item in answers] == ["accepted"] * 10 + ["rejected"] + ["accepted"] * 10
    assert service.counts == (0, 20, 1)


def test_a_stream_may_be_gzip(service: Service) -> None:
    body = gzip.compress(as_lines(CALL, {**CALL, "external_id": "C-2"}))
    headers = {**NDJSON, "content-encoding": "gzip"}
    assert len(told(service.post("calls/cad", content=body, headers=headers).content)) == 2
    cut = told(service.post("calls/cad", content=body[:-6], headers=headers).content)
    assert cut[-1]["type"] == "urn:earshot:problem:malformed-body"
    assert service.post("calls/cad", content=b"", headers=headers).content == b""


@pytest.fixture
def with_short_lines(settings: Settings, clock: Clock, service: Service) -> Any:
    """The service where a line may have 1,000 bytes."""
    app = create_app(settings.model_copy(update={"body_limit_bytes": 1_000}), clock=clock, with_worker=False)
    with TestClient(app) as client:
        yield client


@pytest.mark.parametrize("size", [1, 7, 100, 999, 1_000, 1_001, 1_002, 50_000])
def test_a_line_that_is_too_long_is_one_reject(
    service: Service, with_short_lines: TestClient, size: int
) -> None:
    calls = [{**CALL, "external_id": f"C-{number}"} for number in range(4)]
    just = orjson.dumps({**calls[3], "address": "x" * (1_000 - len(orjson.dumps(calls[3])) - 13)})
    assert len(just) == 1_000
    body = as_lines(calls[0], b"a" * 1_001, calls[1], b"", b"b" * 9_876, calls[2], just, b"c" * 5_000)
    answers = stream_in(service, in_pieces(body, size), with_short_lines)
    statuses = ["accepted", "rejected", "accepted", "rejected", "accepted", "accepted", "rejected"]
    assert [item["status"] for item in answers] == statuses
    assert answers[3]["errors"] == [{"pointer": "", "reason": "a line may have at most 1,000 bytes"}]
    assert service.counts == (0, 4, 3)
    kept = {reject.line: bytes(reject.raw) for reject in service.rejects()}
    assert kept == {2: b"a" * 1_000, 5: b"b" * 1_000, 8: b"c" * 1_000}


def test_reading_goes_on_while_answers_wait_up_to_a_bound(
    service: Service, feed: Callable[..., tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    service.keys["none"] = feed("none", SourceKind.CALLS, SKIPS_ALL)[0]
    pieces = 500
    body = b"{}\n" * 100

    async def listen_late() -> tuple[int, bytes]:
        exchange = Exchange(service, service.app, [body] * pieces, "none")
        running = asyncio.ensure_future(exchange.run())
        read, stood_still = 0, 0
        while read < pieces and stood_still < 10:
            await asyncio.sleep(0.1)
            stood_still = stood_still + 1 if 0 < read == exchange.pieces_read else 0
            read = exchange.pieces_read
        exchange.listening.set()
        return read, await running

    assert service.client.portal is not None
    before, answer = service.client.portal.call(listen_late)
    assert before == pieces
    assert answer == SKIPPED * 100 * pieces
    monkeypatch.setattr(stream, "WAITING_ANSWERS_LIMIT_BYTES", 2_000)
    before, answer = service.client.portal.call(listen_late)
    assert 0 < before < 50
    assert answer == SKIPPED * 100 * pieces


def test_answers_wait_in_order() -> None:
    async def run() -> list[bytes]:
        answers = WaitingAnswers(1)

        async def fill() -> None:
            for number in range(20):
                await answers.put(b"%d" % number)
                await asyncio.sleep(0.001 * (number % 3))
            answers.end()

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(fill())
            return [answer async for answer in answers]

    assert asyncio.run(run()) == [b"%d" % number for number in range(20)]


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_a_client_may_send_all_before_it_reads(
    settings: Settings, feed: Callable[..., tuple[str, str]], tmp_path: Path
) -> None:
    """Far more than the sockets between the two can hold; `where` leaves all of it out, to be quick."""
    count = 300_000
    line = b"{}".ljust(63) + b"\n"
    key, _ = feed("none", SourceKind.CALLS, SKIPS_ALL)
    server = Served(settings, tmp_path / "server.log")
    try:
        server.wait_until_ready()
        connection = HTTPConnection("127.0.0.1", server.port, timeout=60)
        connection.sock = socket.socket()
        for buffer in (socket.SO_RCVBUF, socket.SO_SNDBUF):
            connection.sock.setsockopt(socket.SOL_SOCKET, buffer, 65_536)
        connection.sock.settimeout(60)
        connection.sock.connect(("127.0.0.1", server.port))
        headers = {**NDJSON, "Authorization": f"Bearer {key}"}
        with closing(connection):
            connection.request("POST", "/v1/calls/none", body=line * count, headers=headers)
            answer = connection.getresponse()
            assert answer.status == 202
            assert answer.read() == SKIPPED * count
    finally:
        server.stop()
