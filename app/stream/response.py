"""An answer that goes on until its reader leaves, may read no more, does not read, or the service ends."""

import asyncio
from asyncio import Task
from collections.abc import Callable
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.core.http import ABANDONED, IS_HEAD
from app.core.logs import cause_of, logger
from app.stream.blocks import farewell, heartbeat
from app.stream.hub import Hub
from app.stream.selection import Selection
from app.stream.subscriber import Subscriber

_AGAIN_S = 1.0
_CLOSED_WITHIN_S = 5.0
_HEADERS = (
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    # Proxies that gather answers before they pass them on must not.
    (b"x-accel-buffering", b"no"),
)
_log = logger(__name__)


class EventStream(Response):
    """Sends a subscriber what the hub and the log have for it; takes the connection itself."""

    media_type = "text/event-stream"

    def __init__(
        self,
        hub: Hub,
        selection: Selection,
        position: int,
        first: bytes,
        require_reader: Callable[[], object],
    ) -> None:
        super().__init__()
        self._hub = hub
        self._new_subscriber = partial(Subscriber, selection, position, require_reader)
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; a HEAD request gets the headers alone."""
        await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
        if scope.get(IS_HEAD):
            await send({"type": "http.response.body", "body": b""})
            return
        subscriber = self._new_subscriber()
        self._hub.add(subscriber)
        sending = asyncio.create_task(self._send_all(subscriber, send))
        leaving = asyncio.create_task(_wait_until_gone(receive))
        try:
            ways = (sending, leaving, subscriber.dropped)
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.remove(subscriber)
            sending.cancel()
            [end] = await asyncio.gather(sending, return_exceptions=True)
            if subscriber.dropped.done():
                _log.warning("stream_dropped", position=subscriber.position)
                await _give_up(scope, leaving)
            leaving.cancel()
        if not subscriber.dropped.done() and isinstance(end, Exception):
            raise end

    async def _send_all(self, subscriber: Subscriber, send: Send) -> None:
        told = subscriber.position
        await _send(subscriber, send, self._first)
        while subscriber.ending is None:
            if not subscriber.has_pending and not subscriber.is_live:
                await self._catch_up(subscriber)
            blocks = subscriber.take()
            if blocks:
                await _send(subscriber, send, b"".join([block.body for block in blocks]))
                self._hub.count_sent(len(blocks))
                told = blocks[-1].id
            elif subscriber.is_beat_due:
                passed = subscriber.position
                place = passed if passed != told else None
                await _send(subscriber, send, heartbeat(place, self._hub.heartbeat_s))
                told = passed
            elif subscriber.is_live:
                await subscriber.wake.wait()
                subscriber.wake.clear()
        await _send(subscriber, send, farewell(subscriber.ending), more=False)

    async def _catch_up(self, subscriber: Subscriber) -> None:
        try:
            await self._hub.catch_up(subscriber)
        except SQLAlchemyError as error:
            _log.error("stream_database_unreachable", error=cause_of(error))
            await asyncio.sleep(_AGAIN_S)


async def _send(subscriber: Subscriber, send: Send, body: bytes, *, more: bool = True) -> None:
    loop = asyncio.get_running_loop()
    subscriber.sending_since = loop.time()
    await send({"type": "http.response.body", "body": body, "more_body": more})
    subscriber.sending_since = None
    subscriber.sent_at = loop.time()
    subscriber.is_beat_due = False


async def _give_up(scope: Scope, leaving: Task[None]) -> None:
    """Let the server close the connection for good: the end of an answer would wait for its reader."""
    scope.get("state", {})[ABANDONED] = True
    await asyncio.wait([leaving], timeout=_CLOSED_WITHIN_S)


async def _wait_until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
