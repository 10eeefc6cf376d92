"""The hub of a process: reads the log once for all open streams, and looks after them."""

import asyncio
from asyncio import AbstractEventLoop, Task
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from threading import Thread
from typing import Any

from anyio import CapacityLimiter, to_thread
from sqlalchemy.exc import SQLAlchemyError

from app.core.errors import BusyError, ProblemError
from app.core.logs import cause_of, logger
from app.core.metrics import Metrics
from app.core.settings import Settings
from app.db import Database
from app.db.wakeups import Stop
from app.events.log import events_after
from app.stream.blocks import Block, Page, page_of
from app.stream.selection import Selection
from app.stream.subscriber import Subscriber

EVENTS_A_PAGE = 100
# Of the connections for reading, so many at most serve streams that catch up.
_MOST_READ_AT_ONCE = 2
_PAUSE_S = 1.0
_LISTEN_AGAIN_S = 10.0
_LAST_WORDS_S = 2.0
_SHUTTING_DOWN = "the service shuts down; come back in a moment"
_log = logger(__name__)


class Hub:
    """Streams join it when they have caught up with it; what it reads then, it hands to each.

    Everything but the reading itself happens in the event loop, so a stream is either ahead of the hub, and
    passes over what it has, or catches up first: nothing is missed or told twice in between.
    """

    def __init__(self, database: Database, settings: Settings, metrics: Metrics) -> None:
        self._database = database
        self._settings = settings
        self.heartbeat_s = settings.stream_heartbeat_s
        self._metrics = metrics
        self._subscribers: set[Subscriber] = set()
        self._live: dict[Selection, set[Subscriber]] = {}
        self._position: int | None = None
        self._is_closing = False
        self._stopped = Stop()
        self._tasks: list[Task[None]] = []

    async def start(self) -> None:
        """Begin, in the running event loop."""
        self._listened = asyncio.Event()
        self._reads = CapacityLimiter(_MOST_READ_AT_ONCE)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="earshot-stream")
        self._listener = Thread(target=self._listen, name="earshot-stream-listener", daemon=True)
        self._listener.start()
        self._tasks = [
            asyncio.create_task(self._for_ever(part)) for part in (self._read, self._look_after, self._check)
        ]

    async def stop(self) -> None:
        """End; streams that are still open get nothing more."""
        self.close()
        self._stopped.set()
        for task in self._tasks:
            task.cancel()
        self._database.announce_events()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._reader.shutdown()
        await asyncio.get_running_loop().run_in_executor(None, self._listener.join, 5)

    def close(self) -> None:
        """Let every stream end, and take no new one: the server shuts down."""
        self._is_closing = True
        for subscriber in self._subscribers:
            subscriber.end(_SHUTTING_DOWN)
            asyncio.get_running_loop().call_later(_LAST_WORDS_S, subscriber.drop)

    def require_room(self) -> None:
        """Refuse one more stream where there are as many as may be. Raises BusyError."""
        if self._is_closing:
            raise BusyError(_SHUTTING_DOWN)
        if len(self._subscribers) >= self._settings.stream_limit:
            raise BusyError(f"{self._settings.stream_limit} streams are open here already")

    def add(self, subscriber: Subscriber) -> None:
        """Look after a stream from now on. Raises BusyError."""
        self.require_room()
        self._subscribers.add(subscriber)
        self._metrics.streams_open.set(len(self._subscribers))

    def remove(self, subscriber: Subscriber) -> None:
        """The stream has ended."""
        self._subscribers.discard(subscriber)
        self._leave(subscriber)
        self._metrics.streams_open.set(len(self._subscribers))
        if subscriber.dropped.done():
            self._metrics.streams_dropped.inc()

    def count_sent(self, events: int) -> None:
        """So many events went out to one stream."""
        self._metrics.stream_events.inc(events)

    async def catch_up(self, subscriber: Subscriber) -> None:
        """Read the next page of the log for one stream; it is live once it knows all that the hub does."""
        selection, after = subscriber.selection, subscriber.position
        page, blocks = await to_thread.run_sync(self._page_for, selection, after, limiter=self._reads)
        subscriber.offer(blocks, page.through)
        if not page.is_last or (self._position is not None and subscriber.through < self._position):
            return
        if self._position is None:
            self._position = subscriber.through
        subscriber.is_live = True
        self._live.setdefault(selection, set()).add(subscriber)
        self._listened.set()

    def _leave(self, subscriber: Subscriber) -> None:
        group = self._live.get(subscriber.selection, set())
        group.discard(subscriber)
        if not group:
            self._live.pop(subscriber.selection, None)
        if not self._live:
            # Nobody listens, so nothing is read; whoever comes next says from where.
            self._position = None
            self._listened.clear()

    def _page_for(self, selection: Selection, after: int) -> tuple[Page, list[Block]]:
        page = self._page(after)
        return page, page.blocks(selection)

    def _page(self, after: int) -> Page:
        with self._database.read() as session:
            events = events_after(session, after, EVENTS_A_PAGE)
        return page_of(events, after, EVENTS_A_PAGE)

    async def _read(self) -> None:
        """Read what is new after every commit of an event, and now and then: wake-ups are only hints."""
        loop: AbstractEventLoop = asyncio.get_running_loop()
        seen = -1
        while True:
            await self._listened.wait()
            after = self._position
            if after is None:
                continue
            seen, page = await loop.run_in_executor(self._reader, self._next, after, seen)
            if page.events and self._position == after:
                self._deliver(page)

    def _next(self, after: int, seen: int) -> tuple[int, Page]:
        count = self._database.wait_for_events(seen, self._settings.stream_poll_s)
        page = self._page(after)
        return (count if page.is_last else -1), page

    def _deliver(self, page: Page) -> None:
        told = [(group, page.blocks(selection)) for selection, group in self._live.items()]
        self._position = page.through
        behind = []
        for group, blocks in told:
            for subscriber in group:
                subscriber.offer(blocks, page.through)
                if subscriber.has_too_much:
                    behind.append(subscriber)
        for subscriber in behind:
            subscriber.fall_behind()
            self._leave(subscriber)

    async def _look_after(self) -> None:
        """Drop streams whose reader takes nothing, and let idle ones give a sign of life."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(min(1.0, self.heartbeat_s / 4))
            now = loop.time()
            for subscriber in self._subscribers:
                since = subscriber.sending_since
                if since is not None and now - since > self._settings.stream_stall_s:
                    subscriber.drop()
                elif since is None and now - subscriber.sent_at >= self.heartbeat_s:
                    subscriber.is_beat_due = True
                    subscriber.wake.set()

    async def _check(self) -> None:
        """Between heartbeats, ask again whether each reader may still read."""
        while True:
            await asyncio.sleep(self.heartbeat_s)
            for subscriber in list(self._subscribers):
                try:
                    await to_thread.run_sync(subscriber.require_reader, limiter=self._reads)
                except ProblemError as error:
                    subscriber.end(error.detail)

    async def _for_ever(self, part: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            try:
                await part()
            except SQLAlchemyError as error:
                _log.error("stream_database_unreachable", error=cause_of(error))
            except Exception:  # noqa: BLE001 - the edge of a task: one that died would tell nobody
                _log.exception("stream_failed")
            await asyncio.sleep(_PAUSE_S)

    def _listen(self) -> None:
        while not self._stopped.is_set():
            self._database.listen_for_events(self._stopped)
            self._stopped.wait(_LISTEN_AGAIN_S)
