"""Clients that listen and one that posts, in one event loop, by the least of a client."""

import asyncio
import itertools
import math
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import orjson

_EXTERNAL_ID = re.compile(rb'"external_id":"([^"]+)"')
_ROW = 40
_DAY_S = 86_400
_MINUTE_S = 60
CONNECTIONS = 16
_places = itertools.count()


@dataclass
class Heard:
    """When each alert was posted, acknowledged and heard of; monotonic seconds."""

    posted: dict[bytes, float] = field(default_factory=dict)
    acknowledged: dict[bytes, float] = field(default_factory=dict)
    heard: dict[bytes, list[float]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many events came to clients."""
        return sum(map(len, self.heard.values()))

    def latencies_s(self, prefix: bytes) -> list[float]:
        """From the post to the event in each client, ascending."""
        return sorted(
            at - self.posted[name]
            for name, times in self.heard.items()
            if name.startswith(prefix)
            for at in times
        )

    def answers_s(self, prefix: bytes) -> list[float]:
        """From the post to its answer, ascending."""
        return sorted(
            at - self.posted[name] for name, at in self.acknowledged.items() if name.startswith(prefix)
        )


class Listener(asyncio.Protocol):
    """One open stream: notes when which alert's event came."""

    def __init__(self, request: bytes, heard: Heard, opened: Callable[[], None]) -> None:
        self._request = request
        self._heard = heard
        self._opened = opened
        self._rest = b""
        self._is_open = False
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.ended.done():
            self.ended.set_result(None)

    def close(self) -> None:
        """Leave."""
        if self._transport is not None:
            self._transport.close()

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        text = self._rest + data
        end = 0
        for match in _EXTERNAL_ID.finditer(text):
            self._heard.heard.setdefault(match[1], []).append(now)
            end = match.end()
        self._rest = text[max(end, len(text) - 300) :]
        if not self._is_open and b"follow" in text:
            self._is_open = True
            self._opened()


def _same(listener: Listener) -> Listener:
    return listener


async def listen(port: int, key: str, count: int, heard: Heard) -> list[Listener]:
    """Open so many streams of newly opened incidents; returns when each has begun."""
    head = f"GET /v1/stream?type=incident.opened HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}"
    request = f"{head}\r\n\r\n".encode()
    loop = asyncio.get_running_loop()
    waiting = count
    all_open = asyncio.Event()

    def opened() -> None:
        nonlocal waiting
        waiting -= 1
        if not waiting:
            all_open.set()

    listeners = [Listener(request, heard, opened) for _ in range(count)]
    for listener in listeners:
        await loop.create_connection(partial(_same, listener), "127.0.0.1", port)
    await asyncio.wait_for(all_open.wait(), 60)
    return listeners


@dataclass(frozen=True)
class Load:
    """Alerts at a rate for some seconds, of the last day or all of the last minute."""

    name: str
    rate: float
    seconds: float
    of_last_s: int = _DAY_S

    @property
    def count(self) -> int:
        """How many alerts."""
        return math.ceil(self.rate * self.seconds)


def all_at_once(name: str, rate: float, seconds: float) -> Load:
    """Alerts of which every one is near every other in time."""
    return Load(name, rate, seconds, _MINUTE_S)


async def post_alerts(port: int, key: str, load: Load, heard: Heard) -> None:
    """Post one alert a request, evenly, whatever the answers take; returns after the last answer."""
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(CONNECTIONS):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    begun = time.perf_counter()
    posts = []
    for number in range(load.count):
        await asyncio.sleep(max(0.0, begun + number / load.rate - time.perf_counter()))
        posts.append(asyncio.create_task(_post(free, key, load, number, heard)))
    await asyncio.gather(*posts)
    while not free.empty():
        free.get_nowait()[1].close()


async def _post(
    free: "asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]]",
    key: str,
    load: Load,
    number: int,
    heard: Heard,
) -> None:
    name = f"{load.name}-{number}".encode()
    begun = time.perf_counter()
    reader, writer = await free.get()
    heard.posted[name] = begun
    writer.write(_request(key, load, number))
    head = await reader.readuntil(b"\r\n\r\n")
    await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0]))
    assert head.startswith(b"HTTP/1.1 202"), head
    heard.acknowledged[name] = time.perf_counter()
    free.put_nowait((reader, writer))


def _request(key: str, load: Load, number: int) -> bytes:
    # Neighbours in order are far from each other in time; each is a kilometre from every other.
    place = next(_places)
    ago_s = number * 0.618 % 1 * load.of_last_s
    body = orjson.dumps(
        {
            "external_id": f"{load.name}-{number}",
            "started_at": (datetime.now(UTC) - timedelta(seconds=ago_s)).isoformat(),
            "published_at": datetime.now(UTC).isoformat(),
            "longitude": -87.9 - place % _ROW * 0.0125,
            "latitude": 43.0 + place // _ROW * 0.009,
            "uncertainty_m": 25.0,
            "rounds": 1 + number % 9,
            "classification": "multiple_gunshots",
            "address": f"{number % 9000} N 35TH ST",
        }
    )
    head = (
        "POST /v1/alerts/bench HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
