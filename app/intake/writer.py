"""The one writer of a process: commits whatever is waiting in one transaction, then releases the answers."""

import gc
import queue
import sys
import time
from asyncio import AbstractEventLoop, Future, get_running_loop
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Thread
from typing import Any

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session

from app.adapters import Refused
from app.core.clock import Clock
from app.core.errors import BusyError
from app.core.logs import cause_of, logger
from app.core.metrics import Metrics
from app.db import Database
from app.intake.salvage import REFUSALS, salvage
from app.intake.store import Item, reject_rows, store_items, store_rejects
from app.sources.feeds import Feed

_MOST_RECORDS_A_COMMIT = 2_000
SWITCH_INTERVAL_S = 0.0005
_log = logger(__name__)


@dataclass(slots=True)
class Delivery:
    """What one request brought: usable records and refusals of one feed. Done once `done` has a result."""

    feed: Feed
    items: list[Item]
    refusals: list[Refused] = field(default_factory=list)
    content_type: str | None = None
    origin: str = "http"
    done: Future[None] = field(default_factory=lambda: get_running_loop().create_future())
    on_stored: Callable[[Session, datetime], None] | None = None

    def reject_rows(self, now: datetime) -> list[dict[str, Any]]:
        """What of it could not be used, as rows to keep."""
        return reject_rows(
            self.feed, self.refusals, origin=self.origin, content_type=self.content_type, now=now
        )


class Writer:
    """A thread with a queue. `submit` returns at once; the delivery's future resolves after the commit."""

    def __init__(self, database: Database, clock: Clock, metrics: Metrics, queue_limit: int) -> None:
        self._database = database
        self._clock = clock
        self._metrics = metrics
        self._queue: queue.Queue[Delivery | None] = queue.Queue(maxsize=queue_limit)
        self._thread = Thread(target=self._run, name="earshot-writer", daemon=True)

    def start(self) -> None:
        """Begin to write.

        The writer waits for the database several times a commit, and each time it must get the interpreter
        back from the event loop: at Python's 5 ms that waiting is most of an answer's time. What is loaded
        by now stays, so the collector need not look at it again and again.
        """
        sys.setswitchinterval(min(sys.getswitchinterval(), SWITCH_INTERVAL_S))
        gc.freeze()
        self._thread.start()

    def stop(self) -> None:
        """Write what is waiting, then end."""
        self._queue.put(None)
        self._thread.join(timeout=30)

    @property
    def is_alive(self) -> bool:
        """Whether what is submitted will be written."""
        return self._thread.is_alive()

    def submit(self, delivery: Delivery) -> Future[None]:
        """Queue a delivery; BusyError when too much is waiting."""
        try:
            self._queue.put_nowait(delivery)
        except queue.Full:
            raise BusyError("too much is waiting to be stored; nothing of this request was") from None
        return delivery.done

    def _run(self) -> None:
        ending = False
        while not ending:
            waiting, ending = self._take()
            if waiting:
                self._answer_for(waiting)

    def _answer_for(self, deliveries: list[Delivery]) -> None:
        """Write, whatever happens: a writer that died would leave every later request without an answer."""
        try:
            self._write_all(deliveries)
        except Exception:  # noqa: BLE001 - the edge of a thread
            _log.exception("writer_failed", deliveries=len(deliveries))
            _release(deliveries, BusyError("storing failed; the log has the reason"))

    def _take(self) -> tuple[list[Delivery], bool]:
        """Wait for a delivery, then take along all that queued up meanwhile."""
        taken: list[Delivery] = []
        size = 0
        block = True
        while size < _MOST_RECORDS_A_COMMIT:
            try:
                delivery = self._queue.get(block=block)
            except queue.Empty:
                break
            if delivery is None:
                return taken, True
            taken.append(delivery)
            size += len(delivery.items) + len(delivery.refusals)
            block = False
        return taken, False

    def _write_all(self, deliveries: list[Delivery]) -> None:
        started = time.perf_counter()
        try:
            self._commit_twice(deliveries)
        except (OperationalError, PoolTimeoutError) as error:
            _log.error("store_unreachable", error=cause_of(error))
            _release(deliveries, BusyError("the database cannot be reached; nothing was stored"))
            return
        except (SQLAlchemyError, *REFUSALS) as error:
            _log.warning("group_commit_failed", deliveries=len(deliveries), error=cause_of(error))
            for delivery in deliveries:
                self._write_alone(delivery)
            return
        self._metrics.commit_seconds.observe(time.perf_counter() - started)
        self._metrics.commit_records.observe(sum(len(delivery.items) for delivery in deliveries))
        _release(deliveries, None)

    def _commit_twice(self, deliveries: list[Delivery]) -> None:
        """Once more when the database gave up: a deadlock's victim, or a connection that had gone stale."""
        try:
            self._commit(deliveries)
        except OperationalError as error:
            _log.warning("group_commit_repeated", error=cause_of(error))
            self._commit(deliveries)

    def _commit(self, deliveries: list[Delivery]) -> None:
        now = self._clock()
        with self._database.write() as session:
            store_items(session, [item for d in deliveries for item in d.items], now=now, pushed=True)
            store_rejects(session, [row for delivery in deliveries for row in delivery.reject_rows(now)])
            for delivery in deliveries:
                if delivery.on_stored is not None:
                    delivery.on_stored(session, now)

    def _write_alone(self, delivery: Delivery) -> None:
        """A delivery whose group failed: a bad record in it fails alone and is kept."""
        now = self._clock()
        try:
            with self._database.write() as session:
                delivery.refusals += salvage(session, delivery.items, now=now, pushed=True)
                store_rejects(session, delivery.reject_rows(now))
                if delivery.on_stored is not None:
                    delivery.on_stored(session, now)
        except SQLAlchemyError as error:
            _log.error("store_failed", source=delivery.feed.name, error=cause_of(error))
            _release([delivery], BusyError("the database refused; nothing was stored"))
            return
        _release([delivery], None)


def _release(deliveries: Sequence[Delivery], error: BusyError | None) -> None:
    """Wake everyone who waits for these, with one call into each event loop."""
    waiting: dict[AbstractEventLoop, list[Future[None]]] = {}
    for delivery in deliveries:
        waiting.setdefault(delivery.done.get_loop(), []).append(delivery.done)
    for loop, futures in waiting.items():
        loop.call_soon_threadsafe(_resolve, futures, error)


def _resolve(futures: Sequence[Future[None]], error: BusyError | None) -> None:
    for future in futures:
        if future.done():
            continue
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
