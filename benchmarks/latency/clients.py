"""Clients of a soak: those that stay, those that come and go, and those that read slowly."""

import asyncio
import random
import re
import socket
import time
from array import array
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial

_BLOCK = re.compile(rb"(?:event: ([a-z.]+)\n)?id: (\d+)\n(?:data: ([^\n]*)\n)?\n")
_EXTERNAL_ID = re.compile(rb'"external_id":"([^"]+)"')
_OPENED = b"incident.opened"
_SMALL_BUFFER_BYTES = 4_096
_SLOW_PAUSE_S = 1.0
_STAYS_S = (0.05, 20.0)
_AWAY_S = (0.0, 3.0)
Opened = Callable[[bytes, float], None]


@dataclass
class Received:
    """What one client got over all its connections; it comes back with `last`."""

    first: int | None = None
    last: int | None = None
    ids: "array[int]" = field(default_factory=lambda: array("q"))
    connections: int = 0

    def faults(self, log: list[int]) -> tuple[int, int]:
        """How many events of the log it lacks, and how many it has again or in the wrong order."""
        assert self.first is not None
        wanted = {event_id for event_id in log if event_id > self.first}
        disorder = sum(later <= earlier for earlier, later in zip(self.ids, self.ids[1:], strict=False))
        return len(wanted - set(self.ids)), disorder


class SoakClient(asyncio.Protocol):
    """One connection. `opened` hears of each incident's first event, and when it came.

    A slow one takes what there is at the moment, then nothing until `resume`.
    """

    def __init__(
        self, request: bytes, received: Received, opened: Opened | None, *, is_slow: bool = False
    ) -> None:
        self._request = request
        self._received = received
        self._opened = opened
        self._rest = b""
        self._is_slow = is_slow
        self._transport: asyncio.Transport | None = None
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received.connections += 1
        transport.write(self._request)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if not self.ended.done():
            self.ended.set_result(None)

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        text = self._rest + data
        end = 0
        for block in _BLOCK.finditer(text):
            self._take(int(block[2]), block[1], block[3] or b"", now)
            end = block.end()
        self._rest = text[end:]
        if self._is_slow and self._transport is not None:
            self._transport.pause_reading()

    def resume(self, *, is_slow: bool) -> None:
        """Take again what there is; all there ever is, unless it is slow."""
        self._is_slow = is_slow
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    def abort(self) -> None:
        """Break off, whatever is on its way."""
        if self._transport is not None:
            self._transport.abort()

    def _take(self, event_id: int, kind: bytes | None, told: bytes, now: float) -> None:
        received = self._received
        received.last = event_id
        if kind is None:
            received.first = event_id if received.first is None else received.first
            return
        received.ids.append(event_id)
        if kind == _OPENED and self._opened is not None:
            name = _EXTERNAL_ID.search(told)
            if name is not None:
                self._opened(name[1], now)


@dataclass(frozen=True)
class Clients:
    """Whom they ask, and with which key."""

    port: int
    key: str

    async def connect(
        self, received: Received, opened: Opened | None = None, *, is_slow: bool = False
    ) -> SoakClient:
        """Open a stream, from where the client was when it has been here before."""
        head = f"GET /v1/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {self.key}"
        if received.last is not None:
            head += f"\r\nLast-Event-ID: {received.last}"
        opening = socket.socket()
        if is_slow:
            opening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER_BYTES)
        opening.setblocking(False)
        loop = asyncio.get_running_loop()
        await loop.sock_connect(opening, ("127.0.0.1", self.port))
        client = SoakClient(f"{head}\r\n\r\n".encode(), received, opened, is_slow=is_slow)
        await loop.create_connection(partial(_same, client), sock=opening)
        return client

    async def stay(self, received: Received, opened: Opened, leaving: asyncio.Event) -> None:
        """Read until it is time to leave; one that is sent away comes back."""
        while not leaving.is_set():
            client = await self.connect(received, opened)
            await _either(client.ended, leaving.wait())

    async def come_and_go(
        self, received: Received, seed: int, ending: asyncio.Event, leaving: asyncio.Event
    ) -> None:
        """Break off at any moment and come back after another; in the end stay."""
        chance = random.Random(seed)
        while not ending.is_set():
            client = await self.connect(received)
            await _either(ending.wait(), asyncio.sleep(chance.uniform(*_STAYS_S)))
            client.abort()
            await client.ended
            await asyncio.sleep(chance.uniform(*_AWAY_S))
        await self.stay(received, _unheard, leaving)

    async def read_slowly(self, received: Received, ending: asyncio.Event, leaving: asyncio.Event) -> None:
        """Take a few kilobytes a second, less than comes; in the end all that is left."""
        while not leaving.is_set():
            client = await self.connect(received, is_slow=not ending.is_set())
            while not (client.ended.done() or ending.is_set()):
                await _either(client.ended, ending.wait(), asyncio.sleep(_SLOW_PAUSE_S))
                client.resume(is_slow=not ending.is_set())
            await _either(client.ended, leaving.wait())


def _unheard(name: bytes, at: float) -> None:
    del name, at


def _same(client: SoakClient) -> SoakClient:
    return client


async def _either(*waiting: Awaitable[object]) -> None:
    tasks = [asyncio.ensure_future(each) for each in waiting]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task, each in zip(tasks, waiting, strict=True):
        if task is not each:
            task.cancel()
