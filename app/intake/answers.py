"""Answers on their way to a client that may first want to send everything it has."""

import zlib
from asyncio import Event
from collections import deque
from collections.abc import AsyncIterator

_QUICKLY = 1


class WaitingAnswers:
    """Between the task that makes answers and the one that sends them: in order, packed, and bounded.

    Answers are so alike that packed they take a tenth of their bytes, and cost a thousandth of the storing.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._packed: deque[bytes] = deque()
        self._size = 0
        self._ended = False
        self._has_news = Event()
        self._has_room = Event()
        self._has_room.set()

    async def put(self, answer: bytes) -> None:
        """Add an answer; waits while as many bytes as are allowed wait already."""
        await self._has_room.wait()
        packed = zlib.compress(answer, _QUICKLY)
        self._packed.append(packed)
        self._size += len(packed)
        if self._size >= self._limit_bytes:
            self._has_room.clear()
        self._has_news.set()

    def end(self) -> None:
        """Say that there is no further answer."""
        self._ended = True
        self._has_news.set()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The answers as they come, until the end."""
        while not self._ended or self._packed:
            await self._has_news.wait()
            self._has_news.clear()
            while self._packed:
                packed = self._packed.popleft()
                self._size -= len(packed)
                if self._size < self._limit_bytes:
                    self._has_room.set()
                yield zlib.decompress(packed)
